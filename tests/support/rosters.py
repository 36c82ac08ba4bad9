"""Rosters of persons as people fill them in: each cell with its spelling, and what it means.

Every person is made up: born on 1900-01-01, passports from E00000001 on.
"""

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from openpyxl import Workbook
from stdnum.cn import ric

from chalicelib.rules.applications import person_import

type Spelling = Callable[[random.Random, str], Any]

FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x30, 0x7F)})
FORMAT_CHARACTERS = ("\u200b", "\ufeff", "\u202d", "\u202c", "\u2060")


@dataclass(frozen=True)
class CellOf:
    """A value that openpyxl writes with a number format or a type of its own."""

    value: Any
    number_format: str = "General"
    data_type: str = ""


@dataclass
class Roster:
    """A workbook, what its rows mean, and the cells that must be told as errors."""

    content: bytes = b""
    persons: list[Mapping[str, Any]] = field(default_factory=list)
    wrong: set[tuple[int, str]] = field(default_factory=set)
    """Row, counted as in the workbook, and field."""
    rows: list[int] = field(default_factory=list)


def _plain(_: random.Random, value: str) -> str:
    return value


def _padded(chance: random.Random, value: str) -> str:
    return f"{chance.choice(' 　\u00a0')}{value}{chance.choice(FORMAT_CHARACTERS)}{chance.choice(' 　\t')}"


def _wide(_: random.Random, value: str) -> str:
    return value.translate(FULL_WIDTH)


def _lower(_: random.Random, value: str) -> str:
    return value.lower()


def _grouped(chance: random.Random, value: str) -> str:
    at = chance.randrange(1, len(value))
    return f"{value[:at]}{chance.choice([' ', '  ', '\u00a0', '\u200b'])}{value[at:]}"


def _number_cell(chance: random.Random, value: str) -> Any:
    return chance.choice([int(value), float(value), CellOf(int(value), "0"), CellOf(int(value), "@")])


def _escaped(_: random.Random, value: str) -> str:
    """As Excel writes a line end of Windows behind the text; openpyxl writes the text as it is."""
    return f"{value}_x000D_\n"


def _day_cell(chance: random.Random, value: str) -> CellOf:
    day = date.fromisoformat(value)
    typed: date = chance.choice([day, datetime.combine(day, time(0, 0))])
    return CellOf(typed, chance.choice(["yyyy-mm-dd", "yyyy/m/d", 'yyyy"年"m"月"d"日"', "mm-dd-yy", "d-mmm-yy"]))


def _day_text(chance: random.Random, value: str) -> str:
    year, month, day = value.split("-")
    short = int(month), int(day)
    return chance.choice(
        [
            f"{year}/{month}/{day}",
            "{}/{}/{}".format(year, *short),
            "{}.{}.{}".format(year, *short),
            "{}-{}-{}".format(year, *short),
            "{}年{}月{}日".format(year, *short),
            f"{year}{month}{day}",
            f"{value} 00:00:00",
            "{}/{}/{} 0:00".format(year, *short),
        ]
    )


def _mobile_text(chance: random.Random, value: str) -> str:
    groups = value[:3], value[3:7], value[7:]
    return chance.choice(
        [
            " ".join(groups),
            "-".join(groups),
            f"+86 {value}",
            f"0086{value}",
            f"86-{value}",
            f"(+86){value}",
            f"+86{value}",
        ]
    )


def _dotted(chance: random.Random, value: str) -> str:
    return value.replace("·", chance.choice("•・‧∙．·"))


def _spaced(_: random.Random, value: str) -> str:
    return value if "·" in value else " ".join(value)


NUMBER: tuple[Spelling, ...] = (_plain, _padded, _wide, _lower, _grouped, _escaped)
DAY: tuple[Spelling, ...] = (_plain, _padded, _wide, _day_cell, _day_text, _escaped)
TEXT: tuple[Spelling, ...] = (_plain, _escaped)
CHOICE: tuple[Spelling, ...] = (_plain, _escaped)

SPELLINGS: Mapping[str, tuple[Spelling, ...]] = {
    "name": (*TEXT, _dotted, _spaced),
    "surname_pinyin": (_plain, _lower, _wide, _escaped),
    "given_name_pinyin": (_plain, _lower, _wide, _escaped),
    "sex": CHOICE,
    "birth_date": DAY,
    "id_number": NUMBER,
    "passport_kind": CHOICE,
    "passport_number": NUMBER,
    "passport_issued_on": DAY,
    "passport_expires_on": DAY,
    "passport_place": TEXT,
    "title": TEXT,
    "title_en": TEXT,
    "phone": (_plain, _padded, _wide, _mobile_text, _number_cell, _escaped),
    "email": TEXT,
    "first_time": CHOICE,
    "previous_card_number": NUMBER,
    "previous_card_expires_on": DAY,
}
"""How a right value may be typed, by field."""


def _error_cell(chance: random.Random, _: str) -> CellOf:
    return CellOf(chance.choice(["#N/A", "#REF!", "#VALUE!", "#NAME?"]), data_type="e")


