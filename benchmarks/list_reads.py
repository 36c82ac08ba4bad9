"""Read units of the first page of every list and filter, at 100 and at 10,000 applications of one enterprise.

Wants a DynamoDB that counts units as AWS does: `DYNAMODB_URL` names one (dynoxide); without it nothing is measured.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError

from chalicelib.rules import follow_ups, moves
from chalicelib.rules.vocabulary import ApplicationNumber, Role, Service, Status

SIZES = (100, 10_000)
GOAL = 1.5
BATCH = 25
NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
NEW_PASSPORT = {
    "passport_kind": "ordinary",
    "passport_number": "E87654321",
    "passport_issued_on": "2026-11-01",
    "passport_expires_on": "2036-10-31",
    "passport_place": "湖南",
}


def figures() -> Iterator[dict[str, Any]]:
    """Units at 10,000 against units at 100, for each filter."""
    if "DYNAMODB_URL" not in os.environ:
        return
    units = {size: _measure(size) for size in SIZES}
    for name in units[SIZES[0]]:
        few, many = (units[size][name][0] for size in SIZES)
        yield {
            "name": f"first page, {name}: read units at 10,000 applications",
            "ratio": many / few,
            "goal": GOAL,
            "better": "lower",
            "ours": many,
            "floor": few,
            "unit": f"read units, {units[SIZES[1]][name][1]} requests",
        }


def _measure(size: int) -> dict[str, tuple[float, int]]:
    _environment(f"bench-{size}")
    from chalicelib.config import settings
    from chalicelib.repos import aws, keyring, search
    from chalicelib.repos.search import Wanted
    from sandbox import cloud

    settings.cache_clear()
    aws._client.cache_clear()
    _local_keys(keyring)
    with contextlib.suppress(ClientError):  # after the table is made: this engine has no backups to switch on
        cloud.create_table(boto3.client("dynamodb"), settings().table)
    owner, agent, passport = _fill(size)
    issue, change, today = Service.ISSUE, Service.CHANGE_PASSPORT, NOW.date()
    wanted = {
        "plain": (owner, Wanted(issue, today)),
        "own only": (agent, Wanted(issue, today)),
        "number": (owner, Wanted(issue, today, number=f"APEC20261121{size:06d}")),
        "beginning of a number": (owner, Wanted(issue, today, number="APEC20261121")),
        "applicant": (owner, Wanted(issue, today, applicant="测试")),
        "status of the group": (owner, Wanted(issue, today, status=Status.FAO_REVIEW)),
        "status of the person": (owner, Wanted(issue, today, status=Status.ECONOMY_REVIEW)),
        "passport": (owner, Wanted(issue, today, passport=passport)),
        "available service": (owner, Wanted(issue, today, available=Service.CHANGE_PASSPORT)),
        "agent": (owner, Wanted(issue, today, creator_id=agent.id)),
        "agent and status": (owner, Wanted(issue, today, creator_id=agent.id, status=Status.FAO_REVIEW)),
        "own only and status": (agent, Wanted(issue, today, status=Status.FAO_REVIEW)),
        "own only and applicant": (agent, Wanted(issue, today, applicant="测试")),
        "follow-up files": (owner, Wanted(change, today)),
        "follow-up files, status": (owner, Wanted(change, today, status=Status.FAO_REVIEW)),
        "follow-up files, applicant": (owner, Wanted(change, today, applicant="测试")),
        "follow-up files, new passport": (owner, Wanted(change, today, passport=NEW_PASSPORT["passport_number"])),
        "follow-up files, own only": (agent, Wanted(change, today)),
    }
    lists: dict[str, Callable[[], Any]] = {
        name: partial(search.page, viewer, what, 10, None) for name, (viewer, what) in wanted.items()
    }
    lists |= {
        "desk of an office": lambda: search.desk("fao-hunan", 10, None),
        "an office by status": lambda: search.of_office("fao-hunan", Status.MFA_APPROVED, 10, None),
        "all offices by status": lambda: search.at_stage(Status.MFA_APPROVED, 10, None),
    }
    counted: dict[str, tuple[float, int]] = {}
    for name, first_page in lists.items():
        with _Units() as units:
            applications, _ = first_page()
        assert applications, name
        counted[name] = (units.total, units.requests)
    return counted


class _Units:
    """Read units and requests of DynamoDB within the block."""

    def __enter__(self) -> "_Units":
        from chalicelib.repos import aws

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
        self.total += sum(each["CapacityUnits"] for each in ([consumed] if isinstance(consumed, dict) else consumed))


def _fill(size: int) -> tuple[Any, Any, str]:
    """So many applications of two persons: one half by an agent, the other approved and with a follow-up file each."""
    from chalicelib.config import settings
    from chalicelib.repos import application_items, aws, table
    from chalicelib.rules import numbers, submission
    from chalicelib.rules.accounts import Account
    from chalicelib.rules.applications import Act, Application
    from chalicelib.rules.vocabulary import AccountId, Action, EnterpriseId, OfficeCode, Scope
    from tests.support import people

    enterprise = EnterpriseId("enterprise")
    owner = Account(AccountId("enterprise"), Role.ENTERPRISE, "o", "企业", "o@x.example", enterprise)
    agent = Account(AccountId("agent"), Role.AGENT, "a", "测试乙", "a@x.example", enterprise, scope=Scope.OWN)
    fao = Account(AccountId("fao"), Role.OFFICER, "f", "fao", "f@x.example", office=OfficeCode("fao-hunan"))
    consular = Account(AccountId("consular"), Role.OFFICER, "c", "c", "c@x.example", office=OfficeCode("consular"))
    passport = people.make_passport()
    own = {"passport_number": passport}
    items: list[table.Item] = []
    for position in range(1, size + 1):
        creator = agent if position % 2 else owner
        content = {
            "group_name": "测试团组", "office": "fao-hunan", "contact": "测试", "contact_phone": "13600000000",
            "contact_email": "c@x.example", "reason": "赴有关经济体洽谈业务并参加展会", "pickup": {"method": "self"},
            "invoice_profile_id": "x", "attachments": [],
            "persons": [people.person(), people.person(**(own if position == size else {}))],
        }  # fmt: skip
        application = submission.submitted(
            numbers.application_number(NOW, position), "企业", content, Act(creator, NOW, "bench")
        )
        if position % 2 == 0:
            for officer in (fao, consular):
                seen = application.group.status_version
                application, _ = moves.move(application, Action.PASS, Act(officer, NOW, "bench"), seen)
        if position % 2 == 0:
            act = Act(agent if position % 4 else owner, NOW, "bench")
            application, file = _follow_up(application, act, looked_for=position == size)
            items += [*_items(file, application_items), application_items.from_new_passport(file.group)]
        items += _items(application, application_items)
    client: Any = aws.client("dynamodb")
    for start in range(0, len(items), BATCH):
        puts = [{"PutRequest": {"Item": table.dump(item)}} for item in items[start : start + BATCH]]
        client.batch_write_item(RequestItems={settings().table: puts})
    assert isinstance(application, Application)
    return owner, agent, passport


def _follow_up(application: Any, act: Any, *, looked_for: bool) -> tuple[Any, Any]:
    """A file for another passport of the first person; the newest one brings the passport that is looked for."""
    number, person = application.group.number, application.persons[0]
    content = {"reason": "换发护照", "attachments": [], **NEW_PASSPORT}
    if not looked_for:
        content["passport_number"] = f"E{number[-8:]}"
    file, busy = follow_ups.apply(
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
    group = application.group
    return [
        application_items.from_group(group),
        *(application_items.from_person(person, group) for person in application.persons),
    ]


def _local_keys(keyring: Any) -> None:
    """Keys of this process: there is no KMS here, and nothing is kept."""
    for name in ("current", "by_id"):
        setattr(keyring, name, lambda *_: keyring.PortalKey("bench", b"0" * 32))
    from chalicelib.repos import cursors, sealing

    sealing.current = sealing.by_id = cursors.current = keyring.current  # type: ignore[attr-defined]


def _environment(table: str) -> None:
    os.environ |= {
        "AWS_ENDPOINT_URL_DYNAMODB": os.environ["DYNAMODB_URL"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "ABTC_STAGE": "bench",
        "ABTC_TABLE": table,
        "ABTC_BUCKET": "-",
        "ABTC_KMS_KEY": "-",
        "ABTC_WEB_ORIGIN": "http://127.0.0.1",
        "ABTC_API_URL": "http://127.0.0.1",
        "ABTC_MAIL_FROM": "-",
        "ABTC_MAIL_ALLOWLIST": "",
        "ABTC_PASSWORD_PROFILE": "default",
        "ABTC_LICENCE_KEYS": '{"keys": []}',
    }
