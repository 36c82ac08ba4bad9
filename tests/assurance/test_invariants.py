"""The invariants hold after the scenario, and detect missing and wrong items."""

import copy
import sys
from collections import Counter
from datetime import timedelta

import pytest

from scheduled.deliver_mail import deliver_mail
from scheduled.expire_cards import expire_cards
from scheduled.look_up_persons import look_up_persons
from scheduled.purge_drafts import purge_drafts
from scheduled.remind import remind
from testing import mail_events
from testing.world import START
from tests.support import invariants, scenario

DEPENDED_ON = {
    "ACCOUNT", "PROFILE", "INVOICE", "LOGIN", "DRAFT", "STATE", "HEADER", "PERSON", "HISTORY", "NEW_PASSPORT",
    "SEQ", "MAIL of an event", "MSG of an event", "REMINDED", "MAIL of an address", "STATISTICS",
    "VERDICT of an application", "CARD", "NAMED", "FACTOR", "OFFICES", "PASSKEY",
}  # fmt: skip
"""Kinds of items whose absence is detected."""

ALONE = {
    "SESSION", "MSG of something else", "MAIL of something else", "CODE", "TICKET", "IDEM", "KEYS", "AUDIT", "MAILRATE",
    "QUOTA", "REVEALED",
    "VERDICT", "CLAIM", "RETURNED", "PAYMENT", "LEDGER", "KNOWN", "PACE", "MAILS", "SIGNED_IN", "CHALLENGE",
}  # fmt: skip
"""Kinds of items to which no other item refers."""

COUNTERS = ("agents", "invoice_profiles", "drafts", "person_count", "status_version", "version")


@pytest.fixture(scope="module")
def tables(portal):
    """The table after the scenario, before and after the scheduled functions."""
    owner = scenario.accounts(portal)
    portal.agent(owner)
    scenario.drafts(portal, owner)
    owner.ok("POST", "/drafts", portal.content(owner))
    scenario.groups(portal, owner)
    scenario.economies(portal, portal.agent(owner))
    scenario.officers(portal)
    scenario.messages(owner)
    before = invariants.read(portal)
    portal.run(look_up_persons)
    portal.time.forward(days=174)
    for function in (remind, deliver_mail):
        portal.run(function)
    portal.time.forward(days=7)
    for function in (purge_drafts, expire_cards, remind):
        portal.run(function)
    portal.feedback(mail_events.bounce(owner.account["email"]))
    return before, invariants.read(portal)


TIMES = (START, START + timedelta(days=181))
"""When each of the tables was read."""


def judge(found, reading=0):
    invariants.judge(found, TIMES[reading])


def kind(key, item):
    pk, sk = key
    if "message_kind" in item or "mail_kind" in item:
        notice = item.get("mail_kind") or item["message_kind"]
        if pk.startswith("MAIL#"):
            return f"MAIL of {'an event' if notice == 'status_changed' else 'something else'}"
        return f"MSG of {'an event' if notice == 'status_changed' else 'something else'}"
    if pk.startswith("APP#"):
        return sk.split("#")[-1] if sk.endswith(("HEADER", "NEW_PASSPORT")) else sk.split("#")[0]
    if pk.startswith("ADDRESS#"):
        return "MAIL of an address"
    if pk.startswith(("REMINDED#", "STATISTICS", "OFFICES", "LOGIN#", "KEYS", "AUDIT#", "HISTORY#", "NAMED#")):
        return pk.partition("#")[0]
    if pk.startswith("FILE#"):
        return "VERDICT of an application" if "applications" in item else "VERDICT"
    return sk.partition("#")[0]


def test_the_invariants_hold_after_the_scenario(tables):
    for reading, found in enumerate(tables):
        judge(found, reading)
    sys.stdout.write(f"{[len(found) for found in tables]} items\n")


@pytest.mark.parametrize("missing", sorted(DEPENDED_ON))
def test_a_missing_item_is_detected(tables, missing):
    tried = 0
    for reading, found in enumerate(tables):
        if (missing, reading) == ("MAIL of an event", 1):
            continue  # its record can have expired by then
        # The counters of an account without drafts may be absent: what they count then is on no other item.
        drafters = {pk for pk, sk in found if sk.startswith("DRAFT#")}
        wanted = (at for at, item in found.items() if kind(at, item) == missing)
        at = next((at for at in wanted if missing != "STATE" or at[0] in drafters), None)
        if at is not None:
            tried += 1
            with pytest.raises(AssertionError):
                judge({other: item for other, item in found.items() if other != at}, reading)
    assert tried


@pytest.mark.parametrize("counter", COUNTERS)
def test_a_wrong_counter_is_detected(tables, counter):
    found = copy.deepcopy(tables[0])
    item = next(
        item for at, item in found.items() if counter in item and kind(at, item) in ("PROFILE", "STATE", "HEADER")
        and not (counter == "version" and "number" not in item)
    )  # fmt: skip
    item[counter] += 1
    with pytest.raises(AssertionError):
        judge(found)


@pytest.mark.parametrize(
    ("of", "attribute", "wrong"),
    [
        ("HEADER", "status", "WITHDRAWN"),
        ("PERSON", "own_status", "WITHDRAWN"),
        ("PERSON", "open_service", "APEC20261121999999"),
        ("PERSON", "name_digests", "elsewhere"),
        ("HEADER", "office_pk", "OFFICE#elsewhere#FAO_REVIEW"),
        ("MAIL of an event", "queue_pk", "elsewhere"),
        ("DRAFT", "queue_sk", "elsewhere"),
        ("LOGIN", "account_id", "nobody"),
        ("HISTORY", "to", "WITHDRAWN"),
        ("ACCOUNT", "mail_status", "complained"),
    ],
)
def test_a_wrong_attribute_is_detected(tables, of, attribute, wrong):
    found = copy.deepcopy(tables[0])
    next(item for at, item in found.items() if kind(at, item) == of)[attribute] = wrong
    with pytest.raises(AssertionError):
        judge(found)


def test_an_item_of_an_unknown_kind_is_detected(tables):
    with pytest.raises(AssertionError):
        judge(tables[0] | {("NEW#1", "NEW"): {"pk": "NEW#1", "sk": "NEW"}})


def test_a_second_message_of_one_event_is_detected(tables):
    at, item = next((at, item) for at, item in tables[0].items() if kind(at, item) == "MSG of an event")
    with pytest.raises(AssertionError):
        judge(tables[0] | {(at[0], f"{at[1]}again"): item})


def test_every_kind_of_item_is_checked_or_independent(tables):
    kinds = Counter(kind(at, item) for found in tables for at, item in found.items())
    sys.stdout.write(f"{dict(kinds)}\n")
    assert set(kinds) == DEPENDED_ON | ALONE
