"""The generated documents: where each one is, and the function that produces its text."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import acceptance, lifecycle, limits, openapi, performance, settings
from tools.sbom import page as licences

DOCS = Path(__file__).resolve().parents[1] / "docs"
MAKE_TARGET = "documents"
"""`make documents` writes all of them."""


@dataclass(frozen=True)
class Document:
    """One generated document."""

    name: str
    path: Path
    text: Callable[[], str]

    def is_current(self) -> bool:
        """Whether the file has exactly the text that its sources produce now."""
        return self.path.exists() and self.path.read_text(encoding="utf-8") == self.text()

    def write(self) -> None:
        """Replace the file."""
        self.path.write_text(self.text(), encoding="utf-8")


DOCUMENTS = (
    Document("openapi", DOCS / "openapi.json", openapi.text),
    Document("lifecycle", DOCS / "lifecycle.md", lifecycle.page),
    Document("acceptance", DOCS / "acceptance.md", acceptance.page),
    Document("limits", DOCS / "limits.md", limits.page),
    Document("performance", performance.PAGE, performance.page),
    Document("settings", DOCS / "settings.md", settings.page),
    Document("licences", DOCS / "licences.md", licences.page),
)
