"""What can be seen of an uploaded PDF without drawing it: whether it begins as one, has a password, has pages.

A reader of PDF would be most of the Lambda zip. Names of objects are looked for in the bytes and in compressed object
streams. Where they cannot be seen, the file counts as readable: nobody is refused because this module sees too little.
"""

import re
import zlib
from collections.abc import Iterator

BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?[\s\x00]{0,1000}%PDF-")
"""Readers accept blanks before the header, which some programs write."""

PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
ENCRYPTED = re.compile(rb"/Encrypt\s+(?:\d+\s+\d+\s+R|<<)")
PACKED = re.compile(rb"/Type\s*/ObjStm\b")
STREAM = re.compile(rb"stream\r?\n")

LEAST_BYTES = 200
"""The shortest file with a page has about 300 bytes."""

UNPACKED = 1024 * 1024
"""Bytes that are unpacked of one object stream."""

STREAMS = 500
"""Object streams that are looked at."""


def begins_as_pdf(content: bytes) -> bool:
    """Whether the content begins as a PDF, blanks before the header included."""
    return BEGINS.match(content) is not None


def is_encrypted(content: bytes) -> bool:
    """Whether a password or rights protect the file: offices may not be able to open or print it."""
    return ENCRYPTED.search(content) is not None


def has_pages(content: bytes) -> bool:
    """Whether the file has a page, as far as it can be seen; an encrypted one counts as having some."""
    if len(content) < LEAST_BYTES:
        return False
    return PAGE.search(content) is not None or is_encrypted(content) or any(_packed_pages(content))


def _packed_pages(content: bytes) -> Iterator[bool]:
    """For each object stream whether it has a page, or cannot be unpacked."""
    for number, found in enumerate(PACKED.finditer(content)):
        begin = STREAM.search(content, found.end())
        if begin is None or number == STREAMS:
            yield True
            return
        try:
            unpacked = zlib.decompressobj().decompress(content[begin.end() :], UNPACKED)
        except zlib.error:
            yield True  # of a filter other than deflation
            continue
        yield PAGE.search(unpacked) is not None or len(unpacked) == UNPACKED
