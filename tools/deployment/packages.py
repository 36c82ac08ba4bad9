"""The bucket for packages of an account: zips, templates and the records of deployments."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tools.deployment.account import Account, Refused
from tools.packaging.finish import functions


@dataclass(frozen=True)
class Record:
    """One completed deployment, from which it can be repeated."""

    id: str
    """When it was made, UTC, as YYYYMMDDTHHMMSSZ."""
    template: str
    """Key of the template."""
    parameters: Mapping[str, str]
    caller: str
    """ARN of who deployed."""
    edge: str = ""
    """Key of the distribution's template; empty without one."""
    pages: str = ""
    """Key of the pages."""


class Packages:
    """The bucket `abtc-portal-packages-ACCOUNT-REGION`, created at first use: private, encrypted, versioned."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._s3 = account.client("s3")
        self.bucket = f"abtc-portal-packages-{account.id}-{account.stage.region}"

    def prepare(self) -> None:
        """Create the bucket if there is none."""
        try:
            self._s3.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                raise Refused(f"the bucket {self.bucket} cannot be used: {error}") from error
            self._create()

    def _create(self) -> None:
        region = self._account.stage.region
        # us-east-1 is the only region that S3 does not let a request name.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self._s3.create_bucket(Bucket=self.bucket, **place)
        closed = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        )
        self._s3.put_public_access_block(Bucket=self.bucket, PublicAccessBlockConfiguration=closed)
        self._s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        self._s3.put_bucket_encryption(Bucket=self.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})

    def url(self, key: str) -> str:
        """The address by which CloudFormation reads an object, in the bucket's own region."""
        return f"{self._s3.meta.endpoint_url}/{self.bucket}/{key}"

    def upload(self, template: Mapping[str, Any], folder: Path) -> str:
        """Upload the zip that a template names, and the template with the zip's address. Returns the template's key."""
        (name,) = {function["Properties"]["CodeUri"] for function in functions(template).values()}
        archive = folder / name
        key = f"zips/{hashlib.sha256(archive.read_bytes()).hexdigest()}.zip"
        if not self._exists(key):
            self._s3.upload_file(str(archive), self.bucket, key)
        text = json.dumps(template).replace(json.dumps(name), json.dumps(f"s3://{self.bucket}/{key}"))
        return self._put_template(text.encode())

    def fit(self, key: str, parameters: Mapping[str, str]) -> str:
        """Let a template publish another version of a function when a parameter that it names has another value.

        SAM publishes a version when the properties of the function change, and compares them with the names of
        parameters, not with their values. Without another version the alias would keep the environment of before.

        Args:
            key: Key of an uploaded template.
            parameters: The values with which it will be deployed.

        Returns:
            The key of the changed template.
        """
        template = json.loads(self.read(key))
        for function in functions(template).values():
            properties = function["Properties"]
            if "AutoPublishAlias" in properties:
                properties.pop("Description", None)
                # Most variables are the same for all functions, and in `Globals`.
                text = json.dumps([properties, template.get("Globals")])
                properties["Description"] = _described(text, parameters)
        return self._put_template(json.dumps(template).encode())

    def upload_edge(self, folder: Path) -> tuple[str, str]:
        """Upload the distribution's template and the pages. Returns their keys."""
        pages = folder / "pages.zip"
        key = f"pages/{hashlib.sha256(pages.read_bytes()).hexdigest()}.zip"
        if not self._exists(key):
            self._s3.upload_file(str(pages), self.bucket, key)
        return self._put_template((folder / "edge.json").read_bytes()), key

    def read(self, key: str) -> bytes:
        """An object of the bucket."""
        return bytes(self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def _put_template(self, content: bytes) -> str:
        key = f"templates/{hashlib.sha256(content).hexdigest()}.json"
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return key

    def _exists(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return False
            raise
        return True

    def record(self, record: Record) -> None:
        """Keep a completed deployment."""
        body = json.dumps(asdict(record), indent=1).encode()
        self._s3.put_object(Bucket=self.bucket, Key=f"{self._prefix}{record.id}.json", Body=body)

    def records(self) -> list[Record]:
        """The completed deployments of the stage, the newest first."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        bodies = (self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys)
        return sorted((Record(**json.loads(body)) for body in bodies), key=lambda one: one.id, reverse=True)

    @property
    def _prefix(self) -> str:
        return f"deployments/{self._account.stage.name}/"


def _described(text: str, parameters: Mapping[str, str]) -> str:
    """What tells versions of a function apart by the values of the parameters that its properties name."""
    named = {name: value for name, value in sorted(parameters.items()) if f'"Ref": "{name}"' in text}
    return f"Parameters {hashlib.sha256(json.dumps(named).encode()).hexdigest()[:12]}"
