"""Commands that export or delete all data of one enterprise, and no data of any other enterprise."""

import json
import stat
from datetime import timedelta

import pytest

from chalicelib.config import settings
from chalicelib.repos.accounts import audit
from chalicelib.repos.mail import outbox
from chalicelib.repos.maintenance import enterprise_data, enterprise_files
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.usecases.maintenance import enterprise_deletion
from operations import check, delete_enterprise, export_enterprise
from operations.terminal import Refused
from scheduled.remind import remind
from testing import follow_ups, people
from testing.world import JPEG, User
from tests.support import faults, operating
from tests.support.drafts import remaining
from tests.support.operating import Desk


@pytest.fixture
def desk(world):
    return Desk(world)


@pytest.fixture
def shop(world):
    """An enterprise with data of every kind and no application in progress."""
    filled = operating.filled(world)
    deleted = world.agent(filled.owner)
    number = world.application(deleted)["number"]
    filled.owner.ok("DELETE", f"/agents/{deleted.account['id']}")
    for application in (filled.application, filled.follow_up, number):
        withdraw(filled.owner, application)
    filled.owner.ok("POST", "/applications/search", {"service": "new_or_renewal"})
    return filled


def withdraw(user, number):
    seen = user.ok("GET", f"/applications/{number}")["status_version"]
    user.ok("POST", f"/applications/{number}/withdraw", {"status_version": seen})


def uscc(world, user):
    return user.ok("GET", "/me")["enterprise"]["uscc"]


def traces(world, words):
    """Keys of items and files that contain one of the words, in clear or encrypted."""
    found = {str(key): repr(item) for key, item in operating.in_clear().items()}
    found |= {"raw " + str(key): repr(item) for key, item in world.table().items()}
    files = [file["Key"] for folder in enterprise_files.FOLDERS for file in stored(folder)]
    found |= {f"file {key}": key for key in files}
    return sorted(key for key, text in found.items() if any(word in key or word in text for word in words))


def stored(folder):
    import boto3

    from sandbox import environment

    return boto3.client("s3").list_objects_v2(Bucket=environment.BUCKET, Prefix=folder).get("Contents", [])


def words_of(world, shop):
    """Values unique to the enterprise: ids of it and its accounts, numbers, addresses, names, passports."""
    me = shop.owner.ok("GET", "/me")
    agents = shop.owner.ok("GET", "/agents")["items"]
    return [
        me["enterprise"]["id"],
        me["enterprise"]["uscc"],
        repr(me["enterprise"]["name"]),
        shop.registration["email"],
        *(agent["id"] for agent in agents),
        *enterprise_data.account_ids(me["enterprise"]["id"]),
        shop.application,
        shop.follow_up,
        shop.holder,
        shop.passport,
        shop.holder_passport,
    ]


# Deleting


def test_after_a_deletion_only_the_audit_contains_data_of_the_enterprise(world, desk, shop):
    other = operating.filled(world)
    other_words = words_of(world, other)
    words, enterprise_id, code = words_of(world, shop), shop.owner.account["enterprise_id"], uscc(world, shop.owner)
    assert len(traces(world, words)) > 50
    before = world.table()
    delete_enterprise.delete(desk.terminal, enterprise_id, code)
    left = traces(world, words)
    assert {key for key in left if "#OFFICERS" not in key} == set()
    audits = [entry for entry in audit.entries("OFFICERS") if entry.subject == enterprise_id]
    assert [entry.action for entry in audits] == ["enterprise_closed", "enterprise_deleted"]
    assert not any(word in repr(audits) for word in words if word != enterprise_id)
    now = world.table()
    assert not any(word in repr((key, before[key])) for key in before if key not in now for word in other_words)
    assert all(now[key] == item for key, item in before.items() if key in now)
    assert traces(world, other_words)
    assert {file["Key"].split("/")[1] for folder in ("uploads", "files") for file in stored(folder)} >= {
        other.owner.account["enterprise_id"]
    }


