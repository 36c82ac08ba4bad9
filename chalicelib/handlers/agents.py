"""经办人管理 (H01-H11, H15): add, edit, revoke, authorise again, delete; at most 20."""

from typing import Any

from chalicelib.handlers import account_replies as replies
from chalicelib.handlers.account_replies import AgentReply, Agents
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import accounts, audit, suppressions
from chalicelib.repos.accounts.passwords import check_password
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.notices import messages
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account, Agent
from chalicelib.rules.base.errors import ContentChanged
from chalicelib.rules.base.limits import MAX_AGENTS
from chalicelib.rules.base.vocabulary import AccountId, Role
from chalicelib.rules.forms.accounts import AgentAuthorization, AgentChange, AgentForm, MailPreference
from chalicelib.usecases.drafts import endings

routes = Routes(__name__)

SHOWN = ("scope", "receives_mail", "authorized")
"""What the audit may show of an agent; of everything else only that it changed."""


@routes.add("GET", "/agents", Access.ENTERPRISE, reply=Agents)
def listed(call: Call) -> Agents:
    """The list, masked (H06, H07), revoked ones too."""
    found = accounts.agents(call.viewer.tenant)
    return Agents(items=[replies.agent(each) for each in found], can_add=len(found) < MAX_AGENTS)


@routes.add("POST", "/agents", Access.ENTERPRISE, body=AgentForm, reply=AgentReply, status=201, idempotent=True)
def add(call: Call) -> AgentReply:
    """添加经办人 (H02, H03, H10, H15)."""
    form: AgentForm = call.body
    check_password(form.password, names=[form.username, call.viewer.display_name])
    account = Account(
        id=AccountId(ids.new()),
        role=Role.AGENT,
        login=form.username,
        display_name=form.name,
        email=form.email,
        mail_status=suppressions.status_of(form.email),
        enterprise_id=call.viewer.tenant,
        scope=form.scope,
        created_at=call.now,
        password_hash=password_hashing.hash_password(form.password),
        password_set_at=call.now,
    )
    agent = Agent(account, name=form.name, id_number=form.id_number, phone=form.phone)
    reply = replies.agent(agent)
    table.commit(
        *call.remember(replies.agent)(agent),
        *accounts.agent_created(agent),
        audit.entry_added(call.viewer.tenant, call.origin, "agent_added", account.id, after={"scope": form.scope}),
    )
    return reply


@routes.add("GET", "/agents/{agent_id}", Access.ENTERPRISE, reply=AgentReply)
def one(call: Call, agent_id: str) -> AgentReply:
    """One agent, masked."""
    return replies.agent(accounts.agent(call.viewer.tenant, agent_id))


@routes.add("PATCH", "/agents/{agent_id}", Access.ENTERPRISE, body=AgentChange, reply=AgentReply)
def change(call: Call, agent_id: str) -> AgentReply:
    """编辑经办人: only what is named; a new password ends the agent's sessions."""
    agent = accounts.agent(call.viewer.tenant, agent_id)
    if "if-match" in call.headers and call.if_match != agent.account.version:
        raise ContentChanged
    changes = call.body.model_dump(exclude_unset=True)
    writes = []
    assign = {name: value for name, value in changes.items() if name not in ("username", "password")}
    if "name" in assign:
        assign["display_name"] = assign["name"]
    if "email" in changes:
        assign["mail_status"] = suppressions.status_of(changes["email"])
    if "username" in changes:
        assign["login"] = changes["username"]
        writes += accounts.login_renamed(agent.account, changes["username"])
    if "password" in changes:
        names = [changes.get("username", agent.account.login), call.viewer.display_name]
        check_password(changes["password"], names=names)
        new_hash = password_hashing.hash_password(changes["password"])
        assign |= accounts.password_attributes(agent.account, new_hash, call.now)
        writes += _told(call, agent, "agent_password_set")
    if changes.get("scope", agent.account.scope) != agent.account.scope:
        writes += _told(call, agent, "scope_changed", scope=changes["scope"])
    return _changed(call, agent, "agent_changed", assign, sorted(changes), writes)


@routes.add("PUT", "/agents/{agent_id}/authorization", Access.ENTERPRISE, body=AgentAuthorization, reply=AgentReply)
def authorize(call: Call, agent_id: str) -> AgentReply:
    """取消授权: the agent's sessions end at once, and stay dead after 授权 (H08)."""
    agent = accounts.agent(call.viewer.tenant, agent_id)
    authorized = call.body.authorized
    assign: dict[str, Any] = {"authorized": authorized}
    if not authorized:
        assign |= accounts.ended_session_attributes(agent.account)
    action = "agent_authorized" if authorized else "agent_revoked"
    return _changed(call, agent, action, assign, ["authorized"], _told(call, agent, action))


@routes.add("PUT", "/agents/{agent_id}/mail-preference", Access.ENTERPRISE, body=MailPreference, reply=AgentReply)
def set_mail_preference(call: Call, agent_id: str) -> AgentReply:
    """是否接收邮件 of an agent, set by the enterprise (H09)."""
    agent = accounts.agent(call.viewer.tenant, agent_id)
    assign = {"receives_mail": call.body.receives_mail}
    told = _told(call, agent, "mail_switched_on" if call.body.receives_mail else "mail_switched_off")
    return _changed(call, agent, "mail_preference_changed", assign, ["receives_mail"], told)


@routes.add("DELETE", "/agents/{agent_id}", Access.ENTERPRISE, status=204)
def delete(call: Call, agent_id: str) -> None:
    """删除经办人: its drafts go with it, its applications stay with its name on them."""
    tenant = call.viewer.tenant
    agent = accounts.agent(tenant, agent_id)
    act = [*accounts.agent_deleted(agent), audit.entry_added(tenant, call.origin, "agent_deleted", agent_id)]
    endings.of_deleted_account(agent.account.id, tenant, act, call.now)


def _told(call: Call, agent: Agent, kind: str, **values: str) -> list[Write]:
    """The message to the agent of what its enterprise did."""
    return messages.account_messaged(kind, agent.account, call.viewer.id, call.now, **values)


def _changed(
    call: Call, agent: Agent, action: str, assign: dict[str, Any], named: list[str], writes: Any = ()
) -> AgentReply:
    """Write a change with its audit entry, and show the agent as it is then."""
    before = {name: getattr(agent.account, name) for name in SHOWN if name in assign}
    after = {name: assign[name] for name in SHOWN if name in assign} | {"fields": named}
    table.commit(
        accounts.account_changed(agent.account, **assign),
        *writes,
        audit.entry_added(call.viewer.tenant, call.origin, action, agent.account.id, before=before, after=after),
    )
    return replies.agent(accounts.agent(call.viewer.tenant, agent.account.id))
