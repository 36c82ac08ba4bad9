"""Uploads are scanned before anybody opens them (docs/decisions/0080)."""

import dataclasses
import json

import boto3
import httpx
import pytest

from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Misconfigured
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.files.scans import ScanState
from chalicelib.rules.files.upload_events import UploadedVersion
from sandbox import environment
from scheduled.purge_drafts import purge_drafts
from testing import upload_events
from testing.files import JPEG, PDF
from testing.world import storage
from tests.support import clamd, faults, logs, scanners
from tests.support.wrappings import WRAPPINGS, pdf

SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
INFECTED = pdf(WRAPPINGS["the file itself, announced as a PDF"][1]())


@pytest.fixture(scope="module")
def owner(portal):
    """An enterprise whose content has files that were scanned before a test changes the scanner."""
    user = portal.enterprise()
    portal.content(user)
    return user


@pytest.fixture(scope="module")
def daemon():
    if not clamd.INSTALLED:
        pytest.skip(clamd.WHY_NOT)
    with clamd.running() as addresses:
        yield addresses


@pytest.fixture
def scanner():
    """Sets the scanner of the deployment."""
    with scanners.changing() as use:
        yield use


@pytest.fixture(params=["sandbox", "tcp", "unix"])
def any_scanner(request, scanner):
    """Each scanner that answers at once."""
    if request.param != "sandbox":
        scanner(request.getfixturevalue("daemon")[request.param])
    return "sandbox" if request.param == "sandbox" else "clamd"


def logged(caught):
    """The events that were logged."""
    return [json.loads(line) for line in caught.getvalue().splitlines()]


def key_of(user, attachment_id):
    return f"uploads/{user.account['enterprise_id']}/{attachment_id.partition('.')[0]}"


def verdict_of(user, attachment_id):
    from chalicelib.repos.files import verdicts

    return verdicts.get(UploadedVersion(*key_of(user, attachment_id).split("/")[1:]))


def objects(user, attachment_id):
    """What the bucket has of an attachment: versions of the upload and of its copy."""
    key = key_of(user, attachment_id)
    client = boto3.client("s3")
    found = [
        client.list_object_versions(Bucket=environment.BUCKET, Prefix=prefix)
        for prefix in (key, key.replace("uploads/", "files/"))
    ]
    return [version["Key"].partition("/")[0] for page in found for version in page.get("Versions", ())]


def shown(user, attachment_id, **headers):
    (item,) = user.ok("POST", "/attachments/states", {"attachments": [attachment_id]}, **headers)["items"]
    return item


def named(world, user, attachment_id):
    content = world.content(user)
    return {**content, "attachments": [*content["attachments"], attachment_id]}


def refusal(world, user, attachment_id):
    """The only error with which a submission of this file is refused; None if it is accepted."""
    answer = user("POST", "/applications", {"content": named(world, user, attachment_id)})
    if answer.status == 201:
        return None
    (error,) = answer.body["errors"]
    return error["code"], error["message"]


# Wrappings


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_the_test_file_is_blocked_in_every_wrapping(world, owner, any_scanner, wrapping):
    content_type, make = WRAPPINGS[wrapping]
    kind = "business_licence" if content_type in SUFFIXES else "persons_workbook"
    upload = world.attach(owner, kind, make(), content_type)
    verdict = verdict_of(owner, upload)
    assert (verdict.scan, verdict.scanner, verdict.may_be_opened) == (ScanState.INFECTED, any_scanner, False)
    assert objects(owner, upload) == []
    assert shown(owner, upload)["state"] == "infected"


@pytest.mark.parametrize(("content", "content_type"), [(JPEG, "image/jpeg"), (PDF, "application/pdf")])
def test_a_harmless_file_is_clean_for_every_scanner(world, owner, any_scanner, content, content_type):
    upload = world.attach(owner, "business_licence", content, content_type)
    scan = shown(owner, upload)["scan"]
    assert (scan["state"], scan["scanner"]) == ("clean", any_scanner)
    assert objects(owner, upload) == ["files"]


def test_the_wrappings_are_twenty_and_more():
    assert len(WRAPPINGS) > 20


# What people see


