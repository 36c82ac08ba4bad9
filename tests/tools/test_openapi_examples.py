"""The examples of the OpenAPI document: every operation has them, and they are what the API takes and gives."""

import json
import re
from datetime import date

import jsonschema
import pytest
from pydantic import BaseModel


@pytest.fixture(scope="module")
def document(engine):
    """The document of all routes; `engine` sets the environment that `import app` reads."""
    import app  # noqa: F401  declares the routes
    from tools import openapi

    return openapi.document()


def routes():
    from chalicelib.handlers.http.routing import ROUTES

    return ROUTES


def bodies(document):
    """Every body of a request or a reply, with the operation that has it."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts = [operation.get("requestBody", {}), *operation["responses"].values()]
            for part in parts:
                for content in part.get("content", {}).values():
                    yield f"{method} {path}", content


def test_every_body_of_every_operation_has_an_example(document):
    found = list(bodies(document))
    assert len(found) > 150
    for operation, content in found:
        model = content["schema"]["$ref"].rpartition("/")[2]
        assert content["examples"] == {"example": {"$ref": f"#/components/examples/{model}"}}, operation
        assert model in document["components"]["examples"], operation


def test_every_example_fits_its_schema(document):
    for name, example in document["components"]["examples"].items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        problems = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(example["value"])]
        assert problems == [], name


def test_every_request_is_accepted_by_its_form(document):
    forms: dict[str, type[BaseModel]] = {route.body.__name__: route.body for route in routes() if route.body}
    assert len(forms) > 30
    for name, form in forms.items():
        text = json.dumps(document["components"]["examples"][name]["value"])
        form.model_validate_json(text, context={"today": date(2026, 11, 21)})


def test_every_row_of_a_list_of_acts_is_accepted_by_its_form(document):
    from chalicelib.rules.forms import applications

    rows = {"CardRow": "CardEvents", "DecisionRow": "Decisions", "EconomyRow": "EconomyImport"}
    for name, lists in {**rows, "ForeignNumberRow": "ForeignNumbers"}.items():
        (row,) = document["components"]["examples"][lists]["value"]["rows"]
        form = getattr(applications, name)
        assert form.model_validate_json(json.dumps(row)).model_fields_set == set(form.model_fields)


def test_examples_name_nobody(document):
    text = json.dumps(document["components"]["examples"], ensure_ascii=False)
    assert "110101190001010014" in text
    assert "E00000001" in text
    assert re.findall(r"@(?![a-z]+\.example\")", text) == []


def test_the_document_is_the_same_each_time(document):
    from tools import openapi

    assert openapi.document() == document


def loose(schema, path):
    """The places of a schema that say nothing about their value."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from loose(part, (*path, str(index)))
    elif isinstance(schema, dict):
        is_open = schema.get("type") == "object" and not {"properties", "additionalProperties"} & set(schema)
        if is_open or schema.get("additionalProperties") is True or set(schema) == {"title"}:
            yield path
        for name, part in schema.items():
            yield from loose(part, (*path, name))


def test_every_part_of_every_body_is_described(document):
    assert list(loose(document["components"]["schemas"], ())) == []
    assert list(loose(document["paths"], ())) == []
