"""Uploads of another type, size or key than declared are refused, and pictures lose their metadata."""

import io
import sys

import httpx
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from chalicelib import data
from testing.world import JPEG, PDF

SECRET = "28.2282N 112.9388E"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 60
JPEG_BYTES = len(JPEG)
CONTENTS = {"image/jpeg": JPEG, "image/png": PNG, "application/pdf": PDF}
OTHERS = [*CONTENTS.values(), b"PK\x03\x04" + b"\x00" * 60, b"MZ" + b"\x00" * 60, b"<svg onload='x()'/>", b"<?php ?>"]


def declared(user, kind="business_licence", content_type="image/jpeg", size=JPEG_BYTES):
    form = {"kind": kind, "filename": "file", "content_type": content_type, "size": size}
    return user("POST", "/attachments", form)


def post(upload, content, content_type="image/jpeg", **changes):
    file = {"file": ("file", content, content_type)}
    return httpx.post(upload["url"], data={**upload["fields"], **changes}, files=file, trust_env=False).status_code


def test_a_kind_accepts_only_its_own_types_and_sizes(world, owner):
    refused = 0
    for code, kind in data.attachment_kinds().items():
        for content_type in ("image/gif", "image/svg+xml", "text/html", "application/octet-stream"):
            answer = declared(owner, code, content_type)
            assert (answer.status, answer.fields) == (422, {"content_type": "ATTACHMENT_TYPE"})
        answer = declared(owner, code, kind.content_types[0], kind.max_bytes + 1)
        assert (answer.status, answer.fields) == (422, {"size": "ATTACHMENT_SIZE"})
        assert declared(owner, code, kind.content_types[0], kind.max_bytes).status == 201
        refused += 5
    sys.stdout.write(f"announcements refused: {refused}, of {len(data.attachment_kinds())} kinds\n")


def test_the_upload_form_accepts_only_the_declared_size_type_and_key(world, owner):
    """The embedded engine enforces the policy of the form; only AWS verifies its signature."""
    stranger = world.enterprise()
    theirs = declared(stranger).body["upload"]["fields"]["key"]
    upload = declared(owner).body["upload"]
    attempts = {
        "one byte too large": post(upload, JPEG + b"x"),
        "nothing at all": post(upload, b""),
        "another type": post(upload, JPEG, "text/html", **{"Content-Type": "text/html"}),
        "a stranger's key": post(upload, JPEG, key=theirs),
        "a key outside": post(upload, JPEG, key="exports/x.xlsx"),
        "another policy": post(upload, JPEG, policy="e30="),
    }
    assert {name: status for name, status in attempts.items() if status < 400} == {}
    assert post(upload, JPEG) < 300
    sys.stdout.write(f"upload forms: {len(attempts)} misuses, 0 taken\n")


@pytest.mark.parametrize("content_type", CONTENTS)
def test_a_file_without_the_signature_of_its_type_is_refused(world, owner, content_type):
    content = world.content(owner)
    others = [content for content in OTHERS if content != CONTENTS[content_type]]
    wrong = [world.attach(owner, "business_licence", content, content_type) for content in others]
    body = {"content": content | {"attachments": [*content["attachments"], *wrong]}}
    answer = owner("POST", "/applications", body)
    start = len(content["attachments"])
    expected = {f"content.attachments.{start + index}": "ATTACHMENT_CONTENT" for index in range(len(wrong))}
    assert (answer.status, answer.fields) == (422, expected)
    sys.stdout.write(f"not {content_type} by content: {len(wrong)} files, all refused\n")


def jpeg():
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825)[0x001D] = SECRET
    buffer = io.BytesIO()
    picture = Image.linear_gradient("L").resize((600, 400)).convert("RGB")
    xmp = f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()
    picture.save(buffer, "JPEG", exif=exif.tobytes(), comment=SECRET.encode(), xmp=xmp)
    return buffer.getvalue() + SECRET.encode()


def png():
    texts = PngInfo()
    texts.add_text("Location", SECRET)
    texts.add_itxt("XML:com.adobe.xmp", SECRET)
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((400, 200)).save(buffer, "PNG", pnginfo=texts)
    return buffer.getvalue()


def test_pictures_of_every_kind_are_stored_without_camera_metadata(world, owner):
    content = world.content(owner)
    pictures = {("business_licence", "image/jpeg"): jpeg(), ("application_letter", "image/png"): png()}
    named = [world.attach(owner, kind, raw, content_type) for (kind, content_type), raw in pictures.items()]
    body = {"content": content | {"attachments": [*content["attachments"], *named]}}
    number = owner.ok("POST", "/applications", body)["number"]
    for attachment, original in zip(named, pictures.values(), strict=True):
        url = owner.ok("GET", f"/applications/{number}/attachments/{attachment}")["url"]
        stored = httpx.get(url, trust_env=False).content
        assert original.count(SECRET.encode()) >= 2
        assert SECRET.encode() not in stored
        assert Image.open(io.BytesIO(stored)).tobytes() == Image.open(io.BytesIO(original)).tobytes()
    sys.stdout.write(f"metadata: {len(pictures)} types of picture, nothing left, every pixel kept\n")
