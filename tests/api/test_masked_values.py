"""Masked values in requests: refused in every field that has the name of a masked one (H07)."""

import sys

import pytest

from chalicelib.rules.base import masks
from testing.world import User
from tests.support import objects
from tests.support.shapes import placed, sent

SHOWN_CLEAR = "the pickup's phone is never masked in replies and is validated at submission"
COMPARED = "only compared with stored values, never stored"

TAKEN = {
    ("POST /v1/drafts", "pickup.phone"): SHOWN_CLEAR,
    ("PUT /v1/drafts/{draft_id}", "pickup.phone"): SHOWN_CLEAR,
    ("POST /v1/applications/search", "passport_number"): COMPARED,
    ("POST /v1/office/search", "passport_number"): COMPARED,
    ("POST /v1/office/search/export", "passport_number"): COMPARED,
    ("POST /v1/office/workbooks/template", "passport_number"): COMPARED,
    ("POST /v1/recoveries", "username"): COMPARED,
}
"""Fields that accept such a value, each with its reason."""

FULL = {
    "id_number": "430102190001010023",
    "birth_date": "1900-01-01",
    "passport_number": "E12345678",
    "previous_card_number": "CN123456",
    "phone": "13812345678",
    "email": "somebody@enterprise.example",
    "username": "agent007",
}


def maskable(route):
    """The fields of a route with the name of a masked one, each with a masked value."""
    last = [(field, field.rpartition(".")[2]) for field in sent(route)]
    return {field: masks.MASKS[name](FULL[name]) for field, name in last if name in masks.MASKS}


@pytest.fixture(scope="module")
def path_of(portal, owner):
    """Returns a route's path to an existing object: a returned application, a draft, an agent or an invoice profile."""
    application = portal.application(owner)
    portal.decide(portal.desk("fao-hunan"), application, "return", reason="请修改", fields=["reason"])
    named = dict(application | {"person_number": f"{application['number']}-01"})
    for made in (objects.draft, objects.agent, objects.invoice_profile):
        named |= made(portal, owner).parameters

    def path(route):
        return route.path.removeprefix("/v1").format(**{name: named.get(name) for name in objects.parameters(route)})

    return path


def body_of(world, owner, route, field):
    """A body around a nested field; for other fields an empty body, whose missing fields are refused too."""
    if route.body.__name__ in ("DraftContent", "Submission") and ("persons" in field or "pickup" in field):
        content = world.content(owner, pickup={"method": "post", "recipient": "测试甲", "address": "测试路1号"})
        return {"content": content} if field.startswith("content.") else content
    return {}


def caller(world, owner, route):
    return world.desk("consular") if "C" in route.access.value.split() else owner


def test_a_masked_value_is_refused_in_every_field_that_can_hold_one(world, owner, routes, path_of):
    taken, refused, tried = [], 0, set()
    for route in routes:
        name = f"{route.method} {route.path}"
        for field, masked in maskable(route).items():
            tried.add((name, field))
            if (name, field) in TAKEN:
                continue
            user: User = caller(world, owner, route)
            body = placed(body_of(world, owner, route, field), field, masked)
            answer = user(route.method, path_of(route), body, If_Match='"1"')
            place = field.replace("persons.", "persons.0.")
            refusing = (200, 422) if route.path.endswith("/check") else (422,)
            if answer.status not in refusing or answer.fields.get(place) != "MASKED_VALUE":
                taken.append((name, field, answer.raw.decode()[:400]))
            refused += 1
    sys.stdout.write(f"masked values sent back: {refused} fields of bodies, {len(taken)} taken\n")
    assert taken == []
    assert tried >= TAKEN.keys()
    assert FULL.keys() == masks.MASKS.keys()


def test_each_reveal_records_exactly_one_entry(world, owner):
    number = world.application(owner, persons=2)["number"]
    form = {"fields": ["phone", "email", "id_number"], "reason": "与本人核对"}
    revealed = 0
    for user, path in ((owner, "/persons"), (world.desk("fao-hunan"), "/office/persons")):
        for position in ("01", "02"):
            before = world.table()
            answer = user("POST", f"{path}/{number}-{position}/reveal", form)
            after = world.table()
            new = {key: after[key] for key in after if key[0].startswith("HISTORY#") and before.get(key) != after[key]}
            (entry,) = new.values()
            assert entry["action"] == {"S": "reveal"}
            assert entry["person_number"] == {"S": f"{number}-{position}"}
            assert [field["S"] for field in entry["fields"]["L"]] == form["fields"]
            assert entry["request_id"] == {"S": answer.headers["x-request-id"]}
            revealed += 1
    sys.stdout.write(f"reveals: {revealed} calls, {revealed} entries\n")
