"""Public routes: health, and the lists that forms are built from."""

import functools
import json
from dataclasses import asdict
from typing import Any

from chalice.app import Response
from pydantic import BaseModel

from chalicelib import data
from chalicelib.data import texts
from chalicelib.handlers.http import caching
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.base import limits

routes = Routes(__name__)


class Health(BaseModel):
    """The reply of a process that is running."""

    status: str


@routes.add("GET", "/health", Access.PUBLIC, reply=Health)
def health(_: Call) -> Health:
    """Report that the process is running."""
    return Health(status="ok")


@routes.add("GET", "/reference", Access.PUBLIC, reply=dict[str, Any], cacheable=True)
def reference(call: Call) -> Response:
    """Return economies, offices with their checklists, kinds, statuses and limits."""
    return caching.public(call, _reference(call.language))


@routes.add("GET", "/reference/regions", Access.PUBLIC, reply=dict[str, Any], cacheable=True)
def regions(call: Call) -> Response:
    """Return provinces, cities and districts by code."""
    return caching.public(call, _regions())


@functools.cache
def _regions() -> str:
    return json.dumps(data.regions(), ensure_ascii=False)


@functools.cache
def _reference(language: str) -> str:
    lists = {
        "economies": [
            {
                "code": economy.code,
                "name": economy.label(language),
                "name_en": economy.name_en,
                "decides": economy.decides,
            }
            for economy in data.economies()
        ],
        "offices": [
            {
                "code": office.code,
                "kind": office.kind,
                "name": office.label(language),
                "required_attachments": {level: list(kinds) for level, kinds in office.required_attachments.items()},
                "passport_months": office.passport_months,
                "checklist_version": office.checklist_version,
            }
            for office in data.offices().values()
        ],
        "attachment_kinds": [
            {
                "code": kind.code,
                "name": kind.label(language),
                "content_types": list(kind.content_types),
                "max_bytes": kind.max_bytes,
                "pixels": asdict(kind.pixels) if kind.pixels else None,
            }
            for kind in data.attachment_kinds().values()
        ],
        "enterprise_kinds": _named(data.enterprise_kinds(language)),
        "industries": _named(data.industries(language)),
        "services": _labelled("services", language),
        "statuses": _labelled("statuses", language),
        "decisions": _labelled("decisions", language),
        "sexes": _labelled("sexes", language),
        "passport_kinds": _labelled("passport_kinds", language),
        "regions_version": data.regions()["version"],
        "limits": {
            "persons": limits.MAX_PERSONS,
            "agents": limits.MAX_AGENTS,
            "drafts": limits.MAX_DRAFTS,
            "invoice_profiles": limits.MAX_INVOICE_PROFILES,
            "draft_days": limits.DRAFT_LIFE.days,
            "page": limits.PAGE_MAX,
            "password_min": limits.PASSWORD_MIN,
        },
    }
    return json.dumps(lists, ensure_ascii=False)


def _labelled(section: str, language: str) -> list[dict[str, str]]:
    return [{"code": code, "name": texts.text(section, code, language)} for code in texts.keys(section)]


def _named(names: Any) -> list[dict[str, str]]:
    return [{"code": code, "name": name} for code, name in names.items()]
