"""A commit-msg hook: refuses a subject of more than 72 characters. `.pre-commit-config.yaml` names it."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

MOST_CHARACTERS = 72
AUTOSQUASH = re.compile(r"^((fixup|squash|amend)! )+")
"""Git removes these prefixes when the commits are joined."""


def main(arguments: Sequence[str]) -> int:
    """Read the file with the message; the exit code is 1, with a reason, if its first line is too long."""
    message = Path(arguments[0]).read_text(encoding="utf-8")
    length = len(AUTOSQUASH.sub("", message.partition("\n")[0].strip()))
    if length > MOST_CHARACTERS:
        print(f"The subject has {length} characters; at most {MOST_CHARACTERS} are allowed.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
