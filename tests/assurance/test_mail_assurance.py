"""No mail is lost and few are sent twice, with a provider that fails half the time and relays killed at random.

Every test run includes the short form; `ABTC_ASSURANCE=1` selects the long form with 1,000 notices.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.repos.accounts import accounts, suppressions
from chalicelib.repos.mail import outbox
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, MailStatus, Role, Scope
from tests.support.assurance import figure, rounds
from tests.support.faults import Killed, killed_at_times, meeting
from tests.support.relays import NUMBER

ROOT = Path(__file__).resolve().parents[2]
NOTICES = rounds(150, 1000)
pytestmark = pytest.mark.assurance
FINAL = {"SENT", "DEAD", "SUPPRESSED", "OPTED_OUT"}


@dataclass
class Readers:
    """Enterprises with their accounts and agents of both scopes, and the mail expected for each."""

    enterprises: list[EnterpriseId] = field(default_factory=list)
    followers: dict[EnterpriseId, list[str]] = field(default_factory=dict)
    wanted: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """For each outbox entry the (address, application) pairs that the recipients rule gives."""


def reader(enterprise: EnterpriseId, name: str, **more: Any) -> Account:
    account = {"id": AccountId(ids.new()), "role": Role.AGENT, **more}
    address = f"{name}.{enterprise}@enterprise.example"
    return Account(login=address, display_name=name, email=address, enterprise_id=enterprise, **account)


def people_of(enterprise: EnterpriseId) -> list[Account]:
    """Two accounts that receive every notice, and four that receive none."""
    return [
        reader(enterprise, "owner", id=AccountId(enterprise), role=Role.ENTERPRISE),
        reader(enterprise, "all"),
        reader(enterprise, "own", scope=Scope.OWN),
        reader(enterprise, "off", receives_mail=False),
        reader(enterprise, "revoked", authorized=False),
        reader(enterprise, "bounced", mail_status=MailStatus.BOUNCED),
    ]


@pytest.fixture
def readers(world) -> Readers:
    made = Readers()
    for _ in range(8):
        enterprise = EnterpriseId(ids.new())
        everybody = people_of(enterprise)
        for account in everybody:
            table.commit(*accounts.account_created(account))
        made.enterprises.append(enterprise)
        made.followers[enterprise] = [account.email for account in everybody[:2]]
    # One enterprise has switched mail off; the only address of the other one bounced.
    for more, place in (({"receives_mail": False}, "unwilling"), ({"mail_status": MailStatus.BOUNCED}, "gone")):
        enterprise = EnterpriseId(f"{place}{ids.new()}")
        account = reader(enterprise, "owner", id=AccountId(enterprise), role=Role.ENTERPRISE, **more)
        table.commit(*accounts.account_created(account))
        made.enterprises.append(enterprise)
        made.followers[enterprise] = []
    return made


def written(world, readers: Readers, count: int, day: int) -> None:
    """Write `count` outbox entries, a few per second: notices, and some mails to one address."""
    parts = []
    for number in range(count):
        world.time.forward(seconds=0.3)
        application = f"APEC202611{day:02d}{number:06d}"
        if number % 20 == 7:
            address = f"reader{day}{number}@enterprise.example"
            facts = {"time": application}
            mail_id, part = outbox.address_notified("password_changed_notice", address, facts, world.time())
            readers.wanted[mail_id] = {(address, application)}
        else:
            enterprise = readers.enterprises[number % len(readers.enterprises)]
            facts = {"number": application, "new": "FAO_REVIEW"}
            part = outbox.followers_notified("submitted", enterprise, AccountId(enterprise), facts, world.time())
            mail_id = part.request["Item"]["pk"]["S"].removeprefix("MAIL#")
            readers.wanted[mail_id] = {(address, application) for address in readers.followers[enterprise]}
        parts.append(part)
    for start in range(0, count, 100):
        table.commit(*parts[start : start + 100])


def states(readers: Readers) -> dict[str, str]:
    return {mail_id: (table.get(outbox.key(mail_id)) or {})["state"] for mail_id in readers.wanted}


def deliveries(world, since: int) -> tuple[Counter[tuple[str, str]], Counter[frozenset[tuple[str, str]]]]:
    """How often each (address, application) was mailed, and the mails themselves."""
    mails = [frozenset((mail.to, number) for number in NUMBER.findall(mail.text)) for mail in world.mails()]
    mails = mails[: len(mails) - since]
    return Counter(pair for mail in mails for pair in mail), Counter(mails)


def compared(world, readers: Readers, since: int, kills: int, what: str) -> Counter[str]:
    """Compare the delivered mails with the expected mails and print the figures."""
    delivered, mails = deliveries(world, since)
    ended = states(readers)
    wanted = {pair for mail_id, pairs in readers.wanted.items() if ended[mail_id] != "DEAD" for pair in pairs}
    allowed = {pair for pairs in readers.wanted.values() for pair in pairs}
    lost, unexpected = wanted - delivered.keys(), delivered.keys() - allowed
    again = {pair for pair, times in delivered.items() if times > 1}
    doubled = _repeated_mails(mails, delivered)
    counts = Counter(ended.values())
    figure(
        f"mail, {what}: {len(ended)} entries, {sum(mails.values())} mails, {kills} kills, lost {len(lost)}, "
        f"mails doubled {doubled} ({len(again)} events), unexpected {len(unexpected)}, states {dict(counts)}"
    )
    assert ended.keys() == readers.wanted.keys()
    assert set(counts) <= FINAL
    assert not lost
    assert not unexpected
    assert doubled <= kills
    for mail_id, state in ended.items():
        assert bool(readers.wanted[mail_id]) == (state in ("SENT", "DEAD")), (mail_id, state)
    return counts


def _repeated_mails(mails: Counter[frozenset[tuple[str, str]]], delivered: Counter[tuple[str, str]]) -> int:
    """The number of mails that explain all repeated events: sent, but not recorded before a kill."""
    again = Counter({pair: times - 1 for pair, times in delivered.items() if times > 1})
    left, count = list(mails.elements()), 0
    while again:
        mail = max(left, key=lambda mail: sum(pair in again for pair in mail))
        left.remove(mail)
        again -= Counter(mail)
        count += 1
    return count


@pytest.mark.accepts("M02", "H19")
def test_no_mail_is_lost_while_ses_fails_half_the_time_and_relays_are_killed(world, readers):
    chance = random.Random(20261121)  # the same faults in every run
    since = len(world.mails())
    written(world, readers, NOTICES, 21)
    kills = runs = 0
    with killed_at_times(chance, 0.002, refused="SendEmail", refusing=0.5):
        while True:
            runs += 1
            try:
                outcome = world.deliver()
                over = not outcome and not _waiting()
            except Killed:
                kills += 1
                outcome, over = {"killed": 1}, False
            with_waits = {"minutes": 1} if outcome else {"minutes": 20}
            world.time.forward(**with_waits)
            if over:
                break
    counts = compared(world, readers, since, kills, f"provider fails at 0.5, relay killed, {runs} runs")
    assert kills > 0
    assert counts["SENT"] > NOTICES / 2
    assert counts["SUPPRESSED"] > 0
    assert counts["OPTED_OUT"] > 0


def _waiting() -> int:
    partitions = [f"MAIL#{shard}" for shard in range(outbox.SHARDS)]
    return sum(len(table.query(partition, index="work_queue", limit=1).items) for partition in partitions)


def test_two_concurrent_relays_send_each_event_once(world, readers):
    since = len(world.mails())
    written(world, readers, NOTICES, 22)
    outcomes: list[dict[str, Any]] = []
    relays = [threading.Thread(target=lambda: outcomes.append(world.deliver())) for _ in range(2)]
    with meeting("dynamodb.Query", 2):
        for thread in relays:
            thread.start()
        for thread in relays:
            thread.join(60)
    while _waiting():
        # A relay whose whole batch was leased by the other relay leaves the rest to the next run.
        world.time.forward(minutes=1)
        outcomes.append(world.deliver())
    delivered, _ = deliveries(world, since)
    assert set(delivered.values()) == {1}
    assert sum(outcome.get("taken", 0) for outcome in outcomes) > 0, "the relays never competed for an entry"
    compared(world, readers, since, 0, "two relays at once")


CHILD = """
import json, sys
from chalicelib.repos.process import aws
from scheduled.deliver_mail import deliver_mail
left = iter(range(int(sys.argv[2])))
def handed_over(**_):
    print("sent", flush=True)
    if next(left, None) is None:
        sys.stdin.read()  # until the parent kills