def test_a_deleted_enterprise_can_register_again_and_has_no_earlier_data(world, desk, shop):
    enterprise = shop.owner.ok("GET", "/me")["enterprise"]
    delete_enterprise.delete(desk.terminal, enterprise["id"], enterprise["uscc"])
    three = {name: enterprise[name] for name in ("name", "uscc", "legal_representative")}
    form = world.registration(**shop.registration | world.ticket("register", three) | {"email_code": ""})
    session = world.anybody.ok("POST", "/registrations", form)
    again = User(world, session["token"], session["account"])
    assert session["account"]["id"] != enterprise["id"]
    assert again.ok("POST", "/applications/search", {"service": "new_or_renewal"})["items"] == []
    again.ok("POST", "/agents", people.agent(username=shop.agent_name))


def test_an_application_in_progress_prevents_a_deletion_unless_a_reason_is_given(world, desk):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    enterprise_id, code = owner.account["enterprise_id"], uscc(world, owner)
    before = world.table()
    with pytest.raises(Refused, match=f"1 are under way, such as {number}"):
        delete_enterprise.delete(desk.terminal, enterprise_id, code)
    assert world.table() == before
    assert owner("GET", "/me").status == 200
    delete_enterprise.delete(desk.terminal, enterprise_id, code, "ordered by a court")
    assert owner("GET", "/me").status == 401
    [entry] = [
        entry
        for entry in audit.entries("OFFICERS")
        if (entry.subject, entry.action) == (enterprise_id, "enterprise_deleted")
    ]
    assert entry.after == {"accounts": 1, "applications": 1, "force": "ordered by a court"}
    officer = world.desk("fao-hunan")
    assert officer("GET", f"/office/applications/{number}").status == 404


def asked(world, owner):
    follow_ups.waiting(world, owner)


def answered(world, owner):
    follow_ups.finish(world, follow_ups.waiting(world, owner))


def made(world, owner):
    person = follow_ups.waiting(world, owner)
    follow_ups.finish(world, person)
    follow_ups.card(world, person, "making")
    follow_ups.card(world, person, "made", card_number="C1234567", valid_until="2031-11-20")


def replacement(world, owner):
    follow_ups.through(world, owner, follow_ups.holder(world, owner), "replace_card", case="damaged")


@pytest.mark.parametrize("so_far", [asked, answered, made, replacement])
def test_a_person_waiting_for_economies_or_for_a_card_prevents_a_deletion(world, desk, so_far):
    owner = world.enterprise()
    so_far(world, owner)
    with pytest.raises(Refused, match="1 are under way"):
        delete_enterprise.delete(desk.terminal, owner.account["enterprise_id"], uscc(world, owner))


def test_a_person_with_an_issued_card_does_not_prevent_a_deletion(world, desk):
    owner = world.enterprise()
    follow_ups.holder(world, owner)
    delete_enterprise.delete(desk.terminal, owner.account["enterprise_id"], uscc(world, owner))
    assert owner("GET", "/me").status == 401


def test_a_deletion_includes_reminder_records_and_mail_to_a_former_address(world, desk, shop):
    """An undeliverable mail contains its address and text until it is replayed."""
    owner, enterprise_id, code = shop.owner, shop.owner.account["enterprise_id"], uscc(world, shop.owner)
    former, fresh = shop.registration["email"], f"moved{people.serial()}@enterprise.example"
    form = world.address_form(owner, fresh)
    with faults.refused("sesv2.*", "MessageRejected"):
        owner.ok("PUT", "/me/email", form)
        for wait in (timedelta(), *limits.MAIL_WAITS):
            world.time.forward(seconds=wait.total_seconds())
            world.deliver()
    world.run(remind, time="2031-09-01T01:00:00Z")
    dead = [item for item in operating.in_clear().values() if item.get("state") == "DEAD"]
    assert former in {item.get("to") for item in dead}
    assert [key for key in world.table() if key[0].startswith(f"REMINDED#{shop.holder}")]
    delete_enterprise.delete(desk.terminal, enterprise_id, code)
    assert {
        key for key in traces(world, [enterprise_id, former, fresh, shop.holder]) if "#OFFICERS" not in key
    } == set()