def test_an_infected_file_is_named_to_the_clerk_and_can_be_replaced(world, owner):
    upload = world.attach(owner, "business_licence", INFECTED, "application/pdf")
    code, message = refusal(world, owner, upload)
    assert code == "ATTACHMENT_INFECTED"
    assert message.startswith("附件材料：文件“营业执照副本”含有恶意程序，已被删除。")
    assert refusal(world, owner, world.attach(owner, "business_licence", PDF, "application/pdf")) is None


def test_states_and_the_scanner_are_told_in_both_languages(world, owner):
    upload = world.attach(owner, "business_licence", INFECTED, "application/pdf")
    zh, en = (shown(owner, upload, Accept_Language=language)["scan"] for language in ("zh-CN", "en"))
    assert zh == {
        "state": "infected",
        "state_label": "发现恶意程序，已删除",
        "scanner": "sandbox",
        "scanner_label": "沙箱扫描器（只识别EICAR测试文件）",
    }
    assert en["scanner_label"] == "Sandbox scanner (recognises the EICAR test file only)"


def test_a_file_whose_event_is_late_is_not_scanned_and_never_clean(world, owner):
    upload = world.upload(owner, "business_licence", PDF, "application/pdf")
    found = shown(owner, upload)
    assert (found["state"], found["scan"]["state"]) == ("waiting", "not_scanned")
    draft = owner.ok("POST", "/drafts", {"attachments": [upload]})
    assert draft["content"]["attachments"][0]["scan"]["state"] == "not_scanned"
    assert owner("GET", f"/drafts/{draft['id']}/attachments/{upload}").status == 404


def test_states_of_other_enterprises_are_not_told(world, owner):
    upload = world.attach(owner, "business_licence", PDF, "application/pdf")
    assert world.enterprise().ok("POST", "/attachments/states", {"attachments": [upload, "x"]}) == {"items": []}
    assert world.desk("fao-hunan")("POST", "/attachments/states", {"attachments": [upload]}).status == 403


def test_nobody_gets_the_address_of_a_file_that_is_not_clean(world, owner):
    """Also not of one that an application has accepted: a later scan may find what an earlier one did not."""
    from chalicelib.repos.files import verdicts
    from chalicelib.repos.table import table

    upload = world.attach(owner, "business_licence", PDF, "application/pdf")
    application = owner.ok("POST", "/applications", {"content": named(world, owner, upload)})
    paths = [f"/applications/{application['number']}", f"/office/applications/{application['number']}"]
    officer = world.desk("fao-hunan")
    readers = [(owner, paths[0]), (officer, paths[1])]
    for reader, path in readers:
        assert storage.get(reader.ok("GET", f"{path}/attachments/{upload}")["url"]).content == PDF
    key = verdicts.key(owner.account["enterprise_id"], upload.partition(".")[0])
    for state in (None, *(state for state in ScanState if state is not ScanState.CLEAN)):
        table.commit(table.change(key, assign={"scan": state}))
        for reader, path in readers:
            answer = reader("GET", f"{path}/attachments/{upload}")
            assert (answer.status, answer.code) == (409, "FILE_NOT_CLEAN"), state
            files = {file["id"]: file for file in reader.ok("POST", f"{path}/downloads")["items"]}
            assert (files[upload]["url"], files[upload]["scan"]["state"]) == (None, state or "not_scanned")
            others = [file for file in files.values() if file["id"] != upload]
            assert all(file["url"] and file["scan"]["state"] == "clean" for file in others)


def test_a_file_of_the_time_before_scans_must_be_uploaded_again(world, owner):
    from chalicelib.repos.files import verdicts
    from chalicelib.repos.table import table

    upload = world.attach(owner, "business_licence", PDF, "application/pdf")
    key = verdicts.key(owner.account["enterprise_id"], upload.partition(".")[0])
    table.commit(table.change(key, assign={"scan": None, "scanner": None}))
    assert shown(owner, upload)["state"] == "unscanned"
    assert refusal(world, owner, upload)[0] == "ATTACHMENT_UNSCANNED"


# Failures


