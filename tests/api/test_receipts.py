"""Signed receipts: what they state, their PDF with a QR code, and how they are verified offline (decision 0085)."""

import base64
import io
import json
import os
import subprocess
import sys

import boto3
import pytest
import zxingcpp
from PIL import Image, ImageDraw
from pypdf import PdfReader

from chalicelib.config import settings
from chalicelib.repos.keys import signatures
from operations import receipt_keys, verify
from operations.terminal import Refused, Terminal
from testing.follow_ups import applied, waiting
from testing.world import storage
from tests.support.source import ROOT

OFFLINE = """
import sys

def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__" or event in ("os.system", "subprocess.Popen"):
        raise AssertionError(event)

sys.addaudithook(refuse)
from operations import verify
sys.exit(verify.main(sys.argv[1:]))
"""


def printed(user, number, kind="submission_receipt", at=""):
    answer = user("POST", f"{at}/applications/{number}/letters/{kind}")
    assert answer.status == 201, answer.raw.decode()
    return storage.get(answer.body["url"]).content


def drawn(document: bytes) -> Image.Image:
    """The filled squares of the page of a receipt, as a picture of four dots for each point."""
    (page,) = PdfReader(io.BytesIO(document)).pages
    scale = 4
    width, height = (round(float(side) * scale) for side in page.mediabox[2:])
    picture = Image.new("L", (width, height), 255)
    squares: list[list[float]] = []
    pen = ImageDraw.Draw(picture)
    contents = page.get_contents()
    assert contents is not None
    for operands, operator in contents.operations:
        if operator == b"re":
            squares.append([float(value) * scale for value in operands])
        elif operator == b"f":
            for x, y, wide, high in squares:
                pen.rectangle((round(x), height - round(y + high), round(x + wide), height - round(y)), 0)
            squares = []
        elif operator == b"S":
            squares = []
    return picture


def scanned(document: bytes) -> str:
    """The text of the QR code, as a phone reads it from the paper."""
    (code,) = zxingcpp.read_barcodes(drawn(document))
    assert code.format == zxingcpp.BarcodeFormat.QRCode
    return code.text


@pytest.fixture
def keys(portal, tmp_path):
    file = tmp_path / "receipt-keys.json"
    receipt_keys.keys(Terminal(say=lambda _: None), file)
    return file


def told(receipt, keys, content=None):
    lines: list[str] = []
    verify.verify(Terminal(say=lines.append), receipt, keys, content, as_json=True)
    return json.loads(lines[0])


def test_the_receipt_of_a_submission_states_number_act_time_and_digests(world, owner, keys, tmp_path):
    number = world.application(owner, persons=2)["number"]
    document = printed(owner, number)
    words = "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(document)).pages)
    stated = told(scanned(document), keys)
    assert (stated["number"], stated["act"], stated["status"]) == (number, "submit", "FAO_REVIEW")
    assert stated["at"] == stated["issued_at"] == "2026-11-21T04:30:00.000Z"
    assert stated["key_id"] == signatures.public_key()["kid"]
    for printed_too in (number, "提交", "2026-11-2112:30:00", "外办审核中", stated["entry"], stated["key_id"]):
        assert printed_too in words
    content = tmp_path / "content.json"
    content.write_text(json.dumps(owner.ok("GET", f"/applications/{number}/content")), encoding="utf-8")
    assert told(scanned(document), keys, content)["content_matches"] is True


def test_the_file_is_verified_as_its_code_is_and_has_no_personal_data_in_the_signed_text(world, owner, keys, tmp_path):
    content = world.content(owner)
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    file = tmp_path / "receipt.pdf"
    file.write_bytes(printed(owner, number))
    assert told(str(file), keys) == told(scanned(file.read_bytes()), keys)
    signed = scanned(file.read_bytes()).split(".")[1]
    claims = base64.urlsafe_b64decode(signed + "==").decode()
    assert set(json.loads(claims)) == {"number", "act", "at", "status", "entry", "content", "issued_at"}
    person = content["persons"][0]
    assert not [name for name in ("name", "passport_number", "id_number", "phone", "email") if person[name] in claims]


