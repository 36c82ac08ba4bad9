"""草稿: how long they live and what their list shows (F03-F10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.rules import limits
from chalicelib.rules.vocabulary import AccountId

SCHEMA = 1
"""Version of the stored shape; a reader of a newer one knows what to bring up to date."""


@dataclass(frozen=True)
class Draft:
    """One account's unfinished 新办/续办 application."""

    id: str
    account_id: AccountId
    saved_at: datetime
    version: int
    content: Mapping[str, Any] = field(repr=False)

    @property
    def purge_at(self) -> datetime:
        """When it is destroyed: 180 x 24 h after the last save (F04)."""
        return purge_at(self.saved_at)


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
