"""`python -m operations.create_officer`: officers' accounts, which nobody can register by themselves.

--office CODE --username NAME --name NAME --email ADDRESS    a new officer, without a password
--new-code USERNAME     once more the code with which an officer sets a password: also for one who forgot it
--disable USERNAME      no sign-in any more; sessions end at once
--enable USERNAME       and back
--list                  every officer

A password is never on the command line. A new officer gets a six-digit code by mail, good for ten minutes; you give the
officer the recovery's id, which is printed here. Both together set the password (`POST /v1/recoveries/ID/verification`,
`PUT /v1/recoveries/ID/password`): neither whoever reads the mail nor you can do it alone. Where mail does not go out
yet, `--prompt` asks for the first password twice instead.
"""

import argparse
import getpass
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import ValidationError

from chalicelib.repos.accounts import accounts, audit, email_codes, passwords, recoveries
from chalicelib.repos.accounts.accounts import LoginTarget
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.mail import outbox
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.officers import OfficerForm
from chalicelib.rules.base import limits, masks
from chalicelib.rules.base.vocabulary import AccountId, Role
from operations.terminal import Refused, Terminal, origin, run

WAY = "recover by operator"
Ask = Callable[[str], str]


def create(at: Terminal, given: dict[str, str], ask: Ask | None = None) -> None:
    """Make an officer's account; `ask` is for a password typed in here, without it a code goes out by mail."""
    try:
        form = OfficerForm(**given)
    except ValidationError as error:
        fields = ", ".join(str(each["loc"][0]) for each in error.errors())
        raise Refused(f"not accepted: {fields}") from None
    by = origin()
    password = _asked(form, ask) if ask else ""
    officer = Account(
        id=AccountId(ids.new()),
        role=Role.OFFICER,
        login=form.username,
        display_name=form.name,
        email=form.email,
        office=form.office_code(),
        created_at=by.at,
        password_hash=password_hashing.hash_password(password) if password else "",
        password_set_at=by.at if password else None,
    )
    recovery, writes = ("", []) if password else _code(officer, by.at)
    entry = _entry(by, "officer_added", officer)
    table.commit(*accounts.account_created(officer), entry, *writes)
    at.say(f"Officer {officer.login} of {officer.office} is made.")
    _say_recovery(at, recovery, officer)


def new_code(at: Terminal, login: str) -> None:
    """Let an officer set a new password; the old one holds until then."""
    officer = _officer(login)
    if not officer.authorized:
        raise Refused("this officer is disabled")
    by = origin()
    recovery, writes = _code(officer, by.at)
    table.commit(*writes, _entry(by, "officer_code_sent", officer))
    _say_recovery(at, recovery, officer)


def switch(at: Terminal, login: str, *, on: bool) -> None:
    """Disable an officer, all sessions ending with it, or enable one; again is no change."""
    officer = _officer(login)
    if officer.authorized is not on:
        by = origin()
        ended = {} if on else accounts.ended_session_attributes(officer)
        entry = _entry(by, "officer_enabled" if on else "officer_disabled", officer)
        table.commit(accounts.account_changed(officer, authorized=on, **ended), entry)
    at.say(f"Officer {officer.login} is {'enabled' if on else 'disabled'}.")


def list_officers(at: Terminal) -> None:
    """Say every officer, by office."""
    found = accounts.officers()
    for officer in sorted(found, key=lambda each: (str(each.office), each.login)):
        state = "" if officer.authorized else "disabled"
        password = "" if officer.password_hash else "no password yet"
        line = f"{officer.office:<20}{officer.login:<24}{officer.display_name}  {masks.email(officer.email)}"
        at.say(f"{line}  {state} {password}".rstrip())


def _officer(login: str) -> Account:
    login_target = accounts.find_login_target(Role.OFFICER, login)
    officer = accounts.get(login_target.partition_owner, login_target.account_id) if login_target else None
    if officer is None:
        raise Refused("there is no officer of that user name")
    return officer


def _asked(form: OfficerForm, ask: Ask) -> str:
    password = ask("First password: ")
    passwords.check_password(password, ask("Again: "), [form.username, form.name])
    return password


def _code(officer: Account, now: datetime) -> tuple[str, list[Write]]:
    """A recovery of the officer's password and its code by mail; the relay sends it within a minute."""
    recovery, write = recoveries.new_recovery(WAY, officer.email, LoginTarget(accounts.OFFICERS, officer.id), now)
    # Codes are counted for the recovery's address: two officers may share a mailbox, but not within a minute.
    code, code_write = email_codes.issue_code(WAY, recovery.subject, now)
    minutes = int(limits.EMAIL_CODE_LIFE.total_seconds()) // 60
    _, letter = outbox.address_notified("email_code_recover", officer.email, {"code": code, "minutes": minutes}, now)
    return recovery.id, [write, code_write, letter]


def _say_recovery(at: Terminal, recovery: str, officer: Account) -> None:
    if recovery:
        minutes = int(limits.EMAIL_CODE_LIFE.total_seconds()) // 60
        at.say(f"A code is on its way to {masks.email(officer.email)}, good for {minutes} minutes.")
        at.say(f"Give the officer this recovery id: {recovery}")


def _entry(by: Origin, action: str, officer: Account) -> Write:
    return audit.entry_added(accounts.OFFICERS, by, action, officer.id, after={"office": officer.office})


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.create_officer",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name in ("office", "username", "name", "email"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--prompt", action="store_true", help="ask for the first password instead of mailing a code")
    for name in ("new-code", "disable", "enable"):
        parser.add_argument(f"--{name}", metavar="USERNAME")
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args(arguments)
    return run(lambda at: _chosen(at, given))


def _chosen(at: Terminal, given: argparse.Namespace) -> None:
    if given.list:
        list_officers(at)
    elif given.new_code:
        new_code(at, given.new_code)
    elif given.disable:
        switch(at, given.disable, on=False)
    elif given.enable:
        switch(at, given.enable, on=True)
    else:
        form = {name: getattr(given, name) or "" for name in ("office", "username", "name", "email")}
        create(at, form, getpass.getpass if given.prompt else None)


if __name__ == "__main__":
    sys.exit(main())
