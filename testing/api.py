"""The API over Chalice's test client, and the callers who use it."""

import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.engine.engine import Engine
from sandbox.http.api_server import serve_in_threads
from testing import people
from testing.clock import Clock
from testing.counting import Requests
from testing.rights import RECORDED
from testing.tripwire import TRIPWIRE


@dataclass(frozen=True)
class Answer:
    """A reply of the API."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    cookies: tuple[str, ...] = ()
    """The values of all Set-Cookie headers; `headers` has the first one."""

    @property
    def body(self) -> Any:
        """The JSON of the reply."""
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.body["code"])

    @property
    def fields(self) -> dict[str, str]:
        """The refused fields of the problem, each with its code."""
        return {error["field"]: error["code"] for error in self.body["errors"]}

    @property
    def without_id(self) -> bytes:
        """The raw reply without its request id, to compare two replies."""
        return self.raw.replace(self.headers["x-request-id"].encode(), b"")


@dataclass
class User:
    """A caller, signed in or not."""

    world: "Api"
    token: str | None = None
    account: dict[str, Any] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str | None) -> Answer:
        """Call the API; header names are written with underscores.

        Each POST carries a new Idempotency-Key, as required by routes that create something; `Idempotency_Key=None`
        leaves it out.
        """
        if method == "POST":
            headers.setdefault("Idempotency_Key", str(uuid.uuid4()))
        sent = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        return self.world.request(method, path, body, sent)

    def ok(self, method: str, path: str, body: Any = None, **headers: str | None) -> Any:
        """Call the API and assert success; returns the JSON of the reply, None for 204."""
        answer = self(method, path, body, **headers)
        assert 200 <= answer.status < 300, (method, path, answer.status, answer.raw.decode())
        return answer.body if answer.raw else None


class Api:
    """The portal's API and scheduled code on the engine of the tests."""

    def __init__(self, engine: Engine, time: Clock) -> None:
        self.engine = engine
        self.time = time
        self.anybody = User(self)

    @cached_property
    def client(self) -> Any:
        from chalice.test import Client

        from app import app

        serve_in_threads(app)
        app.log.addHandler(TRIPWIRE)
        # A project directory without .chalice, so that the environment of the tests is not replaced by a stage's.
        return Client(app, project_dir=str(Path(__file__).parent)).http

    def request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        """Send one request; bytes are sent unchanged, any other body as JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if raw and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/json"
        people.known(body)
        client = self.client
        with RECORDED.within("api_handler"):
            response = client.request(method, f"/v1{path}", headers=headers, body=raw)
        found = {
            name.lower(): value if isinstance(value, list) else [value] for name, value in response.headers.items()
        }
        lower = {name: values[0] for name, values in found.items()}
        TRIPWIRE.replied(path, response.status_code, lower, response.body)
        return Answer(response.status_code, lower, response.body, tuple(found.get("set-cookie", ())))

    def together(self, *calls: Callable[[], Answer]) -> list[Answer]:
        """Make calls concurrently, each in a thread; returns the answers in the order of the calls."""
        environment = os.environ  # Chalice's test client replaces it for each call, which is not thread-safe
        try:
            with ThreadPoolExecutor(len(calls)) as pool:
                return [future.result() for future in [pool.submit(call) for call in calls]]
        finally:
            os.environ = environment  # noqa: B003  the original object, not its content

    @contextmanager
    def calling_from(self, address: str) -> Iterator[None]:
        """Let calls within the block come from another network address."""
        converter = self.client._local_gateway.event_converter  # Chalice's client always uses loopback
        before = converter.LOCAL_SOURCE_IP
        converter.LOCAL_SOURCE_IP = address
        try:
            yield
        finally:
            converter.LOCAL_SOURCE_IP = before

    @contextmanager
    def counting(self) -> Iterator[Requests]:
        """Count the requests to AWS within the block."""
        counted = Requests()
        with counted.recording():
            yield counted
