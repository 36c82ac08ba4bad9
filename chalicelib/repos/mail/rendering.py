"""Mails as text and as HTML, from the templates `data/mail.txt` and `data/mail.html`, with the notice 非官方."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib import data
from chalicelib.config import settings
from chalicelib.data.texts import text
from chalicelib.repos.mail.outbox import Entry
from chalicelib.repos.mail.port import Letter
from chalicelib.rules.base.china_time import china_time, parse_time
from chalicelib.rules.base.personal_numbers import mask_numbers
from chalicelib.rules.notices import digests, wording

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Piece:
    """One event in a mail: subject, text, time in China, and the link into the web front end."""

    subject: str
    text: str = field(repr=False)
    time: str | None = None
    link: str | None = None


def piece(entry: Entry) -> Piece:
    """The text of an outbox entry, without personal numbers.

    Raises:
        KeyError: The catalogue has no text for its kind.
    """
    words = wording.sentence("mail", entry.kind, "text", entry.values)
    subject = wording.sentence("mail", entry.kind, "subject", entry.values)
    if entry.to is not None:
        page = entry.values.get("link")
        return Piece(subject, words, link=settings().page(page) if page else None)
    path = wording.link_path(entry.values)
    return Piece(
        mask_numbers(subject),
        mask_numbers(words),
        f"{china_time(parse_time(entry.created_at))}（北京时间）",
        settings().page(path) if path else None,
    )


def pieces(entries: Sequence[Entry], single: Sequence[Piece]) -> list[Piece]:
    """The paragraphs of a mail about events: answers of economies about one person are one paragraph.

    Args:
        entries: the outbox entries, oldest first.
        single: the text of each entry alone.
    """
    told = digests.paragraphs([(entry.kind, entry.values) for entry in entries])
    return [
        single[paragraph.positions[0]]
        if len(paragraph.positions) == 1
        else _summary([entries[position] for position in paragraph.positions], single[paragraph.positions[-1]])
        for paragraph in told
    ]


def _summary(answers: Sequence[Entry], newest: Piece) -> Piece:
    kind, values = digests.summary([entry.values for entry in answers])
    subject, words = (wording.sentence("mail", kind, part, values) for part in ("subject", "text"))
    return replace(newest, subject=subject, text=words)


def security(to: str, piece: Piece) -> Letter:
    """A mail about the account of the reader, which cannot be switched off."""
    return _letter(to, piece.subject, [piece])


def notice(to: str, pieces: Sequence[Piece]) -> Letter:
    """A mail about events, oldest first: one event under its own subject, several as a digest."""
    switch = settings().page(wording.MAIL_SWITCH)
    if len(pieces) == 1:
        return _letter(to, pieces[0].subject, pieces, switch=switch)
    intro = text("mail", "digest.text", count=len(pieces))
    return _letter(to, text("mail", "digest.subject", count=len(pieces)), pieces, intro=intro, switch=switch)


def _letter(to: str, subject: str, pieces: Sequence[Piece], *, intro: str = "", switch: str | None = None) -> Letter:
    values: dict[str, Any] = {
        "subject": subject,
        "intro": intro,
        "pieces": pieces,
        "switch": switch,
        "words": {name: text("mail", f"{name}.text") for name in ("open", "switch", "footer")},
    }
    # Outside production the subject names the stage.
    marked = subject if settings().is_production else f"[{settings().stage}] {subject}"
    plain, html = (_templates().get_template(f"mail.{form}").render(values) for form in ("txt", "html"))
    return Letter(to, marked, plain, html, switch)


@functools.cache
def _templates() -> "Environment":
    from jinja2 import (  # imported only where mails are rendered
        Environment,
        FileSystemLoader,
        StrictUndefined,
        select_autoescape,
    )

    return Environment(
        loader=FileSystemLoader(Path(data.__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
