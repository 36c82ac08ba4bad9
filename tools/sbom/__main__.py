"""`python -m tools.sbom`: write the CycloneDX documents of the zip and of the pages into build/.

The exit code is 1 if the pages are not built, or a part may not be shipped under its licence.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.sbom import bom, licences, parts

BUILD = parts.ROOT / "build"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both documents."""
    parser = argparse.ArgumentParser(prog="python -m tools.sbom", description=__doc__)
    parser.add_argument("--archive", type=Path, help="the zip, whose digest its document names")
    parser.add_argument("--target", type=Path, default=BUILD, help="folder of the documents")
    given = parser.parse_args(arguments)
    try:
        of_zip, of_pages = parts.of_zip(), parts.of_pages()
    except parts.NotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    if refused := licences.refused([*parts.with_inside(of_zip), *of_pages]):
        print("Licences that tools/sbom/licences.py does not allow:", *refused, sep="\n  ", file=sys.stderr)
        return 1
    digest = hashlib.sha256(given.archive.read_bytes()).hexdigest() if given.archive else ""
    given.target.mkdir(parents=True, exist_ok=True)
    for name, found, sha256 in (("zip", of_zip, digest), ("pages", of_pages, "")):
        file = given.target / f"{bom.APP}-{name}.cdx.json"
        file.write_text(bom.document(name, found, sha256), encoding="utf-8")
        print(f"{file.name}: {len(found)} parts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
