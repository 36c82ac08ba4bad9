"""The whole portal on a DynamoDB that counts units (`benchmarks/dynoxide.py`); the rest is the embedded engine."""

import contextlib
import logging
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

from sandbox import environment
from sandbox.engine import cloud
from sandbox.engine.engine import Engine
from testing.world import PLATFORM, Clock, User, World


class CountingWorld(World):
    """A world that counts the requests to the API, the files that browsers upload, and the runs of schedules."""

    def __init__(self, engine: Engine, time: Clock) -> None:
        super().__init__(engine, time)
        self.counted: Counter[str] = Counter()
        self.recorded: list[Any] = []
        """What is being recorded now (`benchmarks/consumed.py`)."""

    def request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        """Send one request and count it."""
        self.counted["api"] += 1
        return super().request(method, path, body, headers)

    def attach(self, user: User, kind: str, *more: Any) -> str:
        """Upload a file and count it."""
        self.counted["uploads"] += 1
        return super().attach(user, kind, *more)

    def run(self, function: Any, **event: Any) -> dict[str, Any]:
        """Call a scheduled function and count it."""
        self.counted["runs"] += 1
        return super().run(function, **event)


@contextlib.contextmanager
def running() -> Iterator[CountingWorld]:
    """The portal with new tables on the DynamoDB that `DYNAMODB_URL` names."""
    with Engine() as engine:
        engine.apply_to(os.environ)
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = os.environ["DYNAMODB_URL"]
        os.environ |= environment.application_environment(
            engine.environment(),
            kms_key=cloud.create_key(boto3.client("kms")),
            receipt_key=cloud.create_key(boto3.client("kms"), "ReceiptKey"),
            licence_jwks={"keys": [PLATFORM.public]},
            api_url="http://127.0.0.1:8000/v1",
            web_origin="http://127.0.0.1:8001",
        )
        os.environ |= {"ABTC_TABLE": f"units-{os.getpid()}", "ABTC_JOURNAL": f"units-{os.getpid()}-journal"}
        for variable, resource in (("ABTC_TABLE", "PortalTable"), ("ABTC_JOURNAL", "JournalTable")):
            with contextlib.suppress(ClientError):  # after the table is made: this engine has no backups to switch on
                cloud.create_table(boto3.client("dynamodb"), os.environ[variable], resource)
        cloud.create_bucket(boto3.client("s3"), environment.BUCKET, "http://127.0.0.1")
        cloud.create_roots_bucket(boto3.client("s3"), environment.ROOTS_BUCKET)
        cloud.create_identity(boto3.client("sesv2"), environment.SENDER)
        from chalicelib.repos.process import clock, log  # noqa: F401  makes the logger

        logging.getLogger("abtc").setLevel(logging.ERROR)
        time = Clock()
        clock.use(time)
        yield CountingWorld(engine, time)


def embedded(engine: Engine) -> World:
    """The portal on a running embedded engine, with new tables and a clock that stands still."""
    from chalicelib.repos.keys import keyring
    from chalicelib.repos.process import clock

    engine.apply_to(os.environ)
    os.environ |= environment.application_environment(
        engine.environment(),
        kms_key="set below",
        receipt_key="set below",
        licence_jwks={"keys": [PLATFORM.public]},
        api_url="http://127.0.0.1/v1",
        web_origin="http://127.0.0.1",
    )
    cloud.create_table(boto3.client("dynamodb"), environment.TABLE)
    cloud.create_table(boto3.client("dynamodb"), environment.JOURNAL, "JournalTable")
    for name in (environment.TABLE, environment.JOURNAL):  # the engine would delete by the wall clock
        boto3.client("dynamodb").update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"}
        )
    cloud.create_bucket(boto3.client("s3"), environment.BUCKET, "http://127.0.0.1")
    cloud.create_roots_bucket(boto3.client("s3"), environment.ROOTS_BUCKET)
    cloud.create_identity(boto3.client("sesv2"), environment.SENDER)
    os.environ["ABTC_KMS_KEY"] = cloud.create_key(boto3.client("kms"))
    os.environ["ABTC_RECEIPT_KEY"] = cloud.create_key(boto3.client("kms"), "ReceiptKey")
    keyring.forget()
    time_of_day = Clock()
    clock.use(time_of_day)
    return World(engine, time_of_day)
