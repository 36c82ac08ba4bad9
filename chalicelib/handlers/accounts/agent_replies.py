"""Replies about agents, for their enterprise and for officers."""

from pydantic import BaseModel

from chalicelib.handlers.http.formats import Id, Moment
from chalicelib.rules.accounts.accounts import Agent
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import MailStatus, Scope


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
