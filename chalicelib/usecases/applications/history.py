"""历史记录: pages of what happened to an application or a person, for whoever may see it (docs/domain.md 1.8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.repos.applications import applications
from chalicelib.repos.applications import history as repo
from chalicelib.repos.applications.history import HistoryPage
from chalicelib.repos.keys import cursors
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Person
from chalicelib.rules.applications.history import HistoryEntry
from chalicelib.rules.base import limits

OF_APPLICATION, OF_PERSON = "history of an application", "history of a person"
"""Names of the lists, to which their cursors are bound."""


@dataclass(frozen=True)
class History:
    """One page of a history."""

    entries: list[HistoryEntry]
    """Oldest first."""
    next_cursor: str | None
    """Opens the page of older entries for the same reader; None on the last page."""


def application(number: str, viewer: Account) -> tuple[Application, History]:
    """An application with all persons, and the newest entries of its history.

    Raises:
        NotFound: no application that the viewer may see.
    """
    found = applications.get(number, viewer)
    return found, _of_application(found.header, viewer, limits.HISTORY_SHOWN, None)


def person(number: str, viewer: Account) -> tuple[Application, Person, list[ApplicationHeader], History]:
    """A person, its application without the other persons, its follow-up applications, and its newest entries.

    Raises:
        NotFound: no person that the viewer may see.
    """
    found, about = applications.person(number, viewer)
    follow_ups = applications.follow_ups_of(about, viewer)
    newest = _of_person(about, found.header, follow_ups, viewer, limits.HISTORY_SHOWN, None)
    return found, about, follow_ups, newest


def page_of_application(number: str, viewer: Account, limit: int, cursor: str | None) -> History:
    """One page of the history of an application.

    Raises:
        NotFound: no application that the viewer may see.
        Malformed: the cursor does not belong to this viewer and this application.
    """
    return _of_application(applications.header(number, viewer), viewer, limit, cursor)


def page_of_person(number: str, viewer: Account, limit: int, cursor: str | None) -> History:
    """One page of the history of a person, with the entries of its follow-up applications and of its whole group.

    Raises:
        NotFound: no person that the viewer may see.
        Malformed: the cursor does not belong to this viewer and this person.
    """
    found, about = applications.person(number, viewer)
    follow_ups = applications.follow_ups_of(about, viewer)
    return _of_person(about, found.header, follow_ups, viewer, limit, cursor)


def _of_application(header: ApplicationHeader, viewer: Account, limit: int, cursor: str | None) -> History:
    before = _before(viewer, OF_APPLICATION, header.number, cursor)
    page = repo.of_application(header.number, viewer.party, limit, before)
    return _history(page, viewer, OF_APPLICATION, header.number)


def _of_person(
    person: Person,
    header: ApplicationHeader,
    follow_ups: Sequence[ApplicationHeader],
    viewer: Account,
    limit: int,
    cursor: str | None,
) -> History:
    before = _before(viewer, OF_PERSON, person.number, cursor)
    numbers = {follow_up.number for follow_up in follow_ups}
    page = repo.of_person(person, header, numbers, viewer.party, limit, before)
    return _history(page, viewer, OF_PERSON, person.number)


def _before(viewer: Account, listing: str, number: str, cursor: str | None) -> str | None:
    position = cursors.read(viewer, listing, number, cursor)
    return position["before"] if position else None


def _history(page: HistoryPage, viewer: Account, listing: str, number: str) -> History:
    position = {"before": page.before} if page.before else None
    return History(page.entries, cursors.write(viewer, listing, number, position))
