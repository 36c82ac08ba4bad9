"""One action on an application is one transaction: the change, its history, its message and its mail."""

from collections.abc import Sequence

from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.applications import ApplicationHeader, Event, Person
from chalicelib.rules.notices import wording
from chalicelib.usecases.notices import application_notices


def commit(
    header: ApplicationHeader,
    event: Event,
    writes: Sequence[Write],
    left: int | None = None,
    person: Person | None = None,
) -> None:
    """Store the writes of an action together with the notices of its event, all or none.

    The message goes to the account that created the application. If that agent is revoked or deleted, the relay moves
    the message to the enterprise account before it sends the mail (M04, docs/domain.md 11.5): nothing that other acts
    write or check belongs into this transaction (docs/decisions/0044).

    Args:
        header: the application of the event, as it is afterwards.
        event: the history entry of the action; `writes` contains it already.
        writes: the change and its history.
        left: after the answer of an economy, how many have still to decide on the person.
        person: whom the event is about, so that its notices name the person.

    Raises:
        Exception: the refusal of the first write whose condition does not hold.
        Unavailable: DynamoDB does not answer, or conflicts with other transactions persist.
    """
    table.commit(*writes, *_notices_added(header, event, left, person))


def _notices_added(header: ApplicationHeader, event: Event, left: int | None, person: Person | None) -> list[Write]:
    """The message and the mail of an event; nothing for an event that is not announced."""
    kind = wording.message_kind(event)
    if kind is None:
        return []
    values = wording.message_values(event, header, left, person.content["name"] if person else None)
    about = {"application_number": header.number, "person_number": event.person_number}
    notice = application_notices.Notice(kind, values, about, header.enterprise_id, header.creator_id)
    return application_notices.notice_added(notice, event.at, event.request_id)
