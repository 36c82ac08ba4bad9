"""Faults of AWS, for the length of a block, put in where botocore is about to call.

An operation is named as botocore names its events: `dynamodb.TransactWriteItems`, `s3.GetObject`, `dynamodb.*`.
A fault stands for what is left after botocore's own retries: it is not retried again, so nothing waits.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

HELD_AT_MOST = 5.0
"""Seconds that a call waits for the others it is to meet."""


@contextmanager
def refused(operation: str, code: str = "ThrottlingException", status: int = 400, times: int = 1_000) -> Iterator[None]:
    """AWS answers so many calls with an error; nothing is done."""
    left = iter(range(times))
    error = {"Error": {"Code": code, "Message": "injected"}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def refuse(**_: Any) -> Any:
        return None if next(left, None) is None else (AWSResponse("", status, {}, None), error)

    with _hook("before-call", operation, refuse):
        yield


@contextmanager
def cancelled(reason: str, times: int = 1_000) -> Iterator[None]:
    """So many transactions are cancelled for a reason such as `TransactionConflict`; nothing is done."""
    left = iter(range(times))
    error = {
        "Error": {"Code": "TransactionCanceledException", "Message": "injected"},
        "CancellationReasons": [{"Code": reason}],
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }

    def cancel(**_: Any) -> Any:
        return None if next(left, None) is None else (AWSResponse("", 400, {}, None), error)

    with _hook("before-call", "dynamodb.TransactWriteItems", cancel):
        yield


@contextmanager
def down(service: str) -> Iterator[None]:
    """Nobody listens where the service should be."""

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url=f"http://{service}.example")

    with _hook("before-call", f"{service}.*", fail):
        yield


@contextmanager
def diverted(service: str, port: int) -> Iterator[None]:
    """Every attempt goes to a port of loopback instead, botocore's own retries included."""

    def divert(request: Any, **_: Any) -> None:
        request.url = urlsplit(request.url)._replace(netloc=f"127.0.0.1:{port}").geturl()

    with _hook("before-send", f"{service}.*", divert):
        yield


@contextmanager
def meanwhile(operation: str, happens: Callable[[], Any]) -> Iterator[None]:
    """Something else happens just before the next call goes out."""
    left = iter(range(1))

    def interrupt(**_: Any) -> None:
        if next(left, None) is not None:
            happens()

    with _hook("before-call", operation, interrupt):
        yield


@contextmanager
def reply_lost(operation: str) -> Iterator[None]:
    """The next call is carried out, but its answer never arrives."""
    left = iter(range(1))

    def lose(**_: Any) -> None:
        if next(left, None) is not None:
            raise ReadTimeoutError(endpoint_url="http://lost.example")

    with _hook("after-call", operation, lose):
        yield


@contextmanager
def meeting(operation: str, count: int) -> Iterator[None]:
    """The first so many calls wait for each other and then go out together."""
    barrier = threading.Barrier(count, timeout=HELD_AT_MOST)
    left = iter(range(count))

    def hold(**_: Any) -> None:
        if next(left, None) is not None:
            barrier.wait()

    with _hook("before-call", operation, hold):
        yield


@contextmanager
def _hook(moment: str, operation: str, handler: Callable[..., Any]) -> Iterator[None]:
    from chalicelib.repos import aws

    service = operation.partition(".")[0]
    events = aws.client(service).meta.events
    events.register(f"{moment}.{operation}", handler)
    try:
        yield
    finally:
        events.unregister(f"{moment}.{operation}", handler)
