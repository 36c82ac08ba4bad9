"""What arrives that no page would send: refused in the contract's shape, and the next one is served."""

import contextlib
import json
import random
import socket

import pytest

from testing.files import JPEG
from testing.running import HOST, Sandbox
from testing.steps import post_file, problem, upload

# The socket

HALF = b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
RUBBISH = {
    "nothing": b"",
    "a word": b"GET",
    "no end of the headers": b"GET /v1/health HTTP/1.1\r\nHost: x\r\n",
    "a body that is too short": HALF + b"Content-Length: 500\r\n\r\n{",
    "a body that is too long": HALF + b"Content-Length: 2\r\n\r\n{}{}{}{}{}\r\n\r\n",
    "a negative length": HALF + b"Content-Length: -5\r\n\r\n{}",
    "a length that is no number": HALF + b"Content-Length: 0x10\r\n\r\n{}",
    "two lengths": HALF + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "chunks": HALF + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
    "one huge header": b"GET /v1/health HTTP/1.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    "many headers": b"GET /v1/health HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "a huge address": b"GET /v1/" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303") + b"\x00" * 160,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "zeros": b"\x00" * 100_000,
    "a body in no known alphabet": HALF + b"Content-Length: 4\r\nConnection: close\r\n\r\n\xff\xfe\x00\x01",
    "a path in no known alphabet": b"GET /v1/applications/%ff%fe%00 HTTP/1.1\r\nConnection: close\r\n\r\n",
    "a token in no known alphabet": b"GET /v1/me HTTP/1.0\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    "anything": random.Random(7).randbytes(50_000),
}


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=list(RUBBISH))
def test_malformed_bytes_are_refused_and_the_next_request_is_served(sandbox, rubbish):
    for port in (sandbox.port, sandbox.page_port):
        with socket.create_connection((HOST, port), timeout=10) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(rubbish)
                connection.shutdown(socket.SHUT_WR)
            heard = b""
            with contextlib.suppress(ConnectionError):
                while more := connection.recv(65536):
                    heard += more
        statuses = [line.split()[1][:1] for line in heard.splitlines() if line.startswith(b"HTTP/1.")]
        assert not [status for status in statuses if status not in (b"2", b"4")], heard
    assert sandbox.client()("GET", "/health").status_code == 200


def test_a_hundred_stalled_clients_do_not_delay_others(sandbox):
    with contextlib.ExitStack() as stack:
        for number in range(100):
            stalled = stack.enter_context(socket.create_connection((HOST, sandbox.port), timeout=10))
            stalled.sendall(HALF[: number * len(HALF) // 100])
        assert sandbox.client()("GET", "/reference").status_code == 200


# Answers that are no page


@pytest.mark.parametrize(
    ("language", "not_found", "not_allowed"),
    [
        ("zh-CN", "未找到所请求的内容。", "该地址不支持此请求方法。"),
        ("en", "The requested content was not found.", "This address does not support the method."),
    ],
)
def test_an_unknown_path_and_a_wrong_method_are_refused_like_by_the_application(
    sandbox, language, not_found, not_allowed
):
    client = sandbox.client()
    answers = [client("GET", "/nothing", Accept_Language=language), client("DELETE", "/me", Accept_Language=language)]
    assert [(a.status_code, problem(a), a.json()["message"]) for a in answers] == [
        (404, "NOT_FOUND", not_found),
        (405, "METHOD_NOT_ALLOWED", not_allowed),
    ]
    assert "GET" in answers[1].headers["Allow"]
    officer = sandbox.officer("fao-hunan")
    unknown = officer("GET", "/office/applications/APEC20200101000001", Accept_Language=language)
    for known, other in zip(*(answer.json().items() for answer in (answers[0], unknown)), strict=True):
        assert known == other or known[0] == "request_id"


# Uploads


def test_the_bucket_accepts_only_the_announced_upload(sandbox):
    client = sandbox.sign_in("agent", *agent_of(sandbox))
    assert upload(client, "photo")[1].status_code == 204
    for form in ({"content_type": "text/html"}, {"size": 100_000_000}, {"kind": "no-such-kind"}):
        announced = {"kind": "photo", "filename": "a", "content_type": "image/jpeg", "size": 10, **form}
        assert problem(client("POST", "/attachments", announced)) == "INVALID"

    def refused(file: bytes, **fields: str) -> str:
        announced = {"kind": "photo", "filename": "a", "content_type": "image/jpeg", "size": len(JPEG)}
        answer = post_file(client.ok("POST", "/attachments", announced)["upload"], file, **fields)
        assert answer.status_code in (400, 403), (answer.status_code, answer.text)
        return answer.text.partition("<Code>")[2].partition("</Code>")[0]

    assert refused(JPEG + b"x") == "EntityTooLarge"
    assert refused(b"") == "EntityTooSmall"
    wrong = [
        refused(JPEG, **{"Content-Type": "text/html"}),
        refused(JPEG, key="uploads/other"),
        refused(JPEG, acl="public-read"),
    ]
    assert wrong == ["AccessDenied"] * 3


def agent_of(sandbox: Sandbox) -> tuple[str, str]:
    """Name and password of the demo agent."""
    passwords = json.loads((sandbox.directory / "demo.json").read_text())
    return "demoagent", passwords["demoagent"]


# The terminal and the log


def test_the_terminal_stays_readable_and_the_log_has_no_personal_data(sandbox):
    client = sandbox.sign_in("agent", *agent_of(sandbox))
    client.ok("GET", "/me")
    sandbox.client()("GET", "/nothing?email=canary@enterprise.example")
    log = sandbox.directory / "app.log"
    assert str(log) in sandbox.output
    assert '"event"' not in sandbox.output, "no request is told on the terminal"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"GET /v1/me", "POST /v1/sessions"} <= {line.get("route") for line in lines}
    assert [line["status"] for line in lines if line.get("path") == "/v1/nothing"][-1] == 404
    text = log.read_text()
    secrets = [client.token, agent_of(sandbox)[1], "canary", "@enterprise.example"]
    assert not [secret for secret in secrets if secret in text]
    assert log.stat().st_mode & 0o077 == 0, "for its owner only"
