"""What the wallet's calls take. Numbers are checked as registries define them; messages are for people."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chalicelib.data import texts
from chalicelib.rules.forms.fields import IdNumber, Uscc
from sandbox.wallet.store import AuthorizationMode

MESSAGES = {"missing": "请填写", "string_too_short": "请填写", "string_too_long": "内容过长"}
OTHERWISE = "格式不正确"
OWN = ("phone", "ends_on", "items")
"""Error types of this module, which bring their own message."""


class WalletError(Exception):
    """A call that the platform refuses: a status, a text for people, and the fields it is about."""

    def __init__(self, status: int, message: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "errors": errors or []}


def _phone(value: str) -> str:
    if not re.fullmatch(r"1[0-9]{10}", value):
        raise PydanticCustomError("phone", "手机号码不正确")
    return value


type Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
type Phone = Annotated[str, AfterValidator(_phone)]


class Form(BaseModel):
    """Fields that the wallet does not know are ignored."""

    model_config = ConfigDict(hide_input_in_errors=True)


class Person(Form):
    """A legal representative, manager or delegate."""

    name: Text
    id_number: IdNumber
    phone: Phone


class Manager(Person):
    """证照管理员; with 下级授权 he or she may grant authorisations (R14)."""

    may_authorize: bool = False


class PersonChange(Form):
    """What to change of a delegate; what is left out stays (R20)."""

    name: Text | None = None
    id_number: IdNumber | None = None
    phone: Phone | None = None


class Act(Form):
    """Who adds or edits a delegate, and how the delegate comes to the licence."""

    by: str | None = None
    """The holder who acts; the legal representative if left out."""
    must_claim: bool = False
    """False, as for clients of the contract alone: the delegate's first scan counts as the download."""


class NewLicence(Form):
    """A licence as the market regulator issues it."""

    name: Text
    uscc: Uscc
    legal_representative: Person
    downloaded: bool = True
    """True, as for clients of the contract alone: the legal representative has it on the phone at once."""


class Download(Form):
    """领取: the holder's real-name check (R07). A wrong number is no field error, it fails the check."""

    holder_id: str
    name: Text
    id_number: Text


class LicenceChange(Form):
    """A change that the market regulator has registered: a new name, another representative, the end."""

    name: Text | None = None
    status: Literal["active", "suspended", "revoked", "deregistered"] | None = None
    legal_representative: Person | None = None
    downloaded: bool = True
    """Whether a new representative has it on the phone at once, as with `NewLicence`."""


class Grant(Form):
    """新增授权 (R15-R17): everything, or the named items; from and until inclusive."""

    holder_id: str
    mode: AuthorizationMode
    items: list[Text] | None = None
    starts_on: date
    ends_on: date
    granted_by: str | None = None
    """The holder who grants; the legal representative if left out."""

    @model_validator(mode="after")
    def _term_and_items(self) -> "Grant":
        if self.ends_on < self.starts_on:
            raise PydanticCustomError("ends_on", "截止日期不能早于开始日期")
        if self.mode is AuthorizationMode.PRECISE and not self.items:
            raise PydanticCustomError("items", "请选择授权事项")
        return self


class Scan(Form):
    """A holder's phone before a QR code."""

    licence_id: str
    holder_id: str
    qr_content: Text
    action: Literal["scan", "confirm", "cancel"]


def read_form[F: Form](kind: type[F], content: object) -> F:
    """The form in a request's JSON; `WalletError` 422 with every field that is wrong."""
    if not isinstance(content, dict):
        raise WalletError(422, "请求内容应为 JSON 对象")
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise WalletError(422, "请检查填写的内容", [_field_error(one) for one in error.errors()]) from None


def _field_error(error: Any) -> dict[str, str]:
    # A rule over several fields has no place of its own: its type names the field to mend.
    field = ".".join(str(part) for part in error["loc"]) or error["type"]
    return {"field": field, "message": _message(error)}


def _message(error: Any) -> str:
    if error["type"] in OWN:
        return str(error["msg"])
    # The numbers are checked by the portal's own types, whose codes the catalogue words.
    if error["type"].isupper():
        return texts.text("invalid", error["type"])
    return MESSAGES.get(error["type"], OTHERWISE)
