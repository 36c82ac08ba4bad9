"""Accounts and what they may see."""

from dataclasses import dataclass, field
from datetime import datetime

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
    authorized: bool = True
    """False after 取消授权 (H08): the account cannot sign in and its sessions are dead."""
    version: int = 1
    created_at: datetime | None = None
    password_hash: str = field(default="", repr=False)
    """Empty until the first password is set: nothing fits it."""
    password_set_at: datetime | None = None
    session_epoch: int = 0
    """Sessions of an earlier epoch are dead, but for the one that is kept: one write ends them all."""
    kept_session: str = ""
    messages_read_at: datetime | None = None
    """Messages up to this moment count as read."""

    @property
    def party(self) -> Party:
        """In which part this account acts on applications."""
        if self.role is not Role.OFFICER:
            return Party.APPLICANT
        return Party.CONSULAR if self.office == CONSULAR else Party.FAO

    @property
    def tenant(self) -> EnterpriseId:
        """The enterprise in whose name this account acts; only enterprise-side accounts have one."""
        if self.enterprise_id is None:
            raise TypeError("an officer belongs to no enterprise")
        return self.enterprise_id

    @property
    def sees_own_only(self) -> bool:
        """Whether 仅可见该账号自己创建的申请单 holds (H17)."""
        return self.role is Role.AGENT and self.scope is Scope.OWN


@dataclass(frozen=True)
class Agent:
    """经办人: the account together with the person behind it."""

    account: Account
    name: str
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
