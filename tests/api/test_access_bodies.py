"""Access by ids and cursors in bodies and queries: a foreign object is answered like an unknown one."""

import sys
from types import SimpleNamespace

import pytest

from chalicelib.repos.keys import cursors
from testing import follow_ups, people
from tests.support import objects
from tests.support.accounts import elements_of
from tests.support.objects import unknown
from tests.support.shapes import placed, sent

STORED_AS_TYPED = "a draft stores what was typed; submitting it checks every id"
SEARCHED = "a filter: results are limited to what the account may see (tests/api/test_visibility.py)"
NEW_NAME = "a new number, not the id of an object"

ELSEWHERE = {
    ("POST /v1/drafts", "invoice_profile_id"): STORED_AS_TYPED,
    ("POST /v1/drafts", "attachments"): STORED_AS_TYPED,
    ("POST /v1/drafts", "persons.attachments"): STORED_AS_TYPED,
    ("PUT /v1/drafts/{draft_id}", "invoice_profile_id"): STORED_AS_TYPED,
    ("PUT /v1/drafts/{draft_id}", "attachments"): STORED_AS_TYPED,
    ("PUT /v1/drafts/{draft_id}", "persons.attachments"): STORED_AS_TYPED,
    ("POST /v1/applications/search", "number"): SEARCHED,
    ("POST /v1/office/search", "number"): SEARCHED,
    ("POST /v1/office/workbooks/template", "number"): SEARCHED,
    ("POST /v1/office/workbooks/template", "enterprise_id"): "a filter: results are those of /office/search",
    ("POST /v1/office/search/export", "number"): SEARCHED,
    ("POST /v1/office/search/export", "enterprise_id"): "a filter: results are those of /office/search",
    ("POST /v1/office/search", "enterprise_id"): "a filter: results are limited to the office (test_office_search.py)",
    ("PUT /v1/office/persons/{person_number}/foreign-number", "number"): NEW_NAME,
    ("POST /v1/office/mail/suppressions/lift", "suppression_id"): "only for the consular department, which lifts all",
    ("POST /v1/office/sign-in-locks/search", "enterprise_id"): "only for the consular department, which sees all",
    ("POST /v1/office/sign-in-locks/search", "agent_id"): "only for the consular department, which sees all",
    ("POST /v1/office/sign-in-locks/clear", "enterprise_id"): "only for the consular department, which clears all",
    ("POST /v1/office/sign-in-locks/clear", "agent_id"): "only for the consular department, which clears all",
    ("POST /v1/sessions/passkey", "credential_id"): "it comes with a signature (tests/api/test_passkeys.py)",
    ("POST /v1/travel-checks", "persons"): "answered for each person by itself (tests/api/test_travel.py)",
    ("POST /v1/office/decisions", "rows"): "answered for each row by itself (tests/api/test_office_lists.py)",
    ("POST /v1/office/card-events", "rows"): "only for the consular department, which sees every person",
    ("POST /v1/office/foreign-numbers", "rows"): "only for the consular department, which sees every person",
    ("POST /v1/office/economies/import", "rows"): "only for the consular department, which sees every person",
}
"""Fields with ids that this module does not test, each with its reason."""

EXPORT = "POST /v1/office/search/export"
TEMPLATE = "POST /v1/office/workbooks/template"

NAMES = {"draft_id", "attachment_id", "attachments", "invoice_profile_id", "agent_id", "ticket_id", "number", "rows"}
"""Last parts of the names of fields that hold ids of objects."""


@pytest.fixture(scope="module")
def both(portal):
    """The owner of the objects, and the stranger who sends their ids."""
    return SimpleNamespace(owner=portal.enterprise(), stranger=portal.enterprise())


def named(route):
    """The fields of a route that hold ids of objects."""
    name = f"{route.method} {route.path}"
    last = [(field, field.rpartition(".")[2]) for field in sent(route)]
    return [field for field, end in last if (end in NAMES or end.endswith("_id")) and (name, field) not in ELSEWHERE]


@pytest.fixture(scope="module")
def theirs(portal, both):
    """Ids of the owner's objects, by the name of the field that can hold them."""
    ticket = portal.ticket("login", elements_of(both.owner))
    photo = portal.attach(both.owner, "photo")
    return {
        "draft_id": objects.draft(portal, both.owner).parameters["draft_id"],
        "agent_id": objects.agent(portal, both.owner).parameters["agent_id"],
        "invoice_profile_id": portal.profile(both.owner),
        "attachment_id": photo,
        "attachments": [photo],
        "ticket_id": ticket["ticket_id"],
    }


