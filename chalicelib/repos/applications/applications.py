"""申请单: the header and the persons of an application are in one partition (docs/decisions/0001, 0039).

Every read by a number from a request is made by `get`, `person` or `persons`, which ask
`rules.applications.applications.is_visible` before anything else: who may not see an application gets `NotFound`, as if
it did not exist. Acts on one person read two items: the header and the person.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import batched

from chalicelib.repos.applications import attributes, history, items, statistics
from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import (
    Application,
    ApplicationHeader,
    Content,
    Event,
    Person,
    is_visible,
)
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import day_of
from chalicelib.rules.base.errors import ContentChanged, NotFound, OperationInvalid, Unavailable
from chalicelib.rules.base.numbers import (
    application_number,
    is_application_number,
    is_person_number,
    split_person_number,
)
from chalicelib.rules.base.vocabulary import ApplicationNumber, EnterpriseId, PersonNumber, Service


def next_number(now: datetime) -> ApplicationNumber:
    """Take the next number of the day. No number is given twice; a failure afterwards leaves a gap.

    Raises:
        Unavailable: the six digits of the day are used up.
    """
    sequence = table.count_up((f"SEQ#{day_of(now)}", "SEQ"), "last")
    if sequence > limits.NUMBERS_A_DAY:
        raise Unavailable
    return application_number(now, sequence)


# Reading


def get(number: str, viewer: Account) -> Application:
    """The application with all its persons, in one request.

    Args:
        number: the application's number, as sent.
        viewer: who reads.

    Raises:
        NotFound: there is no such application, or the viewer may not see it.
    """
    if not is_application_number(number):
        raise NotFound
    return of_items(attributes.items_of(number), viewer)


def header(number: str, viewer: Account) -> ApplicationHeader:
    """The header of an application.

    Raises:
        NotFound: there is no such application, or the viewer may not see it.
    """
    if not is_application_number(number):
        raise NotFound
    found = table.get(keys.header_key(ApplicationNumber(number)))
    return of_items([found] if found else [], viewer).header


def person(number: str, viewer: Account) -> tuple[Application, Person]:
    """A person, and its application with this person only, in one request of two keys.

    Raises:
        NotFound: there is no such person, or the viewer may not see the application.
    """
    if not is_person_number(number):
        raise NotFound
    wanted = PersonNumber(number)
    application = of_items(_with_header(wanted), viewer)
    return application, application.person(wanted)


def person_with_others(number: str, viewer: Account) -> tuple[Application, Person]:
    """A person, and its application with all persons, in one request; raises as `person`."""
    if not is_person_number(number):
        raise NotFound
    application = get(split_person_number(PersonNumber(number))[0], viewer)
    return application, application.person(PersonNumber(number))


def persons(numbers: Iterable[str], viewer: Account) -> dict[str, tuple[ApplicationHeader, Person]]:
    """The persons of these numbers that the viewer may see, with their headers; two requests for up to 100 persons."""
    known = [PersonNumber(number) for number in dict.fromkeys(numbers) if is_person_number(number)]
    headers = [keys.header_key(split_person_number(number)[0]) for number in known]
    wanted = list(dict.fromkeys([*headers, *(keys.person_key(number) for number in known)]))
    found: dict[str, list[table.Item]] = defaultdict(list)
    for batch in batched(wanted, table.BATCH_GET):
        for (partition, _), item in table.get_many(batch).items():
            found[partition].append(item)
    read = [items.to_application(of_application) for of_application in found.values()]
    visible = [application for application in read if application and is_visible(application.header, viewer)]
    return {person.number: (one.header, person) for one in visible for person in one.persons}


def of_portal(number: PersonNumber) -> tuple[Application, Person]:
    """A person, and its application with this person only, read for the portal itself: no viewer's rights apply.

    Args:
        number: the person's number, from a stored record.

    Raises:
        NotFound: there is no such person.
    """
    found = items.to_application(_with_header(number))
    if found is None:
        raise NotFound
    return found, found.person(number)


def contents_of_others(number: PersonNumber) -> list[Content]:
    """The contents of all other persons of a person's application, which must have other passports and documents."""
    application, _ = split_person_number(number)
    found = items.to_application(attributes.items_of(application))
    return found.others(number) if found else []


def of_enterprise(number: ApplicationNumber, owner: EnterpriseId) -> Application | None:
    """An application with all persons, read for the portal itself; None if the enterprise has none of this number."""
    found = items.to_application(attributes.items_of(number))
    return found if found and found.header.enterprise_id == owner else None


def follow_ups_of(person: Person, viewer: Account) -> list[ApplicationHeader]:
    """The follow-up applications about a person that the viewer may see, oldest first, in one request."""
    wanted = [keys.header_key(number) for number in person.follow_ups]
    found = table.get_many(wanted)
    headers = [items.to_header(found[key]) for key in wanted if key in found]
    return [header for header in headers if is_visible(header, viewer)]


def _with_header(number: PersonNumber) -> Iterable[table.Item]:
    application, _ = split_person_number(number)
    return table.get_many([keys.header_key(application), keys.person_key(number)]).values()


def of_items(found: Iterable[table.Item], viewer: Account) -> Application:
    """The application of these items of its partition, or `NotFound` if the viewer may not see it."""
    application = items.to_application(found)
    if application is None or not is_visible(application.header, viewer):
        raise NotFound
    return application


