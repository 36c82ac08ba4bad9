"""Signed texts: JSON Web Signatures (RFC 7515, ES256) whose type says what they are about."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

ALGORITHM = "ES256"


class NotSigned(Exception):
    """Raised when a text has no valid signature of a known key about what is expected; the text says why."""


def claims(text: str, kind: str, keys: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], str]:
    """The claims of a signed text and the id of its key, after its signature was verified.

    Args:
        text: The compact form of the signature.
        kind: The type that its header must have.
        keys: Public keys as JSON Web Keys, with the id of each.

    Raises:
        NotSigned: The text is no signature of this type, its key is unknown, or it was changed.
    """
    import jwt  # imported late: the API verifies nothing that it has signed

    try:
        header = jwt.get_unverified_header(text)
    except jwt.PyJWTError:
        raise NotSigned("this is not the text of a receipt") from None
    if header.get("typ") != kind:
        raise NotSigned(f"this signature is not of the type {kind}")
    key_id = str(header.get("kid"))
    known = next((key for key in keys if key["kid"] == key_id), None)
    if known is None:
        raise NotSigned(f"no public key with the id {key_id} is known")
    try:
        content = jwt.PyJWS().decode(text, jwt.PyJWK(dict(known)).key, algorithms=[ALGORITHM])
        return json.loads(content), key_id
    except jwt.InvalidSignatureError:
        raise NotSigned("the signature is not valid: the text was changed, or another key made it") from None
    except (jwt.PyJWTError, ValueError):
        raise NotSigned("the signed text does not have the form of a signature") from None
