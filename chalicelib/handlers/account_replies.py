"""Replies about accounts, enterprises, agents and invoice profiles that several pages share."""

from datetime import datetime

from pydantic import BaseModel

from chalicelib import data
from chalicelib.handlers.http import credentials
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.formats import Id, Moment, RegionCode
from chalicelib.repos.accounts.enterprises import Enterprise
from chalicelib.repos.accounts.invoice_profiles import InvoiceProfile
from chalicelib.repos.accounts.sessions import NewSession
from chalicelib.rules.accounts.accounts import Account, Agent
from chalicelib.rules.base import limits, masks
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import MailStatus, Role, Scope
from chalicelib.rules.forms.accounts import Keep


class AccountReply(BaseModel):
    """An account as its owner sees it."""

    id: Id
    role: Role
    display_name: str
    login: str
    email: str
    scope: Scope
    receives_mail: bool
    mail_status: MailStatus
    mailbox_confirmed: bool
    """False for an agent whose mailbox gets no notices yet."""
    enterprise_id: Id | None
    office: str | None


class SessionReply(BaseModel):
    """A new session; no other reply contains its token."""

    token: str | None
    """Null if the session is kept in a cookie."""
    expires_at: Moment
    account: AccountReply


class CodeSent(BaseModel):
    """A code was sent; the reply is the same for every address."""

    expires_at: Moment
    resend_after: int
    """Seconds until another code can be asked for."""


class EnterpriseReply(BaseModel):
    """企业信息 (A07): the licence elements are read-only."""

    id: Id
    name: str
    uscc: str
    legal_representative: str
    phone: str
    region_code: RegionCode | None
    region: str | None
    address: str | None
    kind: str | None
    kind_label: str | None
    industry: str | None
    industry_label: str | None
    staff_count: int | None
    version: int


class AgentReply(BaseModel):
    """经办人 as its enterprise sees it (H06), masked (H07)."""

    id: Id
    name: str
    id_number: str
    phone: str
    email: str
    username: str
    scope: Scope
    receives_mail: bool
    mail_status: MailStatus
    mailbox_confirmed: bool
    authorized: bool
    created_at: Moment | None
    version: int
    masked: list[str]


class InvoiceProfileReply(BaseModel):
    """发票信息: ten fields."""

    id: Id
    name: str
    tax_number: str
    region_code: RegionCode
    region: str | None
    """The region in words: 省/市/区县."""
    address: str
    phone: str
    invoice_email: str
    email_contact: str
    email_contact_phone: str
    filing_contact: str
    filing_contact_phone: str
    version: int


def code_sent(now: datetime) -> CodeSent:
    """The reply to a request for a code."""
    return CodeSent(
        expires_at=rfc3339(now + limits.EMAIL_CODE_LIFE), resend_after=int(limits.EMAIL_CODE_RESEND.total_seconds())
    )


def account(shown: Account) -> AccountReply:
    """The reply for an account."""
    return AccountReply(
        id=shown.id,
        role=shown.role,
        display_name=shown.display_name,
        login=shown.login,
        email=shown.email,
        scope=shown.scope,
        receives_mail=shown.receives_mail,
        mail_status=shown.mail_status,
        mailbox_confirmed=shown.mailbox_confirmed,
        enterprise_id=shown.enterprise_id,
        office=shown.office,
    )


def session(new: NewSession, keep: Keep) -> SessionReply | WithCookie:
    """The reply to a sign-in, with the token in its body or in a cookie."""
    shown = SessionReply(token=new.token, expires_at=rfc3339(new.session.ends_at), account=account(new.account))
    if keep is None:
        return shown
    device = credentials.device_kept(new.device_token) if new.device_token else ""
    return WithCookie(shown.model_copy(update={"token": None}), credentials.kept(new.token), device)


def enterprise(shown: Enterprise, language: str = "zh") -> EnterpriseReply:
    """The reply for an enterprise, with the name of its region and labels of its kind and industry."""
    profile = dict(shown.profile)
    return EnterpriseReply(
        id=shown.id,
        **shown.elements.model_dump(),
        **profile,
        region=data.region_name(profile["region_code"] or ""),
        kind_label=data.enterprise_kinds(language).get(profile["kind"] or ""),
        industry_label=data.industries(language).get(profile["industry"] or ""),
        version=shown.version,
    )


def agent(shown: Agent, *, clear: bool = False) -> AgentReply:
    """The reply for an agent, masked (H07) unless it is to be in clear."""
    fields = {
        "id_number": shown.id_number,
        "phone": shown.phone,
        "email": shown.account.email,
        "username": shown.account.login,
    }
    hidden, masked = (fields, []) if clear else masks.mask(fields, fields)
    created_at = shown.account.created_at
    return AgentReply(
        id=shown.account.id,
        name=shown.name,
        **hidden,
        scope=shown.account.scope,
        receives_mail=shown.account.receives_mail,
        mail_status=shown.account.mail_status,
        mailbox_confirmed=shown.account.mailbox_confirmed,
        authorized=shown.account.authorized,
        created_at=rfc3339(created_at) if created_at else None,
        version=shown.account.version,
        masked=masked,
    )


def invoice_profile(shown: InvoiceProfile) -> InvoiceProfileReply:
    """The reply for an invoice profile."""
    region = data.region_name(shown.fields["region_code"])
    return InvoiceProfileReply(id=shown.id, **shown.fields, region=region, version=shown.version)
