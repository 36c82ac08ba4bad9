"""Compresses replies as API Gateway does with `minimum_compression_size` of the deployment."""

import functools
import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CONFIG = Path(__file__).resolve().parents[2] / ".chalice" / "config.json"


@functools.cache
def minimum_size() -> int:
    """Bytes from which on the deployment's API Gateway compresses a body."""
    config: dict[str, Any] = json.loads(CONFIG.read_text(encoding="utf-8"))
    return int(config["minimum_compression_size"])


def compressed(headers: Mapping[str, Any], body: bytes, accept_encoding: str) -> tuple[Mapping[str, Any], bytes]:
    """The headers and body as they are sent to a client that sent this Accept-Encoding."""
    is_encoded = any(name.lower() == "content-encoding" for name in headers)
    if is_encoded or len(body) < minimum_size() or not accepts_gzip(accept_encoding):
        return headers, body
    return {**headers, "Content-Encoding": "gzip"}, gzip.compress(body, compresslevel=6, mtime=0)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client that sent this Accept-Encoding takes gzip."""
    for part in accept_encoding.lower().split(","):
        coding, *parameters = (piece.strip() for piece in part.split(";"))
        if coding == "gzip":
            weights = [piece.removeprefix("q=") for piece in parameters if piece.startswith("q=")]
            return not weights or weights[0].strip("0.") != ""
    return False
