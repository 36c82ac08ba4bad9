"""The one place where AWS clients are made and their faults are read."""

import contextlib
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.rules.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client

Service = Literal["dynamodb", "kms", "s3", "sesv2", "ssm", "sts"]
"""The services in use. The Lambda zip carries the descriptions of these alone."""

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=50,
)
"""boto3's own defaults for DynamoDB are 10 attempts over 25 s: longer than anybody waits."""

SPECIAL: dict[Service, Config] = {
    # Presigned addresses of objects under KMS must be signed by version 4.
    "s3": Config(signature_version="s3v4"),
    # A mail whose reply was late may be on its way: the relay tries again, not the client.
    "sesv2": Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=10),
}

PASSING = {
    "InternalServerError",
    "InternalFailure",
    "ItemCollectionSizeLimitExceededException",
    "KMSInternalException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
"""Error codes that mean: not now. Whatever is not here is a fault of ours and shows as such."""


@overload
def client(name: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(name: Literal["kms"]) -> "KMSClient": ...
@overload
def client(name: Literal["s3"]) -> "S3Client": ...
@overload
def client(name: Literal["sesv2"]) -> "SESV2Client": ...
@overload
def client(name: Literal["sts"]) -> Any: ...
@overload
def client(name: Literal["ssm"]) -> Any: ...
def client(name: Service) -> Any:
    """The process's client of a service, made at first use; safe to share between threads."""
    return _client(name)


@functools.cache
def _client(name: Service) -> Any:
    config = CONFIG.merge(SPECIAL[name]) if name in SPECIAL else CONFIG
    return boto3.client(name, config=config)


@contextlib.contextmanager
def faults() -> Iterator[None]:
    """Turn what passes by itself (throttling, time-outs, a service that is down) into `Unavailable`."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if error.response["Error"]["Code"] in PASSING or status >= 500:
            raise Unavailable from error
        raise
    except BotoCoreError as error:
        raise Unavailable from error


def code_of(error: ClientError) -> str:
    """The error's code."""
    return str(error.response["Error"]["Code"])
