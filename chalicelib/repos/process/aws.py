"""The only place where AWS clients are created and their errors are translated."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, overload

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session

from chalicelib.repos.process import outcomes, tls
from chalicelib.rules.base.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client

Service = Literal["dynamodb", "kms", "s3", "sesv2", "ssm", "sts"]
"""The services in use. The Lambda package contains the descriptions of these only."""

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=50,
)
"""The defaults of botocore for DynamoDB are 10 attempts over 25 s, longer than any client waits."""

SPECIAL: dict[Service, Config] = {
    # Presigned URLs of objects under KMS need signature version 4. They must name the bucket's own region: the global
    # name answers with a redirect, which no browser follows with a form.
    "s3": Config(
        signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
    ),
    # A mail whose reply is late may have been sent: the relay retries it, not the client.
    "sesv2": Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=10),
}

RETRY_CUTOFF_SECONDS = 3.0
"""The age of a request in seconds after which none of its calls is retried, so that a reply takes at most 6 s.

The first attempt of each call is always made, so that large requests complete. An attempt takes at most three
seconds and the wait before it at most two; a wait that would end too late is skipped. `retrying_for` extends the age
for a request with many parts.
"""

THREADS = 16

_extended: ContextVar[float | None] = ContextVar("extended", default=None)
"""The age in seconds after which nothing is retried, if it is another than `RETRY_CUTOFF_SECONDS`."""

_began: ContextVar[float | None] = ContextVar("began", default=None)
"""When the request began, by the monotonic clock; None without a client: in scheduled functions and commands."""

TRANSIENT = {
    "ConditionalRequestConflict",  # of S3: two requests create the same object at once
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
"""Codes of transient errors. All other errors are bugs and are not translated."""


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
    """The client of a service, created at first use and shared by all threads of the process."""
    if name not in _clients:
        _clients[name] = _created(name)
    return _clients[name]


_clients: dict[Service, Any] = {}


def disconnect() -> None:
    """Close the connections of all clients; the next call of each opens a new one."""
    for made in _clients.values():
        made.close()


@functools.cache
def session() -> Session:
    """The session of botocore that all clients share: credentials, settings and events."""
    return get_session()


def _created(name: Service) -> Any:
    config = CONFIG.merge(SPECIAL[name]) if name in SPECIAL else CONFIG
    made = session().create_client(name, config=config)
    tls.share(made)
    made.meta.events.register_first(f"needs-retry.{name}", _note_outcome)
    made.meta.events.register_first(f"needs-retry.{name}", _refuse_late_wait)
    made.meta.events.register_first(f"request-created.{name}", _refuse_late_retry)
    return made


# How long a request waits for AWS


class OutOfTime(BotoCoreError):  # type: ignore[misc]
    """Raised instead of a retry that would come too late for the client."""

    fmt = "The request is too old for another attempt"


@contextlib.contextmanager
def serving_a_client() -> Iterator[None]:
    """Mark the block as serving a client: late retries are suppressed, and faults are answered truthfully."""
    began = _began.set(time.monotonic())
    try:
        with outcomes.answered_truthfully():
            yield
    finally:
        _began.reset(began)


@contextlib.contextmanager
def retrying_for(age: timedelta) -> Iterator[None]:
    """Within the block, calls are retried until the request has this age, instead of `RETRY_CUTOFF_SECONDS`."""
    before = _extended.set(age.total_seconds())
    try:
        yield
    finally:
        _extended.reset(before)


def side_by_side[Item, Result](function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Call a function for all items in threads that share the context of the caller; the results in their order."""
    wanted = list(items)
    if not wanted:
        return []
    with ThreadPoolExecutor(min(THREADS, len(wanted))) as pool:
        running = [pool.submit(copy_context().run, function, item) for item in wanted]
        return [future.result() for future in running]


def is_served() -> bool:
    """Whether a client waits: true in requests, false in scheduled functions and commands."""
    return _began.get() is not None


def is_late(after: float = 0.0) -> bool:
    """Whether the request is too old for another attempt of any call, now or after so many seconds."""
    began, extended = _began.get(), _extended.get()
    cutoff = RETRY_CUTOFF_SECONDS if extended is None else extended
    return began is not None and time.monotonic() + after - began > cutoff


def _note_outcome(response: Any, caught_exception: Any, **_: Any) -> None:
    """Handle `needs-retry`: called after each attempt, before `_refuse_late_wait`."""
    if caught_exception is not None:
        outcomes.note_error(caught_exception)
    elif response is not None:
        http, reply = response
        outcomes.note_reply(http.status_code, str(reply.get("Error", {}).get("Code")))


def _refuse_late_wait(response: Any, caught_exception: Any, **_: Any) -> None:
    """Handle `needs-retry`: called before botocore decides whether to wait and retry."""
    if is_late() and (response is None or _is_transient(*response)):
        raise OutOfTime from caught_exception


def _refuse_late_retry(request: Any, **_: Any) -> None:
    """Handle `request-created`: called before each attempt, after the wait."""
    if request.context.get("retries", {}).get("attempt", 1) > 1 and is_late():
        raise OutOfTime


def _is_transient(http: Any, reply: Any) -> bool:
    return http.status_code >= 500 or reply.get("Error", {}).get("Code") in TRANSIENT


@contextlib.contextmanager
def translated_faults() -> Iterator[None]:
    """Translate transient errors (throttling, timeouts, a service that is down) into `Unavailable`."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        outcomes.note_reply(status, error_code(error))
        if error.response["Error"]["Code"] in TRANSIENT or status >= 500:
            raise Unavailable from error
        raise
    except OutOfTime as error:
        # Attempts before it are noted already.
        raise Unavailable from error
    except BotoCoreError as error:
        outcomes.note_error(error)
        raise Unavailable from error


def error_code(error: ClientError) -> str:
    """The code of an error, such as `NoSuchKey`."""
    return str(error.response["Error"]["Code"])
