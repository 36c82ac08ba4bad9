"""Images without what cameras write into them: where and when a photo was taken is nobody's business here.

Works on the files' own structure (JPEG segments, PNG chunks); a picture library would double the Lambda zip. The one
thing kept of a JPEG's metadata is which way up it is.
"""

import struct
from collections.abc import Iterator

JPEG, PNG = "image/jpeg", "image/png"

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
APP0, APP1, APP14, APP15, COM = 0xE0, 0xE1, 0xEE, 0xEF, 0xFE
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Segments that tell an image's size."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"sRGB", b"sBIT", b"bKGD", b"pHYs"}

ORIENTATION = 0x0112


class Unreadable(Exception):
    """The bytes are not an image of the type they say."""


def cleaned(content: bytes, content_type: str) -> bytes:
    """The same picture without metadata; other files as they are. `Unreadable` if it is no such picture."""
    if content_type == JPEG:
        return _cleaned_jpeg(content)
    if content_type == PNG:
        kept = [chunk for kind, chunk, _ in _chunks(content) if kind in PNG_KEPT]
        return PNG_SIGNATURE + b"".join(kept)
    return content


def size(content: bytes, content_type: str) -> tuple[int, int]:
    """Width and height in pixels; `Unreadable` if it is no such picture."""
    if content_type == PNG:
        _, _, data = next(_chunks(content))
        if len(data) < 8:
            raise Unreadable
        width, height = struct.unpack(">II", data[:8])
        return width, height
    for marker, data, _ in _segments(content):
        if marker in FRAMES and len(data) >= 5:
            height, width = struct.unpack(">HH", data[1:5])
            return width, height
    raise Unreadable


def _cleaned_jpeg(content: bytes) -> bytes:
    parts = [b"\xff\xd8"]
    orientation = 1
    for marker, data, rest in _segments(content):
        if marker == APP1 and data.startswith(b"Exif\0\0"):
            orientation = _orientation(data[6:])
        metadata = marker == COM or (APP0 < marker <= APP15 and marker != APP14)
        if not metadata:
            parts.append(b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data + rest)
    if orientation != 1:
        parts.insert(1, _upright(orientation))
    return b"".join(parts)


def _segments(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Marker, data and, for the last one, the rest of the file: compressed data is not looked into."""
    if not content.startswith(b"\xff\xd8"):
        raise Unreadable
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            raise Unreadable
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        end = at + 2 + length
        if length < 2 or end > len(content) or marker in (0, SOI, EOI):
            raise Unreadable
        data = content[at + 4 : end]
        if marker == SOS:
            yield marker, data, _without_trailer(content[end:])
            return
        yield marker, data, b""
        at = end
    raise Unreadable


def _without_trailer(compressed: bytes) -> bytes:
    """Up to the end of the picture: phones append whole videos and previews behind it."""
    end = compressed.find(b"\xff\xd9")
    if end < 0:
        raise Unreadable
    return compressed[: end + 2]


def _orientation(tiff: bytes) -> int:
    """Which way up, 1 to 8, from the first directory of Exif data; 1 if it does not say."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 1
        (at,) = struct.unpack(order + "I", tiff[4:8])
        (entries,) = struct.unpack(order + "H", tiff[at : at + 2])
        for index in range(entries):
            entry = tiff[at + 2 + 12 * index : at + 14 + 12 * index]
            tag, _, _, value = struct.unpack(order + "HHIH", entry[:10])
            if tag == ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _upright(orientation: int) -> bytes:
    """An Exif segment that says nothing but the orientation."""
    directory = struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, orientation, 0, 0)
    data = b"Exif\0\0MM\0\x2a" + struct.pack(">I", 8) + directory
    return b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Kind, whole chunk and data, up to the end of the picture."""
    if not content.startswith(PNG_SIGNATURE):
        raise Unreadable
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            raise Unreadable
        yield kind, content[at:end], content[at + 8 : end - 4]
        if kind == b"IEND":
            return
        at = end
    raise Unreadable
