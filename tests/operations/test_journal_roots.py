"""Daily roots of the journal: complete, signed, locked, and what they say about entries later (decision 0086)."""

import json
from contextlib import contextmanager
from datetime import date

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.applications import history
from chalicelib.repos.files import roots
from chalicelib.repos.process import aws, clock
from chalicelib.repos.table import journal_days, table
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.usecases.maintenance import journal_roots as usecase
from operations import check, journal_roots, receipt_keys, verify
from operations.terminal import Refused
from sandbox.environment import ROOTS_BUCKET
from scheduled.expire_cards import expire_cards
from testing.accounts import PASSWORD
from testing.clock import START
from tests.support.operating import CheckingDesk
from tests.support.snapshots import Snapshot

FIRST, SECOND = date(2026, 11, 21), date(2026, 11, 22)


@pytest.fixture
def desk():
    return CheckingDesk()


@pytest.fixture(scope="module")
def numbers(portal, owner):
    """Applications of two days, and the roots of both."""
    first = portal.application(owner, persons=2)["number"]
    portal.time.forward(days=1)
    portal.run(expire_cards)
    later = portal.sign_in("enterprise", owner.account["login"], PASSWORD)
    second = portal.application(later)["number"]
    portal.decide(portal.desk("fao-hunan"), later.ok("GET", f"/applications/{second}"))
    portal.time.forward(days=1)
    portal.run(expire_cards)
    portal.time.moment = START
    return first, second


@pytest.fixture(autouse=True)
def _restored(numbers, world):
    """Both tables as they were before the test damaged them, on the day after the second root."""
    world.time.forward(days=2)
    before = Snapshot()
    yield
    before.restore()


def entries(day):
    return {leaf.digest: leaf for leaf in roots.read(day).leaves}


def test_a_day_has_every_entry_of_history_and_audit_of_that_day(numbers):
    items = [item for item in read_journal() if journal_days.day_of(item) == FIRST]
    assert {(leaf.pk, leaf.sk) for leaf in roots.read(FIRST).leaves} == {(item["pk"], item["sk"]) for item in items}
    kinds = {leaf.pk.partition("#")[0] for leaf in roots.read(FIRST).leaves}
    assert kinds == {"HISTORY", "AUDIT"}
    assert len(items) == 3


def read_journal():
    page = table.scan(limit=1000)
    found = page.items
    while page.next_key:
        page = table.scan(limit=1000, start=page.next_key)
        found += page.items
    return [item for item in found if item["pk"].startswith(("HISTORY#", "AUDIT#"))]


def test_the_days_are_read_by_their_index_and_not_by_a_scan(numbers, counted_requests):
    with counted_requests() as asked:
        journal_days.entries(FIRST)
    assert asked == ["Query"] * journal_days.SHARDS


@pytest.fixture
def counted_requests():
    """A block that notes the operations of DynamoDB within it."""

    @contextmanager
    def counted():
        asked: list[str] = []

        def note(model, **_):
            asked.append(model.name)

        events = aws.client("dynamodb").meta.events
        events.register("before-call.dynamodb", note)
        try:
            yield asked
        finally:
            events.unregister("before-call.dynamodb", note)

    return counted


def test_a_run_that_is_repeated_adds_nothing_and_missed_days_follow(numbers, world):
    before = roots.signed_root(SECOND)
    assert usecase.record(world.time(), lambda: False) == 0
    assert roots.signed_root(SECOND) == before
    world.time.forward(days=3)
    assert usecase.record(world.time(), lambda: True) == 0
    assert usecase.record(world.time(), lambda: False) == 3
    assert usecase.read_all()[1].keys() >= {FIRST, SECOND, date(2026, 11, 25)}


