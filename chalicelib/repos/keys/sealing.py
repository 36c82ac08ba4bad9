"""Personal data at rest: fields are encrypted with AES-GCM, and found again by keyed digests.

An encrypted value is bound to a context, its item and field; it cannot be decrypted for another one.
"""

import hashlib
import hmac
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import from_json, to_json

from chalicelib.repos.keys.keyring import KeyPurpose, PortalKey, by_id, current, older

NONCE_BYTES = 12


def seal(plain: bytes, context: str) -> bytes:
    """Encrypt bytes for a context.

    Returns:
        One byte with the length of the key's id, the id, the nonce, and the ciphertext with its tag.
    """
    key = current(KeyPurpose.FIELD)
    key_id = key.id.encode()
    nonce = os.urandom(NONCE_BYTES)
    return bytes([len(key_id)]) + key_id + nonce + key.cipher.encrypt(nonce, plain, context.encode())


def unseal(sealed: bytes, context: str) -> bytes:
    """Decrypt what `seal` made for the same context.

    Raises:
        KeyError: the key was retired.
        InvalidTag: the value was changed, or made for another context.
    """
    end = 1 + sealed[0]
    key = by_id(KeyPurpose.FIELD, sealed[1:end].decode())
    nonce, ciphertext = sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :]
    return key.cipher.decrypt(nonce, ciphertext, context.encode())


def seal_json(value: Any, context: str) -> bytes:
    """Compress and encrypt a JSON value."""
    return seal(zlib.compress(to_json(value)), context)


def unseal_json(sealed: bytes, context: str) -> Any:
    """Decrypt what `seal_json` made."""
    return from_json(zlib.decompress(unseal(sealed, context)))


def seal_fields(fields: Mapping[str, Any], names: Iterable[str], context: str) -> dict[str, Any]:
    """The fields with the named texts encrypted one by one; values that are no text are not changed."""
    private = set(names)
    return {
        name: seal(value.encode(), f"{context}#{name}") if name in private and isinstance(value, str) else value
        for name, value in fields.items()
    }


def unseal_fields(fields: Mapping[str, Any], context: str) -> dict[str, Any]:
    """The fields with every encrypted one decrypted."""
    return {
        name: unseal(value, f"{context}#{name}").decode() if isinstance(value, bytes) else value
        for name, value in fields.items()
    }


def reseal(sealed: bytes, context: str) -> bytes:
    """The value encrypted anew with the current key."""
    return seal(unseal(sealed, context), context)


def key_id_of(sealed: bytes) -> str:
    """The id of the key with which a value was encrypted."""
    return sealed[1 : 1 + sealed[0]].decode()


def digest(scope: str, value: str, key: PortalKey | None = None) -> str:
    """The keyed digest (HMAC-SHA-256, hexadecimal) of a value.

    Args:
        scope: the use of the digest; equal values of different scopes have different digests.
        value: the value.
        key: the key to use; the current digest key if not given.
    """
    secret = (key or current(KeyPurpose.DIGEST)).secret
    return hmac.new(secret, f"{scope}\n{value}".encode(), hashlib.sha256).hexdigest()


def digest_keys() -> tuple[PortalKey, ...]:
    """The keys of digests that clients may send back after a rotation: the current one, then older ones."""
    return current(KeyPurpose.DIGEST), *older(KeyPurpose.DIGEST)


def digests(scope: str, value: str) -> Iterator[str]:
    """The digests of a value under the current key and then under older ones.

    For values that clients send back after a rotation of keys.
    """
    yield digest(scope, value)
    for key in older(KeyPurpose.DIGEST):
        yield digest(scope, value, key)
