"""Accounts that the modules of this directory share."""

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from chalicelib.handlers.http.routing import Route
from testing.world import User, World


@pytest.fixture(scope="module")
def agent(portal: World, owner: User) -> User:
    """An agent of `owner` who sees all applications of the enterprise."""
    return portal.agent(owner)


@pytest.fixture(scope="module")
def fao(portal: World) -> User:
    """An officer of the office that applications go to unless a test names another."""
    return portal.desk("fao-hunan")


@pytest.fixture(scope="module")
def routes(portal: World) -> Sequence[Route]:
    """Every declared route."""
    import app  # noqa: F401  declares the routes
    from chalicelib.handlers.http.routing import ROUTES

    return ROUTES


@pytest.fixture
def reader(world: World) -> User:
    """An enterprise that has no message yet."""
    return world.enterprise()


@pytest.fixture
def team(world: World) -> SimpleNamespace:
    """An enterprise with agents of both scopes; none of the accounts has a message yet."""
    owner = world.enterprise()
    return SimpleNamespace(
        enterprise=owner,
        everything=world.agent(owner),
        own=world.agent(owner, scope="own"),
        other_own=world.agent(owner, scope="own"),
    )
