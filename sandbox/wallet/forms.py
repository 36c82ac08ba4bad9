"""The forms of the wallet's calls. Numbers are checked as the registries define them."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.rules.forms.fields import IdNumber, Uscc
from sandbox.http.forms import Form
from sandbox.wallet.store import AuthorizationMode


def _phone(value: str) -> str:
    if not re.fullmatch(r"1[0-9]{10}", value):
        raise PydanticCustomError("phone", "手机号码不正确")
    return value


type Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
type Phone = Annotated[str, AfterValidator(_phone)]


class Person(Form):
    """A legal representative, manager or delegate."""

    name: Text
    id_number: IdNumber
    phone: Phone


class Manager(Person):
    """证照管理员; with 下级授权 a manager may grant authorisations (R14)."""

    may_authorize: bool = False


class PersonChange(Form):
    """Changes of a delegate; omitted fields keep their values (R20)."""

    name: Text | None = None
    id_number: IdNumber | None = None
    phone: Phone | None = None


class Act(Form):
    """The holder who adds or edits a delegate, and whether the delegate has to download the licence."""

    by: str | None = None
    """The id of the acting holder; the legal representative by default."""
    must_claim: bool = False
    """False, for clients that never download: the delegate's first scan counts as the download."""


class NewLicence(Form):
    """A licence as the market regulator issues it."""

    name: Text
    uscc: Uscc
    legal_representative: Person
    downloaded: bool = True
    """True, for clients that never download: the legal representative has the licence at once."""


class Download(Form):
    """领取: the holder's real-name check (R07). A wrong number fails the check; it is not a field error."""

    holder_id: str
    name: Text
    id_number: Text


class LicenceChange(Form):
    """A change registered by the market regulator: another name, status or legal representative."""

    name: Text | None = None
    status: Literal["active", "suspended", "revoked", "deregistered"] | None = None
    legal_representative: Person | None = None
    downloaded: bool = True
    """Whether a new representative has the licence at once, as with `NewLicence`."""


class Grant(Form):
    """新增授权 (R15-R17): for everything or for the named items; both dates are inclusive."""

    holder_id: str
    mode: AuthorizationMode
    items: list[Text] | None = None
    starts_on: date
    ends_on: date
    granted_by: str | None = None
    """The id of the granting holder; the legal representative by default."""

    @model_validator(mode="after")
    def _term_and_items(self) -> "Grant":
        if self.ends_on < self.starts_on:
            raise PydanticCustomError("ends_on", "截止日期不能早于开始日期")
        if self.mode is AuthorizationMode.PRECISE and not self.items:
            raise PydanticCustomError("items", "请选择授权事项")
        return self


class Scan(Form):
    """A QR code scanned with a holder's phone, and what the holder does then."""

    licence_id: str
    holder_id: str
    qr_content: Text
    action: Literal["scan", "confirm", "cancel"]
