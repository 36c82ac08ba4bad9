"""H12 under load: many writers on one status, in threads and in processes; exactly one wins.

`ABTC_ASSURANCE=1` plays 200 rounds of each, otherwise it is a few.
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
"""Rounds whose messages fit into one page of an enterprise's."""

pytestmark = pytest.mark.assurance

DECISIONS = ("pass", "return", "reject")
OUTCOMES = {"pass": "CONSULAR_REVIEW", "return": "FAO_RETURNED", "reject": "FAO_REJECTED"}


def fao(count):
    """So many officers of the desk, each with a decision of its own."""
    return [("fao-hunan", DECISIONS[index % 3]) for index in range(count)]


def one_won(world, owner, number, outcomes):
    """One status, one history entry and one message more; everybody else heard where it stands."""
    won = [each for each in outcomes if each in OUTCOMES.values()]
    assert len(won) == 1
    assert {each for each in outcomes if each not in won} == {f"OPERATION_INVALID {won[0]}"}
    shown = owner.ok("GET", f"/applications/{number}")
    assert (shown["status"], shown["status_version"], len(shown["history"])) == (won[0], 2, 2)
    told = [each for each in owner.ok("GET", "/messages?limit=100")["items"] if each["application_number"] == number]
    assert len(told) == 2


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
            one_won(world, owner, number, [outcome for each in running for outcome in each.result(60)])
    figure(f"writers: {count} in {processes} processes, {IN_PROCESSES} rounds: 1 won in each")
