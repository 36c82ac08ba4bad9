"""Processes of the portal and of its peers that answer recorded requests, timed, and counted by valgrind.

Instructions do not depend on what else the machine does; on another processor or version of Python they differ, and
therefore ratios are compared.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVING = Path(__file__).with_name("peers") / "serving.py"
CONNECTING = SERVING.with_name("connecting.py")
ROOT = Path(__file__).resolve().parent.parent
ALIKE = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "bench", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769"}
COUNTED = 3
"""Calls that are counted or timed after as many that are not."""


def is_possible() -> bool:
    """Whether valgrind is here; a line says so if it is not."""
    if shutil.which("valgrind") is None or shutil.which("callgrind_control") is None:
        print("valgrind is missing: no instructions are counted", file=sys.stderr)
        return False
    return True


@dataclass(frozen=True)
class Subject:
    """The portal or a peer."""

    module: str
    """The module with the handler; `app` is the portal."""
    folder: Path
    """Where its modules are."""

    def command(self, *arguments: str) -> list[str]:
        """Run `peers/serving.py` for it."""
        return [sys.executable, "-sSPB", str(SERVING), arguments[0], self.module, *arguments[1:]]

    def environment(self, recording: Path) -> dict[str, str]:
        """The variables of Lambda, of the recording and of the peers."""
        recorded = json.loads(recording.read_text(encoding="utf-8"))["environment"]
        own = {"PATH": os.environ.get("PATH", ""), "CALLS": str(recording.with_suffix(".calls"))}
        return {**own, **ALIKE, **recorded, **LAMBDA}


def first_reply(subject: Subject, recording: Path, act: str, endpoint: str) -> float:
    """CPU seconds of a new process until its first reply."""
    done = _first(subject, recording, act, endpoint)
    return float(done.stdout.splitlines()[-1])


def first_reply_millions(subject: Subject, recording: Path, act: str, endpoint: str) -> float:
    """Millions of instructions of a new process until its first reply and its end."""
    tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    counted = [line for line in _first(subject, recording, act, endpoint, tool).stderr.splitlines() if "refs:" in line]
    return int(counted[0].split()[-1].replace(",", "")) / 1e6


def _first(
    subject: Subject, recording: Path, act: str, endpoint: str, tool: list[str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = subject.environment(recording) | {"AWS_ENDPOINT_URL": endpoint}
    command = [*(tool or []), *subject.command("first", str(recording), act)]
    done = subprocess.run(command, cwd=subject.folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{subject.module} has failed: {done.stderr[-2000:]}")
    return done


def connection(subject: Subject, whose: str, recording: Path, act: str, endpoint: str, count: int) -> float:
    """Milliseconds of CPU of a new TLS connection, of the portal (`ours`) or of botocore alone (`plain`)."""
    command = [
        sys.executable,
        "-sSPB",
        str(CONNECTING),
        whose,
        endpoint,
        replies(recording, act)[0]["operation"],
        str(count),
    ]
    environment = subject.environment(recording) | {"AWS_ENDPOINT_URL": endpoint}
    done = subprocess.run(command, cwd=subject.folder, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


class Warm(AbstractContextManager["Warm"]):
    """A process that answers without a network; under valgrind it counts when it is told to."""

    def __init__(self, subject: Subject, recording: Path, *, counts: bool) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._out, self._dumps = Path(self._folder.name) / "callgrind", 0
        tool = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "-q", f"--callgrind-out-file={self._out}"]
        self._errors = Path(self._folder.name) / "errors"
        self._process = subprocess.Popen(
            [*(tool if counts else []), *subject.command("warm", str(recording))],
            cwd=subject.folder,
            env={name: value for name, value in subject.environment(recording).items() if name not in LAMBDA},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors.open("w"),
            text=True,
        )
        self._counts_now = False

    def __enter__(self) -> "Warm":
        self._line()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def ask(self, act: str, count: int) -> float:
        """Let it call an act so often; CPU seconds of these calls."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{act} {count}\n")
        self._process.stdin.flush()
        return float(self._line())

    def millions(self, act: str) -> float:
        """Millions of instructions of one call of an act."""
        self.ask(act, COUNTED)
        if not self._counts_now:
            self._control("--instr=on")
            self._counts_now = True
        self._control("--zero")
        self.ask(act, COUNTED)
        self._control("--dump")
        self._dumps += 1
        lines = self._out.with_name(f"{self._out.name}.{self._dumps}").read_text().splitlines()
        counted = max(int(line.split()[1]) for line in lines if line.startswith(("summary:", "totals:")))
        return counted / COUNTED / 1e6

    def peak_megabytes(self) -> float:
        """The most memory that it has had so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6

    def _control(self, command: str) -> None:
        subprocess.run(["callgrind_control", command, str(self._process.pid)], check=True, capture_output=True)

    def _line(self) -> str:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if not line.startswith("{"):  # a line of the log
                return line
        raise RuntimeError(f"the process has ended: {self._errors.read_text()[-2000:]}")


def recorded(folder: Path) -> Path:
    """A new recording in this folder, made by a process of its own."""
    target = folder / "recording.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks.recorded", str(target)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    return target


def events(recording: Path) -> dict[str, Any]:
    """The events of a recording by act."""
    found: dict[str, Any] = json.loads(recording.read_text(encoding="utf-8"))["events"]
    return found


def replies(recording: Path, act: str) -> list[dict[str, Any]]:
    """What AWS replied to the first request of a process if it is this act."""
    found = json.loads(recording.read_text(encoding="utf-8"))["replies"]
    return [*found["first"], *found[act]]
