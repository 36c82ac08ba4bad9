"""`python -m benchmarks regress`: whether a ratio in instructions is more than 10 % worse than the recorded one.

Counted anew are the portal's first signed-in reply and its recorded acts, each against the raw boto3 handler: ratios of
instructions hardly depend on the machine, and seconds are not compared at all. The record is docs/performance.json.
"""

import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import counting, handlers, trees
from tools import performance

ALLOWED = 0.10
"""The part by which a ratio may be worse than the recorded one."""

type Figure = Mapping[str, Any]


def main() -> int:
    """Count, compare and print; 1 if a ratio is worse.

    Where valgrind is missing or the package cannot run, a line says so and nothing is compared.
    """
    if not counting.is_possible():
        return 0
    if not trees.runs_here():
        print("this machine cannot run what is in the zip: no instructions are counted", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subjects = {handlers.OURS: trees.ours(trees.package(folder), folder), trees.RAW: trees.raw(folder)}
        measured = list(handlers.counted(subjects, counting.recorded(folder), folder))
    lines, has_failed = compared(performance.recorded()["handlers"]["figures"], measured)
    print("\n".join(lines))
    return 1 if has_failed else 0


def compared(recorded: Iterable[Figure], measured: Iterable[Figure]) -> tuple[list[str], bool]:
    """A line for each measured ratio against the raw handler, and whether one is worse or was never recorded."""
    before = {figure["name"]: figure for figure in recorded}
    lines, has_failed = [], False
    for figure in measured:
        if not figure["name"].endswith(f"against {trees.RAW}"):
            continue
        was = before.get(figure["name"])
        if was is None:
            lines.append(f"NOT RECORDED {figure['name']}: measure `handlers` and run `python -m benchmarks report`")
            has_failed = True
            continue
        change = figure["ratio"] / was["ratio"] - 1
        is_worse = change > ALLOWED
        has_failed = has_failed or is_worse
        lines.append(
            f"{'WORSE' if is_worse else 'ok':<5} {figure['name']}: {figure['ratio']:.3f}, recorded {was['ratio']:.3f}"
            f" ({change:+.1%}; {figure['ours']:.1f} against {was['ours']:.1f} {figure['unit']})"
        )
    return lines, has_failed
