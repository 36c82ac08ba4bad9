"""Idempotency keys: every route that creates something creates one object and gives one reply for one key."""

import random
import re
import uuid

import pytest

from testing import people
from testing.authenticator import Authenticator
from testing.follow_ups import passport, waiting
from tests.support import faults, invariants
from tests.support.accounts import passkey_challenge

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
    form = {**elements, "email": f"p{people.serial()}@enterprise.example", "phone": "0731-88888888"}
    officer = world.desk("consular")
    found = {"uscc": form["uscc"]}
    return (
        officer,
        "/office/enterprises",
        form,
        lambda: len(officer.ok("POST", "/office/enterprises/search", found)["items"]),
    )


def passkey(world, owner):
    form = Authenticator().made(passkey_challenge(owner))
    return owner, "/me/passkeys", form, lambda: len(owner.ok("GET", "/me/passkeys")["items"])


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
        draft = user.ok("POST", "/drafts", {})["id"]
        saved = user("PUT", f"/drafts/{draft}", form, If_Match='"1"')
        under_key = user("POST", "/drafts", form, Idempotency_Key=KEY)
        assert (saved.status, under_key.status) in ((200, 201), (413, 413)), persons
        answers.add(under_key.status)
        if under_key.status == 201:
            again = user("POST", "/drafts", form, Idempotency_Key=KEY)
            assert (again.status, again.raw) == (201, under_key.raw)
            assert under_key.body["content"]["persons"] == user.ok("GET", f"/drafts/{draft}")["content"]["persons"]
    assert answers == {201, 413}


def export(world, owner):
    number = world.approved(owner)["number"]
    remembered = "IDEM#" + owner.account["id"]
    count = lambda: sum(pk.startswith(remembered) for pk, _ in world.table())  # noqa: E731
    return owner, f"/applications/{number}/progress/export", {}, count


CREATING = [draft, agent, passkey, invoice_profile, enterprise, application, service]
CHANGED = dict(zip(CREATING, ("group_name", "name", "name", "name", "name", "content", "reason"), strict=True))
"""A field of each form that can have another value."""
TESTED_ELSEWHERE = {
    "/v1/applications/{number}/progress/export": "creates a workbook only: tests/api/test_progress.py",
    "/v1/office/workbooks/template": "creates a workbook only: tests/api/test_office_workbooks.py",
    "/v1/office/search/export": "creates a workbook only: tests/api/test_office_exports.py",
    "/v1/office/statistics/export": "creates a workbook only: tests/api/test_office_statistics.py",
    "/v1/drafts/{draft_id}/copy": "tests/api/test_copies.py",
    "/v1/applications/{number}/copy": "tests/api/test_copies.py",
    "/v1/persons/{person_number}/renewal": "tests/api/test_copies.py",
    "/v1/applications/{number}/letters/{kind}": "tests/api/test_letters.py",
    "/v1/office/applications/{number}/letters/{kind}": "tests/api/test_letters.py",
    "/v1/persons/{person_number}/card-ledger": "tests/api/test_card_ledger.py",
    "/v1/cards/ledger/export": "tests/api/test_card_ledger.py",
}
"""Creating routes that have their own tests with a repeated key, and where those are."""


NOT_CREATING = {
    # Finds or checks.
    "/v1/applications/check",
    "/v1/persons/{person_number}/services/check",
    "/v1/applications/search",
    "/v1/office/search",
    "/v1/office/enterprises/search",
    "/v1/office/sign-in-locks/search",
    "/v1/travel-checks",
    "/v1/applications/{number}/downloads",
    "/v1/attachments/states",
    "/v1/office/applications/{number}/downloads",
    # Returns an upload form, or the persons of a workbook, and stores nothing but the count of the announced bytes.
    "/v1/attachments",
    "/v1/persons/import",
    # Sends another code, at most one a minute.
    "/v1/me/email-codes",
    "/v1/me/mailbox/email-codes",
    # Gives another challenge, which is good once.
    "/v1/me/passkeys/challenges",
    # Acts on a status; the repetition is 操作无效.
    "/v1/applications/{number}/withdraw",
    "/v1/applications/{number}/resubmit",
    "/v1/persons/{person_number}/withdraw",
    "/v1/persons/{person_number}/resubmit",
    "/v1/office/applications/{number}/decision",
    "/v1/office/persons/{person_number}/decision",
    "/v1/office/applications/{number}/card",
    "/v1/office/persons/{person_number}/card",
    "/v1/office/applications/{number}/payment-voucher/decision",
    "/v1/office/decisions",
    "/v1/office/mail/{mail_id}/replay",
    "/v1/cards/ledger/{entry_id}/return",
    # Has one effect however often it is repeated; reveals: within an hour.
    "/v1/office/economies/import",
    "/v1/office/card-events",
    "/v1/office/foreign-numbers",
    "/v1/office/workbooks/import",
    "/v1/messages/read-all",
    "/v1/messages/{message_id}/read",
    "/v1/office/applications/{number}/reveal",
    "/v1/office/enterprises/{enterprise_id}/reveal",
    "/v1/office/mail/suppressions/lift",
    "/v1/office/sign-in-locks/clear",
    "/v1/persons/{person_number}/reveal",
    "/v1/office/persons/{person_number}/reveal",
}
"""Every other POST of an account creates something, so that its repetition would create a second one."""


def routes_of_accounts():
    import app  # noqa: F401  declares the routes
    from chalicelib.handlers.http.routing import ROUTES

    return [route for route in ROUTES if route.access.value != "public"]


def test_every_creating_route_of_an_account_requires_a_key(portal):
    requiring = {route.path for route in routes_of_accounts() if route.idempotent}
    posts = {route.path for route in routes_of_accounts() if route.method == "POST"}
    assert requiring == posts - NOT_CREATING
    assert posts > NOT_CREATING
    assert {route.path for route in routes_of_accounts() if route.status == 201} == requiring | {"/v1/attachments"}
    assert requiring > TESTED_ELSEWHERE.keys()
    assert len(requiring) == len(CREATING) + len(TESTED_ELSEWHERE)


def test_a_creation_without_a_key_is_refused_by_the_name_of_the_header(world, owner):
    callers = {
        "E": owner,
        "E A": world.agent(owner),
        "C": world.desk("consular"),
        "E F C": owner,
        "F C": world.desk("fao-hunan"),
    }
    before = world.table()
    for route in routes_of_accounts():
        if route.idempotent:
            path = re.sub(r"{\w+}", "APEC20261121000001", route.path.removeprefix("/v1"))
            answer = callers[route.access.value]("POST", path, {}, Idempotency_Key=None)
            assert (answer.status, answer.code) == (428, "PRECONDITION_REQUIRED"), route.path
            assert answer.fields == {"Idempotency-Key": "HEADER_MISSING"}
            message = "Idempotency-Key：缺少此请求头，请为每次新操作提供一个新的UUID，重试时沿用同一个"
            assert answer.body["errors"][0]["message"] == message
    assert world.table() == before


def test_the_contract_marks_the_key_as_required(portal):
    from tools.openapi import document

    paths = document()["paths"]
    for route in routes_of_accounts():
        operation = paths[route.path][route.method.lower()]
        headers = {each["name"]: each["required"] for each in operation["parameters"] if each["in"] == "header"}
        assert headers.get("Idempotency-Key", False) is route.idempotent
        assert not route.idempotent or "428" in operation["responses"]


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
