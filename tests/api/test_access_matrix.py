"""Access to objects by path: every route with an id in its path, against every kind of account without a right to it.

The cases are generated from the declared routes. A new route fails until `tests/support/objects.py` can make the object
that its parameter names and a body for it, and until it answers a foreign object like an unknown one without a write.
"""

import os
import random
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from testing.world import User
from tests.support import objects
from tests.support.accounts import elements_of, wrong_code
from tests.support.objects import BEARERS, BODIES, MAKERS, VALUES, parameters, request, unknown

LONG = os.environ.get("ABTC_ASSURANCE") == "1"
CASES = 1_000 if LONG else 200
OUTSIDERS = ("stranger", "strangers_agent", "colleague", "revoked", "other_office")

ALSO_ALLOWED = {
    ("profile_id", "colleague"): "invoice profiles are the enterprise's, for every agent (I01)",
}
"""Outsiders who may access an object of this kind, and why."""


def letter(user):
    """E: enterprise account; A: agent; F: officer of a foreign affairs office; C: consular officer."""
    role = user.account["role"]
    return {"enterprise": "E", "agent": "A"}.get(role) or ("C" if user.account["office"] == "consular" else "F")


@pytest.fixture(scope="module")
def people_of(portal):
    return accounts_of_every_kind(portal)


def accounts_of_every_kind(portal):
    """The owner, the accounts without a right to its objects, and the officers who may see them."""
    owner, stranger = portal.enterprise(), portal.enterprise()
    found = SimpleNamespace(
        owner=owner,
        everything=portal.agent(owner),
        colleague=portal.agent(owner, scope="own"),
        stranger=stranger,
        strangers_agent=portal.agent(stranger),
        revoked=portal.agent(owner),
        other_office=portal.desk("fao-shaanxi"),
        office=portal.desk("fao-hunan"),
        consular=portal.desk("consular"),
    )
    portal.revoke(found.revoked)
    return found


@pytest.fixture(scope="module")
def routes_with_ids(portal):
    """Every route with an id in its path."""
    import app  # noqa: F401  declares them
    from chalicelib.handlers.http.routing import ROUTES

    return [route for route in ROUTES if parameters(route)]


def test_every_path_parameter_has_a_maker_and_every_body_an_example(routes_with_ids):
    named = {name for route in routes_with_ids for name in parameters(route)}
    assert named == MAKERS.keys() | VALUES.keys() | BEARERS.keys()
    bearing = [route for route in routes_with_ids if BEARERS.keys() & {*parameters(route)}]
    bodies = {route.body.__name__ for route in routes_with_ids if route.body and route not in bearing}
    assert bodies == BODIES.keys()


@pytest.fixture(scope="module")
def object_of(portal):
    """Returns a user's object of a route's kind, created once: refused requests do not change it."""
    made = {}

    def created_once(route, user):
        key = (objects.maker(route), user.account["id"])
        if key not in made:
            made[key] = key[0](portal, user)
        return made[key]

    return created_once


def owned_routes(routes):
    """The routes whose objects belong to an account, an enterprise or an office."""
    return [route for route in routes if not BEARERS.keys() & {*parameters(route)}]


def entitled(people_of, route):
    """The account with the right: the owner, or the officer of the office that the application went to."""
    access = route.access.value
    if "E" in access or access == "public":
        return people_of.owner
    return people_of.office if "F" in access else people_of.consular


def call(user, route, named, headers=()):
    method, path, body, own = request(route, named)
    return user(method, path, body, **{**own, **dict(headers)})


def unknown_objects(route, named, object_of, user):
    """Parameters of unknown objects; for a path of two ids also the foreign object below the caller's own."""
    ids = [name for name in parameters(route) if name in MAKERS]
    found = [{name: unknown(name, named[name]) if name in ids else value for name, value in named.items()}]
    if len(ids) > 1 and user.account["role"] == "enterprise":
        found.append({**object_of(route, user).parameters, ids[-1]: named[ids[-1]]})
    return found


def expected(route, outsider, user):
    if route.access.value == "public":
        return 404
    if outsider == "revoked":
        return 401
    return 404 if letter(user) in route.access.value.split() else 403


def test_a_caller_with_the_right_finds_the_object(world, people_of, routes_with_ids, object_of):
    """The objects that the matrix refuses exist: their owner is not refused."""
    lost = []
    for route in owned_routes(routes_with_ids):
        kind: Any = objects.maker(route)
        made = object_of(route, people_of.owner) if kind is objects.application else kind(world, people_of.owner)
        answer = call(entitled(people_of, route), route, made.parameters, made.headers)
        if answer.status in (401, 403, 404) or answer.status >= 500:
            lost.append((route.method, route.path, answer.status))
    assert lost == []


