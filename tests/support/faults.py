"""Faults of AWS within a block, injected into botocore.

Operations are named like botocore's events: `dynamodb.TransactWriteItems`, `s3.GetObject`, `dynamodb.*`. Except for
`storm`, `answered` and `diverted`, a fault is the result after botocore's own retries, so that no test waits for them.
"""

import itertools
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.retries.standard import ExponentialBackoff

from testing.rights import RECORDED

MEETING_TIMEOUT = 5.0
"""Seconds that a call of `meeting` waits for the others."""

ALWAYS = 1_000_000
"""More times than any test calls."""

SERVICES = ("dynamodb", "kms", "s3", "sesv2")


class Killed(BaseException):
    """Simulates the end of the process; the service does not catch it."""


@contextmanager
def refused(
    operation: str, code: str = "ThrottlingException", status: int = 400, times: int = ALWAYS, after: int = 0
) -> Iterator[None]:
    """After the next `after` calls, `times` calls are answered with an error and not carried out."""
    calls = itertools.count()
    error = {"Error": {"Code": code, "Message": "injected"}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def refuse(**_: Any) -> Any:
        return (AWSResponse("", status, {}, None), error) if after <= next(calls) < after + times else None

    with hooked("before-call", operation, refuse):
        yield


@contextmanager
def cancelled(reason: str, times: int = ALWAYS, having: str = "") -> Iterator[None]:
    """The next `times` transactions are cancelled for a reason such as `TransactionConflict`.

    Args:
        reason: The code of the reason.
        times: How many transactions are cancelled.
        having: A text that these transactions contain, such as the beginning of a key; others are carried out.
    """
    left = iter(range(times))
    error = {
        "Error": {"Code": "TransactionCanceledException", "Message": "injected"},
        "CancellationReasons": [{"Code": reason}],
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }

    def cancel(params: Any, **_: Any) -> Any:
        if having not in str(params["body"]) or next(left, None) is None:
            return None
        return AWSResponse("", 400, {}, None), error

    with hooked("before-call", "dynamodb.TransactWriteItems", cancel):
        yield


@dataclass
class Storm:
    """The faults that a storm injected."""

    chance: random.Random
    share: float
    injected: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)
    """Number of calls by number of attempts."""

    def strike(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        """Answer a share of all attempts with throttling, with a conflict, or with 500 after carrying them out."""
        if self.chance.random() >= self.share:
            return None
        service, operation = event_name.split(".")[1:]
        what = self.chance.choice(
            ("throttled", "conflict" if operation == "TransactWriteItems" else "throttled", "500")
        )
        self.injected[what] += 1
        return _reply(service, request, what)

    def counted(self, parsed: Any, **_: Any) -> None:
        self.attempts[str(1 + parsed["ResponseMetadata"].get("RetryAttempts", 0))] += 1


STORM = ("throttled", "500", "conflict")
"""The kinds of faults in a storm."""

ERRORS: dict[str, tuple[int, dict[str, Any]]] = {
    "throttled": (400, {"__type": "ThrottlingException", "message": "injected"}),
    "500": (500, {"__type": "InternalServerError", "message": "injected"}),
    "failed": (500, {"__type": "InternalServerError", "message": "injected"}),
    "in progress": (400, {"__type": "TransactionInProgressException", "message": "injected"}),
    "conflict": (
        400,
        {
            "__type": "TransactionCanceledException",
            "message": "injected",
            "CancellationReasons": [{"Code": "TransactionConflict", "Message": "injected"}],
        },
    ),
}
BUSY = b"<Error><Code>SlowDown</Code><Message>injected</Message></Error>"


def _reply(service: str, request: Any, what: str) -> AWSResponse:
    """The error reply of AWS, XML for S3 and JSON otherwise; with `500` and `lost` the request is carried out first."""
    from chalicelib.repos.process import aws

    if what == "unreached":
        raise EndpointConnectionError(endpoint_url=request.url)
    if what in ("500", "lost"):
        aws.client(service)._endpoint.http_session.send(request)  # type: ignore[call-overload]
    if what == "lost":
        raise ReadTimeoutError(endpoint_url=request.url)
    status, error = ERRORS[what]
    reply = AWSResponse(request.url, 503 if service == "s3" and what == "throttled" else status, {}, None)
    # botocore offers no other way to make a reply without a connection.
    reply._content = (BUSY if what == "throttled" else b"") if service == "s3" else json.dumps(error).encode()
    return reply


@contextmanager
def storm(seed: int, share: float, *, is_long: bool = True) -> Iterator[Storm]:
    """A share of all attempts fails, some after they were carried out; botocore retries them.

    A long storm begins with new clients, because a client stops retrying once its retry quota is used up; faults that
    were injected into the clients before it are lost. In a short one, botocore does not wait before it retries.
    """
    from chalicelib.repos.process import aws

    if is_long:
        aws._clients.clear()
    waits = nullcontext() if is_long else mock.patch.object(ExponentialBackoff, "delay_amount", return_value=0)
    found = Storm(random.Random(seed), share)
    with waits, _everywhere("before-send", found.strike), _everywhere("after-call", found.counted):
        yield found


@contextmanager
def answered(*outcomes: str, by: str = "dynamodb.TransactWriteItems") -> Iterator[None]:
    """The next attempts of an operation fail in this order.

    Args:
        outcomes: `throttled`, `conflict`, `in progress`, `failed` (500 and not carried out), `500` (carried out),
            `lost` (carried out, without a reply), or `unreached` (no connection).
        by: the operation.
    """
    left = iter(outcomes)
    service = by.partition(".")[0]

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        what = next(left, None)
        return _reply(service, request, what) if what else None

    with hooked("before-send", by, answer):
        yield


@contextmanager
def down(service: str) -> Iterator[None]:
    """Connections to the service fail."""

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url=f"http://{service}.example")

    with hooked("before-call", f"{service}.*", fail):
        yield


