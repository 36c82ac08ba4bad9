"""Counts requests to AWS."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Requests:
    """The requests to AWS, counted in botocore at each attempt that is sent."""

    def __init__(self) -> None:
        self.operations: list[str] = []

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record the requests of every client of the process within the block."""
        from chalicelib.repos.process import aws

        clients = [aws.client(name) for name in ("dynamodb", "kms", "s3", "sesv2")]
        for client in clients:
            client.meta.events.register("before-send.*", self._note, unique_id="counting")
        try:
            yield
        finally:
            for client in clients:
                client.meta.events.unregister("before-send.*", self._note, unique_id="counting")

    def _note(self, event_name: str, **_: Any) -> None:
        self.operations.append(event_name.removeprefix("before-send."))

    def of(self, service: str) -> list[str]:
        """The operations of one service."""
        prefix = f"{service}."
        return [name.removeprefix(prefix) for name in self.operations if name.startswith(prefix)]

    def tell(self, what: str) -> None:
        """Print the number and the operations (shown by `pytest -rP`)."""
        sys.stdout.write(f"{what}: {len(self)} requests: {' '.join(self.operations)}\n")

    def __len__(self) -> int:
        return len(self.operations)
