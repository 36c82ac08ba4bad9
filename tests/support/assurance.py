"""How much a run tries: a little in every run of the tests, much with `ABTC_ASSURANCE=1` (`make assurance`)."""

import os

LONG = os.environ.get("ABTC_ASSURANCE") == "1"


def rounds(short: int, long: int) -> int:
    """How many, in this run."""
    return long if LONG else short


FIGURES: list[str] = []
"""What was counted; printed at the end of the run."""


def figure(text: str) -> None:
    """Have a line printed at the end of the run."""
    FIGURES.append(text)
