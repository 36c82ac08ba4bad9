"""Policies evaluated by iam-simulate from npm, which implements the documented evaluation of IAM with its conditions.

It is a program of its own: its licence is AGPL, and it is neither imported nor shipped.
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from testing.rights import CHALICE, LEADING, POLICIES, Use

ROOT = Path(__file__).resolve().parents[2]
PACKAGE, FOLDER, NODE = ROOT / "tests" / "iam", ROOT / "build" / "iam", ROOT / ".node" / "bin"
ACCOUNT, REGION = "111122223333", "us-east-1"
OWN = f"{REGION}:{ACCOUNT}"
ARNS = {
    "PortalTable": f"arn:aws:dynamodb:{OWN}:table/portal",
    "JournalTable": f"arn:aws:dynamodb:{OWN}:table/journal",
    "PortalBucket": "arn:aws:s3:::portal-files",
    "RootsBucket": "arn:aws:s3:::portal-roots",
    "PortalKey": f"arn:aws:kms:{OWN}:key/11111111-1111-4111-8111-111111111111",
    "ReceiptKey": f"arn:aws:kms:{OWN}:key/22222222-2222-4222-8222-222222222222",
}
WORDS = {
    "Partition": "aws",
    "Region": REGION,
    "AccountId": ACCOUNT,
    "URLSuffix": "amazonaws.com",
    "Stage": "prod",
    "StackName": "abtc-portal-prod",
    "MailDomain": "portal.example",
}
ALLOWED = "Allowed"
STAND_IN = ("kms:EncryptionContext:purpose", "kms:RequestAlias")
"""The simulator knows no key with the name of an encryption context in it; another one of its type takes its place."""


def decisions(uses: Iterable[tuple[str, Use]]) -> list[str]:
    """How IAM decides about each use by a function: `Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied`.

    The condition keys that AWS does not have for an action must be none: they would be ignored.
    """
    given = {
        "policies": {function: _policy(file) for function, file in POLICIES.items()},
        "keyPolicies": {ARNS[key]: _key_policy(key) for key in ("PortalKey", "ReceiptKey")},
        "requests": [_request(function, use) for function, use in uses],
    }
    done = subprocess.run(
        [NODE / "node", "simulate.js"],
        cwd=_installed(),
        input=json.dumps(given).replace(*STAND_IN),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    decided = json.loads(done.stdout)
    ignored = [(use, one["ignored"]) for use, one in zip(given["requests"], decided, strict=True) if one["ignored"]]
    assert ignored == [], ignored
    return [one["decision"] for one in decided]


def _request(function: str, use: Use) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if use.condition == LEADING:
        context[LEADING] = [f"{use.value}x" if use.value.endswith("#") else use.value]
    elif use.condition == "aws:CalledVia":
        context[use.condition] = [use.value]
    elif use.condition:
        context[use.condition] = _filled_in(use.value)
    return {"role": function, "action": use.action, "resource": _arn(use.resource), "context": context}


def _arn(resource: str) -> str:
    """The ARN of a resource as `testing/rights.py` names it."""
    if resource.startswith("arn:"):
        return _filled_in(resource).replace("*", "x")
    name, slash, rest = resource.partition("/")
    return f"{ARNS[name]}{slash}{rest}{'x' if rest.endswith('/') else ''}" if name in ARNS else resource


def _filled_in(text: str) -> str:
    return re.sub(r"\b(?:" + "|".join(WORDS) + r")\b", lambda found: WORDS[found[0]], text)


def _policy(file: str) -> Any:
    return _resolved(json.loads((CHALICE / file).read_text(encoding="utf-8")))


def _key_policy(key: str) -> Any:
    resources = json.loads((CHALICE / "resources.json").read_text(encoding="utf-8"))["Resources"]
    return _resolved(resources[key]["Properties"]["KeyPolicy"])


def _resolved(value: Any) -> Any:
    match value:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return ARNS.get(name, f"arn:aws:logs:{OWN}:log-group:{name}")
        case {"Fn::Sub": str(text)}:
            named = re.sub(r"\$\{(\w+)\.Arn}", lambda found: ARNS[found[1]], text)
            return re.sub(r"\$\{(?:AWS::)?(\w+)}", lambda found: WORDS[found[1]], named)
        case dict():
            return {name: _resolved(part) for name, part in value.items()}
        case list():
            return [_resolved(part) for part in value]
    return value


def _installed() -> Path:
    """The folder with the simulator, installed once from npm by its lock file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("package.json", "package-lock.json", ".npmrc", "simulate.js"):
            shutil.copy(PACKAGE / name, FOLDER)
        if not (FOLDER / "node_modules").exists():
            environment = os.environ | {"PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}"}
            subprocess.run([NODE / "npm", "ci", "--silent"], cwd=FOLDER, env=environment, check=True)
    return FOLDER
