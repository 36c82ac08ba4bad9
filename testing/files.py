"""Files that every inspection accepts: pictures of the sizes that their kinds ask for, and a PDF with one page."""

import struct


def jpeg(width: int, height: int) -> bytes:
    """A grey JPEG of this size in pixels, as short as possible: every block of 8 x 8 pixels is two bits."""
    blocks = -(-width // 8) * -(-height // 8)
    bits = "00" * blocks
    scan = int(bits + "1" * (-len(bits) % 8), 2).to_bytes(-(-len(bits) // 8))
    one_code = bytes([1]) + bytes(15) + b"\0"  # the code of one bit for "nothing follows"
    return b"".join(
        [
            b"\xff\xd8",
            _segment(0xDB, b"\0" + b"\x01" * 64),
            _segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"),
            _segment(0xC4, b"\0" + one_code),
            _segment(0xC4, b"\x10" + one_code),
            _segment(0xDA, b"\x01\x01\0\0\x3f\0"),
            scan,
            b"\xff\xd9",
        ]
    )


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


JPEG = jpeg(300, 400)
"""A photograph, and a scan of any other document."""

SIGNATURE = jpeg(400, 160)

PDF = b"\n".join(
    [
        b"%PDF-1.7",
        b"1 0 obj\n<</Type /Catalog /Pages 2 0 R>>\nendobj",
        b"2 0 obj\n<</Type /Pages /Kids [3 0 R] /Count 1>>\nendobj",
        b"3 0 obj\n<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>\nendobj",
        b"trailer\n<</Size 4 /Root 1 0 R>>",
        b"startxref\n0\n%%EOF",
    ]
)


def scan(kind: str) -> bytes:
    """The content of a JPEG of this kind of attachment."""
    return SIGNATURE if kind == "signature" else JPEG
