"""The portal against peers that make the same calls of AWS: first signed-in replies, warm reads, and larger acts.

The portal is the built zip; each peer has one module (`peers/`) and what pip installs. Every figure is counted in
instructions with valgrind, where it is there; the first replies and the warm reads are timed as well, in turns.
"""

import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import counting, endpoint, trees
from benchmarks.counting import Subject, Warm
from tools.packaging import proof

OURS = "ours"
FIRST = "GET /me"
READS = ("GET /me", "GET /messages")
FIRST_GOALS = {trees.RAW: 1.0, "Powertools and pydantic": 0.8, "FastAPI and Mangum": 0.6}
WARM_GOALS = {trees.RAW: 0.75}
ACT_GOALS: Mapping[str, float] = {
    "GET /me": 10,
    "GET /messages": 18,
    "POST /applications/search": 28,
    "detail of 90": 25,
    "progress of 90": 20,
    "draft of 90 saved": 15,
}
"""Millions of instructions of one warm call."""
CONNECTION_GOAL = 6
"""Milliseconds of CPU."""
ROUNDS, CALLS = 7, 50
MILLIONS = "M instructions"


def figures() -> Iterator[dict[str, Any]]:
    """The zip's size, and the handlers where this machine can run what is in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        package = trees.package(folder)
        yield _figure("size of the zip", package.size / 1e6, proof.MOST_BYTES / 1e6, 1.0, "MB")
        if trees.runs_here():
            subjects = {OURS: trees.ours(package, folder), **trees.peers(folder)}
            yield from compared(subjects, counting.recorded(folder), folder)


def compared(subjects: Mapping[str, Subject], recording: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """All figures of the portal and of peers."""
    yield from _seconds_of_first_replies(subjects, recording, folder)
    yield from _seconds_of_reads(subjects, recording)
    yield from _memory(subjects, recording)
    yield from _connections(subjects, recording, folder)
    if counting.is_possible():
        yield from counted(subjects, recording, folder)


def counted(subjects: Mapping[str, Subject], recording: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """The figures in instructions: the same each time, up to a few in a thousand."""
    yield from _instructions_of_first_replies(subjects, recording, folder)
    yield from _instructions_of_acts(subjects, recording)


def _instructions_of_first_replies(
    subjects: Mapping[str, Subject], recording: Path, folder: Path
) -> Iterator[dict[str, Any]]:
    with endpoint.running(folder, counting.replies(recording, FIRST)) as (url, authority):
        for subject in subjects.values():
            trees.trust(subject, authority)
        millions = _side_by_side(
            subjects, lambda name: counting.first_reply_millions(subjects[name], recording, FIRST, url)
        )
    yield from _against("first signed-in reply over TLS, instructions", millions, FIRST_GOALS, MILLIONS)


def _seconds_of_first_replies(
    subjects: Mapping[str, Subject], recording: Path, folder: Path
) -> Iterator[dict[str, Any]]:
    with endpoint.running(folder, counting.replies(recording, FIRST)) as (url, authority):
        for subject in subjects.values():
            trees.trust(subject, authority)
        rounds = [
            {name: counting.first_reply(subject, recording, FIRST, url) for name, subject in subjects.items()}
            for _ in range(ROUNDS + 1)
        ][1:]
    yield from _against("first signed-in reply over TLS, CPU", _medians(rounds), FIRST_GOALS, "CPU s")


def _seconds_of_reads(subjects: Mapping[str, Subject], recording: Path) -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        warm = {name: stack.enter_context(Warm(each, recording, counts=False)) for name, each in subjects.items()}
        for act in READS:
            rounds = [
                {name: process.ask(act, CALLS) / CALLS * 1e3 for name, process in warm.items()}
                for _ in range(ROUNDS + 1)
            ][1:]
            yield from _against(f"warm {act}, CPU", _medians(rounds), WARM_GOALS, "CPU ms")


def _memory(subjects: Mapping[str, Subject], recording: Path) -> Iterator[dict[str, Any]]:
    peaks = {}
    for name, subject in subjects.items():
        with Warm(subject, recording, counts=False) as process:
            for act in READS:
                process.ask(act, CALLS)
            peaks[name] = process.peak_megabytes()
    yield from _against(f"{CALLS} calls of each read, peak memory", peaks, {}, "MB")


def _connections(subjects: Mapping[str, Subject], recording: Path, folder: Path) -> Iterator[dict[str, Any]]:
    sides = {OURS: "ours", trees.RAW: "plain"}
    with endpoint.running(folder, counting.replies(recording, FIRST)) as (url, authority):
        for name in sides:
            trees.trust(subjects[name], authority)
        rounds = [
            {
                name: counting.connection(subjects[name], whose, recording, FIRST, url, CALLS)
                for name, whose in sides.items()
            }
            for _ in range(ROUNDS)
        ]
    found = _medians(rounds)
    yield _figure("a new TLS connection, CPU", found[OURS], CONNECTION_GOAL, 1.0, "CPU ms")
    yield from _against("a new TLS connection, CPU", found, {}, "CPU ms")


def _instructions_of_acts(subjects: Mapping[str, Subject], recording: Path) -> Iterator[dict[str, Any]]:
    acts = list(counting.events(recording))

    def counted_for(name: str) -> dict[str, float]:
        with Warm(subjects[name], recording, counts=True) as process:
            return {act: process.millions(act) for act in acts if act in READS or name in (OURS, trees.RAW)}

    counts = _side_by_side(subjects, counted_for)
    for act in acts:
        found = {name: millions[act] for name, millions in counts.items() if act in millions}
        goals = WARM_GOALS if act in READS else {}
        yield from _against(f"warm {act}, instructions", found, goals, MILLIONS)
        yield _figure(f"warm {act}, millions of instructions", found[OURS], ACT_GOALS[act], 1.0, MILLIONS)


def _side_by_side[Counted](names: Iterable[str], count: Callable[[str], Counted]) -> dict[str, Counted]:
    """What is counted for each name: two at once, because instructions do not depend on what else runs."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(count, names), strict=True))


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(measured[name] for measured in rounds) for name in rounds[0]}


def _against(name: str, found: Mapping[str, float], goals: Mapping[str, float], unit: str) -> Iterator[dict[str, Any]]:
    for peer, measured in found.items():
        if peer != OURS:
            yield _figure(f"{name}, against {peer}", found[OURS], measured, goals.get(peer), unit)


def _figure(name: str, ours: float, floor: float, goal: float | None, unit: str) -> dict[str, Any]:
    return {
        "name": name,
        "ratio": ours / floor,
        "goal": goal,
        "better": "lower",
        "ours": ours,
        "floor": floor,
        "unit": unit,
    }
