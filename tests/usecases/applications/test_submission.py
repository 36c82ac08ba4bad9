"""Submitting: the reply for a repeated request is made of what was accepted and stored with it."""

import pytest

from chalicelib.repos.applications import applications
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.forms.applications import Submission
from chalicelib.usecases import remember
from chalicelib.usecases.applications import submission
from testing.world import User, World
from tests.support import faults


class Remembered:
    """Notes the results that a use case gives to be remembered; stores nothing."""

    def __init__(self) -> None:
        self.results: list[Application] = []

    def __call__(self, result: Application) -> list[Write]:
        self.results.append(result)
        return []


def test_the_result_that_is_remembered_is_the_result_that_is_returned(world: World, owner: User, act: Act) -> None:
    remembered = Remembered()
    form = Submission.model_validate({"content": world.content(owner)})
    application = submission.submit(form, act, remembered)
    assert remembered.results == [application]
    assert applications.get(application.header.number, act.actor) == application


def test_a_submission_that_cannot_be_stored_leaves_no_application(world: World, owner: User, act: Act) -> None:
    form = Submission.model_validate({"content": world.content(owner)})
    before = {key for key in world.table() if key[0].startswith("APP#")}
    with faults.refused("dynamodb.TransactWriteItems"), pytest.raises(Unavailable):
        submission.submit(form, act, remember.nothing)
    assert {key for key in world.table() if key[0].startswith("APP#")} == before
