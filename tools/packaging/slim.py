"""Select the files of the wheels that are needed at run time."""

import gzip
import json
import shutil
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from chalicelib.repos.process import aws

OURS = ("app.py", "chalicelib", "scheduled")

UNUSED = (
    "**/*.pyi",
    "**/py.typed",
    "**/tests",
    "*.data",  # command-line tools
    "*.dist-info",  # nothing that runs asks importlib.metadata; pydantic would look for plugins in each
    "boto3/data",  # resources; the portal makes clients
    "boto3/examples",
    "cffi",  # argon2 and cryptography need its _cffi_backend alone
    "pycparser",  # needed by cffi
    "dateutil/zoneinfo/*.tar.gz",  # times are the standard library's
    "dns",  # email-validator: only to ask whether a domain takes mail, which the portal does not
    "pydantic/v1",
    "pydantic/mypy.py",
    "stdnum/*.dat",  # numbers of banks, telephones, network cards
    "stdnum/[!c]*/",  # numbers of other countries
    "stdnum/c[!n]/",
)
SERVICE_FILES = ("service-2*", "endpoint-rule-set-1*")
"""What a client reads of its service's description; the rest is pagination, waiters and examples."""


def top_level(path: str) -> str:
    """The name by which a file in the zip is imported first: `six` of `six.pyc`, `boto3` of `boto3/session.pyc`."""
    return PurePosixPath(path).parts[0].partition(".")[0]


def distributions(tree: Path) -> dict[str, str]:
    """For each top-level name the distribution that its wheel says it belongs to."""
    owners = {}
    for metadata in sorted(tree.glob("*.dist-info")):
        distribution = PathDistribution(metadata)
        for file in distribution.files or ():
            if not file.parts[0].endswith((".dist-info", ".data")):
                owners[top_level(str(file))] = distribution.metadata["Name"]
    return owners


def trim(tree: Path) -> None:
    """Remove what no function of the portal reads, from the descriptions of services the texts for people too."""
    for path in [*_unused(tree), *_other_services(tree)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # it may have gone with its folder
    for description in sorted((tree / "botocore" / "data").rglob("service-2.json.gz")):
        _remove_documentation(description)


def _remove_documentation(description: Path) -> None:
    content = json.loads(gzip.decompress(description.read_bytes()), object_hook=_without_documentation)
    description.write_bytes(gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0))


def _without_documentation(described: dict[str, Any]) -> dict[str, Any]:
    """The description with empty texts, because botocore asks for some of them; a parameter of that name is no text."""
    return described | ({"documentation": ""} if isinstance(described.get("documentation"), str) else {})


def _unused(tree: Path) -> Iterator[Path]:
    for pattern in UNUSED:
        yield from tree.glob(pattern)


def _other_services(tree: Path) -> Iterator[Path]:
    services = get_args(aws.Service)
    for folder in (tree / "botocore" / "data").iterdir():
        if folder.is_dir() and folder.name not in services:
            yield folder
        elif folder.is_dir():
            yield from (
                file
                for file in folder.rglob("*")
                if file.is_file() and not any(file.match(kept) for kept in SERVICE_FILES)
            )
