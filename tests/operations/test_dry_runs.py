"""Dry runs and machine-readable output of commands that rotate keys and export: they change nothing."""

import json

import pytest

from chalicelib.repos.keys import keyring
from chalicelib.repos.keys.keyring import KeyPurpose
from chalicelib.usecases.maintenance import key_rotation
from operations import export_enterprise, rotate_keys, sweep
from operations.terminal import Refused
from tests.support import operating
from tests.support.operating import Desk


@pytest.fixture
def desk(world):
    world.time.forward(days=next(operating.DAYS))
    world.forget_desks()  # their sessions have ended
    return Desk(world)


@pytest.fixture
def shop(world):
    return operating.filled(world)


def test_a_dry_run_of_reseal_counts_what_reseal_writes(world, desk, shop):
    rotate_keys.new_field_key(desk.terminal)
    world.time.forward(minutes=10)
    before = world.table()
    desk.lines.clear()
    rotate_keys.count_writes(desk.terminal, key_rotation.reencrypting()[1])
    assert world.table() == before
    (said,) = desk.lines
    rotate_keys.reseal(desk.terminal, pace=1000)
    changed = [key for key, item in world.table().items() if item != before.get(key) and key in before]
    assert said.startswith(f"Would write {len(changed)} of {len(before)} items")
    assert len(changed) > 10


def test_a_dry_run_of_a_digest_rotation_changes_nothing_and_closes_nothing(world, desk, shop):
    before = world.table()
    rotate_keys.count_writes(desk.terminal, key_rotation.planned_digests())
    assert world.table() == before
    assert desk.lines[-1].startswith("Would write ")
    assert not desk.lines[-1].startswith("Would write 0 ")
    assert shop.owner("GET", "/me").status == 200


def test_a_dry_run_of_retire_says_what_retire_would(world, desk, shop):
    old = keyring.items(KeyPurpose.FIELD)[0]["key_id"]
    with pytest.raises(Refused, match="this is the current key"):
        rotate_keys.check_retirement(desk.terminal, old)
    rotate_keys.new_field_key(desk.terminal)
    world.time.forward(minutes=10)
    with pytest.raises(Refused, match="items still need it"):
        rotate_keys.check_retirement(desk.terminal, old)
    rotate_keys.reseal(desk.terminal, pace=1000)
    rotate_keys.check_retirement(desk.terminal, old)
    assert desk.lines[-1] == f"Field key {old} would be destroyed: nothing needs it. Nothing was changed."
    assert any(item["key_id"] == old and "wrapped" in item for item in keyring.items(KeyPurpose.FIELD))
    with pytest.raises(Refused, match="no such key"):
        rotate_keys.check_retirement(desk.terminal, "20200101000000-0000")


def test_a_dry_run_of_rewrap_names_every_key(world, desk, shop):
    before = world.table()
    rotate_keys.count_keys(desk.terminal, "arn:other")
    assert world.table() == before
    wrapped = sum("wrapped" in item for purpose in KeyPurpose for item in keyring.items(purpose))
    assert len(desk.lines) == wrapped >= 2


def test_the_list_of_keys_is_machine_readable(world, desk):
    rotate_keys.list_keys(desk.terminal, as_json=True)
    listed = [json.loads(line) for line in desk.lines]
    assert {key["purpose"] for key in listed} == {"field", "digest"}
    assert all(key.keys() == {"purpose", "key_id", "made_at", "retired_at", "closed"} for key in listed)


def test_a_dry_run_of_an_export_counts_and_writes_nothing(world, desk, shop, tmp_path):
    before, out = world.table(), tmp_path / "out"
    export_enterprise.count(desk.terminal, shop.owner.account["enterprise_id"], as_json=True)
    assert world.table() == before
    counted = json.loads(desk.lines[-1])
    export_enterprise.export(desk.terminal, shop.owner.account["enterprise_id"], out, as_json=True)
    exported = json.loads(desk.lines[-1])
    assert exported.pop("out") == str(out)
    assert exported.pop("files") == counted["files"] > 0
    assert counted["items"] >= sum(exported.values()) > 10
    with pytest.raises(Refused, match="no such enterprise"):
        export_enterprise.count(desk.terminal, "nobody")


def test_a_long_sweep_says_how_far_it_is(world, desk, shop, monkeypatch):
    monkeypatch.setattr(sweep, "PROGRESS", 5)
    rotate_keys.new_field_key(desk.terminal)
    rotate_keys.reseal(desk.terminal, pace=1000)
    assert "  5 items written" in desk.lines


@pytest.mark.parametrize(
    "arguments",
    [["reseal", "--json"], ["list", "--dry-run"], ["new-field-key", "--dry-run"], ["reseal", "--pace", "0"]],
)
def test_options_that_a_command_does_not_have_are_refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        rotate_keys.main(arguments)
    assert ended.value.code == 2
