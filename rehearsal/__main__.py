"""`make rehearse`: builds and deploys the package, runs the scenario, and reports what it does not prove.

An argument names the folder of a package that exists already (sam.json and its zip), which is deployed instead.
"""

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from rehearsal import again, edge, pages, restore, scenario, template
from rehearsal.edge import Front
from rehearsal.portal import Portal
from rehearsal.scanner import GuardDuty
from rehearsal.stack import Stack
from sandbox.engine.engine import REGION, Engine
from testing.running import free_ports
from testing.world import Platform
from tools.deployment import __main__ as deployment
from tools.deployment.account import Account
from tools.packaging import build, proof
from tools.packaging import pages as pages_archive
from tools.packaging.stage import Stage, read

STAGE = "prod"
TARGET = build.BUILD / "rehearsal"
PAGES = build.BUILD / "pages"
"""Where `npm run build:deployed` builds them."""
SENDER = "portal@portal.test"
DEPLOYMENT = {
    "alarm_email": "oncall@portal.test",
    "certificate": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-4000-8000-000000000000",
}
"""What a team writes into `deployment` of `.chalice/config.json` before its first deployment."""

_began = time.monotonic()


def say(line: str) -> None:
    """Print a line with the seconds since the start."""
    print(f"{time.monotonic() - _began:6.1f} s  {line}", flush=True)


def configured(platform: Platform, origin: str) -> Stage:
    """The stage as a team configures it, in the engine's region."""
    variables = {
        "ABTC_WEB_ORIGIN": origin,
        "ABTC_API_URL": f"{origin}/v1",
        "ABTC_MAIL_FROM": SENDER,
        "ABTC_LICENCE_KEYS": json.dumps({"keys": [platform.public]}),
    }
    return read(STAGE, REGION, variables, deployment=DEPLOYMENT)


def main() -> int:
    """Run the rehearsal; the first step that fails raises. Returns the exit code."""
    architecture = proof.own_architecture()
    if architecture not in proof.MACHINES:
        print(f"No Lambda runs on {architecture}: nothing can be rehearsed here", file=sys.stderr)
        return 1
    platform = Platform()
    (port,) = free_ports(1)
    stage = configured(platform, f"http://127.0.0.1:{port}")
    folder = Path(sys.argv[1]) if sys.argv[1:] else build.build(stage, architecture, target=TARGET).template.parent
    pages_archive.pack(PAGES, folder)
    with Engine(checks_rights=True) as engine:
        engine.apply_to(os.environ)
        stack, front = Stack(engine, Account(stage)), Front(engine, port)
        try:
            _rehearse(folder, stack, platform, front)
        finally:
            front.stop()
            TARGET.mkdir(parents=True, exist_ok=True)
            (TARGET / "functions.log").write_text(stack.lines(), encoding="utf-8")
            (TARGET / "engine.log").write_text(engine.log(), encoding="utf-8")
    return 0


def _rehearse(folder: Path, stack: Stack, platform: Platform, front: Front) -> None:
    packaged = json.loads((folder / "sam.json").read_text(encoding="utf-8"))
    archive = folder / packaged["Resources"]["APIHandler"]["Properties"]["CodeUri"]
    say(f"{archive.name}: {archive.stat().st_size / 1e6:.2f} MB")
    keys = {"ABTC_LICENCE_KEYS": stack.account.stage.variables["ABTC_LICENCE_KEYS"]}
    made, left_out = template.for_engine(packaged, f"./{archive.name}", keys)
    adapted = TARGET / "adapted"
    adapted.mkdir(parents=True, exist_ok=True)
    (adapted / archive.name).write_bytes(archive.read_bytes())
    (adapted / "sam.json").write_text(json.dumps(made), encoding="utf-8")
    distribution = edge.for_engine(json.loads((folder / "edge.json").read_text(encoding="utf-8")), stack.engine)
    (adapted / "edge.json").write_text(json.dumps(distribution), encoding="utf-8")
    (adapted / "pages.zip").write_bytes((folder / "pages.zip").read_bytes())
    stack.deploy(adapted)
    _check_complete(stack, made)
    front.distribution = stack.distribution
    portal = Portal(stack, platform, front)
    deployment.try_out(stack.account, f"{front.origin}/v1")
    say("the smoke test has passed")
    pages.headers(portal, PAGES, say)
    guardduty = GuardDuty(stack)
    recoveries = scenario.officers_made(portal, say)
    client, number = scenario.submitted(portal, say)
    scenario.runs(portal, say)
    officers = scenario.officers_in(portal, recoveries, say)
    scenario.decided(client, officers, number, say)
    scenario.notified(portal, number, say)
    scenario.bounced(portal, client, say)
    pages.walk(portal, scenario.ENTERPRISE, number, say)
    guardduty.stop()
    portal = again.rehearse(portal, adapted, scenario.ENTERPRISE, say)
    restore.rehearse(portal, adapted, client, number, say)
    print("\n".join(template.not_rehearsed(left_out)))


def _check_complete(stack: Stack, made: template.Template) -> None:
    """Check that every resource of the template was created and that the engine checks rights."""
    # The firewall is that of the distribution.
    wanted = {name for name, resource in made["Resources"].items() if resource.get("Condition") != "HasWaf"}
    missing = sorted(wanted - set(stack.resources))
    if missing:
        raise SystemExit(f"created without {missing}")
    _, health = stack.engine.request("GET", "/_ministack/health")
    if json.loads(health).get("auth") != "enabled":
        raise SystemExit("the engine does not check rights")
    kinds = Counter(kind for kind, _ in stack.resources.values())
    say(f"{stack.name}: CREATE_COMPLETE, {sum(kinds.values())} resources; functions have their roles' rights only")
    for kind, count in sorted(kinds.items()):
        print(f"{'':10}{count:3} {kind}")


if __name__ == "__main__":
    sys.exit(main())
