"""`make bench`: every figure as a ratio against a floor measured in the same run, printed and in build/bench.json.

`python -m benchmarks purge list_reads` measures some of them; `--full` adds the modules and sizes that take long.
`python -m benchmarks units --write` also writes what `units` has measured into the tables of docs/capacity.md.
`python -m benchmarks report` records what was measured last in docs/performance.json and writes docs/performance.md.
`python -m benchmarks regress` counts the instructions again and fails if a ratio is worse than the recorded one.
"""

import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import apart
from tools import performance
from tools.performance import is_met

BUILD = Path(__file__).resolve().parent.parent / "build"
MODULES = ("handlers", "excel_export", "list_reads", "purge", "sandbox_load")
SLOW = ("units",)
"""Measured in full, or by name."""
WRITE, FULL = "--write", "--full"


def main(*arguments: str) -> int:
    """Measure everything, or these; or do what one word says."""
    if arguments == ("report",):
        return report()
    if arguments == ("regress",):
        from benchmarks import regress

        return regress.main()
    in_full = FULL in arguments
    named = [argument for argument in arguments if argument not in (WRITE, FULL)]
    chosen = named or [*MODULES, *(SLOW if in_full else ())]
    BUILD.mkdir(exist_ok=True)
    found: dict[str, Any] = {}
    for module in chosen:  # what was measured stays if a later module fails
        found[module] = _entry(apart.measured(module, in_full=in_full))
        (BUILD / "bench.json").write_text(json.dumps({"modules": found}, indent=1) + "\n", encoding="utf-8")
    show([figure for entry in found.values() for figure in entry["figures"]])
    if WRITE in arguments:
        from benchmarks import capacity

        return capacity.main()
    return 0


def report() -> int:
    """Put the figures of build/bench.json in place of the recorded ones of their modules, and write the page."""
    measured = json.loads((BUILD / "bench.json").read_text(encoding="utf-8"))["modules"]
    kept = performance.recorded() if performance.RECORD.exists() else {}
    ordered = {name: {**kept, **measured}[name] for name in performance.MODULES if name in {**kept, **measured}}
    performance.RECORD.write_text(json.dumps({"modules": ordered}, indent=1) + "\n", encoding="utf-8")
    performance.PAGE.write_text(performance.page(), encoding="utf-8")
    return 0


def show(figures: list[dict[str, Any]]) -> None:
    """Print the figures as a table."""
    width = max((len(figure["name"]) for figure in figures), default=0)
    print(f"{'figure':<{width}}  ratio  goal")
    for figure in figures:
        goal = performance.goal(figure)
        print(f"{figure['name']:<{width}} {figure['ratio']:6.2f}  {goal:<7} {performance.RESULTS[is_met(figure)]}")


def _entry(figures: list[dict[str, Any]]) -> dict[str, Any]:
    return {"measured_on": f"{datetime.now(UTC):%Y-%m-%d}", "machine": _machine(), "figures": figures}


def _machine() -> str:
    """What the figures were measured on."""
    names = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    models = [line.partition(":")[2].strip() for line in names.splitlines() if line.startswith("model name")]
    processor = f"{models[0]}, {len(models)} cores" if models else platform.machine()
    return f"{processor}, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
