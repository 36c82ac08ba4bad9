"""What is true of every route and of the files around the code."""

import ast
import json
import re
import sys
from collections import Counter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.data import texts
from chalicelib.repos.table import table
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.forms.content import Form
from testing.counting import Requests

ROOT = Path(__file__).resolve().parent.parent

ACCESS = {
    "GET /v1/agents": "E",
    "POST /v1/agents": "E",
    "DELETE /v1/agents/{agent_id}": "E",
    "GET /v1/agents/{agent_id}": "E",
    "PATCH /v1/agents/{agent_id}": "E",
    "PUT /v1/agents/{agent_id}/authorization": "E",
    "PUT /v1/agents/{agent_id}/mail-preference": "E",
    "POST /v1/applications": "E A",
    "POST /v1/applications/search": "E A",
    "GET /v1/applications/agents": "E",
    "GET /v1/applications/{number}": "E A",
    "GET /v1/applications/{number}/attachments/{attachment_id}": "E A",
    "PUT /v1/applications/{number}/content": "E A",
    "GET /v1/applications/{number}/progress": "E A",
    "POST /v1/applications/{number}/progress/export": "E A",
    "POST /v1/applications/{number}/resubmit": "E A",
    "PUT /v1/applications/{number}/service": "E A",
    "POST /v1/applications/{number}/withdraw": "E A",
    "POST /v1/attachments": "E A",
    "GET /v1/audit": "E",
    "GET /v1/drafts": "E A",
    "POST /v1/drafts": "E A",
    "DELETE /v1/drafts/purge-notice": "E A",
    "DELETE /v1/drafts/{draft_id}": "E A",
    "GET /v1/drafts/{draft_id}": "E A",
    "PUT /v1/drafts/{draft_id}": "E A",
    "POST /v1/elicence/callback": "public",
    "POST /v1/elicence/tickets": "public",
    "GET /v1/elicence/tickets/{ticket_id}": "public",
    "POST /v1/email-codes": "public",
    "GET /v1/enterprise": "E A",
    "PATCH /v1/enterprise": "E",
    "PUT /v1/enterprise/licence": "E",
    "GET /v1/health": "public",
    "GET /v1/invoice-profiles": "E A",
    "POST /v1/invoice-profiles": "E A",
    "DELETE /v1/invoice-profiles/{profile_id}": "E A",
    "PUT /v1/invoice-profiles/{profile_id}": "E A",
    "GET /v1/me": "E A F C",
    "PUT /v1/me/email": "E",
    "PUT /v1/me/mail-preference": "E A",
    "PUT /v1/me/password": "E A F C",
    "GET /v1/messages": "E A",
    "POST /v1/messages/read-all": "E A",
    "POST /v1/messages/{message_id}/read": "E A",
    "GET /v1/office/applications/{number}": "F C",
    "GET /v1/office/applications/{number}/attachments/{attachment_id}": "F C",
    "POST /v1/office/applications/{number}/decision": "F C",
    "POST /v1/office/economies/import": "C",
    "POST /v1/office/enterprises": "C",
    "POST /v1/office/enterprises/search": "F C",
    "GET /v1/office/enterprises/{enterprise_id}": "F C",
    "GET /v1/office/mail/dead": "C",
    "POST /v1/office/mail/{mail_id}/replay": "C",
    "GET /v1/office/persons/{person_number}": "F C",
    "POST /v1/office/persons/{person_number}/card": "C",
    "POST /v1/office/persons/{person_number}/decision": "F C",
    "PUT /v1/office/persons/{person_number}/economies/{code}": "C",
    "PUT /v1/office/persons/{person_number}/foreign-number": "C",
    "POST /v1/office/persons/{person_number}/reveal": "F C",
    "POST /v1/office/search": "F C",
    "POST /v1/persons/import": "E A",
    "GET /v1/persons/import-template": "E A",
    "GET /v1/persons/{person_number}": "E A",
    "PUT /v1/persons/{person_number}/content": "E A",
    "POST /v1/persons/{person_number}/resubmit": "E A",
    "POST /v1/persons/{person_number}/reveal": "E A",
    "POST /v1/persons/{person_number}/services": "E A",
    "POST /v1/persons/{person_number}/withdraw": "E A",
    "POST /v1/recoveries": "public",
    "PUT /v1/recoveries/{recovery_id}/password": "public",
    "POST /v1/recoveries/{recovery_id}/verification": "public",
    "GET /v1/reference": "public",
    "GET /v1/reference/regions": "public",
    "POST /v1/registrations": "public",
    "GET /v1/sessions": "E A F C",
    "POST /v1/sessions": "public",
    "DELETE /v1/sessions/current": "E A F C",
    "POST /v1/sessions/elicence": "public",
    "DELETE /v1/sessions/{session_id}": "E A F C",
    "GET /v1/statistics/economies": "E A F C",
}
"""Who may call what: E enterprise account, A agent, F officer of a foreign affairs office, C consular officer."""

PROTECTED = [route for route, access in ACCESS.items() if access != "public"]


@pytest.fixture
def routes(world):
    """Every declared route by its method and path; needs the settings, as `import app` does."""
    import app  # noqa: F401  declares them
    from chalicelib.handlers.http.routing import ROUTES

    return {f"{route.method} {route.path}": route for route in ROUTES}


def test_every_route_stands_in_the_access_table_with_its_rule(routes):
    assert {name: route.access.value for name, route in routes.items()} == ACCESS
    sys.stdout.write(f"access table: {len(ACCESS)} routes, {len(PROTECTED)} need a session, 0 unlisted\n")