@pytest.fixture(scope="module")
def bodies(portal, both):
    """For each route with an id in its body: the stranger's own path and an otherwise valid body."""
    stranger = both.stranger
    returned = portal.application(stranger, persons=2)
    portal.decide(portal.desk("fao-hunan"), returned, "return", reason="请修改", fields=["reason"])
    number = returned["number"]
    renewed = {"reason": "护照到期", **follow_ups.passport()}
    waiting = follow_ups.waiting(portal, stranger)
    service = follow_ups.applied(stranger, waiting, "change_passport", **follow_ups.passport())
    portal.decide(portal.desk("fao-hunan"), service, "return", reason="请修改")
    approved = portal.approved(stranger)["number"]
    secret = {"ticket_id": "x", "ticket_secret": "x"}
    person = people.person(attachments=portal.attachments(stranger, "person"))
    return {
        "POST /v1/applications": lambda field: (
            ("/applications", {"draft_id": ""})
            if field == "draft_id"
            else ("/applications", {"content": portal.content(stranger)})
        ),
        "POST /v1/applications/check": lambda field: (
            ("/applications/check", {"draft_id": ""})
            if field == "draft_id"
            else ("/applications/check", {"content": portal.content(stranger)})
        ),
        "POST /v1/persons/{person_number}/services/check": lambda _: (
            f"/persons/{number}-01/services/check",
            objects.BODIES["ServiceForm"](),
        ),
        "PUT /v1/applications/{number}/content": lambda _: (
            f"/applications/{number}/content",
            portal.content(stranger, persons=2),
        ),
        "PUT /v1/persons/{person_number}/content": lambda _: (f"/persons/{number}-01/content", person),
        "POST /v1/persons/{person_number}/services": lambda _: (
            f"/persons/{number}-01/services",
            objects.BODIES["ServiceForm"](),
        ),
        "PUT /v1/applications/{number}/service": lambda _: (f"/applications/{service['number']}/service", renewed),
        "PUT /v1/applications/{number}/payment-voucher": lambda _: (
            f"/applications/{approved}/payment-voucher",
            {"payment_version": 0},
        ),
        "POST /v1/applications/search": lambda _: ("/applications/search", {"service": "new_or_renewal"}),
        "POST /v1/persons/import": lambda _: ("/persons/import", {}),
        "POST /v1/attachments/states": lambda _: ("/attachments/states", {}),
        "PUT /v1/enterprise/licence": lambda _: ("/enterprise/licence", secret),
        "POST /v1/recoveries": lambda _: ("/recoveries", secret),
        "POST /v1/email-codes": lambda _: ("/email-codes", secret | {"email": "new@enterprise.example"}),
        "PUT /v1/sessions/current/proof": lambda _: ("/sessions/current/proof", secret),
        "POST /v1/sessions/elicence": lambda _: ("/sessions/elicence", secret),
        "POST /v1/registrations": lambda _: ("/registrations", secret | _registration(portal)),
    }


def _registration(portal):
    form = portal.registration()
    return {name: value for name, value in form.items() if not name.startswith("ticket")}


def items_without_counters(world):
    """Every item except the counters of application numbers, which a refused submission increments."""
    return {key: item for key, item in world.table().items() if not key[0].startswith("SEQ#")}


def test_a_foreign_id_in_a_body_is_answered_like_an_unknown_one(world, both, routes, theirs, bodies):
    wrong, tried = [], 0
    for route in routes:
        for field in named(route):
            last = field.rpartition(".")[2]
            foreign = theirs[last]
            unknown_ids = (
                [unknown(last, object_id) for object_id in foreign]
                if isinstance(foreign, list)
                else unknown(last, foreign)
            )
            path, body = bodies[f"{route.method} {route.path}"](field)
            headers = {"If_Match": '"1"'} if route.versioned else {}
            before = items_without_counters(world)
            answers = [
                both.stranger(route.method, path, placed(body, field, value), **headers)
                for value in (foreign, unknown_ids)
            ]
            same = answers[0].without_id == answers[1].without_id
            body_of_first = answers[0].body
            refused = answers[0].status in (404, 422) or body_of_first.get("items") == [] or body_of_first.get("errors")
            if not (same and refused and items_without_counters(world) == before):
                wrong.append((route.method, route.path, field, [answer.raw.decode()[:300] for answer in answers]))
            tried += 1
    sys.stdout.write(f"ids in bodies: {tried} fields, {len(wrong)} wrong\n")
    assert wrong == []
    assert tried >= 15


TOO_LONG = ("😀" * 500, "😀" * 200, "a" * 2_000, "测#" * 100)
"""Texts of 2,000 bytes, and shorter ones that no key of the table has: a key never comes from free text."""


