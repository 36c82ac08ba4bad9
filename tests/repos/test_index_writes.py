"""How many entries of indexes each act writes about one person (docs/decisions/0046).

DynamoDB writes an entry for a new row, one for a row that ends, two for a row whose key changes and one for a row of
which only projected attributes change.
"""

from dataclasses import replace

import pytest

from chalicelib.repos.applications import items
from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.rules.applications.applications import Answer, Card
from chalicelib.rules.base.vocabulary import Decision, Status
from sandbox.engine import cloud
from tests.support import submissions
from tests.support.assurance import figure
from tests.support.stock import projections

SIXTEEN = "AUS BRN CHL IDN JPN KOR MYS MEX NZL PNG PER PHL RUS SGP THA VNM".split()  # noqa: SIM905  read at a glance
CARD_END = "2031-11-20"


def keys_of_indexes():
    indexes = cloud.definitions()["PortalTable"]["Properties"]["GlobalSecondaryIndexes"]
    return {index["IndexName"]: [part["AttributeName"] for part in index["KeySchema"]] for index in indexes}


def writes(before, after):
    """The number of entries written when an item takes the place of another one."""
    total = 0
    for index, keys in keys_of_indexes().items():
        projected = projections()[index]
        old, new = (
            {name: item[name] for name in projected if item.get(name) is not None}
            if item and all(item.get(key) is not None for key in keys)
            else None
            for item in (before, after)
        )
        if old and new and any(old[key] != new[key] for key in keys):
            total += 2
        elif old != new:
            total += 1
    return total


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    key = PortalKey("test", b"0" * 32)
    monkeypatch.setattr(sealing, "current", lambda _: key)
    monkeypatch.setattr(sealing, "by_id", lambda *_: key)


def life():
    """The states of a person with a name of three characters, by the act that leads to each."""
    application = submissions.application(1, person={"name": "测试甲"})
    person = application.persons[0]
    yield "submission", person
    noon = submissions.NOON
    person = replace(person, own_status=Status.ECONOMY_REVIEW, status_since=noon, economies_since=noon)
    yield "approval", person
    for code in SIXTEEN:
        answers = {**person.economies, code: Answer(Decision.APPROVED, submissions.NOON)}
        own = Status.ECONOMY_DONE if code == SIXTEEN[-1] else person.own_status
        person = replace(person, economies=answers, own_status=own, version=person.version + 1)
        yield {"AUS": "first answer", "BRN": "further answer", "VNM": "last answer"}.get(code, ""), person
    person = replace(person, own_status=Status.CARD_MAKING)
    yield "card in the making", person
    person = replace(person, own_status=Status.CARD_MADE, card=Card("CN-1", CARD_END))
    yield "card made", person
    yield "card issued", replace(person, own_status=Status.CARD_ISSUED, card=Card("CN-1", CARD_END, issued=True))


EXPECTED = {
    "submission": 5,
    "approval": 3,
    "first answer": 1,
    "further answer": 0,
    "": 0,
    "last answer": 6,
    "card in the making": 7,
    "card made": 9,
    "card issued": 4,
}
OF_HEADER = [7, 1, 7, 7]


def test_an_act_on_a_person_writes_few_index_entries():
    header, before, counted = submissions.application().header, None, {}
    for act, person in life():
        item = items.from_person(person, header)
        counted[act] = writes(before, item)
        before = item
    figure(f"index entries written about one person: {counted}, whole life {sum(counted.values())}")
    assert counted == EXPECTED


def test_a_review_of_an_application_writes_few_index_entries():
    submitted = submissions.application().header
    header = replace(submitted, lookup_since=None)
    reviewed = [replace(header, status=status) for status in (Status.CONSULAR_REVIEW, Status.CONSULAR_APPROVED)]
    states = [submitted, header, *reviewed]
    stored = [items.from_header(state) for state in states]
    counted = [writes(old, new) for old, new in zip([None, *stored], stored, strict=False)]
    submission, lookup, *reviews = counted
    figure(f"index entries written about one application: submission {submission}, look-up {lookup}, reviews {reviews}")
    assert counted == OF_HEADER
