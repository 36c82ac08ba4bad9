"""Printed documents as they are laid out: a title over headings, paragraphs and grids; no personal rules here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Heading:
    """A line in larger type."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Text that is broken into lines; line breaks in it are kept."""

    text: str = field(repr=False)
    align: Literal["left", "right"] = "left"


@dataclass(frozen=True)
class Grid:
    """A table with lines. A row with fewer cells than columns lets its last cell reach over the rest."""

    widths: Sequence[int]
    """Shares of the width of the page."""
    rows: Sequence[Sequence[str]] = field(repr=False)
    header: Sequence[str] = ()
    """Repeated on each page; none if empty."""


@dataclass(frozen=True)
class SquareCode:
    """A QR code."""

    text: str


type Block = Heading | Paragraph | Grid | SquareCode
"""What a document consists of."""


@dataclass(frozen=True)
class Document:
    """A document to be printed."""

    title: str
    blocks: Sequence[Block]
    signature: str = ""
    """A signed text that the file has in its properties too, for programs; empty for none."""
