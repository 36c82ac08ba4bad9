"""Run by itself, with the folder of the portal or of a peer as its first path: calls a handler with recorded events.

`first <module> <recording> <act>` calls it once, with AWS at the endpoint that the environment names, and prints the
CPU seconds of the process. `warm <module> <recording>` answers in place of the network and is driven over its standard
input: a line `<act> <count>` calls an act so often and is answered by the CPU seconds of these calls.
"""

import sys

sys.path.insert(0, "")

import json
import time
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

CONTEXT = SimpleNamespace(function_name="bench", aws_request_id="bench", memory_limit_in_mb=1024)


def _handler(module: str, moment: float) -> Any:
    """The handler of a module; the portal's clock stands at the time of the recording."""
    if module != "app":
        return import_module(module).handler
    from datetime import UTC, datetime

    from chalicelib.repos.process import clock

    at = datetime.fromtimestamp(moment, UTC)
    clock.use(lambda: at)
    return import_module("app").app


def _call(handler: Any, event: Any) -> None:
    reply = handler(event, CONTEXT)
    assert reply["statusCode"] == 200, reply


def replied(calls: list[Any], target: str | bytes, body: str | bytes) -> Any:
    """What AWS replied to the same request, else to one of its length, else to one of its operation.

    A request for a set of items may name them in another order; a write has moments and a token of its own.
    """
    target, body = (part if isinstance(part, str) else part.decode() for part in (target, body))
    operation = target.partition(".")[2]
    alike = [call for call in calls if call["operation"] == operation]
    same = [call for call in alike if call["body"] == body] or [
        call for call in alike if len(call["body"]) == len(body)
    ]
    return [*same, *alike][0]


def first(module: str, recording: str, act: str) -> None:
    """Import and call once."""
    with open(recording, encoding="utf-8") as file:  # noqa: PTH123  what is not needed is not imported
        kept = json.load(file)
    _call(_handler(module, kept["moment"]), kept["events"][act])
    print(time.process_time())


def warm(module: str, recording: str) -> None:
    """Serve calls until the input ends."""
    from botocore.awsrequest import AWSResponse
    from botocore.httpsession import URLLib3Session

    with open(recording, encoding="utf-8") as file:  # noqa: PTH123
        kept = json.load(file)
    replies = {
        name: [{**call, "content": call["content"].encode()} for call in calls]
        for name, calls in kept["replies"].items()
    }
    known = list(replies["first"])

    def send(_: Any, request: Any) -> AWSResponse:
        found = replied(known, request.headers["X-Amz-Target"], request.body)
        response = AWSResponse(request.url, 200, found["headers"], None)
        response._content = found["content"]
        return response

    URLLib3Session.send = send
    handler = _handler(module, kept["moment"])
    print("ready", flush=True)
    for line in sys.stdin:
        act, _, count = line.strip().rpartition(" ")
        known[:] = [*replies[act], *replies["first"]]
        began = time.process_time()
        for _ in range(int(count)):
            _call(handler, kept["events"][act])
        print(time.process_time() - began, flush=True)


if __name__ == "__main__":
    modes: dict[str, Callable[..., None]] = {"first": first, "warm": warm}
    modes[sys.argv[1]](*sys.argv[2:])
