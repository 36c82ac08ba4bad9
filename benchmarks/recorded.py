"""Acts of the portal recorded once: the events of API Gateway, and what AWS answered to each request of a handler.

A recording is replayed to processes of the portal and of its peers (`benchmarks/peers/serving.py`), so that their
instructions can be compared. It is made with the code that is replayed.
"""

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.acts import Life
from benchmarks.portal import embedded
from sandbox.engine.engine import Engine
from testing.world import User, World

PERSONS = 90
SMALL = 12
"""Applications of one person each, for the list."""


type Call = dict[str, Any]
"""One request to AWS (`operation`, `body`) and its reply (`headers`, `content`); all text."""


def record(target: Path) -> None:
    """Prepare the data on the embedded engine, call each act once and write two files.

    `target` has the events of API Gateway with the calls and the replies of AWS, `target` with `.calls` what the peers
    ask. `first` is what a new process asks before anything else: the keys of the portal.
    """
    with Engine() as engine, contextlib.redirect_stdout(io.StringIO()):
        world = embedded(engine)
        events = _events(world)
        replies = {"first": _calls(_fetch_keys)} | {act: _calls(partial(_ask, at)) for act, at in events.items()}
    names = [name for name in os.environ if name.startswith(("ABTC_", "AWS_"))]
    kept = {
        "environment": {name: os.environ[name] for name in names},
        "moment": world.time.moment.timestamp(),
        "events": events,
        "replies": replies,
    }
    target.write_text(json.dumps(kept), encoding="utf-8")
    asked = {
        "first": _asked(replies["first"]),
        "acts": {f"{at['httpMethod']} {at['path']}": _asked(replies[act]) for act, at in events.items()},
    }
    target.with_suffix(".calls").write_text(json.dumps(asked), encoding="utf-8")


def _asked(calls: list[Call]) -> list[tuple[str, Any]]:
    """Operations and parameters, with binary values marked as such."""
    return [(call["operation"], _marked(json.loads(call["body"]))) for call in calls]


def _marked(value: Any) -> Any:
    if isinstance(value, list):
        return [_marked(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {"base64": part} if name in ("B", "CiphertextBlob") and isinstance(part, str) else _marked(part)
        for name, part in value.items()
    }


def _events(world: World) -> dict[str, dict[str, Any]]:
    """The event of each act, for one enterprise's agent with a group of 90 that has all answers."""
    life: Any = Life(world, lambda _: contextlib.nullcontext(), PERSONS)  # type: ignore[arg-type]
    life.prepared()
    draft = life.agent.ok("POST", "/drafts", life.content)
    life.submitted()
    life.reviewed()
    life.answered()
    for _ in range(SMALL):
        world.application(life.agent)
    agent: User = life.agent
    version = {"If-Match": f'"{draft["version"]}"'}
    number = {"number": life.number}
    return {
        "GET /me": _event(agent, "GET", "/me"),
        "GET /messages": _event(agent, "GET", "/messages"),
        "POST /applications/search": _event(
            agent, "POST", "/applications/search", {"service": "new_or_renewal", "limit": 10}
        ),
        "detail of 90": _event(agent, "GET", "/applications/{number}", path_parameters=number),
        "progress of 90": _event(agent, "GET", "/applications/{number}/progress", path_parameters=number),
        "draft of 90 saved": _event(
            agent, "PUT", "/drafts/{draft_id}", life.content, headers=version, path_parameters={"draft_id": draft["id"]}
        ),
    }


def _event(
    user: User,
    method: str,
    resource: str,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
    path_parameters: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What API Gateway hands to the function."""
    path = resource.format(**path_parameters or {})
    sent = {"Authorization": f"Bearer {user.token}", "Accept": "application/json", **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/json"
    return {
        "resource": f"/v1{resource}",
        "path": f"/v1{path}",
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": path_parameters,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": f"/v1{resource}",
            "httpMethod": method,
            "requestId": "bench",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def _fetch_keys() -> None:
    """Fetch the keys, as a new process does while its modules load."""
    from chalicelib.repos.keys import keyring

    keyring.forget()
    keyring.fetch()


def _ask(event: dict[str, Any]) -> None:
    from app import app

    answer = app(event, None)
    assert answer["statusCode"] == 200, answer


def _calls(work: Callable[[], None]) -> list[Call]:
    """The requests to AWS within a piece of work, with what AWS answered."""
    from chalicelib.repos.process import aws

    calls: list[Call] = []

    def note(request: Any, event_name: str, **_: Any) -> Any:
        service, operation = event_name.split(".")[1:]
        reply = aws.client(service)._endpoint.http_session.send(request)  # type: ignore[call-overload]
        assert reply.status_code == 200, reply.content
        headers = {name.lower(): value for name, value in reply.headers.items()}
        wanted = {name: headers[name] for name in ("content-type", "content-length", "x-amz-crc32") if name in headers}
        body = request.body if isinstance(request.body, str) else request.body.decode()
        calls.append(
            {"operation": operation, "body": body, "headers": wanted, "content": reply.content.decode()},
        )
        return reply

    with contextlib.ExitStack() as listening:
        for service in ("dynamodb", "kms"):
            listening.enter_context(_listening(service, note))
        work()
    return calls


@contextlib.contextmanager
def _listening(service: Any, listener: Any) -> Iterator[None]:
    from chalicelib.repos.process import aws

    events = aws.client(service).meta.events
    events.register(f"before-send.{service}", listener)
    try:
        yield
    finally:
        events.unregister(f"before-send.{service}", listener)


if __name__ == "__main__":
    record(Path(sys.argv[1]))
