"""`python -m tools.deployment COMMAND --stage STAGE`: see `--help` and docs/operations.md.

Credentials come from the environment, as everywhere with AWS: a profile or a role.
"""

import argparse
import dataclasses
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tools.deployment import changes, edge, preflight, restore
from tools.deployment import smoke as smoke_test
from tools.deployment.account import Account, Refused, parameters
from tools.deployment.packages import Packages, Record
from tools.packaging.build import BUILD
from tools.packaging.stage import Unconfigured, read

COMMANDS = ("preflight", "deploy", "smoke", "rollback", "pause", "restore", "complete", "resume", "rotate-origin-key")


def check(account: Account) -> None:
    """Print every finding; refuse if one stops a deployment."""
    found = preflight.findings(account, account.facts())
    for finding in found:
        print(f"{finding.level:<5} {finding.text}")
    if any(finding.level == preflight.STOP for finding in found):
        raise Refused("a deployment would not work: see the lines that begin with `stop`")


def deploy(account: Account, folder: Path, agreed: Callable[[], bool], *, smoke: bool = True) -> None:
    """Deploy the package of a folder: checks, upload, change set, difference, execution, smoke test.

    Args:
        account: Account and stage.
        folder: Where `make package` has written the template and the zip.
        agreed: Asked after the difference has been shown; nothing is executed if it is false.
        smoke: Whether the API is tried afterwards.
    """
    check(account)
    template = json.loads((folder / "sam.json").read_text(encoding="utf-8"))
    packages = Packages(account)
    packages.prepare()
    hashes = edge.Keys(account).hashes() if account.stage.has_edge else ""
    values = parameters(account, account.facts(), hashes)
    record = Record(_now(), packages.upload(template, folder), values, account.caller)
    if account.stage.has_edge:
        distribution, pages = packages.upload_edge(folder)
        record = dataclasses.replace(record, edge=distribution, pages=pages)
    _apply(account, packages, record, agreed)
    if smoke:
        try_out(account)


def roll_back(account: Account, to: str, agreed: Callable[[], bool]) -> None:
    """Deploy again what was deployed before the last deployment, or what `to` names: template, code and parameters."""
    packages = Packages(account)
    records = packages.records()
    wanted = [record for record in records if record.id == to] if to else records[1:2]
    if not wanted:
        known = ", ".join(record.id for record in records) or "none"
        raise Refused(f"there is no such deployment to return to; known ones: {known}")
    before = wanted[0]
    values = dict(before.parameters)
    if before.edge:
        # A key that was rotated since is not brought back.
        values["EdgeKeyHash"] = edge.Keys(account).hashes()
    record = dataclasses.replace(before, id=_now(), parameters=values, caller=account.caller)
    _apply(account, packages, record, agreed)


def _apply(account: Account, packages: Packages, record: Record, agreed: Callable[[], bool]) -> None:
    """Make a deployment: the API, then the distribution, then the pages."""
    record = dataclasses.replace(record, template=packages.fit(record.template, record.parameters))
    url = {"TemplateURL": packages.url(record.template)}
    changed = _change(account, url, record.parameters, record.id, agreed)
    if record.edge:
        changed |= _apply_edge(account, packages, record, agreed)
    if not changed:
        print("Nothing to change.")
        return
    packages.record(record)
    print(f"Deployed {record.id}. To return to the deployment before: make rollback STAGE={account.stage.name}")


def _apply_edge(account: Account, packages: Packages, record: Record, agreed: Callable[[], bool]) -> bool:
    distribution = Account(account.stage.of_edge)
    template = {"TemplateBody": edge.body(packages.read(record.edge).decode())}
    values = edge.parameters(account, edge.Keys(account))
    changed = _change(distribution, template, values, record.id, agreed)
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages.zip"
        pages.write_bytes(packages.read(record.pages))
        files = edge.publish(distribution, pages)
    print(f"Pages: {files} files were new or different.")
    return changed or bool(files)


