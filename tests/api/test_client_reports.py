"""Reports of open pages: a line of the log without personal data, never a change, never more than the limit."""

import json

import pytest

from chalicelib.handlers import client_reports
from chalicelib.repos.process.pace import Pace
from chalicelib.rules.base import limits
from tests.support import logs

REPORT = {
    "kind": "error",
    "page": "/applications/:number/progress",
    "version": "/assets/index-Bx3_a9.js",
    "name": "TypeError",
    "place": "/assets/ProgressPage-C1d2.js:12:3456",
    "milliseconds": None,
}


@pytest.fixture(autouse=True)
def _new_pace(monkeypatch):
    monkeypatch.setattr(client_reports, "PACE", Pace(limits.CLIENT_REPORTS_PER_MINUTE))


def test_a_report_is_one_line_of_the_log_and_writes_nothing(world):
    before = world.table()
    with logs.recorded() as log:
        answer = world.anybody("POST", "/client-errors", REPORT)
    assert (answer.status, answer.raw) == (204, b"")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"] == "client_report"]
    assert {name: line.get(name) for name in REPORT} == REPORT
    assert world.table() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("page", "/applications/APEC20261121000001?name=测试甲"),
        ("page", "/persons/测试甲"),
        ("name", "测试甲 is not a function"),
        ("place", "https://elsewhere.example/a.js:1:1"),
        ("version", "/assets/../v1/me.js"),
        ("kind", "message"),
        ("message", "护照号E00000001"),
        ("milliseconds", -1),
    ],
)
def test_what_may_name_a_person_or_another_site_is_refused(world, field, value):
    with logs.recorded() as log:
        answer = world.anybody("POST", "/client-errors", REPORT | {field: value})
    assert (answer.status, list(answer.fields)) == (422, [field])
    assert "client_report" not in log.getvalue()


def test_reports_beyond_the_limit_are_dropped_until_the_next_minute(world):
    def sent(count):
        with logs.recorded() as log:
            statuses = {world.anybody("POST", "/client-errors", REPORT).status for _ in range(count)}
        assert statuses == {204}
        return log.getvalue().count('"event": "client_report"')

    assert sent(limits.CLIENT_REPORTS_PER_MINUTE + 5) == limits.CLIENT_REPORTS_PER_MINUTE
    assert sent(1) == 0
    world.time.forward(minutes=1)
    assert sent(1) == 1
