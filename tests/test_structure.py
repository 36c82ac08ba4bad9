"""Rules of every route, of the generated documents, and of the source itself: names, layers, sizes and citations."""

import ast
import functools
import json
import re
import statistics
import sys
from collections import Counter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.data import texts
from chalicelib.repos.table import table
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.forms.form import Form
from testing.counting import Requests
from tests.support import source
from tests.support.assurance import figure
from tools.packaging.proof import OF_THE_RUNTIME

ROOT = source.ROOT

ACCESS = {
    "GET /v1/agents": "E",
    "POST /v1/agents": "E",
    "DELETE /v1/agents/{agent_id}": "E",
    "GET /v1/agents/{agent_id}": "E",
    "PATCH /v1/agents/{agent_id}": "E",
    "PUT /v1/agents/{agent_id}/authorization": "E",
    "PUT /v1/agents/{agent_id}/mail-preference": "E",
    "POST /v1/applications": "E A",
    "POST /v1/applications/check": "E A",
    "POST /v1/applications/search": "E A",
    "GET /v1/applications/agents": "E",
    "GET /v1/applications/{number}": "E A",
    "GET /v1/applications/{number}/attachments/{attachment_id}": "E A",
    "GET /v1/applications/{number}/content": "E A",
    "POST /v1/applications/{number}/copy": "E A",
    "PUT /v1/applications/{number}/content": "E A",
    "POST /v1/applications/{number}/downloads": "E A",
    "GET /v1/applications/{number}/history": "E A",
    "PUT /v1/applications/{number}/payment-voucher": "E A",
    "GET /v1/applications/{number}/progress": "E A",
    "POST /v1/applications/{number}/letters/{kind}": "E A",
    "POST /v1/applications/{number}/progress/export": "E A",
    "POST /v1/applications/{number}/resubmit": "E A",
    "PUT /v1/applications/{number}/service": "E A",
    "POST /v1/applications/{number}/withdraw": "E A",
    "POST /v1/attachments": "E A",
    "POST /v1/attachments/states": "E A",
    "GET /v1/audit": "E",
    "POST /v1/client-errors": "public",
    "GET /v1/drafts": "E A",
    "POST /v1/drafts": "E A",
    "POST /v1/drafts/{draft_id}/copy": "E A",
    "GET /v1/cards/ledger": "E A",
    "POST /v1/cards/ledger/export": "E A",
    "POST /v1/cards/ledger/{entry_id}/return": "E A",
    "DELETE /v1/drafts/purge-notice": "E A",
    "DELETE /v1/drafts/{draft_id}": "E A",
    "GET /v1/drafts/{draft_id}": "E A",
    "PUT /v1/drafts/{draft_id}": "E A",
    "GET /v1/drafts/{draft_id}/attachments/{attachment_id}": "E A",
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
    "POST /v1/email-changes/undo": "public",
    "GET /v1/me": "E A F C",
    "PUT /v1/me/email": "E",
    "POST /v1/me/email-codes": "E",
    "PUT /v1/me/mail-preference": "E A",
    "PUT /v1/me/mailbox": "E A",
    "POST /v1/me/mailbox/email-codes": "E A",
    "GET /v1/me/passkeys": "E F C",
    "POST /v1/me/passkeys": "E F C",
    "POST /v1/me/passkeys/challenges": "E F C",
    "PATCH /v1/me/passkeys/{passkey_id}": "E F C",
    "DELETE /v1/me/passkeys/{passkey_id}": "E F C",
    "PUT /v1/me/password": "E A F C",
    "GET /v1/me/second-factor": "F C",
    "PUT /v1/me/second-factor": "F C",
    "PUT /v1/me/second-factor/confirmation": "F C",
    "GET /v1/messages": "E A",
    "POST /v1/messages/read-all": "E A",
    "GET /v1/messages/unread": "E A",
    "POST /v1/messages/{message_id}/read": "E A",
    "GET /v1/office/applications/{number}": "F C",
    "GET /v1/office/applications/{number}/changes": "F C",
    "POST /v1/office/applications/{number}/card": "C",
    "GET /v1/office/applications/{number}/history": "F C",
    "GET /v1/office/applications/{number}/attachments/{attachment_id}": "F C",
    "POST /v1/office/applications/{number}/decision": "F C",
    "POST /v1/office/applications/{number}/downloads": "F C",
    "POST /v1/office/applications/{number}/reveal": "F C",
    "POST /v1/office/card-events": "C",
    "POST /v1/office/decisions": "F C",
    "POST /v1/office/applications/{number}/payment-voucher/decision": "C",
    "POST /v1/office/applications/{number}/letters/{kind}": "F C",
    "POST /v1/office/economies/import": "C",
    "POST /v1/office/enterprises": "C",
    "POST /v1/office/enterprises/search": "F C",
    "GET /v1/office/enterprises/{enterprise_id}": "F C",
    "POST /v1/office/enterprises/{enterprise_id}/reveal": "F C",
    "PUT /v1/office/enterprises/{enterprise_id}/email": "C",
    "PUT /v1/office/enterprises/{enterprise_id}/elements": "C",
    "POST /v1/office/foreign-numbers": "C",
    "POST /v1/office/sign-in-locks/search": "C",
    "POST /v1/office/sign-in-locks/clear": "C",
    "GET /v1/office/mail/dead": "C",
    "GET /v1/office/mail/suppressions": "C",
    "POST /v1/office/mail/suppressions/lift": "C",
    "POST /v1/office/mail/{mail_id}/replay": "C",
    "GET /v1/office/persons/{person_number}": "F C",
    "GET /v1/office/persons/{person_number}/history": "F C",
    "POST /v1/office/persons/{person_number}/card": "C",
    "POST /v1/office/persons/{person_number}/decision": "F C",
    "PUT /v1/office/persons/{person_number}/economies/{code}": "C",
    "PUT /v1/office/persons/{person_number}/foreign-number": "C",
    "POST /v1/office/persons/{person_number}/reveal": "F C",
    "GET /v1/office/statistics": "F C",
    "POST /v1/office/statistics/export": "F C",
    "POST /v1/office/search": "F C",
    "POST /v1/office/search/export": "F C",
    "POST /v1/office/workbooks/import": "C",
    "POST /v1/office/workbooks/template": "C",
    "GET /v1/office/desk": "F C",
    "POST /v1/persons/import": "E A",
    "GET /v1/persons/import-template": "E A",
    "GET /v1/persons/{person_number}": "E A",
    "GET /v1/persons/{person_number}/history": "E A",
    "POST /v1/persons/{person_number}/card-ledger": "E A",
    "PUT /v1/persons/{person_number}/content": "E A",
    "POST /v1/persons/{person_number}/renewal": "E A",
    "POST /v1/persons/{person_number}/resubmit": "E A",
    "POST /v1/persons/{person_number}/reveal": "E A",
    "POST /v1/persons/{person_number}/services": "E A",
    "POST /v1/persons/{person_number}/services/check": "E A",
    "POST /v1/persons/{person_number}/withdraw": "E A",
    "POST /v1/recoveries": "public",
    "POST /v1/recoveries/{recovery_id}/email-codes": "public",
    "PUT /v1/recoveries/{recovery_id}/password": "public",
    "POST /v1/recoveries/{recovery_id}/verification": "public",
    "GET /v1/reference": "public",
    "GET /v1/reference/regions": "public",
    "POST /v1/registrations": "public",
    "GET /v1/sessions": "E A F C",
    "DELETE /v1/sessions": "E A F C",
    "POST /v1/sessions": "public",
    "DELETE /v1/sessions/current": "E A F C",
    "PUT /v1/sessions/current/proof": "E A F C",
    "POST /v1/sessions/elicence": "public",
    "POST /v1/sessions/passkey": "public",
    "POST /v1/sessions/passkey/challenges": "public",
    "DELETE /v1/sessions/{session_id}": "E A F C",
    "GET /v1/statistics/economies": "E A F C",
    "POST /v1/travel-checks": "E A",
}
"""Who may call each route: E enterprise account, A agent, F officer of a foreign affairs office, C consular officer."""

