"""The HTTP edge of the sandbox with the portal behind it: cookies, and compression as by API Gateway."""

import gzip
import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chalice.app import Chalice

from sandbox.http.api_handler import AT_ONCE
from sandbox.http.api_server import ApiServer, listen
from sandbox.http.compression import compressed, minimum_size
from testing.world import PASSWORD
from tests.support.browsers import COOKIE, OWN_ORIGIN

ROOT = Path(__file__).resolve().parents[2]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(portal):
    from app import app

    with ApiServer(app, listen(0, "PORT"), web_origin=OWN_ORIGIN) as running:
        yield running


def call(server, method, path, body=None, **headers):
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, f"/v1{path}", json.dumps(body) if body else None, sent)
    response = connection.getresponse()
    raw = response.read()
    connection.close()
    return response, raw


def test_cookies_pass_the_edge_in_both_directions(server, owner):
    form = {"identity": "enterprise", "login": owner.account["login"], "password": PASSWORD, "keep": "cookie"}
    signed_in, raw = call(server, "POST", "/sessions", form, **JSON)
    set_cookie, device = signed_in.headers.get_all("Set-Cookie")
    assert device.startswith("__Host-device=")
    assert (signed_in.status, json.loads(raw)["token"]) == (201, None)
    assert set_cookie.startswith(f"{COOKIE}={owner.account['enterprise_id']}.")
    assert set_cookie.endswith("; Max-Age=43200; Path=/; Secure; HttpOnly; SameSite=Strict")
    cookie = {"Cookie": f"theme=dark; {set_cookie.partition(';')[0]}"}
    seen, raw = call(server, "GET", "/me", **cookie)
    assert (seen.status, json.loads(raw)["account"]["id"]) == (200, owner.account["id"])
    refused, _ = call(server, "DELETE", "/sessions/current", **cookie, **JSON)
    assert refused.status == 403
    ended, _ = call(server, "DELETE", "/sessions/current", **cookie, **JSON, Origin=OWN_ORIGIN)
    assert (ended.status, ended.getheader("Set-Cookie").partition(";")[0]) == (204, f"{COOKIE}=")


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.1"])
def test_a_large_reply_is_compressed_for_a_client_that_accepts_it(server, accepted):
    plain, whole = call(server, "GET", "/reference")
    response, raw = call(server, "GET", "/reference", Accept_Encoding=accepted)
    assert (plain.getheader("Content-Encoding"), response.getheader("Content-Encoding")) == (None, "gzip")
    assert gzip.decompress(raw) == whole
    assert int(response.getheader("Content-Length")) == len(raw) < len(whole) / 2
    assert response.getheader("ETag") == plain.getheader("ETag")
    not_changed, raw = call(
        server, "GET", "/reference", Accept_Encoding=accepted, If_None_Match=plain.getheader("ETag")
    )
    assert (not_changed.status, raw, not_changed.getheader("Content-Encoding")) == (304, b"", None)


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "xgzip", "deflate"])
def test_a_reply_is_not_compressed_for_a_client_that_does_not_accept_it(server, accepted):
    response, raw = call(server, "GET", "/reference", Accept_Encoding=accepted)
    assert (response.getheader("Content-Encoding"), json.loads(raw)["limits"]["agents"]) == (None, 20)


def test_a_small_reply_is_not_compressed(server):
    response, raw = call(server, "GET", "/health", Accept_Encoding="gzip")
    assert (response.getheader("Content-Encoding"), raw) == (None, b'{"status":"ok"}')
    least = minimum_size()
    assert compressed({}, b"x" * (least - 1), "gzip") == ({}, b"x" * (least - 1))
    assert compressed({}, b"x" * least, "gzip")[0] == {"Content-Encoding": "gzip"}
    encoded = {"content-encoding": "br"}
    assert compressed(encoded, b"x" * least, "gzip") == (encoded, b"x" * least)


def test_the_sandbox_compresses_from_the_size_that_the_deployment_configures():
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    assert minimum_size() == config["minimum_compression_size"] == 1024
    assert not any("minimum_compression_size" in stage for stage in config["stages"].values())


def test_four_requests_are_worked_on_at_once_and_the_others_wait():
    working, most, lock, together = 0, 0, threading.Lock(), threading.Barrier(AT_ONCE)
    slow = Chalice("slow")

    @slow.route("/v1/slow")
    def _work():
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        together.wait(30)
        with lock:
            working -= 1
        return {}

    with ApiServer(slow, listen(0, "PORT"), web_origin=OWN_ORIGIN) as running:
        with ThreadPoolExecutor(3 * AT_ONCE) as clients:
            asked = [clients.submit(call, running, "GET", "/slow") for _ in range(3 * AT_ONCE)]
        assert [each.result()[0].status for each in asked] == [200] * (3 * AT_ONCE)
    assert most == AT_ONCE == 4
