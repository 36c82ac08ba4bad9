"""`operations.person`: everything about one person, and nothing about anybody else."""

import json
import stat
import zipfile

import pytest

from chalicelib.repos.accounts import audit
from operations import person
from operations.terminal import Refused
from testing import follow_ups, people
from tests.support.operating import Desk


@pytest.fixture
def desk(world):
    return Desk(world)


@pytest.fixture
def traveller(world, owner):
    """A person with a card, and the same person in a draft of another enterprise beside somebody else."""
    number = follow_ups.holder(world, owner)
    own = owner.ok("GET", f"/applications/{number[:18]}/content")["content"]["persons"][0]
    other = world.enterprise()
    fields = {name: own[name] for name in ("name", "id_number", "passport_number")}
    somebody = {"name": "测试辛", "passport_number": people.make_passport()}
    other.ok("POST", "/drafts", {"group_name": "他处", "persons": [fields, somebody]})
    return number, own, somebody


def exported(desk, number, out):
    person.export(desk.terminal, number, out)
    with zipfile.ZipFile(out) as archive:
        return json.loads(archive.read("data.json")), archive.namelist()


def test_everything_about_the_person_is_exported_from_every_enterprise(world, desk, owner, traveller, tmp_path):
    number, own, somebody = traveller
    world.application(owner, persons=2)
    data, names = exported(desk, number, tmp_path / "person.zip")
    (found,) = data["persons"]
    assert found["number"] == number
    assert found["content"]["passport_number"] == own["passport_number"]
    (draft,) = data["drafts"]
    assert [one["name"] for one in draft["content"]["persons"]] == [own["name"]]
    assert len(data["cards"]) == 1
    assert len(data["history"]) > 10
    assert {message.get("person_number") for message in data["messages"]} == {number}
    text = json.dumps(data, ensure_ascii=False)
    assert somebody["passport_number"] not in text
    assert sum(name.startswith("files/") for name in names) == len(own["attachments"]) > 0
    assert stat.S_IMODE((tmp_path / "person.zip").stat().st_mode) == 0o600


def test_the_audit_of_the_officers_has_the_export_and_not_a_dry_run(world, desk, traveller, tmp_path):
    number = traveller[0]
    before = world.table()
    person.export(desk.terminal, number, tmp_path / "none.zip", dry=True, as_json=True)
    assert world.table() == before
    assert not (tmp_path / "none.zip").exists()
    counted = json.loads(desk.lines[-1])
    person.export(desk.terminal, number, tmp_path / "person.zip", as_json=True)
    assert json.loads(desk.lines[-1]) == counted
    entries = [entry for entry in audit.entries("OFFICERS") if entry.subject == number]
    assert [entry.action for entry in entries] == ["data_exported"]


def test_what_is_no_person_is_refused(world, desk, traveller, tmp_path):
    for number, why in (
        ("APEC20261121999999-01", "no such person"),
        ("APEC20261121000001", "is not the number of a person"),
    ):
        with pytest.raises(Refused, match=why):
            person.export(desk.terminal, number, tmp_path / "person.zip")
    (tmp_path / "there.zip").write_bytes(b"")
    with pytest.raises(Refused, match="is there already"):
        person.export(desk.terminal, traveller[0], tmp_path / "there.zip")


def test_a_pace_waits_between_items(world, desk, traveller, tmp_path):
    person.export(desk.terminal, traveller[0], tmp_path / "person.zip", pace=1000, dry=True)
    assert len(desk.waited) == 2 * len(world.table())