PROTECTED = [route for route, access in ACCESS.items() if access != "public"]


@pytest.fixture
def routes(world):
    """Every declared route by method and path. `world` sets the environment that `import app` reads."""
    import app  # noqa: F401  declares them
    from chalicelib.handlers.http.routing import ROUTES

    return {f"{route.method} {route.path}": route for route in ROUTES}


def test_every_route_is_in_the_access_table_with_its_rule(routes):
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
def test_a_protected_route_refuses_a_caller_without_a_session_before_any_request_to_aws(world, route):
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
def test_a_protected_route_refuses_a_token_that_the_portal_did_not_issue(world, route):
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
    own = table.INDEXES[None]
    for resource, indexes in (("PortalTable", table.INDEXES), ("JournalTable", {None: own, **table.JOURNAL_INDEXES})):
        properties = declared["Resources"][resource]["Properties"]
        keys = {None: properties["KeySchema"]}
        keys |= {index["IndexName"]: index["KeySchema"] for index in properties["GlobalSecondaryIndexes"]}
        assert {
            name: tuple(part["AttributeName"] for part in sorted(schema, key=lambda part: part["KeyType"]))
            for name, schema in keys.items()
        } == dict(indexes)
        used = {attribute for pair in indexes.values() for attribute in pair}
        defined = properties["AttributeDefinitions"]
        assert {one["AttributeName"]: one["AttributeType"] for one in defined} == dict.fromkeys(used, "S")