def _change(
    account: Account, template: Mapping[str, str], values: Mapping[str, str], moment: str, agreed: Callable[[], bool]
) -> bool:
    """Change one stack; whether there was anything to change."""
    change_set = changes.prepare(account, template, values, f"deploy-{moment}-{secrets.token_hex(3)}")
    if change_set is None:
        return False
    print("\n".join(changes.lines(change_set)))
    changes.check(change_set)
    if not agreed():
        raise Refused(f"nothing was executed in {account.stage.stack}")
    changes.execute(account, change_set, print)
    return True


def rotate_origin_key(account: Account) -> None:
    """Go one step of the rotation of the distribution's key."""
    if not account.stage.has_edge:
        raise Refused(f"stages.{account.stage.name}.deployment.certificate is empty: there is no distribution")
    print(edge.Keys(account).rotate())


def try_out(account: Account, api_url: str = "") -> None:
    """Print what was tried; refuse if something failed."""
    failed = False
    for outcome in smoke_test.outcomes(account, api_url):
        failed |= not outcome.passed
        print(f"{'ok' if outcome.passed else 'FAIL':<5} {outcome.text}")
    if failed:
        raise Refused(f"the smoke test failed; to return: make rollback STAGE={account.stage.name}")


def restored(account: Account, moment: datetime | None) -> None:
    """Restore both tables, and print what is to be configured then."""
    began = time.monotonic()
    made = restore.restore(account, moment, print)
    print(f"The restore took {(time.monotonic() - began) / 60:.1f} minutes: for the drills of docs/operations.md")
    _to_configure(account, made)


def completed(account: Account, table: str, journal: str) -> None:
    """Complete tables that AWS Backup has restored, and print what is to be configured then."""
    if not (table and journal):
        raise Refused("complete needs the names of both restored tables: --table and --journal")
    made = {"PortalTable": table, "JournalTable": journal}
    restore.check_keys(account, made)
    restore.complete(account, made, print)
    _to_configure(account, made)


def _to_configure(account: Account, made: Mapping[str, str]) -> None:
    print(f"Set stages.{account.stage.name}.deployment in .chalice/config.json, then deploy and check:")
    print(f'  "table": "{made["PortalTable"]}", "journal": "{made["JournalTable"]}"')


def _now() -> str:
    """The name of a deployment that is made now."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("a moment needs its zone, such as Z")
    return moment.astimezone(UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run; the exit code is 1 if a command refuses."""
    parser = argparse.ArgumentParser(prog="python -m tools.deployment", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--stage", required=True, help="a stage of .chalice/config.json")
    parser.add_argument("--region", default="", help="a region instead of the stage's own")
    parser.add_argument("--folder", type=Path, default=BUILD, help="of the package")
    parser.add_argument("--yes", action="store_true", help="execute without a question")
    parser.add_argument("--to", default="", help="of rollback: the deployment to return to")
    parser.add_argument("--at", type=_moment, help="of restore: the moment, such as 2026-11-21T04:00:00Z")
    parser.add_argument("--table", default="", help="of complete: the table that AWS Backup has restored")
    parser.add_argument("--journal", default="", help="of complete: the journal that AWS Backup has restored")
    given = parser.parse_args(arguments)

    def agreed() -> bool:
        return given.yes or input("Execute? [y/N] ").strip().lower() == "y"

    commands: dict[str, Callable[[Account], None]] = {
        "preflight": check,
        "deploy": lambda account: deploy(account, given.folder, agreed),
        "smoke": try_out,
        "rollback": lambda account: roll_back(account, given.to, agreed),
        "pause": restore.pause,
        "restore": lambda account: restored(account, given.at),
        "complete": lambda account: completed(account, given.table, given.journal),
        "resume": restore.resume,
        "rotate-origin-key": rotate_origin_key,
    }
    try:
        commands[given.command](Account(read(given.stage, given.region)))
    except (Refused, Unconfigured) as refusal:
        print(f"Refused: {refusal}.", file=sys.stderr)
        return 1
    except (ClientError, BotoCoreError) as error:
        print(f"AWS: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
