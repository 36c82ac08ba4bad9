"""Attachments as replies show them. Requests name an attachment by its id."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from chalicelib import data
from chalicelib.data.texts import text
from chalicelib.handlers.http.formats import AttachmentKey, AttachmentKindCode
from chalicelib.repos.files import bucket
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files.attachments import Attachment
from chalicelib.rules.files.verdicts import AttachmentState

type States = Mapping[str, AttachmentState]
"""The state of each attachment by its id."""


class AttachmentShown(BaseModel):
    """An uploaded file: what was announced about it, and how far it has come."""

    id: AttachmentKey
    kind: AttachmentKindCode
    kind_label: str
    filename: str
    """Made from kind and type: the name under which the file was uploaded is not stored, as it often names a person."""
    content_type: str
    size: int
    """The announced size in bytes."""
    state: AttachmentState
    state_label: str


def shown(attachment: Attachment, state: AttachmentState, language: str) -> AttachmentShown:
    """One attachment."""
    return AttachmentShown(**_fields(attachment, state, language))


def _fields(attachment: Attachment, state: AttachmentState, language: str) -> dict[str, object]:
    label = data.attachment_kinds()[attachment.kind].label(language)
    return {
        "id": attachment.id,
        "kind": attachment.kind,
        "kind_label": label,
        "filename": f"{label}.{attachment.suffix}",
        "content_type": attachment.content_type,
        "size": attachment.size,
        "state": state,
        "state_label": text("attachment_states", state, language),
    }


def drafted(enterprise_id: EnterpriseId, ids: Iterable[str], states: States, language: str) -> list[AttachmentShown]:
    """The attachments of one list of a draft.

    Args:
        enterprise_id: whose draft it is; ids that were not made for this enterprise are left out.
        ids: the attachments in their order.
        states: as far as they were read.
        language: of the labels.
    """
    found = bucket.named(enterprise_id, ids)
    return [shown(each, states.get(each.id, AttachmentState.ACCEPTED), language) for each in found]


def accepted(enterprise_id: EnterpriseId, ids: Iterable[str], language: str) -> list[AttachmentShown]:
    """The attachments of one list of an application, all of which have been accepted."""
    return [shown(each, AttachmentState.ACCEPTED, language) for each in bucket.accepted(enterprise_id, ids)]