def _rounded(chance: random.Random, value: str) -> Any:
    """What Excel makes of an ID number in a cell that is not text: 15 digits are kept."""
    kept = int(value[:15] + "000") if value[:15].isdigit() else 430_102_190_001_010_000
    return chance.choice([kept, float(kept), CellOf(kept, "0"), CellOf(kept, "@"), int(value[:17] + "0")])


def _anothers(chance: random.Random, value: str) -> Any:
    """A number that becomes somebody else's valid one when it is rounded, if there is one with these 15 digits."""
    for last in chance.sample(range(10), 10):
        stored = str(int(float(f"{value[:15]}{last}00")))
        if stored[-1] == ric.calc_check_digit(stored) and int(stored[16]) % 2 == int(value[16]) % 2:
            return float(stored)
    return _rounded(chance, value)


def _no_day(chance: random.Random, value: str) -> Any:
    return chance.choice(
        [value[:7], value[:4], f"{value[:4]}/13/01", f"{value[5:7]}/{value[8:]}/{value[:4]}", 45_296, "长期"]
    )


WRONG: Mapping[str, tuple[Spelling, ...]] = {
    "id_number": (_rounded, _anothers, _anothers, _error_cell),
    "birth_date": (_no_day, _error_cell),
    "passport_issued_on": (_no_day, _error_cell),
    "passport_expires_on": (_no_day, _error_cell),
    "passport_number": (_error_cell, lambda _, value: f"{value[:4]}****"),
    "phone": (_error_cell, lambda _, value: value[:10], lambda _, value: f"{value[:3]}****{value[7:]}"),
    "name": (_error_cell, lambda _, value: f"\uf8ff{value}"),
    "title": (_error_cell,),
    "sex": (_error_cell, lambda _, value: "先生"),
    "passport_kind": (_error_cell, lambda _, value: "外交护照"),
}
"""How a value may be typed that must be told as an error, by field."""


def _day_of(chance: random.Random, years: range) -> str:
    return f"{chance.choice(years)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"


def _person(chance: random.Random, place: int) -> dict[str, Any]:
    male = chance.random() < 0.5
    body = (
        f"{chance.choice(['430102', '110101', '310101', '440103'])}19000101{place:02d}{2 * chance.randrange(5) + male}"
    )
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    first = chance.random() < 0.7
    number = f"{chance.randrange(10**8):08d}"
    return {
        "name": chance.choice(["测试甲", "测试乙丙", "阿卜杜拉·买买提", "䶮测", "𠮷野家", "葛\U000e0100城", "﨑山"]),
        "surname_pinyin": chance.choice(["CESHI", "OU YANG", "LYU"]),
        "given_name_pinyin": chance.choice(["JIA", "YI BING"]),
        "sex": "男" if male else "女",
        "birth_date": "1900-01-01",
        "id_number": body + ric.calc_check_digit(body + "0"),
        "passport_kind": "普通护照",
        "passport_number": f"E{place:02d}{number[:6]}"
        if chance.random() < 0.5
        else f"E{chance.choice(letters)}{place:02d}{number[:5]}",
        "passport_issued_on": _day_of(chance, range(2025, 2026)),
        "passport_expires_on": _day_of(chance, range(2030, 2035)),
        "passport_place": chance.choice(["湖南", "北京", "公安部出入境管理局"]),
        "title": chance.choice(["销售部经理", "总工程师", "采购主管_A"]),
        "title_en": chance.choice(["Sales Manager", "Chief_Engineer"]),
        "phone": f"1{chance.randrange(3, 10)}{chance.randrange(10**9):09d}",
        "email": f"person{place}@enterprise.example",
        "first_time": "是" if first else "否",
        "previous_card_number": None if first else f"CN{chance.randrange(10**6):06d}",
        "previous_card_expires_on": None if first else "2027-01-01",
    }


def roster(seed: int) -> Roster:
    """A roster of 1 to 12 persons; about one cell in thirty is wrong, and one row in ten is empty."""
    chance = random.Random(seed)
    made = Roster()
    book = Workbook()
    page: Any = book.active
    page.append(person_import.headers())
    row = 1
    for place in range(chance.randrange(1, 13)):
        row += 1 + (chance.random() < 0.1)
        person = _person(chance, place)
        made.persons.append(person)
        made.rows.append(row)
        for column, name in enumerate(person_import.COLUMNS, start=1):
            if person[name] is None:
                continue
            is_wrong = name in WRONG and chance.random() < 0.05
            if is_wrong:
                made.wrong.add((row, name))
            _write(
                page.cell(row, column), chance.choice((WRONG if is_wrong else SPELLINGS)[name])(chance, person[name])
            )
    buffer = io.BytesIO()
    book.save(buffer)
    made.content = buffer.getvalue()
    return made


def _write(cell: Any, typed: Any) -> None:
    styled = typed if isinstance(typed, CellOf) else CellOf(typed)
    cell.value = styled.value
    if isinstance(styled.value, str):
        cell.data_type = styled.data_type or "s"
    if styled.number_format != "General":
        cell.number_format = styled.number_format
