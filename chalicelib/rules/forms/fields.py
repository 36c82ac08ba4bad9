"""Types of single fields: each says what is accepted and refuses with the code of its own message.

Check digits and mail syntax come from libraries (python-stdnum, email-validator); patterns from domain 7.
"""

import re
from collections.abc import Callable, Container
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidComponent

from chalicelib import data
from chalicelib.rules.base import limits, masks

UNPRINTED = (
    r"\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    r"\U000e0000-\U000e007f"
)
"""Controls, directions, joiners, fillers, soft hyphens, annotations, tags: they print as nothing or turn text round.

Variation selectors are not among them: they choose the form of a Chinese character, and names have them.
"""

NO_CHARACTERS = r"\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
"""Halves of pairs, and the 66 code points that Unicode keeps from ever being text. A sheet cannot hold two of these at
all; the others no program has to pass on, so what comes back may not be what was sent."""

INVISIBLE = UNPRINTED + NO_CHARACTERS
"""What nobody sees has no place in names and numbers."""

CONTROL = re.compile(rf"[\x00-\x1f{INVISIBLE}]")
CONTROL_BUT_LINES = re.compile(rf"[\x00-\x09\x0b-\x1f{INVISIBLE}]")
MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
LANDLINE = re.compile(r"(0\d{2,3}-?)?\d{7,8}(-\d{1,6})?", re.ASCII)
ID_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
USERNAME = re.compile(r"[A-Za-z0-9]{4,20}")
TAX_NUMBER = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20}")
PINYIN = re.compile(r"[A-Z]+(?: [A-Z]+)*")
FOREIGN_NUMBER = re.compile(r"[A-Za-z0-9\-/]{1,32}")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
CARD_NUMBER = re.compile(r"[A-Za-z0-9\-]{3,20}")

PASSPORTS = {
    "ordinary": re.compile(r"E\d{8}|E[A-HJ-NP-Z]\d{7}|G\d{8}|1[45]\d{7}", re.ASCII),
    "service": re.compile(r"SE\d{7}|S\d{7,8}", re.ASCII),
    "public_affairs": re.compile(r"PE\d{7}|P\d{7}", re.ASCII),
}
"""护照种类: 普通护照, 公务护照, 公务普通护照 (domain 7.4). Diplomatic passports are not for enterprises."""

NOT_MAINLAND = re.compile(r"[KH]\d{8}|K[A-Z]\d{7}|M[A-Z]?\d{7,8}|\d{9}", re.ASCII)
"""Documents of Hong Kong, Macao and Taiwan: their holders apply to their own economy."""

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def refuse(code: str, **values: Any) -> PydanticCustomError:
    """The refusal of one value; the catalogue has the text. Never carries the value itself."""
    return PydanticCustomError(code, code, values or None)


def normalise_number(value: str) -> str:
    """Upper case, half width, no spaces or dots: the one form in which numbers are stored and searched."""
    return re.sub(r"[\s.]", "", value.translate(FULL_WIDTH)).upper()


def _no_control(value: str) -> str:
    if CONTROL.search(value):
        raise refuse("CONTROL_CHARACTER")
    return value


def _only_lines(value: str) -> str:
    if CONTROL_BUT_LINES.search(value):
        raise refuse("CONTROL_CHARACTER")
    return value


def _not_masked(value: str) -> str:
    if masks.is_masked(value):
        raise refuse("MASKED_VALUE")
    return value


def _calendar_day(value: Any) -> date:
    """A day that was written as text; pydantic alone would also take digits, and read them as seconds since 1970."""
    if not isinstance(value, str):
        raise refuse("date_type")
    return _parsed(_not_masked(value))


def _parsed(value: str) -> date:
    # The pattern first: fromisoformat also takes 20300101 and weeks.
    if not DATE.fullmatch(value):
        raise refuse("date_parsing", error="")
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise refuse("date_parsing", error="") from error
    if day.year not in limits.YEARS:
        raise refuse("YEAR", first=limits.YEARS[0], last=limits.YEARS[-1])
    return day


def _number(value: Any) -> Any:
    return normalise_number(value) if isinstance(value, str) else value


