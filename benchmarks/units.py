"""Read and write units of what an application costs in its life, through the API's own handlers.

`DYNAMODB_URL=http://127.0.0.1:PORT python -m benchmarks.units`, where a DynamoDB answers that counts units as AWS does
(dynoxide); everything else is the embedded engine. The table of docs/operations.md comes from here.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError


def main() -> None:
    """Measure and print."""
    with _portal() as world:
        for name, act in _acts(world):
            reads, writes, requests = _measured(act)
            print(f"| {name} | {reads:g} | {writes:g} | {requests} |", flush=True)


@contextlib.contextmanager
def _portal() -> Iterator[Any]:
    from sandbox import environment
    from sandbox.engine import cloud
    from sandbox.engine.engine import Engine
    from testing.world import PLATFORM, Clock, World

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
        from chalicelib.repos.process import clock

        time = Clock()
        clock.use(time)
        yield World(engine, time)


def _acts(world: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    from testing import follow_ups

    owner = world.enterprise()
    fao, consular = world.desk("fao-hunan"), world.desk("consular")
    login = {
        "identity": "officer",
        "login": world.officer("consular").account["login"],
        "password": "correct horse battery",
    }
    yield "sign in", lambda: world.anybody.ok("POST", "/sessions", login)
    world.content(owner)
    made: dict[int, Any] = {}
    for persons in (1, 2, 10, 90):
        content = world.content(owner, persons=persons)
        draft: dict[str, Any] = {}
        yield (
            f"save a draft, {persons} persons",
            partial(_saved, owner, content, draft),
        )
        yield (
            f"submit it, {persons} persons",
            partial(_submitted, owner, draft, made, persons),
        )
    for persons in (1, 2, 10, 90):
        yield f"an office passes, {persons} persons", partial(_decided, fao, made[persons])
        yield (
            f"the consular department passes, {persons} persons",
            partial(_decided, consular, made[persons]),
        )
    person = f"{made[2]['number']}-01"
    yield "one economy's answer", lambda: follow_ups.economy(world, person, "AUS")
    for code in follow_ups.SIXTEEN[1:]:
        follow_ups.economy(world, person, code)
    events: list[tuple[str, dict[str, Any]]] = [
        ("making", {}),
        ("made", {"card_number": "CN000001", "valid_until": "2031-11-20"}),
        ("issued", {}),
    ]
    for event, more in events:
        yield f"card: {event}", partial(follow_ups.card, world, person, event, **more)
    yield "relay: one run over the mails so far", world.deliver
    yield "relay: a run with nothing to send", world.deliver
    for _ in range(20):
        world.application(owner)
    yield (
        "list, first page of 10 (groups of 1)",
        lambda: owner.ok("POST", "/applications/search", {"service": "new_or_renewal"}),
    )
    yield "detail, 2 persons", lambda: owner.ok("GET", f"/applications/{made[2]['number']}")
    yield "progress, 90 persons", lambda: owner.ok("GET", f"/applications/{made[90]['number']}/progress")
    yield "desk, first page of 10", lambda: fao.ok("POST", "/office/search", {})
    yield "messages, first page of 10", lambda: owner.ok("GET", "/messages")


def _saved(owner: Any, content: Any, draft: dict[str, Any]) -> None:
    draft.update(owner.ok("POST", "/drafts", content))


def _submitted(owner: Any, draft: dict[str, Any], made: dict[int, Any], persons: int) -> None:
    made[persons] = owner.ok("POST", "/applications", {"draft_id": draft["id"]})


def _decided(officer: Any, application: Any) -> None:
    form = {"decision": "pass", "status_version": application["status_version"]}
    application.update(officer.ok("POST", f"/office/applications/{application['number']}/decision", form))


def _measured(act: Callable[[], Any]) -> tuple[float, float, int]:
    """Read units, write units and requests to the table within the act."""
    from chalicelib.repos.process import aws

    units, requests = {"read": 0.0, "write": 0.0}, 0

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def note(parsed: dict[str, Any], event_name: str, **_: Any) -> None:
        nonlocal requests
        requests += 1
        operation = event_name.rpartition(".")[2]
        kind = "read" if operation in ("Query", "GetItem", "BatchGetItem") else "write"
        consumed = parsed.get("ConsumedCapacity", [])
        units[kind] += sum(part["CapacityUnits"] for part in ([consumed] if isinstance(consumed, dict) else consumed))

    events = aws.client("dynamodb").meta.events
    events.register("before-parameter-build.dynamodb.*", ask, unique_id="ask")
    events.register("after-call.dynamodb.*", note, unique_id="note")
    try:
        act()
    finally:
        events.unregister("before-parameter-build.dynamodb.*", ask, unique_id="ask")
        events.unregister("after-call.dynamodb.*", note, unique_id="note")
    return units["read"], units["write"], requests


if __name__ == "__main__":
    main()
