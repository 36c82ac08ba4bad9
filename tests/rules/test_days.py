"""Days as people type them into cells (docs/domain.md 4.1)."""

from typing import Any

import pytest

from chalicelib.rules.applications import office_workbooks, person_import
from chalicelib.rules.values import days
from testing import people
from tests.support import submissions


@pytest.mark.parametrize(
    "typed",
    [
        "2024-01-05", "2024/1/5", "2024-1-5", "2024.1.5", "2024/01/05", "2024年1月5日", "2024 年 1 月 5 日", "20240105",
        "２０２４／１／５", "２０２４年１月５日", "2024－1－5", " 2024/1/5\u200b", "2024/1/5 0:00", "2024/1/5 0:00:00",
        "2024-01-05T00:00:00", "2024-01-05 00:00:00.000",
    ],
)  # fmt: skip
def test_a_day_is_understood_as_people_type_it_with_the_year_first(typed):
    assert days.as_iso(typed) == "2024-01-05"


@pytest.mark.parametrize(
    "typed",
    [
        "2024/13/01", "2024.01", "2024-1", "2024年1月", "2023/2/29", "1/5/2024", "5.1.2024", "24/1/5", "2024/1-5",
        "2024015", "202401050", "2024/1/5 12:30", "2024/1/5 1:00", "45296", "2024/0/5", "二〇二四年一月五日", "长期",
        "2024/1/5/1",
    ],
)  # fmt: skip
def test_what_is_no_day_or_no_certain_one_is_not_changed(typed):
    assert days.as_iso(typed) == typed


def test_days_of_an_imported_person_are_read_in_any_spelling_and_wrong_ones_are_errors():
    person = people.person(sex="男", passport_kind="普通护照", first_time="是", birth_date="1900年1月1日")
    person |= {"passport_issued_on": "2024.1.5", "passport_expires_on": "2024/13/01"}
    rows: list[Any] = [(1, person_import.headers()), (2, [person.get(name) for name in person_import.COLUMNS])]
    [read], errors = person_import.read(rows, submissions.TODAY)
    assert (read["birth_date"], read["passport_issued_on"]) == ("1900-01-01", "2024-01-05")
    assert [(error.column, error.error.code) for error in errors] == [("护照有效期至", "date_parsing")]


def test_days_of_an_officers_workbook_are_read_in_any_spelling():
    cells: list[Any] = ["APEC20261121000001-01", "", "", "", "新加坡", "批准", "2029/12/31"]
    header: list[Any] = [*office_workbooks.headers("answers")]
    ([row], _) = office_workbooks.read("answers", [(1, header), (2, cells)])
    assert row.fields["valid_until"] == "2029-12-31"
