"""Every route refuses query parameters that it does not take."""

import re

import pytest

CALLERS = {
    "public": "anybody",
    "E": "owner",
    "E A": "owner",
    "F C": "consular",
    "C": "consular",
    "E A F C": "owner",
    "E F C": "owner",
}
"""Who may call a route, by its access rule."""


@pytest.fixture(scope="module")
def users(portal):
    return {"anybody": portal.anybody, "owner": portal.enterprise(), "consular": portal.desk("consular")}


@pytest.fixture(scope="module")
def routes(portal):
    import app  # noqa: F401  declares them
    from chalicelib.handlers.http.routing import ROUTES

    return ROUTES


def refused(users, route, query, **headers):
    path = re.sub(r"{\w+}", "x", route.path.removeprefix("/v1"))
    user = users[CALLERS[route.access.value]]
    return user(route.method, f"{path}?{query}", {} if route.body else None, **headers)


def test_every_route_refuses_a_query_parameter_that_it_does_not_take(world, users, routes):
    assert len(routes) > 70
    before = world.table()
    for route in routes:
        answer = refused(users, route, "nonsense=1")
        assert (answer.status, answer.code) == (422, "INVALID"), route.name
        assert answer.fields == {"nonsense": "extra_forbidden"}, route.name
        assert answer.body["errors"][0]["message"] == "nonsense：不认识的字段", route.name
    assert world.table() == before


def test_an_unknown_query_parameter_is_named_in_english_where_english_is_asked_for(users, routes):
    [health] = [route for route in routes if route.path == "/v1/health"]
    answer = refused(users, health, "nonsense=1", Accept_Language="en")
    assert answer.body["errors"] == [
        {"field": "nonsense", "code": "extra_forbidden", "message": "nonsense: Unknown field"}
    ]


def test_every_unknown_query_parameter_is_named_and_known_ones_are_taken(users, routes):
    [messages] = [route for route in routes if route.name == "GET /v1/messages"]
    assert refused(users, messages, "limit=2&page=2&size=3").fields == {
        "page": "extra_forbidden",
        "size": "extra_forbidden",
    }
    assert refused(users, messages, "limit=2").status == 200
