"""单位详情: officers search enterprises, look at one, and open accounts for those that cannot scan."""

from functools import partial

from pydantic import BaseModel

from chalicelib import data
from chalicelib.handlers.accounts import account_replies as replies
from chalicelib.handlers.accounts import agent_replies, invoice_replies
from chalicelib.handlers.accounts.account_replies import EnterpriseReply
from chalicelib.handlers.accounts.agent_replies import AgentReply
from chalicelib.handlers.accounts.invoice_replies import InvoiceProfileReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Id, RegionCode
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts.enterprises import Enterprise
from chalicelib.repos.accounts.invoice_profiles import InvoiceProfile
from chalicelib.repos.keys import cursors
from chalicelib.rules.accounts.accounts import Agent
from chalicelib.rules.base import masks
from chalicelib.rules.base.vocabulary import MailStatus
from chalicelib.rules.forms.office_enterprises import (
    AddressCorrection,
    ContactReveal,
    ElementsCorrection,
    EnterpriseSearch,
    ProvisionForm,
)
from chalicelib.usecases.accounts import corrections, provisioning
from chalicelib.usecases.applications import enterprises
from chalicelib.usecases.applications.enterprises import EnterpriseFile

routes = Routes(__name__)

MASKED_OF_INVOICES = {
    "phone": "phone",
    "invoice_email": "email",
    "email_contact_phone": "phone",
    "filing_contact_phone": "phone",
}
"""The contacts of an invoice profile, and the mask of each."""


class EnterpriseRow(BaseModel):
    """An enterprise in a list of officers: nothing personal, nothing masked."""

    id: Id
    name: str
    uscc: str
    region_code: RegionCode | None
    region: str | None
    kind: str | None
    kind_label: str | None


class Enterprises(BaseModel):
    """One page of enterprises: by name, by what follows the searched part, or by USCC."""

    items: list[EnterpriseRow]
    next_cursor: str | None
    partial: bool
    """Whether reading took too long and the page ended before it was full; `next_cursor` goes on."""


class EnterpriseAccount(BaseModel):
    """The own account of an enterprise; its login name is the address."""

    email: str
    mail_status: MailStatus
    suppression_id: str | None
    """Of the address, if mail to it is suppressed: what `POST /office/mail/suppressions/lift` takes."""
    has_password: bool
    """False before the first password is set."""
    is_scanned: bool
    """Whether the licence was ever scanned; otherwise the consular department can correct the elements."""


class EnterpriseDetail(BaseModel):
    """单位详情 (I03); telephones and addresses are masked."""

    enterprise: EnterpriseReply
    account: EnterpriseAccount
    invoice_profiles: list[InvoiceProfileReply]
    agents: list[AgentReply]
    applications_count: int
    applications_capped: bool
    """Whether there are more: at most 1,000 of each service are counted."""


class CorrectedAddress(BaseModel):
    """The new address of the account, masked, and whether mail reaches it."""

    email: str
    mail_status: MailStatus


class AgentContacts(BaseModel):
    """The contacts of an agent in clear."""

    id: Id
    phone: str
    email: str


class EnterpriseContacts(BaseModel):
    """The contacts of an enterprise in clear."""

    phone: str
    email: str
    """Of its own account."""
    invoice_profiles: list[InvoiceProfileReply]
    agents: list[AgentContacts]


@routes.add("POST", "/office/enterprises/search", Access.OFFICERS, body=EnterpriseSearch, reply=Enterprises)
def search(call: Call) -> Enterprises:
    """Find enterprises by a part of their name or the beginning of their USCC; an office, those that applied to it."""
    form: EnterpriseSearch = call.body
    filters = [form.name, form.uscc]
    page = enterprises.search(form, call.viewer, cursors.read(call.viewer, "enterprises", filters, form.cursor))
    return Enterprises(
        items=[_row(enterprise, call.language) for enterprise in page.items],
        next_cursor=cursors.write(call.viewer, "enterprises", filters, page.next_place),
        partial=page.partial,
    )


