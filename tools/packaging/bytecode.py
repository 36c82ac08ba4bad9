"""Run by itself, in the folder of the unpacked zip: compile its modules. The arguments name what is ours.

An own interpreter, relative paths and a fixed hash seed: what else a process has seen decides which constants marshal
writes as references, so that bytecode made inside a busy process differs from build to build.

Bytecode is not checked against its source when it is imported: the folder where Lambda runs cannot be written to.
Libraries are shipped as bytecode alone, without docstrings and asserts. Ours keep both and their sources, so that
tracebacks show lines.
"""

import compileall
import os
import py_compile
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

LAMBDA_ROOT = "/var/task"
"""Where Lambda unzips: the folder that tracebacks name."""


def compile_all(tree: Path, ours: Iterable[str]) -> None:
    """Compile in an interpreter of its own."""
    environment = {"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")}
    subprocess.run([sys.executable, "-SPB", __file__, *ours], cwd=tree, env=environment, check=True)


def _compile(file: Path, ours: bool) -> bool:
    compiled = compileall.compile_file(
        file,
        ddir=f"{LAMBDA_ROOT}/{file.parent.as_posix()}".removesuffix("/."),
        force=True,
        quiet=1,
        legacy=not ours,
        optimize=-1 if ours else 2,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not ours:
        file.unlink()
    return bool(compiled)


def _main(ours: list[str]) -> int:
    files = sorted(Path().rglob("*.py"))
    return 0 if all(_compile(file, file.parts[0] in ours) for file in files) else 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
