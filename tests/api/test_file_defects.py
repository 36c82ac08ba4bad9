"""Files that are broken, locked or cut off are refused or warned of, and what only looks so is accepted (4.4)."""

import io

import pydyf
import pytest
from PIL import Image, ImageCms

from testing.files import JPEG, PDF, jpeg
from testing.world import storage

LOCKED = PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 9 0 R")
EMPTY = PDF.replace(b"/Kids [3 0 R] /Count 1", b"/Kids [] /Count 0").replace(b"/Type /Page /", b"/Type /Note /")


def packed(*, readable=True):
    """A PDF whose objects are in a compressed stream, as most programs write it since version 1.5."""
    document = pydyf.PDF()
    document.add_page(pydyf.Dictionary({"Type": "/Page", "Parent": document.pages.reference, "MediaBox": "[0 0 9 9]"}))
    file = io.BytesIO()
    document.write(file, version=b"1.7", compress=True)
    content = file.getvalue()
    assert b"/ObjStm" in content
    assert b"/MediaBox" not in content
    return content if readable else content.replace(b"stream\n\x78", b"stream\n\x00")


@pytest.fixture
def submitted(world, owner):
    """A function that submits an application with one more file of the group, and says what is told about the file."""

    def submit(content, content_type="application/pdf", announced=0):
        ready = world.content(owner)
        form = {"kind": "business_licence", "filename": "file", "content_type": content_type}
        attachment = owner.ok("POST", "/attachments", form | {"size": announced or len(content)})
        upload = attachment["upload"]
        file = {"file": ("file", content, content_type)}
        assert storage.post(upload["url"], data=upload["fields"], files=file).status_code < 300
        world.upload_arrives(upload["fields"]["key"])
        field = f"attachments.{len(ready['attachments'])}"
        ready["attachments"] = [*ready["attachments"], attachment["id"]]
        answer = owner("POST", "/applications", {"content": ready})
        if answer.status == 422:
            return "refused", answer.fields[f"content.{field}"]
        return "accepted", [one["code"] for one in answer.body["warnings"] if one["field"] == field]

    return submit


@pytest.mark.parametrize(
    "content",
    [PDF, b"\n" + PDF, b"\xef\xbb\xbf \r\n" + PDF, packed(), packed(readable=False), PDF + b"\0" * 2000],
    ids=["plain", "a blank line first", "a mark of UTF-8 first", "packed", "packed by another filter", "a tail"],
)
def test_a_pdf_that_readers_open_is_accepted(submitted, content):
    assert submitted(content) == ("accepted", [])


def test_a_pdf_with_a_password_is_accepted_with_a_warning(submitted):
    assert submitted(LOCKED) == ("accepted", ["PDF_ENCRYPTED"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7\n", "PDF_WITHOUT_PAGES"),
        (EMPTY, "PDF_WITHOUT_PAGES"),
        (b"%PDF-1.7\n" + b"\0" * 5_000, "PDF_WITHOUT_PAGES"),
        (PDF[:60] + b"\n" * 400, "PDF_WITHOUT_PAGES"),
        (b"no" + PDF, "ATTACHMENT_CONTENT"),
    ],
    ids=["a few bytes", "no pages", "zeros", "cut off", "other bytes first"],
)
def test_a_pdf_that_nobody_can_read_is_refused(submitted, content, code):
    assert submitted(content) == ("refused", code)


def test_a_file_that_was_cut_off_on_its_way_is_warned_of(submitted):
    assert submitted(JPEG[:-2], "image/jpeg") == ("accepted", ["PICTURE_CUT"])
    assert submitted(JPEG, "image/jpeg", announced=len(JPEG) + 1) == ("accepted", ["FILE_LENGTH"])
    assert submitted(jpeg(310, 410) + b"a video of a phone", "image/jpeg") == ("accepted", [])


def test_a_png_without_its_end_is_warned_of(submitted):
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30)).save(buffer, "PNG")
    assert submitted(buffer.getvalue(), "image/png") == ("accepted", [])
    assert submitted(buffer.getvalue()[:-12], "image/png") == ("accepted", ["PICTURE_CUT"])


@pytest.mark.parametrize(("form", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_the_colour_profile_of_a_picture_survives_and_its_place_does_not(world, owner, form, content_type):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010E] = "28.2282N 112.9388E"
    buffer = io.BytesIO()
    Image.new("RGB", (600, 800), (200, 10, 10)).save(buffer, form, icc_profile=profile, exif=exif.tobytes())
    kind = "photo" if form == "JPEG" else "signature"
    uploaded = world.attach(owner, kind, buffer.getvalue(), content_type)
    draft = owner.ok("POST", "/drafts", {"persons": [{"attachments": [uploaded]}]})
    url = owner.ok("GET", f"/drafts/{draft['id']}/attachments/{uploaded}")["url"]
    stored = storage.get(url).content
    assert Image.open(io.BytesIO(stored)).info["icc_profile"] == profile
    assert b"28.2282N" not in stored
