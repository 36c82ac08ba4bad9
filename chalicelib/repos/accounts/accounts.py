"""Accounts of enterprises, agents and officers.

An account is stored in the partition of its enterprise, so that one query returns every account of an enterprise;
officers have a partition of their own. The login name is a unique claim (`repos/accounts/claims.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import claims, suppressions
from chalicelib.repos.accounts.claims import UniqueClaim
from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.schemas import Schema
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import former_addresses
from chalicelib.rules.accounts.accounts import Account, Agent
from chalicelib.rules.accounts.login_targets import LoginTarget
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import (
    ContentChanged,
    FieldError,
    LimitReached,
    NotFound,
    Unauthenticated,
)
from chalicelib.rules.base.limits import MAX_AGENTS
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, MailStatus, OfficeCode, Role, Scope

OFFICERS = "OFFICERS"
"""Partition owner of the officers' accounts; for other accounts it is the id of their enterprise."""


def _with_mailbox(item: table.Item) -> table.Item:
    """Version 2 knows whether the mailbox is confirmed: nobody has asked the agents of before (decision 0067)."""
    return item | {"mailbox_confirmed": item["role"] != Role.AGENT}


ACCOUNT = Schema(2, {1: _with_mailbox})
"""The stored form of accounts."""

PRIVATE = ("display_name", "name", "email", "login", "id_number", "phone", "former_addresses")
"""Attributes with personal data; they are stored encrypted."""


def partition_owner_of(account: Account) -> str:
    """Owner of the partition in which an account is stored: an enterprise's id or `OFFICERS`."""
    return account.enterprise_id or OFFICERS


def account_key(partition_owner: str, account_id: str) -> table.Key:
    """Primary key of an account."""
    return f"ENT#{partition_owner}", f"ACCOUNT#{account_id}"


def claim_of(account: Account) -> UniqueClaim:
    """The account's claim on its login name."""
    return UniqueClaim(account.role, account.login, partition_owner_of(account), account.id)


# Reading


def get(partition_owner: str, account_id: str) -> Account | None:
    """The account, or None."""
    item = table.get(account_key(partition_owner, account_id))
    return from_item(item) if item else None


def of_keys(keys: Iterable[table.Key]) -> dict[table.Key, Account]:
    """The accounts of up to 100 primary keys; missing ones are left out."""
    return {key: from_item(item) for key, item in table.get_many(keys).items()}


def accounts_of(enterprise_id: EnterpriseId) -> list[Account]:
    """The enterprise's own account and all its agents, including revoked ones."""
    return [from_item(item) for item in table.query_all(f"ENT#{enterprise_id}", prefix="ACCOUNT#")]


def officers() -> list[Account]:
    """Every officer, including disabled ones."""
    return [from_item(item) for item in table.query_all(f"ENT#{OFFICERS}", prefix="ACCOUNT#")]


def find_login_target(kind: str, name: str) -> LoginTarget | None:
    """Where a login name (kind: a role) or a USCC (kind: `claims.USCC`) leads; None if nobody has it."""
    return claims.to_login_target(table.get(claims.claim_key(kind, name)))


def find(target: LoginTarget | None) -> Account | None:
    """The account that a login target leads to; None without a target or account."""
    return get(target.partition_owner, target.account_id) if target else None


def agents(enterprise_id: EnterpriseId) -> list[Agent]:
    """经办人 of the enterprise, oldest first, including revoked ones."""
    _, agents = own_and_agents(enterprise_id)
    return agents


def own_and_agents(enterprise_id: EnterpriseId) -> tuple[Account | None, list[Agent]]:
    """The enterprise's own account, None if there is no such enterprise, and its agents as `agents` has them."""
    items = table.query_all(f"ENT#{enterprise_id}", prefix="ACCOUNT#")
    own = next((from_item(item) for item in items if item["role"] == Role.ENTERPRISE), None)
    found = [_agent(item) for item in items if item["role"] == Role.AGENT]
    return own, sorted(found, key=lambda agent: (str(agent.account.created_at), agent.account.id))


