"""Parallel segments: together they read each item once, stop together, and share one client."""

import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from chalicelib.config import settings
from chalicelib.repos.maintenance import enterprise_data
from chalicelib.repos.process import aws
from chalicelib.repos.table import client, table
from chalicelib.repos.table.segments import MOST, WHOLE, Segment, walked
from chalicelib.rules.base.errors import Unavailable
from testing.counting import Requests
from tests.support import faults
from tests.support.assurance import figure

ITEMS = 400
"""Items of each table."""


@pytest.fixture(scope="module", autouse=True)
def _filled(cloud_resources):
    """Both tables with partitions of one to five items."""
    sizes = [1 + number % 5 for number in range(ITEMS)]
    keys = [(number, sk) for number, size in enumerate(sizes) for sk in range(size)][:ITEMS]
    for pk in ("ENT", "HISTORY"):
        items = [{"pk": f"{pk}#{number}", "sk": f"{sk}", "place": number} for number, sk in keys]
        for start in range(0, ITEMS, 100):
            table.commit(*(table.put(item) for item in items[start : start + 100]))


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(enterprise_data, "PAGE", 40)


def running():
    """How many threads of walks are running."""
    return sum(thread.name.endswith("(_run)") for thread in threading.enumerate())


def stored():
    """Every primary key of both tables, by requests that use no segment."""
    scan = aws.client("dynamodb").get_paginator("scan")
    pages = [page for name in (settings().table, settings().journal) for page in scan.paginate(TableName=name)]
    return Counter((item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"])


@pytest.mark.parametrize("segments", [1, 2, 4, 7, MOST])
def test_segments_together_read_each_item_exactly_once(segments):
    assert Counter((item["pk"], item["sk"]) for item in enterprise_data.sweep(segments)) == stored()
    assert len(stored()) == 2 * ITEMS
    assert running() == 0


def test_whole_tables_are_read_without_the_parameters_of_segments():
    assert WHOLE.parameters == {}
    assert Segment(2, 4).parameters == {"Segment": 2, "TotalSegments": 4}


@pytest.mark.parametrize("segments", [4, 8])
def test_segments_read_as_many_items_and_hardly_more_pages_than_one(segments):
    counted = {}
    for total in (1, segments):
        requests, began = Requests(), time.monotonic()
        with requests.recording():
            items = sum(1 for _ in enterprise_data.sweep(total))
        counted[total] = items, len(requests), time.monotonic() - began
    (items, alone, time_alone), (items_of_all, of_all, time_of_all) = counted[1], counted[segments]
    assert items_of_all == items
    assert set(requests.operations) == {"dynamodb.Scan"}
    # Each segment ends both tables with a page that is not full.
    assert alone <= of_all <= alone + 2 * segments
    figure(
        f"{segments} segments: {of_all / alone:.2f} of the requests of one, {time_of_all / time_alone:.2f} of the time"
    )


@pytest.mark.parametrize("total", [2, 5])
def test_each_segment_is_at_most_one_batch_ahead_of_the_caller(total):
    made, held = [], threading.Lock()

    def walk(segment):
        for number in range(50):
            with held:
                made.append(segment.number)
            yield [number]

    with closing(walked(total, walk)) as results:
        for taken, _ in enumerate(results, start=1):
            with held:
                assert len(made) <= taken + total
            if taken == 60:
                break
    assert running() == 0


def test_what_one_segment_raises_is_raised_once_and_stops_the_others():
    seen: list[int] = []
    ended: list[int] = []

    def walk(segment):
        try:
            for number in range(1000):
                if segment.number == 2 and number == 10:
                    raise ValueError("segment 2")
                yield [segment.number]
        finally:
            ended.append(segment.number)

    with pytest.raises(ValueError, match="segment 2"):
        seen.extend(walked(4, walk))
    assert len(seen) < 3000
    assert sorted(ended) == [0, 1, 2, 3]
    assert running() == 0


def test_all_segments_may_fail_at_once():
    def walk(segment):
        yield []
        raise ValueError(segment.number)

    with pytest.raises(ValueError, match=r"^[0-3]$"):
        list(walked(4, walk))
    assert running() == 0


def test_a_table_that_does_not_answer_ends_the_walk():
    with faults.refused("dynamodb.Scan", after=5), pytest.raises(Unavailable):
        list(enterprise_data.sweep(4))
    assert running() == 0


def test_a_reader_that_ends_early_leaves_no_thread():
    sweep = enterprise_data.sweep(4)
    next(sweep)
    assert running() == 4
    sweep.close()
    assert running() == 0


def test_a_walk_without_results_stops_too():
    stopping = threading.Event()

    def walk(segment):
        while True:
            if segment.number == 0 and stopping.is_set():
                raise KeyboardInterrupt
            stopping.set()
            yield []

    with pytest.raises(KeyboardInterrupt):
        list(walked(3, walk))
    assert running() == 0


def test_a_signal_stops_a_caller_that_waits_for_all_segments():
    released, caller = threading.Event(), threading.get_ident()

    def walk(segment):
        yield [segment.number]
        if segment.number == 0:
            signal.pthread_kill(caller, signal.SIGINT)
            released.set()
        released.wait()
        yield []

    seen: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        seen.extend(walked(3, walk))
    assert len(seen) <= 3
    assert running() == 0


def test_threads_share_one_client_and_get_the_replies_to_their_own_requests():
    shared = client.client()

    def read(number):
        for _ in range(20):
            item = table.get((f"ENT#{number}", "0"))
            assert item
            assert item["place"] == number
        return client.client()

    with ThreadPoolExecutor(MOST) as pool:
        assert {id(used) for used in pool.map(read, range(MOST))} == {id(shared)}


def test_the_client_is_made_before_the_threads(monkeypatch):
    client._of.cache_clear()
    makers, lighter = [], client._lighter

    def made(plain):
        makers.append(threading.current_thread())
        return lighter(plain)

    monkeypatch.setattr(client, "_lighter", made)
    assert sum(1 for _ in enterprise_data.sweep(MOST)) == 2 * ITEMS
    assert makers == [threading.current_thread()]
