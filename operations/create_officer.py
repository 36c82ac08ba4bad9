"""`python -m operations.create_officer`: manages officers' accounts, which nobody can register.

--office CODE --username NAME --name NAME --email ADDRESS    create an officer, without a password
--new-code USERNAME     mail another code with which the officer sets a password, for example a forgotten one
--disable USERNAME      refuse sign-in and end all sessions of the officer
--enable USERNAME       allow sign-in again
--reset-second-factor USERNAME      remove the second step of an officer who has lost the app and the recovery codes
--list                  list every officer

Passwords are never given on the command line. A new officer gets a six-digit code by mail, valid for ten minutes. Give
the officer the id of the recovery, which the command prints. The code and the id together set the password
(`POST /v1/recoveries/ID/verification`, `PUT /v1/recoveries/ID/password`); neither is enough alone. While no mail can be
sent, `--prompt` asks twice for the first password instead.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from chalicelib.repos.accounts import accounts, passwords
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.officers import OfficerForm
from chalicelib.rules.base import limits, masks
from chalicelib.rules.base.errors import NotFound
from chalicelib.usecases.accounts import officers
from chalicelib.usecases.accounts.officers import OfficerDisabled, OfficerRecovery
from operations.terminal import Refused, Terminal, origin, run

RULES = {
    "office": "a code of chalicelib/data/offices.json, such as fao-hunan",
    "username": "4 to 20 letters, digits, `_` and `-`, the first one a letter",
    "name": "2 to 50 characters in one line",
    "email": "an address such as zhang@fao.example",
}
"""What each value must be, by its option."""

NEW = ("office", "username", "name", "email")
"""Options of a new officer."""

UNKNOWN = "there is no officer of that user name"
Ask = Callable[[str], str]


def create(terminal: Terminal, given: dict[str, str], ask: Ask | None = None) -> None:
    """Create an officer's account.

    Args:
        terminal: where to write.
        given: the values of `OfficerForm`.
        ask: asks for the first password; without it a code is mailed to the officer.
    """
    try:
        form = OfficerForm(**given)
    except ValidationError as error:
        rules = dict.fromkeys(f"--{detail['loc'][0]}: {RULES[str(detail['loc'][0])]}" for detail in error.errors())
        raise Refused("; ".join(rules)) from None
    created = officers.create(origin(), form, _asked(form, ask) if ask else "")
    terminal.say(f"Officer {created.officer.login} of {created.officer.office} is made.")
    _say_recovery(terminal, created)


def new_code(terminal: Terminal, login: str) -> None:
    """Mail an officer a code for a new password; the old password remains valid until then."""
    try:
        _say_recovery(terminal, officers.send_code(origin(), login))
    except NotFound:
        raise Refused(UNKNOWN) from None
    except OfficerDisabled:
        raise Refused("this officer is disabled") from None


def switch(terminal: Terminal, login: str, *, on: bool) -> None:
    """Enable an officer, or disable one and end all its sessions; repeating it changes nothing."""
    try:
        officer = officers.authorize(origin(), login, authorized=on)
    except NotFound:
        raise Refused(UNKNOWN) from None
    terminal.say(f"Officer {officer.login} is {'enabled' if on else 'disabled'}.")


def reset_second_factor(terminal: Terminal, login: str) -> None:
    """Remove an officer's second step and end all its sessions; the officer sets up a new one at the next sign-in."""
    try:
        officer = officers.reset_second_factor(origin(), login)
    except NotFound:
        raise Refused(UNKNOWN) from None
    terminal.say(f"Officer {officer.login} has no second step now.")


def list_officers(terminal: Terminal, *, as_json: bool = False) -> None:
    """List every officer, by office."""
    for officer in sorted(accounts.officers(), key=lambda officer: (str(officer.office), officer.login)):
        terminal.say(_object(officer) if as_json else _line(officer))


def _object(officer: Account) -> str:
    facts = {
        "office": officer.office,
        "username": officer.login,
        "name": officer.display_name,
        "email": masks.email_hint(officer.email),
        "enabled": officer.authorized,
        "has_password": bool(officer.password_hash),
    }
    return json.dumps(facts, ensure_ascii=False)


def _line(officer: Account) -> str:
    state = "" if officer.authorized else "disabled"
    password = "" if officer.password_hash else "no password yet"
    line = f"{officer.office:<20}{officer.login:<24}{officer.display_name}  {masks.email_hint(officer.email)}"
    return f"{line}  {state} {password}".rstrip()


def _asked(form: OfficerForm, ask: Ask) -> str:
    password = ask("First password: ")
    passwords.check_password(password, ask("Again: "), [form.username, form.name])
    return password


def _say_recovery(terminal: Terminal, started: OfficerRecovery) -> None:
    if started.recovery_id:
        minutes = int(limits.EMAIL_CODE_LIFE.total_seconds()) // 60
        terminal.say(f"A code is on its way to {masks.email_hint(started.officer.email)}, good for {minutes} minutes.")
        terminal.say(f"Give the officer this recovery id: {started.recovery_id}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.create_officer",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name in NEW:
        parser.add_argument(f"--{name}")
    parser.add_argument("--prompt", action="store_true", help="ask for the first password instead of mailing a code")
    action = parser.add_mutually_exclusive_group()
    for name in ("new-code", "disable", "enable", "reset-second-factor"):
        action.add_argument(f"--{name}", metavar="USERNAME")
    action.add_argument("--list", action="store_true")
    parser.add_argument("--json", action="store_true", help="with --list: one JSON object for each officer")
    given = parser.parse_args(arguments)
    _check(parser, given)
    return run(lambda terminal: _chosen(terminal, given))


def _check(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """End with an error if options contradict each other: none is ignored."""
    filled_in = [f"--{name}" for name in NEW if getattr(given, name) is not None]
    other = given.list or given.new_code or given.disable or given.enable or given.reset_second_factor
    if other and (filled_in or given.prompt):
        parser.error(f"{', '.join(filled_in) or '--prompt'}: only for a new officer, not together with another action")
    if not other and len(filled_in) < len(NEW):
        missing = [f"--{name}" for name in NEW if getattr(given, name) is None]
        parser.error(f"a new officer needs {', '.join(missing)}; for other actions see --help")
    if given.json and not given.list:
        parser.error("--json: only with --list")


def _chosen(terminal: Terminal, given: argparse.Namespace) -> None:
    if given.list:
        list_officers(terminal, as_json=given.json)
    elif given.new_code:
        new_code(terminal, given.new_code)
    elif given.disable:
        switch(terminal, given.disable, on=False)
    elif given.reset_second_factor:
        reset_second_factor(terminal, given.reset_second_factor)
    elif given.enable:
        switch(terminal, given.enable, on=True)
    else:
        form = {name: getattr(given, name) for name in NEW}
        create(terminal, form, getpass.getpass if given.prompt else None)


if __name__ == "__main__":
    sys.exit(main())
