"""Replies that everybody may see: browsers keep them, and ask whether they have changed before they use them again.

A kept reply is used only after a 304 (`no-cache`), so a new deployment shows at once. The ETag is a digest of the
language and the body. The gateway compresses a reply without changing its ETag; `Vary` keeps the forms apart.
"""

import functools
import hashlib

from chalice.app import Response

from chalicelib.handlers.http.call import Call

CACHED = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Accept-Encoding"}
"""Headers of public replies; every other reply is `no-store`."""


def public(call: Call, text: str) -> Response:
    """The reply with a JSON text that is the same for everybody who reads its language; 304 if the client has it."""
    etag = _etag(call.language, text)
    headers: dict[str, str | list[str]] = {"ETag": etag, **CACHED}
    if _names(call.headers.get("if-none-match", ""), etag):
        return Response("", headers, 304)
    return Response(text, {"Content-Type": "application/json", **headers}, 200)


@functools.cache
def _etag(language: str, text: str) -> str:
    return f'"{hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()[:32]}"'


def _names(if_none_match: str, etag: str) -> bool:
    """Whether the header names the ETag; weak comparison, as RFC 9110 13.1.2 requires of If-None-Match."""
    named = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in named or named == ["*"]
