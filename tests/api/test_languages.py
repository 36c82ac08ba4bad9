"""Labels in the language of the reader: every family of routes, in English on request and in Chinese otherwise."""

import re

import pytest

from testing.follow_ups import applied, economy, passport, waiting
from testing.world import PASSWORD

CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
LABELS = {
    "status_label",
    "to_label",
    "origin_label",
    "action_label",
    "party_label",
    "tag",
    "office_name",
    "service_label",
    "open_service_label",
    "economy_name",
    "decision_label",
}
OFFICE = ("湖南省人民政府外事办公室", "Foreign Affairs Office of Hunan Province")


def labels(reply):
    """Every label in a reply, in its order."""
    if isinstance(reply, dict):
        for name, value in reply.items():
            if name in LABELS:
                if value is not None:
                    yield name, value
            else:
                yield from labels(value)
    elif isinstance(reply, list):
        for element in reply:
            yield from labels(element)


def both(user, method, path, body=None):
    """The reply in Chinese and in English."""
    return tuple(user.ok(method, path, body, Accept_Language=language) for language in ("zh-CN", "en-GB,en;q=0.9"))


@pytest.fixture(scope="module")
def person(portal, owner):
    """A person at the economies with a follow-up application; Singapore has approved, Chile has refused."""
    number = waiting(portal, owner)
    economy(portal, number, "SGP")
    economy(portal, number, "CHL", "refused")
    applied(owner, number, "change_passport", **passport())
    return number


