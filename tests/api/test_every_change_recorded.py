"""Every request that changes something records exactly one entry, in a history or in the audit.

The scenario of `tests/support/scenario.py` calls every route with success. Routes without an entry are listed in `NONE`
with the reason; a new route that changes something is covered without a change here.
"""

import re
import sys
from collections import Counter

import pytest

from tests.support.scenario_record import recorded_scenario

ASKS = "a query with a body; it changes nothing"
OWN_DRAFT = "a draft concerns its owner only and is purged after 180 days"
OWN_SESSION = "a session concerns its account only: it expires, its owner can list it, and the request log records it"
STEP = "a step towards a change, valid for minutes; the change itself is recorded"
READ = "what an account has read concerns that account only"

NONE = {
    "POST /v1/applications/check": ASKS,
    "POST /v1/persons/{person_number}/services/check": ASKS,
    "POST /v1/applications/search": ASKS,
    "POST /v1/office/search": ASKS,
    "POST /v1/office/enterprises/search": ASKS,
    "POST /v1/persons/import": ASKS,
    "POST /v1/travel-checks": ASKS,
    "POST /v1/applications/{number}/downloads": ASKS,
    "POST /v1/office/applications/{number}/downloads": ASKS,
    "POST /v1/attachments/states": ASKS,
    "POST /v1/drafts": OWN_DRAFT,
    "POST /v1/drafts/{draft_id}/copy": OWN_DRAFT,
    "PUT /v1/drafts/{draft_id}": OWN_DRAFT,
    "DELETE /v1/drafts/{draft_id}": OWN_DRAFT,
    "POST /v1/attachments": "an upload is part of nothing until a submission names it, which is recorded",
    "POST /v1/applications/{number}/progress/export": "it only writes the page to a workbook; the log has the request",
    "POST /v1/office/workbooks/template": "it only writes persons of a list to a workbook; the log has the request",
    "POST /v1/office/search/export": "it only writes a list to a workbook; the log has the request",
    "POST /v1/client-errors": "a page tells of its own error; it is a line of the log",
    "POST /v1/office/statistics/export": "it only writes numbers to a workbook; the log has the request",
    "POST /v1/office/sign-in-locks/search": ASKS,
    "DELETE /v1/sessions/current": OWN_SESSION,
    "DELETE /v1/sessions/{session_id}": OWN_SESSION,
    "POST /v1/elicence/tickets": STEP,
    "POST /v1/elicence/callback": STEP,
    "POST /v1/email-codes": STEP,
    "POST /v1/me/email-codes": STEP,
    "POST /v1/me/mailbox/email-codes": STEP,
    "POST /v1/me/passkeys/challenges": STEP,
    "POST /v1/sessions/passkey/challenges": STEP,
    "PUT /v1/sessions/current/proof": STEP,
    "POST /v1/recoveries": STEP,
    "POST /v1/recoveries/{recovery_id}/email-codes": STEP,
    "POST /v1/recoveries/{recovery_id}/verification": STEP,
    "PUT /v1/me/second-factor": STEP,
    "DELETE /v1/drafts/purge-notice": READ,
    "POST /v1/messages/read-all": READ,
    "POST /v1/messages/{message_id}/read": READ,
}
"""Routes other than GET that record no entry, each with its reason."""

LISTS = {
    "POST /v1/office/card-events",
    "POST /v1/office/decisions",
    "POST /v1/office/economies/import",
    "POST /v1/office/foreign-numbers",
    "POST /v1/office/workbooks/import",
}
"""Routes that take a list of acts: each row that is applied records an entry."""
IN_BOTH_AUDITS = {
    "POST /v1/office/enterprises/{enterprise_id}/reveal",
    "PUT /v1/office/enterprises/{enterprise_id}/email",
    "PUT /v1/office/enterprises/{enterprise_id}/elements",
}
"""Acts of officers on an enterprise: its audit has an entry, and that of officers, which alone has the reason."""

SHOWS_IN_CLEAR = re.compile(r"/v1/(?:agents/[^/]+|applications/[^/]+/content|office/enterprises/[^/]+)")
"""Each GET that can record an entry: it shows personal data in clear, or all about an enterprise."""
IN_CLEAR = {"agent_revealed", "content_read", "enterprise_viewed"}

WHO = {"actor_id", "actor"}
WHAT = {"action", "at", "request_id"}


@pytest.fixture(scope="module")
def scenario(portal):
    return recorded_scenario(portal)


@pytest.fixture(scope="module")
def patterns(portal):
    """The path pattern of every route other than GET, by the route's name; paths without parameters first."""
    import app  # noqa: F401  declares them
    from chalicelib.handlers.http.routing import ROUTES

    changing = sorted((route for route in ROUTES if route.method != "GET"), key=lambda route: route.path.count("{"))
    return {f"{route.method} {route.path}": re.sub(r"{\w+}", "[^/]+", route.path) for route in changing}


def name_of(success, patterns):
    return next(
        name
        for name, pattern in patterns.items()
        if name.startswith(f"{success.method} ") and re.fullmatch(pattern, success.path)
    )


def due(name, success):
    """The number of entries that a successful request must record; each row of an import is an act of its own."""
    if success.replayed or name in NONE:
        return 0
    if name in IN_BOTH_AUDITS:
        return 2
    return success.body["applied"] if name in LISTS else 1


def test_every_change_records_its_entry_with_its_request_id(scenario, patterns):
    written = Counter(entry["request_id"] for entry in scenario.entries)
    revealed = {entry["request_id"] for entry in scenario.entries if entry["action"] in IN_CLEAR}
    wrong, calls, entries, seen = [], 0, 0, set()
    for success in scenario.successes:
        if success.method == "GET":
            shown = bool(SHOWS_IN_CLEAR.fullmatch(success.path)) and success.request_id in revealed
            assert written[success.request_id] == shown, success.path
            continue
        name = name_of(success, patterns)
        seen.add(name)
        calls, entries = calls + 1, entries + written[success.request_id]
        if written[success.request_id] != due(name, success):
            wrong.append((name, written[success.request_id]))
    sys.stdout.write(
        f"entries: {len(seen)} routes other than GET, {len(seen - NONE.keys())} of them change something; "
        f"{calls} calls left {entries} entries, {len(wrong)} wrong\n"
    )
    assert wrong == []
    assert seen == patterns.keys()
    assert NONE.keys() <= seen


def test_every_entry_has_actor_action_time_request_id_and_change(scenario):
    calls = {success.request_id for success in scenario.successes}
    histories = [entry for entry in scenario.entries if entry.get("kind") == "event"]
    audits = [entry for entry in scenario.entries if entry.get("kind") != "event"]
    for entry in scenario.entries:
        assert {*WHO, *WHAT} <= {name for name, value in entry.items() if value}, entry
    assert [entry["action"] for entry in histories if not entry.get("to")] == []
    assert {entry["action"] for entry in histories if not entry.get("origin")} == {"submit"}
    assert all("change" in entry for entry in audits)
    # Entries without a request come from scheduled functions, which act as the portal.
    others = [entry for entry in scenario.entries if entry["request_id"] not in calls]
    assert {entry["actor_id"] for entry in others} == {"portal"}
    sys.stdout.write(f"entries: {len(histories)} of histories, {len(audits)} of audits, {len(others)} by the portal\n")


def test_each_reveal_records_an_entry(scenario):
    assert Counter(entry["action"] for entry in scenario.entries)["reveal"] == 3


def test_entries_are_never_changed(scenario):
    assert len(scenario.early) >= 20
    assert [entry for entry in scenario.early if entry not in scenario.entries] == []
