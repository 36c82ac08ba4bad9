"""The personal-data tripwire: fails when a personal value appears where it must not be readable.

During the whole run, the values in `people.KNOWN` are searched for in
* log lines of every logger, tracebacks included;
* error replies;
* URLs: paths of API requests, URLs of AWS requests (object keys included), and URLs in replies;
* the text of every exception raised in the service's own code;
* requests to the table, without sealed bytes; this includes items that are deleted later;
* mails, at the end of every test module.

Tokens of sessions are searched for by their form in the same places: in headers of requests, cookies included, they are
never logged, and the table has only their digests.

The search leaves out:
* in error replies the name in `changed_by`: an enterprise learns which of its agents was quicker;
* names of enterprises, which are public and shown in mails and lists, and masked values;
* names and addresses in mails: a mail may quote an officer's reason, and `To` is the recipient's own address;
* values of fewer than eight digits or three Chinese characters, which occur by chance;
* everything after the first 4,000 characters of one run of digits or Chinese characters, to bound the work.
"""

import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from testing.people import KNOWN, LENGTHS, Kind

ROOT = Path(__file__).resolve().parents[1]
OURS = tuple(str(ROOT / name) for name in ("app.py", "chalicelib", "scheduled", "operations"))
NUMBERS = frozenset({Kind.ID_NUMBER, Kind.PASSPORT, Kind.PHONE})

RUN_MOST = 4_000

_WORTH_IT = re.compile(r"\d|@|[\u4e00-\u9fff]{3}")
_WORD = re.compile(r"[A-Za-z0-9]{4,}")
_MAIL = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LONG = re.compile(r"[A-Za-z]{0,2}\d{8,}[Xx]?|[\u4e00-\u9fff]{3,}")
_SEALED = re.compile(rb'\{"B": ?"[^"]*"\}')
_TOKEN = re.compile(r"(?:OFFICERS|[0-9a-f]{20})\.[0-9a-f]{20}\.[\w-]{43}(?![\w-])")
_CHANGED_BY = re.compile(r'"changed_by": "[^"]*"')
_ADDRESS = re.compile(r'https?://[^"\s\\]+')


def strings(value: Any) -> Iterator[str]:
    """Every string within a value; bytes are decoded and undecodable bytes are skipped."""
    match value:
        case dict():
            for name, content in value.items():
                yield from (name, *strings(content))
        case list() | set() | tuple():
            for element in value:
                yield from strings(element)
        case bytes():
            yield value.decode("utf-8", errors="ignore")
        case str():
            yield value
        case _:
            yield str(value)


def found(text: str) -> set[str]:
    """The known values in a text, alone or within a longer run of digits or Chinese characters."""
    if not _WORTH_IT.search(text):
        return set()
    met = {word for word in _WORD.findall(text) if word in KNOWN}
    met |= {mail for mail in map(str.casefold, _MAIL.findall(text)) if mail in KNOWN}
    for run in _LONG.findall(text):
        for length in LENGTHS:
            starts = range(min(len(run), RUN_MOST) - length + 1)
            parts = (run[start : start + length] for start in starts)
            met.update(part for part in parts if part in KNOWN)
    return met


class Tripwire(logging.Handler):
    """Searches texts for personal values; keeps the hits until `check`."""

    def __init__(self) -> None:
        super().__init__()
        self.searched: Counter[str] = Counter()
        self.hits: set[tuple[str, str, str]] = set()
        self._last: BaseException | None = None

    def search(self, place: str, text: str, kinds: frozenset[Kind] = frozenset(Kind)) -> None:
        """Search one text; `place` says where it appeared."""
        self.searched[place] += 1
        if _TOKEN.search(text):
            self.hits.add((place, "session token", os.environ.get("PYTEST_CURRENT_TEST", "between tests")))
        for value in found(text):
            if KNOWN[value] in kinds:
                test = os.environ.get("PYTEST_CURRENT_TEST", "between tests").rpartition(" ")[0]
                self.hits.add((place, f"{KNOWN[value]} {value}", f"{test}: {text[:300]}"))

    def check(self) -> None:
        """Fail if a value was found since the last check."""
        hits, self.hits = self.hits, set()
        assert not hits, "\n".join(map(" | ".join, sorted(hits)))

    def summary(self) -> str:
        """The numbers of values and texts, on one line."""
        texts = ", ".join(f"{count} {place}" for place, count in sorted(self.searched.items()))
        return f"personal data: searched {self.searched.total()} texts for {len(KNOWN)} values ({texts or 'none'})"

    # Sources of texts

    def emit(self, record: logging.LogRecord) -> None:
        """Search a log record."""
        self.search("log lines", logging.Formatter().format(record))

    def replied(self, path: str, status: int, headers: Any, raw: bytes) -> None:
        """Search a reply of the API and the path of its request."""
        self.search("addresses", unquote_plus(path))
        self.search("addresses", unquote_plus(str(headers.get("location", ""))))
        if status >= 400:
            self.search("error replies", _CHANGED_BY.sub("", raw.decode("utf-8", errors="replace")))
        elif b'"url"' in raw:
            for address in _ADDRESS.findall(raw.decode()):
                self.search("addresses", unquote_plus(address))

    def attach(self, events: Any) -> None:
        """Search the requests of the AWS clients that are made with these events of a session from now on."""
        events.register("before-send", self._sent, unique_id="tripwire")

    def _sent(self, event_name: str, request: Any, **_: Any) -> None:
        self.search("addresses", unquote_plus(urlsplit(request.url)._replace(netloc="").geturl()))
        if event_name.startswith("before-send.dynamodb."):
            body = _SEALED.sub(b"{}", request.body)
            self.search("requests to the table", body.decode("unicode_escape") if b"\\u" in body else body.decode())

    def mailed(self, mails: list[Any]) -> None:
        """Search the mails of a test module."""
        for mail in mails:
            self.search("mails", f"{mail.subject}\n{mail.text}\n{mail.html or ''}", NUMBERS)

    def watch(self) -> None:
        """Search every log record and every exception of the service from now on."""
        from chalicelib.repos.process import log  # noqa: F401  creates its logger

        for logger in (logging.getLogger(), logging.getLogger("abtc")):
            logger.addHandler(self)
        sys.monitoring.use_tool_id(TOOL, "tripwire")
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.RAISE, self._raised)
        sys.monitoring.set_events(TOOL, sys.monitoring.events.RAISE)

    def _raised(self, code: CodeType, _: int, error: BaseException) -> None:
        if code.co_filename.startswith(OURS) and error is not self._last:
            self._last = error
            self.search("exception texts", str(error))


TOOL = 4
"""Tool id of `sys.monitoring`; debuggers and coverage use others."""

TRIPWIRE = Tripwire()
"""The tripwire of the whole test run."""
