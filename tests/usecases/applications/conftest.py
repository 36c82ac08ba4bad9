"""Accounts and applications that the use cases are called with, without HTTP."""

from collections.abc import Callable

import pytest

from chalicelib.repos.accounts import accounts
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.base.vocabulary import EnterpriseId
from testing.world import User, World
from tests.support import submissions

type ActOf = Callable[[str], Act]


@pytest.fixture(scope="module")
def owner(portal: World) -> User:
    """An enterprise with its account."""
    return portal.enterprise()


@pytest.fixture
def act(world: World, owner: User) -> Act:
    """The enterprise acts now."""
    enterprise_id = EnterpriseId(owner.account["enterprise_id"])
    account = accounts.get(enterprise_id, owner.account["id"])
    assert account is not None
    return submissions.act(account, world.time())


@pytest.fixture
def act_of_office(world: World) -> ActOf:
    """An officer of an office acts now."""
    return lambda office: submissions.act(submissions.officer(office), world.time())
