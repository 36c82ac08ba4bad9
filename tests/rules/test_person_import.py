"""Person import (批量导入人员): values of cells and positions of errors (docs/domain.md 10.3)."""

from datetime import date, datetime, time

import pytest

from chalicelib.rules.applications import person_import, submission
from chalicelib.rules.forms.content import DraftPerson, PersonContent
from chalicelib.rules.values.cells import CellError
from testing import people
from tests.support import submissions

HEADERS = [
    "姓名", "姓（拼音）", "名（拼音）", "性别", "出生日期", "身份证号", "护照种类", "护照号", "护照签发日期",
    "护照有效期至", "护照签发地", "职务", "职务（英文）", "手机号", "邮箱", "是否首次申办", "原卡卡号", "原卡有效期",
]  # fmt: skip


def cells(**changes):
    """The cells of one row as a user enters them."""
    person = people.person(sex="男", passport_kind="普通护照", first_time="是", **changes)
    return [person.get(name) for name in person_import.COLUMNS]


def read(*rows, header=HEADERS):
    return person_import.read([(1, header), *enumerate(rows, start=2)], submissions.TODAY)


def positions(errors):
    return [(cell_error.row, cell_error.column, cell_error.error.code) for cell_error in errors]


def test_every_field_of_a_person_except_attachments_has_a_column():
    assert {*person_import.COLUMNS, "attachments"} == set(PersonContent.model_fields)
    assert person_import.headers() == HEADERS
    assert len(person_import.COLUMNS) == len(set(person_import.COLUMNS)) == len(set(HEADERS)) == 18


def test_a_complete_row_is_a_person_valid_for_submission():
    [person], errors = read(cells())
    assert errors == []
    ready = submission.validate_person(person, submissions.TODAY)
    assert (ready["name"], ready["sex"], ready["passport_kind"]) == ("测试甲", "male", "ordinary")
    assert ready["first_time"] is True


def test_cells_of_the_types_date_and_number_are_converted():
    midnight = time(0, 0)  # workbooks have no time zones
    birth_date, issued_on = (datetime.combine(date(year, 1, 1), midnight) for year in (1900, 2024))
    typed = cells(birth_date=birth_date, passport_issued_on=issued_on, phone=13800000000.0)
    [person], errors = read(typed)
    assert errors == []
    assert (person["birth_date"], person["passport_issued_on"]) == ("1900-01-01", "2024-01-01")
    assert person["phone"] == "13800000000"
    assert read(cells(phone=13800000000))[0][0]["phone"] == "13800000000"


@pytest.mark.parametrize("typed", [4.30102190001010e17, 430102190001010015, 430102190001010000, 10**15, float("inf")])
@pytest.mark.parametrize(("name", "title"), [("id_number", "身份证号"), ("previous_card_number", "原卡卡号")])
def test_a_long_number_from_a_number_cell_is_never_taken(typed, name, title):
    row = cells()
    row[person_import.COLUMNS.index(name)] = typed
    [person], errors = read(row)
    assert name not in person
    assert positions(errors) == [(2, title, "NUMBER_CELL")]
    assert (errors[0].error.values, errors[0].person) == ({"digits": 15}, 0)


def test_a_number_cell_of_15_digits_is_exact():
    [person], errors = read(cells(previous_card_number=999_999_999_999_999.0))
    assert (person["previous_card_number"], errors) == ("999999999999999", [])


def test_a_cell_error_is_an_error_of_its_cell_and_no_value():
    row = cells()
    row[0], row[11] = CellError("#N/A"), CellError("#REF!")
    [person], errors = read(row)
    assert {"name", "title"}.isdisjoint(person)
    assert positions(errors) == [(2, "姓名", "CELL_ERROR"), (2, "职务", "CELL_ERROR")]
    assert errors[0].error.values == {"shown": "#N/A"}
    assert positions(read([CellError("#N/A")])[1])[0] == (2, "姓名", "CELL_ERROR")


def test_a_number_with_a_fraction_is_not_rounded():
    [person], errors = read(cells(phone=1380000000.5))
    assert person["phone"] == "1380000000.5"
    assert positions(errors) == [(2, "手机号", "MOBILE")]


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [("是", True), ("否", False), (" 是 ", True), (True, True), (False, False), ("yes", None), (1, None)],
)
def test_first_time_is_yes_or_no_in_chinese_or_a_boolean_cell(typed, read_as):
    row = cells(previous_card_number="CHN12345", previous_card_expires_on="2026-12-31")
    row[person_import.COLUMNS.index("first_time")] = typed
    [person], errors = read(row)
    assert person.get("first_time") is read_as
    assert positions(errors) == ([] if isinstance(read_as, bool) else [(2, "是否首次申办", "CHOICE")])


