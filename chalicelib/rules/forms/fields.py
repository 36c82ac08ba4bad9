"""Types of single fields; each refuses other values with a code of its own.

Check digits and mail syntax come from libraries (python-stdnum, email-validator); patterns follow docs/domain.md 4.
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
"""Controls, directions, joiners, fillers, soft hyphens, annotations, tags: invisible, or changing the text direction.

Variation selectors are not among them: they occur in names, to choose the form of a Chinese character.
"""

NO_CHARACTERS = r"\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
"""Surrogates, and the 66 code points that Unicode defines as noncharacters. Workbooks cannot contain some of them, and
programs need not preserve the others."""

INVISIBLE = UNPRINTED + NO_CHARACTERS
"""Characters that names and numbers must not contain."""

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
"""护照种类: 普通护照, 公务护照, 公务普通护照 (docs/domain.md 4.3). Diplomatic passports are not accepted."""

NOT_MAINLAND = re.compile(r"[KH]\d{8}|K[A-Z]\d{7}|M[A-Z]?\d{7,8}|\d{9}", re.ASCII)
"""Documents of Hong Kong, Macao and Taiwan: their holders apply to their own economy."""

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def refuse(code: str, **values: Any) -> PydanticCustomError:
    """The refusal of one value, with a code of `invalid` in data/texts.json. It never contains the value."""
    return PydanticCustomError(code, code, values or None)


def normalise_number(value: str) -> str:
    """The number in upper case and half width, without spaces and dots: the form for storage and search."""
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
    """A day from text only; pydantic would also read digits as seconds since 1970."""
    if not isinstance(value, str):
        raise refuse("date_type")
    return _parsed(_not_masked(value))


def _parsed(value: str) -> date:
    # The pattern comes first because fromisoformat also accepts 20300101 and weeks.
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
    # Not ric.validate(), which also requires a known place of birth and fails on some unknown ones.
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
    from email_validator import EmailNotValidError, validate_email  # imported late, because few forms need it

    try:
        checked = validate_email(value, allow_smtputf8=False, check_deliverability=False, test_environment=True)
        # The ASCII form, in which addresses that only look alike differ.
        return checked.ascii_email or checked.normalized
    except EmailNotValidError as error:
        raise refuse("EMAIL") from error


def as_address(value: str) -> str:
    """A login name in the form in which addresses are stored; unchanged if it is not an address.

    ASCII is unchanged: registration changes only its letter case, which login names ignore.
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
    if not data.is_district(value):
        raise refuse("REGION_DISTRICT")
    return value


def _fao() -> Container[str]:
    return {code for code, office in data.offices().items() if office.kind == "fao"}


def text(shortest: int, longest: int) -> Any:
    """The type of one trimmed line of text of `shortest` to `longest` characters, without control characters."""
    return Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest),
        AfterValidator(_no_control),
    ]


def paragraphs(shortest: int, longest: int) -> Any:
    """The type of a text that may have several lines; arguments as in `text`."""
    return Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest),
        BeforeValidator(lambda value: value.replace("\r\n", "\n") if isinstance(value, str) else value),
        AfterValidator(_only_lines),
    ]


def _clear(*more: Any) -> Any:
    """The type of a personal value, which must not be a masked one."""
    return Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=254),
        AfterValidator(_not_masked),
        AfterValidator(_no_control),
        *more,
    ]


CalendarDay = Annotated[date, BeforeValidator(_calendar_day)]
"""A calendar day `YYYY-MM-DD`, as a date; masked values are refused."""
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
"""A login name or address as typed; any text is accepted, so that replies do not reveal accounts."""
Secret = Annotated[str, StringConstraints(min_length=1, max_length=512)]
"""A password or token as typed, never trimmed; models hide input in errors."""
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
