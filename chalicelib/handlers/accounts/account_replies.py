"""Replies about accounts and enterprises that several pages share."""

from datetime import datetime

from pydantic import BaseModel

from chalicelib import data
from chalicelib.handlers.http.formats import Id, Moment, RegionCode
from chalicelib.repos.accounts.enterprises import Enterprise
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import MailStatus, Role, Scope


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
