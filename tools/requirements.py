"""Writes the requirements*.txt from the requirements*.in, or checks that they belong together.

python -m tools.requirements              pin what the .in files ask for; pins that still fit stay
python -m tools.requirements --upgrade    pin the newest versions
python -m tools.requirements --upgrade-package boto3
python -m tools.requirements --check      exit code 1 if a .txt is out of date; no network
"""

import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import environments

ROOT = environments.ROOT
SOURCES = (
    "requirements.in",
    "requirements-run.in",
    "requirements-dev.in",
    "sandbox/requirements.in",
    "tools/requirements.in",
    "web/requirements.in",
    "benchmarks/peers/requirements.in",
    "benchmarks/peers/uvicorn-requirements.in",
)
"""In this order: each may name earlier ones with `-r` or `-c`."""
PYTHON = "3.12"
"""The oldest supported version; the files hold for later ones and for every processor."""
WINDOWS_ONLY = ("ansicon", "colorama", "pywin32")
OPTIONS = (
    "--universal",
    f"--python-version={PYTHON}",
    "--generate-hashes",
    "--no-header",
    "--quiet",
    *(f"--no-emit-package={name}" for name in WINDOWS_ONLY),
)
"""Neither an index nor a path is emitted: the files hold with any index."""
HEADER = "# Written by `make requirements` from {source}; do not edit. Inputs: sha256 {digest}\n"
REFERENCE = re.compile(r"^-[rc]\s+(\S+)$")


def main(options: Sequence[str]) -> int:
    """Check, or write with uv's own options."""
    if options == ["--check"]:
        outdated = [source for source in SOURCES if not is_current(ROOT / source)]
        print(*(f"{source} has changed: run `make requirements`" for source in outdated), sep="\n", file=sys.stderr)
        return 1 if outdated else 0
    try:
        return write(options)
    except environments.Failed as failure:
        print(environments.explanation(failure), file=sys.stderr)
        return 1


def write(options: Sequence[str]) -> int:
    """Compile every file with uv; pinned versions stay unless an option upgrades them.

    Raises:
        Failed: The package index cannot be reached, or no versions fit together.
    """
    if not environments.installed_uv():
        print("uv cannot be installed on this machine, and only uv compiles the requirements.", file=sys.stderr)
        return 1
    settings = environments.uv_settings()
    command = [str(environments.UV), "--directory", str(ROOT), "pip", "compile", *OPTIONS, *options]
    for source in SOURCES:
        target = _target(ROOT / source)
        environments.step(source, [*command, "-o", str(target.relative_to(ROOT)), source], settings)
        target.write_text(header(ROOT / source) + target.read_text(encoding="utf-8"), encoding="utf-8")
    return 0


def is_current(source: Path) -> bool:
    """Whether the .txt was written from what the .in says now."""
    return _target(source).read_text(encoding="utf-8").startswith(header(source))


def header(source: Path) -> str:
    """The first line of the .txt that belongs to a .in."""
    return HEADER.format(source=source.name, digest=_digest(source))


def _digest(source: Path) -> str:
    """A digest of what a file asks for, with the files it names; comments do not count."""
    return hashlib.sha256("\n".join(_lines(source)).encode()).hexdigest()


def _lines(file: Path) -> Iterator[str]:
    for line in file.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if named := REFERENCE.match(text):
            yield from _lines(file.parent / named[1])
        elif text:
            yield text


def _target(source: Path) -> Path:
    return source.with_suffix(".txt")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
