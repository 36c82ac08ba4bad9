"""The AWS permissions that each function uses, recorded in botocore, and those that its policy grants.

Both use the resource names of the template. Partition keys are recorded up to the first `#` and object keys up to the
first `/`, because policies do not distinguish more.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tools.packaging.finish import FEEDBACK_STATEMENTS

CHALICE = Path(__file__).resolve().parents[1] / ".chalice"
TABLE, JOURNAL, BUCKET, KEY = "PortalTable", "JournalTable", "PortalBucket", "PortalKey"
ROOTS = "RootsBucket"
MAIL = (
    "arn:Partition:ses:Region:AccountId:identity/MailDomain",
    "arn:Partition:ses:Region:AccountId:configuration-set/StackName-mail",
)
JOURNAL_PARTITIONS = ("HISTORY#", "AUDIT#")
LEADING = "dynamodb:LeadingKeys"
POLICIES: dict[str, str] = {
    name: declared["iam_policy_file"]
    for name, declared in json.loads((CHALICE / "config.json").read_text(encoding="utf-8"))["lambda_functions"].items()
}
"""The policy file of each function."""
PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


@dataclass(frozen=True, order=True)
class Use:
    """One use of a permission: action, resource, and the condition key with its value."""

    action: str
    resource: str
    condition: str = ""
    value: str = ""


class Recorder:
    """Records the permissions that every function uses."""

    def __init__(self) -> None:
        self.uses: dict[str, set[Use]] = {}
        self._entered: ContextVar[str | None] = ContextVar("entered", default=None)

    def attach(self, events: Any) -> None:
        """Record the requests of the clients that are made with these events of a session from now on."""
        events.register("before-parameter-build", self._asked, unique_id="rights")
        events.register("before-sign.s3.PutObject", self._signed, unique_id="rights-form")
        events.register("after-call.s3.GetObject", self._answered, unique_id="rights-missing")

    @contextmanager
    def within(self, function: str | None) -> Iterator[None]:
        """Attribute the requests of the block to this function; None: to none, as operators' commands have a role."""
        before = self._entered.set(function)
        try:
            yield
        finally:
            self._entered.reset(before)

    @property
    def _function(self) -> str | None:
        """The function to which requests are attributed now; None in the thread of operators' commands."""
        return None if threading.current_thread().name == OPERATORS else self._entered.get()

    def _add(self, *uses: Use) -> None:
        if (function := self._function) is not None:
            self.uses.setdefault(function, set()).update(uses)

    def _asked(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if self._function is None:
            return
        service = model.service_model.service_name
        if service == "dynamodb":
            self._add(*_of_table(model.name, params), _via("kms:Decrypt", "dynamodb"))
        elif service == "s3":
            self._add(*_of_bucket(model.name, params))
        elif service == "kms":
            self._add(_of_key(model.name, params))
        elif service == "sesv2":
            self._add(*(Use(f"ses:{model.name}", resource) for resource in MAIL))
        elif service == "ssm":
            name = re.sub(r"^/abtc-portal/[^/]+/", "/abtc-portal/Stage/", str(params["Name"]))
            self._add(Use(f"ssm:{model.name}", f"arn:Partition:ssm:Region:AccountId:parameter{name}"))
        else:
            self._add(Use(f"{service}:{model.name}", "*"))

    def _signed(self, request: Any, **_: Any) -> None:
        # An upload form: S3 checks the permissions of its signer when a browser uses it.
        fields = request.context.get("s3-presign-post-fields")
        if fields is not None:
            self._add(*_of_object("PutObject", fields["key"]))

    def _answered(self, parsed: Mapping[str, Any], **_: Any) -> None:
        # Without the permission to list, S3 answers 403 instead of 404 for a missing object or version.
        code = parsed.get("Error", {}).get("Code")
        if code in ("NoSuchKey", "NoSuchVersion"):
            self._add(Use("s3:ListBucket", BUCKET))
        if code == "NoSuchVersion":
            self._add(Use("s3:ListBucketVersions", BUCKET))


OPERATORS = "operators"
"""Name of a thread that runs an operators' command, which has a role of its own."""

RECORDED = Recorder()
"""The recorder of the whole test run."""


def _of_table(operation: str, params: Mapping[str, Any]) -> Iterator[Use]:
    if operation == "TransactWriteItems":
        for item in params["TransactItems"]:
            for verb, part in item.items():
                yield _on_table(PARTS[verb], part.get("Key") or part["Item"])
    elif operation == "BatchGetItem":
        for request in params["RequestItems"].values():
            yield from (_on_table(operation, key) for key in request["Keys"])
    elif operation == "Query":
        partition = params["ExpressionAttributeValues"][":pk"]["S"]
        table = JOURNAL if params["TableName"].endswith("journal") else TABLE
        resource = f"{table}/index/{params['IndexName']}" if "IndexName" in params else table
        yield Use("dynamodb:Query", resource, LEADING, _prefix(partition, "#"))
    elif operation == "Scan":
        yield Use("dynamodb:Scan", TABLE)
    else:
        yield _on_table(operation, params.get("Key") or params["Item"])


def _on_table(operation: str, key: Mapping[str, Any]) -> Use:
    partition = _prefix(key["pk"]["S"], "#")
    return Use(f"dynamodb:{operation}", JOURNAL if partition in JOURNAL_PARTITIONS else TABLE, LEADING, partition)


def _of_key(operation: str, params: Mapping[str, Any]) -> Use:
    if operation in ("Sign", "GetPublicKey"):
        return Use(f"kms:{operation}", "ReceiptKey")
    purpose = params["EncryptionContext"]["purpose"]
    return Use(f"kms:{operation}", KEY, "kms:EncryptionContext:purpose", str(purpose))


def _of_bucket(operation: str, params: Mapping[str, Any]) -> list[Use]:
    if operation == "DeleteObjects":
        return [_deleted(entry) for entry in params["Delete"]["Objects"]]
    if operation == "DeleteObject":
        return [_deleted(params)]
    if operation == "ListObjectsV2":
        return [Use("s3:ListBucket", ROOTS if params["Bucket"].endswith("-roots") else BUCKET)]
    if operation == "CopyObject":
        source = str(params["CopySource"]).partition("/")[2]  # after the name of the bucket
        return [*_of_object("GetObject", source), *_of_object("PutObject", params["Key"])]
    # An upload form names its object when it is signed, see `_signed`.
    version = "Version" if "VersionId" in params else ""
    return _of_object(operation, params["Key"], version) if "Key" in params else []


def _of_object(operation: str, key: str, version: str = "") -> list[Use]:
    if key.startswith(("roots/", "entries/")):  # encrypted by S3 itself
        return [Use(f"s3:{operation}{version}", f"{ROOTS}/{_prefix(key, '/')}")]
    read = operation == "GetObject"
    action = "kms:Decrypt" if read else "kms:GenerateDataKey"
    name = operation.replace("Object", f"Object{version}")
    uses = [Use(f"s3:{name}", f"{BUCKET}/{_prefix(key, '/')}")]
    return uses if operation.endswith("Tagging") else [*uses, _via(action, "s3")]


def _deleted(entry: Mapping[str, Any]) -> Use:
    version = "Version" if "VersionId" in entry else ""
    return Use(f"s3:DeleteObject{version}", f"{BUCKET}/{_prefix(entry['Key'], '/')}")


def _via(action: str, service: str) -> Use:
    """The use of the key by a service on behalf of the caller."""
    return Use(action, KEY, "kms:ViaService", f"{service}.Region.URLSuffix")


def _prefix(text: str, end: str) -> str:
    first, found, _ = text.partition(end)
    return first + found


# Policies


@dataclass(frozen=True)
class Right:
    """One action on one resource with one value of a condition; a statement expands to several."""

    effect: str
    action: str
    resource: str
    condition: str = ""
    value: str = ""

    def covers(self, use: Use) -> bool:
        """Whether this right applies to the use."""
        return (
            fnmatchcase(use.action, self.action)
            and fnmatchcase(use.resource, self.resource)
            and self.condition in ("", use.condition)
            and (not self.condition or fnmatchcase(use.value, self.value))
        )


def policy(name: str) -> list[dict[str, Any]]:
    """The statements of a policy file, with references of CloudFormation replaced by their names."""
    statements: list[dict[str, Any]] = _resolved(json.loads((CHALICE / name).read_text(encoding="utf-8")))["Statement"]
    return statements


def rights(statements: list[dict[str, Any]]) -> list[Right]:
    """Every right and every denial of a policy."""
    return [
        Right(statement["Effect"], action, resource, condition, value)
        for statement in statements
        for action in _list(statement["Action"])
        for resource in _list(statement["Resource"])
        for condition, value in _conditions(statement)
    ]


class Granted:
    """What the policies grant to each function; a use is looked at once."""

    def __init__(self) -> None:
        self._checked: dict[str, set[Use]] = {}

    def missing(self, uses: Mapping[str, set[Use]]) -> list[tuple[str, Use]]:
        """The uses since the last call that no right of their function allows."""
        found = []
        for function, used in uses.items():
            new = used - self._checked.setdefault(function, set())
            self._checked[function] |= new
            granted = granted_to(function) if new else []
            found += [(function, use) for use in sorted(new) if not is_allowed(use, granted)]
        return found


GRANTED = Granted()
"""The check of the whole test run."""


def granted_to(function: str) -> list[Right]:
    """The rights of a function; the relay has some more where mail goes by SMTP, because it reads the mailbox there."""
    statements = policy(POLICIES[function])
    if function == "deliver_mail":
        feedback = policy(POLICIES["mail_feedback"])
        statements += [statement for statement in feedback if statement["Sid"] in FEEDBACK_STATEMENTS]
    return rights(statements)


def is_allowed(use: Use, granted: list[Right]) -> bool:
    """Whether IAM allows the use: some right allows it and none denies it."""
    matching = [right for right in granted if right.covers(use)]
    return any(right.effect == "Allow" for right in matching) and all(right.effect == "Allow" for right in matching)


def _conditions(statement: Mapping[str, Any]) -> list[tuple[str, str]]:
    tests = [
        (operator, name, values)
        for operator, keys in statement.get("Condition", {}).items()
        for name, values in keys.items()
    ]
    if not tests:
        return [("", "")]
    assert len(tests) == 1, f"more than one condition: {statement}"
    operator, name, values = tests[0]
    assert operator in {"StringEquals", "StringLike", "ForAllValues:StringLike", "ForAnyValue:StringLike"}, operator
    assert (name == LEADING) == operator.startswith("For"), statement
    return [(name, value) for value in _list(values)]


def _resolved(value: Any) -> Any:
    match value:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return name
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{(?:AWS::)?(\w+)(?:\.Arn)?}", r"\1", text)
        case dict():
            return {name: _resolved(part) for name, part in value.items()}
        case list():
            return [_resolved(part) for part in value]
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
