"""`make bench`: every figure as a ratio against a floor measured in the same run, printed and in build/bench.json.

`python -m benchmarks purge list_reads` measures some of them. `python -m benchmarks units --write` also writes what
`units` has measured into the tables of docs/capacity.md.
"""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import apart

BUILD = Path(__file__).resolve().parent.parent / "build"
MODULES = ("cold_start", "warm_read", "excel_export", "list_reads", "units", "purge", "sandbox_load")
WRITE = "--write"


def main(*arguments: str) -> int:
    """Measure everything, or these."""
    modules = [argument for argument in arguments if argument != WRITE]
    figures = [figure for module in modules or MODULES for figure in apart.measured(module)]
    width = max(len(figure["name"]) for figure in figures)
    print(f"{'figure':<{width}}  ratio  goal")
    for figure in figures:
        goal = f"{'<=' if figure['better'] == 'lower' else '>='} {figure['goal']:g}"
        print(f"{figure['name']:<{width}} {figure['ratio']:6.2f}  {goal:<7} {'met' if is_met(figure) else 'MISSED'}")
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps({"figures": figures}, indent=2) + "\n")
    if WRITE in arguments:
        from benchmarks import capacity

        return capacity.main()
    return 0


def is_met(figure: dict[str, Any]) -> bool:
    """Whether the ratio is as good as the goal."""
    lower: bool = figure["better"] == "lower"
    return bool(figure["ratio"] <= figure["goal"] if lower else figure["ratio"] >= figure["goal"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
