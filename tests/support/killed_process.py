"""Serves one request in a process that is killed by SIGKILL after one AWS call.

`python -m tests.support.killed_process '{"method", "path", "body", "headers", "now", "after"}'`
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def ask(world: Any, user: Any, request: tuple[str, str, Any], after: str, **headers: str) -> int:
    """Let such a process serve a request of a user; returns the exit code of the process."""
    method, path, body = request
    argument = {
        "method": method,
        "path": path,
        "body": body,
        "headers": {"Authorization": f"Bearer {user.token}", "Content-Type": "application/json", **headers},
        "now": world.time().isoformat(),
        "after": after,
    }
    inherited = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "ABTC_", "PATH"))}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_process", json.dumps(argument)],
        cwd=ROOT,
        env={**inherited, "NO_PROXY": "*", "no_proxy": "*"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return ended.returncode


def _serve(request: dict[str, Any]) -> None:
    from chalice.test import Client

    from app import app
    from chalicelib.repos.process import aws, clock
    from chalicelib.rules.base.china_time import parse_time

    moment = parse_time(request["now"])
    clock.use(lambda: moment)
    client = Client(app, project_dir=str(Path(__file__).parent)).http
    events = aws.client("s3" if request["after"].startswith("s3.") else "dynamodb").meta.events
    events.register(f"after-call.{request['after']}", lambda **_: os.kill(os.getpid(), signal.SIGKILL))
    body = json.dumps(request["body"]).encode()
    client.request(request["method"], f"/v1{request['path']}", headers=request["headers"], body=body)


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