def test_an_error_has_the_row_number_of_the_workbook_and_the_title_of_the_column():
    persons, errors = read(
        cells(),
        cells(phone="12345", passport_number="K12345678"),
        [None] * 18,
        cells(email="nobody"),
    )
    assert len(persons) == 3
    found = positions(errors)
    assert {(row, column) for row, column, _ in found} == {(3, "手机号"), (3, "护照号"), (5, "邮箱")}
    assert len(found) == 3


def test_an_empty_required_cell_is_an_error_at_its_column():
    row = cells()
    row[0] = None
    persons, errors = read(row)
    assert "name" not in persons[0]
    assert positions(errors) == [(2, "姓名", "missing")]


@pytest.mark.parametrize("blank", [[], [None] * 18, [""] * 18, ["  "] * 18, [None, " ", "\t"], ["\u3000"] * 18])
def test_blank_rows_are_skipped(blank):
    persons, errors = read(blank, cells(), blank, cells(), blank)
    assert (len(persons), errors) == (2, [])


def test_90_persons_are_accepted_and_the_91st_is_an_error_at_its_row():
    rows = [cells() for _ in range(91)]
    persons, errors = read(*rows[:90])
    assert (len(persons), errors) == (90, [])
    persons, errors = read(*rows[:45], [None], *rows[45:], cells())
    assert len(persons) == 90
    [error] = errors
    assert (error.row, error.error.code, error.error.values) == (93, "too_long", {"max_length": 90})


def test_missing_cells_at_the_end_are_errors_and_additional_cells_are_ignored():
    _, errors = read(cells()[:15])
    assert positions(errors) == [(2, "是否首次申办", "missing")]
    assert read([*cells(), "more", "and more"])[1] == []


@pytest.mark.parametrize("column", ["name", "passport_place", "title"])
def test_only_the_first_500_characters_of_a_cell_are_read(column):
    row = cells()
    row[person_import.COLUMNS.index(column)] = "长" * 600
    [person], errors = read(row)
    assert person[column] == "长" * 500
    assert len(errors) == 1


def test_a_duplicate_person_is_an_error_at_the_later_row():
    first = cells(passport_number="E12345678")
    persons, errors = read(first, cells(passport_number="e12345678"), first)
    assert len(persons) == 3
    assert positions(errors) == [
        (3, "护照号", "DUPLICATE_PERSON"),
        (4, "身份证号", "DUPLICATE_PERSON"),
        (4, "护照号", "DUPLICATE_PERSON"),
    ]


def test_values_that_a_draft_refuses_are_errors_and_are_left_out():
    row = cells(id_number="4301**********0015", phone="138****0000", title="经理*")
    row[person_import.COLUMNS.index("first_time")] = "也许"
    [person], errors = read(row)
    assert {"id_number", "phone", "first_time"}.isdisjoint(person)
    assert person["title"] == "经理*"
    assert set(positions(errors)) == {
        (2, "身份证号", "MASKED_VALUE"),
        (2, "手机号", "MASKED_VALUE"),
        (2, "是否首次申办", "CHOICE"),
    }
    DraftPerson.model_validate(person)


def test_swapped_columns_are_errors_and_no_person_is_read():
    swapped = [HEADERS[1], HEADERS[0], *HEADERS[2:]]
    persons, errors = read(cells(), header=swapped)
    assert persons == []
    assert positions(errors) == [(1, "姓名", "HEADER"), (1, "姓（拼音）", "HEADER")]
    assert errors[0].error.values == {"column": "A", "title": "姓名"}


@pytest.mark.parametrize("rows", [[], [(2, HEADERS)], [(1, [])], [(1, ["测试甲", *HEADERS[1:]])]])
def test_a_sheet_without_the_header_is_an_error_and_no_person_is_read(rows):
    persons, errors = person_import.read(rows, submissions.TODAY)
    assert persons == []
    assert {cell_error.error.code for cell_error in errors} == {"HEADER"}
    assert {cell_error.row for cell_error in errors} == {1}


def test_spaces_around_titles_and_additional_columns_are_accepted():
    assert read(cells(), header=[f" {title} " for title in HEADERS] + ["备注"])[1] == []


def test_persons_may_be_in_any_row():
    persons, errors = person_import.read([(1, HEADERS), (150, cells()), (90_000, cells(phone="1"))], submissions.TODAY)
    assert len(persons) == 2
    assert positions(errors) == [(90_000, "手机号", "MOBILE")]
