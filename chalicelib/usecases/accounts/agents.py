"""经办人管理: the enterprise manages its agents (H01-H11, H15; docs/domain.md 3.2, 5.7)."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import accounts, audit, login_throttle, quotas, reveals, suppressions
from chalicelib.repos.accounts.passwords import check_password
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.notices import messages
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account, Agent
from chalicelib.rules.accounts.acts import Act, Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.quotas import REVEALS, TAKEN_NAMES
from chalicelib.rules.base.errors import AlreadyExists, ContentChanged
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, Role
from chalicelib.rules.forms.accounts import AgentChange, AgentForm
from chalicelib.usecases.accounts.security_notices import owner_notified
from chalicelib.usecases.drafts import endings
from chalicelib.usecases.remember import Remember, nothing

AUDITED = ("scope", "receives_mail", "authorized")
"""Attributes whose values the audit shows; of other attributes it shows only the names."""

REVEALED = ("id_number", "phone", "email", "username")
"""The masked attributes, as the audit names them."""


def add(act: Act, form: AgentForm, remember: Remember[Agent] = nothing) -> Agent:
    """添加经办人 (H02, H03, H15).

    Raises:
        Invalid: the password is refused.
        AlreadyExists: another agent has the user name; it is counted, because it tells that there is such an agent.
        LimitReached: the enterprise has 20 agents (H10).
        QuotaUsedUp: the enterprise has tried too many taken names today.
    """
    known = [form.username, act.actor.display_name, form.name, form.email, form.phone]
    check_password(form.password, names=known)
    agent = new_agent(act.tenant, form, act.at)
    entry = audit.entry_added(
        act.tenant, act.origin, AuditAction.AGENT_ADDED, agent.account.id, after={"scope": form.scope}
    )
    with _taken_names_counted(act) as checked:
        table.commit(*checked, *remember(agent), *accounts.agent_created(agent), entry)
    return agent


@contextlib.contextmanager
def _taken_names_counted(act: Act) -> Iterator[list[Write]]:
    """Count a user name that another agent has: the refusal tells that there is such an agent.

    Yields:
        The writes that refuse the transaction if the account has tried too many such names today.
    """
    try:
        yield [quotas.quota_checked(act.actor.id, TAKEN_NAMES, act.at)]
    except AlreadyExists:
        table.commit(quotas.quota_used(act.actor.id, TAKEN_NAMES, act.at))
        raise


def new_agent(enterprise_id: EnterpriseId, form: AgentForm, now: datetime) -> Agent:
    """A new agent of an enterprise; nothing is written."""
    account = Account(
        id=AccountId(ids.new()),
        role=Role.AGENT,
        login=form.username,
        display_name=form.name,
        email=form.email,
        mail_status=suppressions.status_of(form.email),
        mailbox_confirmed=False,
        enterprise_id=enterprise_id,
        scope=form.scope,
        created_at=now,
        password_hash=password_hashing.hash_password(form.password),
        password_set_at=now,
    )
    return Agent(account, name=form.name, id_number=form.id_number, phone=form.phone)


def open_agent(agent: Agent, origin: Origin) -> None:
    """Store a new agent for whom nobody has signed in, such as one of the demo data.

    Raises:
        AlreadyExists: another agent has the user name.
        LimitReached: the enterprise has 20 agents (H10).
    """
    account = agent.account
    entry = audit.entry_added(
        account.tenant, origin, AuditAction.AGENT_ADDED, account.id, after={"scope": account.scope}
    )
    table.commit(*accounts.agent_created(agent), entry)


def change(act: Act, agent_id: str, form: AgentChange, expected_version: int | None = None) -> Agent:
    """编辑经办人 (H01, H15): change the attributes that the form names; a new password ends the agent's sessions.

    Args:
        act: the enterprise's own account.
        agent_id: which agent.
        form: the changes.
        expected_version: the version that the change was made on; None accepts any.

    Raises:
        NotFound: the enterprise has no such agent.
        ContentChanged: the agent has another version.
        Invalid: the password is refused.
        AlreadyExists: another agent has the user name; it is counted as for a new agent.
        QuotaUsedUp: the enterprise has tried too many taken names today.
    """
    agent = accounts.agent(act.tenant, agent_id)
    if expected_version is not None and expected_version != agent.account.version:
        raise ContentChanged
    changes = form.model_dump(exclude_unset=True)
    renamed = accounts.login_renamed(agent.account, changes["username"]) if "username" in changes else []
    writes = list(renamed)
    if "password" in changes:
        current = {
            "username": agent.account.login,
            "name": agent.name,
            "email": agent.account.email,
            "phone": agent.phone,
        }
        known = [changes.get(name, value) for name, value in current.items()]
        check_password(changes["password"], names=[*known, act.actor.display_name])
        writes += _agent_messaged(act, agent, "agent_password_set")
        writes += login_throttle.failures_cleared(Role.AGENT, changes.get("username", agent.account.login), "", act.at)
    if changes.get("scope", agent.account.scope) != agent.account.scope:
        writes += _agent_messaged(act, agent, "scope_changed", scope=changes["scope"])
    assign = _attributes(agent.account, changes, act.at)
    if changes.get("email", agent.account.email).casefold() != agent.account.email.casefold():
        assign["mailbox_confirmed"] = False
        if agent.account.mailbox_confirmed:
            writes.append(owner_notified("agent_email_changed_notice", agent.account, act.at, act.request_id))
    if renamed:
        with _taken_names_counted(act) as checked:
            return _change(act, agent, _Change(AuditAction.AGENT_CHANGED, assign, sorted(changes), checked + writes))
    return _change(act, agent, _Change(AuditAction.AGENT_CHANGED, assign, sorted(changes), writes))


def reveal(act: Act, agent_id: str) -> Agent:
    """An agent to be shown in clear to its enterprise, which edits it; the audit says who looked.

    Looking again within an hour writes and counts nothing.

    Raises:
        NotFound: the enterprise has no such agent.
        QuotaUsedUp: the account has revealed too much today.
    """
    agent = accounts.agent(act.tenant, agent_id)
    after = {"fields": list(REVEALED)}
    with contextlib.suppress(reveals.AlreadyRecorded):
        table.commit(
            reveals.reveal_noted(act.actor.id, agent.account.id, REVEALED, act.at),
            quotas.quota_used(act.actor.id, REVEALS, act.at),
            audit.entry_added(act.tenant, act.origin, AuditAction.AGENT_REVEALED, agent.account.id, after=after),
        )
    return agent


def authorize(act: Act, agent_id: str, *, authorized: bool) -> Agent:
    """授权 and 取消授权 (H08): 取消授权 ends all sessions of the agent; 授权 does not restore them.

    Raises:
        NotFound: the enterprise has no such agent.
    """
    agent = accounts.agent(act.tenant, agent_id)
    assign: dict[str, Any] = {"authorized": authorized}
    if not authorized:
        assign |= accounts.ended_session_attributes(agent.account)
    action = AuditAction.AGENT_AUTHORIZED if authorized else AuditAction.AGENT_REVOKED
    return _change(act, agent, _Change(action, assign, ["authorized"], _agent_messaged(act, agent, action)))


def change_mail_preference(act: Act, agent_id: str, *, receives_mail: bool) -> Agent:
    """是否接收邮件 of an agent, changed by its enterprise (H09).

    Raises:
        NotFound: the enterprise has no such agent.
    """
    agent = accounts.agent(act.tenant, agent_id)
    writes = _agent_messaged(act, agent, "mail_switched_on" if receives_mail else "mail_switched_off")
    assign = {"receives_mail": receives_mail}
    return _change(act, agent, _Change(AuditAction.MAIL_PREFERENCE_CHANGED, assign, ["receives_mail"], writes))


def delete(act: Act, agent_id: str) -> None:
    """删除经办人: delete an agent and its drafts; its applications remain under its name.

    Raises:
        NotFound: the enterprise has no such agent.
    """
    agent = accounts.agent(act.tenant, agent_id)
    entry = audit.entry_added(act.tenant, act.origin, AuditAction.AGENT_DELETED, agent_id)
    endings.of_deleted_account(agent.account.id, act.tenant, [*accounts.agent_deleted(agent), entry], act.at)


@dataclass(frozen=True)
class _Change:
    """What changes of an agent: the audited action, attributes to assign, names to audit, and further writes."""

    action: AuditAction
    assign: Mapping[str, Any] = field(repr=False)
    named: Sequence[str]
    writes: Sequence[Write] = field(repr=False)


def _change(act: Act, agent: Agent, change: _Change) -> Agent:
    """Write a change with its audit entry.

    Returns:
        The agent as it is then.
    """
    audited = [name for name in AUDITED if name in change.assign]
    before = {name: getattr(agent.account, name) for name in audited}
    after = {name: change.assign[name] for name in audited} | {"fields": list(change.named)}
    table.commit(
        accounts.account_changed(agent.account, **change.assign),
        *change.writes,
        audit.entry_added(act.tenant, act.origin, change.action, agent.account.id, before=before, after=after),
    )
    return accounts.agent(act.tenant, agent.account.id)


def _attributes(account: Account, changes: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The attributes of the account that a form's changes assign."""
    assign = {name: value for name, value in changes.items() if name not in ("username", "password")}
    if "name" in changes:
        assign["display_name"] = changes["name"]
    if "email" in changes:
        assign["mail_status"] = suppressions.status_of(changes["email"])
    if "username" in changes:
        assign["login"] = changes["username"]
    if "password" in changes:
        assign |= accounts.password_attributes(account, password_hashing.hash_password(changes["password"]), now)
    return assign


def _agent_messaged(act: Act, agent: Agent, kind: str, **values: str) -> list[Write]:
    """Add a message to the agent about what its enterprise did."""
    return messages.account_messaged(kind, agent.account, act.actor.id, act.at, **values)
