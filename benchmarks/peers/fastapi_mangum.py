"""The same on FastAPI, behind Mangum."""

from typing import Annotated, Any

import asked
from fastapi import FastAPI, Header
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI()
Token = Annotated[str, Header(alias="Authorization")]


class Page(BaseModel):
    """The items of a page."""

    items: list[dict[str, Any]]


@app.get("/v1/me")
def me(token: Token) -> Page:
    """Account, enterprise and unread messages."""
    return Page(items=asked.items(token, "GET /v1/me"))


@app.get("/v1/messages")
def messages(token: Token) -> Page:
    """First page."""
    return Page(items=asked.items(token, "GET /v1/messages"))


handler = Mangum(app, lifespan="off")