def ended_cards(today: date, limit: int) -> Iterator[PersonNumber]:
    """Persons whose cards have passed their last day and have not expired yet; earliest day first.

    Args:
        today: the day in China; cards with an earlier last day are found.
        limit: the number of persons found by one request.
    """
    until, start = (table.LOWEST, today.isoformat()), None
    while True:
        page = table.query(keys.CARD_ENDS, index="work_queue", between=until, limit=limit, start=start)
        for row in page.items:
            yield PersonNumber(row["queue_sk"].partition("#")[2])
        start = page.next_key
        if start is None:
            return


# Writes, described for a transaction


def created(application: Application) -> list[Write]:
    """A new application with its persons and its first history entry."""
    header, entry_added = history.chain_header("", application.header, application.history[0])
    return [
        table.put(items.from_header(header), only_new=lambda _: OperationInvalid()),
        *(table.put(items.from_person(person, header)) for person in application.persons),
        *_new_passport_indexed(header),
        entry_added,
    ]


def status_changed(before: Application, after: Application, event: Event) -> list[Write]:
    """An application at its next status, with the persons that change with it and the history entry.

    When written, the application must have the status version of `before`, or `OperationInvalid` is raised (H12); the
    persons must have the versions of `before`, or `PersonChanged` is raised.
    """
    header, entry_added = history.chain_header(before.header.head, after.header, event)
    seen = {"status_version": before.header.status_version, "head": before.header.head}
    persons_before = {person.number: person for person in before.persons}
    return [
        table.replace(items.from_header(header), seen, partial(_status_refusal, before.header)),
        *(
            person_replaced(header, persons_before[person.number], person)
            for person in after.persons
            if persons_before[person.number] != person
        ),
        *_persons_checked(before, after),
        *statistics.waits_counted(before.persons, after.persons),
        entry_added,
    ]


def _persons_checked(before: Application, after: Application) -> list[Write]:
    """The condition that no unchanged person has changed, where the new status ends the application for everybody."""
    if after.header.status not in lifecycle.ENDED_WITH_GROUP:
        return []
    return [
        table.check(keys.person_key(person.number), {"version": person.version}, lambda _: PersonChanged())
        for person in before.persons
        if person in after.persons
    ]


def edited(before: Application, after: Application, event: Event) -> list[Write]:
    """A returned application with its new content; persons that are no longer in it lose their content.

    When written, the application and the persons must have the versions of `before`, or `ContentChanged` is raised.
    """
    header, entry_added = history.chain_header(before.header.head, after.header, event)
    seen = {"version": before.header.version, "head": before.header.head}
    remaining = {person.number for person in after.persons}
    persons_before = {person.number: person for person in before.persons}
    return [
        table.replace(items.from_header(header), seen, _content_refusal),
        *(
            _person_edited(header, persons_before.get(person.number), person, before.removed)
            for person in after.persons
            if person.own_status is None
        ),
        *(
            table.put(items.removed_person(person, header.enterprise_id))
            for person in before.persons
            if person.number not in remaining
        ),
        *_new_passport_indexed(header),
        entry_added,
    ]


def _person_edited(
    header: ApplicationHeader, before: Person | None, after: Person, removed: Mapping[PersonNumber, str]
) -> Write:
    """A person with its new content; one who was not in the application before is put without a condition."""
    if before is None:
        return table.put(items.from_person(replace(after, head=removed.get(after.number, "")), header))
    seen = {"version": before.version, "head": before.head}
    return table.replace(items.from_person(replace(after, head=before.head), header), seen, _content_refusal)


def _new_passport_indexed(header: ApplicationHeader) -> list[Write]:
    return [] if header.service is Service.NEW_OR_RENEWAL else [table.put(items.from_new_passport(header))]


def person_changed(header: ApplicationHeader, before: Person, after: Person, event: Event) -> list[Write]:
    """One person at its next state, with the history entry.

    When written, the person must have the version of `before`, or `PersonChanged` is raised. A person that has carried
    the status of its application requires that this status is unchanged, or `OperationInvalid` is raised; a person with
    a status of its own touches nothing that other persons share.
    """
    changed, entry_added = history.chain(header, before, after, event)
    return [
        *person_and_waits_replaced(header, before, changed),
        *_carried_status_checked(header, before),
        entry_added,
    ]


def _carried_status_checked(header: ApplicationHeader, before: Person) -> list[Write]:
    if before.own_status is not None:
        return []
    seen = {"status_version": header.status_version}
    return [table.check(keys.header_key(header.number), seen, partial(_status_refusal, header))]


def person_and_waits_replaced(header: ApplicationHeader, before: Person, after: Person) -> list[Write]:
    """A person at its next state, and the counts of its waits for the economies."""
    return [person_replaced(header, before, after), *statistics.waits_counted([before], [after])]


def person_replaced(header: ApplicationHeader, before: Person, after: Person) -> Write:
    """A person at its next state; `PersonChanged` is raised if it was written since it was read."""
    seen = {"version": before.version, "head": before.head}
    return table.replace(items.from_person(after, header), seen, lambda _: PersonChanged())


class Changed(Exception):
    """Raised when a concurrent request has changed an object since it was read: the act reads and decides again."""


class PersonChanged(Changed):
    """Raised when the object is a person."""


class HeaderChanged(Changed):
    """Raised when the object is an application whose status is still the same."""


def _status_refusal(before: ApplicationHeader, old: table.Item | None) -> Exception:
    if old and old["status_version"] == before.status_version:
        return HeaderChanged()
    return OperationInvalid(items.to_header(old).current if old else None)


def _content_refusal(old: table.Item | None) -> Exception:
    return ContentChanged() if old else OperationInvalid()
