"""docs/licences.md, generated from what is shipped: each part with its licence."""

from collections.abc import Iterable

from tools.markdown import table
from tools.sbom import parts
from tools.sbom.licences import ALLOWED, EXCEPTIONS
from tools.sbom.parts import Part

INTRODUCTION = """# Licences of what is shipped

Generated from the pinned packages and the built pages by `make documents`; do not edit. `make package` writes the same
parts as CycloneDX 1.6 into `build/abtc-portal-zip.cdx.json` and `build/abtc-portal-pages.cdx.json`. The built pages
have the notices themselves in `licences.json`.

A part is shipped if `tools/sbom/licences.py` allows its licence, or names the part with a reason.
"""


def page() -> str:
    """The whole page."""
    of_zip = parts.of_zip()
    inside = [part for part in of_zip if part.inside]
    sections = [
        INTRODUCTION,
        f"## Allowed\n\n{', '.join(sorted(ALLOWED))}\n",
        f"## Exceptions\n\n{table(('part', 'licence', 'reason'), _exceptions())}",
        f"## In the Lambda zip\n\n{_listed(of_zip)}",
        *(f"## Compiled into {part.name}\n\n{_listed(part.inside)}" for part in inside),
        f"## In the pages\n\n{_listed(parts.of_pages())}",
    ]
    return "\n".join(sections)


def _exceptions() -> Iterable[tuple[str, str, str]]:
    return ((name, licence, reason) for name, (licence, reason) in EXCEPTIONS.items())


def _listed(found: Iterable[Part]) -> str:
    return table(("part", "version", "licence"), ((part.name, part.version, part.licence) for part in found))
