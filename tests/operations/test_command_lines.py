"""Command lines of the operators: contradictory options, faults of AWS, dry runs, machine-readable output."""

import json
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError

from chalicelib.config import settings
from chalicelib.repos.accounts import accounts, audit, suppressions
from chalicelib.repos.process import clock
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import MailStatus
from operations import check, create_officer, delete_enterprise, reading, replay_mail, terminal
from operations import suppressions as command
from operations.terminal import Refused
from testing.world import PASSWORD
from tests.support.operating import Desk


@pytest.fixture
def desk(world):
    return Desk(world)


@pytest.fixture
def officer(desk):
    form = {"office": "fao-hunan", "username": "zhang01", "name": "测试庚", "email": "zhang01@office.example"}
    if not accounts.find_login_target("officer", "zhang01"):
        create_officer.create(desk.terminal, form, lambda _: PASSWORD)
    return "zhang01"


def refused(capsys, main, *arguments):
    """The error of a command line that is refused before anything is done."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--disable", "zhang01", "--list"), "not allowed with argument"),
        (("--disable", "zhang01", "--enable", "zhang01"), "not allowed with argument"),
        (("--list", "--office", "fao-hunan"), "--office: only for a new officer"),
        (("--disable", "zhang01", "--prompt"), "--prompt: only for a new officer"),
        (("--office", "fao-hunan"), "a new officer needs --username, --name, --email"),
        ((), "a new officer needs --office, --username, --name, --email"),
        (("--disable", "zhang01", "--json"), "--json: only with --list"),
    ],
)
def test_options_of_officers_that_contradict_each_other_are_refused_together(capsys, officer, arguments, said):
    assert said in refused(capsys, create_officer.main, *arguments)
    target = accounts.find_login_target("officer", officer)
    found = accounts.get("OFFICERS", target.account_id) if target else None
    assert found
    assert found.authorized


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (replay_mail.main, ("--all", "--json")),
        (replay_mail.main, ("--list", "--dry-run")),
        (replay_mail.main, ("--list", "--all")),
        (command.main, ("--show", "a@b.example", "--dry-run")),
        (command.main, ("--show", "a@b.example", "--clear", "a@b.example")),
        (check.main, ("--pace", "0")),
        (check.main, ("--pace", "fast")),
    ],
)
def test_options_of_other_commands_that_contradict_each_other_are_refused(capsys, main, arguments):
    assert "error:" in refused(capsys, main, *arguments)


def test_a_form_that_is_not_accepted_names_each_option_with_its_rule(desk):
    form = {"office": "fao-hunan", "username": "1", "name": "测", "email": "nobody"}
    with pytest.raises(Refused) as refusal:
        create_officer.create(desk.terminal, form)
    assert str(refusal.value) == (
        "--username: 4 to 20 letters, digits, `_` and `-`, the first one a letter;"
        " --name: 2 to 50 characters in one line; --email: an address such as zhang@fao.example"
    )


def test_officers_are_listed_as_json_without_their_addresses(officer, capsys):
    assert create_officer.main(["--list", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (found,) = [one for one in listed if one["username"] == officer]
    assert (found["office"], found["enabled"], found["has_password"]) == ("fao-hunan", True, True)
    assert "zhang01@office.example" not in json.dumps(listed)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ResourceNotFoundException", "ABTC_TABLE (abtc-sandbox) or ABTC_JOURNAL (abtc-sandbox-journal) is wrong"),
        ("AccessDeniedException", "the role may not call Scan: use the operator's role"),
        ("ExpiredTokenException", "the credentials have expired or are unknown: sign in to AWS again"),
        ("SomethingElse", "Scan was answered with SomethingElse"),
    ],
)
def test_a_fault_of_aws_is_one_line_that_says_what_to_do(world, capsys, code, said):
    def fails(_):
        raise ClientError({"Error": {"Code": code, "Message": "-"}}, "Scan")

    assert terminal.run(fails) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown
    assert len(shown.splitlines()) == 1


def test_a_wrong_table_is_reported_without_a_traceback(world, capsys, monkeypatch):
    monkeypatch.setenv("ABTC_TABLE", "no-such-table")
    settings.cache_clear()
    try:
        assert check.main([]) == 1
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert "ABTC_TABLE (no-such-table)" in capsys.readouterr().err


def test_missing_credentials_are_reported_as_such(world, capsys):
    def fails(_):
        raise Unavailable from NoCredentialsError()

    assert terminal.run(fails) == 1
    assert "there are no credentials of AWS in the environment" in capsys.readouterr().err


def test_a_missing_region_is_reported_as_such(world, capsys):
    def fails(_):
        raise NoRegionError

    assert terminal.run(fails) == 1
    assert "set AWS_DEFAULT_REGION" in capsys.readouterr().err


@pytest.mark.parametrize("ending", [KeyboardInterrupt, EOFError])
def test_an_interrupted_command_ends_with_one_line(world, capsys, ending):
    def waits(_):
        raise ending

    assert terminal.run(waits) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_terminated_command_ends_as_an_interrupted_one(world, capsys):
    before = signal.getsignal(signal.SIGTERM)
    assert terminal.run(lambda _: signal.raise_signal(signal.SIGTERM)) == 143
    assert capsys.readouterr().err == "Interrupted.\n"
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_command_in_another_thread_leaves_the_signals_alone(world):
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(terminal.run, lambda _: None).result() == 0


def test_a_check_as_json_has_the_numbers_and_a_pace_is_kept(desk, officer):
    check.check(desk.terminal, pace=100.0, as_json=True)
    numbers = json.loads(desk.lines[-1])
    assert numbers["breaches"] == 0
    assert desk.waited == [0.01] * numbers["items"]


def test_a_long_check_prints_its_progress(desk, officer, monkeypatch):
    monkeypatch.setattr(reading, "PROGRESS", 2)
    desk.lines.clear()
    check.check(desk.terminal)
    assert desk.lines[0] == "  2 items read"


def test_a_suppressed_address_is_shown_and_cleared_with_its_account(world, desk):
    owner = world.enterprise()
    address = owner.ok("GET", "/me")["account"]["email"]
    suppressions.suppress(address, MailStatus.BOUNCED, clock.now())
    command.show(desk.terminal, address)
    command.clear(desk.terminal, address, dry=True)
    assert desk.lines[0].endswith(": bounced")
    assert owner.ok("GET", "/me")["account"]["mail_status"] == "bounced"
    command.clear(desk.terminal, address)
    assert owner.ok("GET", "/me")["account"]["mail_status"] == "ok"
    assert suppressions.status_of(address) == MailStatus.OK
    (*_, entry) = audit.entries("OFFICERS")
    assert entry.action == "address_cleared"
    command.clear(desk.terminal, address)
    assert desk.lines[-1].endswith("was not suppressed.")
    command.clear(desk.terminal, address, dry=True)
    assert desk.lines[-1].endswith(": ok; would not be cleared")
    assert address not in "".join(desk.lines)
    with pytest.raises(Refused, match="ADDRESS must be a mail address"):
        command.show(desk.terminal, "zhang")


def test_a_dry_run_of_a_deletion_counts_and_changes_nothing(world, desk):
    owner = world.enterprise()
    found = owner.ok("GET", "/me")["enterprise"]
    delete_enterprise.count(desk.terminal, owner.account["enterprise_id"], found["uscc"])
    assert desk.lines[0].startswith("Would delete 1 accounts, 0 applications, in all ")
    assert owner.ok("GET", "/me")["enterprise"]["uscc"] == found["uscc"]
    with pytest.raises(Refused, match="--confirm is not this enterprise's USCC"):
        delete_enterprise.count(desk.terminal, owner.account["enterprise_id"], "91110000000000000X")
