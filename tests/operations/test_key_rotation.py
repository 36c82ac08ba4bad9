"""Rotation of field and digest keys under concurrent writes, and of the keys of the licence platform."""

import re
import threading
from typing import Any

import pytest

from chalicelib.config import settings
from chalicelib.repos.accounts import audit, tickets
from chalicelib.repos.applications import card_numbers
from chalicelib.repos.keys import keyring, rotation, sealing
from chalicelib.repos.keys.keyring import KeyPurpose
from chalicelib.repos.maintenance import reencryption
from chalicelib.repos.process import clock
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import AssertionRefused, Unavailable
from chalicelib.usecases.maintenance import sweep
from operations import rotate_keys
from operations.terminal import Refused
from testing import follow_ups, people
from testing.rights import OPERATORS
from testing.world import PASSWORD, PLATFORM, Platform
from tests.support import faults, operating
from tests.support.operating import Desk


@pytest.fixture(scope="module")
def everything(portal):
    """One enterprise with data of every kind."""
    return operating.filled(portal)


@pytest.fixture
def desk(world):
    """Advances one day per test, because key ids contain the creation time."""
    for purpose in KeyPurpose:
        keyring.items(purpose) or keyring.current(purpose)
    world.time.forward(days=next(operating.DAYS))
    return Desk(world)


@pytest.fixture
def shop(world, everything, desk):
    everything.owner = operating.sign_in_again(world, everything)
    return everything


def keys_in_use():
    found: dict[str, set[str]] = {}
    start = None
    while True:
        page = table.scan(limit=1000, start=start)
        for item in page.items:
            for key_id in reencryption.key_ids(item):
                found.setdefault(key_id, set()).add(item["pk"].partition("#")[0])
        start = page.next_key
        if start is None:
            return found


class Killed(BaseException):
    """Simulates the end of the process of the command."""


def killed_after(writes):
    """A `sleep` function that raises `Killed` after `writes` paced writes."""
    left = iter(range(writes))

    def sleep(seconds):
        if seconds <= 1 and next(left, None) is None:
            raise Killed

    return sleep


# Key caching in a running process


def test_a_running_process_uses_a_new_key_after_five_minutes_when_its_cache_expires(world, desk):
    before = keyring.current(KeyPurpose.FIELD)
    rotate_keys.new_field_key(desk.terminal)
    assert keyring.current(KeyPurpose.FIELD) == before
    world.time.forward(seconds=299)
    assert keyring.current(KeyPurpose.FIELD) == before
    world.time.forward(seconds=1)
    assert keyring.current(KeyPurpose.FIELD).id == keyring.items(KeyPurpose.FIELD)[0]["key_id"] != before.id


def test_a_value_encrypted_with_an_uncached_key_is_decrypted_immediately(world, desk):
    keyring.current(KeyPurpose.FIELD)
    item, writes = rotation.new_key(KeyPurpose.FIELD, clock.now())
    table.commit(*writes)
    known = dict(keyring._rings), dict(keyring._open)
    keyring.forget()
    sealed = sealing.seal(b"new", "c")
    assert sealing.key_id_of(sealed) == item["key_id"]
    keyring.forget()
    keyring._rings.update(known[0])  # restores a cache from before the new key
    keyring._open.update(known[1])
    assert sealing.unseal(sealed, "c") == b"new"
    keyring.forget()


def test_a_cached_key_is_used_without_requests_until_the_cache_expires(world, desk):
    keyring.current(KeyPurpose.FIELD)
    world.time.forward(seconds=299)
    with faults.down("dynamodb"), faults.down("kms"):
        keyring.current(KeyPurpose.FIELD)


# The key of fields


def test_after_a_rotation_all_data_is_unchanged_and_no_item_uses_the_old_key(world, shop, desk):
    before = operating.in_clear()
    old = set(keys_in_use())
    rotate_keys.new_field_key(desk.terminal)
    rotate_keys.reseal(desk.terminal, pace=1000)
    current = keyring.current(KeyPurpose.FIELD).id
    assert set(keys_in_use()) == {current}
    assert {"ENT", "ACC", "APP", "MAIL", "IDEM"} <= keys_in_use()[current]
    assert desk.waited[0] == pytest.approx(limits.KEY_GRACE.total_seconds())
    for key_id in old:
        rotate_keys.retire(desk.terminal, key_id)
    keyring.forget()
    assert operating.in_clear() == before
    with pytest.raises(KeyError):
        keyring.by_id(KeyPurpose.FIELD, old.pop())
    assert shop.owner.ok("GET", f"/applications/{shop.application}")["number"] == shop.application