def test_the_receipt_of_a_decision_is_for_both_sides_and_about_the_newest_one(world, owner, keys):
    application = world.application(owner)
    number, fao = application["number"], world.desk("fao-hunan")
    refused = owner("POST", f"/applications/{number}/letters/decision_receipt")
    assert (refused.status, refused.code) == (409, "OPERATION_INVALID")
    world.decide(fao, application)
    world.time.forward(minutes=10)
    world.decide(world.desk("consular"), application)
    for user, at in ((owner, ""), (fao, "/office"), (world.desk("consular"), "/office")):
        stated = told(scanned(printed(user, number, "decision_receipt", at)), keys)
        assert (stated["act"], stated["status"]) == ("pass", "CONSULAR_APPROVED")
        assert stated["at"] == "2026-11-21T04:40:00.000Z"


def test_a_receipt_about_a_follow_up_application_has_its_number(world, owner, keys):
    follow_up = applied(owner, waiting(world, owner, approvals=1), "early_card", reason="客户邀请，行程提前")
    stated = told(scanned(printed(owner, follow_up["number"])), keys)
    assert (stated["number"], stated["act"]) == (follow_up["number"], "submit")


def test_nobody_gets_a_receipt_about_an_application_of_others(world, owner, portal):
    number = world.application(owner)["number"]
    assert portal.enterprise()("POST", f"/applications/{number}/letters/submission_receipt").status == 404
    assert world.desk("fao-beijing")("POST", f"/office/applications/{number}/letters/submission_receipt").status == 404


def changed(text: str, **claims) -> str:
    header, payload, signature = text.split(".")
    stated = {**json.loads(base64.urlsafe_b64decode(payload + "==")), **claims}
    return f"{header}.{base64.urlsafe_b64encode(json.dumps(stated).encode()).decode().rstrip('=')}.{signature}"


def test_a_changed_receipt_is_refused(world, owner, keys, tmp_path):
    text = scanned(printed(owner, world.application(owner)["number"]))
    for receipt in (changed(text, act="pass"), changed(text, number="APEC20261121000999"), text[:-4] + "AAAA"):
        with pytest.raises(Refused, match="the signature is not valid"):
            told(receipt, keys)
    unsigned = f"{base64.urlsafe_b64encode(json.dumps({'alg': 'none', 'typ': 'abtc-receipt'}).encode()).decode()}"
    for receipt, why in (
        ("eyJhIjoxfQ.e30.x", "no.* receipt|not the text"),
        (f"{unsigned.rstrip('=')}.{text.split('.')[1]}.", "no public key"),
        (str(tmp_path / "missing.pdf"), "neither the text of a receipt nor a file"),
    ):
        with pytest.raises(Refused, match=why):
            told(receipt, keys)


def test_a_receipt_about_another_content_is_refused(world, owner, keys, tmp_path):
    first, second = (world.application(owner)["number"] for _ in range(2))
    content = tmp_path / "content.json"
    content.write_text(json.dumps(owner.ok("GET", f"/applications/{second}/content")), encoding="utf-8")
    with pytest.raises(Refused, match="is not the content that the receipt is about"):
        told(scanned(printed(owner, first)), keys, content)


def test_receipts_of_before_a_rotation_are_verified_with_the_old_key(world, owner, keys, monkeypatch):
    number = world.application(owner)["number"]
    old = scanned(printed(owner, number))
    new_key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    with monkeypatch.context() as patched:
        patched.setitem(os.environ, "ABTC_RECEIPT_KEY", new_key)
        settings.cache_clear()
        new = scanned(printed(owner, number))
        with pytest.raises(Refused, match="no public key with the id"):
            told(new, keys)
        lines: list[str] = []
        receipt_keys.keys(Terminal(say=lines.append), keys, as_json=True)
    settings.cache_clear()
    assert sorted(json.loads(line)["is_current"] for line in lines) == [False, True]
    assert len({told(receipt, keys)["key_id"] for receipt in (old, new)}) == 2


def test_verifying_needs_no_configuration_no_credentials_and_no_network(world, owner, keys, tmp_path):
    file = tmp_path / "receipt.pdf"
    file.write_bytes(printed(owner, world.application(owner)["number"]))
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(file), "--keys", str(keys)],
        env={"PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "The signature is valid" in done.stdout


def test_without_public_keys_nothing_is_verified(world, owner, tmp_path):
    text = scanned(printed(owner, world.application(owner)["number"]))
    with pytest.raises(Refused, match=r"receipt_keys --export"):
        told(text, tmp_path / "none.json")
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    with pytest.raises(Refused, match="no JSON Web Key Set"):
        told(text, tmp_path / "other.json")
