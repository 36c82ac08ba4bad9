"""The clients that are generated from docs/openapi.json know every field.

`openapi-python-client` writes one for this test, without a warning; web/src/api/schema.ts is the one of the pages.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = "post_hooks: []\n"
"""Leaves out the formatters that the generator would look for on the PATH."""


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """What the generator printed, and the package that it wrote."""
    folder = tmp_path_factory.mktemp("client")
    config, target = folder / "config.yml", folder / "client"
    config.write_text(CONFIG, encoding="utf-8")
    generator = Path(sys.executable).with_name("openapi-python-client")
    document = ROOT / "docs" / "openapi.json"
    command: list[str | Path] = [generator, "generate", "--fail-on-warning", "--meta", "none"]
    command += ["--path", document, "--config", config, "--output-path", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done, target


def module(target, name):
    """A generated module, parsed."""
    return ast.parse((target / f"{name}.py").read_text(encoding="utf-8"))


def fields(target, name):
    """The annotated fields of the class of a generated model, each with its type."""
    (model,) = [node for node in module(target, f"models/{name}").body if isinstance(node, ast.ClassDef)]
    found = [node for node in model.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    return {ast.unparse(node.target): ast.unparse(node.annotation) for node in found}


def test_the_generator_has_no_warning(generated):
    done, _ = generated
    assert (done.returncode, done.stderr) == (0, "")
    assert "warning" not in done.stdout.lower()


def test_every_generated_module_can_be_compiled(generated):
    _, target = generated
    modules = list(target.rglob("*.py"))
    assert len(modules) > 250
    for path in modules:
        compile(path.read_text(encoding="utf-8"), str(path), "exec")


def test_the_client_knows_the_types_of_an_application(generated):
    _, target = generated
    application = fields(target, "application_reply")
    assert (application["status"], application["service"]) == ("Status", "Service")
    assert application["allowed_actions"] == "list[ActionOffer]"
    assert application["content"] == "GroupContentShown | ServiceContentShown"
    assert application["submitted_at"] == "datetime.datetime"
    assert fields(target, "attachment_shown")["state"] == "AttachmentState"


def test_no_field_of_a_request_or_reply_is_of_any_type(generated):
    _, target = generated
    names = [path.stem for path in (target / "models").glob("*.py") if path.stem != "__init__"]
    loose = []
    for name in names:
        classes = [node for node in module(target, f"models/{name}").body if isinstance(node, ast.ClassDef)]
        if classes and not any(ast.unparse(base) == "str, Enum" for base in classes[0].bases):
            known = fields(target, name) if len(classes) == 1 else {}
            loose += [
                f"{name}.{field}" for field, kind in known.items() if "Any" in kind and field != "additional_properties"
            ]
    assert loose == []


def test_the_pages_client_has_an_unknown_only_for_further_headers_of_replies():
    client = (ROOT / "web" / "src" / "api" / "schema.ts").read_text(encoding="utf-8")
    code = re.sub(r"/\*.*?\*/|\"[^\"\n]*\"", "", client, flags=re.DOTALL)
    headers = re.sub(r"headers: \{[^{}]*\};", "", code)
    assert len(re.findall(r"\bunknown\b", code)) > 100
    assert re.findall(r"^.*\b(?:unknown|any|object)\b.*$", headers, flags=re.MULTILINE) == []
