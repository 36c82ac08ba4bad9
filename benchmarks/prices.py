"""What 1,000 applications cost: list prices of us-east-1 as published in 2025, an example for other regions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks import loads
from benchmarks.units import total

FILE_KB = 200
"""The size of an uploaded file."""
MONTHS = 12
"""How long storage is counted."""
PUTS = ("PutObject", "CopyObject", "ListObjectsV2", "CreateMultipartUpload", "UploadPart")


@dataclass(frozen=True)
class Price:
    """One list price: what it is for, in USD for the unit."""

    what: str
    usd: float
    unit: str


PRICES: Mapping[str, Price] = {
    "write": Price("DynamoDB on demand, write request units", 0.625, "1,000,000"),
    "read": Price("DynamoDB on demand, read request units", 0.125, "1,000,000"),
    "table": Price("DynamoDB storage", 0.25, "1 GB and month"),
    "recovery": Price("DynamoDB point-in-time recovery", 0.20, "1 GB and month"),
    "put": Price("S3 PUT, COPY, POST and LIST requests", 0.005, "1,000"),
    "get": Price("S3 GET and other requests", 0.0004, "1,000"),
    "files": Price("S3 storage", 0.023, "1 GB and month"),
    "gateway": Price("API Gateway (REST) requests", 3.50, "1,000,000"),
    "invocations": Price("Lambda requests", 0.20, "1,000,000"),
    "compute": Price("Lambda, arm64", 0.0000133334, "1 GB-s"),
    "mail": Price("SES, mails", 0.10, "1,000"),
    "keys": Price("KMS requests", 0.03, "10,000"),
}


def of_thousand(figures: Mapping[str, Any], persons: int) -> dict[str, float]:
    """USD for 1,000 applications of so many persons, by service; their storage for a year."""
    life = loads.life(figures, persons)
    asked, s3 = life["requests"], life["s3"]
    puts = asked["uploads"] + sum(count for name, count in s3.items() if name in PUTS)
    gets = sum(count for name, count in s3.items() if name not in PUTS)
    stored_gb = figures["stored"][str(persons)]["lasting"] / 1e9
    files_gb = 2 * asked["uploads"] * FILE_KB / 1e6
    usd = {name: price.usd for name, price in PRICES.items()}
    of_one = {
        "DynamoDB, write units": total(life, "writes") * usd["write"] / 1e6,
        "DynamoDB, read units": total(life, "reads") * usd["read"] / 1e6,
        "DynamoDB, storage and recovery of a year": stored_gb * MONTHS * (usd["table"] + usd["recovery"]),
        "S3, requests": puts * usd["put"] / 1e3 + gets * usd["get"] / 1e3,
        "S3, storage of a year": files_gb * MONTHS * usd["files"],
        "API Gateway": asked["api"] * usd["gateway"] / 1e6,
        "Lambda": asked["api"] * (usd["invocations"] / 1e6 + loads.REQUEST_SECONDS * usd["compute"]),
        "SES": asked.get("sesv2", 0) * usd["mail"] / 1e3,
        "KMS": asked.get("kms", 0) * usd["keys"] / 1e4,
    }
    return {service: cost * 1000 for service, cost in of_one.items()}