def own_account(enterprise_id: EnterpriseId) -> Account:
    """The enterprise's own account, which has the id of the enterprise.

    Raises:
        NotFound: there is no such enterprise.
    """
    account = get(enterprise_id, enterprise_id)
    if account is None:
        raise NotFound
    return account


def agent(enterprise_id: EnterpriseId, account_id: str) -> Agent:
    """One agent of the enterprise.

    Raises:
        NotFound: the enterprise has no such agent.
    """
    item = table.get(account_key(enterprise_id, account_id))
    if item is None or item["role"] != Role.AGENT:
        raise NotFound
    return _agent(item)


# Writes of a transaction


def account_created(account: Account, extra: Mapping[str, str] | None = None) -> list[Write]:
    """Create an account and claim its login name.

    The transaction raises `AlreadyExists` if the name is taken.

    Args:
        account: the new account.
        extra: further attributes to store, such as those of an agent.
    """
    primary_key = account_key(partition_owner_of(account), account.id)
    own = {"display_name": account.display_name, "login": account.login, "email": account.email}
    item = {
        "pk": primary_key[0],
        "sk": primary_key[1],
        "kind": "account",
        "schema": ACCOUNT.current,
        "id": account.id,
        "role": account.role,
        "enterprise_id": account.enterprise_id,
        "office": account.office,
        "scope": account.scope,
        "receives_mail": account.receives_mail,
        **_mail(account.email, account.mail_status),
        "mailbox_confirmed": account.mailbox_confirmed,
        "authorized": account.authorized,
        "version": account.version,
        "created_at": rfc3339(account.created_at) if account.created_at else None,
        "password_hash": account.password_hash,
        "password_set_at": rfc3339(account.password_set_at) if account.password_set_at else None,
        **sealing.seal_fields({**own, **(extra or {})}, PRIVATE, "#".join(primary_key)),
    }
    field = "email" if account.role is Role.ENTERPRISE else "username"
    return [
        table.put(item),
        claims.claimed(claim_of(account), _taken(field)),
    ]


def agent_created(agent: Agent) -> list[Write]:
    """Count an agent, create it and claim its login name.

    The transaction raises `LimitReached` if the enterprise has 20 agents (H10), whether or not the name is taken: an
    enterprise that can add nobody does not learn which names exist.
    """
    return [
        table.change(
            (f"ENT#{agent.account.tenant}", "PROFILE"),
            add={"agents": 1},
            condition="attribute_not_exists(#agents) OR #agents < :most",
            values={"most": MAX_AGENTS},
            refusal=lambda _: LimitReached(),
        ),
        *account_created(agent.account, {"id_number": agent.id_number, "phone": agent.phone, "name": agent.name}),
    ]


def existence_checked(account: Account) -> Write:
    """Require that the account was not deleted since it authenticated; the transaction raises `Unauthenticated`."""
    return table.check(
        account_key(partition_owner_of(account), account.id), {"id": account.id}, lambda _: Unauthenticated()
    )


def _taken(field: str) -> FieldError:
    return FieldError(field, "TAKEN")


def account_changed(account: Account, **assign: Any) -> Write:
    """Change attributes of an account, provided that it is unchanged since it was read.

    The transaction raises `ContentChanged` if it was changed and `NotFound` if it was deleted. The values are given in
    clear; with `email`, the `mail_status` of the new address must be given. The item is of the current form then.
    """
    primary_key = account_key(partition_owner_of(account), account.id)
    if "email" in assign:
        assign |= _mail(assign["email"], assign["mail_status"])
    form = {"schema": ACCOUNT.current, "mailbox_confirmed": account.mailbox_confirmed, "version": account.version + 1}
    return table.change(
        primary_key,
        assign=form | sealing.seal_fields(assign, PRIVATE, "#".join(primary_key)),
        condition="#version = :seen",
        values={"seen": account.version},
        refusal=lambda old: ContentChanged() if old else NotFound(),
    )


