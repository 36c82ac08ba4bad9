"""Recognises the EICAR test file, a harmless text that every scanner reports, within other files.

Packed parts are found by their first bytes anywhere in a content, as directories at the end of archives can be missing
or point elsewhere. What is encrypted or packed in another way than those of `PACKED` is not seen.
"""

import base64
import binascii
import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

SIGNATURE = b"".join(
    # In parts, so that no file of this repository is taken for the test file.
    (rb"X5O!P%@AP[4\P", rb"ZX54(P^)7CC)7}", b"$EICAR-STANDARD", b"-ANTIVIRUS-TEST", b"-FILE!$H+H*")
)
SPELLINGS = (SIGNATURE, *(SIGNATURE.decode().encode(encoding) for encoding in ("utf-16-le", "utf-16-be")))

DEEPEST = 8
"""Layers of packing that are removed."""
MOST_BYTES = 64 * 1024 * 1024
"""Bytes that are unpacked of one file altogether."""
MOST_PARTS = 20_000
"""Packed parts that are tried in one file altogether."""
LARGEST = 8 * 1024 * 1024
"""Bytes that are unpacked of one part."""
PIECE = 4096
"""Packed bytes that are unpacked at once, so that what comes before a damaged place is seen."""
TEXT = 64 * 1024
"""Characters that are looked at before the end of a text in ASCII85."""


class TooDeep(Exception):
    """Raised when a file contains more layers, parts or bytes than are looked at."""


def is_in(content: bytes) -> bool:
    """Whether the test file is in a content or in anything that is packed in it.

    Raises:
        TooDeep: There is more in it than is looked at, and the rest is unknown.
    """
    left = {"bytes": MOST_BYTES, "parts": MOST_PARTS}
    layer = [content]
    for _ in range(DEEPEST):
        if any(spelled in part for part in layer for spelled in SPELLINGS):
            return True
        layer = [inner for part in layer for inner in _unpacked(part, left)]
        if not layer:
            return False
    raise TooDeep


def _unpacked(content: bytes, left: dict[str, int]) -> Iterator[bytes]:
    for pattern, unpack in PACKED:
        for found in pattern.finditer(content):
            inner = unpack(found)
            left["parts"] -= 1
            left["bytes"] -= len(inner)
            if min(left.values()) < 0:
                raise TooDeep
            if len(inner) >= len(SIGNATURE):
                yield inner


class _Stream(Protocol):
    """A decompressor of the standard library."""

    @property
    def eof(self) -> bool: ...

    def decompress(self, data: memoryview, max_length: int = ..., /) -> bytes: ...


def _read(stream: _Stream, packed: memoryview) -> bytes:
    """What a decompressor makes of the packed bytes, up to the first damaged piece or `LARGEST`."""
    made = bytearray()
    for at in range(0, len(packed), PIECE):
        try:
            made += stream.decompress(packed[at : at + PIECE], LARGEST)
        except (zlib.error, lzma.LZMAError, OSError):
            break
        if stream.eof or len(made) >= LARGEST:
            break
    return bytes(made)


def _rest(found: re.Match[bytes]) -> memoryview:
    return memoryview(found.string)[found.start() :]


def _zip_entry(found: re.Match[bytes]) -> bytes:
    """An entry of a ZIP archive by its own header; a stored one is seen in the content itself."""
    method, name, extra = (int.from_bytes(found[part], "little") for part in ("method", "name", "extra"))
    packed = _rest(found)[found.end() - found.start() + name + extra :]
    if method == DEFLATED:
        return _read(zlib.decompressobj(-zlib.MAX_WBITS), packed)
    if method == BZIP2:
        return _read(bz2.BZ2Decompressor(), packed)
    # LZMA of a ZIP entry has a header of its own, which the standard library reads in zipfile only.
    return b""


DEFLATED, BZIP2 = 8, 12


def _base64(found: re.Match[bytes]) -> bytes:
    text = b"".join(found[0].split())
    return base64.b64decode(text[: len(text) // 4 * 4], validate=False)


def _hexadecimal(found: re.Match[bytes]) -> bytes:
    text = b"".join(found[0].split())
    return binascii.unhexlify(text[: len(text) // 2 * 2])


def _ascii85(found: re.Match[bytes]) -> bytes:
    """The text that ends here: its beginning is looked for backwards, as only its end is marked for certain."""
    before = found.string[max(0, found.start() - TEXT) : found.start()]
    for mark in (b"stream", b"<~"):
        before = before.rpartition(mark)[2]
    text = before[len(before.rstrip(ASCII85)) :]
    try:
        return base64.a85decode(text)
    except ValueError:
        return b""


ASCII85 = bytes(range(ord("!"), ord("u") + 1)) + b"z \t\r\n"

PACKED: tuple[tuple[re.Pattern[bytes], Callable[[re.Match[bytes]], bytes]], ...] = (
    # ZIP and what is made of it: workbooks, documents, archives of Java
    (
        re.compile(rb"PK\x03\x04.{4}(?P<method>.{2}).{16}(?P<name>.{2})(?P<extra>.{2})", re.DOTALL),
        _zip_entry,
    ),
    # zlib: streams of PDF (FlateDecode), chunks of PNG
    (
        re.compile(rb"\x78[\x01\x5e\x9c\xda]"),
        lambda found: _read(zlib.decompressobj(), _rest(found)),
    ),
    (re.compile(rb"\x1f\x8b\x08"), lambda found: _read(zlib.decompressobj(zlib.MAX_WBITS | 16), _rest(found))),
    (re.compile(rb"BZh[1-9]1AY&SY"), lambda found: _read(bz2.BZ2Decompressor(), _rest(found))),
    (re.compile(rb"\xfd7zXZ\x00"), lambda found: _read(lzma.LZMADecompressor(), _rest(found))),
    # mails, and texts within files
    (re.compile(rb"[A-Za-z0-9+/\r\n]{88,}={0,2}"), _base64),
    # streams of PDF: ASCIIHexDecode, ASCII85Decode
    (re.compile(rb"[0-9A-Fa-f\s]{136,}"), _hexadecimal),
    (re.compile(rb"~>"), _ascii85),
)
"""The kinds of packing: the beginning of a part, or its end for ASCII85, and what unpacks it."""
