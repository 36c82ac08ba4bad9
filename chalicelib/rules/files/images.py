"""Removes metadata such as place and time from JPEG and PNG images, and measures them.

Works on JPEG segments and PNG chunks, because an image library would double the Lambda zip. Only what a decoder needs
is kept, and of the metadata the orientation.
"""

import re
import struct
import zlib
from collections.abc import Generator, Mapping

from chalicelib.rules.base.limits import IMAGE_PARTS

JPEG, PNG = "image/jpeg", "image/png"

TEM, SOI, EOI, SOS, EXP = 0x01, 0xD8, 0xD9, 0xDA, 0xDF
RESTARTS = range(0xD0, 0xD8)
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
PROFILE = b"ICC_PROFILE\0"
"""The first bytes of a part of a colour profile, without which a photograph has other colours."""

FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Segments with the size of the image."""
JPEG_KEPT = {*range(0xC0, 0xD0), *range(SOS, EXP + 1)} - {0xC8}
"""Segments that a decoder needs: frames, tables, scans."""
JPEG_SHORTENED: Mapping[int, tuple[bytes, int, bytes]] = {
    APP0: (b"JFIF\0", 12, b"\0\0"),  # without its thumbnail, whose width and height are the last two bytes
    APP14: (b"Adobe", 12, b""),  # the colour transform
}
"""Application segments that a decoder needs: their first bytes, the length that is kept, and the bytes after it."""

MARKER = re.compile(rb"\xff[^\x00\xff]")
"""Matches the start of the next segment; bytes before it are fill or ignored by decoders."""
SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The same after a scan, whose compressed data has markers of its own."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"sBIT", b"bKGD", b"pHYs"}
PNG_END = b"\0\0\0\0IEND\xae\x42\x60\x82"

ORIENTATION = 0x0112
SIDEWAYS = range(5, 9)
"""Orientations that exchange width and height."""


class Unreadable(Exception):
    """The bytes are not an image of the given type, or have more than `limits.IMAGE_PARTS` parts."""


def cleaned(content: bytes, content_type: str) -> bytes:
    """The picture without metadata; files of other types unchanged. `Unreadable` if it is not of the type."""
    if content_type == JPEG:
        return _cleaned_jpeg(content)
    if content_type == PNG:
        return _cleaned_png(content)
    return content


def size(content: bytes, content_type: str) -> tuple[int, int]:
    """Width and height in pixels as the picture is displayed; `Unreadable` if it is not of the type."""
    width, height = _measured(content, content_type)
    return (height, width) if _stated_orientation(content, content_type) in SIDEWAYS else (width, height)


def has_end(content: bytes, content_type: str) -> bool:
    """Whether the picture has its end; a file that was cut off has none. `Unreadable` if it is not of the type."""
    parts: Generator[object, None, bool] = _chunks(content) if content_type == PNG else _segments(content)
    while True:
        try:
            next(parts)
        except StopIteration as stop:
            return bool(stop.value)


def _measured(content: bytes, content_type: str) -> tuple[int, int]:
    if content_type == PNG:
        kind, _, data = next(_chunks(content), (b"", b"", b""))
        if kind != b"IHDR" or len(data) < 8:
            raise Unreadable
        width, height = struct.unpack(">II", data[:8])
        return width, height
    for marker, data, _ in _segments(content):
        if marker in FRAMES and len(data) >= 5:
            height, width = struct.unpack(">HH", data[1:5])
            return width, height
    raise Unreadable


def _stated_orientation(content: bytes, content_type: str) -> int:
    """The orientation, 1 to 8, from the first Exif data."""
    if content_type == PNG:
        return next((_orientation(data) for kind, _, data in _chunks(content) if kind == b"eXIf"), 1)
    exif = (data[6:] for marker, data, _ in _segments(content) if marker == APP1 and data.startswith(b"Exif\0\0"))
    return next((_orientation(tiff) for tiff in exif), 1)


def _cleaned_png(content: bytes) -> bytes:
    kept = [chunk for kind, chunk, _ in _chunks(content) if kind in PNG_KEPT]
    if (orientation := _stated_orientation(content, PNG)) != 1:
        body = b"eXIf" + _orientation_only(orientation)
        kept.insert(1, struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
    return PNG_SIGNATURE + b"".join(kept) + PNG_END


def _cleaned_jpeg(content: bytes) -> bytes:
    parts = [b"\xff\xd8"]
    for marker, data, scan in _segments(content):
        if marker in JPEG_KEPT or (marker == APP2 and data.startswith(PROFILE)):
            parts += [_segment(marker, data), scan]
        elif marker in JPEG_SHORTENED:
            begins, length, rest = JPEG_SHORTENED[marker]
            if data.startswith(begins) and len(data) >= length + len(rest):
                parts.append(_segment(marker, data[:length] + rest))
    if (orientation := _stated_orientation(content, JPEG)) != 1:
        parts.insert(1, _segment(APP1, b"Exif\0\0" + _orientation_only(orientation)))
    return b"".join([*parts, b"\xff\xd9"])


def _segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def _segments(content: bytes) -> Generator[tuple[int, bytes, bytes], None, bool]:
    """Marker, data and, for a scan, its compressed data, up to the end of the picture; returns whether it has an end.

    A file may end after a scan without an end marker. What phones append after the end, such as videos, is ignored.
    """
    if not content.startswith(b"\xff\xd8"):
        raise Unreadable
    position, scanned = 2, False
    for _ in range(IMAGE_PARTS):
        found = MARKER.search(content, position)
        if found is None or content[found.end() - 1] == EOI:
            if scanned:
                return found is not None
            raise Unreadable
        marker, position = content[found.end() - 1], found.end()
        if marker == TEM or marker in RESTARTS:
            continue
        length = int.from_bytes(content[position : position + 2])
        end = position + length
        if marker == SOI or length < 2 or end > len(content):
            raise Unreadable
        data, scan = content[position + 2 : end], b""
        if marker == SOS:
            scanned = True
            over = SCAN_END.search(content, end)
            scan = content[end : over.start() if over else None]
        yield marker, data, scan
        position = end + len(scan)
    raise Unreadable


def _orientation(tiff: bytes) -> int:
    """The orientation, 1 to 8, from the first directory of Exif data; 1 if it has none."""
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


def _orientation_only(orientation: int) -> bytes:
    """Exif data with the orientation only."""
    directory = struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, orientation, 0, 0)
    return b"MM\0\x2a" + struct.pack(">I", 8) + directory


def _chunks(content: bytes) -> Generator[tuple[bytes, bytes, bytes], None, bool]:
    """Kind, whole chunk and data, up to the end of the picture, or of a file that ends after its pixels.

    Returns whether the picture has an end.
    """
    if not content.startswith(PNG_SIGNATURE):
        raise Unreadable
    position, drawn = len(PNG_SIGNATURE), False
    for _ in range(IMAGE_PARTS):
        length, kind = int.from_bytes(content[position : position + 4]), content[position + 4 : position + 8]
        end = position + 12 + length
        if drawn and (kind == b"IEND" or position + 12 > len(content)):
            return kind == b"IEND"
        if kind == b"IEND" or end > len(content):
            raise Unreadable
        drawn |= kind == b"IDAT"
        yield kind, content[position:end], content[position + 8 : end - 4]
        position = end
    raise Unreadable
