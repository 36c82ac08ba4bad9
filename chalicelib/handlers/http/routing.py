"""Declares the routes of a page.

A declaration names path, access rule, body, query and reply. `serving` authenticates and parses each request by it and
calls the view, which knows neither headers nor status codes. The OpenAPI document is made from the same declarations.
"""

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.call import Call
from chalicelib.handlers.http.route import ROUTES, Route, View
from chalicelib.handlers.http.serving import serve

__all__ = ["ROUTES", "Call", "Route", "Routes"]


class Routes(Blueprint):
    """The routes of one page."""

    def add(self, method: str, path: str, access: Access, **declared: Any) -> Callable[[View], View]:
        """Declare a route; `declared` are further attributes of `Route`."""

        def register(view: View) -> View:
            route = Route(method, f"/v1{path}", access, view, **declared)
            ROUTES.append(route)

            def serve_route(**parameters: str) -> Response:
                return serve(route, self.current_request, parameters)

            serve_route.__name__ = f"{view.__module__.rpartition('.')[2]}_{view.__name__}"
            # `parsing` reads the body itself, so that even a wrong media type is answered with problem+json.
            self.route(route.path, methods=[method], content_types=["*/*"])(serve_route)
            return view

        return register
