"""The tripwire finds personal values in every place that it searches."""

import json
import logging
import sys
from collections import Counter
from types import SimpleNamespace

import pytest

from chalicelib.rules.base.errors import Invalid, invalid
from testing import people
from testing.tripwire import NUMBERS, ROOT, TRIPWIRE, Tripwire, found

PERSON = people.person(name="公孙警铃", phone="13755550001", email="tripwire@enterprise.example")
VALUES = ("公孙警铃", "13755550001", "tripwire@enterprise.example", PERSON["id_number"], PERSON["passport_number"])


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("text", ["{}", "申请人{}已提交", '{{"a": "{}"}}', "/v1/drafts?contact={}&x=1"])
def test_a_value_is_found_alone_and_within_other_text(text, value):
    assert value in found(text.format(value))


def test_a_number_is_found_within_a_longer_one():
    assert "13755550001" in found("86137555500010")


@pytest.mark.parametrize(
    "text", ["1375555000", "137****0001", "公孙**", "***@enterprise.example", "APEC20261121000001"]
)
def test_parts_and_masked_values_are_not_found(text):
    assert found(text) == set()


def leaks():
    """A leak of a value for every place."""
    headers, phone = {"location": ""}, "13755550001"
    record = logging.LogRecord("x", logging.INFO, "", 1, f"for {phone}", (), None)
    clear = {"Item": {"phone": {"S": phone}}}
    request = SimpleNamespace(url="http://127.0.0.1:1/bucket/x", body=json.dumps(clear).encode())
    named = {"Item": {"name": {"S": "公孙警铃"}}}
    escaped = SimpleNamespace(url="http://127.0.0.1:1/", body=json.dumps(named).encode())
    key = SimpleNamespace(url=f"http://127.0.0.1:1/bucket/{phone}.jpg", body=b"")
    mail = SimpleNamespace(subject="x", text="y", html=f"<p>{phone}")
    link = json.dumps({"url": f"http://127.0.0.1/x?name={phone}"}).encode()
    return {
        "log lines": lambda wire: wire.emit(record),
        "error replies": lambda wire: wire.replied("/x", 422, headers, phone.encode()),
        "addresses, a path": lambda wire: wire.replied(f"/x?phone={phone}", 200, headers, b""),
        "addresses, in a reply": lambda wire: wire.replied("/x", 200, headers, link),
        "addresses, an object": lambda wire: wire._sent("before-send.s3.PutObject", key),
        "requests to the table": lambda wire: wire._sent("before-send.dynamodb.PutItem", request),
        "requests to the table, escaped": lambda wire: wire._sent("before-send.dynamodb.PutItem", escaped),
        "mails": lambda wire: wire.mailed([mail]),
        "exception texts": lambda wire: wire._raised(
            compile("", str(ROOT / "chalicelib/x.py"), "exec"), 0, ValueError(phone)
        ),
    }


@pytest.mark.parametrize("place", leaks())
def test_a_leak_in_any_place_fails_the_check_with_the_value(place):
    wire = Tripwire()
    leaks()[place](wire)
    with pytest.raises(AssertionError, match=r"13755550001|公孙警铃"):
        wire.check()
    wire.check()


@pytest.mark.parametrize("owner", ["OFFICERS", "0123456789abcdef0123"])
def test_the_token_of_a_session_is_a_leak(owner):
    wire = Tripwire()
    token = f"{owner}.0123456789abcdef0123.{'aB3_-' * 8}xyz"
    wire.search("log lines", f"Cookie: __Host-session={token}; a=1")
    with pytest.raises(AssertionError, match="session token"):
        wire.check()
    wire.search("log lines", token[:-1])
    wire.check()


def test_sealed_bytes_are_no_leak():
    wire = Tripwire()
    body = json.dumps({"Item": {"phone": {"B": "13755550001A"}}}).encode()
    wire._sent("before-send.dynamodb.PutItem", SimpleNamespace(url="http://127.0.0.1:1/", body=body))
    wire.check()
    assert wire.searched["requests to the table"] == 1


def test_a_mail_may_contain_names_but_no_personal_numbers():
    wire = Tripwire()
    wire.search("mails", "公孙警铃 tripwire@enterprise.example", NUMBERS)
    wire.check()


def test_the_text_of_a_caught_exception_of_the_service_is_searched():
    before = TRIPWIRE.searched["exception texts"]
    with pytest.raises(Invalid):
        _refuse()
    assert TRIPWIRE.searched["exception texts"] > before


def _refuse():
    from chalicelib.data.texts import text

    assert invalid("phone", "missing")
    try:
        text("nowhere", "nothing")
    except KeyError as error:
        raise invalid("phone", "missing") from error


def test_every_place_is_searched(world):
    before = Counter(TRIPWIRE.searched)
    owner = world.enterprise()
    owner.ok("POST", "/agents", people.agent())
    owner.ok("POST", "/drafts", world.content(owner))
    assert owner("POST", "/agents", {}).status == 422
    TRIPWIRE.mailed(world.mails())
    sys.stdout.write(f"{TRIPWIRE.summary()}\n")
    places = {"addresses", "error replies", "exception texts", "log lines", "mails", "requests to the table"}
    assert set(TRIPWIRE.searched - before) == places
