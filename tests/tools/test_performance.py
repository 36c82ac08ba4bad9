"""docs/performance.md and its record, the check of instructions against it, and the endpoint of first replies."""

import http.client
import json
import re
import ssl
import urllib.parse

import pytest

from benchmarks import __main__ as command
from benchmarks import capacity, counting, endpoint, regress
from benchmarks.peers import serving
from tools import performance

RAW = "warm GET /me, instructions, against raw boto3 handler"


def figure(ratio, name=RAW, goal: float | None = 0.75, better="lower"):
    return {
        "name": name,
        "ratio": ratio,
        "goal": goal,
        "better": better,
        "ours": ratio * 10,
        "floor": 10.0,
        "unit": "M instructions",
    }


def entry(*figures):
    return {"measured_on": "2026-11-29", "machine": "a machine", "figures": list(figures)}


def page():
    places = (f"before {name}\n<!-- {name}: generated -->old<!-- end of {name} -->\n" for name in performance.MODULES)
    return f"# Title\n{''.join(places)}the end"


def test_writing_tables_leaves_the_prose_as_it_is():
    written = performance.renewed(page(), {"handlers": entry(figure(0.5), figure(0.8), figure(3, goal=None))})
    assert written.startswith("# Title\nbefore handlers\n<!-- handlers: generated -->\n")
    assert written.endswith("<!-- end of sandbox_load -->\nthe end")
    assert "old" not in written
    assert f"| {RAW} | 0.50 | <= 0.75 | met | 5 | 10 | M instructions |\n" in written
    assert f"| {RAW} | 0.80 | <= 0.75 | **MISSED** | 8 | 10 | M instructions |\n" in written
    assert f"| {RAW} | 3.00 | none | - | 30 | 10 | M instructions |\n" in written
    assert written.count("Not recorded yet.") == len(performance.MODULES) - 1


def test_a_page_without_the_place_of_a_module_is_refused():
    with pytest.raises(ValueError, match="handlers"):
        performance.renewed("# Title", {})


def test_a_goal_may_be_a_least_ratio():
    assert performance.is_met(figure(1.3, goal=1.3, better="higher"))
    assert not performance.is_met(figure(1.29, goal=1.3, better="higher"))
    assert performance.goal(figure(1, goal=1.3, better="higher")) == ">= 1.3"


def test_the_record_has_the_figures_of_every_module_that_the_check_needs():
    names = [found["name"] for found in performance.recorded()["handlers"]["figures"]]
    acts = ("first signed-in reply over TLS", "warm GET /me", "warm GET /messages", "warm detail of 90")
    assert {f"{act}, instructions, against raw boto3 handler" for act in acts} <= set(names)


def test_a_report_replaces_the_figures_of_the_measured_modules_only(tmp_path, monkeypatch):
    monkeypatch.setattr(performance, "RECORD", tmp_path / "performance.json")
    monkeypatch.setattr(performance, "PAGE", tmp_path / "performance.md")
    monkeypatch.setattr(command, "BUILD", tmp_path)
    performance.PAGE.write_text(page())
    performance.RECORD.write_text(json.dumps({"modules": {"purge": entry(figure(1)), "handlers": entry(figure(2))}}))
    (tmp_path / "bench.json").write_text(json.dumps({"modules": {"handlers": entry(figure(0.5))}}))
    assert command.main("report") == 0
    assert performance.recorded() == {"handlers": entry(figure(0.5)), "purge": entry(figure(1))}
    assert performance.PAGE.read_text() == performance.page()


@pytest.mark.parametrize(("ratio", "fails"), [(0.5, False), (0.549, False), (0.551, True), (0.2, False)])
def test_a_ratio_that_is_more_than_a_tenth_worse_fails(ratio, fails):
    lines, has_failed = regress.compared([figure(0.5)], [figure(ratio)])
    assert has_failed is fails
    assert [line.startswith("WORSE") for line in lines] == [fails]


def test_a_worse_ratio_says_what_is_worse_and_by_how_much():
    lines, _ = regress.compared([figure(0.5)], [figure(0.6)])
    assert lines == [f"WORSE {RAW}: 0.600, recorded 0.500 (+20.0%; 6.0 against 5.0 M instructions)"]


def test_a_ratio_that_was_never_recorded_fails_and_other_figures_are_not_compared():
    lines, has_failed = regress.compared([], [figure(0.5)])
    assert has_failed
    assert lines[0].startswith(f"NOT RECORDED {RAW}")
    assert regress.compared([], [figure(9, name="warm GET /me, millions of instructions")]) == ([], False)


def test_without_valgrind_nothing_is_compared_and_a_line_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not counting.is_possible()
    assert command.main("regress") == 0
    assert "valgrind is missing: no instructions are counted" in capsys.readouterr().err


def call(operation, body, content=""):
    return {"operation": operation, "body": body, "headers": {}, "content": content}


def test_a_recorded_reply_is_that_to_the_same_request_else_to_one_of_its_length_else_of_its_operation():
    calls = [call("Query", "[1]"), call("Query", "[1,2]"), call("Query", "[3]"), call("GetItem", "[2,1]")]
    asked = (b"DynamoDB_20120810.Query", b"[3]"), ("D.Query", "[2,1]"), ("D.Query", "long request"), ("D.GetItem", "")
    found = [serving.replied(calls, target, body) for target, body in asked]
    assert found == [calls[2], calls[1], calls[0], calls[3]]


def test_the_endpoint_answers_those_who_know_its_authority(tmp_path):
    with endpoint.running(tmp_path, [call("Query", "{}", '{"Items": []}')]) as (url, authority):
        address = urllib.parse.urlsplit(url)
        trusting = ssl.create_default_context(cafile=str(authority))
        connection = http.client.HTTPSConnection(address.hostname or "", address.port, context=trusting, timeout=10)
        connection.request("POST", "/", "{}", {"X-Amz-Target": "DynamoDB_20120810.Query"})
        assert connection.getresponse().read() == b'{"Items": []}'
        connection.close()
        other = http.client.HTTPSConnection(
            address.hostname or "", address.port, context=ssl.create_default_context(), timeout=10
        )
        with pytest.raises(ssl.SSLCertVerificationError):
            other.request("POST", "/", "{}", {"X-Amz-Target": "DynamoDB_20120810.Query"})
        other.close()


def test_the_write_units_of_a_submission_in_the_guide_are_those_of_the_capacity_page():
    measured = capacity.PAGE.read_text(encoding="utf-8")
    row = next(line for line in measured.splitlines() if line.startswith("| submission of 90 persons |"))
    guide = " ".join((performance.DOCS / "operations.md").read_text(encoding="utf-8").split())
    (units,) = re.findall(r"A submission of 90 persons writes ([\d,]+) units", guide)
    assert units == row.split("|")[3].strip()
