"""Request bodies about accounts: registration, sign-in, settings, agents, recovery, enterprises, invoice profiles."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, ValidationInfo
from pydantic import field_validator as checks

from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import Role, Scope
from chalicelib.rules.forms.fields import (
    Email,
    EnterpriseKind,
    Identifier,
    IdNumber,
    Industry,
    LoginName,
    Mobile,
    OneTimeCode,
    Phone,
    Region,
    Secret,
    StaffCount,
    TaxNumber,
    Uscc,
    Username,
    as_address,
    person_name,
    text,
    written,
)
from chalicelib.rules.forms.form import Form
from chalicelib.rules.values import codes

Keep = Literal["cookie"] | None
"""Where a browser keeps the new session: in a cookie, or, for None, wherever the client puts the token."""
EmailCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$"), written(codes.normalise)]


class TicketStart(Form):
    """The purpose of a new scan ticket."""

    purpose: Literal["register", "login", "recover", "update_licence", "prove"]


class Assertion(Form):
    """An assertion of the licence platform (compact JWS)."""

    assertion: Annotated[str, StringConstraints(min_length=1, max_length=8192)]


class TicketUse(Form):
    """A confirmed ticket to use."""

    ticket_id: Identifier
    ticket_secret: Identifier


class LicenceSignIn(TicketUse):
    """Sign-in by a confirmed ticket."""

    keep: Keep = None


class EmailCodeRequest(Form):
    """A request for a six-digit code by e-mail to an address that is to be the account's."""

    titles: ClassVar[str] = "enterprise"

    email: Email


class RegistrationCodeRequest(EmailCodeRequest):
    """The same before a registration, by the browser with the confirmed ticket."""

    ticket_id: Identifier
    ticket_secret: Identifier


class EnterpriseProfile(Form):
    """The profile of an enterprise, without its telephone (A07)."""

    titles: ClassVar[str] = "enterprise"

    region_code: Region | None = None
    address: text(1, 200) | None = None  # type: ignore[valid-type]
    kind: EnterpriseKind | None = None
    industry: Industry | None = None
    staff_count: StaffCount | None = None


class Registration(EnterpriseProfile):
    """注册 steps 2 and 3 (R26-R33); the three licence elements come from the ticket."""

    ticket_id: Identifier
    ticket_secret: Identifier
    phone: Phone
    email: Email
    email_code: EmailCode
    password: Secret
    password_confirmation: Secret
    accept_terms: bool
    keep: Keep = None


class Login(Form):
    """Sign-in by name and password: an enterprise by e-mail, agents and officers by user name."""

    identity: Role
    login: LoginName
    password: Secret
    one_time_code: OneTimeCode | None = None
    """A code of the second step, if the account has one."""
    keep: Keep = None

    @checks("login")
    @classmethod
    def _as_registered(cls, login: str, info: ValidationInfo) -> str:
        return as_address(login) if info.data.get("identity") is Role.ENTERPRISE else login


class LockedName(Form):
    """Whose sign-in may be refused after failures of others: an agent or officer by user name, or an agent by its ids.

    Officers read user names of agents masked, so they name the agents of an enterprise by id.
    """

    identity: Literal[Role.AGENT, Role.OFFICER] | None = None
    login: LoginName | None = None
    enterprise_id: Identifier | None = None
    agent_id: Identifier | None = None


class SessionProof(Form):
    """A proof that the user of a session is its owner: one of password, code of the app, and confirmed ticket."""

    current_password: Secret | None = None
    one_time_code: OneTimeCode | None = None
    """A code of the second step, for an account that has one."""
    ticket_id: Identifier | None = None
    ticket_secret: Identifier | None = None


class SecondFactorStart(Form):
    """The proof that makes a new secret for an authenticator app."""

    current_password: Secret
    one_time_code: OneTimeCode | None = None
    """A code of the second step in use, if there is one."""


class SecondFactorConfirmation(Form):
    """The first code of a new secret."""

    one_time_code: OneTimeCode


class AgentForm(Form):
    """添加经办人 (H02, H15)."""

    titles: ClassVar[str] = "agents"

    name: person_name(2, 50)  # type: ignore[valid-type]
    id_number: IdNumber
    phone: Mobile
    email: Email
    username: Username
    password: Secret
    scope: Scope = Scope.ALL


class EnterpriseChange(EnterpriseProfile):
    """提交修改 (A08): named fields are changed, null removes a value; licence elements cannot be changed (A05)."""

    phone: Phone = Field(default_factory=str)


class AgentChange(Form):
    """编辑经办人 (H01, H15): named fields are changed."""

    titles: ClassVar[str] = "agents"

    name: person_name(2, 50) = Field(default_factory=str)  # type: ignore[valid-type]
    id_number: IdNumber = Field(default_factory=str)
    phone: Mobile = Field(default_factory=str)
    email: Email = Field(default_factory=str)
    username: Username = Field(default_factory=str)
    password: Secret = Field(default_factory=str)
    scope: Scope = Field(default_factory=lambda: Scope.ALL)


class AgentAuthorization(Form):
    """取消授权 and 授权 (H08)."""

    authorized: bool


class EmailChange(Form):
    """修改邮箱 (A09)."""

    titles: ClassVar[str] = "enterprise"

    email: Email
    email_code: EmailCode
    accept_terms: bool


class EmailCodeUse(Form):
    """The code from a mail to the address of the account."""

    email_code: EmailCode


class EmailUndo(Form):
    """The undoing of a change of address, from the mailbox of the old address."""

    token: Identifier
    password: Secret
    password_confirmation: Secret


class PasswordChange(Form):
    """修改密码 (A10)."""

    current_password: Secret
    password: Secret
    password_confirmation: Secret


class RecoveryStart(Form):
    """忘记密码 (P02): by ticket, by typed elements of the enterprise, or by an agent's user name and e-mail address."""

    titles: ClassVar[str] = "enterprise"

    ticket_id: Identifier | None = None
    ticket_secret: Identifier | None = None
    name: text(1, limits.ENTERPRISE_NAME) | None = None  # type: ignore[valid-type]
    uscc: Uscc | None = None
    legal_representative: person_name(1, limits.REPRESENTATIVE_NAME) | None = None  # type: ignore[valid-type]
    username: LoginName | None = None
    email: Email | None = None


class RecoveryCode(Form):
    """The code from the mail."""

    email_code: EmailCode


class RecoveryEmailCode(Form):
    """A request for a code to the address that a recovery is to give the account."""

    titles: ClassVar[str] = "enterprise"

    reset_token: Identifier
    email: Email


class RecoveryPassword(Form):
    """The new password, with the token of the recovery."""

    titles: ClassVar[str] = "enterprise"

    reset_token: Identifier
    password: Secret
    password_confirmation: Secret
    email: Email | None = None
    """The new address of the account, if the legal representative or a manager has scanned."""
    email_code: EmailCode | None = None
    """The code that was sent to the new address."""


class MailPreference(Form):
    """是否接收邮件 (H09, M05): one switch for each account."""

    receives_mail: bool


class InvoiceProfileForm(Form):
    """发票信息: ten fields, all required (I05)."""

    titles: ClassVar[str] = "invoice"

    name: text(2, limits.ENTERPRISE_NAME)  # type: ignore[valid-type]
    tax_number: TaxNumber
    region_code: Region
    address: text(1, 200)  # type: ignore[valid-type]
    phone: Phone
    invoice_email: Email
    email_contact: person_name(2, 50)  # type: ignore[valid-type]
    email_contact_phone: Phone
    filing_contact: person_name(2, 50)  # type: ignore[valid-type]
    filing_contact_phone: Phone
