"""Templates of printed letters, one file for each kind; their form is in docs/data-sources.md."""

import functools
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@functools.cache
def template(kind: str) -> dict[str, Any]:
    """The template of a kind of letter: `title` and `blocks`, to be read only."""
    content: dict[str, Any] = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    return content
