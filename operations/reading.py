"""Reading both tables whole: in parallel segments, at a bounded rate, with lines that say how far it is."""

import argparse
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from chalicelib.repos.maintenance import enterprise_data
from chalicelib.repos.table.segments import MOST
from chalicelib.repos.table.table import Item
from operations.terminal import Terminal

PROGRESS = 10_000
"""Items after which a line says how many were read."""


@dataclass(frozen=True)
class Reading:
    """How a command reads both tables."""

    segments: int = 1
    """How many threads read at once, each its own part."""
    pace: float | None = None
    """The most items of all segments together in a second; None for no limit."""
    quiet: bool = False
    """Whether no line says how far it is."""


def items(at: Terminal, reading: Reading) -> Iterator[Item]:
    """Every item of both tables, in no particular order."""
    return counted(at, enterprise_data.sweep(reading.segments), reading)


def counted[Result](at: Terminal, results: Generator[Result], reading: Reading) -> Iterator[Result]:
    """One result for each item that is read, with the lines and at the pace of the reading."""
    with closing(results):
        for number, result in enumerate(results, start=1):
            yield result
            if number % PROGRESS == 0 and not reading.quiet:
                at.say(f"  {number} items read")
            if reading.pace:
                at.sleep(1 / reading.pace)


def add_segments(parser: argparse.ArgumentParser) -> None:
    """Give a command that reads whole tables the option `--segments`."""
    help_text = f"threads that read the tables at once, each its own part: 1 to {MOST}; --pace is that of all together"
    parser.add_argument("--segments", type=_segments, default=1, metavar="N", help=help_text)


def _segments(text: str) -> int:
    """The value of `--segments`."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST}")
    return int(text)
