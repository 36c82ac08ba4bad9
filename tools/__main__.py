"""`python -m tools [--check] [name ...]`: write the generated documents, or check that they are current."""

import argparse
import sys
from collections.abc import Sequence

from tools.documents import DOCUMENTS, MAKE_TARGET, Document


def main(arguments: Sequence[str], documents: Sequence[Document] = DOCUMENTS) -> int:
    """Write the named documents, or all of them; with `--check`, write nothing.

    Returns:
        The exit code: 1 if `--check` finds a document that is out of date, otherwise 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tools", description="Write the generated documents of docs/.")
    parser.add_argument("--check", action="store_true", help="only report the documents that are out of date")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(document.name for document in documents))
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - {document.name for document in documents}:
        parser.error(f"unknown document: {', '.join(sorted(unknown))}")
    chosen = [document for document in documents if not options.names or document.name in options.names]
    return check(chosen) if options.check else write(chosen)


def check(documents: Sequence[Document]) -> int:
    """Report every document that is out of date, with the command that writes it."""
    outdated = [document for document in documents if not document.is_current()]
    for document in outdated:
        print(f"{document.path} is out of date: run `make {MAKE_TARGET}`")
    return 1 if outdated else 0


def write(documents: Sequence[Document]) -> int:
    """Write every document."""
    for document in documents:
        document.write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