def test_a_key_in_use_and_the_current_key_cannot_be_retired(world, shop, desk):
    old = keyring.items(KeyPurpose.FIELD)[0]["key_id"]
    rotate_keys.new_field_key(desk.terminal)
    with pytest.raises(Refused, match="items still need it"):
        rotate_keys.retire(desk.terminal, old)
    with pytest.raises(Refused, match="current"):
        rotate_keys.retire(desk.terminal, keyring.items(KeyPurpose.FIELD)[0]["key_id"])
    with pytest.raises(Refused, match="no such key"):
        rotate_keys.retire(desk.terminal, "20000101000000-0000")
    assert "wrapped" in (table.get((keyring.PARTITION, f"field#{old}")) or {})


def test_an_interrupted_rotation_resumes_at_its_saved_position(world, shop, desk, monkeypatch):
    monkeypatch.setattr(sweep, "PAGE", 5)
    before = operating.in_clear()
    rotate_keys.new_field_key(desk.terminal)
    world.time.forward(hours=1)
    desk.terminal.say("interrupted")
    with pytest.raises(Killed):
        rotate_keys.reseal(type(desk.terminal)(desk.lines.append, killed_after(10)), pace=1000)
    assert rotation.saved_positions("reseal") != []
    assert len(keys_in_use()) > 1
    rotate_keys.reseal(desk.terminal, pace=1000)
    assert set(keys_in_use()) == {keyring.current(KeyPurpose.FIELD).id}
    assert rotation.saved_positions("reseal") == []
    assert operating.in_clear() == before


def test_a_draft_saved_during_its_reencryption_is_not_overwritten(world, shop, desk):
    """The save happens between the read and the write of the same item by the sweep."""
    rotate_keys.new_field_key(desk.terminal)
    world.time.forward(hours=1)
    agent = world.sign_in("agent", shop.agent_name, "correct horse")
    version = agent.ok("GET", f"/drafts/{shop.draft}")["version"]
    real = reencryption.reencrypted
    done: list[Any] = []

    def interrupted(item, current):
        write = real(item, current)
        if item.get("kind") == "draft" and not done:
            done.append(agent.ok("PUT", f"/drafts/{shop.draft}", {"group_name": "新存的"}, If_Match=f'"{version}"'))
        return write

    reencryption.reencrypted = interrupted
    try:
        rotate_keys.reseal(desk.terminal, pace=1000)
    finally:
        reencryption.reencrypted = real
    assert len(done) == 1
    assert any("saved meanwhile" in line for line in desk.lines)
    assert agent.ok("GET", f"/drafts/{shop.draft}")["content"]["group_name"] == "新存的"
    assert set(keys_in_use()) == {keyring.current(KeyPurpose.FIELD).id}


@pytest.mark.parametrize("segments", [1, 4])
def test_no_draft_saved_during_a_rotation_is_lost(world, shop, desk, segments):
    agent = world.agent(shop.owner)
    drafts = [agent.ok("POST", "/drafts", {"group_name": f"并行{n}"})["id"] for n in range(10)]
    rotate_keys.new_field_key(desk.terminal)
    world.time.forward(hours=1)
    agent = world.sign_in("agent", agent.account["login"], "correct horse")
    ended = threading.Event()

    def rotate():
        try:
            rotate_keys.reseal(Desk(world).terminal, pace=1e6, segments=segments)
        finally:
            ended.set()

    rotation = threading.Thread(target=rotate, daemon=True, name=OPERATORS)
    rotation.start()
    rounds = 0
    while not ended.is_set() or rounds < 2:
        rounds += 1
        for n, draft in enumerate(drafts):
            agent.ok("PUT", f"/drafts/{draft}", {"group_name": f"第{rounds}次{n}"}, If_Match=f'"{rounds}"')
    rotation.join()
    saved = [agent.ok("GET", f"/drafts/{draft}")["content"]["group_name"] for draft in drafts]
    assert saved == [f"第{rounds}次{n}" for n in range(10)]
    assert set(keys_in_use()) == {keyring.current(KeyPurpose.FIELD).id}