def test_every_declared_route_is_registered_once_and_nothing_else_is(routes):
    from app import app
    from chalicelib.handlers.http.routing import ROUTES

    registered = Counter(f"{method} {path}" for path, methods in app.routes.items() for method in methods)
    assert (
        Counter(f"{route.method} {route.path}" for route in ROUTES) == registered == Counter(dict.fromkeys(routes, 1))
    )


def test_every_registered_route_has_its_own_function_and_cors_for_the_web_origin(routes):
    from app import app

    entries = [entry for methods in app.routes.values() for entry in methods.values()]
    assert len({entry.view_name for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.cors.allow_origin == "http://127.0.0.1:8001", entry.uri_pattern


@pytest.mark.parametrize("route", PROTECTED)
def test_a_protected_route_refuses_whoever_has_no_session_before_it_reads_anything(world, route):
    method, path = route.split()
    path = re.sub(r"{\w+}", "x", path.removeprefix("/v1"))
    counted = Requests()
    with counted.recording():
        answers = [
            world.anybody(method, path, b""),
            world.anybody(method, path, b"{}"),
            world.anybody(method, path, b"no json", Content_Type="text/plain"),
            world.anybody(method, path, Authorization="Basic dGVzdDp0ZXN0"),
            world.anybody(method, path, Authorization="Bearer"),
        ]
    assert [(answer.status, answer.code) for answer in answers] == [(401, "UNAUTHENTICATED")] * 5
    assert counted.operations == []
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {"http://127.0.0.1:8001"}


@pytest.mark.parametrize("route", PROTECTED)
def test_a_protected_route_refuses_a_token_that_is_not_ours(world, route):
    method, path = route.split()
    path = re.sub(r"{\w+}", "x", path.removeprefix("/v1"))
    for token in ("x", "a.b.c", "#.b.c", "a.#b.c", "é.b.c", "." * 400):
        answer = world.anybody(method, path, Authorization=f"Bearer {token}")
        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


# Documents


def test_the_openapi_document_is_valid_and_names_every_route(routes):
    from tools.openapi import document

    made = document()
    assert [error.message for error in OpenAPIV31SpecValidator(made).iter_errors()] == []
    described = {
        f"{method.upper()} {path}": operation["x-access"]
        for path, operations in made["paths"].items()
        for method, operation in operations.items()
    }
    assert described == ACCESS


def test_the_lifecycle_page_has_every_row_of_the_table_once():
    written = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    rows = [line for line in written.splitlines() if line.startswith("| ") and line.count(" | ") == 4 and "`" in line]
    assert len(rows) == len(lifecycle.TABLE)
    assert written.count("```mermaid\n") == len({(row.level, row.service) for row in lifecycle.TABLE}) == 6
    diagram = written.split("```mermaid\n")[1].split("```")[0].splitlines()
    assert '    state "外办审核中" as FAO_REVIEW' in diagram
    assert "    FAO_REVIEW --> CONSULAR_REVIEW: 审核通过" in diagram
    assert "    CONSULAR_APPROVED --> [*]" in diagram


# Files


def test_the_entry_point_is_under_60_lines():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 60


def test_the_tables_keys_and_indexes_are_those_of_the_deployment():
    declared = json.loads((ROOT / ".chalice" / "resources.json").read_text(encoding="utf-8"))
    properties = declared["Resources"]["PortalTable"]["Properties"]
    keys = {None: properties["KeySchema"]}
    keys |= {index["IndexName"]: index["KeySchema"] for index in properties["GlobalSecondaryIndexes"]}
    assert {
        name: tuple(each["AttributeName"] for each in sorted(schema, key=lambda each: each["KeyType"]))
        for name, schema in keys.items()
    } == dict(table.INDEXES)
    used = {attribute for pair in table.INDEXES.values() for attribute in pair}
    assert {each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]} == (
        dict.fromkeys(used, "S")
    )


def test_the_scheduled_functions_are_packaged_through_a_link():
    link = ROOT / "vendor" / "scheduled"
    assert link.is_symlink()
    assert str(link.readlink()) == "../scheduled"


def test_the_operators_commands_stay_out_of_the_package():
    """Chalice takes app.py, chalicelib/ and vendor/; that nothing there imports operations, import-linter sees to."""
    assert (ROOT / "operations").is_dir()
    assert sorted(each.name for each in (ROOT / "vendor").iterdir()) == ["scheduled"]
    assert not list((ROOT / "chalicelib").rglob("operations*"))


def packages(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith(("#", "-r")))


def test_what_is_packaged_is_pinned_and_no_development_tool_is_among_it():
    runtime, tools = packages("requirements.txt"), packages("requirements-dev.txt")
    assert all(re.fullmatch(r"[0-9.]+(\.post\d+)?", version) for version in runtime.values()), runtime
    assert not runtime.keys() & {re.sub(r"\[.*]", "", name) for name in tools}
    assert not runtime.keys() & {"chalice", "moto", "pytest", "hypothesis", "ruff", "mypy", "pip", "httpx"}


def test_every_library_that_runs_is_packaged():
    names = {name.lower() for name in packages("requirements.txt")} | {"chalice"}
    files = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py"), *(ROOT / "scheduled").glob("*.py")]
    imported = {top for file in files for top in _imports(file) if not top.startswith("mypy_boto3")}
    known = packages_distributions()
    foreign = {known[top][0].lower() for top in imported if top in known}
    assert foreign <= names
    assert {"boto3", "pydantic", "pyjwt", "openpyxl"} <= foreign


def _imports(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)


def forms(above=Form):
    """Every model of what somebody sends, those within others too."""
    for form in above.__subclasses__():
        yield form
        yield from forms(form)


def test_every_field_that_can_be_sent_has_a_title(portal):
    names = {name for form in forms() for name in form.model_fields}
    assert {"case", "fields", "attachment_id", "point", "cursor"} <= names
    assert {name for name in names if not texts.has("fields", name)} == set()