def test_every_route_answers_a_foreign_object_like_an_unknown_one_and_writes_nothing(
    world, people_of, routes_with_ids, object_of
):
    wrong, written, cells, allowed = [], [], 0, set()
    for route in owned_routes(routes_with_ids):
        named = object_of(route, people_of.owner).parameters
        asked = []
        for outsider in OUTSIDERS:
            user = getattr(people_of, outsider)
            pair = (parameters(route)[0], outsider)
            if pair in ALSO_ALLOWED and expected(route, outsider, user) == 404:
                allowed.add(pair)
            else:
                asked.append((outsider, user, unknown_objects(route, named, object_of, user)))
        before = world.table()
        for outsider, user, unknowns in asked:
            theirs = call(user, route, named)
            answers = [call(user, route, unknown_named) for unknown_named in unknowns]
            same = {answer.without_id for answer in answers} == {theirs.without_id}
            if theirs.status != expected(route, outsider, user) or not same:
                wrong.append((route.method, route.path, outsider, theirs.status, [answer.status for answer in answers]))
            cells += 1
        if world.table() != before:
            written.append((route.method, route.path))
    sys.stdout.write(
        f"access matrix: {len(owned_routes(routes_with_ids))} routes, {cells} cells, "
        f"{len(wrong)} wrong, {len(written)} written\n"
    )
    assert (wrong, written) == ([], [])
    assert allowed == ALSO_ALLOWED.keys()


@pytest.mark.parametrize("pair", ALSO_ALLOWED)
def test_an_outsider_with_a_right_of_its_own_finds_the_object(world, people_of, routes_with_ids, pair):
    name, outsider = pair
    user = getattr(people_of, outsider)
    for route in routes_with_ids:
        if name in parameters(route) and letter(user) in route.access.value.split():
            made = objects.maker(route)(world, people_of.owner)
            assert call(user, route, made.parameters).status in (200, 204, 412)


def test_a_recovery_without_its_code_or_token_is_refused(world, people_of, routes_with_ids):
    owner = people_of.owner
    form = elements_of(owner)
    begun = world.anybody.ok("POST", "/recoveries", {**form, "email": owner.account["email"]})["recovery_id"]
    code = world.code(owner.account["email"])
    bodies = {
        "RecoveryCode": {"email_code": wrong_code(code)},
        "RecoveryEmailCode": {"reset_token": "x", "email": "moved@enterprise.example"},
        "RecoveryPassword": {
            "reset_token": "x",
            "password": "staple battery",
            "password_confirmation": "staple battery",
        },
    }
    for route in routes_with_ids:
        if BEARERS.keys() & {*parameters(route)}:
            path = route.path.removeprefix("/v1")
            body = bodies[route.body.__name__]
            assert people_of.stranger(route.method, path.format(recovery_id=begun), body).status == 422
            assert people_of.stranger(route.method, path.format(recovery_id="0" * 20), body).status == 404


# Random accounts, objects and routes


def oracle(who, target, route, offices):
    """The expected refusal: 401, 403 or 404; None where the object is found.

    `offices` are those to which the enterprise of the object has applied.
    """
    kind = parameters(route)[0]
    if who.revoked:
        return 401
    if who.letter not in route.access.value.split():
        return 403
    if kind in ("draft_id", "message_id", "session_id", "passkey_id"):
        hidden = target.owner is not who.user
    elif who.letter == "C":
        hidden = False
    elif kind == "enterprise_id":
        hidden = who.user.account["office"] not in offices
    elif who.letter == "F":
        hidden = target.office != who.user.account["office"]
    else:
        same_enterprise = target.owner.account["enterprise_id"] == who.user.account["enterprise_id"]
        of_enterprise = kind in ("profile_id", "agent_id")
        hidden = not same_enterprise or (who.narrow and not of_enterprise and target.owner is not who.user)
    return 404 if hidden else None


def accounts_for_oracle(people_of):
    """Accounts of every kind, with the attributes that the oracle reads."""
    return [
        SimpleNamespace(user=user, letter=letter(user), revoked=name == "revoked", narrow=name == "colleague")
        for name, user in vars(people_of).items()
    ] + [SimpleNamespace(user=User(people_of.owner.world, "no.such.session"), letter="", revoked=True, narrow=False)]


def owners(people_of, kind):
    """The accounts that can own an object of this kind."""
    members = ["owner", "everything", "colleague", "stranger", "strangers_agent"]
    if kind in ("agent_id", "enterprise_id", "passkey_id"):
        members = ["owner", "stranger"]
    return [getattr(people_of, name) for name in members]


def test_random_requests_are_allowed_exactly_where_the_oracle_allows_them(world, routes_with_ids):
    # Enterprises of its own: it applies to both offices, which then see them.
    people_of = accounts_of_every_kind(world)
    chance = random.Random(20261121)
    objects_by_key, disagreements = {}, []
    callers = accounts_for_oracle(people_of)
    choices = [route for route in owned_routes(routes_with_ids) if route.access.value != "public"]
    for _ in range(CASES):
        route, who = chance.choice(choices), chance.choice(callers)
        kind: Any = objects.maker(route)
        owner = chance.choice(owners(people_of, parameters(route)[0]))
        office = chance.choice(objects.OFFICES) if kind is objects.application else ""
        key = (kind, owner.account["id"], office)
        if key not in objects_by_key:
            objects_by_key[key] = kind(world, owner, office) if office else kind(world, owner)
        target = objects_by_key[key]
        of_one = target.owner.account["enterprise_id"]
        offices = {one.office for one in objects_by_key.values() if one.owner.account["enterprise_id"] == of_one}
        answer = call(who.user, route, target.parameters)
        refusal = answer.status if answer.status in (401, 403, 404) else None
        if refusal != oracle(who, target, route, offices) or answer.status >= 500:
            disagreements.append((route.method, route.path, key, who.letter, answer.status))
        if route.method == "DELETE" and answer.status == 204:
            del objects_by_key[key]
    sys.stdout.write(f"random access: {CASES} cases, {len(disagreements)} disagreements\n")
    assert disagreements == []
