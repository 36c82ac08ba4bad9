"""One action on an application is one transaction: the change, its history, its message and its mail."""

from collections.abc import Sequence

from chalicelib.repos.accounts import accounts
from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.applications import ApplicationHeader, Event
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.rules.notices import recipients, wording


class _CreatorNotAuthorized(Exception):
    """The agent that created the application is revoked or deleted."""


def commit(header: ApplicationHeader, event: Event, writes: Sequence[Write]) -> None:
    """Store the writes of an action together with the notices of its event, all or none.

    The message goes to the account that created the application, or to the enterprise account if that agent is revoked
    or deleted (M04, docs/domain.md 11.5). The transaction itself checks this.

    Args:
        header: the application of the event, as it is afterwards.
        event: the history entry of the action; `writes` contains it already.
        writes: the change and its history.

    Raises:
        Exception: the refusal of the first write whose condition does not hold.
        Unavailable: DynamoDB does not answer, or conflicts with other transactions persist.
    """
    creator, enterprise = recipients.message_recipients(header.creator_id, header.enterprise_id)
    try:
        table.commit(*writes, *_notices_added(header, event, creator))
    except _CreatorNotAuthorized:
        table.commit(*writes, *_notices_added(header, event, enterprise))


def _notices_added(header: ApplicationHeader, event: Event, reader: AccountId) -> list[Write]:
    """The message and the mail of an event; nothing for an event that is not announced."""
    kind = wording.message_kind(event)
    if kind is None:
        return []
    values = wording.message_values(event, header)
    about = {"application_number": header.number, "person_number": event.person_number}
    writes = [
        messages.message_added(reader, {"message_kind": kind, "values": values, **about}, event.at),
        outbox.followers_notified(kind, header.enterprise_id, header.creator_id, values, event.at, event.request_id),
    ]
    if reader not in (AccountId(header.enterprise_id), event.actor_id):
        key = accounts.account_key(header.enterprise_id, reader)
        writes.append(table.check(key, {"authorized": True}, lambda _: _CreatorNotAuthorized()))
    return writes
