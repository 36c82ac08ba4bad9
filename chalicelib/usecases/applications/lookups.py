"""Looking up the persons of an application in other open applications, after its submission or edit (decision 0066)."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.repos.applications import elsewhere, lookups
from chalicelib.repos.applications.applications import Changed
from chalicelib.repos.table import table
from chalicelib.rules.applications import warnings
from chalicelib.rules.applications.applications import Application, Person, status_of
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber, Status
from chalicelib.usecases.retries import until_unchanged


def look_up(number: ApplicationNumber) -> bool | None:
    """Look for the persons of an application in other open ones, and store the warnings on those who are found.

    Other applications count if they were submitted before this one was submitted or edited: of two applications only
    the later one is warned of the other. A repetition finds nothing to do.

    Returns:
        Whether the warnings have changed; None if the persons do not wait for a look-up, or no longer.

    Raises:
        Unavailable: the table does not answer, or too many other requests change the application.
    """

    def attempt() -> bool | None:
        before = lookups.read(number)
        if before is None:
            return None
        remarks = warnings.with_lookup(before.header.warnings, _found(before))
        after = replace(before.header, lookup_since=None, warnings=remarks)
        table.commit(lookups.looked_up(before.header, after))
        return remarks != before.header.warnings

    return until_unchanged(attempt, Changed)


def _found(application: Application) -> Mapping[int, Mapping[str, list[PersonNumber]]]:
    """For the place of each person that was looked for the same person elsewhere, by the field that is the same."""
    header = application.header
    wanted = {int(one.number[-2:]) - 1: one for one in application.persons if _is_looked_for(one, application)}
    contents = [person.content for person in wanted.values()]
    return dict(zip(wanted, elsewhere.open_persons(contents, header.number, header.lookup_since), strict=True))


def _is_looked_for(person: Person, application: Application) -> bool:
    """Whether the warnings of the application say where a person is: not of one who was withdrawn or corrected apart.

    A rejection can be taken back, so that a rejected person is looked for.
    """
    return person.warnings is None and status_of(person, application.header) is not Status.WITHDRAWN
