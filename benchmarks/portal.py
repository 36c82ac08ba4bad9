"""The whole portal on a DynamoDB that counts units (`benchmarks/dynoxide.py`); the rest is the embedded engine."""

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

from sandbox import environment
from sandbox.engine import cloud
from sandbox.engine.engine import Engine
from testing.world import PLATFORM, Clock, User, World


class CountingWorld(World):
    """A world that counts the requests to the API and the files that browsers upload."""

    calls = 0
    uploads = 0

    def request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        """Send one request and count it."""
        self.calls += 1
        return super().request(method, path, body, headers)

    def attach(self, user: User, kind: str, *more: Any) -> str:
        """Upload a file and count it."""
        self.uploads += 1
        return super().attach(user, kind, *more)


@contextlib.contextmanager
def running() -> Iterator[CountingWorld]:
    """The portal with new tables on the DynamoDB that `DYNAMODB_URL` names."""
    with Engine() as engine:
        engine.apply_to(os.environ)
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = os.environ["DYNAMODB_URL"]
        os.environ |= environment.application_environment(
            engine.environment(),
            kms_key=cloud.create_key(boto3.client("kms")),
            licence_jwks={"keys": [PLATFORM.public]},
            api_url="http://127.0.0.1:8000/v1",
            web_origin="http://127.0.0.1:8001",
        )
        os.environ |= {"ABTC_TABLE": f"units-{os.getpid()}", "ABTC_JOURNAL": f"units-{os.getpid()}-journal"}
        for variable, resource in (("ABTC_TABLE", "PortalTable"), ("ABTC_JOURNAL", "JournalTable")):
            with contextlib.suppress(ClientError):  # after the table is made: this engine has no backups to switch on
                cloud.create_table(boto3.client("dynamodb"), os.environ[variable], resource)
        cloud.create_bucket(boto3.client("s3"), environment.BUCKET, "http://127.0.0.1")
        cloud.create_identity(boto3.client("sesv2"), environment.SENDER)
        from chalicelib.repos.process import clock, log  # noqa: F401  makes the logger

        logging.getLogger("abtc").setLevel(logging.ERROR)
        time = Clock()
        clock.use(time)
        yield CountingWorld(engine, time)
