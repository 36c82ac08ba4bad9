"""Repeats every writing operation of a scenario from the same state, killed after its AWS calls and in a storm.

`Killing` wraps the portal. It carries out the first operation of each kind, restores the state, tries the operation
with every fault, restores the state again and carries the operation out for the rest of the scenario.
"""

import re
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from testing.world import Answer, World
from tests.support import faults, invariants
from tests.support.assurance import rounds
from tests.support.snapshots import Snapshot

WRITES = re.compile(r"dynamodb\.(Transact|Batch)Write\w+|dynamodb\.(Put|Update|Delete)Item|s3\.(Put|Copy|Delete)\w+")
EXAMINED = 4
"""Number of successes of an operation that are examined, because its writes may differ between calls."""

MOST = 60
"""Most faults per operation; with more calls only every second or third call is tried."""

LEASE_OVER = 3
"""Minutes after which the lease of a killed relay has ended."""

IN_SEVERAL_ACTS = {
    "POST /v1/office/card-events": "each line is a transaction",
    "POST /v1/office/decisions": "each line is a transaction",
    "POST /v1/office/economies/import": "each line is a transaction",
    "POST /v1/office/foreign-numbers": "each line is a transaction",
    "POST /v1/office/workbooks/import": "each line is a transaction",
    "deliver_mail": "each mail is a transaction",
    "expire_cards": "each card is a transaction",
    "look_up_persons": "each application is a transaction",
    "purge_drafts": "each hundred drafts are a transaction",
    "remind": "each hundred writes are a transaction",
}
"""Operations of several transactions: a kill leaves some of them done and the others not."""

BROUGHT_AGAIN = {"mail_feedback": "SNS delivers a message again until it is processed"}
"""Operations that are consistent only after the automatic repetition."""

HOW: dict[str, Callable[[int], Any]] = {"killed": faults.killed_after, "reply lost": faults.reply_lost_after}

STORM, FAILING = "storm", 0.3
"""The fault in which this share of all attempts of calls fails."""

STORMS = rounds(1, 5)
"""Storms that each operation is tried in."""


@dataclass
class Killing:
    """The operations that were found and the faults that were tried."""

    world: World
    thorough: bool = False
    """Try every fault after every call instead of the first and last write, and always check the whole table."""
    operations: dict[tuple[str, frozenset[str]], list[str]] = field(default_factory=dict)
    """Operations by their name and kinds of writes, with the calls of one success."""
    repeatable: set[str] = field(default_factory=set)
    """Operations whose repetition changes the state again."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """How many times each fault was tried."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Outcomes of the second try: done, or the refusal because the first try had succeeded."""
    _seen: Counter[str] = field(default_factory=Counter)

    def attach(self) -> None:
        """Wrap the calls of the portal from now on."""
        ask, run, feed = self.world.request, self.world.run, self.world.feedback

        def request(method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
            name, idempotent = _route(method, path)
            if idempotent:
                headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
            return self._done(name, lambda _: ask(method, path, body, dict(headers)))

        def scheduled(function: Any, **event: Any) -> dict[str, Any]:
            def enter(again: int) -> dict[str, Any]:
                before = self.world.time.moment
                try:
                    self.world.time.forward(minutes=LEASE_OVER * again)
                    return run(function, **event)
                finally:
                    self.world.time.moment = before

            return self._done(function.func.__name__, enter)

        self.world.request = request  # type: ignore[method-assign]
        self.world.run = scheduled  # type: ignore[method-assign]
        self.world.feedback = lambda message: self._done("mail_feedback", lambda _: feed(message))  # type: ignore[method-assign]

    def detach(self) -> None:
        """Remove the wrapper."""
        for name in ("request", "run", "feedback"):
            self.world.__dict__.pop(name, None)

    def _done[T](self, name: str, act: Callable[[int], T]) -> T:
        if self._seen[name] >= EXAMINED:
            return act(0)
        before = Snapshot(objects=True)
        with faults.calls_noted() as calls:
            answer = act(0)
        self._seen[name] += _succeeded(answer)
        writes = [position for position, call in enumerate(calls) if WRITES.fullmatch(call)]
        kind = (name, frozenset(calls[position] for position in writes))
        if not _succeeded(answer) or not writes or kind in self.operations:
            return answer
        after = Snapshot()
        self.operations[kind] = calls
        invariants.check(self.world)
        _act(act, 1)
        twice = Snapshot()
        if twice.shape != after.shape:
            self.repeatable.add(name)
        for position, how in self._faults(writes, len(calls)):
            before.restore()
            what = f"{name}, {how} after {position}, {calls[position]}"
            self._tried(name, what, act, HOW[how](position), (before, after, twice))
            self.outcomes[how] += 1
        for _ in range(STORMS):
            before.restore()
            seed = self.outcomes[STORM]
            what = f"{name} in storm {seed}"
            self._tried(name, what, act, faults.storm(seed, FAILING, is_long=False), (before, after, twice))
            self.outcomes[STORM] += 1
        # The scenario goes on with this result: its mail is the newest in the mailbox.
        before.restore()
        return act(0)

    def _faults(self, writes: list[int], count: int) -> list[tuple[int, str]]:
        if self.thorough:
            step = -(-count // MOST)
            return [(position, how) for position in range(0, count, step) for how in HOW]
        last = [(writes[-1], how) for how in HOW]
        return [(writes[0], "killed"), *last] if len(writes) > 1 else last

    def _tried(
        self, name: str, what: str, act: Callable[[int], Any], fault: Any, states: tuple[Snapshot, Snapshot, Snapshot]
    ) -> None:
        before, after, twice = states
        with fault:
            first = _act(act, 0)
        assert first is None or _succeeded(first) or first.status == 503, (what, first.status, first.raw)
        now = Snapshot()
        if name in IN_SEVERAL_ACTS:
            invariants.check(self.world)
        elif isinstance(first, Answer) and first.status == 503 and first.code == "UNAVAILABLE":
            assert now.seen == before.seen, (what, "has changed something", *_difference(now, before))
        elif name not in BROUGHT_AGAIN:
            assert now.shape in (before.shape, after.shape), (
                what,
                "is in between",
                *_difference(now, after),
            )
        second = _act(act, 1)
        ended = Snapshot()
        outcome = "done" if _succeeded(second) else second.code
        assert _succeeded(second) or 400 <= second.status < 500, (what, second.raw)
        assert ended.shape in (after.shape, twice.shape), (what, outcome, *_difference(ended, after))
        if self.thorough or ended.shape != after.shape:
            invariants.check(self.world)
        self.refusals[outcome] += 1


def _act(act: Callable[[int], Any], again: int) -> Any:
    """The answer; None if the act was killed, or was unavailable and will be repeated."""
    from chalicelib.rules.base.errors import Unavailable

    try:
        return act(again)
    except (faults.Killed, Unavailable):
        return None


def _succeeded(answer: Any) -> bool:
    return answer.status < 300 if isinstance(answer, Answer) else answer is not None


def _difference(one: Snapshot, other: Snapshot) -> tuple[Counter[str], Counter[str]]:
    return one.shape - other.shape, other.shape - one.shape


def _route(method: str, path: str) -> tuple[str, bool]:
    from chalicelib.handlers.http.routing import ROUTES

    plain = f"/v1{path.partition('?')[0]}"
    fitting = [
        route
        for route in ROUTES
        if route.method == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.path), plain)
    ]
    # A fixed path takes precedence over one with a parameter, such as /sessions/current.
    route = min(fitting, key=lambda route: route.path.count("{"))
    return f"{method} {route.path}", route.idempotent
