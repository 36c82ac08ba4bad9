"""Every function as Lambda runs it: the unzipped files and nothing else, its `Handler`, events as AWS sends them."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest

from tools.packaging import proof

EVENTS = Path(__file__).resolve().parents[1] / "events"
FUNCTIONS = (
    *("APIHandler", "PurgeDrafts", "DeliverMail", "ExpireCards", "Remind", "MailFeedback", "InspectUploads"),
    "LookUpPersons",
)
RUNTIME = """
import importlib, json, sys, time
tree, handler, *files = sys.argv[1:]
sys.path.insert(0, tree)
module, name = handler.rsplit(".", 1)
function = getattr(importlib.import_module(module), name)

class Context:
    function_name = memory_limit_in_mb = invoked_function_arn = log_group_name = log_stream_name = "-"
    function_version, aws_request_id, ends = "$LATEST", "8f5e0d0e-0000-4000-8000-000000000007", time.time() + 29
    def get_remaining_time_in_millis(self):
        return int((self.ends - time.time()) * 1000)

replies = [function(json.load(open(file, encoding="utf-8")), Context()) for file in files]
sys.__stderr__.write(json.dumps([sorted({path for path in sys.path if "site-packages" in path}), replies]))
"""


@pytest.fixture(scope="module")
def invoke(built, own, cloud_resources):
    """Call a function with events, in a process of its own; its replies."""
    template = json.loads(built[proof.own_architecture()].template.read_text(encoding="utf-8"))
    functions = {
        name: resource["Properties"]["Handler"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert sorted(functions) == sorted(FUNCTIONS), "a function without a test here"

    def call(function, *events):
        files = [str(EVENTS / f"{event}.json") for event in events]
        # -I: no folder of ours, no PYTHON* variable; -S: no site-packages; -B: the files stay as they are.
        done = subprocess.run(
            [sys.executable, "-ISB", "-c", RUNTIME, str(own), functions[function], *files],
            env={name: value for name, value in os.environ.items() if name.startswith(("ABTC_", "AWS_"))},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        foreign, replies = json.loads(done.stderr)
        assert foreign == []
        logged = [json.loads(line) for line in done.stdout.splitlines()]
        return SimpleNamespace(replies=replies, logged=logged)

    return call


@pytest.fixture(scope="module")
def api(invoke):
    """Replies of the API to every event of a request, by the event's name."""
    names = sorted(file.stem for pattern in ("get-*", "post-*") for file in EVENTS.glob(f"{pattern}.json"))
    return dict(zip(names, invoke("APIHandler", *names).replies, strict=True))


def test_every_reply_is_accepted_by_api_gateway(api):
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    shape = {
        "type": "object",
        "properties": {
            "statusCode": {"type": "integer"},
            "body": {"type": "string"},
            "isBase64Encoded": {"type": "boolean"},
            "headers": texts,
            "multiValueHeaders": {"type": "object", "additionalProperties": {"type": "array"}},
        },
        "required": ["statusCode", "body", "headers"],
        "additionalProperties": False,
    }
    for reply in api.values():
        jsonschema.validate(reply, shape)


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [("get-unknown-ticket", 404, "NOT_FOUND"), ("post-malformed", 400, "MALFORMED")],
)
def test_a_refusal_is_a_problem(api, event, status, code):
    reply = api[event]
    assert (reply["statusCode"], json.loads(reply["body"])["code"]) == (status, code)
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    assert reply["headers"]["Access-Control-Allow-Origin"] == os.environ["ABTC_WEB_ORIGIN"]


def test_the_api_is_healthy(api):
    assert (api["get-health"]["statusCode"], json.loads(api["get-health"]["body"])) == (200, {"status": "ok"})


@pytest.mark.parametrize("event", ["post-ticket", "post-ticket-base64"])
def test_a_body_is_read_as_text_and_in_base64(api, event):
    assert api[event]["statusCode"] == 201, api[event]
    assert json.loads(api[event]["body"])["qr_content"].startswith("elicence://sign?ticket=")


@pytest.mark.parametrize(
    ("function", "counts"),
    [
        ("PurgeDrafts", {"purged": 0, "kept": 0, "unfinished": False}),
        ("ExpireCards", {"expired": 0, "moved": 0, "failed": 0, "unfinished": False}),
        (
            "Remind",
            {"drafts": 0, "passports": 0, "cards": 0, "returns": 0, "moved": 0, "failed": 0, "unfinished": False},
        ),
        ("LookUpPersons", {"looked_up": 0, "warned": 0, "failed": 0, "unfinished": False}),
    ],
)
def test_a_function_with_nothing_to_do_completes(invoke, function, counts):
    run = invoke(function, "scheduled")
    assert run.replies == [counts]
    assert [line["runs"] for line in run.logged] == [1]


