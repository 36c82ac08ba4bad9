"""账号设置: who is signed in, the enterprise, its invoice profiles, its agents."""

from chalicelib.handlers import replies
from chalicelib.handlers.access import Access
from chalicelib.handlers.replies import (
    AgentReply,
    Agents,
    EnterpriseReply,
    InvoiceProfileReply,
    InvoiceProfiles,
    Me,
)
from chalicelib.handlers.routing import Call, Routes
from chalicelib.repos import account_state, accounts, enterprises, hashing, ids, table
from chalicelib.rules import passwords
from chalicelib.rules.accounts import Account, Agent
from chalicelib.rules.forms import AgentForm, InvoiceProfileForm
from chalicelib.rules.limits import MAX_AGENTS, MAX_INVOICE_PROFILES
from chalicelib.rules.vocabulary import AccountId, Role

routes = Routes(__name__)


@routes.add("GET", "/me", Access.EVERYONE, reply=Me)
def me(call: Call) -> Me:
    """Who is signed in, unread messages, and the purge notice (F05)."""
    viewer = call.viewer
    state = account_state.get(viewer.id)
    enterprise = replies.enterprise(enterprises.get(viewer.enterprise_id)) if viewer.enterprise_id else None
    return Me(
        account=replies.account(viewer),
        enterprise=enterprise,
        unread_messages=state.unread,
        purged_drafts=state.purged_drafts,
    )


@routes.add("GET", "/enterprise", Access.MEMBERS, reply=EnterpriseReply)
def enterprise(call: Call) -> EnterpriseReply:
    """账号信息 (A07)."""
    return replies.enterprise(enterprises.get(call.viewer.tenant))


@routes.add("GET", "/invoice-profiles", Access.MEMBERS, reply=InvoiceProfiles)
def invoice_profiles(call: Call) -> InvoiceProfiles:
    """发票信息 of the enterprise, seen by all its accounts (I02)."""
    found = enterprises.invoice_profiles(call.viewer.tenant)
    return InvoiceProfiles(
        items=[replies.invoice_profile(each) for each in found], can_add=len(found) < MAX_INVOICE_PROFILES
    )


@routes.add(
    "POST",
    "/invoice-profiles",
    Access.MEMBERS,
    body=InvoiceProfileForm,
    reply=InvoiceProfileReply,
    status=201,
)
def add_invoice_profile(call: Call) -> InvoiceProfileReply:
    """Add one of at most 20 (I04, I06)."""
    profile, parts = enterprises.new_invoice_profile(call.viewer.tenant, call.body.model_dump(), call.now)
    table.commit(*parts)
    return replies.invoice_profile(profile)


@routes.add("GET", "/agents", Access.ENTERPRISE, reply=Agents)
def agents(call: Call) -> Agents:
    """经办人管理: the list, masked (H06, H07)."""
    found = accounts.agents(call.viewer.tenant)
    return Agents(items=[replies.agent(each) for each in found], can_add=len(found) < MAX_AGENTS)


@routes.add("POST", "/agents", Access.ENTERPRISE, body=AgentForm, reply=AgentReply, status=201)
def add_agent(call: Call) -> AgentReply:
    """添加经办人 (H02, H03, H10, H15)."""
    form: AgentForm = call.body
    passwords.check(form.password, names=[form.username, call.viewer.display_name])
    agent = Agent(
        account=Account(
            id=AccountId(ids.new()),
            role=Role.AGENT,
            login=form.username,
            display_name=form.name,
            email=form.email,
            enterprise_id=call.viewer.tenant,
            scope=form.scope,
            created_at=call.now,
            password_hash=hashing.hash_password(form.password),
        ),
        name=form.name,
        id_number=form.id_number,
        phone=form.phone,
    )
    table.commit(*accounts.new_agent(agent))
    return replies.agent(agent)


@routes.add("GET", "/agents/{agent_id}", Access.ENTERPRISE, reply=AgentReply)
def agent(call: Call, agent_id: str) -> AgentReply:
    """One agent, masked."""
    return replies.agent(accounts.agent(call.viewer.tenant, agent_id))