def test_a_failed_scan_is_shown_repeated_and_reported(world, owner, scanner, daemon):
    from chalicelib.usecases.files.inspection import ScanFailed

    upload = world.upload(owner, "business_licence", PDF, "application/pdf")
    event = world.upload_event(key_of(owner, upload))
    scanner("clamd+unix:///nowhere/clamd.sock")
    with logs.recorded() as caught, pytest.raises(ScanFailed):
        world.inspect(event)
    (figures,) = [line for line in logged(caught) if line["event"] == "inspect_uploads"]
    assert figures["scans_failed"] == 1
    found = shown(owner, upload)
    assert (found["state"], found["scan"]["state"]) == ("waiting", "failed")
    assert found["scan"]["state_label"] == "扫描失败，正在重试"
    assert refusal(world, owner, upload)[0] == "ATTACHMENT_PENDING"
    assert objects(owner, upload) == ["uploads"]
    scanner(daemon["tcp"])
    assert world.inspect(event) == {"done": 1}
    assert refusal(world, owner, upload) is None


def test_a_file_beyond_the_limits_of_clamd_counts_as_failed(scanner):
    from chalicelib.repos.files.scanners.clamd import ClamdScanner
    from chalicelib.repos.files.uploads import StoredFile
    from chalicelib.rules.files.scans import Clamd
    from tests.support.clamd import answering

    with answering(b"INSTREAM size limit exceeded. ERROR\0") as address:
        place = Clamd.at(address)
        assert place is not None
        found = ClamdScanner(place).scan(UploadedVersion(EnterpriseId("e"), "n"), StoredFile(PDF, "", "", "", ""))
    assert found.state is ScanState.FAILED


def test_the_api_asks_no_clamd_itself(world, owner, scanner):
    """Its function is not in the network of the daemon: a submission waits for the event."""
    scanner("clamd://127.0.0.1:1")
    upload = world.upload(owner, "business_licence", PDF, "application/pdf")
    assert refusal(world, owner, upload)[0] == "ATTACHMENT_PENDING"
    assert verdict_of(owner, upload) is None


def test_the_nightly_run_scans_what_has_no_result_yet_and_reports_the_rest(world, owner, scanner):
    world.run(purge_drafts)  # what earlier tests have left
    upload = world.upload(owner, "business_licence", PDF, "application/pdf")
    scanner("clamd+unix:///nowhere/clamd.sock")
    with logs.recorded() as caught:
        world.run(purge_drafts)
    (figures,) = [line for line in logged(caught) if line["event"] == "purge_drafts"]
    assert figures["files_unscanned"] == 1
    scanner("sandbox")
    world.run(purge_drafts)
    assert shown(owner, upload)["scan"]["state"] == "clean"


# GuardDuty


@pytest.fixture
def guardduty(owner, scanner):
    scanner("guardduty")
    return scanners.GuardDuty(owner)


def uploaded(world, owner):
    """An upload whose event has come before its result."""
    upload = world.upload(owner, "business_licence", PDF, "application/pdf")
    world.inspect(world.upload_event(key_of(owner, upload)))
    return upload


def test_an_upload_without_a_result_of_guardduty_is_being_scanned(world, owner, guardduty):
    upload = uploaded(world, owner)
    found = shown(owner, upload)
    assert (found["state"], found["scan"]["state"], found["scan"]["scanner"]) == ("waiting", "scanning", "guardduty")
    assert refusal(world, owner, upload)[0] == "ATTACHMENT_PENDING"
    assert objects(owner, upload) == ["uploads"]


def test_the_event_of_guardduty_completes_the_inspection(world, owner, guardduty):
    upload = uploaded(world, owner)
    assert world.inspect(guardduty.finds("NO_THREATS_FOUND", upload)) == {"done": 1}
    assert shown(owner, upload)["scan"]["state"] == "clean"
    assert objects(owner, upload) == ["files"]
    assert refusal(world, owner, upload) is None


def test_a_result_that_comes_before_the_event_of_the_upload_is_enough(world, owner, guardduty):
    upload = world.upload(owner, "business_licence", PDF, "application/pdf")
    event = world.upload_event(key_of(owner, upload))
    assert world.inspect(guardduty.finds("NO_THREATS_FOUND", upload)) == {"done": 1}
    assert world.inspect(event) == {"done": 1}


def test_a_submission_reads_the_result_whose_event_is_late(world, owner, guardduty):
    upload = uploaded(world, owner)
    guardduty.finds("NO_THREATS_FOUND", upload)
    assert refusal(world, owner, upload) is None


