"""Commands with `--segments`: same results as with one, one pace, places of their own, one end for all threads."""

import json
import signal
import threading
import zipfile
from collections import Counter
from typing import Any

import pytest

from chalicelib.repos.keys import keyring, rotation
from chalicelib.repos.keys.keyring import KeyPurpose
from chalicelib.repos.maintenance import enterprise_data, reencryption
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.repos.table.segments import MOST, Segment
from chalicelib.usecases.maintenance import sweep
from operations import audit, check, delete_enterprise, destroy_person, person, rotate_keys, terminal
from operations.terminal import Refused, Terminal
from tests.support import faults, operating
from tests.support.operating import Desk
from tests.support.snapshots import Snapshot


@pytest.fixture(scope="module")
def everything(portal):
    return operating.filled(portal)


@pytest.fixture
def desk(world, everything):
    world.time.forward(days=next(operating.DAYS))
    world.forget_desks()  # their sessions have ended
    return Desk(world)


@pytest.fixture
def rotated(world, desk):
    """A table whose sealed values are all under an older key."""
    rotate_keys.new_field_key(desk.terminal)
    world.time.forward(hours=1)
    desk.lines.clear()
    return keyring.items(KeyPurpose.FIELD)[0]["key_id"]


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(sweep, "PAGE", 5)
    monkeypatch.setattr(enterprise_data, "PAGE", 20)


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    assert not [thread for thread in threading.enumerate() if thread.name.endswith("(_run)")]


def keys_in_use():
    return {key_id for item in enterprise_data.sweep() for key_id in reencryption.key_ids(item)}


def positions():
    return {one.segment: one.start for one in rotation.saved_positions("reseal")}


class Scans:
    """The requests of Scan of the portal's table in a block."""

    def __init__(self):
        self.asked = []

    def __enter__(self):
        aws.client("dynamodb").meta.events.register("before-call.dynamodb.Scan", self._note, unique_id="scans")
        return self.asked

    def __exit__(self, *_):
        aws.client("dynamodb").meta.events.unregister("before-call.dynamodb.Scan", unique_id="scans")

    def _note(self, params, **_):
        self.asked.append(json.loads(params["body"]))


def ending_after(writes, end):
    """A `sleep` that calls `end` after so many paced writes."""
    left = iter(range(writes))

    def sleep(seconds):
        if seconds <= 1 and next(left, None) is None:
            end()

    return sleep


def killed():
    raise faults.Killed


# The check


def damage(everything):
    """Damage items that belong together and lie in several partitions."""
    entries = table.query_all(f"HISTORY#{everything.holder[:18]}")
    answer = next(entry for entry in entries if entry.get("economy"))
    of_application = table.query_all(f"HISTORY#{everything.application}")
    table.commit(
        table.delete((entries[1]["pk"], entries[1]["sk"])),
        table.put(answer | {"decision": "refused"}),
        table.delete((of_application[-1]["pk"], of_application[-1]["sk"])),
        table.delete((f"APP#{everything.follow_up}", "HEADER")),
        table.put({"pk": "NEW#1", "sk": "NEW"}),
    )


def checked(desk, **options):
    desk.lines.clear()
    try:
        check.check(desk.terminal, **options)
    except Refused as refusal:
        return [*desk.lines, str(refusal)]
    return [*desk.lines]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_check_in_segments_finds_what_one_finds(everything, desk, as_json):
    sound = checked(desk, as_json=as_json)
    assert checked(desk, as_json=as_json, segments=4) == sound
    before = Snapshot()
    try:
        damage(everything)
        found = checked(desk, as_json=as_json)
        assert len(found) > 5
        assert any("NEW#1 NEW: is of no known kind" in line for line in found)
        for segments in (2, 4, MOST):
            assert checked(desk, as_json=as_json, segments=segments) == found
    finally:
        before.restore()


def test_a_pace_is_that_of_all_segments_together(desk):
    desk.waited.clear()
    (*_, last) = checked(desk, pace=100.0, as_json=True, segments=4)
    assert desk.waited == [0.01] * json.loads(last)["items"]


def test_progress_counts_the_items_of_all_segments(desk, monkeypatch):
    monkeypatch.setattr("operations.reading.PROGRESS", 50)
    (*progress, last) = checked(desk, segments=4)
    items = int(last.partition(" ")[0])
    assert progress == [f"  {number} items read" for number in range(50, items + 1, 50)]
    assert len(progress) > 2


# Rewriting


@pytest.mark.parametrize("segments", [3, MOST])
def test_segments_together_rewrite_each_item_once(world, desk, rotated, segments):
    before, clear = world.table(), operating.in_clear()
    desk.waited.clear()
    rotate_keys.reseal(desk.terminal, pace=1000, segments=segments)
    written = [key for key, item in world.table().items() if key in before and item != before[key]]
    assert keys_in_use() == {rotated}
    assert operating.in_clear() == clear
    assert positions() == {}
    assert desk.lines[0] == f"  Sweep of the table complete: {len(written)} items written."
    assert desk.lines[1] == "  Sweep of the table complete: 0 items written."
    assert desk.waited == [0.001] * len(written)


