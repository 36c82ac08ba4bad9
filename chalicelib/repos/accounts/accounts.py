"""Accounts and the names they sign in with.

An account lies with its enterprise (officers: with the offices), so that one read gives everybody of an enterprise.
A login name is a guard item of its own whose key is a digest: it makes names unique and points to the account.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import suppressions
from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account, Agent
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import (
    AlreadyExists,
    ContentChanged,
    FieldError,
    LimitReached,
    NotFound,
    Unauthenticated,
)
from chalicelib.rules.base.limits import MAX_AGENTS
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, MailStatus, OfficeCode, Role, Scope

OFFICERS = "OFFICERS"
"""Realm of the officers' accounts; the partition owner of the others is their enterprise's id."""

PRIVATE = ("display_name", "name", "email", "login", "id_number", "phone")
"""What of an account is somebody's own: sealed."""


@dataclass(frozen=True)
class LoginTarget:
    """Where a login name leads: an account, or an enterprise for its USCC."""

    partition_owner: str
    account_id: AccountId


NOBODY = LoginTarget("nobody", AccountId("nobody"))
"""Looked up when a name is unknown, so that known and unknown names cost the same."""


def partition_owner_of(account: Account) -> str:
    """The partition an account lies in, without its prefix."""
    return account.enterprise_id or OFFICERS


def account_key(partition_owner: str, account_id: str) -> table.Key:
    """Primary key of an account."""
    return f"ENT#{partition_owner}", f"ACCOUNT#{account_id}"


def login_key(kind: str, name: str, key: PortalKey | None = None) -> table.Key:
    """Primary key of the guard of a name; names are the same in any letter case."""
    return f"LOGIN#{kind}#{sealing.digest('login', name.casefold(), key)}", "LOGIN"


# Reading


def get(partition_owner: str, account_id: str) -> Account | None:
    """The account, or None."""
    item = table.get(account_key(partition_owner, account_id))
    return from_item(item) if item else None


def accounts_of(enterprise_id: EnterpriseId) -> list[Account]:
    """The enterprise's own account and all its agents, revoked ones too."""
    return [from_item(item) for item in table.query_all(f"ENT#{enterprise_id}", prefix="ACCOUNT#")]


def officers() -> list[Account]:
    """Every officer, disabled ones too."""
    return [from_item(item) for item in table.query_all(f"ENT#{OFFICERS}", prefix="ACCOUNT#")]


def find_login_target(kind: str, name: str) -> LoginTarget | None:
    """Where a login name leads, or None."""
    return login_target_from_item(table.get(login_key(kind, name)))


def login_target_from_item(item: table.Item | None) -> LoginTarget | None:
    """Where a login item leads."""
    return LoginTarget(item["partition_owner"], AccountId(item["account_id"])) if item else None


def agents(enterprise_id: EnterpriseId) -> list[Agent]:
    """经办人 of the enterprise, oldest first, revoked ones too."""
    items = table.query_all(f"ENT#{enterprise_id}", prefix="ACCOUNT#")
    found = [_agent(item) for item in items if item["role"] == Role.AGENT]
    return sorted(found, key=lambda agent: (str(agent.account.created_at), agent.account.id))


def agent(enterprise_id: EnterpriseId, account_id: str) -> Agent:
    """One agent of this enterprise, or `NotFound`."""
    item = table.get(account_key(enterprise_id, account_id))
    if item is None or item["role"] != Role.AGENT:
        raise NotFound
    return _agent(item)


# Writing, as parts of a transaction


def account_created(account: Account, extra: Mapping[str, str] | None = None) -> list[Write]:
    """The account and the guard of its login name; `AlreadyExists` if the name is taken."""
    at = account_key(partition_owner_of(account), account.id)
    own = {"display_name": account.display_name, "login": account.login, "email": account.email}
    item = {
        "pk": at[0],
        "sk": at[1],
        "kind": "account",
        "id": account.id,
        "role": account.role,
        "enterprise_id": account.enterprise_id,
        "office": account.office,
        "scope": account.scope,
        "receives_mail": account.receives_mail,
        **_mail(account.email, account.mail_status),
        "authorized": account.authorized,
        "version": account.version,
        "created_at": rfc3339(account.created_at) if account.created_at else None,
        "password_hash": account.password_hash,
        "password_set_at": rfc3339(account.password_set_at) if account.password_set_at else None,
        **sealing.seal_fields({**own, **(extra or {})}, PRIVATE, "#".join(at)),
    }
    field = "email" if account.role is Role.ENTERPRISE else "username"
    return [
        table.put(item),
        claimed(account.role, account.login, partition_owner_of(account), account.id, _taken(field)),
    ]


