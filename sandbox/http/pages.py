"""The sandbox's HTML pages, from the templates in `sandbox/templates/`; every value is escaped."""

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
    """The page of a template."""
    body = _templates.get_template(template).render(**values)
    return Response(body, headers={"Content-Type": "text/html; charset=utf-8"})


def wants_html(request: Request) -> bool:
    """Whether the client accepts `text/html` before `application/json`, as browsers do."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    ranks = {kind: place for place, kind in reversed(list(enumerate(accepted)))}
    return "text/html" in ranks and ranks["text/html"] < ranks.get("application/json", len(accepted))