def test_a_deletion_reads_each_table_once_and_breaks_no_rule(world, desk, shop):
    scans = []
    events, moment = aws.client("dynamodb").meta.events, "provide-client-params.dynamodb.Scan"

    def scanned(params, **_):
        if "ExclusiveStartKey" not in params:
            scans.append(params["TableName"])

    events.register(moment, scanned)
    try:
        delete_enterprise.delete(desk.terminal, shop.owner.account["enterprise_id"], uscc(world, shop.owner))
    finally:
        events.unregister(moment, scanned)
    assert sorted(scans) == sorted((settings().table, settings().journal))
    check.check(desk.terminal)


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_mail_that_names_no_enterprise_is_deleted_unless_others_use_its_address(world, desk, is_shared):
    """A code that was asked for before a registration is such a mail."""
    owner, other = world.enterprise(), world.enterprise()
    address = owner.ok("GET", "/me")["account"]["email"]
    if is_shared:
        other.ok("POST", "/agents", people.agent(email=address))
    _, code = outbox.address_notified("email_code_recover", address, {"code": "246802", "minutes": 10}, world.time())
    table.commit(code)

    def waiting():
        return [item for item in operating.in_clear().values() if item.get("to") == address]

    (before,) = waiting()
    delete_enterprise.delete(desk.terminal, owner.account["enterprise_id"], uscc(world, owner))
    assert waiting() == ([before] if is_shared else [])


def test_another_uscc_or_an_unknown_id_deletes_nothing(world, desk):
    owner = world.enterprise()
    before = world.table()
    with pytest.raises(Refused, match="USCC"):
        delete_enterprise.delete(desk.terminal, owner.account["enterprise_id"], people.make_uscc())
    with pytest.raises(Refused, match="no such enterprise"):
        delete_enterprise.delete(desk.terminal, "OFFICERS", "x")
    assert world.table() == before


class Killed(BaseException):
    """Simulates the end of the process of the command."""


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5, 6])
def test_a_deletion_killed_after_any_step_is_finished_by_the_same_command(world, desk, after, monkeypatch):
    monkeypatch.setattr(enterprise_deletion, "BATCH", 5)
    owner = world.enterprise()
    agent = world.agent(owner)
    number = world.application(agent)["number"]
    withdraw(owner, number)
    words = [owner.account["enterprise_id"], agent.account["id"], uscc(world, owner), number]
    steps, real = iter(range(after)), table.commit

    def commit(*writes):
        if next(steps, None) is None:
            raise Killed
        real(*writes)

    table.commit = commit
    try:
        with pytest.raises(Killed):
            delete_enterprise.delete(desk.terminal, words[0], words[2])
    finally:
        table.commit = real
    assert traces(world, words)
    delete_enterprise.delete(desk.terminal, words[0], words[2])
    assert [key for key in traces(world, words) if "#OFFICERS" not in key] == []
    assert table.get(enterprise_data.job_key(words[0])) is None


def test_a_deletion_first_signs_out_all_accounts_and_also_deletes_late_uploads(world, desk):
    owner = world.enterprise()
    agent = world.agent(owner)
    enterprise_id, code = owner.account["enterprise_id"], uscc(world, owner)
    seen = []

    def sleep(seconds):
        seen.append((owner("GET", "/me").status, agent("GET", "/me").status))
        if len(seen) == 2:
            import boto3

            from sandbox import environment

            key = f"uploads/{enterprise_id}/late"
            boto3.client("s3").put_object(Bucket=environment.BUCKET, Key=key, Body=JPEG)
        world.time.forward(seconds=seconds)

    delete_enterprise.delete(type(desk.terminal)(desk.lines.append, sleep), enterprise_id, code)
    assert seen == [(401, 401), (401, 401)]
    assert traces(world, [enterprise_id])
    assert [key for key in traces(world, [enterprise_id]) if "#OFFICERS" not in key] == []


# Exporting


