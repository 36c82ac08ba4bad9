"""Removal of camera metadata from images, without change of the pixels (docs/domain.md 4.4)."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.rules.base import limits
from chalicelib.rules.files import images
from chalicelib.rules.files.images import JPEG, PNG, Unreadable

SECRET = b"28.2282N 112.9388E"


def jpeg(width=300, height=400, orientation=1, **options):
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif.tobytes(), comment=SECRET, **options)
    return buffer.getvalue()


def png(width=400, height=200):
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("Location", SECRET.decode())
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(buffer, "PNG", pnginfo=texts, exif=Image.Exif().tobytes())
    return buffer.getvalue()


def opened(content):
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 30}])
def test_cleaning_a_jpeg_removes_its_metadata_and_preserves_its_pixels(options):
    original = jpeg(**options)
    cleaned = images.cleaned(original, JPEG)
    assert SECRET in original
    assert SECRET not in cleaned
    assert opened(cleaned).tobytes() == opened(original).tobytes()
    assert not opened(cleaned).getexif()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_cleaning_a_jpeg_preserves_its_orientation(orientation):
    cleaned = images.cleaned(jpeg(orientation=orientation), JPEG)
    assert dict(opened(cleaned).getexif()) == {0x0112: orientation}
    assert SECRET not in cleaned


def test_data_after_the_end_of_a_jpeg_is_removed():
    original = jpeg()
    assert images.cleaned(original + b"a whole video" + b"\xff\xd9", JPEG) == images.cleaned(original, JPEG)


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def between_scans(inserted):
    """A progressive JPEG with `inserted` before its second scan."""
    original = jpeg(progressive=True)
    second = original.index(b"\xff\xda", original.index(b"\xff\xda") + 2)
    tables = original.rindex(b"\xff\xc4", 0, second)
    return original[:tables] + inserted + original[tables:]


EXIF = segment(0xE1, b"Exif\0\0MM\0\x2a" + SECRET)
UNUSUAL = {
    "without an end": jpeg()[:-2],
    "with a stray byte behind its Exif": b"\xff\xd8" + EXIF + b"\0" + jpeg()[2:],
    "with zeros behind its Exif": b"\xff\xd8" + EXIF + b"\xff\0" * 5 + jpeg()[2:],
    "with fill between its segments": b"\xff\xd8" + EXIF + b"\xff" * 1000 + jpeg()[2:],
    "with a thumbnail of its own segment": b"\xff\xd8" + segment(0xE0, b"JFXX\0\x13" + SECRET * 3) + jpeg()[2:],
    "with a thumbnail in its first segment": b"\xff\xd8"
    + segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\6\1" + SECRET)
    + jpeg()[2:],
    "with anything in another program's segment": b"\xff\xd8" + segment(0xEE, SECRET) + jpeg()[2:],
    "with more than the colours in Adobe's segment": jpeg()[:-2] + segment(0xEE, b"Adobe" + SECRET) + b"\xff\xd9",
    "with a segment of no known kind": b"\xff\xd8" + segment(0xF7, SECRET) + jpeg()[2:],
    "with Exif between its scans": between_scans(EXIF),
    "with a comment between its scans": between_scans(segment(0xFE, SECRET)),
    "with Exif behind its scan": jpeg()[:-2] + EXIF + b"\xff\xd9",
    "without an end behind its Exif": jpeg()[:-2] + EXIF,
}


@pytest.mark.parametrize("structure", UNUSUAL)
def test_metadata_is_removed_from_a_jpeg_with_an_unusual_structure(structure):
    original, usual = UNUSUAL[structure], jpeg(progressive="scans" in structure)
    cleaned = images.cleaned(original, JPEG)
    assert SECRET in original
    assert SECRET not in cleaned
    assert opened(cleaned).tobytes() == opened(usual).tobytes()
    assert cleaned.endswith(b"\xff\xd9")
    assert images.cleaned(cleaned, JPEG) == cleaned


def test_the_colour_transform_of_a_cmyk_jpeg_is_preserved():
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((64, 64)).convert("CMYK").save(buffer, "JPEG")
    cleaned = images.cleaned(buffer.getvalue(), JPEG)
    assert opened(cleaned).tobytes() == opened(buffer.getvalue()).tobytes()
    assert b"Adobe" in cleaned


@pytest.mark.parametrize("end", [b"", b"\0\0\0\x30tE"], ids=["after the image data", "within a text chunk"])
def test_a_png_without_an_end_chunk_is_completed_and_loses_its_text_chunks(end):
    cut = png()[:-12] + end
    assert SECRET in cut
    cleaned = images.cleaned(cut, PNG)
    assert SECRET not in cleaned
    assert cleaned == images.cleaned(png(), PNG)
    assert opened(cleaned).tobytes() == opened(png()).tobytes()


def test_data_in_the_end_chunk_of_a_png_is_removed():
    filled = png()[:-12] + struct.pack(">I", len(SECRET)) + b"IEND" + SECRET + b"crc."
    assert images.cleaned(filled, PNG) == images.cleaned(png(), PNG)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (jpeg()[:300], JPEG),
        (b"\xff\xd8\xff\xd8" + jpeg()[2:], JPEG),
        (b"\xff\xd8" + EXIF + b"\xff\xd9", JPEG),
        (jpeg()[:-2] + b"\xff\xe1\xff\xffExif", JPEG),
        (png()[:60], PNG),
        (png()[:8] + png()[-12:], PNG),
    ],
    ids=[
        "truncated in a table",
        "two start markers",
        "no image data",
        "truncated in a segment",
        "truncated in its pixels",
        "only an end chunk",
    ],
)
def test_an_incomplete_image_is_unreadable(content, content_type):
    with pytest.raises(Unreadable):
        images.cleaned(content, content_type)


@pytest.mark.parametrize(
    ("part", "whole", "content_type"),
    [(segment(0xFE, b""), jpeg(), JPEG), (b"\0\0\0\0tEXtcrc.", png(), PNG)],
    ids=["segments", "chunks"],
)
def test_an_image_with_more_parts_than_the_limit_is_unreadable(part, whole, content_type):
    """The limit bounds the work: a file of 5 MiB can have a million empty parts."""
    start = {JPEG: 2, PNG: 33}[content_type]
    most = limits.IMAGE_PARTS - 100
    assert images.cleaned(whole[:start] + part * most + whole[start:], content_type) == images.cleaned(
        whole, content_type
    )
    with pytest.raises(Unreadable):
        images.cleaned(whole[:start] + part * limits.IMAGE_PARTS + whole[start:], content_type)


def test_fill_bytes_of_any_length_are_skipped_in_one_step(monkeypatch):
    """5 MiB of fill bytes do not count towards the limit of parts."""
    monkeypatch.setattr(images, "IMAGE_PARTS", 20)
    original = jpeg()
    filled = b"\xff\xd8" + b"\xff" * limits.FILE_BYTES + original[2:]
    assert images.size(filled, JPEG) == (300, 400)
    assert images.cleaned(filled, JPEG) == images.cleaned(original, JPEG)


def test_cleaning_a_png_removes_its_text_chunks_and_preserves_its_pixels():
    original = png()
    cleaned = images.cleaned(original, PNG)
    assert SECRET in original
    assert SECRET not in cleaned
    assert opened(cleaned).tobytes() == opened(original).tobytes()


def test_files_of_other_types_are_unchanged():
    assert images.cleaned(b"%PDF-1.7 anything", "application/pdf") == b"%PDF-1.7 anything"


def test_the_width_and_height_are_read_from_the_header():
    assert images.size(jpeg(320, 420), JPEG) == (320, 420)
    assert images.size(png(321, 123), PNG) == (321, 123)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_no_error_but_unreadable(content_bytes):
    for content, content_type in ((b"\xff\xd8" + content_bytes, JPEG), (images.PNG_SIGNATURE + content_bytes, PNG)):
        for function in (images.cleaned, images.size):
            try:
                function(content, content_type)
            except Unreadable:
                continue


@given(st.integers(min_value=0, max_value=2000))
def test_a_truncated_image_raises_no_error_but_unreadable(length):
    for content, content_type in ((jpeg(), JPEG), (png(), PNG)):
        for function in (images.cleaned, images.size):
            try:
                function(content[:length], content_type)
            except Unreadable:
                continue


def test_an_exif_directory_with_a_false_length_is_removed():
    broken = b"Exif\0\0MM\0\x2a" + struct.pack(">IH", 8, 60_000)
    content = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(broken) + 2) + broken + jpeg()[2:]
    assert SECRET not in images.cleaned(content, JPEG)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_of_an_image_respects_its_orientation(orientation):
    shown = (300, 400) if orientation < 5 else (400, 300)
    assert images.size(jpeg(300, 400, orientation), JPEG) == shown
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((300, 400)).save(buffer, "PNG", exif=exif.tobytes())
    assert images.size(buffer.getvalue(), PNG) == shown
    cleaned = opened(images.cleaned(buffer.getvalue(), PNG))
    assert cleaned.getexif().get(0x0112, 1) == orientation
    assert cleaned.tobytes() == opened(buffer.getvalue()).tobytes()
