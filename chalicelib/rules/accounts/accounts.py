"""Accounts, agents and what an account may see."""

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
    """False after 取消授权 (H08): the account cannot sign in and its sessions have ended."""
    version: int = 1
    created_at: datetime | None = None
    password_hash: str = field(default="", repr=False)
    """Empty until the first password is set; no password matches it."""
    password_set_at: datetime | None = None
    session_epoch: int = 0
    """Sessions of earlier epochs have ended, except `kept_session`: one write ends all of them."""
    kept_session: str = ""
    """Id of the session that survives the change of epoch; empty for none."""
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


@dataclass(frozen=True)
class Agent:
    """经办人: an account and the person behind it."""

    account: Account
    name: str
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
