"""Rosters of any spelling are imported right, or told: never wrong without an error (docs/domain.md 10.3)."""

import shutil
import subprocess
import time
from collections import Counter
from itertools import batched
from pathlib import Path
from typing import Any

import pytest

from chalicelib.repos.files import uploaded_workbook
from chalicelib.rules.applications import person_import, submission
from tests.support import submissions
from tests.support.assurance import figure, rounds
from tests.support.rosters import Roster, roster

LABELS = {"男": "male", "女": "female", "普通护照": "ordinary", "是": True, "否": False}


def _submitted(read: Any, person: Any, told: set[str]) -> dict[str, Any]:
    """What a submission stores of the imported person; fields that were told are filled in rightly first."""
    typed = {name: person[name] if name in told else read.get(name) for name in person_import.COLUMNS}
    if isinstance(typed["first_time"], str):
        typed["first_time"] = LABELS[typed["first_time"]]
    return submission.validate_person(typed, submissions.TODAY)


def differences(made: Roster, counts: Counter[str]) -> list[tuple[int, int, str]]:
    """Cells that differ from what they mean and are no errors, and errors at cells that are right."""
    persons, errors = person_import.read(uploaded_workbook.rows(made.content), submissions.TODAY)
    told = {(error.row, error.error.field.removeprefix("persons.")) for error in errors}
    # An error of a whole field hides what depends on it: a wrong day of birth differs from the ID number.
    found = [(len(persons), row, name) for row, name in told ^ made.wrong if (row, name) not in _following(made)]
    assert len(persons) == len(made.persons)
    for row, read, person in zip(made.rows, persons, made.persons, strict=True):
        wrong = {name for at, name in told if at == row}
        stored = _submitted(read, person, wrong)
        for name in person_import.COLUMNS:
            counts["told" if name in wrong else "right"] += 1
            if name not in wrong and stored[name] != LABELS.get(str(person[name]), person[name]):
                found.append((len(persons), row, name))
    return found


def _following(made: Roster) -> set[tuple[int, str]]:
    """Cells that are told because of another cell of their row: a passport number whose kind is not known."""
    return {(row, "passport_number") for row, name in made.wrong if name == "passport_kind"}


@pytest.mark.assurance
def test_no_cell_of_any_roster_is_imported_wrong_without_an_error():
    size = rounds(100, 2_000)
    counts: Counter[str] = Counter()
    began = time.monotonic()
    wrong = {seed: found for seed in range(size) if (found := differences(roster(seed), counts))}
    figure(
        f"rosters: {size} of openpyxl, {counts['right']} cells right, {counts['told']} told, "
        f"{len(wrong)} silent differences, {time.monotonic() - began:.0f} s"
    )
    assert wrong == {}
    assert counts["told"] > size


SUITE = "soffice"
"""The program of LibreOffice."""

CONVERTED_AT_ONCE = 100


def _saved_again(rosters: dict[int, Roster], folder: Path) -> None:
    """Open every roster in LibreOffice and save it from there."""
    program = shutil.which(SUITE)
    assert program is not None
    sources = []
    for seed, made in rosters.items():
        sources.append(folder / f"{seed}.xlsx")
        sources[-1].write_bytes(made.content)
    out, profile = folder / "saved", f"-env:UserInstallation=file://{folder}/profile"
    for batch in batched(sources, CONVERTED_AT_ONCE):
        command = [program, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out)]
        subprocess.run([*command, *map(str, batch)], check=True, capture_output=True, timeout=600)
    for seed, made in rosters.items():
        made.content = (out / f"{seed}.xlsx").read_bytes()


@pytest.mark.assurance
@pytest.mark.skipif(
    shutil.which(SUITE) is None,
    reason="LibreOffice is not installed: apt-get install --no-install-recommends libreoffice-calc",
)
def test_no_cell_of_a_roster_that_libreoffice_has_saved_is_imported_wrong_without_an_error(tmp_path):
    size = rounds(20, 2_000)
    counts: Counter[str] = Counter()
    began = time.monotonic()
    rosters = {seed: roster(seed) for seed in range(size)}
    _saved_again(rosters, tmp_path)
    wrong = {seed: found for seed, made in rosters.items() if (found := differences(made, counts))}
    figure(
        f"rosters: {size} saved by LibreOffice, {counts['right']} cells right, {counts['told']} told, "
        f"{len(wrong)} silent differences, {time.monotonic() - began:.0f} s"
    )
    assert wrong == {}
    assert counts["told"] > size
