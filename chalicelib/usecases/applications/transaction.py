"""One act, one transaction: the change, its history, its in-app message, its mail. All together or none."""

from collections.abc import Sequence

from chalicelib.repos.accounts import accounts
from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.applications import ApplicationHeader, Event
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.rules.notices import recipients, wording


class _CreatorGone(Exception):
    """The agent who created the application is revoked or deleted."""


def commit(header: ApplicationHeader, event: Event, writes: Sequence[Write]) -> None:
    """Write the parts of an act together with the notices of its event.

    The message goes to whoever created the application, or to the enterprise's own account when that agent is
    gone (M04, domain 9-5): the transaction itself checks it.
    """
    creator, enterprise = recipients.message_recipients(header.creator_id, header.enterprise_id)
    try:
        table.commit(*writes, *_notices(header, event, creator))
    except _CreatorGone:
        table.commit(*writes, *_notices(header, event, enterprise))


def _notices(header: ApplicationHeader, event: Event, reader: AccountId) -> list[Write]:
    kind = wording.message_kind(event)
    if kind is None:
        return []
    values = wording.message_values(event, header)
    message = {
        "message_kind": kind,
        "values": values,
        "application_number": header.number,
        "person_number": event.person_number,
    }
    writes = [
        messages.message_added(reader, message, event.at),
        outbox.followers_notified(kind, header.enterprise_id, header.creator_id, values, event.at, event.request_id),
    ]
    if reader not in (AccountId(header.enterprise_id), event.actor_id):
        at = accounts.account_key(header.enterprise_id, reader)
        writes.append(table.check(at, {"authorized": True}, lambda _: _CreatorGone()))
    return writes
