"""A benchmark in a process of its own: what one sets up or imports changes nothing for the next."""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from typing import Any


def measured(module: str) -> list[dict[str, Any]]:
    """The figures of one module."""
    print(f"measuring {module} ...", file=sys.stderr, flush=True)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_figures, module).result()


def _figures(module: str) -> list[dict[str, Any]]:
    return list(import_module(f"benchmarks.{module}").figures())
