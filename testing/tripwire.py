"""The personal-data tripwire: nothing that was typed about anybody turns up where others could read it.

Watched during the whole run, each text at the moment it arises: what `people` knows of is looked for in
* log lines of every logger, tracebacks included;
* replies that are errors;
* addresses: paths asked of the API, addresses asked of AWS (keys of objects too), addresses within replies;
* the text of every exception that passes through the service's own code;
* requests to the table, written or asked, sealed bytes aside: items that are gone again count as well;
* mails, when a module ends.

Not looked for, with the reason:
* names of enterprises: public, and shown in mails and lists; and what stands masked: that is what masks are for;
* in a mail: names and addresses. Officers' reasons, which may name somebody, are quoted there; `To` is its reader's;
* values of less than eight digits or three Chinese characters: they occur by chance;
* what lies behind the first 4,000 characters of one run of digits or Chinese characters: nobody's name is that long.
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
_ADDRESS = re.compile(r'https?://[^"\s\\]+')


def strings(value: Any) -> Iterator[str]:
    """Every text and byte string within a value, bytes as text where they are some."""
    match value:
        case dict():
            for name, each in value.items():
                yield from (name, *strings(each))
        case list() | set() | tuple():
            for each in value:
                yield from strings(each)
        case bytes():
            yield value.decode("utf-8", errors="ignore")
        case str():
            yield value
        case _:
            yield str(value)


def found(text: str) -> set[str]:
    """The known values that stand in a text, alone or within a longer run of digits or of Chinese characters."""
    if not _WORTH_IT.search(text):
        return set()
    met = {word for word in _WORD.findall(text) if word in KNOWN}
    met |= {mail for mail in map(str.casefold, _MAIL.findall(text)) if mail in KNOWN}
    for run in _LONG.findall(text):
        for length in LENGTHS:
            parts = (run[at : at + length] for at in range(min(len(run), RUN_MOST) - length + 1))
            met.update(part for part in parts if part in KNOWN)
    return met


class Tripwire(logging.Handler):
    """Looks at each text as it arises; keeps what it found until `check`."""

    def __init__(self) -> None:
        super().__init__()
        self.looked: Counter[str] = Counter()
        self.hits: set[tuple[str, str, str]] = set()
        self._last: BaseException | None = None

    def look(self, place: str, text: str, kinds: frozenset[Kind] = frozenset(Kind)) -> None:
        """Look through one text of a place."""
        self.looked[place] += 1
        for value in found(text):
            if KNOWN[value] in kinds:
                test = os.environ.get("PYTEST_CURRENT_TEST", "between tests").rpartition(" ")[0]
                self.hits.add((place, f"{KNOWN[value]} {value}", f"{test}: {text[:300]}"))

    def check(self) -> None:
        """Fail if anything was found since the last time."""
        hits, self.hits = self.hits, set()
        assert not hits, "\n".join(map(" | ".join, sorted(hits)))

    def tell(self) -> str:
        """The figures."""
        places = ", ".join(f"{count} {place}" for place, count in sorted(self.looked.items()))
        return f"personal data: {len(KNOWN)} values looked for in {self.looked.total()} places ({places})"

    # Where texts arise

    def emit(self, record: logging.LogRecord) -> None:
        """A log line."""
        self.look("log lines", logging.Formatter().format(record))

    def replied(self, path: str, status: int, headers: Any, raw: bytes) -> None:
        """A reply of the API to a request for a path."""
        self.look("addresses", unquote_plus(path))
        self.look("addresses", unquote_plus(str(headers.get("location", ""))))
        if status >= 400:
            self.look("error replies", raw.decode("utf-8", errors="replace"))
        elif b'"url"' in raw:
            for address in _ADDRESS.findall(raw.decode()):
                self.look("addresses", unquote_plus(address))

    def attach(self, session: Any) -> None:
        """Watch what is asked of AWS by the clients that this session makes from now on."""
        session.events.register("before-send", self._sent, unique_id="tripwire")

    def _sent(self, event_name: str, request: Any, **_: Any) -> None:
        self.look("addresses", unquote_plus(urlsplit(request.url)._replace(netloc="").geturl()))
        if event_name.startswith("before-send.dynamodb."):
            body = _SEALED.sub(b"{}", request.body)
            self.look("requests to the table", body.decode("unicode_escape") if b"\\u" in body else body.decode())

    def mailed(self, mails: list[Any]) -> None:
        """What a module's mailbox holds."""
        for mail in mails:
            self.look("mails", f"{mail.subject}\n{mail.text}\n{mail.html or ''}", NUMBERS)

    def watch(self) -> None:
        """Watch every logger and every exception of the service from now on."""
        from chalicelib.repos.process import log  # noqa: F401  makes its logger

        for logger in (logging.getLogger(), logging.getLogger("abtc")):
            logger.addHandler(self)
        sys.monitoring.use_tool_id(TOOL, "tripwire")
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.RAISE, self._raised)
        sys.monitoring.set_events(TOOL, sys.monitoring.events.RAISE)

    def _raised(self, code: CodeType, _: int, error: BaseException) -> None:
        if code.co_filename.startswith(OURS) and error is not self._last:
            self._last = error
            self.look("exception texts", str(error))


TOOL = 4
"""Of `sys.monitoring`: neither a debugger's nor that of coverage."""

TRIPWIRE = Tripwire()
"""Of the whole run."""
