"""The sandbox's HTML: templates as files, everything escaped."""

from typing import Any

from chalice.app import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

_templates = Environment(
    loader=PackageLoader("sandbox"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html(template: str, **values: Any) -> Response:
    """A page."""
    body = _templates.get_template(template).render(**values)
    return Response(body, headers={"Content-Type": "text/html; charset=utf-8"})


def wants_html(request: Request) -> bool:
    """Whether a browser asks: `text/html` stands before `application/json` in what it accepts."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    ranks = {kind: place for place, kind in reversed(list(enumerate(accepted)))}
    return "text/html" in ranks and ranks["text/html"] < ranks.get("application/json", len(accepted))