def test_stored_roots_cannot_be_replaced_or_deleted(numbers):
    s3 = boto3.client("s3")
    key = f"roots/{FIRST}.jws"
    (version,) = s3.list_object_versions(Bucket=ROOTS_BUCKET, Prefix=key)["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=ROOTS_BUCKET, Key=key, VersionId=version["VersionId"])
    roots._store(key, b"another root")
    assert len(s3.list_object_versions(Bucket=ROOTS_BUCKET, Prefix=key)["Versions"]) == 1
    assert roots.signed_root(FIRST).startswith("eyJ")


def test_a_sound_journal_passes(numbers, desk):
    check.check(desk.terminal)


def test_a_deleted_entry_is_named(numbers, desk):
    leaf = next(leaf for leaf in roots.read(FIRST).leaves if leaf.pk.startswith("AUDIT#"))
    table.commit(table.delete((leaf.pk, leaf.sk)))
    assert f"{leaf.pk} {leaf.sk}: was deleted after {FIRST}" in desk.breaches()


def test_a_changed_entry_is_named_even_if_its_digest_was_changed_too(numbers, desk):
    leaf = next(leaf for leaf in roots.read(FIRST).leaves if leaf.pk.startswith("HISTORY#"))
    (item,) = [item for item in read_journal() if (item["pk"], item["sk"]) == (leaf.pk, leaf.sk)]
    changed = {**item, "request_id": "another"}
    table.commit(table.put(changed))
    assert f"{leaf.pk} {leaf.sk}: was changed: its digest is another one" in desk.breaches()
    table.commit(table.put({**changed, "digest": history.to_entry(changed).digest}))
    assert f"{leaf.pk} {leaf.sk}: was changed after {FIRST}" in desk.breaches()


def test_an_entry_that_is_added_to_a_past_day_is_named(numbers, desk):
    leaf = next(leaf for leaf in roots.read(FIRST).leaves if leaf.pk.startswith("AUDIT#"))
    (item,) = [item for item in read_journal() if (item["pk"], item["sk"]) == (leaf.pk, leaf.sk)]
    table.commit(table.put({**item, "sk": f"{item['sk']}0"}))
    assert f"{leaf.pk} {leaf.sk}0: was added after {FIRST}" in desk.breaches()


def test_a_root_with_a_forged_signature_is_named(numbers, desk, monkeypatch):
    forged = roots.signed_root(FIRST)[:-4] + "AAAA"
    monkeypatch.setattr(roots, "signed_root", lambda day: forged)
    assert f"root of {FIRST}: has no valid signature" in desk.breaches()


def test_entries_of_a_deleted_enterprise_are_not_missed(numbers, desk, owner):
    enterprise = owner.account["enterprise_id"]
    leaf = next(leaf for leaf in roots.read(FIRST).leaves if leaf.pk == f"AUDIT#{enterprise}")
    table.commit(table.delete((leaf.pk, leaf.sk)))
    by = Origin("arn", "operator", clock.now(), "request")
    table.commit(audit.entry_added(accounts.OFFICERS, by, AuditAction.ENTERPRISE_DELETED, enterprise))
    assert [line for line in desk.breaches() if "was deleted" in line] == []


def test_an_entry_is_proven_offline_to_be_under_the_root_of_its_day(numbers, desk, tmp_path):
    keys, file = tmp_path / "keys.json", tmp_path / "proof.json"
    receipt_keys.keys(desk.terminal, keys)
    digest = next(leaf.digest for leaf in roots.read(SECOND).leaves if leaf.pk == f"HISTORY#{numbers[1]}")
    journal_roots.prove(desk.terminal, SECOND, digest, file)
    desk.lines.clear()
    verify.verify(desk.terminal, str(file), keys, as_json=True)
    proven = json.loads(desk.lines[0])
    assert (proven["entry"], proven["day"], proven["journal"][0]) == (digest, "2026-11-22", f"HISTORY#{numbers[1]}")
    proof = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**proof, "leaf": [*proof["leaf"][:2], "0" * 64, proof["leaf"][3]]}), encoding="utf-8")
    with pytest.raises(Refused, match="the entry is not under the root"):
        verify.verify(desk.terminal, str(file), keys)


def test_what_cannot_be_proven_is_refused(numbers, desk):
    with pytest.raises(Refused, match="has no root"):
        journal_roots.prove(desk.terminal, date(2020, 1, 1), "0" * 64)
    with pytest.raises(Refused, match="no entry of 2026-11-21 has this digest"):
        journal_roots.prove(desk.terminal, FIRST, "0" * 64)


def test_the_list_has_each_day_with_its_root(numbers, desk):
    journal_roots.list_roots(desk.terminal, as_json=True)
    days = [json.loads(line) for line in desk.lines]
    assert [one["day"] for one in days][:2] == ["2026-11-21", "2026-11-22"]
    assert all(len(one["root"]) == 64 for one in days)
