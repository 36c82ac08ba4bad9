"""The operators' commands against a running sandbox, as a person types them."""

import stat
import subprocess

from testing.running import ROOT, Sandbox


def in_a_shell(sandbox: Sandbox, command: str) -> subprocess.CompletedProcess[str]:
    line = f"source '{sandbox.directory}/environment' && .venv/bin/python -m operations.{command}"
    return subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_shell_with_the_sandboxs_variables_can_run_operators_commands(sandbox):
    file = sandbox.directory / "environment"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shown = in_a_shell(sandbox, "create_officer --list")
    assert shown.returncode == 0, shown.stderr
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["consular", "fao-hunan", "fao-shaanxi"]
    made = in_a_shell(
        sandbox, "create_officer --office consular --username walker1 --name 测试辛 --email w@office.example"
    )
    assert made.returncode == 0, made.stderr
    taken = in_a_shell(
        sandbox, "create_officer --office consular --username walker1 --name 测试辛 --email v@office.example"
    )
    assert (taken.returncode, taken.stderr) == (1, "Refused: ALREADY_EXISTS username TAKEN.\n")
    keys = in_a_shell(sandbox, "rotate_keys list")
    assert [line.split()[0] for line in keys.stdout.splitlines()] == ["field", "digest"]