FAMILIES = {
    "search": ("POST", "/applications/search", {"service": "new_or_renewal"}),
    "search follow-ups": ("POST", "/applications/search", {"service": "change_passport"}),
    "application": ("GET", "/applications/{number}", None),
    "history of an application": ("GET", "/applications/{number}/history", None),
    "person": ("GET", "/persons/{person}", None),
    "history of a person": ("GET", "/persons/{person}/history", None),
    "office search": ("POST", "/office/search", {"status": "ECONOMY_REVIEW"}),
    "office application": ("GET", "/office/applications/{number}", None),
    "office history of an application": ("GET", "/office/applications/{number}/history", None),
    "office person": ("GET", "/office/persons/{person}", None),
    "office history of a person": ("GET", "/office/persons/{person}/history", None),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_labels_of_applications_and_persons_follow_the_reader(world, owner, person, family):
    method, path, body = FAMILIES[family]
    reader = world.desk("fao-hunan") if path.startswith("/office") else owner
    chinese, english = both(reader, method, path.format(number=person[:-3], person=person), body)
    pairs = list(zip(labels(chinese), labels(english), strict=True))
    assert pairs
    for (name, in_chinese), (same, in_english) in pairs:
        assert name == same
        assert CHINESE.search(in_chinese), (name, in_chinese)
        assert not CHINESE.search(in_english), (name, in_english)


def test_labels_are_those_of_the_catalogue(owner, person):
    chinese, english = both(owner, "GET", f"/applications/{person[:-3]}")
    assert (chinese["office_name"], english["office_name"]) == OFFICE
    assert (chinese["tag"], english["tag"]) == ("签制", "Clearance and card")
    assert (chinese["status_label"], english["status_label"]) == (
        "领事司审核通过",
        "Approved by the consular department",
    )
    chinese, english = both(owner, "GET", f"/persons/{person}")
    follow_ups = [reply["follow_ups"][0]["service_label"] for reply in (chinese, english)]
    assert follow_ups == ["未制卡仅更换护照", "Change of passport before the card is made"]
    found = {entry["code"]: entry for entry in english["economies"]}
    assert [found["CHL"][name] for name in ("name", "decision", "decision_label")] == ["Chile", "refused", "Refused"]
    assert (found["SGP"]["decision_label"], found["KOR"]["name"]) == ("Approved", "Republic of Korea")
    assert not [entry["name"] for entry in english["economies"] if CHINESE.search(entry["name"])]
    assert [entry["name"] for entry in chinese["economies"] if not CHINESE.search(entry["name"])] == []


def test_progress_names_economies_in_the_language_of_the_reader(owner, person):
    chinese, english = both(owner, "GET", f"/applications/{person[:-3]}/progress")
    assert [reply["rows"][0]["approved"] for reply in (chinese, english)] == [["新加坡"], ["Singapore"]]
    assert [reply["rows"][0]["refused"] for reply in (chinese, english)] == [["智利"], ["Chile"]]
    assert english["rows"][0]["pending"][0] == "Australia"


def test_statistics_name_economies_in_the_language_of_the_reader(owner):
    chinese, english = both(owner, "GET", "/statistics/economies")
    assert [reply["items"][0]["name"] for reply in (chinese, english)] == ["澳大利亚", "Australia"]
    assert len({entry["name"] for entry in english["items"]}) == 16


def test_reference_data_are_named_in_the_language_of_the_reader(world):
    chinese, english = both(world.anybody, "GET", "/reference")
    assert chinese.keys() == english.keys()
    lists = [name for name, entries in english.items() if isinstance(entries, list) and "code" in entries[0]]
    assert len(lists) == 21
    for name in lists:
        codes = [[entry["code"] for entry in reply[name]] for reply in (chinese, english)]
        assert codes[0] == codes[1], name
        assert [entry for entry in chinese[name] if not CHINESE.search(entry["name"])] == [], name
        assert [entry for entry in english[name] if CHINESE.search(entry["name"])] == [], name
    offices = {entry["code"]: entry["name"] for entry in english["offices"]}
    assert offices["fao-hunan"] == OFFICE[1]
    assert chinese["limits"] == english["limits"]


def test_a_change_answers_in_the_language_of_the_reader(world, owner):
    number = world.application(owner)["number"]
    form = {"status_version": 1}
    reply = owner.ok("POST", f"/applications/{number}/withdraw", form, Accept_Language="en")
    assert (reply["status_label"], reply["history"][0]["to_label"]) == ("Withdrawn", "Withdrawn")


def test_warnings_and_refused_fields_are_in_the_language_of_the_reader(world, owner):
    content = world.content(owner)
    content["persons"][0] |= {"title": "翻译"}
    warnings = owner.ok("POST", "/applications", {"content": content}, Accept_Language="en")["warnings"]
    assert warnings[0]["code"] == "TITLE_DOUBTFUL"
    assert [warning["message"] for warning in warnings if CHINESE.search(warning["message"])] == []
    refused = {"content": {**content, "attachments": []}}
    for language, kind in (("zh", "申请函"), ("en", "Application letter")):
        errors = owner("POST", "/applications", refused, Accept_Language=language).body["errors"]
        messages = [error["message"] for error in errors if error["code"] == "ATTACHMENT_MISSING"]
        assert [message for message in messages if kind in message], messages
        assert bool(CHINESE.search("".join(messages))) is (language == "zh")
    upload = {"kind": "business_licence", "filename": "x.txt", "content_type": "text/plain", "size": 1}
    for language, listed in (("zh", "image/jpeg、image/png"), ("en", "image/jpeg, image/png")):
        (error,) = owner("POST", "/attachments", upload, Accept_Language=language).body["errors"]
        assert listed in error["message"]


def test_rows_of_an_import_are_explained_in_the_language_of_the_reader(world, person):
    rows = [{"person_number": person, "economy": "XXX", "decision": "x", "note": "x"}]
    consular = world.desk("consular")
    for language, separator in (("zh", "；"), ("en", "; ")):
        reply = consular.ok("POST", "/office/economies/import", {"rows": rows}, Accept_Language=language)
        message = reply["failed"][0]["message"]
        assert separator in message
        assert bool(CHINESE.search(message)) is (language == "zh")


def test_messages_are_in_the_language_of_the_reader(owner, person):
    chinese, english = both(owner, "GET", "/messages")
    decided = next(message for message in english["items"] if message["kind"] == "economy_decided")
    assert decided["body"] == f"Chile: Refused. Person application {person} (测试甲)."
    assert CHINESE.search(chinese["items"][0]["title"])


def test_expected_values_are_listed_in_the_language_of_the_reader(world, owner):
    form = {"identity": "enterprise", "login": owner.account["login"], "password": PASSWORD, "keep": "card"}
    answer = world.anybody("POST", "/sessions", form, Accept_Language="en")
    assert answer.body["errors"][0]["message"] == "Where the session is kept: Must be one of: cookie."
