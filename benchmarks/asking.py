"""What the portal asks of DynamoDB within a block, by operation and parameters."""

import contextlib
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Recording:
    """What was asked."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Operation and parameters, in the order of asking."""

    @contextlib.contextmanager
    def of(self, client: Any) -> Iterator[None]:
        """Note what this client asks."""

        def ask(params: dict[str, Any], model: Any, **_: Any) -> None:
            self.calls.append((model.name, copy.deepcopy(params)))

        with _listening(client, "before-parameter-build.dynamodb", ask):
            yield


@contextlib.contextmanager
def _listening(client: Any, event: str, listener: Callable[..., Any]) -> Iterator[None]:
    client.meta.events.register(event, listener, unique_id=event)
    try:
        yield
    finally:
        client.meta.events.unregister(event, listener, unique_id=event)
