"""Domain enums: roles, services, statuses, actions, decisions. Their labels are in data/labels.json."""

from enum import StrEnum
from typing import NewType

AccountId = NewType("AccountId", str)
EnterpriseId = NewType("EnterpriseId", str)
OfficeCode = NewType("OfficeCode", str)
ApplicationNumber = NewType("ApplicationNumber", str)
PersonNumber = NewType("PersonNumber", str)

CONSULAR = OfficeCode("consular")
"""领事司: the consular department, where the second review takes place."""


class Role(StrEnum):
    """The kind of an account."""

    ENTERPRISE = "enterprise"
    AGENT = "agent"
    OFFICER = "officer"


class Scope(StrEnum):
    """经办人权限 (H15): 可见全部申请单 or 仅可见该账号自己创建的申请单."""

    ALL = "all"
    OWN = "own"


class MailStatus(StrEnum):
    """Whether mail reaches the address of an account, as reported by the mail provider."""

    OK = "ok"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Service(StrEnum):
    """业务, in the order of the tabs (L02)."""

    NEW_OR_RENEWAL = "new_or_renewal"
    EARLY_CARD = "early_card"
    REPLACE_CARD = "replace_card"
    CHANGE_PASSPORT = "change_passport"
    CANCEL_CARD = "cancel_card"


class Status(StrEnum):
    """申请单状态 of an application or of a person (docs/domain.md 1.2)."""

    FAO_REVIEW = "FAO_REVIEW"
    FAO_RETURNED = "FAO_RETURNED"
    FAO_REJECTED = "FAO_REJECTED"
    CONSULAR_REVIEW = "CONSULAR_REVIEW"
    CONSULAR_RETURNED = "CONSULAR_RETURNED"
    CONSULAR_REJECTED = "CONSULAR_REJECTED"
    CONSULAR_APPROVED = "CONSULAR_APPROVED"
    WITHDRAWN = "WITHDRAWN"
    ECONOMY_REVIEW = "ECONOMY_REVIEW"
    ECONOMY_DONE = "ECONOMY_DONE"
    REFUSED = "REFUSED"
    CARD_MAKING = "CARD_MAKING"
    CARD_MADE = "CARD_MADE"
    CARD_ISSUED = "CARD_ISSUED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    DONE = "DONE"


class Party(StrEnum):
    """The side that acts on an application: enterprise side, 外办, 领事司, or the portal itself."""

    APPLICANT = "applicant"
    FAO = "fao"
    CONSULAR = "consular"
    PORTAL = "portal"


class Action(StrEnum):
    """What can be done to an application or a person: the verbs of the lifecycle table."""

    SUBMIT = "submit"
    EDIT = "edit"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"
    PASS = "pass"  # noqa: S105  an action, no password
    RETURN = "return"
    REJECT = "reject"
    REOPEN = "reopen"
    DECIDE_ECONOMY = "decide_economy"
    FINISH_ECONOMIES = "finish_economies"
    REOPEN_ECONOMIES = "reopen_economies"
    RECORD_FOREIGN_NUMBER = "record_foreign_number"
    MAKE_CARD = "make_card"
    CARD_MADE = "card_made"
    ISSUE_CARD = "issue_card"
    CANCEL_CARD = "cancel_card"
    CORRECT_CARD = "correct_card"
    HAND_OUT_REPLACEMENT = "hand_out_replacement"
    EXPIRE = "expire"
    REVEAL = "reveal"
    PAY = "pay"
    ACCEPT_PAYMENT = "accept_payment"
    RETURN_PAYMENT = "return_payment"


class PaymentState(StrEnum):
    """The state of the payment voucher (缴费凭证) of an application (docs/domain.md 2.8)."""

    NONE = "none"
    REQUIRED = "required"
    UPLOADED = "uploaded"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class Decision(StrEnum):
    """The decision of an economy (D01; docs/domain.md 6.2): the first three are 已批复, the last is 审批中."""

    APPROVED = "approved"
    REFUSED = "refused"
    LOCKED = "locked"
    PENDING = "pending"
