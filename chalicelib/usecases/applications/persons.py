"""人员申请单: changes of one person that is processed apart from its group (docs/domain.md 1.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib.repos.applications import applications, elsewhere, returned
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import changes, submission, warnings
from chalicelib.rules.applications import transitions as rules
from chalicelib.rules.applications.applications import Application, ApplicationHeader, Event, Person
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError
from chalicelib.usecases.applications import inspected_files, transitions


def edit(number: str, content: Mapping[str, Any], act: Act, seen: int) -> tuple[Application, Person]:
    """Replace the content of a person that was returned apart from its group.

    Args:
        number: the person's number.
        content: the whole content of the person.
        act: who edits it, when and by which request.
        seen: the `version` of the person that the actor's page showed.

    Returns:
        The application afterwards, and the person in it.

    Raises:
        NotFound: no person that the actor may see.
        OperationInvalid: the person was not returned apart from its group.
        ContentChanged: it was saved since the page was opened.
        Invalid: with every field and file that is missing or wrong.
        Unavailable: a service does not answer, or too many other requests change the person.
    """
    today = china_day(act.at)
    ready = submission.validate_person(content, today)
    application, person = applications.person(number, act.actor)
    inspected = inspected_files.check_person(
        act.tenant, application.header.office, ready, {*person.content["attachments"]}
    )

    remarks = _warnings(application, person, ready, today, inspected.warnings)

    def edited(before: Application, person: Person) -> tuple[Application, Event]:
        stored = returned.get(person.number)
        base = stored.content if stored and changes.kept_of_person(person, stored) is None else None
        after, event = rules.edit_person(before, person.number, ready, act, seen, base)
        return rules.with_person(after, replace(after.person(person.number), warnings=remarks)), event

    # Checked here first: a refused request claims no files, and the retried function has no effects of its own.
    rules.edit_person(application, person.number, ready, act, seen)
    submission.refuse_duplicates(ready, applications.contents_of_others(person.number))
    if claimed := inspected.claimed(application.header.number, act.at):
        table.commit(*claimed)
    return transitions.change_person(number, act, edited, _returned_kept)


def _warnings(
    application: Application,
    person: Person,
    ready: Mapping[str, Any],
    today: date,
    on_new_files: Sequence[FieldError],
) -> tuple[FieldError, ...]:
    """The warnings on the corrected content of a person, with paths from the person on."""
    header = application.header
    before, after = ({"attachments": [], "persons": [content]} for content in (person.content, ready))
    paths = (submission.attachment_fields(content, level="person") for content in (before, after))
    on_content = warnings.on_persons({**after, "office": header.office}, header.enterprise_name, today)
    others = warnings.on_persons_elsewhere(elsewhere.open_persons([ready], header.number))
    new = [*on_content, *others, *on_new_files]
    still = warnings.still_on_files(warnings.of_person(header, person), *paths)
    return (*warnings.within_person(new), *still)


def _returned_kept(header: ApplicationHeader, person: Person) -> list[Write]:
    """The content at the return, kept by the first edit after it."""
    return returned.content_kept(changes.kept_of_person(person, returned.get(person.number)), header)


def record_foreign_number(number: str, foreign_number: str, act: Act) -> tuple[Application, Person]:
    """Record the number of a person in the APEC-wide system (外方申请号, D02); the same again changes nothing.

    Returns:
        The application afterwards, and the person in it.

    Raises:
        NotFound: no person that the actor may see.
        OperationInvalid: the economies are not asked about this person.
    """

    def recorded(before: Application, person: Person) -> tuple[Application, Event | None]:
        after, event = rules.record_foreign_number(before, person.number, act, foreign_number)
        return (before, None) if person.foreign_number == foreign_number else (after, event)

    return transitions.change_person(number, act, recorded)
