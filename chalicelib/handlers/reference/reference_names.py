"""The values of the vocabulary with their names, as `GET /reference` lists them."""

from typing import Literal

from pydantic import BaseModel

from chalicelib.rules.accounts.licence import TicketState
from chalicelib.rules.base.vocabulary import Action, Decision, MailStatus, Party, PaymentState, Scope
from chalicelib.rules.files.verdicts import AttachmentState
from chalicelib.rules.forms.content import PassportKind, ReplaceCase, Sex


class ActionEntry(BaseModel):
    """What can be done, as in `allowed_actions` and histories."""

    code: Action
    name: str


class DecisionEntry(BaseModel):
    """审批结果 of an economy; `state` is 已批复 or 审批中."""

    code: Decision
    name: str
    state: Literal["decided", "pending"]


class StateEntry(BaseModel):
    """已批复 or 审批中."""

    code: Literal["decided", "pending"]
    name: str


class ScopeEntry(BaseModel):
    """经办人权限."""

    code: Scope
    name: str


class ReplaceCaseEntry(BaseModel):
    """换补卡: why another card is needed."""

    code: ReplaceCase
    name: str


class PickupMethodEntry(BaseModel):
    """取卡方式."""

    code: Literal["self", "post"]
    name: str


class PartyEntry(BaseModel):
    """A side of an application."""

    code: Party
    name: str


class TicketStateEntry(BaseModel):
    """The state of a QR code."""

    code: TicketState
    name: str


class PaymentStateEntry(BaseModel):
    """The state of a payment voucher."""

    code: PaymentState
    name: str


class AttachmentStateEntry(BaseModel):
    """How far an uploaded file has come."""

    code: AttachmentState
    name: str


class MailStatusEntry(BaseModel):
    """Whether mail reaches an address."""

    code: MailStatus
    name: str


class SexEntry(BaseModel):
    """性别."""

    code: Sex
    name: str


class PassportKindEntry(BaseModel):
    """护照种类."""

    code: PassportKind
    name: str
