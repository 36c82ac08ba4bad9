"""An authenticator in software: it makes passkeys and signs as browsers do, or wrongly where a test says so."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """A device with one passkey of the site that is opened as `http://localhost:8001`."""

    origin: str = "http://localhost:8001"
    rp_id: str = "localhost"
    sign_count: int = 0
    counts: bool = True
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def made(self, creation: Mapping[str, Any], **wrong: Any) -> dict[str, Any]:
        """What a page sends after `navigator.credentials.create`."""
        self.user_handle = creation["user_handle"]
        credential = AttestedCredentialData.create(
            b"\0" * 16,
            self.credential_id,
            ES256.from_cryptography_key(self.key.public_key()),  # type: ignore[no-untyped-call]
        )
        flags = wrong.get("flags", PRESENT | VERIFIED) | ATTESTED
        data = AuthenticatorData.create(self._rp_hash(wrong), flags, self._count(wrong), bytes(credential))
        attestation = AttestationObject.create("none", data, {})
        client_data = self._client_data("webauthn.create", creation["challenge"], wrong)
        return {"name": "测试手机", "client_data": encoded(client_data), "attestation": encoded(bytes(attestation))}

    def signed(self, request: Mapping[str, Any], **wrong: Any) -> dict[str, Any]:
        """What a page sends after `navigator.credentials.get`."""
        flags = wrong.get("flags", PRESENT | VERIFIED)
        data = bytes(AuthenticatorData.create(self._rp_hash(wrong), flags, self._count(wrong)))
        client_data = self._client_data("webauthn.get", request["challenge"], wrong)
        key = wrong.get("key", self.key)
        signature = key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "credential_id": encoded(self.credential_id),
            "user_handle": wrong.get("user_handle", self.user_handle),
            "client_data": encoded(client_data),
            "authenticator_data": encoded(data),
            "signature": encoded(signature),
        }

    def _count(self, wrong: Mapping[str, Any]) -> int:
        if "sign_count" in wrong:
            return int(wrong["sign_count"])
        self.sign_count += 1 if self.counts else 0
        return self.sign_count

    def _rp_hash(self, wrong: Mapping[str, Any]) -> bytes:
        return hashlib.sha256(wrong.get("rp_id", self.rp_id).encode()).digest()

    def _client_data(self, kind: str, challenge: str, wrong: Mapping[str, Any]) -> bytes:
        said = {
            "type": wrong.get("type", kind),
            "challenge": wrong.get("challenge", challenge),
            "origin": wrong.get("origin", self.origin),
            "crossOrigin": wrong.get("cross_origin", False),
        }
        return json.dumps(said).encode()


def encoded(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """What `encoded` made."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def rewritten(attestation: str, **changes: Any) -> str:
    """An attestation object with other parts."""
    parts: Any = cbor.decode(decoded(attestation))
    return encoded(cbor.encode({**parts, **changes}))