def test_a_threat_that_guardduty_found_deletes_the_upload_and_is_reported(world, owner, guardduty):
    upload = uploaded(world, owner)
    with logs.recorded() as caught:
        assert world.inspect(guardduty.finds("THREATS_FOUND", upload)) == {"infected": 1}
    assert refusal(world, owner, upload)[0] == "ATTACHMENT_INFECTED"
    assert objects(owner, upload) == []
    lines = {line["event"]: line for line in logged(caught)}
    assert (lines["inspect_uploads"]["infected"], lines["upload_infected"]["scanner"]) == (1, "guardduty")


def test_a_file_that_guardduty_cannot_look_into_is_refused_with_the_reason(world, owner, guardduty):
    upload = uploaded(world, owner)
    assert world.inspect(guardduty.finds("UNSUPPORTED", upload)) == {"unsupported": 1}
    code, message = refusal(world, owner, upload)
    assert (code, "去除密码" in message) == ("ATTACHMENT_UNSUPPORTED", True)


@pytest.mark.parametrize("status", ["FAILED", "ACCESS_DENIED", "a status of next year"])
def test_a_scan_that_failed_is_repeated_with_a_new_version_of_the_upload(world, owner, guardduty, status):
    from chalicelib.usecases.files.inspection import ScanFailed

    upload = uploaded(world, owner)
    for _ in range(limits.SCAN_TRIES):
        assert world.inspect(guardduty.finds(status, upload)) == {"failed": 1}
        assert shown(owner, upload)["scan"]["state"] == "failed"
        assert objects(owner, upload) == ["uploads"]
        # The new version has no result: it is scanned anew.
        assert world.inspect(world.upload_event(key_of(owner, upload))) == {"scanning": 1}
    with pytest.raises(ScanFailed):
        world.inspect(guardduty.finds(status, upload))
    assert world.inspect(guardduty.finds("NO_THREATS_FOUND", upload)) == {"done": 1}


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_an_inspection_of_a_failed_scan_that_is_killed_loses_nothing(world, owner, guardduty, moment):
    for position in range(8):
        upload = uploaded(world, owner)
        event = guardduty.finds("FAILED", upload)
        with faults.killed_at(moment, position):
            world.inspect(event)
        world.inspect(event)
        assert world.inspect(guardduty.finds("NO_THREATS_FOUND", upload)) == {"done": 1}, position


def test_the_nightly_run_reads_results_whose_event_was_lost(world, owner, guardduty):
    upload = uploaded(world, owner)
    guardduty.finds("NO_THREATS_FOUND", upload)
    world.run(purge_drafts)
    assert shown(owner, upload)["scan"]["state"] == "clean"


def test_events_of_guardduty_about_other_objects_are_ignored(world):
    event = upload_events.scanned(environment.BUCKET, "malware-protection-resource-validation-object", "v", "FAILED")
    assert world.inspect(event) == {}
    from chalicelib.rules.files import upload_events as rules

    text = json.dumps(upload_events.scanned("b", f"uploads/{'a' * 20}/{'b' * 20}", "v1", "NO_THREATS_FOUND"))
    assert rules.read(text) == [("a" * 20, "b" * 20, "v1")]


# Settings


@pytest.mark.parametrize("value", ["", "none", "clamd://host", "clamd://:3310", "clamd+unix://relative", "Sandbox"])
def test_a_setting_that_names_no_scanner_stops_the_process(scanner, value):
    from chalicelib.repos.files.scanners import scanner as port

    scanner(value)
    with pytest.raises(Misconfigured, match="ABTC_SCANNER"):
        port.current()


def test_production_has_no_sandbox_scanner(world):
    from chalicelib.config import settings
    from chalicelib.repos.files.scanners import scanner as port

    with pytest.raises(Misconfigured, match="ABTC_SCANNER"):
        port.of_settings(dataclasses.replace(settings(), stage="prod", scanner="sandbox"))


def test_a_presigned_form_cannot_claim_earlier_scans(world, owner):
    form = {"kind": "photo", "filename": "photo.jpg", "content_type": "image/jpeg", "size": len(JPEG)}
    upload = owner.ok("POST", "/attachments", form)["upload"]
    fields = {**upload["fields"], "x-amz-meta-scans": "9"}
    reply = httpx.post(upload["url"], data=fields, files={"file": ("a", JPEG, "image/jpeg")}, trust_env=False)
    assert reply.status_code == 403
