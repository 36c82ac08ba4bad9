"""Retrying an act while concurrent requests change what it has read."""

import pytest

from chalicelib.rules.base.errors import NotFound, Unavailable
from chalicelib.usecases.retries import until_unchanged


class _Changed(Exception):
    """A concurrent request was faster."""


class Act:
    """An act that meets a number of concurrent changes before it succeeds."""

    def __init__(self, changes: int) -> None:
        self.changes = changes
        self.runs = 0

    def __call__(self) -> str:
        self.runs += 1
        if self.runs <= self.changes:
            raise _Changed
        return f"stored by run {self.runs}"


def test_an_act_is_run_again_until_nothing_has_changed_meanwhile() -> None:
    act = Act(changes=2)
    assert until_unchanged(act, _Changed) == "stored by run 3"
    assert act.runs == 3


def test_an_act_that_always_meets_a_change_is_given_up_after_its_tries() -> None:
    act = Act(changes=100)
    with pytest.raises(Unavailable):
        until_unchanged(act, _Changed, tries=3)
    assert act.runs == 3


def test_a_refusal_is_not_retried() -> None:
    def refused() -> str:
        raise NotFound

    with pytest.raises(NotFound):
        until_unchanged(refused, _Changed)
