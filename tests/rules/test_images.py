"""Pictures lose what cameras write into them, and nothing else."""

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
def test_a_photo_keeps_its_picture_and_loses_where_it_was_taken(options):
    original = jpeg(**options)
    cleaned = images.cleaned(original, JPEG)
    assert SECRET in original
    assert SECRET not in cleaned
    assert opened(cleaned).tobytes() == opened(original).tobytes()
    assert not opened(cleaned).getexif()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_still_knows_which_way_up_it_is(orientation):
    cleaned = images.cleaned(jpeg(orientation=orientation), JPEG)
    assert dict(opened(cleaned).getexif()) == {0x0112: orientation}
    assert SECRET not in cleaned


def test_what_a_phone_appends_behind_the_picture_is_gone():
    original = jpeg()
    assert images.cleaned(original + b"a whole video" + b"\xff\xd9", JPEG) == images.cleaned(original, JPEG)


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def between_scans(inserted):
    """A picture in several scans, with this in front of the second one."""
    original = jpeg(progressive=True)
    second = original.index(b"\xff\xda", original.index(b"\xff\xda") + 2)
    tables = original.rindex(b"\xff\xc4", 0, second)
    return original[:tables] + inserted + original[tables:]


EXIF = segment(0xE1, b"Exif\0\0MM\0\x2a" + SECRET)
ODD = {
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


@pytest.mark.parametrize("structure", ODD)
def test_a_photo_of_an_odd_structure_loses_its_metadata_too(structure):
    original, usual = ODD[structure], jpeg(progressive="scans" in structure)
    cleaned = images.cleaned(original, JPEG)
    assert SECRET in original
    assert SECRET not in cleaned
    assert opened(cleaned).tobytes() == opened(usual).tobytes()
    assert cleaned.endswith(b"\xff\xd9")
    assert images.cleaned(cleaned, JPEG) == cleaned


def test_a_photo_says_how_its_colours_are_to_be_understood():
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((64, 64)).convert("CMYK").save(buffer, "JPEG")
    cleaned = images.cleaned(buffer.getvalue(), JPEG)
    assert opened(cleaned).tobytes() == opened(buffer.getvalue()).tobytes()
    assert b"Adobe" in cleaned


@pytest.mark.parametrize("end", [b"", b"\0\0\0\x30tE"], ids=["at once", "in the midst of a text"])
def test_a_drawing_without_an_end_ends_behind_its_picture_and_loses_its_texts(end):
    cut = png()[:-12] + end
    assert SECRET in cut
    cleaned = images.cleaned(cut, PNG)
    assert SECRET not in cleaned
    assert cleaned == images.cleaned(png(), PNG)
    assert opened(cleaned).tobytes() == opened(png()).tobytes()


def test_what_stands_in_the_end_of_a_drawing_is_gone():
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
        "cut in a table",
        "two beginnings",
        "no picture in it",
        "cut in a segment",
        "cut in its pixels",
        "only an end",
    ],
)
def test_what_is_no_whole_picture_is_unreadable(content, content_type):
    with pytest.raises(Unreadable):
        images.cleaned(content, content_type)


@pytest.mark.parametrize(
    ("part", "whole", "content_type"),
    [(segment(0xFE, b""), jpeg(), JPEG), (b"\0\0\0\0tEXtcrc.", png(), PNG)],
    ids=["segments", "chunks"],
)
def test_a_picture_in_more_parts_than_any_program_writes_is_unreadable(part, whole, content_type):
    """5 MiB hold a million empty ones."""
    start = {JPEG: 2, PNG: 33}[content_type]
    most = limits.IMAGE_PARTS - 100
    assert images.cleaned(whole[:start] + part * most + whole[start:], content_type) == images.cleaned(
        whole, content_type
    )
    with pytest.raises(Unreadable):
        images.cleaned(whole[:start] + part * limits.IMAGE_PARTS + whole[start:], content_type)


def test_fill_is_skipped_at_once_however_much_there_is(monkeypatch):
    """5 MiB of it, in as many steps as the picture has parts."""
    monkeypatch.setattr(images, "IMAGE_PARTS", 20)
    original = jpeg()
    filled = b"\xff\xd8" + b"\xff" * limits.FILE_BYTES + original[2:]
    assert images.size(filled, JPEG) == (300, 400)
    assert images.cleaned(filled, JPEG) == images.cleaned(original, JPEG)


def test_a_drawing_keeps_its_picture_and_loses_its_texts():
    original = png()
    cleaned = images.cleaned(original, PNG)
    assert SECRET in original
    assert SECRET not in cleaned
    assert opened(cleaned).tobytes() == opened(original).tobytes()


def test_other_files_stay_as_they_are():
    assert images.cleaned(b"%PDF-1.7 anything", "application/pdf") == b"%PDF-1.7 anything"


def test_the_size_is_read_without_opening_the_picture():
    assert images.size(jpeg(320, 420), JPEG) == (320, 420)
    assert images.size(png(321, 123), PNG) == (321, 123)


@given(st.binary(max_size=200))
def test_rubbish_is_unreadable_and_nothing_worse(rubbish):
    for content, content_type in ((b"\xff\xd8" + rubbish, JPEG), (images.PNG_SIGNATURE + rubbish, PNG)):
        for look in (images.cleaned, images.size):
            try:
                look(content, content_type)
            except Unreadable:
                continue


@given(st.integers(min_value=0, max_value=2000))
def test_a_picture_cut_short_is_unreadable_and_nothing_worse(length):
    for content, content_type in ((jpeg(), JPEG), (png(), PNG)):
        for look in (images.cleaned, images.size):
            try:
                look(content[:length], content_type)
            except Unreadable:
                continue


def test_a_directory_that_lies_about_its_length_says_upright():
    broken = b"Exif\0\0MM\0\x2a" + struct.pack(">IH", 8, 60_000)
    content = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(broken) + 2) + broken + jpeg()[2:]
    assert SECRET not in images.cleaned(content, JPEG)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_measured_as_it_is_shown(orientation):
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
