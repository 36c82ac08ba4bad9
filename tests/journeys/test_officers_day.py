"""An officer's day: a desk is emptied with what its rows say, by an office and by the consular department.

Three of ten applications are returned and come back corrected, and five decisions meet those of another officer. Then
the economies answer and cards are made. Each page of a desk takes two requests to the table, whatever the day brings.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from testing.follow_ups import SIXTEEN
from testing.world import User, World
from tests.support.assurance import figure, rounds

pytestmark = pytest.mark.assurance

APPLICATIONS = rounds(20, 200)
ENTERPRISES = rounds(1, 4)
RACES = 5
OFFICE = "fao-guizhou"
"""An office to which nothing but this day's applications is sent."""
ANSWERED_AT_ONCE = 10
"""Persons whose answers are imported by one call."""
REMARK = "请按附件要求更正申请事由"


@dataclass
class Day:
    """What the officers do, counted by step of the work."""

    world: World
    calls: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)

    def does(self, step: str, officer: User, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Make one call and count it; requests to the table are counted without the one of authentication."""
        with self.world.counting() as asked:
            answer = officer(method, path, body)
        assert answer.status == status, (step, path, answer.raw.decode())
        own = len(asked.of("dynamodb")) - 1
        self.calls[step] += 1
        self.requests[step] += own
        self.most[step] = max(self.most[step], own)
        return answer.body

    def rows(self, officer: User, **filters: Any) -> Iterator[dict[str, Any]]:
        """Every row of a desk, oldest first."""
        cursor = None
        while True:
            page = self.does("pages", officer, "POST", "/office/search", {"limit": 100, "cursor": cursor, **filters})
            assert page["partial"] is False
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def waiting(self, officer: User) -> dict[str, int]:
        """How much waits at the officer's desk."""
        shown = self.does("desk", officer, "GET", "/office/desk")["items"]
        assert all(entry["exact"] for entry in shown)
        return {entry["status"]: entry["count"] for entry in shown if entry["count"]}

    def decides(self, officer: User, row: dict[str, Any], decision: str, **more: Any) -> Any:
        """Open an application and decide on it, by the status version that the row of the desk shows."""
        self.does("files", officer, "GET", f"/office/applications/{row['number']}")
        return self._decision(officer, row, decision, 200, **more)

    def is_late(self, officer: User, row: dict[str, Any]) -> Any:
        """Decide on what another officer has decided meanwhile; returns the problem."""
        return self._decision(officer, row, "pass", 409)

    def _decision(self, officer: User, row: dict[str, Any], decision: str, status: int, **more: Any) -> Any:
        form = {"decision": decision, "status_version": row["status_version"], **more}
        return self.does("decisions", officer, "POST", f"/office/applications/{row['number']}/decision", form, status)


@pytest.fixture
def morning(world):
    """The applications of the day with their contents and owners, and the officers."""
    owners = [world.enterprise() for _ in range(ENTERPRISES)]
    sent = {}
    for count in range(APPLICATIONS):
        user = owners[count % ENTERPRISES]
        content = world.content(user, persons=1 + count % 2, office=OFFICE)
        content["attachments"] = world.attachments(user, "group", OFFICE)
        for person in content["persons"]:
            person["attachments"] = world.attachments(user, "person", OFFICE)
        number = user.ok("POST", "/applications", {"content": content})["number"]
        sent[number] = SimpleNamespace(user=user, content=content)
    office = (world.officer(OFFICE), world.officer(OFFICE))
    return SimpleNamespace(sent=sent, office=office, consular=world.officer("consular"))


@pytest.mark.accepts("H12", "L14")
def test_an_officers_day(world, morning):
    day, numbers = Day(world), list(morning.sent)
    first, second = morning.office
    already = Counter(day.waiting(morning.consular))
    assert day.waiting(first) == {"FAO_REVIEW": APPLICATIONS}
    rows, copy = list(day.rows(first)), list(day.rows(second))
    assert [row["number"] for row in rows] == numbers
    returned = [row for place, row in enumerate(rows) if place % 10 < 3]
    for row in rows:
        assert {"pass", "return"} <= {*actions(row)}
        if row in returned:
            day.decides(first, row, "return", reason=REMARK, fields=["reason"])
        else:
            day.decides(first, row, "pass")
    lose_races(day, second, copy)
    correct(morning, returned)
    read_again(day, first, returned)
    assert day.waiting(first) == {}
    persons = approve(day, morning, already)
    answer(day, morning.consular, persons)
    make_cards(day, morning.consular, persons, already)
    report(day)


def actions(row):
    """The actions that a row offers, whether it names them or describes their requests."""
    return [entry["action"] if isinstance(entry, dict) else entry for entry in row["allowed_actions"]]


def lose_races(day, officer, copy):
    """The second officer decides on rows of the morning that the first one has decided on."""
    for row in copy[:RACES]:
        refused = day.is_late(officer, row)
        assert (refused["code"], refused["message"]) == ("OPERATION_INVALID", "操作无效")
        assert refused["current"]["status"] in ("FAO_RETURNED", "CONSULAR_REVIEW")
        history = day.does("files", officer, "GET", f"/office/applications/{row['number']}/history")["items"]
        assert [event["action"] for event in history] in (["return", "submit"], ["pass", "submit"])


def correct(morning, returned):
    """The applicants correct what was returned and submit it again; this is not the officers' work."""
    for row in returned:
        number, own = row["number"], morning.sent[row["number"]]
        content = own.content | {"reason": "赴有关经济体参加展会，随行人员与职务已核实"}
        own.user.ok("PUT", f"/applications/{number}/content", content, If_Match=f'"{row["version"]}"')
        own.user.ok("POST", f"/applications/{number}/resubmit", {"status_version": row["status_version"] + 1})


def read_again(day, officer, returned):
    """What comes back says what was corrected; the officer compares the values and passes it."""
    rows = list(day.rows(officer))
    assert [row["number"] for row in rows] == [row["number"] for row in returned]
    for row in rows:
        assert row["correction"] == {"fields": ["reason"], "persons": []}
        changes = day.does("changes", officer, "GET", f"/office/applications/{row['number']}/changes")
        assert [change["field"] for change in changes["fields"]] == ["reason"]
        day.decides(officer, row, "pass")


def approve(day, morning, already):
    """The consular department passes everything; returns the numbers of all persons."""
    officer, numbers = morning.consular, [*morning.sent]
    assert day.waiting(officer)["CONSULAR_REVIEW"] == already["CONSULAR_REVIEW"] + APPLICATIONS
    rows = [row for row in day.rows(officer) if row["number"] in morning.sent]
    assert [row["number"] for row in rows] == numbers
    for row in rows:
        assert day.decides(officer, row, "pass")["status"] == "CONSULAR_APPROVED"
    return [f"{row['number']}-{position:02}" for row in rows for position in range(1, row["person_count"] + 1)]


def answer(day, officer, persons):
    """All economies approve, by lists."""
    for at in range(0, len(persons), ANSWERED_AT_ONCE):
        some = persons[at : at + ANSWERED_AT_ONCE]
        answers = [
            {"person_number": person, "economy": code, "decision": "approved"} for person in some for code in SIXTEEN
        ]
        reply = day.does("answers", officer, "POST", "/office/economies/import", {"rows": answers})
        assert reply == {"applied": len(answers), "unchanged": 0, "failed": [], "warned": []}


def make_cards(day, officer, persons, already):
    """One of ten cards is made today; the desk has all others."""
    waiting = {row["number"]: row for row in day.rows(officer, status="ECONOMY_DONE")}
    found = [person for row in waiting.values() for person in row["persons"] if person["number"] in persons]
    assert [person["number"] for person in found] == persons
    today = found[::10]
    for person in today:
        form = {"event": "making", "status_version": person["status_version"]}
        day.does("cards", officer, "POST", f"/office/persons/{person['number']}/card", form)
    now = day.waiting(officer)
    assert now["CARD_MAKING"] == already["CARD_MAKING"] + len(today)
    assert now["ECONOMY_DONE"] == already["ECONOMY_DONE"] + len(persons) - len(today)


def report(day):
    assert day.most["pages"] <= 2
    assert day.most["desk"] <= 2
    assert day.most["changes"] <= 2
    assert day.calls["decisions"] == 2 * APPLICATIONS + 3 * APPLICATIONS // 10 + RACES
    for step, calls in day.calls.items():
        text = f"{step} {calls} calls, {day.requests[step]} requests to the table, at most {day.most[step]} for one"
        figure(f"an officer's day of {APPLICATIONS} applications: {text}")
    figure(
        f"an officer's day of {APPLICATIONS} applications: {day.calls.total()} calls, {day.requests.total()} requests"
    )
