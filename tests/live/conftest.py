"""One sandbox for each module, started as a newcomer starts it and stopped by its process id."""

from collections.abc import Iterator

import pytest

from testing.running import Sandbox
from testing.steps import Enterprise, register


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """`python -m sandbox` on free ports with a directory of its own; it must end with exit code 0."""
    running = Sandbox(tmp_path_factory.mktemp("live") / "data")
    try:
        yield running.start()
        assert running.stop() == 0, running.output
    finally:
        running.kill_all()


@pytest.fixture(scope="module")
def enterprise(sandbox: Sandbox) -> Enterprise:
    """A newly registered enterprise, signed in."""
    return register(sandbox)
