"""Persons whose cards have ended, read in batches for the nightly run that expires their cards."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.applications import items
from chalicelib.repos.table import table
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.numbers import split_person_number
from chalicelib.rules.base.vocabulary import PersonNumber

BATCH = table.BATCH_GET // 2
"""Persons that one request reads, each with the header of its application."""


@dataclass(frozen=True)
class EndedCard:
    """A person with a card that has ended, as it is stored."""

    number: PersonNumber
    person: table.Item | None = field(repr=False)
    header: table.Item | None = field(repr=False)

    def application(self) -> Application:
        """The application with this person only.

        Raises:
            NotFound: there is no such person.
        """
        if self.person is None or self.header is None or self.person["kind"] != "person":
            raise NotFound
        return Application(items.to_header(self.header), (items.to_person(self.person),))


def read(numbers: Iterable[PersonNumber]) -> list[EndedCard]:
    """Read at most `BATCH` persons with the headers of their applications, in one request."""
    places = {number: (keys.person_key(number), keys.header_key(split_person_number(number)[0])) for number in numbers}
    found = table.get_many(key for pair in places.values() for key in pair)
    return [EndedCard(number, found.get(person), found.get(header)) for number, (person, header) in places.items()]
