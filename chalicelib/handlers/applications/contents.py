"""The content of an application in clear, for its correction by the own enterprise."""

from pydantic import BaseModel

from chalicelib.handlers.applications import content_shapes
from chalicelib.handlers.applications.content_shapes import GroupCorrection, ServiceCorrection
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import ApplicationId, PersonId
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.applications import contents as rules
from chalicelib.rules.applications.applications import Person
from chalicelib.rules.base.vocabulary import Service
from chalicelib.usecases.applications import contents

routes = Routes(__name__)


class PersonVersion(BaseModel):
    """The version of one person, at the place of the person in `content.persons`."""

    number: PersonId
    version: int
    """For the If-Match of `PUT /persons/{person_number}/content`."""
    separate: bool
    """Whether the person has a status of its own: it is then corrected by itself."""


class ContentReply(BaseModel):
    """The content of an application in clear, in the form in which a correction sends it back."""

    number: ApplicationId
    service: Service
    version: int
    """For the If-Match of the correction."""
    content: GroupCorrection | ServiceCorrection
    persons: list[PersonVersion]
    """Empty for a follow-up service."""


@routes.add("GET", "/applications/{number}/content", Access.MEMBERS, reply=ContentReply)
def read(call: Call, number: str) -> ContentReply:
    """Get everything in clear, to correct or copy it; the audit has who reads, once an hour for each account."""
    found = contents.read(number, call.act)
    return ContentReply(
        number=found.header.number,
        service=found.header.service,
        version=found.header.version,
        content=content_shapes.correction(rules.correctable(found)),
        persons=[_version(person) for person in found.persons],
    )


def _version(person: Person) -> PersonVersion:
    return PersonVersion(number=person.number, version=person.version, separate=person.own_status is not None)
