"""The size of a run: short in `make test`, long with `ABTC_ASSURANCE=1` (`make assurance`)."""

import os

LONG = os.environ.get("ABTC_ASSURANCE") == "1"


def rounds(short: int, long: int) -> int:
    """The number of rounds in this run."""
    return long if LONG else short


FIGURES: list[str] = []
"""Lines that are printed at the end of the run."""


def figure(text: str) -> None:
    """Print a line at the end of the run."""
    FIGURES.append(text)
