"""`make bench`: every figure as a ratio against a floor measured in the same run, printed and in build/bench.json.

`python -m benchmarks purge list_reads` measures some of them. Each module has a process of its own: what one sets up or
imports changes nothing for the next.
"""

import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

BUILD = Path(__file__).resolve().parent.parent / "build"
MODULES = ("cold_start", "warm_read", "excel_export", "list_reads", "purge", "sandbox_load")


def main(*modules: str) -> int:
    """Measure everything, or these."""
    figures = [figure for module in modules or MODULES for figure in _apart(module)]
    width = max(len(figure["name"]) for figure in figures)
    print(f"{'figure':<{width}}  ratio  goal")
    for figure in figures:
        goal = f"{'<=' if figure['better'] == 'lower' else '>='} {figure['goal']:g}"
        print(f"{figure['name']:<{width}} {figure['ratio']:6.2f}  {goal:<7} {'met' if is_met(figure) else 'MISSED'}")
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps({"figures": figures}, indent=2) + "\n")
    return 0


def is_met(figure: dict[str, Any]) -> bool:
    """Whether the ratio is as good as the goal."""
    lower: bool = figure["better"] == "lower"
    return bool(figure["ratio"] <= figure["goal"] if lower else figure["ratio"] >= figure["goal"])


def _apart(module: str) -> list[dict[str, Any]]:
    print(f"measuring {module} ...", file=sys.stderr, flush=True)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(measured, module).result()


def measured(module: str) -> list[dict[str, Any]]:
    """The figures of one module; called in a process of its own."""
    return list(import_module(f"benchmarks.{module}").figures())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
