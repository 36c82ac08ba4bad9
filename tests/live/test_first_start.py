"""A newcomer's first minute: `make run` in a copy of the working tree, with the environments that are there already."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from testing.running import ROOT, Sandbox, descendants, lives, outside_environment, wait_for

ENVIRONMENTS = (".venv", ".engine", ".node", "web/node_modules", "web/dist")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone would hold, with links to the environments: nothing is installed here."""
    target = tmp_path_factory.mktemp("clone")
    listing = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if not os.path.lexists(ROOT / name):
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
    for environment in ENVIRONMENTS:
        assert (ROOT / environment / ".ready").exists(), f"`make {environment}/.ready` first"
        (target / environment).parent.mkdir(exist_ok=True)
        (target / environment).symlink_to(ROOT / environment)
    for requirements in (*target.glob("**/requirements*.txt"), target / "web/package-lock.json"):
        # Older than the environments, whatever was edited since: make must not install into those of the tree.
        os.utime(requirements, (0, 0))
    return target


@pytest.fixture
def made(copy: Path, tmp_path: Path) -> Iterator[Sandbox]:
    """`make run` in the copy, answering."""
    sandbox = Sandbox(tmp_path / "data", cwd=copy)
    try:
        yield sandbox.spawn("make", "run").answering()
    finally:
        sandbox.kill_all()


def to_make(sandbox: Sandbox) -> None:
    sandbox.process.send_signal(signal.SIGTERM)


def to_everybody(sandbox: Sandbox) -> None:
    """Ctrl-C: the terminal tells the whole group."""
    os.killpg(sandbox.process.pid, signal.SIGINT)


@pytest.mark.parametrize("ask", [to_make, to_everybody])
def test_make_run_answers_and_stops_with_everything_it_started(made: Sandbox, ask: Callable[[Sandbox], None]):
    with made.client() as client:
        assert client.ok("GET", "/health") == {"status": "ok"}
    assert httpx.get(f"http://127.0.0.1:{made.port}/", trust_env=False).headers["content-type"].startswith("text/html")
    assert "Preparing" not in made.output, "the environments were there"
    for said in (f":{made.port}/v1", f":{made.page_port}", "officers.json", "app.log"):
        assert said in made.output
    children = descendants(made.process.pid)
    assert len(children) >= 2, "the sandbox and its engine"
    ask(made)
    made.ended()
    wait_for(lambda: not any(map(lives, children)), 5, f"all of {children} ended")
    assert "Traceback" not in made.output
    assert made.output.count("stopping ...") == 1


@pytest.fixture(scope="module")
def old_python() -> str:
    """An interpreter that is too old, if this machine has one that runs."""
    for minor in (11, 10, 9, 8):
        found = subprocess.run(
            [shutil.which(f"python3.{minor}") or "false", "-c", "import sys; print(sys.executable)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode == 0 and found.stdout:
            return found.stdout.strip()
    pytest.skip("no Python older than 3.12 here")


def one_line(copy: Path, *settings: str, **variables: str) -> str:
    """What `make run` says when it refuses, without make's own remark."""
    ended = subprocess.run(
        [shutil.which("make") or "make", "run", *settings],
        cwd=copy,
        env=outside_environment() | {"SANDBOX_DIR": str(copy / "never"), **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2, ended.stdout + ended.stderr
    (line,) = [line for line in (ended.stdout + ended.stderr).splitlines() if not line.startswith("make")]
    assert not (copy / "never").exists()
    return line


def test_a_machine_with_only_an_old_python_gets_a_one_line_error(copy: Path, old_python: str, tmp_path: Path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("python3", "python"):
        (tools / name).symlink_to(old_python)
    assert "3.12" in one_line(copy, PATH=str(tools))


def test_an_old_python_named_by_the_user_is_refused_with_one_line(copy: Path, old_python: str):
    # A dry run first: if make takes another interpreter in silence, it would start a sandbox on the usual ports.
    made = subprocess.run(
        ["make", "--dry-run", "python", f"PYTHON={old_python}"], cwd=copy, capture_output=True, text=True, check=True
    )
    assert 'test -n ""' in made.stdout, f"takes another one in silence: {made.stdout}"
    assert "3.12" in one_line(copy, f"PYTHON={old_python}")
