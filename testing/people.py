"""Fictitious persons and enterprises: numbers have valid checksums, and every birth date is in 1900."""

import itertools
import re
from enum import StrEnum
from typing import Any

from stdnum.cn import ric, uscc

_serial = itertools.count(1)


class Kind(StrEnum):
    """Kinds of personal values."""

    NAME = "name"
    ID_NUMBER = "ID number"
    PASSPORT = "passport"
    PHONE = "phone"
    EMAIL = "mail address"
    USERNAME = "user name"


KNOWN: dict[str, Kind] = {}
"""Every personal value of this run: made in this module or sent in a personal field of a request."""

LENGTHS: set[int] = set()
"""The lengths of known names and numbers, which can occur within a longer run of characters."""

FIELDS = {
    **dict.fromkeys(("contact", "email_contact", "filing_contact", "recipient", "legal_representative"), Kind.NAME),
    **dict.fromkeys(("phone", "contact_phone", "email_contact_phone", "filing_contact_phone"), Kind.PHONE),
    **dict.fromkeys(("email", "contact_email", "invoice_email"), Kind.EMAIL),
    "name": Kind.NAME,
    "id_number": Kind.ID_NUMBER,
    "passport_number": Kind.PASSPORT,
    "username": Kind.USERNAME,
}
OF_A_PERSON = {"id_number", "passport_number", "surname_pinyin"}
"""Beside one of these fields, `name` is the name of a person and not of an enterprise."""

RECOGNISABLE = {
    Kind.NAME: re.compile(r"(?!测试企业)[\u4e00-\u9fff]{3,}"),
    Kind.ID_NUMBER: re.compile(r"\d{17}[\dXx]"),
    Kind.PASSPORT: re.compile(r"[A-Za-z]{1,2}\d{7,8}"),
    Kind.PHONE: re.compile(r"\d{8,12}"),
    Kind.EMAIL: re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    Kind.USERNAME: re.compile(r"[A-Za-z]+\d+"),
}
"""Values that are unlikely to occur by chance; names that begin with 测试企业 belong to enterprises."""


def known[Value](value: Value) -> Value:
    """Add the personal values of a request body, found by field names, to `KNOWN`; returns the body."""
    if isinstance(value, list):
        for element in value:
            known(element)
    if isinstance(value, dict):
        of_person = not OF_A_PERSON.isdisjoint(value)
        for field, content in value.items():
            if isinstance(content, dict | list):
                known(content)
            elif field in FIELDS and isinstance(content, str) and (of_person or field != "name"):
                _note(FIELDS[field], content)
    return value


def _note(kind: Kind, value: str) -> None:
    if RECOGNISABLE[kind].fullmatch(value):
        KNOWN[value.casefold() if kind is Kind.EMAIL else value] = kind
        if kind not in (Kind.EMAIL, Kind.USERNAME):
            LENGTHS.add(len(value))


def serial() -> int:
    """A number that this run has not used yet.

    It is counted and not drawn: pytest-randomly seeds `random` before each test, in every process alike.
    """
    return next(_serial)


def address() -> str:
    """A network address that this run has not used yet."""
    number = serial()
    return f"198.18.{number // 250 % 250}.{number % 250}"


def make_uscc() -> str:
    """A valid USCC (统一社会信用代码) that this run has not used yet."""
    body = f"91430100MA4{_base31(serial()):0>6}"
    return body + uscc.calc_check_digit(body)


def _base31(number: int) -> str:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    digits = ""
    while number:
        number, rest = divmod(number, 31)
        digits = alphabet[rest] + digits
    return digits or "0"


REGIONS = ("430102", "430103", "430104", "430105", "430111", "430121", "430202", "430203", "430204", "430211")
"""Districts of Hunan: each has 500 men and 500 women born on one day."""


def make_id_number(*, male: bool = True) -> str:
    """A valid identity card number (身份证号) of a person born on 1900-01-01."""
    turn, order = divmod(serial() * 2, 1000)
    body = f"{REGIONS[turn % len(REGIONS)]}19000101{order - order % 2 + (1 if male else 0):03d}"
    return body + ric.calc_check_digit(body + "0")


def make_passport() -> str:
    """The number of an ordinary passport."""
    return f"E{serial():08d}"


def person(**changes: Any) -> dict[str, Any]:
    """The content of a traveller, complete except for attachments."""
    content = {
        "name": "测试甲",
        "surname_pinyin": "CE",
        "given_name_pinyin": "SHIJIA",
        "sex": "male",
        "birth_date": "1900-01-01",
        "id_number": make_id_number(),
        "passport_kind": "ordinary",
        "passport_number": make_passport(),
        "passport_issued_on": "2024-01-01",
        "passport_expires_on": "2034-01-01",
        "passport_place": "湖南",
        "title": "销售部经理",
        "phone": "13800000000",
        "email": "traveller@enterprise.example",
        "first_time": True,
        "attachments": [],
        **changes,
    }
    return known(content)


def invoice_profile(**changes: Any) -> dict[str, Any]:
    """A complete invoice profile (发票信息)."""
    profile = {
        "name": "测试企业",
        "tax_number": "123456789054321",
        "region_code": "110105",
        "address": "测试路1号",
        "phone": "66688888",
        "invoice_email": "invoice@enterprise.example",
        "email_contact": "测试乙",
        "email_contact_phone": "13900000000",
        "filing_contact": "测试丙",
        "filing_contact_phone": "13900000001",
        **changes,
    }
    return known(profile)


def agent(**changes: Any) -> dict[str, Any]:
    """A complete form for a new agent (经办人)."""
    form = {
        "name": "测试丁",
        "id_number": make_id_number(male=False),
        "phone": "13700000000",
        "email": f"agent{serial()}@enterprise.example",
        "username": f"agent{serial()}",
        "password": "correct horse",
        **changes,
    }
    return known(form)
