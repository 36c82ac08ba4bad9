"""Change sets: what a deployment would change, shown before it is executed."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.deployment.account import Account, Refused

Say = Callable[[str], None]

PROTECTED = (
    *("PortalTable", "JournalTable", "PortalBucket", "PortalKey", "OperationsKey", "ReceiptKey", "RootsBucket"),
    # The role too: AWS Backup deletes expired backups with it.
    *("BackupVault", "BackupKey", "BackupRole"),
)
"""Resources that a deployment never replaces or removes from the stack."""
STACK_POLICY = {
    "Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["Update:Replace", "Update:Delete"],
            "Principal": "*",
            "Resource": [f"LogicalResourceId/{name}" for name in PROTECTED],
        },
    ]
}
EMPTY = ("didn't contain changes", "No updates are to be performed")
"""Parts of the reason of a change set without changes, which CloudFormation calls failed."""
UNFINISHED_CREATION = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
"""States that a failed creation leaves: the stack must be deleted before it can be created."""
SIGNS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": ">", "Dynamic": "?"}
LONGEST = 160
"""Characters of a value that are shown."""
PAUSE = 2.0
"""Seconds between two looks at a change set or a stack."""


@dataclass(frozen=True)
class ChangeSet:
    """A change set that can be executed."""

    arn: str
    stack: str
    """ARN of the stack."""
    creates: bool
    changes: tuple[Mapping[str, Any], ...]


def prepare(
    account: Account, template: Mapping[str, str], parameters: Mapping[str, str], name: str
) -> ChangeSet | None:
    """Let CloudFormation compare a template with the stack; None if nothing would change.

    Args:
        account: Account and stage.
        template: The template as the request names it: `TemplateURL` or `TemplateBody`.
        parameters: A value for every parameter.
        name: Name of the change set.

    Raises:
        Refused: The template is wrong, or the stack is in a state in which it cannot be changed.
    """
    cloudformation = account.client("cloudformation")
    creates = _creates(account)
    made = cloudformation.create_change_set(
        StackName=account.stage.stack,
        ChangeSetName=name,
        ChangeSetType="CREATE" if creates else "UPDATE",
        **template,
        # Every parameter has its value here: none is kept from the deployment before.
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=[{"Key": "stage", "Value": account.stage.name}],
        # A creation that fails leaves nothing behind that would block the next one.
        **({"OnStackFailure": "DELETE"} if creates else {}),
    )
    described = _described(cloudformation, made["Id"])
    if described["Status"] == "FAILED":
        reason = str(described.get("StatusReason"))
        cloudformation.delete_change_set(ChangeSetName=made["Id"])
        if any(part in reason for part in EMPTY):
            return None
        raise Refused(f"CloudFormation does not accept the change: {reason}")
    return ChangeSet(made["Id"], made["StackId"], creates, tuple(_changes(cloudformation, made["Id"])))


def _creates(account: Account) -> bool:
    """Whether the stack is still to be created; what a failed creation has left is deleted first."""
    stack = account.stack()
    if stack is None or stack["StackStatus"] in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE"):
        return True
    status = stack["StackStatus"]
    if status in UNFINISHED_CREATION:
        cloudformation = account.client("cloudformation")
        cloudformation.delete_stack(StackName=stack["StackId"])
        wait(account, stack["StackId"], lambda _: None)
        return True
    if status.endswith("_IN_PROGRESS"):
        raise Refused(f"the stack is changing ({status}): wait until it has finished")
    return False


def _described(cloudformation: Any, arn: str) -> dict[str, Any]:
    while True:
        described: dict[str, Any] = cloudformation.describe_change_set(ChangeSetName=arn)
        if described["Status"] in ("CREATE_COMPLETE", "FAILED"):
            return described
        time.sleep(PAUSE)


def _changes(cloudformation: Any, arn: str) -> Iterator[Mapping[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = cloudformation.describe_change_set(ChangeSetName=arn, IncludePropertyValues=True, **token)
        yield from (change["ResourceChange"] for change in page["Changes"])
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def lines(change_set: ChangeSet) -> Iterator[str]:
    """The difference for people: one line for each resource, and one for each property that changes."""
    for change in sorted(change_set.changes, key=lambda one: (str(one["Action"]), str(one["LogicalResourceId"]))):
        replaced = {"True": "  REPLACED", "Conditional": "  may be replaced"}.get(str(change.get("Replacement")), "")
        sign = SIGNS.get(str(change["Action"]), "?")
        yield f"{sign} {change['ResourceType']:<40} {change['LogicalResourceId']}{replaced}"
        if change["Action"] == "Modify":
            yield from _properties(change)


def _properties(change: Mapping[str, Any]) -> Iterator[str]:
    seen = set()
    for detail in change.get("Details", ()):
        target = detail["Target"]
        named = target.get("Path") or ".".join(filter(None, [target.get("Attribute"), target.get("Name")]))
        before, after = (_short(target.get(key)) for key in ("BeforeValue", "AfterValue"))
        line = f"      {named}: {before} -> {after}" if before or after else f"      {named}"
        if line not in seen:
            seen.add(line)
            yield line


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) if value is not None else ""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def check(change_set: ChangeSet) -> None:
    """Refuse a change that replaces or removes a table, the bucket or a key, or that removes its protection."""
    lost = [
        str(change["LogicalResourceId"])
        for change in change_set.changes
        if change["LogicalResourceId"] in PROTECTED
        and (change["Action"] == "Remove" or change.get("Replacement") == "True")
    ]
    if lost:
        raise Refused(
            f"the change would replace or remove {', '.join(lost)}, which holds data: restore a table instead"
        )


def execute(account: Account, change_set: ChangeSet, say: Say) -> None:
    """Execute a change set under the stack policy, and wait until the stack has changed.

    Raises:
        Refused: With the reasons, when CloudFormation has rolled back.
    """
    cloudformation = account.client("cloudformation")
    if not change_set.creates:
        _protect(cloudformation, change_set.stack)
    last = next(_events(cloudformation, change_set.stack), {}).get("EventId", "")
    cloudformation.execute_change_set(ChangeSetName=change_set.arn)
    status = wait(account, change_set.stack, say, last)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        reasons = "\n".join(_failures(_since(cloudformation, change_set.stack, last)))
        raise Refused(f"the stack is {status}; nothing of this deployment remains\n{reasons}")
    _protect(cloudformation, change_set.stack)
    cloudformation.update_termination_protection(StackName=change_set.stack, EnableTerminationProtection=True)


def _protect(cloudformation: Any, stack: str) -> None:
    cloudformation.set_stack_policy(StackName=stack, StackPolicyBody=json.dumps(STACK_POLICY))


def wait(account: Account, stack: str, say: Say, last: str = "") -> str:
    """Wait until a stack does not change any more, print its events after the event `last`, and return its state."""
    cloudformation = account.client("cloudformation")
    while True:
        found = account.stack(stack)
        for event in _since(cloudformation, stack, last):
            last = event["EventId"]
            say(f"  {event['ResourceStatus']:<32} {event['LogicalResourceId']}")
        status = str(found["StackStatus"]) if found else "DELETE_COMPLETE"
        if not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(PAUSE)


def _events(cloudformation: Any, stack: str) -> Iterator[dict[str, Any]]:
    """The events of a stack, the newest first."""
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        yield from page["StackEvents"]


def _since(cloudformation: Any, stack: str, last: str) -> list[dict[str, Any]]:
    """The events after one, the oldest first."""
    newer = itertools.takewhile(lambda event: event["EventId"] != last, _events(cloudformation, stack))
    return list(newer)[::-1]


def _failures(events: list[dict[str, Any]]) -> Iterator[str]:
    for event in events:
        if event["ResourceStatus"].endswith("_FAILED"):
            yield f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
