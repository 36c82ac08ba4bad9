"""What goes wrong around a running portal: clear lines, clear answers, nothing lost."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from testing.running import HOST, Client, Sandbox, descendants, free_ports, lives, sandbox_in, wait_for
from testing.steps import PASSWORD, content, problem, register, submit


@contextlib.contextmanager
def refusing(directory: Path, *ports: int, **variables: str) -> Iterator[str]:
    """A sandbox that does not start: exit code 1 and one line, which is given."""
    sandbox = Sandbox(directory, ports).spawn(**variables)
    try:
        assert sandbox.ended() == 1, sandbox.output
        (line,) = sandbox.output.splitlines()
        assert line.startswith("sandbox: ")
        yield line
    finally:
        sandbox.kill_all()


# Starting


def test_a_busy_port_is_a_one_line_error(tmp_path):
    free, other = free_ports()
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with refusing(tmp_path / "a", port, free) as line:
            assert (str(port) in line, "PORT=" in line) == (True, True)
        with refusing(tmp_path / "a", other, port) as line:
            assert (str(port) in line, "SANDBOX_PORT=" in line) == (True, True)
    assert not (tmp_path / "a").exists(), "nothing was written"


def test_a_second_sandbox_on_one_directory_is_a_one_line_error(sandbox):
    with refusing(sandbox.directory, *free_ports()) as line:
        assert str(sandbox.process.pid) in line
        assert "SANDBOX_DIR=" in line
    assert sandbox.client()("GET", "/health").status_code == 200


@pytest.mark.parametrize("variables", [{"PORT": "http"}, {"PORT": "65536"}, {"SANDBOX_DIR": "/dev/null/data"}])
def test_an_unusable_setting_is_a_one_line_error(tmp_path, variables):
    with refusing(tmp_path / "a", *free_ports(), **variables) as line:
        assert [value for value in variables.values() if value in line]


def none_lives(children):
    return not any(lives(child) for child in children)


def test_a_stop_during_the_start_leaves_no_process_behind(tmp_path):
    sandbox = Sandbox(tmp_path / "data")
    try:
        for moment in ("lock", "engine/engine.log", "officers.json"):
            sandbox.spawn()
            wait_for((sandbox.directory / moment).exists, 10, moment)
            children = wait_for(lambda: descendants(sandbox.process.pid), 10, "the engine starts")
            assert sandbox.stop() == 0, sandbox.output
            assert "Traceback" not in sandbox.output
            wait_for(partial(none_lives, children), 5, "its children end")
        sandbox.start()
        sandbox.officer("consular")
        assert sandbox.stop() == 0
    finally:
        sandbox.kill_all()


# Stopping, being killed, going on


def test_after_a_stop_and_after_a_kill_all_data_is_restored(tmp_path):
    with sandbox_in(tmp_path / "data") as sandbox:
        enterprise = register(sandbox)
        filled_in = content(enterprise.client)
        number = submit(enterprise.client, filled_in)["number"]
        passport = filled_in["persons"][0]["passport_number"]

        def check(*numbers: str) -> None:
            again = sandbox.sign_in("enterprise", enterprise.email, PASSWORD)
            found = again.ok("POST", "/applications/search", {"service": "new_or_renewal"})["items"]
            assert [item["number"] for item in found] == list(numbers)
            reveal = {"fields": ["passport_number"], "reason": "核对护照"}
            shown = again.ok("POST", f"/persons/{number}-01/reveal", reveal)
            assert shown["fields"] == {"passport_number": passport}, "the wrapped keys still open"
            assert sandbox.page().ok("GET", f"/mailbox?to={enterprise.email}")["items"]
            sandbox.officer("fao-hunan").ok("GET", f"/office/applications/{number}")

        engine = sandbox.engine_id
        assert sandbox.stop() == 0
        assert not lives(engine)
        sandbox.start()
        check(number)

        # The engine lies in a session of its own: it outlives a kill of the group for a last save.
        second = submit(enterprise.client, filled_in)["number"]
        os.killpg(sandbox.process.pid, signal.SIGKILL)
        sandbox.ended()
        sandbox.start()
        check(second, number)

        third = submit(enterprise.client, filled_in)["number"]
        saved(sandbox)
        os.kill(sandbox.engine_id, signal.SIGKILL)
        os.killpg(sandbox.process.pid, signal.SIGKILL)
        sandbox.ended()
        sandbox.start()
        check(third, second, number)
        assert sandbox.stop() == 0


def saved(sandbox: Sandbox) -> None:
    """Wait until the engine has saved what was written up to now."""
    now = time.time()
    folder, engine = sandbox.directory / "engine" / "services", sandbox.engine_id

    def done() -> bool:
        fresh = [file for file in folder.rglob("*") if file.stat().st_mtime > now + 0.5]
        return bool(fresh) and not descendants(engine)

    # Something that changes, so that there is a save which begins after `now`.
    wait_for(lambda: sandbox.client()("POST", "/elicence/tickets", {"purpose": "login"}) and done(), 15, "a save")


# The engine


def test_a_dead_engine_is_503_until_the_sandbox_ends_with_one_line(tmp_path):
    with sandbox_in(tmp_path / "data") as sandbox:
        client = register(sandbox).client
        form = {"identity": "officer", "login": "consular", "password": "wrong"}
        kind = "photo"
        file = {"kind": kind, "filename": "a.jpg", "content_type": "image/jpeg", "size": 60}
        calls = [
            ("GET", "/me", None),
            ("POST", "/sessions", form),
            ("GET", "/drafts", None),
            ("POST", "/drafts", {}),
            ("POST", "/attachments", file),
            ("POST", "/elicence/tickets", {"purpose": "login"}),
            ("POST", "/recoveries", {"username": "nobody", "email": "a@enterprise.example"}),
            ("POST", "/applications/search", {"service": "new_or_renewal"}),
        ]
        seen: Counter[tuple[int, str]] = Counter()

        engine, deadline = sandbox.engine_id, time.monotonic() + 20
        connected = threading.Barrier(len(calls) + 1)

        def insist(call: tuple[str, str, object]) -> None:
            with contextlib.suppress(httpx.TransportError), client.twin() as own:
                connected.wait(20)
                while sandbox.process.poll() is None and time.monotonic() < deadline:
                    answer = own(*call)
                    if answer.status_code >= 500:
                        assert int(answer.headers["Retry-After"]) >= 1
                        seen[answer.status_code, problem(answer)] += 1

        with ThreadPoolExecutor(len(calls)) as pool:
            running = [pool.submit(insist, call) for call in calls]
            connected.wait(20)
            os.kill(engine, signal.SIGKILL)
            assert sandbox.ended(10) == 1
            for each in running:
                each.result(15)
        # The engine may have died while it wrote a draft.
        assert {(503, "UNAVAILABLE")} <= set(seen) <= {(503, "UNAVAILABLE"), (503, "OUTCOME_UNKNOWN")}
        (line,) = [line for line in sandbox.output.splitlines() if line.startswith("sandbox: ")]
        assert "engine" in line
        assert "Traceback" not in sandbox.output


def test_a_suspended_engine_is_503_and_nothing_is_lost_when_it_resumes(tmp_path):
    with sandbox_in(tmp_path / "data") as sandbox:
        enterprise = register(sandbox)
        client, engine = enterprise.client, sandbox.engine_id
        calls = [("GET", "/me"), ("POST", "/drafts"), ("POST", "/applications/search"), ("POST", "/sessions")]
        bodies = [None, {"group_name": "草稿"}, {"service": "new_or_renewal"}]
        bodies.append({"identity": "enterprise", "login": enterprise.email, "password": PASSWORD})

        def hanging(call: tuple[str, str], body: object) -> tuple[int, str, float]:
            with Client(client.base, client.token, timeout=20) as own:
                started = time.monotonic()
                answer = own(*call, body)
                return answer.status_code, problem(answer), time.monotonic() - started

        os.kill(engine, signal.SIGSTOP)
        try:
            with ThreadPoolExecutor(len(calls)) as pool:
                answers = list(pool.map(hanging, calls, bodies))
        finally:
            os.kill(engine, signal.SIGCONT)
        assert [answer[:2] for answer in answers] == [(503, "UNAVAILABLE")] * len(calls)
        # Three attempts of two seconds each, and the waits between them.
        assert max(seconds for *_, seconds in answers) < 10
        wait_for(lambda: client("GET", "/me").status_code == 200, 10, "the engine goes on")
        assert client.ok("GET", "/drafts")["items"] == []
        assert sandbox.stop() == 0
        assert "Traceback" not in sandbox.output
