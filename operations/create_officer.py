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

from pydantic import ValidationError

from chalicelib.repos.accounts import accounts, passwords
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.officers import OfficerForm
from chalicelib.rules.base import limits, masks
from chalicelib.rules.base.errors import NotFound
from chalicelib.usecases.accounts import officers
from chalicelib.usecases.accounts.officers import OfficerDisabled, OfficerRecovery
from operations.terminal import Refused, Terminal, origin, run

UNKNOWN = "there is no officer of that user name"
Ask = Callable[[str], str]


def create(at: Terminal, given: dict[str, str], ask: Ask | None = None) -> None:
    """Create an officer's account.

    Args:
        at: the terminal.
        given: the values of `OfficerForm`.
        ask: asks for the first password; without it a code is mailed to the officer.

    """
    try:
        form = OfficerForm(**given)
    except ValidationError as error:
        fields = ", ".join(str(detail["loc"][0]) for detail in error.errors())
        raise Refused(f"not accepted: {fields}") from None
    created = officers.create(origin(), form, _asked(form, ask) if ask else "")
    at.say(f"Officer {created.officer.login} of {created.officer.office} is made.")
    _say_recovery(at, created)


def new_code(at: Terminal, login: str) -> None:
    """Mail an officer a code for a new password; the old password remains valid until then."""
    try:
        _say_recovery(at, officers.send_code(origin(), login))
    except NotFound:
        raise Refused(UNKNOWN) from None
    except OfficerDisabled:
        raise Refused("this officer is disabled") from None


def switch(at: Terminal, login: str, *, on: bool) -> None:
    """Enable an officer, or disable one and end all its sessions; repeating it changes nothing."""
    try:
        officer = officers.authorize(origin(), login, authorized=on)
    except NotFound:
        raise Refused(UNKNOWN) from None
    at.say(f"Officer {officer.login} is {'enabled' if on else 'disabled'}.")


def list_officers(at: Terminal) -> None:
    """List every officer, by office."""
    for officer in sorted(accounts.officers(), key=lambda officer: (str(officer.office), officer.login)):
        at.say(_line(officer))


def _line(officer: Account) -> str:
    state = "" if officer.authorized else "disabled"
    password = "" if officer.password_hash else "no password yet"
    line = f"{officer.office:<20}{officer.login:<24}{officer.display_name}  {masks.email(officer.email)}"
    return f"{line}  {state} {password}".rstrip()


def _asked(form: OfficerForm, ask: Ask) -> str:
    password = ask("First password: ")
    passwords.check_password(password, ask("Again: "), [form.username, form.name])
    return password


def _say_recovery(at: Terminal, started: OfficerRecovery) -> None:
    if started.recovery_id:
        minutes = int(limits.EMAIL_CODE_LIFE.total_seconds()) // 60
        at.say(f"A code is on its way to {masks.email(started.officer.email)}, good for {minutes} minutes.")
        at.say(f"Give the officer this recovery id: {started.recovery_id}")


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
