"""The parts of other authors in the zip and in the pages, from what was installed and built."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path, PurePosixPath
from typing import Any

from tools.packaging import slim
from tools.sbom.licences import licence

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements.txt"
PAGES = ROOT / "web" / "dist"
NOTICES = "licences.json"
"""The file of the pages that lists what vite has bundled, with the notices of its licences (web/vite.config.ts)."""
LOCK = ROOT / "web" / "package-lock.json"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
RUNTIME = "chalice"
"""`chalice package` adds its run time, which requirements.txt does not name."""


class NotBuilt(Exception):
    """Raised when the pages are not built."""


@dataclass(frozen=True)
class Part:
    """One package of another author."""

    name: str
    version: str
    licence: str
    """SPDX expression, or what its author declared."""
    purl: str
    """Package URL: kind, name and version."""
    sha512: str = ""
    """Digest of the package in its registry, in hexadecimal; empty if several files have this name and version."""
    inside: tuple["Part", ...] = ()
    """Parts compiled into it, by the SBOM that its wheel brings along."""


def of_zip() -> list[Part]:
    """The distributions in the Lambda zip, by name."""
    names = [*PINNED.findall(REQUIREMENTS.read_text(encoding="utf-8")), RUNTIME]
    found = (distribution(name) for name in names)
    return sorted((_python(one) for one in found if is_shipped(one)), key=lambda part: part.name)


def is_shipped(installed: Distribution) -> bool:
    """Whether packaging keeps anything of a distribution that can be imported (`slim.UNUSED`)."""
    imported = {slim.top_level(str(file)) for file in installed.files or () if _is_imported(PurePosixPath(file))}
    return not imported <= set(slim.UNUSED)


def _is_imported(file: PurePosixPath) -> bool:
    return file.suffix in (".py", ".so") and ".." not in file.parts


def of_pages(folder: Path = PAGES) -> list[Part]:
    """The npm packages in the built pages, by name.

    Raises:
        NotBuilt: there are no built pages in the folder.
    """
    try:
        bundled = json.loads((folder / NOTICES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotBuilt(f"{folder} has no {NOTICES}: run `make pages`") from None
    locked = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return [_npm(one, locked[f"node_modules/{one['name']}"]) for one in sorted(bundled, key=lambda one: one["name"])]


def with_inside(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts and those inside them."""
    for part in parts:
        yield part
        yield from part.inside


def _python(installed: Distribution) -> Part:
    name, version = canonical(installed.metadata["Name"]), installed.version
    declared = installed.metadata.get("License-Expression") or installed.metadata.get("License")
    purl = f"pkg:pypi/{name}@{version}"
    return Part(name, version, licence(name, declared), purl, inside=tuple(_inside(installed)))


def canonical(name: str) -> str:
    """The name of a distribution as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _inside(installed: Distribution) -> Iterator[Part]:
    """The parts that the SBOMs of a wheel name (PEP 770)."""
    for file in sorted(installed.files or (), key=str):
        if "sboms" in file.parts and file.suffix == ".json":
            for component in json.loads(file.read_text(encoding="utf-8")).get("components", ()):
                yield _compiled(component)


def _compiled(component: dict[str, Any]) -> Part:
    name, version = component["name"], component["version"]
    purl, _, _ = component["purl"].partition("?")
    return Part(name, version, licence(name, _declared(component.get("licenses", ()))), purl)


def _declared(licences: Sequence[dict[str, Any]]) -> str:
    """The licences that a CycloneDX component declares, as one expression."""
    named = [one.get("expression") or one["license"].get("id") or one["license"]["name"] for one in licences]
    return " AND ".join(named)


def _npm(bundled: dict[str, Any], locked: dict[str, Any]) -> Part:
    name, version = bundled["name"], bundled["version"]
    algorithm, _, digest = locked["integrity"].partition("-")
    if (version, algorithm) != (locked["version"], "sha512"):
        raise NotBuilt(f"the pages have {name} {version} and not what web/package-lock.json names: run `make pages`")
    purl = f"pkg:npm/{name.replace('@', '%40')}@{version}"
    return Part(name, version, licence(name, bundled["identifier"]), purl, base64.b64decode(digest).hex())