def test_each_segment_resumes_at_its_own_place(desk, rotated):
    clear = operating.in_clear()
    with pytest.raises(faults.Killed):
        rotate_keys.reseal(Terminal(desk.lines.append, ending_after(30, killed)), pace=1000, segments=3)
    saved = positions()
    assert len({segment.number for segment in saved}) == len(saved) > 1
    assert {segment.total for segment in saved} == {3}
    with Scans() as asked:
        rotate_keys.reseal(desk.terminal, pace=1000, segments=3)
    first: dict[int, Any] = {}
    for request in asked:
        first.setdefault(request["Segment"], request)
    for segment, start in saved.items():
        begins = {name: value["S"] for name, value in first[segment.number].get("ExclusiveStartKey", {}).items()}
        assert start is None or begins == start
    assert desk.lines.count("  Sweep of the table complete: 0 items written.") == 1
    assert keys_in_use() == {rotated}
    assert operating.in_clear() == clear
    assert positions() == {}


def test_a_segment_that_has_ended_is_not_read_again(desk, rotated):
    rotation.save_position("reseal", Segment(1, 2), None)
    begun = sweep.begin("reseal", 2)
    assert not begun.is_whole
    with Scans() as asked:
        list(sweep.changed(begun, lambda item: [], Exception))
    assert {request["Segment"] for request in asked} == {0}
    assert positions() == {}


@pytest.mark.parametrize(("first", "then"), [(3, 1), (1, 3), (4, 3)])
def test_a_resumption_with_another_number_of_segments_starts_at_the_beginning(desk, rotated, first, then):
    clear = operating.in_clear()
    with pytest.raises(faults.Killed):
        rotate_keys.reseal(Terminal(lambda _: None, ending_after(30, killed)), pace=1000, segments=first)
    assert positions() != {}
    rotate_keys.reseal(desk.terminal, pace=1000, segments=then)
    assert desk.lines[0] == f"  The sweep that was interrupted had {first} segments: it starts at the beginning."
    assert desk.lines[2] == "  Sweep of the table complete: 0 items written."
    assert keys_in_use() == {rotated}
    assert operating.in_clear() == clear
    assert positions() == {}


def test_a_position_of_an_earlier_version_is_that_of_whole_tables(desk, rotated):
    start = {"pk": "ENT#", "sk": "-"}
    table.commit(table.put({"pk": "KEYS", "sk": "WALK#reseal", "start": start}))
    assert positions() == {Segment(0, 1): start}
    assert not sweep.begin("reseal", 1).is_whole
    assert sweep.begin("reseal", 2).replaced == 1


def test_items_saved_beside_many_segments_are_not_overwritten(world, desk, rotated):
    """Half of all items are written by somebody else between the read and the write of their segment."""
    real, held = reencryption.reencrypted, threading.Lock()
    met: Counter[Any] = Counter()

    def interrupted(item, current):
        write = real(item, current)
        with held:
            is_met = write is not None and sum(met.values()) % 2 == 0 and met[item["pk"], item["sk"]] == 0
            met[item["pk"], item["sk"]] += write is not None
        if write and is_met:
            table.commit(write)
            table.commit(table.change((item["pk"], item["sk"]), add={"written_beside": 1}))
        return write

    reencryption.reencrypted = interrupted
    try:
        rotate_keys.reseal(desk.terminal, pace=1000, segments=4)
    finally:
        reencryption.reencrypted = real
    beside = [item for item in enterprise_data.sweep() if item.get("written_beside") == 1]
    assert len(beside) > 10
    assert desk.lines.count("  An item was saved meanwhile; the next sweep reads it again.") == len(beside)
    assert keys_in_use() == {rotated}
    for item in beside:
        table.commit(table.change((item["pk"], item["sk"]), drop=["written_beside"]))


def test_a_dry_run_in_segments_counts_what_one_counts(desk, rotated):
    from chalicelib.usecases.maintenance import key_rotation

    change = key_rotation.reencrypting()[1]
    for segments in (1, 4):
        rotate_keys.count_writes(desk.terminal, change, segments)
    assert desk.lines[0] == desk.lines[1]
    assert not desk.lines[0].startswith("Would write 0 ")


def test_a_key_in_use_is_found_by_every_number_of_segments(desk, rotated):
    old = keyring.items(KeyPurpose.FIELD)[1]["key_id"]
    refusals = []
    for segments in (1, 4):
        with pytest.raises(Refused, match="items still need it") as refusal:
            rotate_keys.retire(desk.terminal, old, segments)
        refusals.append(str(refusal.value))
        with pytest.raises(Refused, match="items still need it"):
            rotate_keys.check_retirement(desk.terminal, old, segments)
    assert refusals[0] == refusals[1]
    rotate_keys.reseal(desk.terminal, pace=1000, segments=4)
    rotate_keys.retire(desk.terminal, old, 4)
    assert desk.lines[-1].startswith(f"Field key {old} is destroyed.")


