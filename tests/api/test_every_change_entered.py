"""Every call that changes something leaves exactly one entry, in a history or in an audit; generated from the routes.

The walk of `tests/support/scenario.py` answers every route with success. Whatever no entry is due for stands below with
its reason; a new route that changes something falls into the test by itself.
"""

import re
import sys
from collections import Counter

import pytest

from tests.support.scenario_record import recorded_scenario

ASKS = "asks with a body and changes nothing"
OWN_DRAFT = "what one has not submitted yet is one's own, and goes by itself after 180 days"
OWN_SESSION = (
    "a session is one's own sign-in: it ends by itself, is listed for its owner, and stands in the request log"
)
BEFORE = "a step towards a change, good for minutes: the change itself is entered"
READ = "what one has read is one's own"

NONE = {
    "POST /v1/applications/search": ASKS,
    "POST /v1/office/search": ASKS,
    "POST /v1/office/enterprises/search": ASKS,
    "POST /v1/persons/import": ASKS,
    "POST /v1/drafts": OWN_DRAFT,
    "PUT /v1/drafts/{draft_id}": OWN_DRAFT,
    "DELETE /v1/drafts/{draft_id}": OWN_DRAFT,
    "POST /v1/attachments": "a file is of nothing until a submission names it: that is entered",
    "POST /v1/applications/{number}/progress/export": "it makes a sheet of what the page shows; the log has the call",
    "POST /v1/sessions": OWN_SESSION,
    "POST /v1/sessions/elicence": OWN_SESSION,
    "DELETE /v1/sessions/current": OWN_SESSION,
    "DELETE /v1/sessions/{session_id}": OWN_SESSION,
    "POST /v1/elicence/tickets": BEFORE,
    "POST /v1/elicence/callback": BEFORE,
    "POST /v1/email-codes": BEFORE,
    "POST /v1/recoveries": BEFORE,
    "POST /v1/recoveries/{recovery_id}/verification": BEFORE,
    "DELETE /v1/drafts/purge-notice": READ,
    "POST /v1/messages/read-all": READ,
    "POST /v1/messages/{message_id}/read": READ,
}
"""Calls with a body or a change for which no entry is due."""

WHO = {"actor_id", "actor"}
WHAT = {"action", "at", "request_id"}


@pytest.fixture(scope="module")
def walk(portal):
    return recorded_scenario(portal)


@pytest.fixture(scope="module")
def patterns(portal):
    """Every route that is no GET, by its name, with what its paths look like; those without parameters first."""
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
    """How many entries a success is to leave: an import's lines are acts of their own."""
    if success.replayed or name in NONE:
        return 0
    return success.body["applied"] if name == "POST /v1/office/economies/import" else 1


def test_every_change_leaves_exactly_one_entry_with_its_request(walk, patterns):
    written = Counter(entry["request_id"] for entry in walk.entries)
    wrong, calls, entries, seen = [], 0, 0, set()
    for success in walk.successes:
        if success.method == "GET":
            assert written[success.request_id] == 0, success.path
            continue
        name = name_of(success, patterns)
        seen.add(name)
        calls, entries = calls + 1, entries + written[success.request_id]
        if written[success.request_id] != due(name, success):
            wrong.append((name, written[success.request_id]))
    sys.stdout.write(
        f"entries: {len(seen)} routes that are no GET, {len(seen - NONE.keys())} of them change something; "
        f"{calls} calls left {entries} entries, {len(wrong)} wrong\n"
    )
    assert wrong == []
    assert seen == patterns.keys()
    assert NONE.keys() <= seen


def test_every_entry_says_who_did_what_when_by_which_request_and_from_what_to_what(walk):
    calls = {success.request_id for success in walk.successes}
    histories = [entry for entry in walk.entries if entry.get("kind") == "event"]
    audits = [entry for entry in walk.entries if entry.get("kind") != "event"]
    for entry in walk.entries:
        assert {*WHO, *WHAT} <= {name for name, value in entry.items() if value}, entry
    assert [entry["action"] for entry in histories if not entry.get("to")] == []
    assert {entry["action"] for entry in histories if not entry.get("origin")} == {"submit"}
    assert all("change" in entry for entry in audits)
    # What no call did, a function without a request did: in the portal's own name.
    others = [entry for entry in walk.entries if entry["request_id"] not in calls]
    assert {entry["actor_id"] for entry in others} == {"portal"}
    sys.stdout.write(f"entries: {len(histories)} of histories, {len(audits)} of audits, {len(others)} by the portal\n")


def test_each_reveal_is_entered(walk):
    assert Counter(entry["action"] for entry in walk.entries)["reveal"] == 2


def test_what_was_entered_early_is_still_there_word_for_word(walk):
    assert len(walk.early) >= 20
    assert [entry for entry in walk.early if entry not in walk.entries] == []
