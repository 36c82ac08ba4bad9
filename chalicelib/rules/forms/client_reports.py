"""What a page reports about itself: names, places and times, never a text that somebody may have typed."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.rules.forms.form import Form

SCRIPT = r"/assets/[A-Za-z0-9_.-]{1,100}\.js"
"""The address of a script of the pages. Its name changes with its content."""


class ClientReportKind(StrEnum):
    """What happened in the page."""

    ERROR = "error"
    UNREACHABLE = "unreachable"
    SHOWN = "shown"


class ClientReport(Form):
    """One report of an open page."""

    kind: ClientReportKind
    """An error that nothing caught, a page whose files could not be loaded, or how long the first page took."""
    page: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9:/()|-]{0,120}$")]
    """The pattern of the page's address, without the numbers of an address: `/persons/:number`."""
    version: Annotated[str, StringConstraints(pattern=rf"^{SCRIPT}$")]
    """The script that the page began with."""
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,60}$")] | None = None
    """The type of the error. Its text is not sent: it may repeat what was typed."""
    place: Annotated[str, StringConstraints(pattern=rf"^{SCRIPT}:[0-9]{{1,7}}:[0-9]{{1,7}}$")] | None = None
    """Script, line and column of the error."""
    milliseconds: Annotated[int, Field(ge=0, le=600_000)] | None = None
    """From the request for the page until its largest part was shown."""
