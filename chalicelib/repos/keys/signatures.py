"""Signatures by the receipt key, an asymmetric key of KMS (ECDSA, P-256, SHA-256) that never leaves it.

Its public key is a JSON Web Key, whose id is its thumbprint (RFC 7638). The public keys that were ever in use remain in
the table, so that receipts of before a rotation can be verified.
"""

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from chalicelib.config import settings
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import AlreadyExists, Misconfigured

PARTITION, PREFIX = "KEYS", "RECEIPT#"
"""Where the public keys are, beside the wrapped keys of the portal (`chalicelib/repos/keys/keyring.py`)."""
BYTES = 32
"""Length of a number of the curve."""

type PublicKey = Mapping[str, str]
"""A JSON Web Key (RFC 7517) with `kid`."""


def jws(claims: Mapping[str, Any], kind: str) -> str:
    """The claims, signed, as a JSON Web Signature in its compact form (RFC 7515, ES256).

    Args:
        claims: What is signed.
        kind: Type of the header, which says what the signature is about.

    Raises:
        Unavailable: KMS does not answer.
    """
    header = {"alg": "ES256", "kid": public_key()["kid"], "typ": kind}
    message = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    with aws.translated_faults():
        signature = aws.client("kms").sign(
            KeyId=settings().receipt_key,
            Message=message.encode(),
            MessageType="RAW",
            SigningAlgorithm="ECDSA_SHA_256",
        )["Signature"]
    both = b"".join(number.to_bytes(BYTES) for number in decode_dss_signature(signature))
    return f"{message}.{_encoded(both)}"


def public_key() -> PublicKey:
    """The public part of the key in use; asked for once in each process.

    Raises:
        Unavailable: KMS does not answer.
    """
    return _public_key(settings().receipt_key)


@functools.cache
def _public_key(key: str) -> PublicKey:
    with aws.translated_faults():
        found = aws.client("kms").get_public_key(KeyId=key)["PublicKey"]
    numbers = cast("EllipticCurvePublicKey", load_der_public_key(found)).public_numbers()
    if not isinstance(numbers.curve, SECP256R1):
        raise Misconfigured(f"ABTC_RECEIPT_KEY: a key of {numbers.curve.name} and not of P-256")
    members = {"crv": "P-256", "kty": "EC", "x": _number(numbers.x), "y": _number(numbers.y)}
    thumbprint = hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest()
    return {**members, "kid": _encoded(thumbprint), "alg": "ES256", "use": "sig"}


def _number(value: int) -> str:
    return _encoded(value.to_bytes(BYTES))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


# Public keys that are or were in use


def public_keys() -> list[PublicKey]:
    """The recorded public keys, by their ids."""
    found = table.query(PARTITION, prefix=PREFIX).items
    return [item["public"] for item in found]


def public_key_recorded(key: PublicKey, now: datetime) -> Write:
    """Record a public key; `AlreadyExists` if it is recorded."""
    item = {
        "pk": PARTITION,
        "sk": f"{PREFIX}{key['kid']}",
        "public": dict(key),
        "made_at": rfc3339(now),
    }
    return table.put(item, only_new=lambda _: AlreadyExists())
