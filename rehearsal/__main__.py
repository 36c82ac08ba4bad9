"""`make rehearse`: builds and deploys the package, runs the scenario, and reports what it does not prove.

An argument names the folder of a package that exists already (sam.json and its zip), which is deployed instead.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

from rehearsal import scenario, template
from rehearsal.portal import Portal
from rehearsal.stack import Stack
from sandbox.engine.engine import Engine
from testing.world import Platform
from tools.packaging import build, proof

STAGE = "prod"
STACK = f"abtc-portal-{STAGE}"
TARGET = build.BUILD / "rehearsal"
ALARMS = "oncall@portal.example"

_began = time.monotonic()


def say(line: str) -> None:
    """Print a line with the seconds since the start."""
    print(f"{time.monotonic() - _began:6.1f} s  {line}", flush=True)


def main() -> int:
    """Run the rehearsal; the first step that fails raises. Returns the exit code."""
    architecture = proof.own_architecture()
    if architecture not in proof.MACHINES:
        print(f"No Lambda runs on {architecture}: nothing can be rehearsed here", file=sys.stderr)
        return 1
    folder = Path(sys.argv[1]) if sys.argv[1:] else build.build(STAGE, architecture, target=TARGET).template.parent
    with Engine(checks_rights=True) as engine:
        stack = Stack(engine, STACK)
        try:
            _rehearse(folder, stack)
        finally:
            TARGET.mkdir(parents=True, exist_ok=True)
            (TARGET / "functions.log").write_text(stack.lines(), encoding="utf-8")
            (TARGET / "engine.log").write_text(engine.log(), encoding="utf-8")
    return 0


def _rehearse(folder: Path, stack: Stack) -> None:
    platform = Platform()
    settings = {"ABTC_LICENCE_KEYS": json.dumps({"keys": [platform.public]})}
    packaged = json.loads((folder / "sam.json").read_text(encoding="utf-8"))
    archive = folder / packaged["Resources"]["APIHandler"]["Properties"]["CodeUri"]
    say(f"{archive.name}: {archive.stat().st_size / 1e6:.2f} MB")
    made, left_out = template.for_engine(packaged, stack.upload(archive), settings)
    stack.create(made, AlarmEmail=ALARMS)
    _check_complete(stack, made)
    portal = Portal(stack, platform)
    scenario.shell(portal, say)
    recoveries = scenario.officers_made(portal, say)
    client, number = scenario.submitted(portal, say)
    scenario.runs(portal, say)
    officers = scenario.officers_in(portal, recoveries, say)
    scenario.decided(client, officers, number, say)
    scenario.notified(portal, number, say)
    scenario.bounced(portal, client, say)
    print("\n".join(template.not_rehearsed(left_out)))


def _check_complete(stack: Stack, made: template.Template) -> None:
    """Check that every resource of the template was created and that the engine checks rights."""
    missing = sorted(set(made["Resources"]) - set(stack.resources))
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
