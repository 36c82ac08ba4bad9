"""批量导入人员: what the cells of a workbook say, and where something is wrong with them."""

from datetime import date, datetime, time

import pytest

from chalicelib.rules.applications import person_import, submission
from chalicelib.rules.forms.content import DraftPerson, PersonContent
from testing import people
from tests.support import submissions

HEADERS = [
    "姓名", "姓（拼音）", "名（拼音）", "性别", "出生日期", "身份证号", "护照种类", "护照号", "护照签发日期",
    "护照有效期至", "护照签发地", "职务", "职务（英文）", "联系电话", "邮箱", "是否首次申办", "原卡卡号", "原卡有效期",
]  # fmt: skip


def cells(**changes):
    """One row as a person would type it."""
    person = people.person(sex="男", passport_kind="普通护照", first_time="是", **changes)
    return [person.get(name) for name in person_import.COLUMNS]


def read(*rows, header=HEADERS):
    return person_import.read([(1, header), *enumerate(rows, start=2)], submissions.TODAY)


def where(errors):
    return [(each.row, each.column, each.error.code) for each in errors]


def test_every_field_of_a_person_but_its_attachments_has_a_column():
    assert {*person_import.COLUMNS, "attachments"} == set(PersonContent.model_fields)
    assert person_import.headers() == HEADERS
    assert len(person_import.COLUMNS) == len(set(person_import.COLUMNS)) == len(set(HEADERS)) == 18


def test_a_complete_row_is_a_person_that_a_submission_takes():
    [person], errors = read(cells())
    assert errors == []
    ready = submission.validate_person(person, submissions.TODAY)
    assert (ready["name"], ready["sex"], ready["passport_kind"]) == ("测试甲", "male", "ordinary")
    assert ready["first_time"] is True


def test_days_may_be_days_and_numbers_may_be_numbers():
    midnight = time(0, 0)  # a sheet knows no zones
    born, issued = (datetime.combine(date(year, 1, 1), midnight) for year in (1900, 2024))
    typed = cells(birth_date=born, passport_issued_on=issued, phone=13800000000.0)
    [person], errors = read(typed)
    assert errors == []
    assert (person["birth_date"], person["passport_issued_on"]) == ("1900-01-01", "2024-01-01")
    assert person["phone"] == "13800000000"
    assert read(cells(phone=13800000000))[0][0]["phone"] == "13800000000"


def test_an_id_number_that_the_sheet_rounded_is_an_error_and_never_another_number():
    [person], errors = read(cells(id_number=4.30102190001010e17))
    assert person["id_number"] == "430102190001009984"
    assert where(errors) == [(2, "身份证号", "ID_NUMBER")]


def test_a_number_with_a_fraction_stays_what_it_is():
    [person], errors = read(cells(phone=1380000000.5))
    assert person["phone"] == "1380000000.5"
    assert where(errors) == [(2, "联系电话", "MOBILE")]


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [("是", True), ("否", False), (" 是 ", True), (True, True), (False, False), ("yes", None), (1, None)],
)
def test_first_time_is_said_in_chinese_or_is_a_truth_of_the_sheet(typed, read_as):
    row = cells(previous_card_number="CHN12345", previous_card_expires_on="2026-12-31")
    row[person_import.COLUMNS.index("first_time")] = typed
    [person], errors = read(row)
    assert person.get("first_time") is read_as
    assert where(errors) == ([] if isinstance(read_as, bool) else [(2, "是否首次申办", "bool_type")])


def test_every_error_is_told_with_its_row_as_in_the_workbook_and_its_column_by_title():
    persons, errors = read(
        cells(),
        cells(phone="12345", passport_number="K12345678"),
        [None] * 18,
        cells(email="nobody"),
    )
    assert len(persons) == 3
    found = where(errors)
    assert {(row, column) for row, column, _ in found} == {(3, "联系电话"), (3, "护照号"), (5, "邮箱")}
    assert len(found) == 3


