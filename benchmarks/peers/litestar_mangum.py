"""The same on Litestar, behind Mangum; replies are structures of msgspec, as Litestar recommends."""

from typing import Annotated, Any

import asked
from litestar import Litestar, get
from litestar.params import Parameter
from mangum import Mangum
from msgspec import Struct

Token = Annotated[str, Parameter(header="Authorization")]


class Page(Struct):
    """The items of a page."""

    items: list[dict[str, Any]]


@get("/v1/me", sync_to_thread=False)
def me(token: Token) -> Page:
    """Account, enterprise and unread messages."""
    return Page(items=asked.items(token, "GET /v1/me"))


@get("/v1/messages", sync_to_thread=False)
def messages(token: Token) -> Page:
    """First page."""
    return Page(items=asked.items(token, "GET /v1/messages"))


handler = Mangum(Litestar([me, messages]), lifespan="off")
