"""AWS fails at three attempts of ten, under many clients: success or 503, nothing is lost and nothing doubled.

A request answered UNAVAILABLE has changed nothing; one answered OUTCOME_UNKNOWN may have. Here are the main parts of
the portal, used by many at once; `tests/assurance/test_killed.py` carries out every writing operation in a storm.

`ABTC_ASSURANCE=1` lets each client go through the portal many times, otherwise it is once.
"""

import os
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from chalicelib.config import settings
from testing import people
from tests.support import faults, invariants
from tests.support.assurance import figure, rounds

CLIENTS, ROUNDS = 4, rounds(1, 8)
ASKED_AT_MOST = 12
"""Tries of a client during the storm; afterwards it repeats the same request once without faults."""

pytestmark = pytest.mark.assurance


class GaveUp(Exception):
    """Raised after twelve replies 503, when the retry quota of botocore is used up."""


@dataclass
class Client:
    """A client that repeats requests after 503 with the same key and records acknowledged results."""

    owner: object
    desk: object
    statuses: Counter[int] = field(default_factory=Counter)
    refused: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """Replies 503 by their code and by whether the request had changed something."""
    slowest: float = 0.0
    numbers: list[Any] = field(default_factory=list)
    agents: list[Any] = field(default_factory=list)
    profiles: list[Any] = field(default_factory=list)
    drafts: list[Any] = field(default_factory=list)
    pending: tuple[Any, ...] | None = None

    def ask(self, user, method, path, body=None, **headers):
        """The first answer other than 503, and whether an earlier answer was 503."""
        for asked in range(ASKED_AT_MOST):
            before = seen_by_users(self.owner)
            began = time.perf_counter()
            answer = user(method, path, body, **headers)
            self.slowest = max(self.slowest, time.perf_counter() - began)
            self.statuses[answer.status] += 1
            if answer.status != 503:
                return answer, asked > 0
            assert int(answer.headers["retry-after"]) > 0
            self.refused[answer.code, seen_by_users(self.owner) != before] += 1
        self.pending = (user, method, path, body, headers)
        raise GaveUp

    def create(self, path, body):
        answer, _ = self.ask(self.owner, "POST", path, body, Idempotency_Key=str(uuid.uuid4()))
        assert answer.status == 201, answer.raw.decode()
        return answer.body

    def change(self, user, method, path, body=None, **headers):
        """An act that may succeed without an acknowledgement; its repetition is then refused."""
        answer, again = self.ask(user, method, path, body, **headers)
        assert answer.status < 300 or (again and answer.status in (404, 409, 412)), answer.raw.decode()

    def ask_in_calm(self):
        """Repeat abandoned requests with the same key: each succeeds, or shows that it was carried out before."""
        if self.pending is None:
            return
        user, method, path, body, headers = self.pending
        answer = user(method, path, body, **headers)
        assert answer.status < 300 or (path != "/applications" and answer.status in (404, 409, 412)), answer.status
        if method == "POST" and path in self.made:
            self.made[path].append(answer.body["number" if path == "/applications" else "id"])
        ended = path.removeprefix("/drafts/") if method == "DELETE" else (body or {}).get("draft_id")
        if ended in self.drafts:
            self.drafts.remove(ended)

    @property
    def made(self):
        """Acknowledged results by call."""
        return {
            "/agents": self.agents,
            "/invoice-profiles": self.profiles,
            "/drafts": self.drafts,
            "/applications": self.numbers,
        }

    def go_through(self, contents):
        """Use the main parts of the portal as far as the storm allows."""
        try:
            self._go_through(contents)
        except GaveUp:
            return

    def _go_through(self, contents):
        self.agents.append(self.create("/agents", people.agent())["id"])
        self.profiles.append(self.create("/invoice-profiles", people.invoice_profile())["id"])
        for name in ("留", "交", "弃"):
            self.drafts.append(self.create("/drafts", {"group_name": name})["id"])
        sent, thrown = self.drafts[-2:]
        self.change(self.owner, "PUT", f"/drafts/{sent}", next(contents), If_Match='"1"')
        self.change(self.owner, "DELETE", f"/drafts/{thrown}")
        self.drafts.remove(thrown)
        passed = self.create("/applications", {"draft_id": sent})["number"]
        self.drafts.remove(sent)
        self.numbers.append(passed)
        withdrawn = self.create("/applications", {"content": next(contents)})["number"]
        self.numbers.append(withdrawn)
        decision = {"decision": "pass", "status_version": 1}
        self.change(self.desk, "POST", f"/office/applications/{passed}/decision", decision)
        self.change(self.owner, "POST", f"/applications/{withdrawn}/withdraw", {"status_version": 1})
        for method, path, body in (
            ("GET", "/messages", None),
            ("GET", f"/applications/{passed}", None),
            ("POST", "/applications/search", {"service": "new_or_renewal"}),
        ):
            answer, _ = self.ask(self.owner, method, path, body)
            assert answer.status == 200, answer.raw.decode()


