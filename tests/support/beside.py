"""A module of the tests run with the environment of a running sandbox: it writes what the API has no way to make."""

import shlex
import subprocess
import sys

from testing.running import ROOT, Sandbox


def run_beside(sandbox: Sandbox, module: str, *arguments: str) -> None:
    """Run `python -m module` with the table and keys of the sandbox."""
    variables = shlex.quote(str(sandbox.directory / "environment"))
    command = shlex.join([sys.executable, "-m", module, *arguments])
    subprocess.run(["bash", "-c", f"source {variables} && exec {command}"], cwd=ROOT, check=True)
