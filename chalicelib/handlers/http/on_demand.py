"""Loads the handlers of a page when it is first asked for, where the package lists the routes (docs/decisions/0089).

A new execution environment of Lambda answers one request before it loads what others need. The list is written when the
package is built; without it, or if the environment is made before a request, all handlers are loaded at once.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from chalice.app import Chalice, Response

from chalicelib.config import ON_DEMAND, initialization
from chalicelib.handlers.http.route import ROUTES, Route
from chalicelib.handlers.http.serving import serve

LIST = Path(__file__).with_name("routes.json")
"""Where `tools/packaging/routes.py` lists the routes."""


class Listed(NamedTuple):
    """One route in the list."""

    method: str
    path: str
    module: str
    view: str


def listed() -> list[Listed]:
    """The routes whose handlers are loaded on demand; none if all are to be loaded at once."""
    if initialization() != ON_DEMAND or not LIST.exists():
        return []
    return [Listed(*entry) for entry in json.loads(LIST.read_bytes())]


def register(app: Chalice, routes: list[Listed]) -> None:
    """Register routes of which nothing is loaded yet."""
    for entry in routes:
        name = f"{entry.module.rpartition('.')[2]}_{entry.view}"
        app.route(entry.path, methods=[entry.method], content_types=["*/*"], name=name)(_served(app, entry))


def _served(app: Chalice, entry: Listed) -> Any:
    def serve_route(**parameters: str) -> Response:
        return serve(route_of(entry), app.current_request, parameters)

    return serve_route


def route_of(entry: Listed) -> Route:
    """The declaration of a route; its module is loaded unless it is."""
    import_module(entry.module)
    (route,) = [one for one in ROUTES if one.method == entry.method and one.path == entry.path]
    return route