def test_the_relay_sends_waiting_mail(invoke, engine):
    from chalicelib.repos.mail import outbox
    from chalicelib.repos.table import table
    from sandbox.mailbox import Mailbox

    values = {"code": "246802", "minutes": 10}
    _, letter = outbox.address_notified("email_code_recover", "waits@enterprise.example", values, datetime.now(UTC))
    table.commit(letter)
    assert [run["SENT"] for run in invoke("DeliverMail", "scheduled").replies] == [1]
    (received,) = Mailbox(engine).mails("waits@enterprise.example")
    assert "246802" in received.text


def test_an_event_about_an_upload_that_no_longer_exists_is_handled(invoke):
    run = invoke("InspectUploads", "sqs-upload", "sqs-s3-test")
    assert run.replies == [{"missing": 1}, {}]
    assert [line["event"] for line in run.logged] == ["inspect_uploads"] * 2


def test_a_bounce_reported_by_sns_suppresses_mail_to_the_address(invoke):
    from chalicelib.repos.accounts import suppressions
    from chalicelib.repos.keys import keyring
    from chalicelib.rules.base.vocabulary import MailStatus

    run = invoke("MailFeedback", "sns-bounce", "sns-bounce")
    assert [reply["addresses"] for reply in run.replies] == [1, 1]
    keyring.forget()
    assert suppressions.status_of("gone@enterprise.example") is MailStatus.BOUNCED
    assert "gone@" not in json.dumps(run.logged)


# Handlers on demand (docs/decisions/0089)

ON_DEMAND = """
import json, sys
sys.path.insert(0, sys.argv[1])
import app
from chalicelib.handlers.http import on_demand
from chalicelib.handlers.http.route import ROUTES

def loaded():
    pages = {name: page for name, page in sys.modules.items() if name.startswith("chalicelib.handlers.")}
    return sorted(name for name, page in pages.items() if ".http" not in name and not hasattr(page, "__path__"))

before, at_once = loaded(), bool(ROUTES)
listed = on_demand.listed()
entry = next(entry for entry in listed if entry.path == "/v1/me")
on_demand.route_of(entry)
after = loaded()
declared = [on_demand.route_of(entry) for entry in listed]
registered = sorted((method, path) for path, methods in app.app.routes.items() for method in methods)
names = [(route.method, route.path, route.view.__module__, route.view.__name__) for route in declared]
sys.__stderr__.write(json.dumps([before, after, at_once, registered, names]))
"""


def on_demand(tree, **variables):
    """What a process loads that imports `app` of an unzipped package, and the routes that it knows."""
    own = {name: value for name, value in os.environ.items() if name.startswith(("ABTC_", "AWS_"))}
    command = [sys.executable, "-ISB", "-c", ON_DEMAND, str(tree)]
    done = subprocess.run(command, env={**own, **variables}, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr)


def test_a_process_loads_the_handlers_of_a_page_when_it_is_asked_for(own, portal):
    from chalicelib.handlers import blueprints  # noqa: F401  declares the routes
    from chalicelib.handlers.http.route import ROUTES

    before, after, at_once, registered, names = on_demand(own)
    assert (before, at_once) == ([], False)
    assert "chalicelib.handlers.accounts.me" in after
    assert not [module for module in after if "office" in module]
    wanted = [(route.method, route.path, route.view.__module__, route.view.__name__) for route in ROUTES]
    assert sorted(map(tuple, names)) == sorted(wanted)
    assert [tuple(entry) for entry in registered] == sorted((method, path) for method, path, *_ in wanted)


@pytest.mark.parametrize("made", ["provisioned-concurrency", "lambda-managed-instances"])
def test_an_environment_that_is_made_before_a_request_loads_every_handler(own, portal, made):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import app; from chalicelib.handlers.http.route import ROUTES"
    )
    script += "; sys.__stderr__.write(str(len(ROUTES)))"
    variables = {name: value for name, value in os.environ.items() if name.startswith(("ABTC_", "AWS_"))}
    variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = made
    command = [sys.executable, "-ISB", "-c", script, str(own)]
    done = subprocess.run(command, env=variables, cwd="/", capture_output=True, text=True, check=False)
    assert int(done.stderr) > 100
