"""Personal data at rest: sealed with AES-GCM, field by field, and found again by keyed digests.

A sealed value is bound to the item and field it belongs to: moved elsewhere it does not open.
"""

import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.repos.keys.keyring import KeyPurpose, PortalKey, by_id, current, older

NONCE_BYTES = 12


def seal(plain: bytes, context: str) -> bytes:
    """Encrypt: length of the key's id, the id, nonce, ciphertext with tag."""
    key = current(KeyPurpose.FIELD)
    key_id = key.id.encode()
    nonce = os.urandom(NONCE_BYTES)
    return bytes([len(key_id)]) + key_id + nonce + AESGCM(key.secret).encrypt(nonce, plain, context.encode())


def unseal(sealed: bytes, context: str) -> bytes:
    """Decrypt what `seal` made for the same context."""
    end = 1 + sealed[0]
    key = by_id(KeyPurpose.FIELD, sealed[1:end].decode())
    nonce, ciphertext = sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]
    return AESGCM(key.secret).decrypt(nonce, ciphertext, context.encode())


def seal_json(value: Any, context: str) -> bytes:
    """Seal any JSON value, compressed."""
    return seal(zlib.compress(json.dumps(value, ensure_ascii=False).encode()), context)


def unseal_json(sealed: bytes, context: str) -> Any:
    """Open what `seal_json` made."""
    return json.loads(zlib.decompress(unseal(sealed, context)))


def seal_fields(fields: Mapping[str, Any], names: Iterable[str], context: str) -> dict[str, Any]:
    """The fields with those named sealed, each for itself; empty ones stay as they are."""
    private = set(names)
    return {
        name: seal(value.encode(), f"{context}#{name}") if name in private and isinstance(value, str) else value
        for name, value in fields.items()
    }


def unseal_fields(fields: Mapping[str, Any], context: str) -> dict[str, Any]:
    """The fields with every sealed one opened."""
    return {
        name: unseal(value, f"{context}#{name}").decode() if isinstance(value, bytes) else value
        for name, value in fields.items()
    }


def reseal(sealed: bytes, context: str) -> bytes:
    """The same content under the current key."""
    return seal(unseal(sealed, context), context)


def key_id_of(sealed: bytes) -> str:
    """The id of the key that a sealed value needs."""
    return sealed[1 : 1 + sealed[0]].decode()


def digest(scope: str, value: str, key: PortalKey | None = None) -> str:
    """The keyed digest (HMAC-SHA-256, hexadecimal) of a value within a scope: the same for the same, else nothing."""
    secret = (key or current(KeyPurpose.DIGEST)).secret
    return hmac.new(secret, f"{scope}\n{value}".encode(), hashlib.sha256).hexdigest()


def digests(scope: str, value: str) -> Iterator[str]:
    """The digest under the current key and then under older ones: for what was given away and comes back."""
    yield digest(scope, value)
    for key in older(KeyPurpose.DIGEST):
        yield digest(scope, value, key)