def test_a_missing_cell_is_an_error_at_its_column():
    row = cells()
    row[0] = None
    persons, errors = read(row)
    assert "name" not in persons[0]
    assert where(errors) == [(2, "姓名", "missing")]


@pytest.mark.parametrize("blank", [[], [None] * 18, [""] * 18, ["  "] * 18, [None, " ", "\t"], ["\u3000"] * 18])
def test_blank_rows_are_no_persons_and_no_errors(blank):
    persons, errors = read(blank, cells(), blank, cells(), blank)
    assert (len(persons), errors) == (2, [])


def test_90_persons_are_read_and_the_91st_is_an_error_at_its_row():
    rows = [cells() for _ in range(91)]
    persons, errors = read(*rows[:90])
    assert (len(persons), errors) == (90, [])
    persons, errors = read(*rows[:45], [None], *rows[45:], cells())
    assert len(persons) == 90
    [error] = errors
    assert (error.row, error.error.code, error.error.values) == (93, "too_long", {"max_length": 90})


def test_a_short_row_lacks_what_is_cut_off_and_a_long_one_has_more_than_is_read():
    _, errors = read(cells()[:15])
    assert where(errors) == [(2, "是否首次申办", "missing")]
    assert read([*cells(), "more", "and more"])[1] == []


@pytest.mark.parametrize("column", ["name", "passport_place", "title"])
def test_of_one_cell_500_characters_are_read(column):
    row = cells()
    row[person_import.COLUMNS.index(column)] = "长" * 600
    [person], errors = read(row)
    assert person[column] == "长" * 500
    assert len(errors) == 1


def test_the_same_person_in_two_rows_is_named_at_the_second():
    first = cells(passport_number="E12345678")
    persons, errors = read(first, cells(passport_number="e12345678"), first)
    assert len(persons) == 3
    assert where(errors) == [
        (3, "护照号", "DUPLICATE_PERSON"),
        (4, "身份证号", "DUPLICATE_PERSON"),
        (4, "护照号", "DUPLICATE_PERSON"),
    ]


def test_what_a_draft_would_refuse_is_told_and_left_out():
    row = cells(id_number="4301**********0015", phone="138****0000", title="经理*")
    row[person_import.COLUMNS.index("first_time")] = "也许"
    [person], errors = read(row)
    assert {"id_number", "phone", "first_time"}.isdisjoint(person)
    assert person["title"] == "经理*"
    assert set(where(errors)) == {
        (2, "身份证号", "MASKED_VALUE"),
        (2, "联系电话", "MASKED_VALUE"),
        (2, "是否首次申办", "bool_type"),
    }
    DraftPerson.model_validate(person)


def test_columns_that_were_swapped_are_told_and_nobody_is_read():
    swapped = [HEADERS[1], HEADERS[0], *HEADERS[2:]]
    persons, errors = read(cells(), header=swapped)
    assert persons == []
    assert where(errors) == [(1, "姓名", "HEADER"), (1, "姓（拼音）", "HEADER")]
    assert errors[0].error.values == {"column": "A", "title": "姓名"}


@pytest.mark.parametrize("rows", [[], [(2, HEADERS)], [(1, [])], [(1, ["测试甲", *HEADERS[1:]])]])
def test_a_sheet_without_its_header_gives_nobody_and_says_so(rows):
    persons, errors = person_import.read(rows, submissions.TODAY)
    assert persons == []
    assert {each.error.code for each in errors} == {"HEADER"}
    assert {each.row for each in errors} == {1}


def test_titles_may_have_spaces_around_them_and_more_columns_may_follow():
    assert read(cells(), header=[f" {title} " for title in HEADERS] + ["备注"])[1] == []


def test_a_person_stands_in_any_row():
    persons, errors = person_import.read([(1, HEADERS), (150, cells()), (90_000, cells(phone="1"))], submissions.TODAY)
    assert len(persons) == 2
    assert where(errors) == [(90_000, "联系电话", "MOBILE")]
