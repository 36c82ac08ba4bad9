"""Public routes: health, and the lists that forms are built from."""

import functools
from typing import Literal

from chalice.app import Response
from pydantic import BaseModel

from chalicelib import data
from chalicelib.handlers.http import caching
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.handlers.reference import reference_lists
from chalicelib.handlers.reference.reference_shapes import Reference, Regions

routes = Routes(__name__)


class Health(BaseModel):
    """The reply of a process that is running."""

    status: Literal["ok"]


@routes.add("GET", "/health", Access.PUBLIC, reply=Health)
def health(_: Call) -> Health:
    """Report that the process is running."""
    return Health(status="ok")


@routes.add("GET", "/reference", Access.PUBLIC, reply=Reference, cacheable=True)
def reference(call: Call) -> Response:
    """Return everything that forms and filters are built from: lists with names, checklists, terms and limits."""
    return caching.public(call, _reference(call.language))


@routes.add("GET", "/reference/regions", Access.PUBLIC, reply=Regions, cacheable=True)
def regions(call: Call) -> Response:
    """Return provinces, cities and districts by code."""
    return caching.public(call, _regions())


@functools.cache
def _regions() -> str:
    return Regions.model_validate(data.regions()).model_dump_json()


@functools.cache
def _reference(language: str) -> str:
    return reference_lists.reference(language).model_dump_json()
