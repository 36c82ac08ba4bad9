"""单位详情: enterprises as officers see them, and accounts for those that cannot scan."""

from chalicelib.handlers import account_replies as replies
from chalicelib.handlers.account_replies import EnterpriseDetail, EnterpriseReply, Enterprises
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import accounts, audit, enterprises
from chalicelib.repos.keys import cursors
from chalicelib.repos.mail import outbox
from chalicelib.repos.table import table
from chalicelib.rules.accounts.licence import LicenceElements
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.forms.accounts import EnterpriseSearch, ProvisionForm
from chalicelib.rules.forms.fields import normalise_number

routes = Routes(__name__)


@routes.add("POST", "/office/enterprises/search", Access.OFFICERS, body=EnterpriseSearch, reply=Enterprises)
def search(call: Call) -> Enterprises:
    """By USCC, or by the beginning of the name; in the order of names."""
    form: EnterpriseSearch = call.body
    if form.uscc:
        login_target = accounts.find_login_target("uscc", normalise_number(form.uscc))
        found = [enterprises.get(EnterpriseId(login_target.partition_owner))] if login_target else []
        shown = [replies.enterprise(each) for each in found if each.elements.name.startswith(form.name or "")]
        return Enterprises(items=shown, next_cursor=None)
    start = cursors.read(call.viewer, "enterprises", form.name, form.cursor)
    page, next_key = enterprises.page_by_name(form.name or "", form.limit, start)
    return Enterprises(
        items=[replies.enterprise(each) for each in page],
        next_cursor=cursors.write(call.viewer, "enterprises", form.name, next_key),
    )


@routes.add("GET", "/office/enterprises/{enterprise_id}", Access.OFFICERS, reply=EnterpriseDetail)
def detail(_: Call, enterprise_id: str) -> EnterpriseDetail:
    """单位详情 (I03): profile, invoice profiles and agents as they are now."""
    found = enterprises.get(EnterpriseId(enterprise_id))
    return EnterpriseDetail(
        enterprise=replies.enterprise(found),
        invoice_profiles=[replies.invoice_profile(each) for each in enterprises.invoice_profiles(found.id)],
        agents=[replies.agent(each) for each in accounts.agents(found.id)],
        applications_count=found.applications,
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
    """Open an account for an enterprise that cannot scan; its first password is set through recovery."""
    form: ProvisionForm = call.body
    elements = LicenceElements(name=form.name, uscc=form.uscc, legal_representative=form.legal_representative)
    enterprise, account = enterprises.new_enterprise(elements, form.email, form.model_dump(), call.now)
    _, notice = outbox.address_notified("account_created", form.email, {}, call.now, call.request_id, enterprise.id)
    reply = replies.enterprise(enterprise)
    table.commit(
        *call.remember(replies.enterprise)(enterprise),
        *enterprises.enterprise_created(enterprise),
        *accounts.account_created(account),
        notice,
        audit.entry_added(enterprise.id, call.origin, "enterprise_provisioned", enterprise.id),
    )
    return reply
