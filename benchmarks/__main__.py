"""`make bench`: every figure as a ratio against a floor measured in the same run, printed and in build/bench.json."""

import json
import sys
from pathlib import Path

from benchmarks import cold_start, excel_export, list_reads, purge, warm_read

BUILD = Path(__file__).resolve().parent.parent / "build"


def main() -> int:
    """Measure everything."""
    measured = (cold_start, warm_read, excel_export, list_reads, purge)
    figures = [figure for module in measured for figure in module.figures()]
    for figure in figures:
        print(f"{figure['name']}: {figure['ratio']:.2f} (goal {figure['goal']}, {figure['better']} is better)")
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps({"figures": figures}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
