"""草稿: how long they live and what their list shows (F03-F10)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.forms.content import DraftContent, DraftPerson

SCHEMA = 2
"""Version of the stored content. A change of its shape gets the next one, and its step into `MIGRATIONS`."""


@dataclass(frozen=True)
class Draft:
    """One account's unfinished 新办/续办 application."""

    id: str
    account_id: AccountId
    saved_at: datetime
    version: int
    content: Mapping[str, Any] = field(repr=False)
    enterprise_id: EnterpriseId | None = None
    """Whose uploads it names; drafts of the first schema do not know."""
    readable: bool = True
    """False for a draft that a newer version of the portal saved: it is listed and purged, but left as it is."""

    @property
    def purge_at(self) -> datetime:
        """When it is destroyed: 180 x 24 h after the last save (F04)."""
        return purge_at(self.saved_at)


def _with_every_field(content: Mapping[str, Any]) -> dict[str, Any]:
    """From 1: what a first draft did not know yet is there and not filled in."""
    persons = [_empty(DraftPerson) | person for person in content.get("persons") or []]
    known = {**content, "attachments": content.get("attachments") or [], "persons": persons}
    return _empty(DraftContent) | known


def _empty(form: type[DraftContent] | type[DraftPerson]) -> dict[str, Any]:
    return form().model_dump()


MIGRATIONS: Mapping[int, Callable[[Mapping[str, Any]], dict[str, Any]]] = {1: _with_every_field}
"""From each earlier version of the content to the next one."""


def upgraded(content: Mapping[str, Any], schema: int) -> Mapping[str, Any]:
    """The content of an older schema as it is written today.

    Raises:
        Unavailable: a newer version of the portal saved it (a deployment was taken back): it must not be touched.

    """
    if schema > SCHEMA:
        raise Unavailable
    for version in range(schema, SCHEMA):
        content = MIGRATIONS[version](content)
    return content


def upload_ids(content: Mapping[str, Any]) -> list[str]:
    """Every attachment that a draft names, whatever else is missing."""
    holders = [content, *(content.get("persons") or [])]
    return [each for holder in holders for each in holder.get("attachments") or []]


def remind_at(saved_at: datetime) -> datetime:
    """When the owner of a draft saved at this moment is told that it will be destroyed."""
    return purge_at(saved_at) - limits.REMIND_DRAFT


def purge_at(saved_at: datetime) -> datetime:
    """When a draft saved at this moment is destroyed."""
    return saved_at + limits.DRAFT_LIFE


def last_saved_of_due(now: datetime) -> datetime:
    """Drafts saved at this moment or earlier are due now."""
    return now - limits.DRAFT_LIFE


def is_alive(draft: Draft, now: datetime) -> bool:
    """Whether it can still be seen: a draft past its date is gone at once, purged or not."""
    return now < draft.purge_at


def members(content: Mapping[str, Any]) -> list[str]:
    """团组成员: the names given so far."""
    return [person["name"] for person in content.get("persons") or [] if person.get("name")]


def matches(draft: Draft, group_name: str | None, contact: str | None, member: str | None) -> bool:
    """The list's filters, each a part of the text in any letter case (F06)."""

    def part(wanted: str | None, *texts: str | None) -> bool:
        return not wanted or any(wanted.casefold() in text.casefold() for text in texts if text)

    content = draft.content
    return (
        part(group_name, content.get("group_name"))
        and part(contact, content.get("contact"))
        and part(member, *members(content))
    )