def login_renamed(account: Account, login: str, field: str = "username") -> list[Write]:
    """Release the account's login name and claim another; `account_changed` must store the new name.

    The transaction raises `AlreadyExists` on `field` if the new name is taken. No writes if only letter case changes.
    """
    if login.casefold() == account.login.casefold():
        return []
    return [
        claims.claim_released(claim_of(account)),
        claims.claimed(claim_of(replace(account, login=login)), _taken(field)),
    ]


def password_attributes(account: Account, password_hash: str, now: datetime, kept_session: str = "") -> dict[str, Any]:
    """Attributes to assign for a new password; they end every session except `kept_session` (a session id)."""
    return {
        "password_hash": password_hash,
        "password_set_at": rfc3339(now),
        **ended_session_attributes(account, kept_session),
    }


def ended_session_attributes(account: Account, kept_session: str = "") -> dict[str, Any]:
    """Attributes to assign in order to end all sessions of an account except `kept_session`, in one write."""
    return {"session_epoch": account.session_epoch + 1, "kept_session": kept_session}


def agent_deleted(agent: Agent) -> list[Write]:
    """Delete an agent, release its login name and reduce the number of agents.

    The transaction raises `ContentChanged` if the agent was changed since it was read, `NotFound` if it was deleted.
    """
    account = agent.account
    return [
        table.delete(
            account_key(account.tenant, account.id),
            {"version": account.version},
            lambda old: ContentChanged() if old else NotFound(),
        ),
        claims.claim_released(claim_of(account)),
        table.change((f"ENT#{account.tenant}", "PROFILE"), add={"agents": -1}),
    ]


# Items


def from_item(item: table.Item) -> Account:
    """The account of an item.

    Raises:
        NewerSchema: a newer version of the portal wrote it.
    """
    item = ACCOUNT.upgraded(item)
    clear = _clear(item)
    return Account(
        id=AccountId(item["id"]),
        role=Role(item["role"]),
        login=clear["login"],
        display_name=clear["display_name"],
        email=clear["email"],
        enterprise_id=EnterpriseId(item["enterprise_id"]) if "enterprise_id" in item else None,
        office=OfficeCode(item["office"]) if "office" in item else None,
        scope=Scope(item["scope"]),
        receives_mail=item["receives_mail"],
        mail_status=MailStatus(item.get("mail_status", MailStatus.OK)),
        mailbox_confirmed=item["mailbox_confirmed"],
        authorized=item["authorized"],
        version=item["version"],
        created_at=_time(item, "created_at"),
        password_hash=item["password_hash"],
        password_set_at=_time(item, "password_set_at"),
        has_second_factor=item.get("has_second_factor", False),
        passkeys=item.get("passkeys", 0),
        passkey_epoch=item.get("passkey_epoch", 0),
        session_epoch=item.get("session_epoch", 0),
        kept_session=item.get("kept_session", ""),
        former_addresses=former_addresses.from_text(clear.get("former_addresses", "[]")),
        messages_read_at=_time(item, "messages_read_at"),
    )


def _mail(address: str, status: MailStatus) -> dict[str, str | None]:
    """Index key by which feedback of the mail provider finds the account, and the status of the address."""
    return {
        "queue_pk": suppressions.partition(address),
        "queue_sk": "ACCOUNT",
        "mail_status": None if status is MailStatus.OK else status,
    }


def _time(item: table.Item, name: str) -> datetime | None:
    return parse_time(item[name]) if name in item else None


def _agent(item: table.Item) -> Agent:
    clear = _clear(item)
    return Agent(from_item(item), name=clear["name"], id_number=clear["id_number"], phone=clear["phone"])


def _clear(item: table.Item) -> dict[str, str]:
    stored = {name: item[name] for name in PRIVATE if name in item}
    return sealing.unseal_fields(stored, f"{item['pk']}#{item['sk']}")
