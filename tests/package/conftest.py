"""The packages of both architectures, built once for all tests of this folder, and unzipped as Lambda does."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tools.packaging import proof
from tools.packaging.build import DEFAULT_ARCHITECTURE, DEPLOYED, build
from tools.packaging.stage import read

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURES = ("arm64", "x86_64")
AGAIN = """
import sys
from pathlib import Path
from tools.packaging.build import build
from tools.packaging.stage import read
build(read("prod", "eu-central-1"), sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
"""


def build_elsewhere(folder: Path) -> Path:
    """The default package once more: of a copy at another path, by another process with other hashes."""
    copy, target = folder / "an other" / "checkout", folder / "again"
    copy.mkdir(parents=True)
    for name in DEPLOYED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, copy / name)
    (copy / "scheduled").symlink_to(ROOT / "scheduled")  # what vendor/scheduled leads to
    subprocess.run(
        [sys.executable, "-c", AGAIN, DEFAULT_ARCHITECTURE, str(copy), str(target)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"},
        check=True,
        capture_output=True,
    )
    return target


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("packages")
    with ThreadPoolExecutor() as pool:
        again = pool.submit(build_elsewhere, folder)
        packages = {name: build(read("prod", "eu-central-1"), name, target=folder / name) for name in ARCHITECTURES}
        return {**packages, "again": again.result()}


@pytest.fixture(scope="package")
def unpacked(built: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: built[name].unpack(tmp_path_factory.mktemp(f"task-{name}")) for name in ARCHITECTURES}


@pytest.fixture(scope="package")
def own(unpacked: dict[str, Path]) -> Path:
    if proof.own_architecture() not in unpacked:
        pytest.skip("no Lambda has this machine's processor or system")
    return unpacked[proof.own_architecture()]