# The key of digests


SHORT_LIVED = ("CODE#", "RATE#", "RECOVERY#", "IDEM#", "TICKET#")
"""Items whose digests expire within minutes, or replies, which are also found by older keys."""


def digests_of_the_table():
    """Every long-lived digest in keys, index attributes and values. Hashes of sessions and of files use no key.

    Known addresses are not moved: after a rotation a sign-in notes them again.
    """
    found, start = set(), None
    while True:
        page = table.scan(limit=1000, start=start)
        for item in page.items:
            if not item["pk"].startswith(SHORT_LIVED) and not item["sk"].startswith(("SESSION#", "VERDICT", "KNOWN#")):
                # The digests of entries of the journal, and those that chain the history, need no key.
                keyed = {name: value for name, value in item.items() if name not in ("head", "previous", "digest")}
                found |= set(re.findall(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", repr(keyed)))
        start = page.next_key
        if start is None:
            return found


def check_that_everything_is_found(world, shop):
    owner = operating.sign_in_again(world, shop)
    agent = world.sign_in("agent", shop.agent_name, "correct horse")
    assert owner.account["id"] == shop.owner.account["id"]
    for service, passport, number in (
        ("new_or_renewal", shop.passport, shop.application),
        ("new_or_renewal", shop.holder_passport, shop.holder[:18]),
        ("cancel_card", shop.holder_passport, shop.follow_up),
    ):
        form = {"service": service, "passport_number": passport}
        items = agent.ok("POST", "/applications/search", form)["items"] if service == "new_or_renewal" else None
        items = items or owner.ok("POST", "/applications/search", form)["items"]
        assert [row["number"] for row in items] == [number]
    elements = owner.ok("GET", "/me")["enterprise"]
    three = {name: elements[name] for name in ("name", "uscc", "legal_representative")}
    scanned = world.anybody.ok("POST", "/sessions/elicence", world.ticket("login", three))
    assert scanned["account"]["id"] == owner.account["id"]
    again = world.anybody("POST", "/registrations", {**world.registration(), **world.ticket("register", three)})
    assert (again.status, again.code) == (409, "ALREADY_EXISTS")
    email = shop.registration["email"]
    world.time.forward(hours=1)
    world.anybody.ok("POST", "/recoveries", {**three, "email": email})
    owner = operating.sign_in_again(world, shop)
    taken = owner("POST", "/agents", people.agent(username=shop.agent_name))
    assert (taken.status, taken.fields) == (409, {"username": "TAKEN"})


@pytest.mark.parametrize(("kill_at", "segments"), [(None, 1), (0, 1), (7, 1), (None, 4), (7, 4)])
def test_after_a_digest_rotation_every_name_passport_and_unique_claim_is_found_by_new_digests_only(
    world, shop, desk, kill_at, segments, monkeypatch
):
    monkeypatch.setattr(sweep, "PAGE", 5)
    officer = world.officer("fao-hunan").account["login"]
    before = digests_of_the_table()
    if kill_at is not None:
        closing = Desk(world)

        killer = killed_after(kill_at)

        def sleep(seconds):
            closing.terminal.sleep(seconds)
            killer(seconds)

        with pytest.raises(Killed):
            rotate_keys.new_digest_key(type(closing.terminal)(closing.lines.append, sleep), 1000, segments)
    rotate_keys.new_digest_key(desk.terminal, 1000, segments)
    after = digests_of_the_table()
    assert len(after) == len(before) >= 6
    assert not after & before
    check_that_everything_is_found(world, shop)
    world.sign_in("officer", officer, PASSWORD)


def test_after_a_digest_rotation_card_numbers_stay_taken_and_cards_without_a_claim_have_one(world, shop, desk):
    owner = operating.sign_in_again(world, shop)
    world.forget_desks()
    replaced = follow_ups.holder(world, owner)
    first = follow_ups.seen(owner, replaced)["card"]["number"]
    follow_ups.through(world, owner, replaced, "replace_card", case="lost")
    follow_ups.made(world, replaced)
    unclaimed = follow_ups.seen(owner, follow_ups.holder(world, owner))["card"]["number"]
    [claim] = card_numbers.holders(unclaimed)
    table.commit(table.delete(claim))
    rotate_keys.new_digest_key(desk.terminal, pace=1000)
    for number in (first, unclaimed):
        assert list(card_numbers.holders(number)) == [card_numbers.claim_key(number)]


def test_idempotent_replies_and_attachments_remain_valid_after_a_digest_rotation(world, shop, desk):
    rotate_keys.new_digest_key(desk.terminal, pace=1000)
    owner = operating.sign_in_again(world, shop)
    again = owner("POST", "/applications", shop.body, Idempotency_Key=shop.key)
    assert (again.status, again.body["number"]) == (201, shop.application)
    person = people.person(attachments=world.attachments(owner, "person"))
    content = world.content(owner) | {"persons": [person]}
    assert owner("POST", "/applications", {"content": content}).status == 201


def test_during_a_digest_rotation_requests_that_need_digests_are_unavailable_and_reads_succeed(world, shop, desk):
    owner = operating.sign_in_again(world, shop)
    files = world.content(owner)
    seen: list[int] = []

    def sleep(seconds):
        desk.terminal.sleep(min(seconds, 600))
        if not seen:
            seen.append(owner("GET", f"/applications/{shop.application}").status)
            seen.append(owner("POST", "/applications", {"content": files}).status)
            login = {"identity": "agent", "login": shop.agent_name, "password": "correct horse"}
            seen.append(world.anybody("POST", "/sessions", login).status)
            search = {"service": "new_or_renewal", "passport_number": shop.passport}
            seen.append(owner("POST", "/applications/search", search).status)
            with pytest.raises(Unavailable):
                sealing.digest("x", "y")

    rotate_keys.new_digest_key(type(desk.terminal)(desk.lines.append, sleep), pace=1000)
    assert seen == [200, 503, 503, 503]
    check_that_everything_is_found(world, shop)


def test_every_key_change_is_recorded_in_the_audit_with_its_actor(world, shop, desk):
    old = keyring.items(KeyPurpose.FIELD)[0]["key_id"]
    rotate_keys.new_field_key(desk.terminal)
    rotate_keys.reseal(desk.terminal, pace=1000)
    rotate_keys.retire(desk.terminal, old)
    rotate_keys.new_digest_key(desk.terminal, pace=1000)
    entries = [entry for entry in audit.entries("OFFICERS") if entry.action != "signed_in"]
    assert {entry.action for entry in entries} >= {"key_added", "key_retired", "digests_moved"}
    assert all(entry.origin.actor_id.startswith("arn:aws:") for entry in entries)


# The licence platform's keys


def claims(world):
    return {
        "iss": "elicence-platform",
        "aud": "abtc-portal",
        "jti": "one",
        "iat": int(world.time().timestamp()),
        "ticket": "t",
        "nonce": "n",
        "action": "scan",
        "purpose": "login",
        "enterprise": {**world.elements(), "status": "active"},
        "holder": {"kind": "legal_representative", "name": "测试戊"},
        "authorization": None,
    }


def test_during_a_change_both_keys_of_the_platform_are_accepted_and_afterwards_only_the_new_one(world, monkeypatch):
    new = Platform()
    new.public["kid"] = "new"

    def accepted(*keys):
        both = {"licence_keys": keys}
        changed = type(settings())(**{**vars(settings()), **both})
        monkeypatch.setattr(tickets, "settings", lambda: changed)
        answers = []
        for platform, kid in ((PLATFORM, "test"), (new, "new")):
            try:
                tickets.verify(platform.sign(claims(world), kid=kid))
            except AssertionRefused:
                answers.append(False)
            else:
                answers.append(True)
        return answers

    assert accepted(PLATFORM.public) == [True, False]
    assert accepted(PLATFORM.public, new.public) == [True, True]
    assert accepted(new.public) == [False, True]


@pytest.mark.parametrize("pace", ["0", "-1", "nan", "fast"])
def test_an_invalid_pace_is_refused_before_any_change(pace, capsys):
    with pytest.raises(SystemExit):
        rotate_keys.main(["reseal", "--pace", pace])
    assert "--pace" in capsys.readouterr().err
