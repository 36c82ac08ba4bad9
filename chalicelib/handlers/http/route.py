"""`Route`: the declaration of one route, from which it is served and documented."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from chalicelib.handlers.http.access import Access

View = Callable[..., Any]
"""Takes the `Call` and the path parameters; returns a reply model, a Chalice response, or None for 204."""


@dataclass(frozen=True)
class Route:
    """One declared route."""

    method: str
    path: str
    access: Access
    view: View
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    """The query parameters it takes; every other one is refused."""
    reply: Any = None
    status: int = 200
    body_optional: bool = False
    versioned: bool = False
    """Whether If-Match is required."""
    idempotent: bool = False
    """Whether it requires an Idempotency-Key."""
    for_credentials: bool = False
    """Whether an account may call it that must set a new password, or a second step, before anything else."""
    passive: bool = False
    """Whether it is called by pages on their own: it does not count as a use of the session."""
    proven: bool = False
    """Whether the session needs a recent proof that its user is the owner."""
    cacheable: bool = False
    """Whether its reply is public: browsers keep it, and If-None-Match may name its ETag."""

    @property
    def name(self) -> str:
        """Method and path pattern."""
        return f"{self.method} {self.path}"


ROUTES: list[Route] = []
"""Every route of the service, in the order of declaration."""
