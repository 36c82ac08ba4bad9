"""Names of persons for lists that only know their numbers."""

from collections.abc import Iterable
from itertools import batched

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import items
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.applications import is_visible
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber

type Subject = tuple[str, str | None]
"""The number of an application, and of a person of it or for whom it was made."""


def of(subjects: Iterable[Subject], viewer: Account) -> dict[Subject, str]:
    """The names of the persons that these subjects are about, as far as the viewer may see them.

    A subject is an application with one of its persons, or a follow-up application, which is about one person. One
    request for each 100 items.
    """
    wanted = {subject: _keys_of(*subject) for subject in subjects}
    found: dict[table.Key, table.Item] = {}
    for batch in batched(dict.fromkeys(key for keys_ in wanted.values() for key in keys_), table.BATCH_GET):
        found |= table.get_many(batch)
    names = {
        subject: _name_of([found[key] for key in keys_ if key in found], viewer) for subject, keys_ in wanted.items()
    }
    return {subject: name for subject, name in names.items() if name is not None}


def _keys_of(number: str, person: str | None) -> list[table.Key]:
    persons = [keys.person_key(PersonNumber(person))] if person and person.startswith(number) else []
    return [keys.header_key(ApplicationNumber(number)), *persons]


def _name_of(found: list[table.Item], viewer: Account) -> str | None:
    application = items.to_application(found)
    if application is None or not is_visible(application.header, viewer):
        return None
    name = application.header.content.get("person_name")
    return name or next((person.content["name"] for person in application.persons), None)
