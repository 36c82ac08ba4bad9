"""Sixteen clients at once on an API process that is killed and started again: nothing acknowledged is lost or doubled.

The database keeps running. A client without an answer repeats the request with the same Idempotency-Key.
"""

import contextlib
import itertools
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from testing import people
from testing.running import HOST, ROOT, free_ports, wait_for
from testing.world import World
from tests.support.assurance import LONG, figure, rounds

pytestmark = pytest.mark.assurance

SECONDS = rounds(4, 600)
KILLS = rounds(1, 5)
ENTERPRISES = 4
GROWTH = 1.2
"""Maximum resident memory of a run of the process, relative to that after its first third."""


class Api:
    """The API process and the memory use of each of its runs."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.url = f"http://{HOST}:{self.port}/v1"
        self.memory: list[list[int]] = []
        """Resident kilobytes per second, for each run of the process."""
        self._process: subprocess.Popen[bytes]

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.support.api_process", str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        wait_for(self._answers, 30, "the API answers")
        self.memory.append([])

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/health", trust_env=False).status_code == 200
        return False

    def live(self, seconds: float) -> None:
        """Record the memory use for this time."""
        end = time.monotonic() + seconds
        while (rest := end - time.monotonic()) > 0:
            time.sleep(min(1, rest))
            assert self._process.poll() is None, "the process ended by itself"
            shown = subprocess.run(
                ["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, text=True, check=True
            )
            self.memory[-1].append(int(shown.stdout))

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)


@dataclass
class Client:
    """Sends random requests until stopped and records what was acknowledged."""

    api: Api
    token: str
    content: dict[str, Any]
    office: str | None
    dice: random.Random
    stop: threading.Event
    drafts: dict[str, int] = field(default_factory=dict)
    submitted: list[str] = field(default_factory=list)
    profiles: set[str] = field(default_factory=set)
    seen: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0

    def run(self) -> None:
        acts = self._of_office() if self.office else self._of_member()
        with httpx.Client(trust_env=False, timeout=30) as self._http:
            while not self.stop.is_set():
                self.dice.choice(acts)()

    def _of_member(self) -> list[Any]:
        return [self.draft, self.save, self.submit, self.forget, self.profile, self.read, self.search, self.message]

    def _of_office(self) -> list[Any]:
        return [self.decide, self.queue]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Repeat the request until its outcome is known."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.token}"
        for attempt in itertools.count():
            assert attempt < 600, (method, path)
            try:
                answer = self._http.request(method, self.api.url + path, json=body, headers=sent)
            except httpx.TransportError:
                self.unanswered += 1
                time.sleep(0.1)
                continue
            self.seen[answer.status_code] += 1
            assert answer.status_code not in (401, 500), (method, path, answer.text)
            if answer.status_code != 503 and not (answer.status_code == 409 and "IN_PROGRESS" in answer.text):
                return answer
            time.sleep(0.1)
        raise AssertionError

    def create(self, path: str, body: Any) -> httpx.Response:
        return self.call("POST", path, body, Idempotency_Key=str(uuid.uuid4()))

    def draft(self) -> None:
        answer = self.create("/drafts", {"group_name": f"草稿{self.dice.random()}"})
        if answer.status_code == 201:
            assert answer.json()["id"] not in self.drafts, "one request, one draft"
            self.drafts[answer.json()["id"]] = 1

    def save(self) -> None:
        if self.drafts:
            draft, version = self.dice.choice(list(self.drafts.items()))
            body = {"group_name": "草稿", "reason": "说明" * 20}
            answer = self.call("PUT", f"/drafts/{draft}", body, If_Match=f'"{version}"')
            # The first attempt may have been written before its answer was lost.
            assert answer.status_code in (200, 412), answer.text
            self.drafts[draft] = version + 1

    def forget(self) -> None:
        if len(self.drafts) > 3:
            draft, _ = self.drafts.popitem()
            assert self.call("DELETE", f"/drafts/{draft}").status_code in (204, 404)

    def submit(self) -> None:
        answer = self.create("/applications", {"content": self.content})
        assert answer.status_code == 201, answer.text
        self.submitted.append(answer.json()["number"])

    def profile(self) -> None:
        answer = self.create("/invoice-profiles", people.invoice_profile())
        if answer.status_code == 201:
            self.profiles.add(answer.json()["id"])
        elif self.profiles:
            answer = self.call("DELETE", f"/invoice-profiles/{self.profiles.pop()}")
            assert answer.status_code in (204, 404), answer.text

    def read(self) -> None:
        if self.submitted:
            answer = self.call("GET", f"/applications/{self.dice.choice(self.submitted)}")
            assert answer.status_code == 200, answer.text

    def search(self) -> None:
        assert self.call("POST", "/applications/search", {"service": "new_or_renewal"}).status_code == 200

    def message(self) -> None:
        items = self.call("GET", "/messages").json()["items"]
        if items:
            assert self.call("POST", f"/messages/{items[0]['id']}/read").status_code == 204
        assert self.call("POST", "/messages/read-all").status_code == 204

    def queue(self) -> None:
        assert self.call("POST", "/office/search", {}).status_code == 200

    def decide(self) -> None:
        found = self.call("POST", "/office/search", {"limit": 20}).json()["items"]
        if found:
            row = self.dice.choice(found)
            form = {"decision": self.dice.choice(["pass", "pass", "reject"]), "status_version": row["status_version"]}
            answer = self.call("POST", f"/office/applications/{row['number']}/decision", {**form, "reason": "不予受理"})
            assert answer.status_code in (200, 409), answer.text


def everybody(world: World, api: Api, stop: threading.Event) -> dict[str, list[Client]]:
    """Four enterprises with two agents each, and four officers."""
    clients: dict[str, list[Client]] = {}
    number = itertools.count()

    def client(user: Any, content: dict[str, Any], office: str | None = None) -> Client:
        return Client(api, user.token, content, office, random.Random(next(number)), stop)

    for _ in range(ENTERPRISES):
        owner = world.enterprise()
        content = world.content(owner)
        users = [owner, world.agent(owner), world.agent(owner, scope="own")]
        clients[owner.account["enterprise_id"]] = [client(user, content) for user in users]
    offices = ["fao-hunan", "fao-hunan", "consular", "consular"]
    clients["offices"] = [client(world.officer(office), {}, office) for office in offices]
    return clients


@pytest.fixture
def api(world):
    world.time.moment = datetime.now(UTC)
    api = Api()
    api.start()
    try:
        yield api
    finally:
        api.kill()


def test_acknowledged_data_is_neither_lost_nor_doubled_while_the_api_is_killed_and_restarted(world, api):
    stop = threading.Event()
    clients = everybody(world, api, stop)
    all_clients = [client for members in clients.values() for client in members]
    with ThreadPoolExecutor(len(all_clients)) as pool:
        running = [pool.submit(client.run) for client in all_clients]
        try:
            for life in range(KILLS + 1):
                api.live(SECONDS / (KILLS + 1))
                if life < KILLS:
                    api.kill()
                    api.start()
        finally:
            stop.set()
        for future in running:
            future.result(120)
    print_figures(all_clients, api)
    offices = clients.pop("offices")
    assert sum(client.seen.total() for client in offices) > 0
    for enterprise, members in clients.items():
        compare(world, enterprise, members)
    check_invariants(world)
    if LONG:
        for life in api.memory:
            assert max(life[len(life) // 3 :]) <= GROWTH * life[len(life) // 3], life


def compare(world: World, enterprise: str, members: list[Client]) -> None:
    """The table contains exactly the acknowledged data of an enterprise."""
    table = world.table()
    numbers = sorted(number for member in members for number in member.submitted)
    assert len(numbers) == len(set(numbers)), "one submission, one number"
    headers = sorted(
        pk.removeprefix("APP#")
        for (pk, sk), item in table.items()
        if pk.startswith("APP#") and sk == "HEADER" and item["enterprise_id"]["S"] == enterprise
    )
    assert headers == numbers
    drafts = sorted(draft for member in members for draft in member.drafts)
    accounts = {
        sk.removeprefix("ACCOUNT#") for pk, sk in table if pk == f"ENT#{enterprise}" and sk.startswith("ACCOUNT#")
    }
    stored = sorted(
        sk.removeprefix("DRAFT#") for pk, sk in table if pk.removeprefix("ACC#") in accounts and sk.startswith("DRAFT#")
    )
    assert stored == drafts
    for account in accounts:
        state = table.get((f"ACC#{account}", "STATE"), {})
        own = [sk for pk, sk in table if pk == f"ACC#{account}" and sk.startswith("DRAFT#")]
        assert int(state.get("drafts", {"N": "0"})["N"]) == len(own)
    profile = table[f"ENT#{enterprise}", "PROFILE"]
    invoices = {
        sk.removeprefix("INVOICE#") for pk, sk in table if pk == f"ENT#{enterprise}" and sk.startswith("INVOICE#")
    }
    assert int(profile["invoice_profiles"]["N"]) == len(invoices)
    assert {profile_id for member in members for profile_id in member.profiles} <= invoices


def check_invariants(world: World) -> None:
    """Check the invariants across items, if that module exists."""
    try:
        from tests.support import invariants
    except ImportError:
        return
    invariants.check(world)


def print_figures(clients: list[Client], api: Api) -> None:
    seen: Counter[int] = sum((client.seen for client in clients), Counter())
    lost = sum(client.unanswered for client in clients)
    figure(
        f"soak: {SECONDS} s, {len(clients)} clients, {KILLS} kills, answers {dict(sorted(seen.items()))}, "
        f"{lost} without an answer, {sum(len(client.submitted) for client in clients)} applications"
    )
    lives = [f"{life[len(life) // 3] // 1024} -> {life[-1] // 1024} MB" for life in api.memory if life]
    figure(f"soak: resident memory after a third of each run and at its end: {', '.join(lives)}")
