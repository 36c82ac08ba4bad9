"""The same with Powertools for AWS Lambda, whose replies are models of pydantic."""

from typing import Any

import asked
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from pydantic import BaseModel

app = APIGatewayRestResolver(enable_validation=True)


class Page(BaseModel):
    """The items of a page."""

    items: list[dict[str, Any]]


def _page(act: str) -> Page:
    return Page(items=asked.items(app.current_event.headers["Authorization"], act))


@app.get("/v1/me")
def me() -> Page:
    """Account, enterprise and unread messages."""
    return _page("GET /v1/me")


@app.get("/v1/messages")
def messages() -> Page:
    """First page."""
    return _page("GET /v1/messages")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer through Powertools."""
    return app.resolve(event, context)