def test_a_text_of_2000_bytes_as_an_id_is_refused_and_never_a_fault(both, routes, bodies):
    tried = 0
    for route in routes:
        name = f"{route.method} {route.path}"
        for field in named(route):
            for value in TOO_LONG:
                path, body = bodies[name](field)
                headers = {"If_Match": '"1"'} if route.versioned else {}
                sent_value = [value] if field.endswith("attachments") else value
                answer = both.stranger(route.method, path, placed(body, field, sent_value), **headers)
                found = answer.body.get("items", answer.body.get("errors"))
                assert answer.status in (404, 422) or (answer.status == 200 and found is not None), (name, field)
                tried += 1
    sys.stdout.write(f"ids of 2,000 bytes: {tried} requests, no fault\n")
    assert tried >= 60


def test_every_excluded_field_exists_on_its_route(routes):
    known = {(f"{route.method} {route.path}", field) for route in routes for field in sent(route)}
    assert ELSEWHERE.keys() <= known


# Cursors


def pages(world, owner):
    """For each list: two accounts that may read it, the list's name and the filter that its cursors are bound to."""
    agent, stranger = world.agent(owner), world.enterprise()
    number = world.application(owner)["number"]
    desks = world.desk("consular"), world.officer("consular")
    search = {"agent_id": None, "applicant": None, "available_service": None, "number": None, "passport_number": None}
    office = dict.fromkeys(
        (
            *("applicant", "enterprise", "enterprise_id", "number", "passport_number", "service", "status", "uscc"),
            *("submitted_from", "submitted_to", "waiting_longer_than"),
        )
    ) | {"order": "oldest"}
    return {
        "POST /v1/applications/search": (
            (owner, agent),
            "applications",
            search | {"service": "new_or_renewal", "status": None},
        ),
        "GET /v1/audit": ((owner, stranger), "audit", None),
        "GET /v1/messages": ((owner, agent), "messages", None),
        "GET /v1/cards/ledger": ((owner, agent), "card ledger", None),
        "POST /v1/office/search": (desks, "office", office),
        EXPORT: (desks, "office", office),
        TEMPLATE: (
            desks,
            "office",
            office | {"kind": "cards", "status": "CARD_MAKING", "economies": [], "event": None},
        ),
        "POST /v1/office/enterprises/search": (desks, "enterprises", [None, None]),
        "GET /v1/office/mail/dead": (desks, "dead mail", None),
        "GET /v1/office/mail/suppressions": (desks, "suppressed addresses", None),
        "POST /v1/applications/{number}/downloads": ((owner, agent), "files of an application", number),
        "POST /v1/office/applications/{number}/downloads": (desks, "files of an application", number),
        "GET /v1/applications/{number}/history": ((owner, agent), "history of an application", number),
        "GET /v1/persons/{person_number}/history": ((owner, agent), "history of a person", f"{number}-01"),
        "GET /v1/office/applications/{number}/history": (desks, "history of an application", number),
        "GET /v1/office/persons/{person_number}/history": (desks, "history of a person", f"{number}-01"),
    }


def test_a_cursor_of_another_account_is_answered_like_a_malformed_one(world, both, routes):
    owner, listed = both.owner, set()
    calls = pages(world, owner)
    for route in routes:
        if "cursor" not in sent(route):
            continue
        name = f"{route.method} {route.path}"
        (first, second), listing, filter_ = calls[name]
        at = (
            {"number": "APEC", "done": True}
            if listing in ("applications", "office")
            else {"pk": "NOBODY", "sk": "NOTHING"}
        )
        if listing.startswith(("history", "files")):
            at = {"before": "2026", "person": "", "id": ""}
        cursor = cursors.write(_account(first), listing, filter_, at)

        def turn(user, cursor, route=route, filter_=filter_):
            path = route.path.removeprefix("/v1").format(number=filter_, person_number=filter_)
            if route.query:
                return user("GET", f"{path}?cursor={cursor}")
            body = {"cursor": cursor} | ({"service": "new_or_renewal"} if "agent_id" in sent(route) else {})
            return user("POST", path, body | ({"kind": "cards"} if "kind" in sent(route) else {}))

        own, stolen, rubbish = turn(first, cursor), turn(second, cursor), turn(second, "AAAA")
        assert own.status != 400, (name, own.raw.decode())
        assert (stolen.status, stolen.code, stolen.without_id) == (400, "MALFORMED", rubbish.without_id), name
        listed.add(name)
    sys.stdout.write(f"cursors of others: {len(listed)} lists, all refused\n")
    assert listed == calls.keys()
    # The same list is read by applicants and by officers; no account is both.
    # Workbooks continue the list from which they are made.
    lists = [call for name, call in calls.items() if name not in (EXPORT, TEMPLATE)]
    named = {(listing, user.account["role"] == "officer") for (user, _), listing, _ in lists}
    assert len(named) == len(lists), "no two lists have one name"


def _account(user):
    from chalicelib.repos.accounts import accounts

    found = accounts.get(user.account["enterprise_id"] or accounts.OFFICERS, user.account["id"])
    assert found is not None
    return found
