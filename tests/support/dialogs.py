"""Every dialog of the pages, and how its page opens it.

`used()` finds in the sources which components of `design/` open a dialog where; `DIALOGS` names each of these uses.
"""

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Route

from testing.running import ROOT, Sandbox
from testing.steps import Enterprise, content, decide, submit
from tests.support.pages import Browsing

SOURCES = ROOT / "web" / "src"
USE = re.compile(r"<((?:Modal|Confirm|Batch|Leaving|Outdated)Dialog|dialog)\b")
DESIGN_ROOM = Path("pages/design")
CHANGED = {
    "status": "CONSULAR_REVIEW",
    "status_label": "领事司审核中",
    "status_version": 9,
    "changed_at": "2026-11-21T04:30:00.000Z",
    "changed_by": "湖南省人民政府外事办公室",
}
"""What somebody else has done meanwhile."""
LATER = "2031-11-20"


def used(sources: Path = SOURCES) -> Iterator[str]:
    """Each use of a dialog: the file, the component, and which of several in the file it is.

    The dialogs of `design/` themselves, and the page that shows all components, open none of their own.
    """
    for file in sorted(sources.rglob("*.vue")):
        path = file.relative_to(sources)
        if path.is_relative_to(DESIGN_ROOM) or (path.parts[0] == "design" and path.stem.endswith("Dialog")):
            continue
        seen: dict[str, int] = {}
        for component in USE.findall(file.read_text(encoding="utf-8")):
            seen[component] = seen.get(component, 0) + 1
            yield f"{path} {component}" + (f" {seen[component]}" if seen[component] > 1 else "")


@dataclass(frozen=True)
class Kit:
    """What opens a dialog: a tab, and an enterprise with something at every status.

    Attributes:
        values: what `testing.screens.filled` has made.
    """

    tab: Browsing
    sandbox: Sandbox
    enterprise: Enterprise
    values: Mapping[str, str]

    def own(self, path: str) -> Page:
        """A page of the enterprise."""
        self.tab.enter(self.enterprise.client)
        return self.tab.open(path)

    def office(self, path: str, office: str = "consular") -> Page:
        """A page of an officer."""
        self.tab.enter(self.sandbox.officer(office))
        return self.tab.open(path)

    def refused(self, address: str, status: int, body: Mapping[str, object]) -> None:
        """Answer calls of an address that change something with a problem."""
        self.tab.expected_statuses.add(status)

        def answer(route: Route) -> None:
            if route.request.method == "GET":
                route.continue_()
            else:
                route.fulfill(status=status, json={"status": status, "errors": [], "current": None, **body})

        self.tab.page.route(address, answer)

    def void(self, address: str) -> None:
        """Answer calls of an address with 操作无效."""
        self.refused(address, 409, {"code": "OPERATION_INVALID", "message": "操作无效", "current": CHANGED})

    def ready(self) -> str:
        """The number of a new person whom all economies have approved, of an enterprise that the filters find."""
        number = submit(self.enterprise.client, content(self.enterprise.client))["number"]
        for office in ("fao-hunan", "consular"):
            decide(self.sandbox.officer(office), number, "pass")
        consular = self.sandbox.officer("consular")
        codes = [one["code"] for one in consular.ok("GET", "/reference")["economies"] if one["decides"]]
        rows = [{"person_number": f"{number}-01", "economy": code, "decision": "approved"} for code in codes]
        assert consular.ok("POST", "/office/economies/import", {"rows": rows})["failed"] == []
        return f"{number}-01"


@dataclass(frozen=True)
class Dialog:
    """One dialog.

    Attributes:
        use: where it is, as `used` names it.
        title: its title, or the beginning of it.
        open: opens it.
        held: whether it stays until it is answered.
    """

    use: str
    title: str
    open: Callable[[Kit], None]
    held: bool = False


DIALOGS: list[Dialog] = []


def opens(use: str, title: str, *, held: bool = False) -> Callable[[Callable[[Kit], None]], Callable[[Kit], None]]:
    """Name the dialog that a function opens."""

    def named(function: Callable[[Kit], None]) -> Callable[[Kit], None]:
        DIALOGS.append(Dialog(use, title, function, held))
        return function

    return named


def every_dialog() -> list[Dialog]:
    """All dialogs, of the pages of enterprises and of officers."""
    for part in ("dialogs_of_enterprises", "dialogs_of_officers"):
        importlib.import_module(f"tests.support.{part}")
    return DIALOGS
