"""The EICAR test file in every wrapping that the tests send; made when they run, so that no such file is stored."""

import base64
import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from chalicelib.repos.files.bucket import XLSX
from chalicelib.rules.files.eicar import SIGNATURE
from testing.files import JPEG, PDF

JPEG_TYPE, PNG_TYPE, PDF_TYPE = "image/jpeg", "image/png", "application/pdf"


def zipped(content: bytes, method: int = zipfile.ZIP_DEFLATED, name: str = "test.com") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr(name, content)
    return made.getvalue()


def tar(content: bytes, mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo("test.com")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def pdf(stream: bytes, filters: str = "") -> bytes:
    """A PDF with one page and an attached file, whose stream is coded by these filters."""
    coded = f" /Filter [{filters}]" if filters else ""
    objects = [
        b"<</Type /Catalog /Pages 2 0 R /Names <</EmbeddedFiles <</Names [(test.com) 4 0 R]>>>>>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>",
        b"<</Type /Filespec /F (test.com) /EF <</F 5 0 R>>>>",
        b"<</Type /EmbeddedFile /Length %d%s>>\nstream\n%s\nendstream" % (len(stream), coded.encode(), stream),
    ]
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(made + b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def png(*chunks: tuple[bytes, bytes], after: bytes = b"") -> bytes:
    """A picture of 300 x 400 pixels with more chunks, and bytes after its end."""
    header = (b"IHDR", struct.pack(">IIBBBBB", 300, 400, 8, 0, 0, 0, 0))
    rows = (b"IDAT", zlib.compress((b"\0" + bytes(300)) * 400))
    made = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in (header, *chunks, rows, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + made + after


def jpeg_with(segment: int, content: bytes) -> bytes:
    return JPEG[:2] + bytes([0xFF, segment]) + struct.pack(">H", len(content) + 2) + content + JPEG[2:]


def workbook(content: bytes, name: str = "xl/media/image1.png") -> bytes:
    import openpyxl

    made = io.BytesIO()
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "测试"
    book.save(made)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


E = SIGNATURE
WRAPPINGS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "the file itself, announced as a photo": (JPEG_TYPE, lambda: E),
    "the file itself, announced as a PDF": (PDF_TYPE, lambda: E),
    "after the end of a JPEG": (JPEG_TYPE, lambda: JPEG + E),
    "a comment of a JPEG": (JPEG_TYPE, lambda: jpeg_with(0xFE, E)),
    "the Exif of a JPEG": (JPEG_TYPE, lambda: jpeg_with(0xE1, b"Exif\0\0" + E)),
    "a ZIP after a JPEG (polyglot)": (JPEG_TYPE, lambda: JPEG + zipped(E)),
    "a text chunk of a PNG": (PNG_TYPE, lambda: png((b"tEXt", b"Comment\0" + E))),
    "after the end of a PNG": (PNG_TYPE, lambda: png(after=E)),
    "a ZIP after a PNG (polyglot)": (PNG_TYPE, lambda: png(after=zipped(E))),
    "a ZIP within a ZIP, announced as a PDF": (PDF_TYPE, lambda: zipped(zipped(E), name="inner.zip")),
    "a ZIP, stored": (XLSX, lambda: zipped(E, zipfile.ZIP_STORED)),
    "a ZIP, deflated": (XLSX, lambda: zipped(E)),
    "a ZIP, three deep": (XLSX, lambda: zipped(zipped(zipped(E), name="b.zip"), name="a.zip")),
    "a ZIP by bzip2": (XLSX, lambda: zipped(E, zipfile.ZIP_BZIP2)),
    "gzip": (PDF_TYPE, lambda: gzip.compress(E)),
    "bzip2": (PDF_TYPE, lambda: bz2.compress(E)),
    "xz": (PDF_TYPE, lambda: lzma.compress(E)),
    "tar": (PDF_TYPE, lambda: tar(E)),
    "tar by gzip": (PDF_TYPE, lambda: tar(E, "w:gz")),
    "a picture of a workbook": (XLSX, lambda: workbook(E)),
    "an object of a workbook, zipped again": (XLSX, lambda: workbook(zipped(E), "xl/embeddings/oleObject1.bin")),
    "attached to a PDF": (PDF_TYPE, lambda: pdf(E)),
    "attached to a PDF, deflated": (PDF_TYPE, lambda: pdf(zlib.compress(E), "/FlateDecode")),
    "attached to a PDF, hexadecimal": (PDF_TYPE, lambda: pdf(E.hex().encode() + b">", "/ASCIIHexDecode")),
    "attached to a PDF, ASCII85": (PDF_TYPE, lambda: pdf(base64.a85encode(E) + b"~>", "/ASCII85Decode")),
    "attached to a PDF, ASCII85 and deflated": (
        PDF_TYPE,
        lambda: pdf(base64.a85encode(zlib.compress(E)) + b"~>", "/ASCII85Decode /FlateDecode"),
    ),
    "a ZIP attached to a PDF, deflated": (PDF_TYPE, lambda: pdf(zlib.compress(zipped(E)), "/FlateDecode")),
    "a ZIP after a PDF (polyglot)": (PDF_TYPE, lambda: PDF + zipped(E)),
    "a PDF within a ZIP": (XLSX, lambda: zipped(pdf(zlib.compress(E), "/FlateDecode"), name="a.pdf")),
}
"""Media type with which it is announced, and content, by what it is."""
