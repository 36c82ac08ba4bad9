"""Read units of the first page of a list: in a fuller table, and of every filter with more applications.

Where matches are rare: how many requests of the client find the only one, and how many of the server.

Wants a DynamoDB that counts units as AWS does (`dynoxide`); without it nothing is measured. All applications belong to
one enterprise, half of them to one agent. In full there is a table of a million items as well.
"""

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError

from benchmarks import dynoxide
from chalicelib.rules.applications import follow_ups, transitions
from chalicelib.rules.base.vocabulary import AccountId, ApplicationNumber, Role, Service, Status

TABLES = (100, 10_000)
"""Items of the whole table."""
TABLE_GOAL = 1.2
LARGEST = 1_000_000
ON_TABLES = ("plain", "own only", "desk of an office", "all offices by status")
SIZES = (100, 10_000)
"""Applications of one enterprise."""
GOAL = 1.5
ITEMS_OF_TWO = 9
"""Items of two applications with two persons each, one of them with a follow-up application."""
BATCH = 25
NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
NEW_PASSPORT = {
    "passport_kind": "ordinary",
    "passport_number": "E87654321",
    "passport_issued_on": "2026-11-01",
    "passport_expires_on": "2036-10-31",
    "passport_place": "湖南",
}


def figures(*larger: int) -> Iterator[dict[str, Any]]:
    """Units of lists in tables of so many items, and of each filter at so many applications, against 100."""
    with _new_tables() as running:
        if running:
            yield from _lists((*TABLES, *larger))
            yield from _filters()
            yield from _rare()


def larger() -> Iterator[dict[str, Any]]:
    """The lists in a table of a million items, where the desk of an office has more than 100,000 applications."""
    with _new_tables() as running:
        if running:
            yield from _lists((TABLES[0], LARGEST))


@contextlib.contextmanager
def _new_tables() -> Iterator[bool]:
    """A DynamoDB within the block, as `dynoxide.running`; the tables of an earlier one are forgotten."""
    _table.cache_clear()
    with dynoxide.running() as running:
        yield running