def _matches(pattern: re.Pattern[str], code: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise refuse(code)
        return value

    return AfterValidator(check)


def _uscc(value: str) -> str:
    if not uscc.is_valid(value):
        raise refuse("USCC")
    return value


def _id_number(value: str, info: ValidationInfo) -> str:
    # Not ric.validate(): it also wants a place of birth that its list knows, and breaks on some that it does not.
    if not ID_NUMBER.fullmatch(value) or ric.calc_check_digit(value) != value[-1]:
        raise refuse("ID_NUMBER")
    try:
        born = ric.get_birth_date(value)
    except InvalidComponent as error:
        raise refuse("ID_NUMBER") from error
    if info.context and born >= info.context["today"]:
        raise refuse("ID_NUMBER")
    return value


def _phone(value: str) -> str:
    if not (MOBILE.fullmatch(value) or LANDLINE.fullmatch(value)):
        raise refuse("PHONE")
    return value


def _email(value: str) -> str:
    from email_validator import EmailNotValidError, validate_email  # imported late: only forms with an address need it

    try:
        checked = validate_email(value, allow_smtputf8=False, check_deliverability=False, test_environment=True)
        # The ASCII form: addresses that only look alike are then different for everybody who compares them.
        return checked.ascii_email or checked.normalized
    except EmailNotValidError as error:
        raise refuse("EMAIL") from error


def as_address(value: str) -> str:
    """A name typed to sign in, in the form in which an address was registered; as it is if it is no address.

    ASCII is left alone: a registration changes nothing of it but letter case, and names are the same in any.
    """
    if value.isascii():
        return value
    try:
        return _email(value)
    except PydanticCustomError:
        return value


def _known(codes: Callable[[], Container[str]], refusal: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in codes():
            raise refuse(refusal)
        return value

    return AfterValidator(check)


def _day(value: str) -> str:
    return _parsed(value).isoformat()


def _region(value: str) -> str:
    if data.region_name(value) is None:
        raise refuse("REGION")
    return value


def _fao() -> Container[str]:
    return {code for code, office in data.offices().items() if office.kind == "fao"}


def text(shortest: int, longest: int) -> Any:
    """A line of people's text, trimmed, of so many characters, without control characters."""
    return Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest),
        AfterValidator(_no_control),
    ]


def paragraphs(shortest: int, longest: int) -> Any:
    """People's text that may have several lines."""
    return Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest),
        BeforeValidator(lambda value: value.replace("\r\n", "\n") if isinstance(value, str) else value),
        AfterValidator(_only_lines),
    ]


def _clear(*more: Any) -> Any:
    """A personal value that must not be one that we had masked ourselves."""
    return Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=254),
        AfterValidator(_not_masked),
        AfterValidator(_no_control),
        *more,
    ]


CalendarDay = Annotated[date, BeforeValidator(_calendar_day)]
"""A calendar day, `YYYY-MM-DD`, as a date; refused if it is one that we had masked."""
Uscc = Annotated[str, StringConstraints(max_length=40), BeforeValidator(_number), AfterValidator(_uscc)]
IdNumber = _clear(BeforeValidator(_number), AfterValidator(_id_number))
PassportNumber = _clear(BeforeValidator(_number))
Mobile = _clear(_matches(MOBILE, "MOBILE"))
Phone = _clear(AfterValidator(_phone))
Email = _clear(AfterValidator(_email))
Username = _clear(_matches(USERNAME, "USERNAME"))
TaxNumber = Annotated[
    str, StringConstraints(max_length=40), BeforeValidator(_number), _matches(TAX_NUMBER, "TAX_NUMBER")
]
Pinyin = Annotated[
    str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=50), _matches(PINYIN, "PINYIN")
]
PreviousCard = _clear(BeforeValidator(_number), _matches(CARD_NUMBER, "CARD_NUMBER"))
ForeignNumber = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=64), _matches(FOREIGN_NUMBER, "FOREIGN_NUMBER")
]
CardNumber = Annotated[str, BeforeValidator(_number), _matches(CARD_NUMBER, "CARD_NUMBER")]
Day = Annotated[str, StringConstraints(max_length=10), AfterValidator(_day)]
"""A calendar day, `YYYY-MM-DD`, kept as text."""
Region = Annotated[str, StringConstraints(max_length=6), AfterValidator(_region)]
Office = Annotated[str, StringConstraints(max_length=40), _known(_fao, "OFFICE")]
EnterpriseKind = Annotated[str, StringConstraints(max_length=40), _known(data.enterprise_kinds, "ENTERPRISE_KIND")]
Industry = Annotated[str, StringConstraints(max_length=40), _known(data.industries, "INDUSTRY")]
StaffCount = Annotated[int, Field(ge=1, le=9_999_999)]
LoginName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]
"""A user name or an address typed to find an account; anything may be typed, so that no answer tells what exists."""
Secret = Annotated[str, StringConstraints(min_length=1, max_length=512)]
"""A password or token as typed; never trimmed, never printed (models hide input in errors)."""
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
