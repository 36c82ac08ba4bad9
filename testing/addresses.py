"""The addresses of the pages, read from the `routes.ts` of each page, as the router of `web/` collects them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).resolve().parents[1] / "web" / "src" / "pages"
ADDRESS = re.compile(r"\bpath: '([^']*)'")
AUDIENCE = re.compile(r"\baudience: '([^']*)'")
PARAMETER = re.compile(r":(\w+)(\([^)]*\)\*?)?")
CATCH_ALL = "rest"
"""The parameter of the page that is shown for unknown addresses."""


@dataclass(frozen=True)
class Address:
    """An address of the router.

    Attributes:
        pattern: as the router writes it, such as `/applications/:number`.
        audience: `open`, `signed-in` (every account), `enterprise` or `office`.
    """

    pattern: str
    audience: str

    def opens(self, path: str) -> bool:
        """Whether the router opens this page for the path."""
        expression, end = "", 0
        for found in PARAMETER.finditer(self.pattern):
            expected = (found[2] or "([^/]+)").removesuffix("*")
            expression += re.escape(self.pattern[end : found.start()]) + expected.replace("\\\\", "\\")
            end = found.end()
        return re.fullmatch(expression + re.escape(self.pattern[end:]), path) is not None

    def at(self, **values: str) -> str:
        """The path with these values of its parameters.

        Raises:
            KeyError: A parameter has no value.
        """
        return PARAMETER.sub(lambda found: values[found[1]], self.pattern)


def addresses(pages: Path = PAGES) -> list[Address]:
    """Every address except the one for unknown addresses."""
    found = (address for file in sorted(pages.glob("*/routes.ts")) for address in _of(file.read_text(encoding="utf-8")))
    return [address for address in found if f":{CATCH_ALL}" not in address.pattern]


def _of(source: str) -> Iterator[Address]:
    audiences = AUDIENCE.findall(source)
    parent = ""
    for index, pattern in enumerate(ADDRESS.findall(source)):
        audience = audiences[min(index, len(audiences) - 1)]
        if pattern.startswith("/"):
            parent = pattern
            yield Address(pattern, audience)
        elif pattern:  # the empty address of a child is that of its parent
            yield Address(f"{parent}/{pattern}", audience)