def _lists(tables: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    units = {items: _measure(items * 2 // ITEMS_OF_TWO) for items in tables}
    for items in tables[1:]:
        for name in ON_TABLES:
            title = f"list page, {name}: read units, table of {items:,} items against {tables[0]}"
            yield _figure(title, units[items][name], units[tables[0]][name], TABLE_GOAL)


def _filters() -> Iterator[dict[str, Any]]:
    few, many = (_measure(applications) for applications in SIZES)
    for name in few:
        title = f"first page, {name}: read units, {SIZES[1]:,} applications of one enterprise against {SIZES[0]}"
        yield _figure(title, many[name], few[name], GOAL)


def _figure(name: str, ours: tuple[float, int], floor: tuple[float, int], goal: float) -> dict[str, Any]:
    return {
        "name": name,
        "ratio": ours[0] / floor[0],
        "goal": goal,
        "better": "lower",
        "ours": ours[0],
        "floor": floor[0],
        "unit": f"read units, {ours[1]} requests",
    }


@functools.cache
def _table(size: int) -> tuple[Any, Any, str]:
    """A table with so many applications; the enterprise, its agent, and the passport of the last person."""
    _environment(f"bench-{size}")
    from chalicelib.config import settings
    from chalicelib.repos.keys import keyring
    from chalicelib.repos.process import aws
    from sandbox.engine import cloud

    settings.cache_clear()
    aws._clients.clear()
    _local_keys(keyring)
    with contextlib.suppress(ClientError):  # after the table is made: this engine has no backups to switch on
        cloud.create_table(boto3.client("dynamodb"), settings().table)
    return _fill(size)


def _measure(size: int) -> dict[str, tuple[float, int]]:
    from chalicelib.repos.applications import search
    from chalicelib.rules.applications.search import OfficeCriteria, SearchCriteria

    owner, agent, passport = _table(size)
    new_or_renewal, change, today = Service.NEW_OR_RENEWAL, Service.CHANGE_PASSPORT, NOW.date()
    wanted = {
        "plain": (owner, SearchCriteria(new_or_renewal, today)),
        "own only": (agent, SearchCriteria(new_or_renewal, today)),
        "number": (owner, SearchCriteria(new_or_renewal, today, number=f"APEC20261121{size:06d}")),
        "beginning of a number": (owner, SearchCriteria(new_or_renewal, today, number="APEC20261121")),
        "applicant": (owner, SearchCriteria(new_or_renewal, today, applicant="测试")),
        "status of the group": (owner, SearchCriteria(new_or_renewal, today, status=Status.FAO_REVIEW)),
        "status of the person": (owner, SearchCriteria(new_or_renewal, today, status=Status.ECONOMY_REVIEW)),
        "passport": (owner, SearchCriteria(new_or_renewal, today, passport=passport)),
        "available service": (owner, SearchCriteria(new_or_renewal, today, available=Service.CHANGE_PASSPORT)),
        "agent": (owner, SearchCriteria(new_or_renewal, today, creator_id=agent.id)),
        "agent and status": (
            owner,
            SearchCriteria(new_or_renewal, today, creator_id=agent.id, status=Status.FAO_REVIEW),
        ),
        "own only and status": (agent, SearchCriteria(new_or_renewal, today, status=Status.FAO_REVIEW)),
        "own only and applicant": (agent, SearchCriteria(new_or_renewal, today, applicant="测试")),
        "follow-up files": (owner, SearchCriteria(change, today)),
        "follow-up files, status": (owner, SearchCriteria(change, today, status=Status.FAO_REVIEW)),
        "follow-up files, applicant": (owner, SearchCriteria(change, today, applicant="测试")),
        "follow-up files, new passport": (
            owner,
            SearchCriteria(change, today, passport=NEW_PASSPORT["passport_number"]),
        ),
        "follow-up files, own only": (agent, SearchCriteria(change, today)),
    }
    lists: dict[str, Callable[[], Any]] = {
        name: partial(search.page, viewer, what, 10, None) for name, (viewer, what) in wanted.items()
    }
    hunan, consular = _officer("fao-hunan"), _officer("consular")
    officers: dict[str, tuple[Any, OfficeCriteria]] = {
        "desk of an office": (hunan, OfficeCriteria(today, status=Status.FAO_REVIEW)),
        "an office by status": (hunan, OfficeCriteria(today, status=Status.CONSULAR_APPROVED)),
        "all offices by status": (consular, OfficeCriteria(today, status=Status.CONSULAR_APPROVED)),
        "persons of all offices by status": (consular, OfficeCriteria(today, status=Status.ECONOMY_REVIEW)),
        "persons of an office by status": (hunan, OfficeCriteria(today, status=Status.ECONOMY_REVIEW)),
        "officers by passport": (hunan, OfficeCriteria(today, passport=passport)),
        "officers by applicant": (hunan, OfficeCriteria(today, applicant="测试")),
        "officers by applicant and status": (
            hunan,
            OfficeCriteria(today, applicant="测试", status=Status.FAO_REVIEW),
        ),
        "officers by enterprise": (hunan, OfficeCriteria(today, enterprise_id="enterprise")),
        "officers by enterprise and status": (
            hunan,
            OfficeCriteria(today, enterprise_id="enterprise", status=Status.FAO_REVIEW),
        ),
    }
    lists |= {
        name: partial(search.page_for_officer, viewer, what, 10, None) for name, (viewer, what) in officers.items()
    }
    counted: dict[str, tuple[float, int]] = {}
    for name, first_page in lists.items():
        with _Units() as units:
            page = first_page()
        assert page.applications, name
        counted[name] = (units.total, units.requests)
    return counted


def _rare() -> Iterator[dict[str, Any]]:
    """How the only match among many is found, at the end of the list."""
    from chalicelib.repos.applications import search
    from chalicelib.rules.applications.search import OfficeCriteria, SearchCriteria

    size, today, service = SIZES[1], NOW.date(), Service.NEW_OR_RENEWAL
    owner, agent, _ = _table(size)  # the one that was measured last
    alone = replace(agent, id=AccountId("alone"))
    _store_rare(RARE, Status.WITHDRAWN, "测试甲丁", agent)
    _store_rare(RARE_OF_AGENT, Status.FAO_REVIEW, "测试甲", alone)
    consular = _officer("consular")
    wanted: dict[str, Callable[[Any], Any]] = {
        "a name of four characters": lambda at: search.page(
            owner, SearchCriteria(service, today, applicant="测试甲丁"), 10, at
        ),
        "name and status": lambda at: search.page(
            owner, SearchCriteria(service, today, applicant="测试", status=Status.WITHDRAWN), 10, at
        ),
        "an agent's own, status": lambda at: search.page(
            alone, SearchCriteria(service, today, status=Status.FAO_REVIEW), 10, at
        ),
        "consular department, name and service": lambda at: search.page_for_officer(
            consular, OfficeCriteria(today, applicant="测试甲丁", service=service), 10, at, newest_first=True
        ),
    }
    for name, page in wanted.items():
        start, clients = None, 0
        with _Units() as units:
            while True:
                found = page(start)
                clients, start = clients + 1, found.next_key
                if found.applications or start is None:
                    break
        [match] = found.applications
        assert match.header.number in (RARE, RARE_OF_AGENT), name
        yield {
            "name": f"rare match among {size:,}, {name}: requests of the client",
            "ratio": float(clients),
            "goal": 3,
            "better": "lower",
            "ours": units.total,
            "floor": 1,
            "unit": f"read units, {units.requests} requests of the server",
        }


RARE, RARE_OF_AGENT = "APEC20261120000001", "APEC20261120000002"
"""The numbers of the only matches: older than all others, and therefore at the end of every list."""


def _officer(office: str) -> Any:
    from chalicelib.rules.accounts.accounts import Account
    from chalicelib.rules.base.vocabulary import AccountId, OfficeCode

    return Account(AccountId("officer"), Role.OFFICER, "f", "f", "f@x.example", office=OfficeCode(office))


def _store_rare(number: str, status: Status, name: str, agent: Any) -> None:
    """Store an application of one person at a status."""
    from chalicelib.config import settings
    from chalicelib.repos.applications import items as application_items
    from chalicelib.repos.process import aws
    from chalicelib.repos.table import table
    from chalicelib.rules.accounts.acts import Act
    from chalicelib.rules.applications import submission
    from testing import people

    content = _content([people.person(name=name)])
    application = submission.new_application(ApplicationNumber(number), "企业", content, Act(agent, NOW, "bench"))
    application = replace(application, header=replace(application.header, status=status))
    for item in _items(application, application_items):
        aws.client("dynamodb").put_item(TableName=settings().table, Item=table.dump(item))


def _content(persons: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "group_name": "测试团组", "office": "fao-hunan", "contact": "测试", "contact_phone": "13600000000",
        "contact_email": "c@x.example", "reason": "赴有关经济体洽谈业务并参加展会", "pickup": {"method": "self"},
        "invoice_profile_id": "x", "attachments": [], "persons": persons,
    }  # fmt: skip


class _Units:
    """Read units and requests of DynamoDB within the block."""

    def __enter__(self) -> "_Units":
        from chalicelib.repos.process import aws

        self.total, self.requests = 0.0, 0
        self._events = aws.client("dynamodb").meta.events
        self._events.register("before-parameter-build.dynamodb.*", self._ask, unique_id="ask")
        self._events.register("after-call.dynamodb.*", self._note, unique_id="note")
        return self

    def __exit__(self, *_: object) -> None:
        self._events.unregister("before-parameter-build.dynamodb.*", self._ask, unique_id="ask")
        self._events.unregister("after-call.dynamodb.*", self._note, unique_id="note")

    def _ask(self, params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def _note(self, parsed: dict[str, Any], **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        self.requests += 1
        self.total += sum(part["CapacityUnits"] for part in ([consumed] if isinstance(consumed, dict) else consumed))


def _fill(size: int) -> tuple[Any, Any, str]:
    """Store `size` applications of two persons: half of them by an agent, the others approved with a follow-up."""
    from chalicelib.config import settings
    from chalicelib.repos.applications import items as application_items
    from chalicelib.repos.process import aws
    from chalicelib.repos.table import table
    from chalicelib.rules.accounts.accounts import Account
    from chalicelib.rules.accounts.acts import Act
    from chalicelib.rules.applications import submission
    from chalicelib.rules.applications.applications import Application
    from chalicelib.rules.base import numbers
    from chalicelib.rules.base.vocabulary import AccountId, Action, EnterpriseId, OfficeCode, Scope
    from testing import people

    enterprise = EnterpriseId("enterprise")
    owner = Account(AccountId("enterprise"), Role.ENTERPRISE, "o", "企业", "o@x.example", enterprise)
    agent = Account(AccountId("agent"), Role.AGENT, "a", "测试乙", "a@x.example", enterprise, scope=Scope.OWN)
    fao = Account(AccountId("fao"), Role.OFFICER, "f", "fao", "f@x.example", office=OfficeCode("fao-hunan"))
    consular = Account(AccountId("consular"), Role.OFFICER, "c", "c", "c@x.example", office=OfficeCode("consular"))
    passport = people.make_passport()
    own = {"passport_number": passport}
    items: list[table.Item] = []
    client: Any = aws.client("dynamodb")
    for position in range(1, size + 1):
        creator = agent if position % 2 else owner
        content = _content([people.person(), people.person(**(own if position == size else {}))])
        application = submission.new_application(
            numbers.application_number(NOW, position), "企业", content, Act(creator, NOW, "bench")
        )
        if position % 2 == 0:
            for officer in (fao, consular):
                seen = application.header.status_version
                application, _ = transitions.change_status(application, Action.PASS, Act(officer, NOW, "bench"), seen)
        if position % 2 == 0:
            act = Act(agent if position % 4 else owner, NOW, "bench")
            application, file = _follow_up(application, act, looked_for=position == size)
            items += [*_items(file, application_items), application_items.from_new_passport(file.header)]
        items += _items(application, application_items)
        while len(items) >= BATCH or (items and position == size):
            puts = [{"PutRequest": {"Item": table.dump(item)}} for item in items[:BATCH]]
            client.batch_write_item(RequestItems={settings().table: puts})
            del items[:BATCH]
    assert isinstance(application, Application)
    return owner, agent, passport


def _follow_up(application: Any, act: Any, *, looked_for: bool) -> tuple[Any, Any]:
    """A follow-up application for another passport of the first person; `looked_for`: the one to find."""
    number, person = application.header.number, application.persons[0]
    content = {"reason": "换发护照", "attachments": [], **NEW_PASSPORT}
    if not looked_for:
        content["passport_number"] = f"E{number[-8:]}"
    file, busy = follow_ups.apply_for_service(
        ApplicationNumber(number.replace("APEC2026", "APEC2025")),
        application,
        person,
        Service.CHANGE_PASSPORT,
        content,
        act,
        person.status_version,
        NOW.date(),
    )
    return replace(application, persons=(busy, *application.persons[1:])), file


def _items(application: Any, application_items: Any) -> list[Any]:
    header = application.header
    return [
        application_items.from_header(header),
        *(application_items.from_person(person, header) for person in application.persons),
    ]


def _local_keys(keyring: Any) -> None:
    """Keys of this process: there is no KMS here, and nothing is kept."""
    for name in ("current", "by_id"):
        setattr(keyring, name, lambda *_: keyring.PortalKey("bench", b"0" * 32))
    from chalicelib.repos.keys import cursors, sealing

    sealing.current = sealing.by_id = cursors.current = keyring.current  # type: ignore[attr-defined]
    sealing.older = lambda *_: []  # type: ignore[attr-defined]


def _environment(table: str) -> None:
    """The sandbox's variables, with this table on the DynamoDB that `DYNAMODB_URL` names."""
    from sandbox import environment

    of_aws = {
        "AWS_ENDPOINT_URL_DYNAMODB": os.environ["DYNAMODB_URL"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    here = "http://127.0.0.1"
    os.environ |= environment.application_environment(
        of_aws, kms_key="-", receipt_key="-", licence_jwks={"keys": []}, api_url=here, web_origin=here
    )
    os.environ["ABTC_TABLE"] = table


if __name__ == "__main__":
    for figure in figures(*(int(argument) for argument in sys.argv[1:])):
        print(f"{figure['name']}: {figure['ratio']:.2f} ({figure['ours']:g} against {figure['floor']:g})")
