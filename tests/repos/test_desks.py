"""Counts of a desk that is longer than two requests can read: they say so (docs/decisions/0050)."""

from datetime import UTC, datetime

import pytest

from chalicelib.repos.applications import desks
from chalicelib.repos.applications.desks import Waiting
from chalicelib.repos.table import table
from chalicelib.rules.base.vocabulary import Status

MORE = {"number": "APEC20261121000009"}
LATER, EARLIER = "2026-11-21T04:30:00.000Z", "2026-11-20T04:30:00.000Z"


@pytest.fixture
def partitions(monkeypatch):
    """The pages that each partition answers; one request more than there are pages is a fault of the test."""
    pages: dict[str, list[table.Page]] = {}
    monkeypatch.setattr(table, "query", lambda partition, **_: pages[partition].pop(0))
    return pages


def since(*times):
    return [{"status_since": time} for time in times]


def queued(*entries):
    return [{"queue_sk": f"{entry}#APEC20261121{number:06d}"} for number, entry in enumerate(entries)]


def moment(day):
    return datetime(2026, 11, day, 4, 30, tzinfo=UTC)


def test_an_office_counts_exactly_what_two_requests_read(partitions):
    partitions["OFFICE#fao-hunan#FAO_REVIEW"] = [table.Page(since(LATER), MORE), table.Page(since(EARLIER), None)]
    assert desks.of_office("fao-hunan") == [Waiting(Status.FAO_REVIEW, 2, moment(20), exact=True)]


def test_an_office_with_more_says_that_it_counted_at_least_so_many(partitions):
    partitions["OFFICE#fao-hunan#FAO_REVIEW"] = [table.Page(since(LATER), MORE), table.Page(since(LATER), MORE)]
    assert desks.of_office("fao-hunan") == [Waiting(Status.FAO_REVIEW, 2, moment(21), exact=False)]


def test_an_empty_desk_is_counted_exactly(partitions):
    partitions |= {"DESK#consular": [table.Page([], None)], "STAGE#CARD_MADE": [table.Page([], None)]}
    assert all(waiting.exact and not waiting.count for waiting in desks.of_consular_department())


def test_an_application_whose_persons_wait_for_their_look_up_is_counted_at_its_status(partitions):
    read = queued(f"!{LATER}#CONSULAR_REVIEW#{EARLIER}", f"CONSULAR_REVIEW#{LATER}")
    partitions |= {"DESK#consular": [table.Page(read, None)], "STAGE#CARD_MADE": [table.Page([], None)]}
    reviews, *others = desks.of_consular_department()
    assert reviews == Waiting(Status.CONSULAR_REVIEW, 2, moment(20), exact=True)
    assert all(waiting.exact and not waiting.count for waiting in others)


def test_nothing_is_complete_if_the_reading_ended_among_those(partitions):
    read = queued(f"!{LATER}#CONSULAR_REVIEW#{EARLIER}")
    partitions |= {"DESK#consular": [table.Page(read, MORE)], "STAGE#CARD_MADE": [table.Page([], None)]}
    *queued_ones, _ = desks.of_consular_department()
    assert not any(waiting.exact for waiting in queued_ones)


def test_the_consular_department_knows_what_its_requests_have_read_completely(partitions):
    """The rows of the desk are in the order of the texts of statuses; the reading ended at CONSULAR_REVIEW."""
    read = queued(f"CARD_MAKING#{EARLIER}", f"CARD_MAKING#{LATER}", f"CONSULAR_REVIEW#{EARLIER}")
    partitions["DESK#consular"] = [table.Page(read, MORE)]
    partitions["STAGE#CARD_MADE"] = [table.Page(since(LATER, EARLIER), MORE)]
    assert desks.of_consular_department() == [
        Waiting(Status.CONSULAR_REVIEW, 1, moment(20), exact=False),
        Waiting(Status.CONSULAR_APPROVED, 0, None, exact=True),
        Waiting(Status.ECONOMY_DONE, 0, None, exact=False),
        Waiting(Status.CARD_MAKING, 2, moment(20), exact=True),
        Waiting(Status.CARD_MADE, 2, moment(20), exact=False),
    ]