@contextmanager
def diverted(service: str, port: int) -> Iterator[None]:
    """Every attempt goes to a port of loopback instead; botocore retries it."""

    def divert(request: Any, **_: Any) -> None:
        request.url = urlsplit(request.url)._replace(netloc=f"127.0.0.1:{port}").geturl()

    with hooked("before-send", f"{service}.*", divert):
        yield


@contextmanager
def meanwhile(operation: str, happens: Callable[[], Any]) -> Iterator[None]:
    """Call `happens` immediately before the next call; its own calls are those of somebody else."""
    left = iter(range(1))

    def interrupt(**_: Any) -> None:
        if next(left, None) is not None:
            with RECORDED.within(None):
                happens()

    with hooked("before-call", operation, interrupt):
        yield


@contextmanager
def reply_lost(operation: str) -> Iterator[None]:
    """The next call is carried out, but its reply is lost."""
    left = iter(range(1))

    def lose(**_: Any) -> None:
        if next(left, None) is not None:
            raise ReadTimeoutError(endpoint_url="http://lost.example")

    with hooked("after-call", operation, lose):
        yield


@contextmanager
def calls_noted() -> Iterator[list[str]]:
    """Record every call, in the order of their beginnings."""
    noted: list[str] = []

    def note(model: Any, **_: Any) -> None:
        noted.append(f"{model.service_model.service_name}.{model.name}")

    with _everywhere("before-call", note):
        yield noted


@contextmanager
def after_call(position: int, happens: Callable[[], Any]) -> Iterator[None]:
    """Call `happens` when the call at this position, counted from 0, has been carried out."""
    count = itertools.count()

    def number(context: Any, **_: Any) -> None:
        context["position"] = next(count)

    def compare(context: Any, **_: Any) -> None:
        if context.get("position") == position:
            happens()

    with _everywhere("before-call", number), _everywhere("after-call", compare):
        yield


@contextmanager
def killed_after(position: int) -> Iterator[None]:
    """Kill the process when that call has been carried out; its other threads make no further call."""
    dead = threading.Event()

    def kill() -> None:
        dead.set()
        raise Killed

    def refuse(**_: Any) -> None:
        if dead.is_set():
            raise Killed

    with _everywhere("before-call", refuse), after_call(position, kill):
        yield


@contextmanager
def killed_at(moment: str, position: int) -> Iterator[None]:
    """Kill the process at the `before-call` or `after-call` at this position, counted from 0."""
    calls = itertools.count()

    def kill(**_: Any) -> None:
        if next(calls) == position:
            raise Killed

    with _everywhere(moment, kill), suppress(Killed):
        yield


@contextmanager
def killed_at_times(chance: random.Random, share: float, *, refused: str, refusing: float) -> Iterator[None]:
    """Kill the process before or after a share of all calls; refuse one operation with 503 in another share.

    The worst moment is after that operation and before its result is stored: kills are twenty times as likely there.
    """
    refusal = {"Error": {"Code": "ServiceUnavailable"}, "ResponseMetadata": {"HTTPStatusCode": 503}}

    def before(model: Any, **_: Any) -> Any:
        if chance.random() < share:
            raise Killed
        if model.name == refused and chance.random() < refusing:
            return AWSResponse("", 503, {}, None), refusal
        return None

    def after(model: Any, **_: Any) -> None:
        if chance.random() < (20 * share if model.name == refused else share):
            raise Killed

    with _everywhere("before-call", before), _everywhere("after-call", after):
        yield


@contextmanager
def beside(operation: str, happens: Callable[..., Any]) -> Iterator[None]:
    """Call `happens` with the `params` of every such call before it is sent."""
    with hooked("provide-client-params", operation, happens):
        yield


@contextmanager
def killed_when_done(operation: str) -> Iterator[None]:
    """Kill the process when such a call has been carried out."""

    def kill(**_: Any) -> None:
        raise Killed

    with hooked("after-call", operation, kill):
        yield


@contextmanager
def reply_lost_after(position: int) -> Iterator[None]:
    """That call is carried out, but its reply is lost in spite of botocore's retries."""

    def lose() -> None:
        raise ReadTimeoutError(endpoint_url="http://lost.example")

    with after_call(position, lose):
        yield


@contextmanager
def meeting(operation: str, count: int) -> Iterator[None]:
    """The first `count` calls wait for each other and are then sent together."""
    barrier = threading.Barrier(count, timeout=MEETING_TIMEOUT)
    left = iter(range(count))

    def hold(**_: Any) -> None:
        if next(left, None) is not None:
            barrier.wait()

    with hooked("before-call", operation, hold):
        yield


@contextmanager
def _everywhere(moment: str, handler: Callable[..., Any]) -> Iterator[None]:
    with ExitStack() as hooks:
        for service in SERVICES:
            hooks.enter_context(hooked(moment, f"{service}.*", handler))
        yield


@contextmanager
def hooked(moment: str, operation: str, handler: Callable[..., Any]) -> Iterator[None]:
    from chalicelib.repos.process import aws

    service: Any = operation.partition(".")[0]
    events = aws.client(service).meta.events
    events.register(f"{moment}.{operation}", handler)
    try:
        yield
    finally:
        events.unregister(f"{moment}.{operation}", handler)
