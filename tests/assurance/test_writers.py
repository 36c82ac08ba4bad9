"""Of many concurrent writers on one status, in threads and in processes, exactly one wins (H12).

`ABTC_ASSURANCE=1` runs 200 rounds of each, otherwise a few.
"""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.support import writers
from tests.support.assurance import LONG, figure, rounds

IN_THREADS = rounds(3, 200)
IN_PROCESSES = rounds(5, 200)
ONE_PAGE = 40
"""Number of rounds whose messages fit on one page."""

pytestmark = pytest.mark.assurance

DECISIONS = ("pass", "return", "reject")
OUTCOMES = {"pass": "CONSULAR_REVIEW", "return": "FAO_RETURNED", "reject": "FAO_REJECTED"}


def fao(count):
    """Office and decision of this many officers."""
    return [("fao-hunan", DECISIONS[index % 3]) for index in range(count)]


def one_won(world, owner, number, outcomes):
    """Assert one new status, history entry and message; every other writer is refused with the current status."""
    won = [outcome for outcome in outcomes if outcome in OUTCOMES.values()]
    assert len(won) == 1
    assert {outcome for outcome in outcomes if outcome not in won} == {f"OPERATION_INVALID {won[0]}"}
    shown = owner.ok("GET", f"/applications/{number}")
    assert (shown["status"], shown["status_version"], len(shown["history"])) == (won[0], 2, 2)
    messages = owner.ok("GET", "/messages?limit=100")["items"]
    assert len([message for message in messages if message["application_number"] == number]) == 2


@pytest.mark.accepts("H12")
@pytest.mark.parametrize("count", [2, 8, 32])
def test_of_many_threads_on_one_status_one_wins(world, count):
    for round_ in range(IN_THREADS):
        if round_ % ONE_PAGE == 0:
            owner = world.enterprise()
        number = world.application(owner)["number"]
        one_won(world, owner, number, writers.decide_all(number, fao(count), {}))
    figure(f"writers: {count} threads on one status, {IN_THREADS} rounds: 1 won in each")


@pytest.mark.accepts("H12")
@pytest.mark.parametrize("count", [2, 8, 32] if LONG else [32])
def test_of_many_writers_in_processes_one_wins(world, count):
    processes = min(4, count)
    environment = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "ABTC_"))}
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for round_ in range(IN_PROCESSES):
            if round_ % ONE_PAGE == 0:
                owner = world.enterprise()
            number = world.application(owner)["number"]
            shares = [fao(count // processes)] * processes
            running = [pool.submit(writers.decide_all, number, share, environment) for share in shares]
            one_won(world, owner, number, [outcome for future in running for outcome in future.result(60)])
    figure(f"writers: {count} in {processes} processes, {IN_PROCESSES} rounds: 1 won in each")
