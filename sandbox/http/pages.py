"""The sandbox's HTML pages, from the templates in `sandbox/templates/`; every value is escaped."""

import re
from typing import Any

from chalice.app import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

ADDRESS = re.compile(r"https?://[!-;=?-~]+")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""What the sandbox's own pages may load: their styles and scripts are in the page itself."""

_templates = Environment(
    loader=PackageLoader("sandbox"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def linked(text: str) -> Markup:
    """The escaped text with its addresses as links that open a tab; Chinese text may precede them without a space."""
    parts = ADDRESS.split(text)
    link = Markup('<a href="{0}" target="_blank" rel="noopener">{0}</a>')
    links = [link.format(found) for found in ADDRESS.findall(text)]
    return Markup("").join(part for pair in zip(map(escape, parts), [*links, Markup("")], strict=True) for part in pair)


_templates.filters["linked"] = linked


def html(template: str, **values: Any) -> Response:
    """The page of a template."""
    body = _templates.get_template(template).render(**values)
    return Response(body, headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY})


def wants_html(request: Request) -> bool:
    """Whether the client accepts `text/html` before `application/json`, as browsers do."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    ranks = {kind: place for place, kind in reversed(list(enumerate(accepted)))}
    return "text/html" in ranks and ranks["text/html"] < ranks.get("application/json", len(accepted))
