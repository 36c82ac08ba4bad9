"""An enterprise's data handed out and destroyed by command: all of it, and nothing of anybody else's."""

import json
import stat
from datetime import timedelta

import pytest

from chalicelib.repos.accounts import audit
from chalicelib.repos.maintenance import enterprise_data, enterprise_files
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.usecases.maintenance import enterprise_deletion
from operations import delete_enterprise, export_enterprise
from operations.terminal import Refused
from scheduled.remind import remind
from testing import follow_ups, people
from testing.world import JPEG, User
from tests.support import faults, operating
from tests.support.operating import Desk


@pytest.fixture
def desk(world):
    return Desk(world)


@pytest.fixture
def shop(world):
    """An enterprise with something of everything, of which a file waits at the consular department no more."""
    filled = operating.filled(world)
    gone = world.agent(filled.owner)
    number = world.application(gone)["number"]
    filled.owner.ok("DELETE", f"/agents/{gone.account['id']}")
    for each in (filled.application, filled.follow_up, number):
        withdraw(filled.owner, each)
    filled.owner.ok("POST", "/applications/search", {"service": "new_or_renewal"})
    return filled


def withdraw(user, number):
    seen = user.ok("GET", f"/applications/{number}")["status_version"]
    user.ok("POST", f"/applications/{number}/withdraw", {"status_version": seen})


def uscc(world, user):
    return user.ok("GET", "/me")["enterprise"]["uscc"]


def traces(world, words):
    """Keys of items, and of files, in which one of the words stands, also where it was sealed."""
    found = {str(at): repr(item) for at, item in operating.in_clear().items()}
    found |= {"raw " + str(at): repr(item) for at, item in world.table().items()}
    files = [each["Key"] for folder in enterprise_files.FOLDERS for each in stored(folder)]
    found |= {f"file {key}": key for key in files}
    return sorted(at for at, text in found.items() if any(word in at or word in text for word in words))


def stored(folder):
    import boto3

    from sandbox import environment

    return boto3.client("s3").list_objects_v2(Bucket=environment.BUCKET, Prefix=folder).get("Contents", [])


def words_of(world, shop):
    """What nobody else has: ids of the enterprise and its accounts, numbers, addresses, names, passports."""
    me = shop.owner.ok("GET", "/me")
    agents = shop.owner.ok("GET", "/agents")["items"]
    return [
        me["enterprise"]["id"],
        me["enterprise"]["uscc"],
        repr(me["enterprise"]["name"]),
        shop.registration["email"],
        *(each["id"] for each in agents),
        *enterprise_data.account_ids(me["enterprise"]["id"]),
        shop.application,
        shop.follow_up,
        shop.holder,
        shop.passport,
        shop.holder_passport,
    ]


# Deleting


def test_after_a_deletion_no_item_and_no_file_knows_the_enterprise_but_the_audit(world, desk, shop):
    other = operating.filled(world)
    other_words = words_of(world, other)
    words, enterprise_id, code = words_of(world, shop), shop.owner.account["enterprise_id"], uscc(world, shop.owner)
    assert len(traces(world, words)) > 50
    before = world.table()
    delete_enterprise.delete(desk.terminal, enterprise_id, code)
    left = traces(world, words)
    assert {at for at in left if "#OFFICERS" not in at} == set()
    audits = [entry for entry in audit.entries("OFFICERS") if entry.subject == enterprise_id]
    assert [entry.action for entry in audits] == ["enterprise_closed", "enterprise_deleted"]
    assert not any(word in repr(audits) for word in words if word != enterprise_id)
    now = world.table()
    assert not any(word in repr((at, before[at])) for at in before if at not in now for word in other_words)
    assert all(now[at] == item for at, item in before.items() if at in now)
    assert traces(world, other_words)
    assert {each["Key"].split("/")[1] for folder in ("uploads", "files") for each in stored(folder)} >= {
        other.owner.account["enterprise_id"]
    }


def test_the_same_enterprise_and_address_may_register_again_and_finds_nothing(world, desk, shop):
    enterprise = shop.owner.ok("GET", "/me")["enterprise"]
    delete_enterprise.delete(desk.terminal, enterprise["id"], enterprise["uscc"])
    three = {name: enterprise[name] for name in ("name", "uscc", "legal_representative")}
    email = shop.registration["email"]
    world.anybody.ok("POST", "/email-codes", {"purpose": "register", "email": email})
    form = {**shop.registration, **world.ticket("register", three), "email_code": world.code(email)}
    session = world.anybody.ok("POST", "/registrations", form)
    again = User(world, session["token"], session["account"])
    assert session["account"]["id"] != enterprise["id"]
    assert again.ok("POST", "/applications/search", {"service": "new_or_renewal"})["items"] == []
    again.ok("POST", "/agents", people.agent(username=shop.agent_name))


def test_what_is_under_way_stops_a_deletion_unless_there_is_a_reason(world, desk):
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
        each
        for each in audit.entries("OFFICERS")
        if (each.subject, each.action) == (enterprise_id, "enterprise_deleted")
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
def test_a_person_who_waits_for_economies_or_for_a_card_is_under_way(world, desk, so_far):
    owner = world.enterprise()
    so_far(world, owner)
    with pytest.raises(Refused, match="1 are under way"):
        delete_enterprise.delete(desk.terminal, owner.account["enterprise_id"], uscc(world, owner))


