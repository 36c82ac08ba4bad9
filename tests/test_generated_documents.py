"""`python -m tools`: the documents that are generated from code agree with it, and a drift is reported."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib import config
from chalicelib.rules.base import limits
from tools import __main__ as command
from tools import limits as limits_page
from tools import settings as settings_page
from tools.documents import DOCS, DOCUMENTS
from tools.version import version

NAMES = [document.name for document in DOCUMENTS]


@pytest.fixture
def copies(tmp_path, engine):
    """The same documents in an empty directory; importing the routes needs the settings of the engine."""
    return [replace(document, path=tmp_path / document.path.name) for document in DOCUMENTS]


def test_every_published_document_is_what_its_sources_produce(engine, capsys):
    assert command.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_written_document_is_current_and_equals_the_published_one(copies):
    assert command.main([], copies) == 0
    assert command.main(["--check"], copies) == 0
    assert [copy.path.read_bytes() for copy in copies] == [document.path.read_bytes() for document in DOCUMENTS]


def test_a_missing_document_is_reported_with_the_command_that_writes_it(copies, capsys):
    assert command.main(["--check"], copies) == 1
    reported = capsys.readouterr().out.splitlines()
    assert reported == [f"{copy.path} is out of date: run `make documents`" for copy in copies]


@pytest.mark.parametrize("name", NAMES)
def test_a_document_that_was_changed_by_hand_is_reported(copies, capsys, name):
    command.main([name], copies)
    (changed,) = [copy for copy in copies if copy.name == name]
    changed.path.write_text(f"{changed.path.read_text(encoding='utf-8')}\n", encoding="utf-8")
    assert command.main(["--check", name], copies) == 1
    assert capsys.readouterr().out == f"{changed.path} is out of date: run `make documents`\n"


def test_one_document_is_written_by_its_name(copies):
    assert command.main(["limits"], copies) == 0
    assert [copy.name for copy in copies if copy.path.exists()] == ["limits"]


def test_an_unknown_name_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["no-such-document"])
    assert ended.value.code == 2
    assert "unknown document: no-such-document" in capsys.readouterr().err


def test_every_limit_is_on_its_page_once():
    constants = [name for name in vars(limits) if name.isupper()]
    assert first_cells("limits.md") == sorted(constants)
    assert len(constants) >= 62


def test_a_limit_has_its_value_in_human_units():
    shown = {limit.name: limit.value for limit in limits_page.read_limits()}
    assert limits.MAX_BODY_BYTES == 1024 * 1024
    assert shown["MAX_BODY_BYTES"] == "1 MiB"
    assert timedelta(hours=12) == limits.SESSION_LIFE
    assert shown["SESSION_LIFE"] == "12 hours"
    assert limits.MAX_PERSONS == 90
    assert shown["MAX_PERSONS"] == "90"


def test_a_limit_has_the_words_of_the_comments_beside_and_before_it():
    source = (
        "# Sizes\nMAX_AGENTS = 20  # agents of an enterprise\n\n"
        "# Time\n# a session\n# in all\nSESSION_LIFE = 0\n\nTICKET_LIFE = (\n    0\n)  # of a QR code\n"
    )
    read = [(limit.name, limit.meaning, limit.group) for limit in limits_page.read_limits(source)]
    assert read == [
        ("MAX_AGENTS", "agents of an enterprise", "Sizes"),
        ("SESSION_LIFE", "a session in all", "Time"),
        ("TICKET_LIFE", "of a QR code", "Other"),
    ]


def test_every_setting_is_on_its_page_with_the_value_that_the_sandbox_sets():
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    variables, _, stages = page.partition("## Values of the stages")
    for variable in config.VARIABLES.values():
        value = settings_page.sandbox_values()[variable]
        assert re.search(
            rf"^\| `{variable}` \|.*\| {re.escape(f'`{value}`' if value else 'empty')} \|", variables, re.M
        )
    configured = json.loads((DOCS.parent / ".chalice" / "config.json").read_text(encoding="utf-8"))
    for stage in configured["stages"].values():
        for variable, value in stage["environment_variables"].items():
            (row,) = re.findall(rf"^\| `{variable}` \|.*$", stages, re.MULTILINE)
            assert f"`{value}`" in row


def test_every_setting_has_a_meaning():
    assert sorted(settings_page.meanings()) == sorted(config.VARIABLES)


def test_pyproject_the_contract_and_the_changelog_state_the_same_version():
    contract = json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))
    changelog = (DOCS.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[?v?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert contract["info"]["version"] == version()
    assert newest is not None, "CHANGELOG.md has no heading with a version"
    assert newest[1] == version()


def first_cells(page: str) -> list[str]:
    text = Path(DOCS / page).read_text(encoding="utf-8")
    return sorted(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
