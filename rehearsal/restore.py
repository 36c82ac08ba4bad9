"""Restores both tables and deploys a stack that uses them, as docs/operations.md describes."""

import dataclasses
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rehearsal.portal import Portal
from rehearsal.stack import Stack
from testing.running import Client
from tools.deployment import __main__ as deployment
from tools.deployment import restore
from tools.deployment.account import Account


def rehearse(portal: Portal, folder: Path, client: Client, number: str, say: Callable[[str], None]) -> None:
    """Restore, deploy with the new names and nothing else changed, check, and use the portal.

    Args:
        portal: The deployment.
        folder: Its package.
        client: An enterprise that is signed in.
        number: An application of the enterprise.
        say: Reports a step.
    """
    began, account = time.monotonic(), portal.stack.account
    before = restore.tables(account)
    made = restore.restore(account, datetime.now(UTC), say)
    restored = time.monotonic()
    assert set(made.values()).isdisjoint(before.values())
    stage = account.stage
    names = {"table": made["PortalTable"], "journal": made["JournalTable"]}
    changed = dataclasses.replace(stage, deployment={**stage.deployment, **names})
    deployment.deploy(Account(changed), folder, lambda: True, smoke=False)
    deployed = time.monotonic()
    # The engine makes another API when its definition changes; AWS changes the one there is.
    portal = portal.on(Stack(portal.stack.engine, Account(changed)))
    client = portal.client(client.token)
    settings = portal.stack.operators_environment()
    assert (settings["ABTC_TABLE"], settings["ABTC_JOURNAL"]) == (made["PortalTable"], made["JournalTable"])
    say("deployed again with the restored tables and nothing else changed: their names reached the functions")
    say(portal.operate("check").strip().splitlines()[-1])
    count = _items(portal, before["PortalTable"])
    rows = client.ok("GET", f"/applications/{number}/progress")["rows"]
    assert len(rows) == 2
    draft = client.ok("POST", "/drafts", {"group_name": "恢复后的团组"})
    assert draft["id"] in json.dumps(client.ok("GET", "/drafts"))
    assert _items(portal, before["PortalTable"]) == count
    say("the portal shows the application from the restored table, and writes into it only")
    steps = {"restore": restored - began, "deployment": deployed - restored, "check": time.monotonic() - deployed}
    measured = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in steps.items())
    say(f"the drill of a restore took {sum(steps.values()) / 60:.1f} minutes: {measured}")


def _items(portal: Portal, table: str) -> int:
    count = 0
    for page in portal.stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, Select="COUNT"):
        count += page["Count"]
    return count
