"""Idempotency keys: every route that creates something creates one object and gives one reply for one key."""

import random
import uuid

import pytest

from testing import people
from testing.follow_ups import passport, waiting
from tests.support import faults, invariants

KEY = str(uuid.uuid4())


def draft(world, owner):
    return owner, "/drafts", {"group_name": "测试团组"}, lambda: len(owner.ok("GET", "/drafts")["items"])


def agent(world, owner):
    return owner, "/agents", people.agent(), lambda: len(owner.ok("GET", "/agents")["items"])


def invoice_profile(world, owner):
    form = people.invoice_profile()
    return owner, "/invoice-profiles", form, lambda: len(owner.ok("GET", "/invoice-profiles")["items"])


def enterprise(world, owner):
    elements = {"name": "测试企业有限公司", "uscc": people.make_uscc(), "legal_representative": "测试丙"}
    form = {**elements, "email": f"p{people.serial()}@enterprise.example", "phone": "073188888888"}
    officer = world.desk("consular")
    found = {"uscc": form["uscc"]}
    return (
        officer,
        "/office/enterprises",
        form,
        lambda: len(officer.ok("POST", "/office/enterprises/search", found)["items"]),
    )


def application(world, owner):
    def count():
        return len(owner.ok("POST", "/applications/search", {"service": "new_or_renewal", "limit": 100})["items"])

    return owner, "/applications", {"content": world.content(owner)}, count


def service(world, owner):
    person = waiting(world, owner)
    version = owner.ok("GET", f"/persons/{person}")["status_version"]
    form = {"service": "change_passport", "status_version": version, "reason": "护照换发", **passport()}
    return owner, f"/persons/{person}/services", form, lambda: len(owner.ok("GET", f"/persons/{person}")["follow_ups"])


def hardly_compressed(persons, seed):
    """The content of a draft that hardly compresses: persons with random rare characters in every field."""
    chance = random.Random(seed)
    text = lambda: "".join(map(chr, chance.choices(range(0x4E00, 0x9FA0), k=500)))  # noqa: E731
    return {
        "persons": [
            {"name": text(), "title": text(), "passport_place": text(), "title_en": text()} for _ in range(persons)
        ]
    }


def test_every_draft_that_can_be_saved_can_be_saved_with_a_key(world):
    """The stored reply repeats the draft and its list of members, and must fit into one item."""
    answers = set()
    for persons in range(64, 91, 2):
        user, form = world.enterprise(), hardly_compressed(persons, persons)
        without, under_key = user("POST", "/drafts", form), user("POST", "/drafts", form, Idempotency_Key=KEY)
        assert under_key.status == without.status, persons
        answers.add(without.status)
        if without.status == 201:
            again = user("POST", "/drafts", form, Idempotency_Key=KEY)
            assert (again.status, again.raw) == (201, under_key.raw)
            assert under_key.body["content"]["persons"] == without.body["content"]["persons"]
    assert answers == {201, 413}


def export(world, owner):
    number = world.approved(owner)["number"]
    remembered = "IDEM#" + owner.account["id"]
    count = lambda: sum(pk.startswith(remembered) for pk, _ in world.table())  # noqa: E731
    return owner, f"/applications/{number}/progress/export", {}, count


CREATING = [draft, agent, invoice_profile, enterprise, application, service]
CHANGED = dict(zip(CREATING, ("group_name", "name", "name", "name", "content", "reason"), strict=True))
"""A field of each form that can have another value."""
EXPORT = "/v1/applications/{number}/progress/export"
"""Creates a workbook only; tests/api/test_progress.py covers it."""


def test_every_creating_route_of_an_account_accepts_a_key(portal):
    import app  # noqa: F401  declares the routes
    from chalicelib.handlers.http.routing import ROUTES

    taking = {route.path for route in ROUTES if route.idempotent}
    creating = {route.path for route in ROUTES if route.status == 201 and route.access.value != "public"}
    # POST /attachments returns an upload form and creates no object.
    assert taking == creating - {"/v1/attachments"}
    assert len(taking) == len(CREATING) + (EXPORT in taking)


@pytest.mark.parametrize("make", CREATING)
def test_a_repeated_key_returns_the_same_reply_and_creates_nothing(world, owner, make):
    user, path, form, count = make(world, owner)
    key = str(uuid.uuid4())
    first = user("POST", path, form, Idempotency_Key=key)
    assert first.status == 201, first.raw.decode()
    made = count()
    again = user("POST", path, form, Idempotency_Key=key)
    assert (again.status, again.body) == (201, first.body)
    assert again.headers.get("etag") == first.headers.get("etag")
    assert count() == made


@pytest.mark.parametrize("make", CREATING)
def test_a_repeated_key_with_another_body_is_refused(world, owner, make):
    user, path, form, count = make(world, owner)
    key = str(uuid.uuid4())
    assert user("POST", path, form, Idempotency_Key=key).status == 201
    made = count()
    other = form | {CHANGED[make]: "另外" if make is not application else world.content(owner, persons=2)}
    answer = user("POST", path, other, Idempotency_Key=key)
    assert (answer.status, answer.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert count() == made


@pytest.mark.parametrize("make", [*CREATING, export])
def test_eight_concurrent_requests_with_one_key_create_one_object_and_get_one_reply(world, owner, make):
    user, path, form, count = make(world, owner)
    key = str(uuid.uuid4())
    before = count()
    with faults.meeting("dynamodb.TransactWriteItems", 8):
        answers = world.together(*[lambda: user("POST", path, form, Idempotency_Key=key)] * 8)
    assert {answer.status for answer in answers} == {201}, [answer.raw.decode() for answer in answers]
    assert len({answer.raw for answer in answers}) == 1
    assert count() == before + 1
    invariants.check(world)


@pytest.mark.parametrize("make", [*CREATING, export])
def test_a_repeated_key_after_a_crash_returns_the_created_object(world, owner, make):
    """The process is killed after the transaction and before the reply; the stored reply is returned."""
    user, path, form, count = make(world, owner)
    key = str(uuid.uuid4())
    before = count()
    with pytest.raises(faults.Killed), faults.killed_when_done("dynamodb.TransactWriteItems"):
        user("POST", path, form, Idempotency_Key=key)
    assert count() == before + 1
    first, again = (user("POST", path, form, Idempotency_Key=key) for _ in range(2))
    assert (first.status, first.raw) == (201, again.raw), first.raw.decode()
    assert count() == before + 1
    invariants.check(world)
