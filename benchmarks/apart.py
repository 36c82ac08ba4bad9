"""A benchmark in a process of its own: what one sets up or imports changes nothing for the next."""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from typing import Any


def measured(module: str, *, in_full: bool = False) -> list[dict[str, Any]]:
    """The figures of one module; in full with those of its large sizes (`larger`), if it has any."""
    print(f"measuring {module} ...", file=sys.stderr, flush=True)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_figures, module, in_full).result()


def _figures(module: str, in_full: bool) -> list[dict[str, Any]]:
    measuring = import_module(f"benchmarks.{module}")
    larger = measuring.larger() if in_full and hasattr(measuring, "larger") else ()
    return [*measuring.figures(), *larger]
