"""One act, one transaction: the change, its history, its in-app message, its mail. All together or none."""

from collections.abc import Sequence

from chalicelib.repos.accounts import accounts
from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Part
from chalicelib.rules.applications.applications import Event, Group
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.rules.notices import recipients, wording


class _CreatorGone(Exception):
    """The agent who created the application is revoked or deleted."""


def commit(group: Group, event: Event, parts: Sequence[Part]) -> None:
    """Write the parts of an act together with the notices of its event.

    The message goes to whoever created the application, or to the enterprise's own account when that agent is
    gone (M04, domain 9-5): the transaction itself checks it.
    """
    creator, enterprise = recipients.message_readers(group.creator_id, group.enterprise_id)
    try:
        table.commit(*parts, *_notices(group, event, creator))
    except _CreatorGone:
        table.commit(*parts, *_notices(group, event, enterprise))


def _notices(group: Group, event: Event, reader: AccountId) -> list[Part]:
    kind = wording.kind_of(event)
    if kind is None:
        return []
    values = wording.values_of(event, group)
    message = {
        "message_kind": kind,
        "values": values,
        "application_number": group.number,
        "person_number": event.person_number,
    }
    parts = [
        messages.added(reader, message, event.at),
        outbox.to_followers(kind, group.enterprise_id, group.creator_id, values, event.at, event.request_id),
    ]
    if reader not in (AccountId(group.enterprise_id), event.actor_id):
        at = accounts.account_key(group.enterprise_id, reader)
        parts.append(table.check(at, {"authorized": True}, lambda _: _CreatorGone()))
    return parts
