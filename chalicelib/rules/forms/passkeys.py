"""Request bodies about passkeys: what `navigator.credentials` of a browser returns, each part in base64url."""

from typing import Annotated

from pydantic import StringConstraints

from chalicelib.rules.base import limits
from chalicelib.rules.forms.accounts import Keep
from chalicelib.rules.forms.fields import text
from chalicelib.rules.forms.form import Form


def _base64url(longest: int) -> type[str]:
    return Annotated[str, StringConstraints(min_length=1, max_length=longest, pattern=r"^[A-Za-z0-9_-]+$")]  # type: ignore[return-value]


ClientData = _base64url(4096)
"""`clientDataJSON`: the challenge, the origin of the page, and what was asked for."""


class PasskeyName(Form):
    """What the owner calls a passkey."""

    name: text(1, limits.PASSKEY_NAME)  # type: ignore[valid-type]


class NewPasskey(PasskeyName):
    """A passkey that the authenticator has just made."""

    client_data: ClientData  # type: ignore[valid-type]
    attestation: _base64url(8192)  # type: ignore[valid-type]
    """`attestationObject`: id and public key of the passkey, and what the authenticator checked."""


class PasskeySignIn(Form):
    """The signature of a passkey over a challenge."""

    credential_id: _base64url(1400)  # type: ignore[valid-type]
    """`rawId`."""
    user_handle: _base64url(90)  # type: ignore[valid-type]
    client_data: ClientData  # type: ignore[valid-type]
    authenticator_data: _base64url(2048)  # type: ignore[valid-type]
    signature: _base64url(2048)  # type: ignore[valid-type]
    keep: Keep = None
