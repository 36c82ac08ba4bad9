"""The electronic business licence platform of the tests: a key that signs assertions."""

import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Platform:
    """The licence platform's signing key."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        numbers = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key()))
        self.public = {**numbers, "kid": "test", "alg": "EdDSA", "use": "sig"}

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """The claims as a compact JWS."""
        return jwt.encode(dict(claims), self.key, algorithm="EdDSA", headers={"kid": "test", **header})


PLATFORM = Platform()
"""The platform whose public key the settings of the tests name."""
