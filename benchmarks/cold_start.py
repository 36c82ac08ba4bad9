"""The zip's size, and cold starts: `import app` from the unzipped package against the least of its kind and FastAPI.

Each import is a new process that has one folder and the standard library, with bytecode as on Lambda.
CPU time is counted: an import hardly waits, and other work on the machine does not count.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from chalicelib.config import VARIABLES
from tools.packaging import bytecode, proof, slim
from tools.packaging.build import Package, build

ROUNDS = 9
PEERS = Path(__file__).with_name("peers")
PROGRAM = "import sys, time; sys.path.insert(0, '.'); at = time.process_time(); {}; print(time.process_time() - at)"
OURS = "import app"
OURS_WITH_CLIENT = "import app; from chalicelib.repos.process import aws; aws.client('dynamodb')"


def figures() -> Iterator[dict[str, Any]]:
    """The zip's size; the imports where this machine can run what is in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = proof.own_architecture()
        package = build("prod", own if own in proof.MACHINES else "x86_64", target=folder)
        yield _figure("size of the zip", package.size / 1e6, proof.MOST_BYTES / 1e6, 1.0, "MB")
        if own in proof.MACHINES:
            yield from _imports(package, folder)


def _imports(package: Package, folder: Path) -> Iterator[dict[str, Any]]:
    ours = package.unpack(folder / "ours")
    bare, fastapi = _bare(ours, folder / "bare"), _fastapi(folder / "fastapi")
    seconds = _medians(
        ours=lambda: _seconds(ours, OURS),
        client=lambda: _seconds(ours, OURS_WITH_CLIENT),
        bare=lambda: _seconds(bare, "import bare_chalice"),
        fastapi=lambda: _seconds(fastapi, "import fastapi_mangum"),
    )
    yield _figure("cold import, against bare Chalice", seconds["ours"], seconds["bare"], 1.3)
    yield _figure("cold import, against FastAPI and Mangum", seconds["ours"], seconds["fastapi"], 1.0)
    yield _figure("cold import and a client, against bare Chalice", seconds["client"], seconds["bare"], 1.3)


def _bare(ours: Path, target: Path) -> Path:
    """The same wheels without our code."""
    shutil.copytree(ours, target, ignore=shutil.ignore_patterns(*slim.OURS, "__pycache__"))
    return _with_peer(target, "bare_chalice.py")


def _fastapi(target: Path) -> Path:
    wanted = PEERS / "requirements.txt"
    pip = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "install", "--no-compile"]
    subprocess.run([*pip, "--target", str(target), "--require-hashes", "-r", str(wanted)], check=True)
    slim.trim(target)
    return _with_peer(target, "fastapi_mangum.py")


def _with_peer(target: Path, name: str) -> Path:
    shutil.copyfile(PEERS / name, target / name)
    bytecode.compile_all(target, [name])
    return target


def _medians(**measures: Callable[[], float]) -> dict[str, float]:
    """Seconds of each, measured in turns after one turn to warm the files."""
    rounds = [{name: measure() for name, measure in measures.items()} for _ in range(ROUNDS + 1)][1:]
    return {name: statistics.median(measured[name] for measured in rounds) for name in measures}


def _seconds(folder: Path, statement: str) -> float:
    settings = {**dict.fromkeys(VARIABLES.values(), '{"keys": []}'), "AWS_DEFAULT_REGION": "cn-north-1"}
    keys = {"AWS_ACCESS_KEY_ID": "-", "AWS_SECRET_ACCESS_KEY": "-", "PATH": os.environ.get("PATH", "")}
    done = subprocess.run(
        [sys.executable, "-ISB", "-c", PROGRAM.format(statement)],
        cwd=folder,
        env={**settings, **keys},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _figure(name: str, ours: float, floor: float, goal: float, unit: str = "CPU s") -> dict[str, Any]:
    return {
        "name": name,
        "ratio": ours / floor,
        "goal": goal,
        "better": "lower",
        "ours": ours,
        "floor": floor,
        "unit": unit,
    }
