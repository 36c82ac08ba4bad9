"""Prepares a virtual environment from pinned requirements, with uv or, where uv cannot be installed, with pip.

    python -m tools.environments create .venv requirements-run.txt
    python -m tools.environments update .venv requirements-dev.txt

`create` replaces the environment; `update` keeps it and installs what the file adds. Both print each step and its
duration. Only the standard library is used: nothing is installed yet when this runs.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV_FOLDER = ROOT / ".uv"
UV = UV_FOLDER / "bin" / "uv"
UV_REQUIREMENTS = ROOT / "tools" / "requirements.txt"
UV_SETTINGS = {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
"""The certificates of the machine, as pip uses them; no interpreter but the one that was chosen."""
PIP_SETTINGS = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_USER": "0"}
PINNED = re.compile(r"^[\w.-]+==", re.MULTILINE)
UV_PINNED = re.compile(r"^uv==[\w.]+", re.MULTILINE)
INDEX = re.compile(r"^(\S+)\.index-url='(.+)'$", re.MULTILINE)
NETWORK = re.compile(
    r"connection (broken|error|refused|reset)|error sending request|failed to fetch|dns error|timed out|timeout"
    r"|name resolution|network is unreachable|newconnectionerror|proxyerror|sslerror",
    re.IGNORECASE,
)
SHOWN = 12
"""Lines of a failed command that are shown; fewer if the network failed, since each attempt is reported alike."""
SHOWN_OF_NETWORK = 3


class Failed(Exception):
    """Raised when a command fails; its text is what the command printed."""

    @property
    def is_network(self) -> bool:
        """Whether the package index could not be reached."""
        return bool(NETWORK.search(str(self)))


def main(arguments: Sequence[str]) -> int:
    """Run `create` or `update`; the exit code is 1, after an explanation, if a package cannot be installed."""
    action, folder, requirements = arguments
    try:
        prepare(ROOT / folder, ROOT / requirements, anew=action == "create")
    except Failed as failure:
        print(explanation(failure), file=sys.stderr)
        return 1
    return 0


def prepare(folder: Path, requirements: Path, *, anew: bool) -> None:
    """Install every package of the requirements into the environment.

    Args:
        folder: The environment.
        requirements: A file with pinned versions and hashes.
        anew: Replace the environment; otherwise keep it.

    Raises:
        Failed: The environment cannot be made or a package cannot be installed.
    """
    print(f"Preparing {folder.name}/ with Python {sys.version.split()[0]}", flush=True)
    if installed_uv():
        try:
            return _with_uv(folder, requirements, anew=anew)
        except Failed as failure:
            if not failure.is_network:
                raise
            # pip has fetched uv: it may know a proxy or a certificate that uv does not.
            print("  uv does not reach the package index; trying pip, which takes longer", flush=True)
    else:
        print("  uv cannot be installed on this machine; using pip, which takes longer", flush=True)
    return _with_pip(folder, requirements, anew=anew)


def installed_uv() -> bool:
    """Install uv into `.uv/` if it is not there; False if this machine cannot run it.

    Raises:
        Failed: The package index cannot be reached.
    """
    pinned = UV_PINNED.search(UV_REQUIREMENTS.read_text(encoding="utf-8"))
    if pinned and _version(UV).startswith(pinned[0].replace("==", " ")):
        return True
    try:
        pip = _pip()
        target = ["--target", str(UV_FOLDER), "--upgrade", "--require-hashes", "--only-binary", ":all:"]
        step("uv", [*pip, "install", "--quiet", *target, "-r", str(UV_REQUIREMENTS)], PIP_SETTINGS)
    except Failed as failure:
        if failure.is_network:
            raise
    return bool(_version(UV))


def step(name: str, command: Sequence[str], settings: Mapping[str, str]) -> None:
    """Run a command; print what it does and how long it took, counting the seconds on a terminal.

    Raises:
        Failed: The command fails.
    """
    began = time.monotonic()
    print(f"  {name} ...", end="", flush=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(command, env=os.environ | settings, stdout=output, stderr=output)
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)
            if sys.stdout.isatty():
                print(f"\r  {name} ... {time.monotonic() - began:.0f} s", end="", flush=True)
        start = f"\r  {name} ..." if sys.stdout.isatty() else ""
        print(f"{start} {time.monotonic() - began:.1f} s", flush=True)
        output.seek(0)
        if process.returncode:
            raise Failed(output.read().strip())


def explanation(failure: Failed) -> str:
    """The end of what the failed command printed, and what a person can do about it."""
    lines = str(failure).splitlines()
    if failure.is_network:
        advice = (
            "The Python package index could not be reached, or answers too slowly. Check the network (HTTPS_PROXY, "
            "pip's index-url), then run the same command again. Finished downloads are not repeated."
        )
        return "\n".join([*lines[-SHOWN_OF_NETWORK:], "", advice])
    return "\n".join([*lines[-SHOWN:], "", "A package could not be installed: see the lines above."])


def uv_settings() -> dict[str, str]:
    """Environment variables for uv; the index that pip is configured for becomes uv's too."""
    chosen = os.environ.get("UV_DEFAULT_INDEX") or _index_of_pip()
    return UV_SETTINGS | ({"UV_DEFAULT_INDEX": chosen} if chosen else {})


def _index_of_pip() -> str:
    """pip's `index-url`; a variable wins over the files, as in pip."""
    listed = subprocess.run([*_pip(), "config", "list"], capture_output=True, text=True, check=False).stdout
    found = sorted(INDEX.findall(listed), key=lambda entry: entry[0] == ":env:")
    return str(found[-1][1]) if found else ""


def _with_uv(folder: Path, requirements: Path, *, anew: bool) -> None:
    settings = uv_settings()
    if anew:
        step(f"{folder.name}/", [str(UV), "venv", "--clear", "--python", sys.executable, str(folder)], settings)
    into = ["--python", str(folder / "bin" / "python"), "--require-hashes", str(requirements)]
    step(_title(requirements), [str(UV), "pip", "sync", *into], settings)


def _with_pip(folder: Path, requirements: Path, *, anew: bool) -> None:
    if anew:
        step(f"{folder.name}/", [sys.executable, "-m", "venv", "--clear", str(folder)], {})
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    step(_title(requirements), [*pip, "--require-hashes", "-r", str(requirements)], PIP_SETTINGS)


def _title(requirements: Path) -> str:
    packages = len(PINNED.findall(requirements.read_text(encoding="utf-8")))
    return f"{packages} packages of {requirements.relative_to(ROOT)}"


def _pip() -> list[str]:
    """A command that runs pip: the interpreter's own, or that of an environment in `.uv/`."""
    own = [sys.executable, "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:
        return own
    python = UV_FOLDER / "bin" / "python"
    if not _version(python):
        step("pip", [sys.executable, "-m", "venv", "--clear", str(UV_FOLDER)], {})
    return [str(python), "-m", "pip"]


def _version(program: Path) -> str:
    """What the program says about its version; empty if it is missing or cannot run here."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
