"""The distribution of a stage: its key, its stack, and the pages that it serves.

The key is in the Parameter Store of the stage's region, `/abtc-portal/STAGE/origin-keys`: what the distribution sends
first, then what the API accepts besides. The API is always deployed before the distribution, so that it knows a new key
when it arrives.
"""

import hashlib
import json
import mimetypes
import secrets
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tools.deployment.account import Account, Refused
from tools.packaging import aws_regions

INDEX = "index.html"
ASSETS = "assets/"
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"
KEY_BYTES = 32
MOST_KEYS = 2


class Keys:
    """The keys of a stage's distribution."""

    def __init__(self, account: Account) -> None:
        self._ssm = account.client("ssm")
        self.name = f"/abtc-portal/{account.stage.name}/origin-keys"

    def read(self) -> list[str]:
        """The key that is sent, and another one that is accepted while it is rotated; made at first use."""
        try:
            value = self._ssm.get_parameter(Name=self.name, WithDecryption=True)["Parameter"]["Value"]
        except self._ssm.exceptions.ParameterNotFound:
            return self._write([secrets.token_hex(KEY_BYTES)])
        return str(value).split(",")

    def hashes(self) -> str:
        """The value of ABTC_EDGE_KEY_HASH."""
        return ",".join(hashlib.sha256(key.encode()).hexdigest() for key in self.read())

    def rotate(self) -> str:
        """Add a new key that is sent from the next deployment on, or forget the old one. Returns what was done."""
        keys = self.read()
        if len(keys) < MOST_KEYS:
            self._write([secrets.token_hex(KEY_BYTES), *keys])
            return "a new key is sent after the next deployment, and both are accepted: deploy, then repeat this"
        self._write(keys[:1])
        return "the old key is accepted no more after the next deployment: deploy"

    def _write(self, keys: list[str]) -> list[str]:
        self._ssm.put_parameter(Name=self.name, Value=",".join(keys), Type="SecureString", Overwrite=True)
        return keys


def parameters(account: Account, keys: Keys) -> dict[str, str]:
    """A value for every parameter of the distribution's template, after the API was deployed."""
    resources, stage = account.resources(), account.stage
    suffix = aws_regions.url_suffix(stage.region)
    given = {
        "ApiHost": f"{resources['RestAPI']}.execute-api.{stage.region}.{suffix}",
        "ApiPath": f"/{stage.name}",
        "FilesOrigin": f"https://{resources['PortalBucket']}.s3.{stage.region}.{suffix}",
        "OriginKey": keys.read()[0],
    }
    if stage.partition != aws_regions.CHINA:
        given["Firewall"] = "yes" if stage.deployment["firewall"] else "no"
    return given


def outputs(edge: Account) -> dict[str, str]:
    """The outputs of the distribution's stack.

    Raises:
        Refused: There is no such stack.
    """
    stack = edge.stack()
    if stack is None:
        raise Refused(f"there is no stack {edge.stage.stack}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}


def publish(edge: Account, pages: Path) -> int:
    """Upload the pages: first what index.html will name, then what keeps its name, index.html last.

    Older assets stay: tabs that are open load them still.

    Returns:
        How many files were new or different.
    """
    bucket, s3 = outputs(edge)["SiteBucketName"], edge.client("s3")
    with zipfile.ZipFile(pages) as archive:
        names = sorted(archive.namelist(), key=lambda name: (name == INDEX, not name.startswith(ASSETS), name))
        return sum(_put(s3, bucket, name, archive.read(name)) for name in names)


def _put(s3: Any, bucket: str, name: str, content: bytes) -> bool:
    digest = hashlib.sha256(content).hexdigest()
    try:
        stored = s3.head_object(Bucket=bucket, Key=name)
        if stored["Metadata"].get("sha256") == digest:
            return False
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "403"):
            raise
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    s3.put_object(
        Bucket=bucket,
        Key=name,
        Body=content,
        ContentType=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        CacheControl=IMMUTABLE if name.startswith(ASSETS) else REVALIDATED,
        Metadata={"sha256": digest},
    )
    return True


def body(text: str) -> str:
    """A template without blanks: CloudFormation takes 51,200 bytes in a request, and buckets of its own region only."""
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
