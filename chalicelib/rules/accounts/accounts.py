"""Accounts, agents and what an account may see."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.rules.accounts.former_addresses import FormerAddresses
from chalicelib.rules.base.vocabulary import (
    CONSULAR,
    AccountId,
    EnterpriseId,
    MailStatus,
    OfficeCode,
    Party,
    Role,
    Scope,
)


@dataclass(frozen=True)
class Account:
    """企业账号, 经办人账号, or an officer of a 外办 or the 领事司."""

    id: AccountId
    role: Role
    login: str
    display_name: str
    email: str = field(repr=False)
    enterprise_id: EnterpriseId | None = None
    office: OfficeCode | None = None
    scope: Scope = Scope.ALL
    receives_mail: bool = True
    mail_status: MailStatus = MailStatus.OK
    mailbox_confirmed: bool = True
    """False for an agent until a code that was mailed to its address has come back (decision 0067)."""
    authorized: bool = True
    """False after 取消授权 (H08): the account cannot sign in and its sessions have ended."""
    version: int = 1
    created_at: datetime | None = None
    password_hash: str = field(default="", repr=False)
    """Empty until the first password is set; no password matches it."""
    password_set_at: datetime | None = None
    has_second_factor: bool = False
    """Whether a second step of the sign-in is set up; of officers only."""
    passkeys: int = 0
    """How many passkeys it has."""
    passkey_epoch: int = 0
    """Passkeys of earlier epochs are void: one write voids all of them."""
    session_epoch: int = 0
    """Sessions of earlier epochs have ended, except `kept_session`: one write ends all of them."""
    kept_session: str = ""
    """Id of the session that survives the change of epoch; empty for none."""
    former_addresses: FormerAddresses = field(default=(), repr=False)
    """Replaced addresses of an enterprise's account whose mailboxes may undo the change."""
    messages_read_at: datetime | None = None
    """Messages up to this moment are read."""

    @property
    def party(self) -> Party:
        """The side for which this account acts on applications."""
        if self.role is not Role.OFFICER:
            return Party.APPLICANT
        return Party.CONSULAR if self.office == CONSULAR else Party.FAO

    @property
    def tenant(self) -> EnterpriseId:
        """The enterprise of this account.

        Raises:
            TypeError: The account is an officer's, which belongs to no enterprise.
        """
        if self.enterprise_id is None:
            raise TypeError("an officer belongs to no enterprise")
        return self.enterprise_id

    @property
    def sees_own_only(self) -> bool:
        """Whether the account sees its own applications only: 仅可见该账号自己创建的申请单 (H17)."""
        return self.role is Role.AGENT and self.scope is Scope.OWN

    def with_email(self, email: str, status: MailStatus) -> "Account":
        """The account after a change of its e-mail address, which is its login name."""
        return replace(self, login=email, email=email, mail_status=status, version=self.version + 1)

    def with_mail(self, *, receives: bool) -> "Account":
        """The account after a change of its mail preference."""
        return replace(self, receives_mail=receives, version=self.version + 1)

    def with_confirmed_mailbox(self) -> "Account":
        """The account after the confirmation of its mailbox."""
        return replace(self, mailbox_confirmed=True, version=self.version + 1)


@dataclass(frozen=True)
class Agent:
    """经办人: an account and the person behind it."""

    account: Account
    name: str
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