aws.client("sesv2").meta.events.register("after-call.sesv2.SendEmail", handed_over)
print(json.dumps(deliver_mail(json.loads(sys.argv[1]), None)), flush=True)
"""


def test_a_process_killed_between_sending_and_recording_sends_one_mail_again(world, readers):
    """SIGKILL after SES has accepted the mail and before the outbox records it."""
    since = len(world.mails())
    world.time.moment = datetime.now(UTC)  # the processes have no other clock
    written(world, readers, 40, 23)
    kills = 0
    for mails in (0, 3, 1, 1000):
        world.time.forward(minutes=3)  # the leases of the killed process have expired
        kills += _run_in_a_process(world, mails)
    assert kills == 3
    assert _waiting() == 0
    counts = compared(world, readers, since, kills, "processes killed by SIGKILL")
    assert counts["SENT"] > 0


def _run_in_a_process(world, mails: int) -> bool:
    """Run the function in a process that is killed after `mails` mails; return whether it was killed."""
    variables = {key: value for key, value in os.environ.items() if key.startswith(("AWS_", "ABTC_", "PATH"))}
    event = {
        "version": "0", "account": "0", "region": "us-east-1", "detail": {}, "detail-type": "", "source": "",
        "time": world.time().isoformat(), "id": "1", "resources": [],
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(event), str(mails)],
        cwd=ROOT,
        env={**variables, "NO_PROXY": "*", "no_proxy": "*"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for number, line in enumerate(line for line in process.stdout if line == "sent\n"):
            assert line
            if number == mails:
                process.send_signal(signal.SIGKILL)
                process.wait(10)
                return True
        assert process.wait(30) == 0
    return False


def test_the_key_of_a_suppression_does_not_contain_the_address(cloud_resources):
    assert "somebody" not in suppressions.partition("somebody@enterprise.example")
