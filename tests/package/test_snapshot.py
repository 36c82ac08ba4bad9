"""A version that starts from snapshots: the unzipped package in a process that is forked, as Lambda restores copies."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
import snapshot_restore_py

EVENT = Path(__file__).resolve().parents[1] / "events" / "post-ticket.json"
RUNTIME = """
import gc, hashlib, importlib.util, json, os, random, ssl, sys, time
tree, hooks_file, event_file = sys.argv[1:]
sys.path.insert(0, tree)
spec = importlib.util.spec_from_file_location("snapshot_restore_py", hooks_file)
hooks = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hooks)
import app
from chalicelib.handlers.http.route import ROUTES
from chalicelib.repos.keys import keyring
from chalicelib.repos.process import aws

class Context:
    function_name = memory_limit_in_mb = invoked_function_arn = log_group_name = log_stream_name = "-"
    function_version, aws_request_id, ends = "$LATEST", "8f5e0d0e-0000-4000-8000-000000000007", time.time() + 29
    def get_remaining_time_in_millis(self):
        return int((self.ends - time.time()) * 1000)

def held():
    keys = [found for found in gc.get_objects() if isinstance(found, keyring.PortalKey)]
    files = [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if os.path.exists(
        f"/proc/self/fd/{number}")]
    return [len(keys), len([file for file in files if file.startswith("socket:")])]

signers, seeds = [], []
aws.session().register("before-send.*", lambda request, **_: signers.append(
    request.headers["Authorization"].decode().partition("Credential=")[2].partition("/")[0]))
loaded = held()
keyring.fetch()
fetched = held()
for hook, arguments, named in reversed(hooks.get_before_snapshot()):
    hook(*arguments, **named)
parent = {"routes": len(ROUTES), "loaded": loaded, "fetched": fetched, "saved": held()}
parent |= {"signers": sorted(set(signers)), "copies": []}
state = random.getstate()
mix = ssl.RAND_add
ssl.RAND_add = lambda seed, entropy: (mix(seed, entropy), seeds.append([seed.hex(), entropy]))

def restored(out):
    random.setstate(state)  # a fork draws a new seed, a restored snapshot does not
    stale = random.random()
    random.setstate(state)
    signers.clear()
    for hook, arguments, named in hooks.get_after_restore():
        hook(*arguments, **named)
    drawn, keys = random.random(), held()[0]
    reply = app.app(json.load(open(event_file, encoding="utf-8")), Context())
    found = {"stale": stale, "drawn": drawn, "keys": keys, "seeds": seeds, "signers": sorted(set(signers))}
    os.write(out, json.dumps({**found, "status": reply["statusCode"], "ticket": json.loads(reply["body"])}).encode())

for _ in range(2):
    inward, outward = os.pipe()
    if (child := os.fork()) == 0:
        try:
            restored(outward)
        finally:
            os._exit(0)
    os.close(outward)
    with open(inward, "rb") as copy:
        parent["copies"].append(json.loads(copy.read()))
    os.waitpid(child, 0)
    time.sleep(1.1)  # tickets have times of whole seconds
sys.__stderr__.write(json.dumps(parent))
"""


@pytest.fixture(scope="module")
def credentials():
    """The address at which a function asks for credentials; they must be renewed at once, and each has its own key."""
    numbers = count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            expires = datetime.now(UTC) + timedelta(minutes=5)
            body = json.dumps(
                {
                    "AccessKeyId": f"KEY{next(numbers)}",
                    "SecretAccessKey": "-",
                    "Token": "-",
                    "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
                }
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def snapshot(own, portal, credentials):
    """What the process says that is saved and restored twice."""
    names = (name for name in os.environ if name.startswith(("ABTC_", "AWS_")))
    variables = {name: os.environ[name] for name in names if not name.startswith(("AWS_ACCESS", "AWS_SECRET"))}
    variables |= {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": credentials,
        "AWS_LAMBDA_FUNCTION_NAME": "APIHandler",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
    }
    done = subprocess.run(
        [sys.executable, "-ISB", "-c", RUNTIME, str(own), snapshot_restore_py.__file__, str(EVENT)],
        env=variables,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stderr)
    return SimpleNamespace(**{**said, "copies": [SimpleNamespace(**copy) for copy in said["copies"]]})


def test_every_handler_is_in_the_snapshot(snapshot):
    assert snapshot.routes > 100


def test_loading_fetches_no_key_that_all_copies_would_have(snapshot):
    assert snapshot.loaded == [0, 0]


def test_no_key_and_no_connection_is_in_the_snapshot(snapshot):
    assert all(snapshot.fetched), "what a request leaves behind is not seen"
    assert snapshot.saved == [0, 0]


def test_each_copy_fetches_the_keys_before_its_first_request_and_answers(snapshot):
    for copy in snapshot.copies:
        assert copy.keys > 0
        assert copy.status == 201, copy.ticket


def test_each_copy_draws_other_random_numbers(snapshot):
    first, second = snapshot.copies
    assert first.stale == second.stale, "the copies do not begin with the same state"
    assert len({first.stale, first.drawn, second.drawn}) == 3
    for (seed, entropy), (other, _) in zip(first.seeds, second.seeds, strict=True):
        assert (len(bytes.fromhex(seed)), entropy) == (32, 32)
        assert seed != other
    assert first.seeds
    assert first.ticket["ticket_id"] != second.ticket["ticket_id"]
    assert first.ticket["secret"] != second.ticket["secret"]


def test_each_copy_signs_with_credentials_of_its_own_time(snapshot):
    seen = {"", *snapshot.signers}
    for copy in snapshot.copies:
        assert copy.signers
        assert not seen & set(copy.signers)
        seen |= set(copy.signers)


def test_each_copy_has_the_time_at_which_it_is_restored(snapshot):
    first, second = snapshot.copies
    assert first.ticket["expires_at"] < second.ticket["expires_at"]
