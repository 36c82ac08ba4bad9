"""Environments are prepared with uv or pip; failures are explained. Nothing is downloaded here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import environments
from tools.environments import Failed

DEAD_INDEX = "http://127.0.0.1:9/simple"
"""An address without a listener."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with an environment and nothing to install, whose uv exists in no index."""
    (tmp_path / "tools").mkdir()
    for name in ("__init__.py", "environments.py"):
        shutil.copy(environments.ROOT / "tools" / name, tmp_path / "tools" / name)
    (tmp_path / "tools" / "requirements.txt").write_text("uv==0.0.0 --hash=sha256:" + "0" * 64 + "\n")
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def update(checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "tools.environments", "update", ".venv", "requirements.txt"],
        cwd=checkout,
        env={**inherited, "PIP_CONFIG_FILE": os.devnull, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_pip_is_used_where_uv_cannot_be_installed(checkout: Path) -> None:
    ended = update(checkout, PIP_NO_INDEX="1")
    assert ended.returncode == 0, ended.stderr
    assert "Preparing .venv/ with Python 3." in ended.stdout
    assert "uv cannot be installed on this machine; using pip" in ended.stdout
    assert "0 packages of requirements.txt ... " in ended.stdout


def test_an_unreachable_index_is_explained(checkout: Path) -> None:
    ended = update(checkout, PIP_INDEX_URL=DEAD_INDEX, PIP_RETRIES="1")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("The Python package index could not be reached")
    assert "Traceback" not in ended.stderr
    assert "using pip" not in ended.stdout


def test_a_step_prints_its_name_and_its_duration(capsys: pytest.CaptureFixture[str]) -> None:
    environments.step("two packages", [sys.executable, "-c", "print('noise')"], {})
    name, _, duration = capsys.readouterr().out.rstrip("\n").rpartition(" ... ")
    assert name == "  two packages"
    assert duration.endswith(" s")


def test_a_failed_step_raises_the_error_output_of_the_command() -> None:
    with pytest.raises(Failed, match=r"^error: hash mismatch$") as raised:
        environments.step("one", [sys.executable, "-c", "raise SystemExit('error: hash mismatch')"], {})
    assert not raised.value.is_network
    assert environments.explanation(raised.value).endswith("A package could not be installed: see the lines above.")


def test_uv_uses_the_index_configured_for_pip(checkout: Path) -> None:
    (checkout / "pip.conf").write_text("[global]\nindex-url = https://mirror.example/simple\n")
    program = "from tools import environments; print(environments.uv_settings()['UV_DEFAULT_INDEX'])"

    def chosen(**variables: str) -> str:
        settings = {"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": str(checkout / "pip.conf"), **variables}
        return subprocess.check_output([sys.executable, "-c", program], cwd=checkout, env=settings, text=True).strip()

    assert chosen() == "https://mirror.example/simple"
    assert chosen(PIP_INDEX_URL="https://other.example/simple") == "https://other.example/simple"
    assert chosen(UV_DEFAULT_INDEX="https://third.example/simple") == "https://third.example/simple"
