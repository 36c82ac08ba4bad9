"""How a mail looks: the same words as text and as HTML (`data/mail.txt`, `data/mail.html`), with the notice 非官方."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib import data
from chalicelib.config import settings
from chalicelib.data.texts import text
from chalicelib.repos.mail.outbox import Entry
from chalicelib.repos.mail.port import Letter
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import china_time, parse_time
from chalicelib.rules.notices import wording

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Piece:
    """One thing told: what, when (in China), and where in the web front end it leads."""

    subject: str
    text: str = field(repr=False)
    time: str | None = None
    link: str | None = None


def piece(entry: Entry) -> Piece:
    """An outbox entry in words, without personal numbers; `KeyError` if the catalogue has none for it."""
    told = wording.sentence("mail", entry.kind, "text", entry.values)
    subject = wording.sentence("mail", entry.kind, "subject", entry.values)
    if entry.to is not None:
        return Piece(subject, told)
    path = wording.link_path(entry.values)
    return Piece(
        masks.mask_numbers(subject),
        masks.mask_numbers(told),
        f"{china_time(parse_time(entry.created_at))}（北京时间）",
        f"{settings().web_origin}{path}" if path else None,
    )


def security(to: str, told: Piece) -> Letter:
    """A mail about the reader's own account: there is no switch for these."""
    return _letter(to, told.subject, [told])


def notice(to: str, told: Sequence[Piece]) -> Letter:
    """What happened, oldest first: one event under its own subject, several in one digest."""
    switch = f"{settings().web_origin}{wording.MAIL_SWITCH}"
    if len(told) == 1:
        return _letter(to, told[0].subject, told, switch=switch)
    intro = text("mail", "digest.text", count=len(told))
    return _letter(to, text("mail", "digest.subject", count=len(told)), told, intro=intro, switch=switch)


def _letter(to: str, subject: str, told: Sequence[Piece], *, intro: str = "", switch: str | None = None) -> Letter:
    values: dict[str, Any] = {
        "subject": subject,
        "intro": intro,
        "pieces": told,
        "switch": switch,
        "words": {name: text("mail", f"{name}.text") for name in ("open", "switch", "footer")},
    }
    # Wherever mail is not the real thing its subject says so.
    marked = subject if settings().is_production else f"[{settings().stage}] {subject}"
    plain, html = (_templates().get_template(f"mail.{form}").render(values) for form in ("txt", "html"))
    return Letter(to, marked, plain, html, switch)


@functools.cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape  # only who words mails

    return Environment(
        loader=FileSystemLoader(Path(data.__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