def agent_created(agent: Agent) -> list[Write]:
    """An agent, its login name, and its place among the 20 (H10)."""
    return [
        *account_created(agent.account, {"id_number": agent.id_number, "phone": agent.phone, "name": agent.name}),
        table.change(
            (f"ENT#{agent.account.tenant}", "PROFILE"),
            add={"agents": 1},
            condition="attribute_not_exists(#agents) OR #agents < :most",
            values={"most": MAX_AGENTS},
            refusal=lambda _: LimitReached(),
        ),
    ]


def existence_checked(account: Account) -> Write:
    """The account must not have been deleted since it authenticated: `Unauthenticated` if it was."""
    return table.check(
        account_key(partition_owner_of(account), account.id), {"id": account.id}, lambda _: Unauthenticated()
    )


def claimed(kind: str, name: str, partition_owner: str, account_id: str, taken: FieldError) -> Write:
    """Take a name for an account until it is given back; `AlreadyExists` with that error if somebody has it."""
    pk, sk = login_key(kind, name)
    item = {"pk": pk, "sk": sk, "partition_owner": partition_owner, "account_id": account_id}
    return table.put(item, only_new=lambda _: AlreadyExists([taken]))


def _taken(field: str) -> FieldError:
    return FieldError(field, "TAKEN")


def account_changed(account: Account, **assign: Any) -> Write:
    """Change attributes of an account, if nobody changed it since it was read; personal ones are sealed.

    Whoever changes `email` says what is known of the new address, as `mail_status`.

    `ContentChanged` if somebody did, `NotFound` if it was deleted.
    """
    at = account_key(partition_owner_of(account), account.id)
    if "email" in assign:
        assign |= _mail(assign["email"], assign["mail_status"])
    return table.change(
        at,
        assign={**sealing.seal_fields(assign, PRIVATE, "#".join(at)), "version": account.version + 1},
        condition="#version = :seen",
        values={"seen": account.version},
        refusal=lambda old: ContentChanged() if old else NotFound(),
    )


def login_renamed(account: Account, login: str, field: str = "username") -> list[Write]:
    """Give the old login name back and take another, with the account's own change left to the caller."""
    if login.casefold() == account.login.casefold():
        return []
    return [
        table.delete(login_key(account.role, account.login)),
        claimed(account.role, login, partition_owner_of(account), account.id, _taken(field)),
    ]


def password_attributes(account: Account, password_hash: str, now: datetime, kept_session: str = "") -> dict[str, Any]:
    """What a new password changes: every session but the kept one is dead from now on."""
    return {
        "password_hash": password_hash,
        "password_set_at": rfc3339(now),
        **ended_session_attributes(account, kept_session),
    }


def ended_session_attributes(account: Account, kept_session: str = "") -> dict[str, Any]:
    """What ends an account's sessions at once, in one write, however many there are."""
    return {"session_epoch": account.session_epoch + 1, "kept_session": kept_session}


def with_email(account: Account, email: str, status: MailStatus) -> Account:
    """The account after its e-mail address, which is its login name, has changed."""
    return replace(account, login=email, email=email, mail_status=status, version=account.version + 1)


def with_mail(account: Account, *, receives: bool) -> Account:
    """The account after its mail switch has changed."""
    return replace(account, receives_mail=receives, version=account.version + 1)


def agent_deleted(agent: Agent) -> list[Write]:
    """An agent gone, with its login name and its place among the 20."""
    account = agent.account
    return [
        table.delete(
            account_key(account.tenant, account.id),
            {"version": account.version},
            lambda old: ContentChanged() if old else NotFound(),
        ),
        table.delete(login_key(account.role, account.login)),
        table.change((f"ENT#{account.tenant}", "PROFILE"), add={"agents": -1}),
    ]


# Items


def from_item(item: table.Item) -> Account:
    """The account of an item."""
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
        authorized=item["authorized"],
        version=item["version"],
        created_at=_time(item, "created_at"),
        password_hash=item["password_hash"],
        password_set_at=_time(item, "password_set_at"),
        session_epoch=item.get("session_epoch", 0),
        kept_session=item.get("kept_session", ""),
        messages_read_at=_time(item, "messages_read_at"),
    )


def _mail(address: str, status: MailStatus) -> dict[str, str | None]:
    """What feedback of the mail provider finds the account by, and what is known of the address so far."""
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
    kept = {name: item[name] for name in PRIVATE if name in item}
    return sealing.unseal_fields(kept, f"{item['pk']}#{item['sk']}")