def test_the_scheduled_functions_are_packaged_through_a_link():
    link = ROOT / "vendor" / "scheduled"
    assert link.is_symlink()
    assert str(link.readlink()) == "../scheduled"


def test_the_operators_commands_stay_out_of_the_package():
    """Chalice packages app.py, chalicelib/ and vendor/; import-linter checks that nothing there imports operations."""
    assert (ROOT / "operations").is_dir()
    assert sorted(entry.name for entry in (ROOT / "vendor").iterdir()) == ["scheduled"]
    assert not list((ROOT / "chalicelib").rglob("operations*"))


def packages(name):
    """Versions by normalized name of a requirements*.txt, each with at least one hash."""
    pinned = re.findall(r"^([a-z0-9-]+)==(\S+).*\\\n    --hash=sha256:", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    return dict(pinned)


def wanted(name):
    """Normalized names that a requirements*.in names itself."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {re.split(r"[\[=<>~]", line)[0] for line in lines if line and not line.startswith(("#", "-"))}


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_packaged_library_is_pinned_and_none_is_a_development_tool():
    runtime, tools = packages("requirements.txt"), wanted("requirements-dev.in") | wanted("requirements-run.in")
    assert all(re.fullmatch(r"[0-9.]+(\.post\d+)?", version) for version in runtime.values()), runtime
    assert wanted("requirements.in") < runtime.keys()
    assert tools < packages("requirements-dev.txt").keys()
    assert not runtime.keys() & tools
    assert not runtime.keys() & {"chalice", "moto", "pytest", "hypothesis", "ruff", "mypy", "pip", "httpx"}


@pytest.mark.parametrize("name", ["requirements-run.txt", "requirements-dev.txt"])
def test_every_environment_has_the_packaged_versions(name):
    assert packages("requirements.txt").items() <= packages(name).items()


def test_every_imported_library_is_packaged():
    names = {*packages("requirements.txt"), "chalice"}
    modules = [source.Module(Path("app.py")), *source.modules("chalicelib", "scheduled")]
    imported = {name.partition(".")[0] for module in modules for name in module.imports()}
    imported = {top for top in imported if not top.startswith("mypy_boto3")} - OF_THE_RUNTIME
    known = packages_distributions()
    foreign = {normalized(known[top][0]) for top in imported if top in known}
    assert foreign <= names
    assert {"botocore", "pydantic", "pyjwt", "openpyxl"} <= foreign


def forms(above=Form):
    """Every model of a request body, nested models included."""
    for form in above.__subclasses__():
        yield form
        yield from forms(form)


def test_every_field_that_can_be_sent_has_a_title(portal):
    names = {name for form in forms() for name in form.model_fields}
    assert {"case", "fields", "attachment_id", "point", "cursor"} <= names
    assert {name for name in names if not texts.has("fields", name)} == set()
    titled = {title.rpartition(".")[2] for title in texts.keys("fields")}
    assert titled - names == set()


# Names and layers


IRREGULAR_PARTICIPLES = ("made", "sent", "begun", "drawn", "kept", "given", "held", "set", "read")
NAMED_AFTER_DYNAMODB = "chalicelib/repos/table/writes.py"
WRITES = re.compile(r"(table\.|writes\.)?Write|list\[(table\.|writes\.)?Write\]|(table\.|writes\.)?Write \| None")
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}


def _is_past_participle(word):
    return word.endswith("ed") or word in IRREGULAR_PARTICIPLES


def test_a_function_that_describes_a_write_is_named_by_a_past_participle():
    exempt = {NAMED_AFTER_DYNAMODB, "chalicelib/usecases/remember.py"}
    described = [
        (f"{module.path}:{function.lineno} {function.name}", function.name.strip("_").split("_"))
        for module in source.modules("chalicelib/repos", "chalicelib/usecases")
        if str(module.path) not in exempt
        for function in module.functions(nested=False)
        if function.returns and WRITES.fullmatch(ast.unparse(function.returns))
    ]
    assert len(described) > 40
    misnamed = [
        name for name, words in described if not (_is_past_participle(words[0]) or _is_past_participle(words[-1]))
    ]
    assert misnamed == []


def test_no_handler_imports_the_table_or_commits():
    importing = [
        f"{module.path} imports {name}"
        for module in source.modules("chalicelib/handlers")
        for name in module.imports()
        if f"{name}.".startswith("chalicelib.repos.table.")
    ]
    committing = [
        f"{module.path}:{node.lineno} commits"
        for module in source.modules("chalicelib/handlers")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "table.commit"
    ]
    assert importing + committing == []


def test_a_view_has_at_most_15_lines():
    views = {
        f"{module.path}:{function.lineno} {function.name}": source.body_lines(function)
        for module in source.modules("chalicelib/handlers")
        for function in module.functions()
        if any(ast.unparse(decorator).startswith("routes.add(") for decorator in function.decorator_list)
    }
    assert len(views) == len(ACCESS)
    assert {view: lines for view, lines in views.items() if lines > 15} == {}


def test_no_module_has_a_vague_name():
    words = {str(module.path): set(re.split(r"[/_.]", str(module.path))) for module in source.every_module()}
    assert [path for path, named in words.items() if named & VAGUE] == []
    pages = [module.path for module in source.modules("chalicelib/handlers") if module.path.stem.endswith("_page")]
    assert pages == []


# Sizes


def _percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def test_modules_are_short():
    lines = {str(module.path): module.lines for module in source.modules(*source.SHIPPED) if module.lines}
    median, longest = statistics.median(lines.values()), max(lines, key=lines.__getitem__)
    text = f"modules: {len(lines)}, median {median:g} lines, longest {lines[longest]} ({longest})"
    figure(text)
    assert median <= 90, text
    assert lines[longest] <= 330, text


def test_functions_are_short():
    lines = [source.length(function) for module in source.modules(*source.SHIPPED) for function in module.functions()]
    median, ninetieth = statistics.median(lines), _percentile(lines, 90)
    text = f"functions: {len(lines)}, median {median:g} lines, 90th percentile {ninetieth}"
    figure(text)
    assert median <= 6, text
    assert ninetieth <= 18, text


# Citations

UNREADABLE = re.compile(r"\bdesign \d|\bchecks\.md|\bapi\.md|\bissue \d|\bdomain \d")
"""Documents that a reader of the repository does not have."""

DOCUMENT = re.compile(r"\bdocs/[\w/.-]*\w")
SECTIONS = re.compile(r"\bdocs/domain\.md \d+(?:\.\d+)*(?:(?:, | and |-)\d+\.\d+)*")
SOURCE_PATH = re.compile(r"(?<![\w/.*-])(?:tests|chalicelib)/[\w/.-]+\.py\b")


@functools.cache
def _docstrings():
    """Every docstring of the repository with the path of its module."""
    return [(str(module.path), text) for module in source.every_module() for text in module.docstrings()]


@functools.cache
def _documentation():
    """Every docstring and comment of the repository with the path of its module."""
    comments = [(str(module.path), text) for module in source.every_module() for text in module.comments()]
    return [*_docstrings(), *comments]


def _sections():
    """The numbers of all sections of docs/domain.md, and of the rows of section 11."""
    written = (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:#{2,3}|\|) (\d+(?:\.\d+)?)\.? ", written, re.MULTILINE))


def test_no_comment_cites_a_document_that_readers_do_not_have():
    cited = [(path, found.group(), text) for path, text in _documentation() if (found := UNREADABLE.search(text))]
    assert cited == []


def test_every_document_that_a_comment_cites_exists():
    cited = {(path, name) for path, text in _documentation() for name in DOCUMENT.findall(text)}
    assert cited
    assert {
        (path, name) for path, name in cited if not (ROOT / name).exists() and not [*ROOT.glob(f"{name}-*.md")]
    } == set()


def test_every_section_of_the_domain_that_a_comment_cites_exists():
    sections = _sections()
    assert {"1", "1.7", "11"} <= sections
    cited = {
        (path, number)
        for path, text in _documentation()
        for citation in SECTIONS.findall(text)
        for number in re.findall(r"\d+(?:\.\d+)*", citation)
    }
    assert {(path, number) for path, number in cited if number not in sections} == set()


def test_every_source_path_that_a_docstring_or_a_page_names_exists():
    texts_with_paths = [
        *_docstrings(),
        *((str(page), page.read_text(encoding="utf-8")) for page in (ROOT / "docs").glob("*.md")),
    ]
    named = {(origin, name) for origin, text in texts_with_paths for name in SOURCE_PATH.findall(text)}
    assert named
    assert {(origin, name) for origin, name in named if not (ROOT / name).is_file()} == set()
