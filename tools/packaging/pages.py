"""`python -m tools.packaging.pages`: zips the built pages, with the same bytes for the same pages."""

import hashlib
import sys
from pathlib import Path

from tools.packaging.archive import write
from tools.packaging.build import BUILD


def pack(built: Path = BUILD / "pages", target: Path = BUILD) -> Path:
    """Zip the pages that `npm run build:deployed` has written."""
    archive = target / "pages.zip"
    write(built, archive)
    return archive


def main() -> int:
    """Pack, and say what came out."""
    archive = pack()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    print(f"{archive.name}: {archive.stat().st_size / 1e3:.0f} kB, sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