def test_an_export_contains_all_data_in_clear_and_its_files_readable_by_their_owner_only(world, desk, shop, tmp_path):
    out = tmp_path / "export"
    world.upload(shop.owner, "photo")  # not inspected yet
    export_enterprise.export(desk.terminal, shop.owner.account["enterprise_id"], out)
    found = json.loads((out / "data.json").read_text(encoding="utf-8"))
    counts = {name: len(items) for name, items in found.items()}
    assert (counts["enterprise"], counts["accounts"], counts["invoice_profiles"], counts["drafts"]) == (1, 2, 1, 1)
    assert (counts["applications"], counts["persons"]) == (4, 3)
    assert counts["history"] > 20
    assert counts["messages"] > 16
    persons = {person["content"]["passport_number"] for person in found["persons"]}
    assert {shop.passport, shop.holder_passport} <= persons
    assert found["drafts"][0]["content"]["contact_phone"] == "13600000001"
    pickups = [row["content"]["pickup"] for row in found["applications"] if "pickup" in row["content"]]
    assert "测试路2号" in {pickup.get("address") for pickup in pickups}
    assert shop.registration["email"] in {account["email"] for account in found["accounts"]}
    assert all(message["title"] for message in found["messages"])
    assert "password_hash" not in (out / "data.json").read_text(encoding="utf-8")
    files = [path for path in out.rglob("*") if path.is_file() and path.name != "data.json"]
    assert len(list((out / "files").iterdir())) >= 10
    assert all(path.stat().st_size for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*files, out / "data.json"]} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (out, out / "files", out / "uploads")} == {0o700}


def test_an_export_omits_deleted_files(world, desk, tmp_path):
    """The bucket retains deleted files as older versions under delete markers."""
    owner = world.enterprise()
    draft = owner.ok("POST", "/drafts", {"attachments": [world.attach(owner, "photo")]})
    owner.ok("DELETE", f"/drafts/{draft['id']}")
    remaining(world)
    export_enterprise.export(desk.terminal, owner.account["enterprise_id"], tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["data.json"]
    assert desk.lines[-1].endswith(", 0 files.")


def test_an_export_is_recorded_in_the_audit_and_contains_no_data_of_other_enterprises(world, desk, shop, tmp_path):
    other = world.enterprise()
    other_id = other.account["enterprise_id"]
    export_enterprise.export(desk.terminal, shop.owner.account["enterprise_id"], tmp_path / "export")
    assert other_id not in (tmp_path / "export" / "data.json").read_text(encoding="utf-8")
    [entry] = [entry for entry in shop.owner.ok("GET", "/audit")["items"] if entry["action"] == "data_exported"]
    assert entry["actor"]


def test_an_export_names_the_office_and_not_the_officer_and_leaves_out_what_officers_revealed(world, desk, tmp_path):
    owner, officer = world.enterprise(), world.officer("fao-hunan", "测试官员乙号")
    number = world.application(owner)["number"]
    form = {"fields": ["phone"], "reason": "核对办理人所述事由"}
    officer.ok("POST", f"/office/persons/{number}-01/reveal", form)
    owner.ok("POST", f"/persons/{number}-01/reveal", form | {"reason": "与本人核对"})
    world.decide(officer, {"number": number}, "return", reason="请补充材料")
    export_enterprise.export(desk.terminal, owner.account["enterprise_id"], tmp_path / "export")
    text = (tmp_path / "export" / "data.json").read_text(encoding="utf-8")
    assert "与本人核对" in text
    assert "湖南省人民政府外事办公室" in text
    hidden = ("测试官员乙号", officer.account["login"], officer.account["id"], "核对办理人所述事由")
    assert [secret for secret in hidden if secret in text] == []


def test_an_export_to_an_existing_directory_or_of_an_unknown_enterprise_is_refused(world, desk, tmp_path):
    owner = world.enterprise()
    with pytest.raises(Refused, match="there already"):
        export_enterprise.export(desk.terminal, owner.account["enterprise_id"], tmp_path)
    with pytest.raises(Refused, match="no such enterprise"):
        export_enterprise.export(desk.terminal, "nobody", tmp_path / "new")
    assert not (tmp_path / "new").exists()