def test_whoever_has_the_card_is_under_way_no_more(world, desk):
    owner = world.enterprise()
    follow_ups.holder(world, owner)
    delete_enterprise.delete(desk.terminal, owner.account["enterprise_id"], uscc(world, owner))
    assert owner("GET", "/me").status == 401


def test_what_was_reminded_of_and_mail_to_an_address_of_before_go_too(world, desk, shop):
    """A dead mail keeps address and words until somebody replays it."""
    owner, enterprise_id, code = shop.owner, shop.owner.account["enterprise_id"], uscc(world, shop.owner)
    former, fresh = shop.registration["email"], f"moved{people.serial()}@enterprise.example"
    world.anybody.ok("POST", "/email-codes", {"purpose": "change_email", "email": fresh})
    form = {"email": fresh, "email_code": world.code(fresh), "accept_terms": True}
    with faults.refused("sesv2.*", "MessageRejected"):
        owner.ok("PUT", "/me/email", form)
        for wait in (timedelta(), *limits.MAIL_WAITS):
            world.time.forward(seconds=wait.total_seconds())
            world.deliver()
    world.run(remind, time="2031-09-01T01:00:00Z")
    dead = [item for item in operating.in_clear().values() if item.get("state") == "DEAD"]
    assert former in {item.get("to") for item in dead}
    assert [at for at in world.table() if at[0].startswith(f"REMINDED#{shop.holder}")]
    delete_enterprise.delete(desk.terminal, enterprise_id, code)
    assert {at for at in traces(world, [enterprise_id, former, fresh, shop.holder]) if "#OFFICERS" not in at} == set()


def test_another_uscc_or_an_unknown_id_deletes_nothing(world, desk):
    owner = world.enterprise()
    before = world.table()
    with pytest.raises(Refused, match="USCC"):
        delete_enterprise.delete(desk.terminal, owner.account["enterprise_id"], people.make_uscc())
    with pytest.raises(Refused, match="no such enterprise"):
        delete_enterprise.delete(desk.terminal, "OFFICERS", "x")
    assert world.table() == before


class Killed(BaseException):
    """The command's process is gone."""


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
    assert [at for at in traces(world, words) if "#OFFICERS" not in at] == []
    assert table.get(enterprise_data.job_key(words[0])) is None


def test_from_the_first_step_nobody_of_the_enterprise_can_do_anything_and_late_uploads_go_too(world, desk):
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
    assert [at for at in traces(world, [enterprise_id]) if "#OFFICERS" not in at] == []


# Handing out


def test_an_export_holds_everything_in_clear_with_its_files_for_its_owner_alone(world, desk, shop, tmp_path):
    out = tmp_path / "export"
    export_enterprise.export(desk.terminal, shop.owner.account["enterprise_id"], out)
    found = json.loads((out / "data.json").read_text(encoding="utf-8"))
    counts = {name: len(items) for name, items in found.items()}
    assert (counts["enterprise"], counts["accounts"], counts["invoice_profiles"], counts["drafts"]) == (1, 2, 1, 1)
    assert (counts["applications"], counts["persons"]) == (4, 3)
    assert counts["history"] > 20
    assert counts["messages"] > 16
    persons = {each["content"]["passport_number"] for each in found["persons"]}
    assert {shop.passport, shop.holder_passport} <= persons
    assert found["drafts"][0]["content"]["contact_phone"] == "13600000001"
    pickups = [each["content"]["pickup"] for each in found["applications"] if "pickup" in each["content"]]
    assert "测试路2号" in {each.get("address") for each in pickups}
    assert shop.registration["email"] in {each["email"] for each in found["accounts"]}
    assert all(each["title"] for each in found["messages"])
    assert "password_hash" not in (out / "data.json").read_text(encoding="utf-8")
    files = [path for path in out.rglob("*") if path.is_file() and path.name != "data.json"]
    assert len(list((out / "files").iterdir())) >= 10
    assert all(path.stat().st_size for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*files, out / "data.json"]} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (out, out / "files", out / "uploads")} == {0o700}


def test_an_export_passes_over_what_was_deleted(world, desk, tmp_path):
    """The bucket keeps deleted files for a while, as markers over older versions."""
    owner = world.enterprise()
    draft = owner.ok("POST", "/drafts", {"attachments": [world.attach(owner, "photo")]})
    owner.ok("DELETE", f"/drafts/{draft['id']}")
    export_enterprise.export(desk.terminal, owner.account["enterprise_id"], tmp_path / "out")
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["data.json"]
    assert desk.lines[-1].endswith(", 0 files.")


def test_an_export_stands_in_the_enterprises_audit_and_has_nothing_of_others(world, desk, shop, tmp_path):
    other = world.enterprise()
    other_id = other.account["enterprise_id"]
    export_enterprise.export(desk.terminal, shop.owner.account["enterprise_id"], tmp_path / "export")
    assert other_id not in (tmp_path / "export" / "data.json").read_text(encoding="utf-8")
    [entry] = [each for each in shop.owner.ok("GET", "/audit")["items"] if each["action"] == "data_exported"]
    assert entry["actor"]


def test_an_export_never_writes_over_a_directory_nor_for_an_unknown_enterprise(world, desk, tmp_path):
    owner = world.enterprise()
    with pytest.raises(Refused, match="there already"):
        export_enterprise.export(desk.terminal, owner.account["enterprise_id"], tmp_path)
    with pytest.raises(Refused, match="no such enterprise"):
        export_enterprise.export(desk.terminal, "nobody", tmp_path / "new")
    assert not (tmp_path / "new").exists()