def seen_by_users(owner):
    """Every item of an enterprise that its users see, read around the storm."""
    enterprise_id = owner.account["enterprise_id"]
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=settings().table, ConsistentRead=True)
    items = {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}
    return {
        key: item
        for key, item in items.items()
        if enterprise_id in "".join(key)
        and not key[0].startswith("IDEM#")
        and not key[1].startswith(("SESSION#", "QUOTA#"))
    }


@pytest.fixture
def clients(world):
    """Clients with an enterprise and contents each, and uploads in the bucket; they share one officer."""
    made = []
    for _ in range(CLIENTS):
        owner = world.enterprise()
        contents = iter([world.content(owner) for _ in range(2 * ROUNDS)])
        made.append((Client(owner, world.desk("fao-hunan"), profiles=[world.profile(owner)]), contents))
    return made


def test_each_reply_is_success_or_503_and_nothing_is_lost_or_doubled(world, clients):
    environment = os.environ
    injected: Counter[str] = Counter()
    attempts: Counter[str] = Counter()
    gave_up = 0
    try:
        for round_ in range(ROUNDS):
            with faults.storm(20261121 + round_, 0.3) as storm, ThreadPoolExecutor(CLIENTS) as pool:
                for each in [pool.submit(client.go_through, contents) for client, contents in clients]:
                    each.result()
            for client, _ in clients:
                client.ask_in_calm()
                gave_up += client.pending is not None
                client.pending = None
            injected += storm.injected
            attempts += storm.attempts
    finally:
        os.environ = environment  # noqa: B003  Chalice's test client puts a copy there, which threads mix up
    everybody = [client for client, _ in clients]
    statuses: Counter[int] = sum((client.statuses for client in everybody), Counter())
    refused: Counter[tuple[str, bool]] = sum((client.refused for client in everybody), Counter())
    figure(
        f"storm: {CLIENTS} clients, {statuses.total()} replies: {dict(sorted(statuses.items()))}, "
        f"{gave_up} asked once more in calm weather, "
        f"slowest {max(client.slowest for client in everybody):.1f} s; injected {dict(injected)}, "
        f"attempts of a call {dict(sorted(attempts.items()))}, "
        f"replies 503 by code and whether something was changed {dict(sorted(refused.items()))}"
    )
    assert statuses[201] > CLIENTS
    assert set(statuses) <= {200, 201, 204, 404, 409, 412, 503}
    assert refused["UNAVAILABLE", True] == 0
    assert {code for code, _ in refused} <= {"UNAVAILABLE", "OUTCOME_UNKNOWN"}
    assert min(injected[error] for error in faults.STORM) > 0
    assert set(attempts) <= {"1", "2", "3"}
    invariants.check(world)
    for client in everybody:
        assert _listed(client.owner, "/agents") == Counter(client.agents)
        assert _listed(client.owner, "/invoice-profiles") == Counter(client.profiles)
        assert _listed(client.owner, "/drafts") == Counter(client.drafts)
        found = client.owner.ok("POST", "/applications/search", {"service": "new_or_renewal", "limit": 100})["items"]
        assert Counter(each["number"] for each in found) == Counter(client.numbers)


def _listed(user, path):
    return Counter(each["id"] for each in user.ok("GET", path)["items"])
