"""草稿: stored schema and list filters (F03-F10; docs/domain.md 9); `lifetime` has how long a draft is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.drafts import lifetime
from chalicelib.rules.forms.content import DraftContent, DraftPerson
from chalicelib.rules.values import names

SCHEMA = 2
"""Version of the stored content. A change of its shape needs the next number and a step in `MIGRATIONS`."""


@dataclass(frozen=True)
class Draft:
    """One account's unfinished 新办/续办 application."""

    id: str
    account_id: AccountId
    saved_at: datetime
    version: int
    content: Mapping[str, Any] = field(repr=False)
    enterprise_id: EnterpriseId | None = None
    """The owner of its uploads; None in drafts of the first schema."""
    readable: bool = True
    """False if a newer version of the portal saved it: it is listed and purged, but not read or changed."""
    listed: bool = True
    """Whether the counters of its account have the time of its save; False if version 0.1.0 saved it."""

    @property
    def purge_at(self) -> datetime:
        """The moment of its purge: 180 x 24 hours after the last save (F04)."""
        return lifetime.purge_at(self.saved_at)


def _with_every_field(content: Mapping[str, Any]) -> dict[str, Any]:
    """From 1 to 2: add the fields that version 1 did not have, empty."""
    persons = [_empty(DraftPerson) | person for person in content.get("persons") or []]
    known = {**content, "attachments": content.get("attachments") or [], "persons": persons}
    return _empty(DraftContent) | known


def _empty(form: type[DraftContent] | type[DraftPerson]) -> dict[str, Any]:
    return form().model_dump()


MIGRATIONS: Mapping[int, Callable[[Mapping[str, Any]], dict[str, Any]]] = {1: _with_every_field}
"""The step from each earlier version to the next one."""


def upgraded(content: Mapping[str, Any], schema: int) -> Mapping[str, Any]:
    """Content of an older schema in the current schema.

    Raises:
        Unavailable: A newer version of the portal saved it (a deployment was rolled back), so it must not be changed.
    """
    if schema > SCHEMA:
        raise Unavailable
    for version in range(schema, SCHEMA):
        content = MIGRATIONS[version](content)
    return content


def upload_ids(content: Mapping[str, Any]) -> list[str]:
    """The ids of all attachments that a draft names."""
    holders = [content, *(content.get("persons") or [])]
    return [upload_id for holder in holders for upload_id in holder.get("attachments") or []]


def is_alive(draft: Draft, now: datetime) -> bool:
    """Whether the draft is visible: one past its purge time is not, whether or not the run has purged it."""
    return not lifetime.is_due(draft.saved_at, now)


def members(content: Mapping[str, Any]) -> list[str]:
    """团组成员: the names of the persons that have one."""
    return [person["name"] for person in content.get("persons") or [] if person.get("name")]


def _part(text: str) -> str:
    return names.normalise(text).casefold()


def matches(draft: Draft, group_name: str | None, contact: str | None, member: str | None) -> bool:
    """Whether the draft passes the list's filters: each matches any part, ignoring case and spelling (F06)."""

    def part(wanted: str | None, *texts: str | None) -> bool:
        return not wanted or any(_part(wanted) in _part(text) for text in texts if text)

    content = draft.content
    return (
        part(group_name, content.get("group_name"))
        and part(contact, content.get("contact"))
        and part(member, *members(content))
    )
