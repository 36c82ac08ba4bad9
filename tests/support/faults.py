"""Faults of AWS, for the length of a block, put in where botocore is about to call.

An operation is named as botocore names its events: `dynamodb.TransactWriteItems`, `s3.GetObject`, `dynamodb.*`.
A fault stands for what is left after botocore's own retries: it is not retried again, so nothing waits.
"""

import itertools
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

HELD_AT_MOST = 5.0
"""Seconds that a call waits for the others it is to meet."""

ALWAYS = 1_000_000
"""Times: more than any test calls."""

SERVICES = ("dynamodb", "kms", "s3", "sesv2")


class Killed(BaseException):
    """The process ends here: nothing of the service catches this."""


@contextmanager
def refused(
    operation: str, code: str = "ThrottlingException", status: int = 400, times: int = ALWAYS
) -> Iterator[None]:
    """AWS answers so many calls with an error; nothing is done."""
    left = iter(range(times))
    error = {"Error": {"Code": code, "Message": "injected"}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def refuse(**_: Any) -> Any:
        return None if next(left, None) is None else (AWSResponse("", status, {}, None), error)

    with _hook("before-call", operation, refuse):
        yield


@contextmanager
def cancelled(reason: str, times: int = ALWAYS) -> Iterator[None]:
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


@dataclass
class Storm:
    """What a storm did."""

    chance: random.Random
    share: float
    injected: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)
    """How many calls took so many attempts."""

    def strike(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        """One attempt that is throttled, meets another transaction, or is carried out and answered with 500."""
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


TOLD: dict[str, tuple[int, dict[str, Any]]] = {
    "throttled": (400, {"__type": "ThrottlingException", "message": "injected"}),
    "500": (500, {"__type": "InternalServerError", "message": "injected"}),
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
    """What AWS sends, XML from S3, JSON from everybody else; with 500 the request is carried out all the same."""
    from chalicelib.repos.process import aws

    if what == "500":
        aws.client(service)._endpoint.http_session.send(request)  # type: ignore[call-overload]
    status, error = TOLD[what]
    reply = AWSResponse(request.url, 503 if service == "s3" and what == "throttled" else status, {}, None)
    # botocore has no other way to make one without a connection.
    reply._content = (BUSY if what == "throttled" else b"") if service == "s3" else json.dumps(error).encode()
    return reply


@contextmanager
def storm(seed: int, share: float) -> Iterator[Storm]:
    """A share of all attempts is refused, or answered with 500 though it was done; botocore's own retries see it.

    It begins with fresh clients, as a new process has: a client that has retried a hundred times retries no more.
    """
    from chalicelib.repos.process import aws

    aws._client.cache_clear()
    found = Storm(random.Random(seed), share)
    with _everywhere("before-send", found.strike), _everywhere("after-call", found.counted):
        yield found


@contextmanager
def answered(*outcomes: str, by: str = "dynamodb.TransactWriteItems") -> Iterator[None]:
    """The next attempts of an operation are answered so, one after the other: `throttled`, `conflict`, `500`."""
    left = iter(outcomes)
    service = by.partition(".")[0]

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        what = next(left, None)
        return _reply(service, request, what) if what else None

    with _hook("before-send", by, answer):
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
def calls_noted() -> Iterator[list[str]]:
    """Every call that is made, in the order in which they begin."""
    noted: list[str] = []

    def note(model: Any, **_: Any) -> None:
        noted.append(f"{model.service_model.service_name}.{model.name}")

    with _everywhere("before-call", note):
        yield noted


@contextmanager
def after_call(position: int, happens: Callable[[], Any]) -> Iterator[None]:
    """Something happens once the so-manieth call, counted from 0 as they begin, has been carried out."""
    count = itertools.count()

    def number(context: Any, **_: Any) -> None:
        context["position"] = next(count)

    def look(context: Any, **_: Any) -> None:
        if context.get("position") == position:
            happens()

    with _everywhere("before-call", number), _everywhere("after-call", look):
        yield


@contextmanager
def killed_after(position: int) -> Iterator[None]:
    """The process is killed once that call has been carried out: no thread of it makes another one."""
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
    """The process is killed at the so-manieth `before-call` or `after-call`, counted from 0, whatever is called."""
    calls = itertools.count()

    def kill(**_: Any) -> None:
        if next(calls) == position:
            raise Killed

    with _everywhere(moment, kill), suppress(Killed):
        yield


@contextmanager
def killed_at_times(chance: random.Random, share: float, *, refused: str, refusing: float) -> Iterator[None]:
    """The process dies before or after a share of all calls; one operation is refused with 503 in another share.

    Done and not noted is the worst moment for whatever is refused: there it dies twenty times as often.
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
    """Something happens just before each such call goes out; it is told the call's `params`."""
    with _hook("provide-client-params", operation, happens):
        yield


@contextmanager
def killed_when_done(operation: str) -> Iterator[None]:
    """The process is killed once it has carried out such a call."""

    def kill(**_: Any) -> None:
        raise Killed

    with _hook("after-call", operation, kill):
        yield


@contextmanager
def reply_lost_after(position: int) -> Iterator[None]:
    """That call is carried out, but its answer never arrives, however often botocore asks."""

    def lose() -> None:
        raise ReadTimeoutError(endpoint_url="http://lost.example")

    with after_call(position, lose):
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
def _everywhere(moment: str, handler: Callable[..., Any]) -> Iterator[None]:
    with ExitStack() as hooks:
        for service in SERVICES:
            hooks.enter_context(_hook(moment, f"{service}.*", handler))
        yield


@contextmanager
def _hook(moment: str, operation: str, handler: Callable[..., Any]) -> Iterator[None]:
    from chalicelib.repos.process import aws

    service: Any = operation.partition(".")[0]
    events = aws.client(service).meta.events
    events.register(f"{moment}.{operation}", handler)
    try:
        yield
    finally:
        events.unregister(f"{moment}.{operation}", handler)
