"""What is sent has exactly the shapes of the OpenAPI document: lists of rows are not checked when a reply is made."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from chalicelib.handlers.http.routing import ROUTES
from tests.support.scenario_record import recorded_scenario

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document():
    """The contract, in which no object may have more fields than it names."""
    return _closed(json.loads(DOCUMENT.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def successes(portal):
    import app  # noqa: F401  declares the routes

    return [success for success in recorded_scenario(portal).successes if success.body is not None]


def test_every_reply_of_the_scenario_has_the_shape_of_the_document_and_no_field_more(successes, document):
    wrong = [(success.path, error) for success in successes for error in errors(success, document)]
    assert wrong == []
    assert len({route_of(success).reply for success in successes}) > 60


@pytest.mark.parametrize("change", ["missing", "more", "another type"])
def test_a_wrong_row_is_found(successes, document, change):
    found = next(success for success in successes if _files(success.body))
    (row, *_), before = _files(found.body), dict(_files(found.body)[0])
    if change == "missing":
        del row["kind_label"]
    else:
        row["path" if change == "more" else "size"] = "files/1"
    try:
        assert errors(found, document)
    finally:
        row.clear()
        row.update(before)
    assert errors(found, document) == []


def errors(success, document):
    """How a reply differs from its shape."""
    route = route_of(success)
    if not isinstance(route.reply, type):
        return []
    schema = {"$ref": f"#/components/schemas/{route.reply.__name__}", "components": document["components"]}
    return [
        f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(schema).iter_errors(success.body)
    ]


def route_of(success):
    return next(
        route
        for route in ROUTES
        if route.method == success.method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.path), success.path)
    )


def _files(body):
    content = body.get("content") if isinstance(body, dict) else None
    return content["persons"][0]["attachments"] if content and content.get("persons") else []


def _closed(schema):
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed
