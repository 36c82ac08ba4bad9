"""Types of single fields; each refuses other values with a code of its own.

Check digits and mail syntax come from libraries (python-stdnum, email-validator); patterns follow docs/domain.md 4.
"""

import re
import unicodedata
from collections.abc import Callable, Container
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidComponent

from chalicelib import data
from chalicelib.rules.base import limits, masks
from chalicelib.rules.values import codes, names, telephones
from chalicelib.rules.values.characters import INVISIBLE, narrow

CONTROL = re.compile(rf"[\x00-\x1f{INVISIBLE}]")
CONTROL_BUT_LINES = re.compile(rf"[\x00-\x09\x0b-\x1f{INVISIBLE}]")
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


RESIDENCE_PERMITS = ("71", "81", "82", "83")
"""Residence permits of people from Taiwan, Hong Kong and Macao (港澳台居民居住证)."""

FOREIGN_RESIDENTS = "9"
"""Permanent residence identity cards of foreigners (外国人永久居留身份证)."""


def refuse(code: str, **values: Any) -> PydanticCustomError:
    """The refusal of one value, with a code of `invalid` in data/errors.json. It never contains the value."""
    return PydanticCustomError(code, code, values or None)


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


def written(form: Callable[[str], str]) -> BeforeValidator:
    """Bring a text into a form before it is checked. It follows `StringConstraints`, whose errors are about texts."""
    return BeforeValidator(lambda value: form(value) if isinstance(value, str) else value)


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


def _mainland(value: str) -> str:
    """Refuse what no mainland identity card has. Unknown counties are only warned of: no list of them is complete."""
    if value.startswith(RESIDENCE_PERMITS):
        raise refuse("ID_RESIDENCE_PERMIT")
    if value.startswith(FOREIGN_RESIDENTS):
        raise refuse("ID_FOREIGN")
    if not data.has_id_prefecture(value[:4]):
        raise refuse("ID_REGION")
    return value


def _telephone(form: Callable[[str], str | None], refusal: str) -> Any:
    """The type of a telephone number in its stored form. A `*` before an extension makes no mask of a whole number."""

    def check(value: str) -> str:
        if (number := form(value)) is None:
            _no_control(narrow(value))
            raise refuse("MASKED_VALUE" if masks.is_masked(narrow(value)) else refusal)
        return number

    return Annotated[str, StringConstraints(max_length=254), AfterValidator(check)]


def _no_umlaut(value: str) -> str:
    # Passports have no Ü, and spell it in two ways; only the holder can say how.
    if "Ü" in unicodedata.normalize("NFC", value):
        raise refuse("PINYIN_UMLAUT")
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


def _checked_name(value: str) -> str:
    if names.has_private_characters(value):
        raise refuse("NAME_PRIVATE")
    if not names.has_letter(value):
        raise refuse("NAME_LETTERS")
    return value


def person_name(shortest: int, longest: int) -> Any:
    """The type of the name of a person in its stored form; arguments as in `text`."""
    return Annotated[
        str,
        StringConstraints(min_length=shortest, max_length=longest),
        written(names.normalise),
        AfterValidator(_no_control),
        AfterValidator(_checked_name),
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
Uscc = Annotated[str, StringConstraints(max_length=40), written(codes.compact), AfterValidator(_uscc)]
IdNumber = _clear(written(codes.normalise), AfterValidator(_id_number))
MainlandId = _clear(written(codes.normalise), AfterValidator(_id_number), AfterValidator(_mainland))
"""The identity number of a traveller, who holds a mainland identity card; agents may have other numbers."""
PassportNumber = _clear(written(codes.normalise))
Mobile = _telephone(telephones.mobile, "MOBILE")
Phone = _telephone(telephones.telephone, "PHONE")
Email = _clear(written(narrow), AfterValidator(_email))
Username = _clear(written(codes.login), _matches(USERNAME, "USERNAME"))
TaxNumber = Annotated[str, StringConstraints(max_length=40), written(codes.compact), _matches(TAX_NUMBER, "TAX_NUMBER")]
Pinyin = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True, max_length=50),
    written(lambda value: re.sub(r"\s+", " ", narrow(value))),
    AfterValidator(_no_umlaut),
    _matches(PINYIN, "PINYIN"),
]
PreviousCard = _clear(written(codes.normalise), _matches(CARD_NUMBER, "CARD_NUMBER"))
ForeignNumber = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=64), _matches(FOREIGN_NUMBER, "FOREIGN_NUMBER")
]
CardNumber = Annotated[str, written(codes.normalise), _matches(CARD_NUMBER, "CARD_NUMBER")]
Day = Annotated[str, StringConstraints(max_length=10), AfterValidator(_day)]
"""A calendar day, `YYYY-MM-DD`, kept as text."""
Region = Annotated[str, StringConstraints(max_length=6), AfterValidator(_region)]
Office = Annotated[str, StringConstraints(max_length=40), _known(_fao, "OFFICE")]
EnterpriseKind = Annotated[str, StringConstraints(max_length=40), _known(data.enterprise_kinds, "ENTERPRISE_KIND")]
Industry = Annotated[str, StringConstraints(max_length=40), _known(data.industries, "INDUSTRY")]
OneTimeCode = Annotated[str, StringConstraints(min_length=6, max_length=40), written(codes.normalise)]
"""A code of an authenticator app, or a recovery code; blanks make no difference."""
StaffCount = Annotated[int, Field(ge=1, le=9_999_999)]
LoginName = Annotated[str, StringConstraints(min_length=1, max_length=254), written(codes.login)]
"""A login name or address without blanks; any text is accepted, so that replies do not reveal accounts."""
Secret = Annotated[str, StringConstraints(min_length=1, max_length=512)]
"""A password or token as typed, never trimmed; models hide input in errors."""
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
