"""单位详情: officers search enterprises, and open accounts for those that cannot scan."""

from functools import partial

from pydantic import BaseModel

from chalicelib.handlers import account_replies as replies
from chalicelib.handlers.account_replies import AgentReply, EnterpriseReply, InvoiceProfileReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import accounts, enterprises, invoice_profiles
from chalicelib.repos.applications import totals
from chalicelib.repos.keys import cursors
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.forms.accounts import EnterpriseSearch, ProvisionForm
from chalicelib.rules.forms.fields import normalise_number
from chalicelib.usecases.accounts import provisioning

routes = Routes(__name__)


class Enterprises(BaseModel):
    """One page of enterprises, by name."""

    items: list[EnterpriseReply]
    next_cursor: str | None
    partial: bool
    """Whether reading took too long and the page ended before it was full; `next_cursor` goes on."""


class EnterpriseDetail(BaseModel):
    """单位详情 (I03)."""

    enterprise: EnterpriseReply
    invoice_profiles: list[InvoiceProfileReply]
    agents: list[AgentReply]
    applications_count: int
    applications_capped: bool
    """Whether there are more: at most 1,000 of each service are counted."""


@routes.add("POST", "/office/enterprises/search", Access.OFFICERS, body=EnterpriseSearch, reply=Enterprises)
def search(call: Call) -> Enterprises:
    """Find enterprises by USCC or by the start of their name, in the order of names."""
    form: EnterpriseSearch = call.body
    if form.uscc:
        return _of_uscc(form.uscc, form.name or "", call.language)
    start = cursors.read(call.viewer, "enterprises", form.name, form.cursor)
    page = enterprises.page_by_name(form.name or "", form.limit, start)
    return Enterprises(
        items=[replies.enterprise(enterprise, call.language) for enterprise in page.items],
        next_cursor=cursors.write(call.viewer, "enterprises", form.name, page.next_place),
        partial=page.partial,
    )


@routes.add("GET", "/office/enterprises/{enterprise_id}", Access.OFFICERS, reply=EnterpriseDetail)
def detail(call: Call, enterprise_id: str) -> EnterpriseDetail:
    """单位详情 (I03): show the current profile, invoice profiles and agents."""
    found = enterprises.get(EnterpriseId(enterprise_id))
    total = totals.of_enterprise(found.id)
    return EnterpriseDetail(
        enterprise=replies.enterprise(found, call.language),
        invoice_profiles=[replies.invoice_profile(profile) for profile in invoice_profiles.of_enterprise(found.id)],
        agents=[replies.agent(agent) for agent in accounts.agents(found.id)],
        applications_count=total.count,
        applications_capped=total.has_more,
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


def _of_uscc(uscc: str, name_prefix: str, language: str) -> Enterprises:
    found = enterprises.find_by_uscc(normalise_number(uscc))
    is_shown = found is not None and found.elements.name.startswith(name_prefix)
    items = [replies.enterprise(found, language)] if found and is_shown else []
    return Enterprises(items=items, next_cursor=None, partial=False)
