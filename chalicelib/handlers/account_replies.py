"""Shapes of accounts, enterprises, agents, invoice profiles and their audit, as they go out."""

from typing import Any

from pydantic import BaseModel

from chalicelib import data
from chalicelib.repos.accounts.audit import AuditEntry
from chalicelib.repos.accounts.enterprises import Enterprise, InvoiceProfile
from chalicelib.repos.accounts.sessions import NewSession, Session
from chalicelib.rules.accounts.accounts import Account, Agent
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import rfc3339


class AccountReply(BaseModel):
    """An account as its owner sees it."""

    id: str
    role: str
    display_name: str
    login: str
    email: str
    scope: str
    receives_mail: bool
    mail_status: str
    enterprise_id: str | None
    office: str | None


class SessionReply(BaseModel):
    """A new session; the only time its token is shown."""

    token: str
    expires_at: str
    account: AccountReply


class OwnSession(BaseModel):
    """One of one's own sessions."""

    id: str
    created_at: str
    last_seen_at: str
    current: bool


class OwnSessions(BaseModel):
    """One's own living sessions."""

    items: list[OwnSession]


class EnterpriseReply(BaseModel):
    """企业信息 (A07): the licence elements are read-only."""

    id: str
    name: str
    uscc: str
    legal_representative: str
    phone: str
    region_code: str | None
    region: str | None
    address: str | None
    kind: str | None
    industry: str | None
    staff_count: int | None
    version: int


class Me(BaseModel):
    """Who is signed in, and what waits for them."""

    account: AccountReply
    enterprise: EnterpriseReply | None
    unread_messages: int
    purged_drafts: int


class AgentReply(BaseModel):
    """经办人 as its enterprise sees it (H06), masked (H07)."""

    id: str
    name: str
    id_number: str
    phone: str
    email: str
    username: str
    scope: str
    receives_mail: bool
    mail_status: str
    authorized: bool
    created_at: str
    version: int
    masked: list[str]


class Agents(BaseModel):
    """All agents, revoked ones too, and whether another may be added (H10)."""

    items: list[AgentReply]
    next_cursor: str | None = None
    can_add: bool


class InvoiceProfileReply(BaseModel):
    """发票信息: ten fields."""

    id: str
    name: str
    tax_number: str
    region_code: str
    address: str
    phone: str
    invoice_email: str
    email_contact: str
    email_contact_phone: str
    filing_contact: str
    filing_contact_phone: str
    version: int


class InvoiceProfiles(BaseModel):
    """All invoice profiles, and whether another may be added (I04)."""

    items: list[InvoiceProfileReply]
    next_cursor: str | None = None
    can_add: bool


class RecoveryReply(BaseModel):
    """A recovery was begun; the same answer whether or not there is such an account."""

    recovery_id: str
    email_hint: str


class ResetToken(BaseModel):
    """What may set the new password, once."""

    reset_token: str


class AuditEntryReply(BaseModel):
    """One change of accounts or settings."""

    at: str
    actor: str
    action: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    request_id: str


class AuditEntries(BaseModel):
    """One page of changes, newest first."""

    items: list[AuditEntryReply]
    next_cursor: str | None


class Enterprises(BaseModel):
    """One page of enterprises, by name."""

    items: list[EnterpriseReply]
    next_cursor: str | None


class EnterpriseDetail(BaseModel):
    """单位详情 (I03)."""

    enterprise: EnterpriseReply
    invoice_profiles: list[InvoiceProfileReply]
    agents: list[AgentReply]
    applications_count: int


def account(shown: Account) -> AccountReply:
    """The account's reply."""
    return AccountReply(
        id=shown.id,
        role=shown.role,
        display_name=shown.display_name,
        login=shown.login,
        email=shown.email,
        scope=shown.scope,
        receives_mail=shown.receives_mail,
        mail_status=shown.mail_status,
        enterprise_id=shown.enterprise_id,
        office=shown.office,
    )


def session(new: NewSession, of: Account) -> SessionReply:
    """The reply of signing in."""
    return SessionReply(token=new.token, expires_at=rfc3339(new.session.ends_at), account=account(of))


def own_session(shown: Session, current: Session) -> OwnSession:
    """One line of one's own sessions."""
    return OwnSession(
        id=shown.id,
        created_at=rfc3339(shown.created_at),
        last_seen_at=rfc3339(shown.last_seen_at),
        current=shown.id == current.id,
    )


def enterprise(shown: Enterprise) -> EnterpriseReply:
    """The enterprise's reply, its region in words."""
    profile = dict(shown.profile)
    region = data.region_name(profile["region_code"]) if profile["region_code"] else None
    return EnterpriseReply(id=shown.id, **shown.elements.model_dump(), **profile, region=region, version=shown.version)


def agent(shown: Agent) -> AgentReply:
    """The agent's reply, masked."""
    fields = {
        "id_number": shown.id_number,
        "phone": shown.phone,
        "email": shown.account.email,
        "username": shown.account.login,
    }
    hidden, masked = masks.mask(fields, fields)
    created_at = shown.account.created_at
    return AgentReply(
        id=shown.account.id,
        name=shown.name,
        **hidden,
        scope=shown.account.scope,
        receives_mail=shown.account.receives_mail,
        mail_status=shown.account.mail_status,
        authorized=shown.account.authorized,
        created_at=rfc3339(created_at) if created_at else "",
        version=shown.account.version,
        masked=masked,
    )


def invoice_profile(shown: InvoiceProfile) -> InvoiceProfileReply:
    """The invoice profile's reply."""
    return InvoiceProfileReply(id=shown.id, **shown.fields, version=shown.version)


def audit_entry(shown: AuditEntry) -> AuditEntryReply:
    """A change's reply."""
    return AuditEntryReply(
        at=rfc3339(shown.origin.at),
        actor=shown.origin.actor,
        action=shown.action,
        subject=shown.subject,
        before=dict(shown.before),
        after=dict(shown.after),
        request_id=shown.origin.request_id,
    )