@routes.add("GET", "/office/enterprises/{enterprise_id}", Access.OFFICERS, reply=EnterpriseDetail)
def detail(call: Call, enterprise_id: str) -> EnterpriseDetail:
    """单位详情 (I03): show profile, account, invoice profiles and agents; the audit of officers says who looked."""
    shown = enterprises.look(enterprise_id, call.act)
    return EnterpriseDetail(
        enterprise=_profile(shown.enterprise, call.language),
        account=EnterpriseAccount(
            email=masks.MASKS["email"](shown.account.email),
            mail_status=shown.account.mail_status,
            suppression_id=enterprises.suppression_id(shown.account),
            has_password=bool(shown.account.password_hash),
            is_scanned=shown.enterprise.is_scanned,
        ),
        invoice_profiles=[_masked(profile) for profile in shown.invoice_profiles],
        agents=[agent_replies.agent(agent) for agent in shown.agents],
        applications_count=shown.total.count,
        applications_capped=shown.total.has_more,
    )


@routes.add(
    "POST",
    "/office/enterprises/{enterprise_id}/reveal",
    Access.OFFICERS,
    body=ContactReveal,
    reply=EnterpriseContacts,
)
def reveal(call: Call, enterprise_id: str) -> EnterpriseContacts:
    """Show telephones and addresses in clear for a reason; both audits say who looked."""
    shown: EnterpriseFile = enterprises.reveal_contacts(enterprise_id, call.body, call.act)
    return EnterpriseContacts(
        phone=shown.enterprise.profile["phone"],
        email=shown.account.email,
        invoice_profiles=[invoice_replies.invoice_profile(profile) for profile in shown.invoice_profiles],
        agents=[_contacts(agent) for agent in shown.agents],
    )


@routes.add(
    "POST",
    "/office/enterprises",
    Access.CONSULAR,
    body=ProvisionForm,
    reply=EnterpriseReply,
    status=201,
    idempotent=True,
)
def provision(call: Call) -> EnterpriseReply:
    """Open an account for an enterprise that cannot scan; a recovery sets its first password."""
    reply = partial(replies.enterprise, language=call.language)
    return reply(provisioning.provision(call.act, call.body, call.remember(reply)))


@routes.add(
    "PUT", "/office/enterprises/{enterprise_id}/email", Access.CONSULAR, body=AddressCorrection, reply=CorrectedAddress
)
def correct_address(call: Call, enterprise_id: str) -> CorrectedAddress:
    """Correct the address of the account before its first password, or set another one after proof."""
    account = corrections.correct_address(enterprise_id, call.body, call.act)
    return CorrectedAddress(email=masks.MASKS["email"](account.email), mail_status=account.mail_status)


@routes.add(
    "PUT",
    "/office/enterprises/{enterprise_id}/elements",
    Access.CONSULAR,
    body=ElementsCorrection,
    reply=EnterpriseReply,
    versioned=True,
)
def correct_elements(call: Call, enterprise_id: str) -> EnterpriseReply:
    """Correct name and legal representative of an enterprise that cannot scan its licence; the telephone is masked."""
    changed = corrections.correct_elements(enterprise_id, call.body, call.if_match, call.act)
    return _profile(changed, call.language)


def _profile(shown: Enterprise, language: str) -> EnterpriseReply:
    profile = replies.enterprise(shown, language)
    return profile.model_copy(update={"phone": masks.MASKS["phone"](profile.phone)})


def _row(shown: Enterprise, language: str) -> EnterpriseRow:
    region_code, kind = shown.profile["region_code"], shown.profile["kind"]
    return EnterpriseRow(
        id=shown.id,
        name=shown.elements.name,
        uscc=shown.elements.uscc,
        region_code=region_code,
        region=data.region_name(region_code or ""),
        kind=kind,
        kind_label=data.enterprise_kinds(language).get(kind or ""),
    )


def _masked(profile: InvoiceProfile) -> InvoiceProfileReply:
    shown = invoice_replies.invoice_profile(profile)
    hidden = {name: masks.MASKS[mask](getattr(shown, name)) for name, mask in MASKED_OF_INVOICES.items()}
    return shown.model_copy(update=hidden)


def _contacts(agent: Agent) -> AgentContacts:
    return AgentContacts(id=agent.account.id, phone=agent.phone, email=agent.account.email)
