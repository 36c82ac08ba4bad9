"""Other open applications of the same persons, of any enterprise (docs/decisions/0066)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

from chalicelib.repos.applications import indexes, items
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.applications import Content, status_of
from chalicelib.rules.base.numbers import split_person_number
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber, Service

ROWS = 10
"""Rows of one index that are read: the newest persons with a number."""

FIELDS = {"id_number": "by_identity", "passport_number": "by_passport"}
"""Fields by which a person is the same, and the indexes that find them."""


def open_persons(
    contents: Sequence[Mapping[str, Any]], own: ApplicationNumber | None = None, at: datetime | None = None
) -> list[dict[str, list[PersonNumber]]]:
    """For each content the open persons elsewhere that have one of its numbers, by the field that has it.

    Two requests for each content, sent side by side, and one for each 50 rows that they find. A person is open whose
    application is under review or whose card is still to come. The indexes lag a little behind the table.

    Args:
        contents: Of persons; a follow-up service names a passport only.
        own: The application of the persons, which does not count.
        at: Only applications that were submitted before this moment count; of those that were submitted at this very
            moment, the ones whose numbers come before `own`. None: all count.

    Raises:
        Unavailable: The table does not answer.
    """
    wanted = [(place, field) for place, content in enumerate(contents) for field in FIELDS if content.get(field)]
    rows = aws.side_by_side(lambda one: _numbers(one[1], contents[one[0]][one[1]]), wanted)
    others = {number for numbers in rows for number in numbers if split_person_number(number)[0] != own}
    still_open = _open(others, (at, own) if at and own else None)
    found: list[dict[str, list[PersonNumber]]] = [{} for _ in contents]
    for (place, field), numbers in zip(wanted, rows, strict=True):
        value = contents[place][field]
        # Rows that lag behind the table are sifted out.
        if same := [number for number in numbers if still_open.get(number, {}).get(field) == value]:
            found[place][field] = same
    return found


def _numbers(field: str, value: str) -> list[PersonNumber]:
    partition = indexes.identity_partition(value) if field == "id_number" else indexes.passport_partition(value)
    page = table.query(partition, index=FIELDS[field], newest_first=True, limit=ROWS)
    return [PersonNumber(row["number"]) for row in page.items if row["sk"].startswith("PERSON#")]


def _open(
    numbers: Iterable[PersonNumber], before: tuple[datetime, ApplicationNumber] | None
) -> dict[PersonNumber, Content]:
    """The contents of those of the persons that are open and were submitted before."""
    found: dict[PersonNumber, Content] = {}
    for batch in batched(sorted(numbers), table.BATCH_GET // 2):
        header_keys = [indexes.header_key(split_person_number(number)[0]) for number in batch]
        stored = table.get_many([*header_keys, *(indexes.person_key(number) for number in batch)])
        for number, header_key in zip(batch, header_keys, strict=True):
            pair = [stored[key] for key in (header_key, indexes.person_key(number)) if key in stored]
            application = items.to_application(pair)
            if application is None or application.header.service is not Service.NEW_OR_RENEWAL:
                continue
            if before and (application.header.created_at, application.header.number) >= before:
                continue
            for person in application.persons:
                if lifecycle.is_under_way(Service.NEW_OR_RENEWAL, status_of(person, application.header)):
                    found[number] = person.content
    return found
