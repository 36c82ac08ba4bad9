"""经办人管理: the enterprise adds, changes, revokes, authorizes and deletes its agents (H01-H11, H15)."""

from pydantic import BaseModel

from chalicelib.handlers.accounts import agent_replies as replies
from chalicelib.handlers.accounts.agent_replies import AgentReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import accounts
from chalicelib.rules.base.limits import MAX_AGENTS
from chalicelib.rules.forms.accounts import AgentAuthorization, AgentChange, AgentForm, MailPreference
from chalicelib.rules.forms.form import Form
from chalicelib.usecases.accounts import agents

routes = Routes(__name__)

CREDENTIALS = frozenset({"username", "password", "email", "scope"})
"""Fields of an agent by which a stolen session could get lasting access; the mailbox recovers the password."""


class Agents(BaseModel):
    """All agents, including revoked ones, and whether another may be added (H10)."""

    items: list[AgentReply]
    next_cursor: str | None = None
    total: int
    can_add: bool


class AgentQuery(Form):
    """Whether the agent is shown in clear."""

    reveal: bool = False


@routes.add("GET", "/agents", Access.ENTERPRISE, reply=Agents)
def listed(call: Call) -> Agents:
    """List the agents, masked (H06, H07), including revoked ones."""
    found = accounts.agents(call.viewer.tenant)
    return Agents(items=[replies.agent(agent) for agent in found], total=len(found), can_add=len(found) < MAX_AGENTS)


@routes.add(
    "POST", "/agents", Access.ENTERPRISE, body=AgentForm, reply=AgentReply, status=201, idempotent=True, proven=True
)
def add(call: Call) -> AgentReply:
    """添加经办人 (H02, H03, H10, H15)."""
    return replies.agent(agents.add(call.act, call.body, call.remember(replies.agent)))


@routes.add("GET", "/agents/{agent_id}", Access.ENTERPRISE, query=AgentQuery, reply=AgentReply)
def one(call: Call, agent_id: str) -> AgentReply:
    """Show one agent: masked (H07), or in clear for 编辑经办人, which the audit says once an hour."""
    if call.query.reveal:
        return replies.agent(agents.reveal(call.act, agent_id), clear=True)
    return replies.agent(accounts.agent(call.viewer.tenant, agent_id))


@routes.add("PATCH", "/agents/{agent_id}", Access.ENTERPRISE, body=AgentChange, reply=AgentReply)
def change(call: Call, agent_id: str) -> AgentReply:
    """编辑经办人: change the fields that the body names; how the agent signs in and what it sees need a proof."""
    if CREDENTIALS & call.body.model_fields_set:
        call.check_proof()
    return replies.agent(agents.change(call.act, agent_id, call.body, call.expected_version))


@routes.add("PUT", "/agents/{agent_id}/authorization", Access.ENTERPRISE, body=AgentAuthorization, reply=AgentReply)
def authorize(call: Call, agent_id: str) -> AgentReply:
    """授权, which needs a proof, and 取消授权 (H08), which ends the agent's sessions; 授权 does not restore them."""
    if call.body.authorized:
        call.check_proof()
    return replies.agent(agents.authorize(call.act, agent_id, authorized=call.body.authorized))


@routes.add("PUT", "/agents/{agent_id}/mail-preference", Access.ENTERPRISE, body=MailPreference, reply=AgentReply)
def set_mail_preference(call: Call, agent_id: str) -> AgentReply:
    """是否接收邮件 of an agent, changed by the enterprise (H09)."""
    return replies.agent(agents.change_mail_preference(call.act, agent_id, receives_mail=call.body.receives_mail))


@routes.add("DELETE", "/agents/{agent_id}", Access.ENTERPRISE, status=204, proven=True)
def delete(call: Call, agent_id: str) -> None:
    """删除经办人: delete the agent and its drafts; its applications remain under its name."""
    agents.delete(call.act, agent_id)
