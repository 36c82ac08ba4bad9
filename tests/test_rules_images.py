"""Pictures lose what cameras write into them, and nothing else."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.rules import images
from chalicelib.rules.images import JPEG, PNG, Unreadable

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
