"""A zip whose bytes depend on its files' names and contents alone."""

import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can tell."""
READABLE = 0o100644 << 16
"""A plain file that everybody may read: Lambda runs as another user than the one that unzips."""
UNIX = 3


def write(tree: Path, archive: Path) -> None:
    """Zip every file of the tree, in the order of their names."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for file in sorted(tree.rglob("*"), key=lambda path: path.relative_to(tree).as_posix()):
            if file.is_file():
                entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), EPOCH)
                entry.create_system = UNIX
                entry.external_attr = READABLE
                entry.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(entry, file.read_bytes(), compresslevel=9)
