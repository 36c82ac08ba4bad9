"""Changes since the return, as officers read a corrected file again: field by field, personal numbers masked."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Moment, PersonId
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.applications.applications import Content
from chalicelib.rules.applications.changes import PersonChanges, changed_fields
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.content import MASKED
from chalicelib.usecases.applications import changes

routes = Routes(__name__)


type Value = str | bool | list[str] | dict[str, str | None] | None
"""A value of a content: text, 首次申请, ids of attachments, or 取卡方式."""


class FieldChange(BaseModel):
    """One field with its values before and after; null for none. Masked values can look the same."""

    field: str
    before: Value
    after: Value
    masked: bool


class PersonChange(BaseModel):
    """A person that was `changed`, `added` or `removed`."""

    number: PersonId
    name: str
    kind: Literal["changed", "added", "removed"]
    fields: list[FieldChange]


class ChangesReply(BaseModel):
    """What has changed between the last return and now."""

    since: Moment | None
    """When the application as a whole was returned last; null if it has not been edited after a return."""
    fields: list[FieldChange]
    """Of the application itself."""
    persons: list[PersonChange]
    """Persons with a change since the return of their group, or since their own if they were returned apart."""


@routes.add("GET", "/office/applications/{number}/changes", Access.OFFICERS, reply=ChangesReply)
def changed(call: Call, number: str) -> ChangesReply:
    """Compare the content with what was returned for correction, field by field and person by person."""
    found = changes.since_return(number, call.viewer)
    return ChangesReply(
        since=rfc3339(found.since) if found.since else None,
        fields=_fields(found.before, found.after, ("passport_number",)),
        persons=[_person(person) for person in found.persons],
    )


def _person(person: PersonChanges) -> PersonChange:
    name = (person.after or person.before)["name"]
    fields = _fields(person.before, person.after, MASKED)
    return PersonChange(number=person.number, name=name, kind=person.kind, fields=fields)


def _fields(before: Content, after: Content, masked: Iterable[str]) -> list[FieldChange]:
    old, new = (masks.mask(content, masked)[0] for content in (before, after))
    return [
        FieldChange(field=name, before=old.get(name), after=new.get(name), masked=name in masked)
        for name in changed_fields(before, after)
    ]
