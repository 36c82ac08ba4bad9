"""The one place where AWS clients are made and their faults are read."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.rules.base.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client

Service = Literal["dynamodb", "kms", "s3", "sesv2", "ssm", "sts"]
"""The services in use. The Lambda zip carries the descriptions of these alone."""

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=50,
)
"""boto3's own defaults for DynamoDB are 10 attempts over 25 s: longer than anybody waits."""

SPECIAL: dict[Service, Config] = {
    # Presigned addresses of objects under KMS must be signed by version 4.
    "s3": Config(signature_version="s3v4"),
    # A mail whose reply was late may be on its way: the relay tries again, not the client.
    "sesv2": Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=10),
}

PATIENCE = 3.0
"""Seconds of a request's age from which on none of its calls is tried again: nobody waits longer than 6 for a reply.

A first try goes out at any age, so that what takes long by its size is done. A try takes three seconds at most, and the
wait before it two, which is cut off where it ends too late.
"""

THREADS = 16

_began: ContextVar[float | None] = ContextVar("began", default=None)
"""When the request came, by the monotonic clock; None where nobody waits: scheduled functions, commands."""

PASSING = {
    "ConditionalRequestConflict",  # of S3: two put the same new object at once
    "InternalServerError",
    "InternalFailure",
    "ItemCollectionSizeLimitExceededException",
    "KMSInternalException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
"""Error codes that mean: not now. Whatever is not here is a fault of ours and shows as such."""


@overload
def client(name: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(name: Literal["kms"]) -> "KMSClient": ...
@overload
def client(name: Literal["s3"]) -> "S3Client": ...
@overload
def client(name: Literal["sesv2"]) -> "SESV2Client": ...
@overload
def client(name: Literal["sts"]) -> Any: ...
@overload
def client(name: Literal["ssm"]) -> Any: ...
def client(name: Service) -> Any:
    """The process's client of a service, made at first use; safe to share between threads."""
    return _client(name)


@functools.cache
def _client(name: Service) -> Any:
    config = CONFIG.merge(SPECIAL[name]) if name in SPECIAL else CONFIG
    made = boto3.client(name, config=config)
    made.meta.events.register_first(f"needs-retry.{name}", _wait_no_longer)
    made.meta.events.register_first(f"request-created.{name}", _try_no_more)
    return made


# How long a request waits for AWS


class OutOfTime(BotoCoreError):  # type: ignore[misc]
    """Another try would come too late for whoever waits for the reply."""

    fmt = "The request is too old for another try"


@contextlib.contextmanager
def serving_a_client() -> Iterator[None]:
    """Somebody waits for the reply of what is called in this block."""
    began = _began.set(time.monotonic())
    try:
        yield
    finally:
        _began.reset(began)


def side_by_side[Item, Result](function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """The results for all items, called in threads that belong to the request as their caller does."""
    wanted = list(items)
    if not wanted:
        return []
    with ThreadPoolExecutor(min(THREADS, len(wanted))) as pool:
        running = [pool.submit(copy_context().run, function, item) for item in wanted]
        return [each.result() for each in running]


def is_late() -> bool:
    """Whether the request is too old for another try of anything."""
    began = _began.get()
    return began is not None and time.monotonic() - began > PATIENCE


def _wait_no_longer(response: Any, caught_exception: Any, **_: Any) -> None:
    """Before botocore decides whether to wait and try again."""
    if is_late() and (response is None or _passes(*response)):
        raise OutOfTime from caught_exception


def _try_no_more(request: Any, **_: Any) -> None:
    """Before a try, after the wait."""
    if request.context.get("retries", {}).get("attempt", 1) > 1 and is_late():
        raise OutOfTime


def _passes(http: Any, reply: Any) -> bool:
    return http.status_code >= 500 or reply.get("Error", {}).get("Code") in PASSING


@contextlib.contextmanager
def translated_faults() -> Iterator[None]:
    """Turn what passes by itself (throttling, time-outs, a service that is down) into `Unavailable`."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if error.response["Error"]["Code"] in PASSING or status >= 500:
            raise Unavailable from error
        raise
    except BotoCoreError as error:
        raise Unavailable from error


def error_code(error: ClientError) -> str:
    """The error's code."""
    return str(error.response["Error"]["Code"])
