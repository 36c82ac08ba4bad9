"""Shared fixtures: one engine for the whole run, reset for each module, and the portal on it.

If `DYNAMODB_URL` is set (`make test-engines` sets it), the table is created there and everything else in the engine.
"""

import contextlib
import gc
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import hypothesis
import pytest
from botocore.exceptions import ClientError

from sandbox import environment
from sandbox.engine import cloud
from sandbox.engine.engine import Engine
from sandbox.mailbox import Mailbox
from testing import people
from testing.rights import GRANTED, RECORDED
from testing.tripwire import TRIPWIRE
from testing.world import PLATFORM, START, Clock, User, World
from tests.support import assurance, distribution

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

API_URL = "http://127.0.0.1:8000/v1"
WEB_ORIGIN = "http://127.0.0.1:8001"


# No test asserts times: Hypothesis would fail an example that takes longer than 200 ms on a busy machine.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The embedded engine, in memory."""
    from chalicelib.repos.process import aws

    before = dict(os.environ)
    with Engine() as running:
        running.apply_to(os.environ)
        boto3.setup_default_session()
        aws.session.cache_clear()
        for events in (boto3.DEFAULT_SESSION.events, aws.session().get_component("event_emitter")):
            RECORDED.attach(events)
            TRIPWIRE.attach(events)
        os.environ |= environment.application_environment(
            running.environment(),
            kms_key="set by each module",
            receipt_key="set by each module",
            licence_jwks={"keys": [PLATFORM.public]},
            api_url=API_URL,
            web_origin=WEB_ORIGIN,
        )
        if "DYNAMODB_URL" in before:
            os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = before["DYNAMODB_URL"]
        yield running
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module", autouse=True)
def _tripwire() -> Iterator[None]:
    """Fail the module if personal data appeared in a place where it must not."""
    yield
    TRIPWIRE.check()


@pytest.fixture(scope="module", autouse=True)
def _rights() -> Iterator[None]:
    """Fail the module if a function made an AWS request that its policy does not allow."""
    yield
    assert GRANTED.missing(RECORDED.uses) == []


@pytest.fixture(scope="session")
def setup_clients(engine: Engine) -> dict[str, Any]:
    """The clients that create the resources of each module; to make them takes longer than most of their calls."""
    return {name: boto3.client(name) for name in ("dynamodb", "s3", "sesv2", "kms")}


@pytest.fixture(scope="module")
def cloud_resources(engine: Engine, setup_clients: dict[str, Any]) -> Iterator[Engine]:
    """An empty table, bucket, key and mailbox, created from the definitions of production."""
    from chalicelib.config import settings
    from chalicelib.repos.applications import statistics
    from chalicelib.repos.keys import keyring

    engine.reset()
    _create_table(setup_clients["dynamodb"], environment.TABLE, "PortalTable")
    _create_table(setup_clients["dynamodb"], environment.JOURNAL, "JournalTable")
    cloud.create_bucket(setup_clients["s3"], environment.BUCKET, WEB_ORIGIN)
    cloud.create_roots_bucket(setup_clients["s3"], environment.ROOTS_BUCKET)
    cloud.create_identity(setup_clients["sesv2"], environment.SENDER)
    os.environ["ABTC_KMS_KEY"] = cloud.create_key(setup_clients["kms"])
    os.environ["ABTC_RECEIPT_KEY"] = cloud.create_key(setup_clients["kms"], "ReceiptKey")
    settings.cache_clear()
    keyring.forget()
    statistics.forget()
    yield engine
    TRIPWIRE.mailed(Mailbox(engine).mails())


def _create_table(client: "DynamoDBClient", table: str, resource: str) -> None:
    if "DYNAMODB_URL" in os.environ:
        with contextlib.suppress(client.exceptions.ResourceNotFoundException):
            client.delete_table(TableName=table)  # the reset of the engine does not include it
        with contextlib.suppress(ClientError):  # the table exists already: dynoxide supports no backups
            cloud.create_table(client, table, resource)
        client.update_table(TableName=table, DeletionProtectionEnabled=False)
    else:
        cloud.create_table(client, table, resource)
    _stop_reaping(client, table)


def _stop_reaping(client: "DynamoDBClient", table: str) -> None:
    """Disable the expiry of items: the engine deletes by the wall clock, but tests have their own clock."""
    expiry = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if "AttributeName" not in expiry:
        return
    client.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": False, "AttributeName": expiry["AttributeName"]}
    )


@pytest.fixture(scope="module")
def portal(cloud_resources: Engine) -> Iterator[World]:
    """The portal of a module, for its module-scoped fixtures."""
    from chalicelib.repos.keys import keyring
    from chalicelib.repos.keys.keyring import KeyPurpose
    from chalicelib.repos.process import clock

    time = Clock()
    clock.use(time)
    # As in production, the API creates the keys before a scheduled function needs one.
    for purpose in KeyPurpose:
        keyring.current(purpose)
    yield World(cloud_resources, time)
    clock.use()


@pytest.fixture
def world(portal: World) -> Iterator[World]:
    """The portal of a test; its clock is reset to the start afterwards."""
    yield portal
    portal.time.moment = START


@pytest.fixture
def own_source(world: World) -> Iterator[str]:
    """A network address from which no other test has called; the calls of the test come from it."""
    address = people.address()
    with world.calling_from(address):
        yield address


@pytest.fixture(scope="module")
def owner(portal: World) -> User:
    """An enterprise, the same for all tests of a module."""
    return portal.enterprise()


@pytest.fixture(scope="module")
def consular(portal: World) -> User:
    """An officer of the consular department, the same for all tests of a module."""
    return portal.desk("consular")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the longest modules to the front, as `tests/support/distribution.py` says.

    pytest-randomly has shuffled the modules, and the tests within each; the sort keeps that order besides.
    """
    items.sort(key=lambda item: distribution.place(item.nodeid))


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what has been imported and collected, and look more rarely at the rest.

    Nearly all objects of a test are freed by their count of references; to look for cycles took a tenth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> distribution.ByModule:
    """Distribute the tests as `tests/support/distribution.py` says."""
    return distribution.ByModule(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the tripwire before the first test, and print the seed of the order, which `-q` would hide."""
    TRIPWIRE.watch()
    seed = session.config.getoption("randomly_seed", None)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if seed is not None and reporter is not None and not hasattr(session.config, "workerinput"):
        reporter.write_line(f"order of the tests: --randomly-seed={seed}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the figures of a worker to the main process."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = [*assurance.FIGURES, TRIPWIRE.summary()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect the figures of a worker."""
    assurance.FIGURES.extend(getattr(node, "workeroutput", {}).get("figures", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures of the tests and of the tripwire."""
    for line in assurance.FIGURES:
        terminalreporter.write_line(line)
    if not config.getoption("numprocesses", None):
        terminalreporter.write_line(TRIPWIRE.summary())
