"""Rare matches among 100,000 applications of one enterprise: how many requests find them (docs/decisions/0046)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from chalicelib.repos.applications import rows, search
from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.table import table
from chalicelib.rules.applications.search import OfficeCriteria, SearchCriteria
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import AccountId, Role, Scope, Service, Status
from tests.support import submissions
from tests.support.assurance import figure
from tests.support.stock import Stock

MANY = 100_000
FIRST, LAST = "APEC20261121000001", f"APEC20261121{MANY:06d}"

OWNER = submissions.account()
AGENT = submissions.account(Role.AGENT, scope=Scope.OWN, id="agent-rare")
CONSULAR, OFFICE = submissions.officer(), submissions.officer("fao-hunan")

CLIENTS = 3
"""Requests of the client that must be enough."""


@pytest.fixture
def stored(monkeypatch):
    """Store applications in memory: `stored(rare, indexes, *templates)`; the last template has the number `rare`."""
    monkeypatch.setattr(rows, "monotonic", lambda: 0.0)
    key = PortalKey("test", b"0" * 32)
    monkeypatch.setattr(sealing, "current", lambda _: key)
    monkeypatch.setattr(sealing, "by_id", lambda *_: key)

    def store(number_of_rare, indexes, *templates):
        stock = Stock(indexes)
        *frequent, rare = templates
        numbers = [number for n in range(1, MANY + 1) if (number := f"APEC20261121{n:06d}") != number_of_rare]
        for place, template in enumerate(frequent):
            stock.add(template, numbers[place :: len(frequent)])
        stock.add(rare, [number_of_rare])
        stock.ready()
        monkeypatch.setattr(table, "query", stock.query)
        monkeypatch.setattr(table, "get_many", stock.get_many)
        return stock

    return store


def application(name="测试甲", status=Status.FAO_REVIEW, own=None, service=Service.NEW_OR_RENEWAL, **changes):
    """An application of one person."""
    made = submissions.application(1, person={"name": name}, **changes)
    person = replace(made.persons[0], own_status=own)
    header = replace(made.header, status=status)
    if service is not Service.NEW_OR_RENEWAL:
        content = {"person_name": name, "person_number": f"{FIRST}-01", "current_passport_number": "E00000001"}
        return replace(made, header=replace(header, service=service, content=content, person_count=0), persons=())
    return replace(made, header=header, persons=(person,))


def of_another_name(made, name):
    return replace(made, header=replace(made.header, enterprise_name=name))


def long_ago(made):
    """The application at its status since ten days before."""
    return replace(made, header=replace(made.header, status_since=submissions.NOON - timedelta(days=10)))


def found_by(stock, page, rare):
    """The pages until the rare application is found: how many requests the client makes, and the server at most."""
    start, most = None, 0
    for client in range(1, CLIENTS + 1):
        before = stock.queries + stock.reads
        got = page(start)
        most = max(most, stock.queries + stock.reads - before)
        if got.applications:
            assert [one.header.number for one in got.applications] == [rare]
            return client, most
        assert got.next_key, "the list ended without the match"
        assert got.partial, "an empty page with a next one must say that it is partial"
        start = got.next_key
    raise AssertionError(f"not found by {CLIENTS} requests")


class Listing(NamedTuple):
    """A list, page by page."""

    oldest_first: bool
    page: Callable[[Any], search.SearchPage]

    def __call__(self, start=None):
        return self.page(start)


def of_enterprise(viewer=OWNER, **criteria):
    wanted = SearchCriteria(Service.NEW_OR_RENEWAL, submissions.TODAY, **criteria)
    return Listing(False, lambda start: search.page(viewer, wanted, 10, start))


def of_officer(viewer, newest_first=False, **criteria):
    wanted = OfficeCriteria(submissions.TODAY, **criteria)
    return Listing(
        not newest_first,
        lambda start: search.page_for_officer(viewer, wanted, 10, start, newest_first=newest_first),
    )


APPROVED, REVIEW, DONE = Status.CONSULAR_APPROVED, Status.ECONOMY_REVIEW, Status.ECONOMY_DONE
RETURNED = Status.FAO_RETURNED
CASES = {
    "an agent of scope own by status": (
        ("by_status",),
        (application(), application(creator=AGENT)),
        of_enterprise(AGENT, status=Status.FAO_REVIEW),
    ),
    "an agent of scope own by the status of a person": (
        ("by_status",),
        (application(status=APPROVED, own=REVIEW), application(status=APPROVED, own=REVIEW, creator=AGENT)),
        of_enterprise(AGENT, status=REVIEW),
    ),
    "a name of four characters": (
        ("by_name",),
        (application("测试甲乙"), application("测试甲丁")),
        of_enterprise(applicant="测试甲丁"),
    ),
    "name and status of the application, each frequent": (
        ("by_name", "by_status"),
        (application("测试甲"), application("王试乙", RETURNED), application("测试甲", RETURNED)),
        of_enterprise(applicant="测试甲", status=RETURNED),
    ),
    "a frequent name and a rare status": (
        ("by_name", "by_status"),
        (application(), application(status=RETURNED)),
        of_enterprise(applicant="测试", status=RETURNED),
    ),
    "a rare name and a frequent status": (
        ("by_name", "by_status"),
        (application("测试甲"), application("测验甲")),
        of_enterprise(applicant="测验", status=Status.FAO_REVIEW),
    ),
    "name and status of the person": (
        ("by_name", "by_status"),
        (
            application("测试甲", APPROVED, DONE),
            application("王试乙", APPROVED, REVIEW),
            application("测试甲", APPROVED, REVIEW),
        ),
        of_enterprise(applicant="测试甲", status=REVIEW),
    ),
    "available service and status": (
        ("by_service", "by_status"),
        (application(status=APPROVED, own=REVIEW), application(status=APPROVED, own=DONE)),
        of_enterprise(available=Service.CHANGE_PASSPORT, status=DONE),
    ),
    "an office's desk by service": (
        ("by_office",),
        (application(), application(service=Service.CANCEL_CARD)),
        of_officer(OFFICE, status=Status.FAO_REVIEW, service=Service.CANCEL_CARD),
    ),
    "the consular list by service, newest first": (
        ("by_stage",),
        (application(), application(service=Service.CANCEL_CARD)),
        of_officer(CONSULAR, newest_first=True, status=Status.FAO_REVIEW, service=Service.CANCEL_CARD),
    ),
    "persons at a stage, of a small office": (
        ("by_stage",),
        (application(status=APPROVED, own=DONE, office="fao-shaanxi"), application(status=APPROVED, own=DONE)),
        of_officer(OFFICE, status=DONE),
    ),
    "an applicant of a small office": (
        ("by_applicant",),
        (application(office="fao-shaanxi"), application()),
        of_officer(OFFICE, applicant="测试"),
    ),
    "an applicant by status, everywhere": (
        ("by_applicant", "by_stage"),
        (application("测试甲"), application("王试乙", RETURNED), application("测试甲", RETURNED)),
        of_officer(CONSULAR, applicant="测试甲", status=RETURNED),
    ),
    "a part of the name of an enterprise, at a stage of all offices": (
        ("by_stage",),
        (application(), of_another_name(application(), "云麓公司")),
        of_officer(CONSULAR, status=Status.FAO_REVIEW, enterprise="云麓"),
    ),
    "persons of an enterprise by a part of its name, at a stage of a small office": (
        ("by_stage",),
        (application(status=APPROVED, own=DONE), of_another_name(application(status=APPROVED, own=DONE), "云麓公司")),
        of_officer(OFFICE, status=DONE, enterprise="云麓"),
    ),
    "what has waited long, at the desk of an office": (
        ("by_office",),
        (application(), long_ago(application())),
        of_officer(OFFICE, status=Status.FAO_REVIEW, waiting_longer_than=5),
    ),
    "an enterprise by the status of a person": (
        ("by_enterprise", "by_stage"),
        (application(status=APPROVED, own=REVIEW), application(status=APPROVED, own=DONE)),
        of_officer(CONSULAR, enterprise_id=submissions.ENTERPRISE, status=DONE),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_rare_match_at_the_end_is_found_by_three_requests_of_the_client(stored, case):
    indexes, templates, page = CASES[case]
    rare = LAST if page.oldest_first else FIRST
    stock = stored(rare, indexes, *templates)
    clients, server = found_by(stock, page, rare)
    figure(f"rare match among {MANY:,}, {case}: client {clients}, server {server} for one of them")
    assert server <= limits.PAGE_REQUESTS + 2


def test_a_list_without_a_match_ends_and_a_frequent_one_takes_two_requests(stored):
    stock = stored(FIRST, ("by_status", "by_name"), application(), application(status=RETURNED))
    frequent = of_enterprise(applicant="测试", status=Status.FAO_REVIEW)()
    assert (len(frequent.applications), frequent.partial, stock.queries, stock.reads) == (10, False, 1, 1)
    nothing = of_enterprise(submissions.account(Role.AGENT, scope=Scope.OWN, id=AccountId("nobody")), status=RETURNED)
    assert nothing() == search.SearchPage([])


def test_every_match_is_listed_once_over_all_pages(stored):
    """Every tenth application matches both sources; the pages have them all, in order."""
    near = [application("测试甲", RETURNED), *(application("测试甲") for _ in range(4))]
    far = [application("王试乙", RETURNED) for _ in range(5)]
    stored(FIRST, ("by_name", "by_status"), *near, *far, application("王试乙"))
    page, start, listed = of_enterprise(applicant="测试", status=RETURNED, number="APEC2026112100"), None, []
    while True:
        got = page(start)
        assert got.applications or not got.next_key or got.partial
        listed += [one.header.number for one in got.applications]
        start = got.next_key
        if start is None:
            break
    assert listed == [f"APEC20261121{n:06d}" for n in range(9_992, 0, -10)]


def test_a_page_that_reads_too_long_is_partial_and_the_next_one_goes_on(stored, monkeypatch):
    stock = stored(FIRST, ("by_status",), application(), application(creator=AGENT))
    page = of_enterprise(AGENT, status=Status.FAO_REVIEW)
    moments = iter([0.0, *[limits.PAGE_TIME.total_seconds() / 3 * n for n in range(100)]])
    monkeypatch.setattr(rows, "monotonic", lambda: next(moments))
    first = page()
    assert (first.applications, first.partial, stock.queries) == ([], True, 2)
    monkeypatch.setattr(rows, "monotonic", lambda: 0.0)
    assert [one.header.number for one in page(first.next_key).applications] == [FIRST]
