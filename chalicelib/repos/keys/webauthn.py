"""Checks what authenticators sign, by the library `fido2` (WebAuthn; decision 0075).

The library is imported late: few requests need it.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm

from chalicelib.rules.accounts.passkeys import RelyingParty

if TYPE_CHECKING:
    from fido2.server import Fido2Server


class Refused(Exception):
    """Raised when a registration or signature is not what was asked for, whatever is wrong with it."""


@dataclass(frozen=True)
class Registered:
    """A passkey that an authenticator has made."""

    credential_id: str
    """In base64url."""
    credential: str
    """To be stored, and given to `signed`."""
    sign_count: int


def algorithms() -> tuple[int, ...]:
    """The algorithms of keys that are accepted, as COSE numbers them: the first is preferred."""
    from fido2.cose import CoseKey

    return tuple(int(number) for number in CoseKey.supported_algorithms())


def challenge_of(client_data: str) -> bytes:
    """The challenge that the browser says it was given.

    Raises:
        Refused: the client data cannot be read.
    """
    from fido2.webauthn import CollectedClientData

    try:
        return CollectedClientData(_decoded(client_data)).challenge
    except _UNREADABLE as error:
        raise Refused from error


def registered(party: RelyingParty, client_data: str, attestation: str) -> Registered:
    """The passkey that was made with user verification by a page of the site.

    Whether the challenge was given out must be checked by the caller. No attestation of the maker is asked for.

    Raises:
        Refused: type, origin, site or flags are wrong, or something cannot be read.
    """
    response = {
        "id": "",
        "rawId": "",
        "response": {"clientDataJSON": client_data, "attestationObject": attestation},
        "type": "public-key",
    }
    try:
        data = _server(party).register_complete(_state(client_data), response)
        made = data.credential_data
        if made is None or len(made.credential_id) > _LONGEST_ID:
            raise Refused
        return Registered(_encoded(made.credential_id), _encoded(bytes(made)), data.counter)
    except _UNREADABLE as error:
        raise Refused from error


def signed(party: RelyingParty, credential: str, *, client_data: str, authenticator_data: str, signature: str) -> int:
    """The counter of a passkey that has signed with user verification on a page of the site.

    Whether the challenge was given out must be checked by the caller.

    Raises:
        Refused: the signature is not of this passkey, type, origin, site or flags are wrong, or a part cannot be read.
    """
    from fido2.webauthn import AttestedCredentialData, AuthenticatorData

    try:
        own = AttestedCredentialData(_decoded(credential))
        identifier = _encoded(own.credential_id)
        response = {
            "id": identifier,
            "rawId": identifier,
            "response": {
                "clientDataJSON": client_data,
                "authenticatorData": authenticator_data,
                "signature": signature,
            },
            "type": "public-key",
        }
        _server(party).authenticate_complete(_state(client_data), [own], response)
        return AuthenticatorData(_decoded(authenticator_data)).counter
    except _UNREADABLE as error:
        raise Refused from error


def credential_id_of(credential: str) -> str:
    """The id of a stored passkey in base64url, as browsers are told it."""
    from fido2.webauthn import AttestedCredentialData

    return _encoded(AttestedCredentialData(_decoded(credential)).credential_id)


_LONGEST_ID = 1023
"""Bytes of a credential id (WebAuthn 4)."""

_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    UnsupportedAlgorithm,
    struct.error,
)
"""What `fido2` raises for bytes that are not what they should be."""


def _server(party: RelyingParty) -> "Fido2Server":
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    entity = PublicKeyCredentialRpEntity(id=party.id, name=party.id)
    return Fido2Server(entity, verify_origin=lambda origin: origin == party.origin)


def _state(client_data: str) -> dict[str, Any]:
    """What the library compares the response with."""
    from fido2.webauthn import CollectedClientData, UserVerificationRequirement

    read = CollectedClientData(_decoded(client_data))
    if read.cross_origin:
        raise Refused
    return {"challenge": _encoded(read.challenge), "user_verification": UserVerificationRequirement.REQUIRED}


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise Refused from error