# Ends


def test_a_fault_of_one_segment_is_one_line_and_the_next_run_resumes(desk, rotated, capsys):
    quiet = Terminal(lambda _: None, lambda _: None)
    with faults.refused("dynamodb.TransactWriteItems", after=40):
        assert terminal.run(lambda _: rotate_keys.reseal(quiet, pace=1000, segments=4)) == 1
    said = capsys.readouterr().err
    assert said == "Refused: AWS did not answer, or a new digest key is being introduced; try again later.\n"
    assert {segment.total for segment in positions()} == {4}
    rotate_keys.reseal(desk.terminal, pace=1000, segments=4)
    assert keys_in_use() == {rotated}


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_all_segments_and_says_how_to_go_on(desk, rotated, capsys, by, code):
    ending = Terminal(desk.lines.append, ending_after(20, lambda: signal.raise_signal(by)))
    before = signal.getsignal(signal.SIGTERM)
    with Scans() as asked:
        assert terminal.run(lambda _: rotate_keys.reseal(ending, pace=1000, segments=4)) == code
        at_the_end = len(asked)
    assert capsys.readouterr().err == "Interrupted.\n"
    assert desk.lines == ["  Stopped. Run the same command again with --segments 4 to resume."]
    assert signal.getsignal(signal.SIGTERM) == before
    assert len(asked) == at_the_end
    assert rotated in keys_in_use() != {rotated}
    rotate_keys.reseal(desk.terminal, pace=1000, segments=4)
    assert keys_in_use() == {rotated}


def test_a_signal_stops_a_check(desk, capsys):
    ending = Terminal(desk.lines.append, ending_after(20, lambda: signal.raise_signal(signal.SIGTERM)))
    assert terminal.run(lambda _: check.check(ending, 100.0, segments=4)) == 143
    assert capsys.readouterr().err == "Interrupted.\n"


# Other commands


def test_an_export_of_a_person_in_segments_is_the_same(desk, everything, tmp_path):
    exported = []
    for segments in (1, 4):
        out = tmp_path / f"{segments}.zip"
        person.export(desk.terminal, everything.holder, out, segments=segments)
        with zipfile.ZipFile(out) as archive:
            exported.append({name: archive.read(name) for name in archive.namelist()})
    assert exported[0] == exported[1]


def test_the_entries_of_an_object_are_the_same(desk, everything):
    found = []
    for segments in (1, 4):
        desk.lines.clear()
        audit.export(desk.terminal, number=everything.application, segments=segments)
        found.append(sorted(line for line in desk.lines if '"data_exported"' not in line))
    assert found[0] == found[1] != []


def test_a_destruction_in_segments_destroys_the_person(world, desk, tmp_path):
    shop = operating.filled(world)
    wanted = destroy_person.Wanted(shop.holder)
    counted = []
    for segments in (1, 4):
        desk.lines.clear()
        destroy_person.count(desk.terminal, wanted, force="测试", segments=segments, as_json=True)
        counted.append(desk.lines[-1])
    assert counted[0] == counted[1]
    destroy_person.destroy(desk.terminal, wanted, force="测试", segments=4)
    with pytest.raises(Refused, match="no such person"):
        person.export(desk.terminal, shop.holder, tmp_path / "none.zip", dry=True, segments=4)


def test_a_deletion_in_segments_deletes_the_enterprise(world, desk):
    shop = operating.filled(world)
    owner, uscc = (shop.owner.ok("GET", "/me")["enterprise"][name] for name in ("id", "uscc"))
    scope = enterprise_data.scope_of(owner, uscc)
    delete_enterprise.delete(desk.terminal, owner, uscc, force="测试", segments=4)
    assert [item for item in enterprise_data.sweep() if scope.has(item)] == []


@pytest.mark.parametrize("value", ["0", "-1", "17", "1.5", "two", "", "٣"])
@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (check.main, ()),
        (audit.main, ("--object", "1")),
        (person.main, ("--number", "1", "--out", "x.zip")),
        (destroy_person.main, ("--identity",)),
        (delete_enterprise.main, ("--id", "1", "--confirm", "1")),
        (rotate_keys.main, ("reseal",)),
        (rotate_keys.main, ("retire", "1")),
        (rotate_keys.main, ("new-digest-key",)),
    ],
)
def test_a_number_of_segments_out_of_range_is_refused_in_words(capsys, main, arguments, value):
    with pytest.raises(SystemExit) as ended:
        main([*arguments, f"--segments={value}"])
    assert ended.value.code == 2
    assert "argument --segments: must be a whole number from 1 to 16" in capsys.readouterr().err


def test_the_command_line_passes_the_number_of_segments(world, everything, capsys):
    with Scans() as asked:
        assert check.main(["--segments", "4", "--json"]) == 0
    assert {request["Segment"] for request in asked} == {0, 1, 2, 3}
    assert json.loads(capsys.readouterr().out)["breaches"] == 0
