"""A page of the portal as the browser prints it: its sheets of paper, their text, and what lies beside them."""

import io
import unicodedata
from typing import Any

import pypdf
from playwright.sync_api import Page

CONTROLS = """() => [...document.querySelectorAll("button, .button, [type=checkbox], [type=radio], [role=tab]")]
    .filter(one => one.checkVisibility()).map(one => one.outerHTML)"""
MARGIN = 20.0
"""Points at the right edge where nothing is printed: every page has margins of 10 mm or more."""


def printed_pages(page: Page) -> list[str]:
    """The text of each sheet that the browser would print, in one line without blanks; nothing may be cut.

    A text that begins beyond the margin is cut, although the file has it: columns that do not fit are found so.
    """
    sheets = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    texts = []
    for number, sheet in enumerate(sheets, start=1):
        beside: list[str] = []
        width = float(sheet.mediabox.width)

        def seen(
            text: str, matrix: Any, placed: Any, *_: Any, width: float = width, beside: list[str] = beside
        ) -> None:
            left = placed[4] * matrix[0] + placed[5] * matrix[2] + matrix[4]
            if text.strip() and not 0 <= left <= width - MARGIN:
                beside.append(text.strip())

        text = unicodedata.normalize("NFKC", sheet.extract_text(visitor_text=seen))
        texts.append("".join(text.split()))
        assert not beside, f"sheet {number} of {page.url} has text beside the paper: {beside}"
    return texts


def printed_controls(page: Page) -> list[str]:
    """Buttons, boxes and tabs that would be on the paper."""
    page.emulate_media(media="print")
    found = [str(one) for one in page.evaluate(CONTROLS)]
    page.emulate_media(media="null")
    return found


def is_upright(page: Page) -> bool:
    """Whether the sheets are higher than wide."""
    box = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages[0].mediabox
    return bool(box.height > box.width)
