"""Serves the built pages of `web/dist` on the origin of the API, as CloudFront does in production."""

import gzip
import hashlib
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from sandbox.http.compression import accepts_gzip

PAGES = Path(__file__).resolve().parents[2] / "web" / "dist"
"""Where `make pages` builds them."""
API_PREFIX = "/v1"
FACTS = "/sandbox.json"
"""Addresses and log-ins for the pages, in the sandbox only."""
INDEX = "/index.html"
REVALIDATED = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
COMPRESSED = ("text/", "application/json", "image/svg+xml")


@dataclass(frozen=True)
class Page:
    """A file of the site with its headers, plain and compressed."""

    headers: Mapping[str, str]
    body: bytes
    packed: bytes | None

    @classmethod
    def of(cls, path: str, body: bytes, headers: Mapping[str, str]) -> Self:
        """The file at this address of the site."""
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        media = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        kept = IMMUTABLE if path.startswith("/assets/") else REVALIDATED
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        packed = gzip.compress(body, mtime=0) if kind.startswith(COMPRESSED) else None
        sent = {
            **HEADERS,
            **headers,
            "Content-Type": media,
            "Cache-Control": kept,
            "ETag": tag,
            "Vary": "Accept-Encoding",
        }
        return cls(sent, body, packed)

    def reply(self, request: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body for a request with these headers (names in lower case)."""
        if self.headers["ETag"] in request.get("if-none-match", ""):
            return HTTPStatus.NOT_MODIFIED, self.headers, b""
        if self.packed is not None and accepts_gzip(request.get("accept-encoding", "")):
            return HTTPStatus.OK, {**self.headers, "Content-Encoding": "gzip"}, self.packed
        return HTTPStatus.OK, self.headers, self.body


class Site:
    """All files of the site, in memory. Addresses without a dot are those of pages: each answers `index.html`."""

    def __init__(self, folder: Path, *, bucket_origin: str, facts: Mapping[str, Any]) -> None:
        """Read the files.

        Args:
            folder: the built pages.
            bucket_origin: the origin of presigned addresses, which pages send uploads to and show pictures from.
            facts: what pages show in the sandbox only.
        """
        headers = {"Content-Security-Policy": policy(bucket_origin)}
        names = [file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(".")]
        files = {f"/{file.relative_to(folder).as_posix()}": file.read_bytes() for file in names}
        files[FACTS] = json.dumps(facts, ensure_ascii=False, default=str).encode()
        self._pages = {path: Page.of(path, body, headers) for path, body in files.items()}

    def reply(self, method: str, path: str, request: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes] | None:
        """The reply to a request for a file or page; None if the request is one for the API.

        Args:
            method: the HTTP method.
            path: the address with its query.
            request: the headers, names in lower case.
        """
        plain = path.partition("?")[0]
        if method not in ("GET", "HEAD") or plain == API_PREFIX or plain.startswith(f"{API_PREFIX}/"):
            return None
        page = self._pages.get(plain if "." in plain else INDEX)
        return page.reply(request) if page else None


def policy(bucket_origin: str) -> str:
    """The content security policy of every page."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob: {bucket_origin}",
            "font-src 'self'",
            f"connect-src 'self' {bucket_origin}",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types vue",
        )
    )


def built(folder: Path = PAGES) -> bool:
    """Whether the pages have been built."""
    return (folder / "index.html").is_file()
