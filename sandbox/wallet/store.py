"""The data of the simulated licence platform, in one JSON file, and its signing key."""

import base64
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, Field


class HolderKind(StrEnum):
    """The kind of a licence's holder: 法定代表人, 证照管理员, 办事人."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    MANAGER = "manager"
    DELEGATE = "delegate"


class AuthorizationMode(StrEnum):
    """全业务授权 (everything) or 精准授权 (the named items only)."""

    FULL = "full"
    PRECISE = "precise"


class Authorization(BaseModel):
    """An authorisation of a delegate (R13-R18). Both dates are inclusive, in Asia/Shanghai."""

    mode: AuthorizationMode
    items: list[str]
    starts_on: date
    ends_on: date
    holder_id: str
    granted_by: str

    def is_in_force(self, today: date) -> bool:
        """Whether `today` is within its dates."""
        return self.starts_on <= today <= self.ends_on


class VoidReason(StrEnum):
    """Why an authorisation is void: cancelled (R18), or its delegate or its granter was deleted (R21)."""

    CANCELLED = "cancelled"
    DELEGATE_DELETED = "delegate_deleted"
    GRANTER_DELETED = "granter_deleted"


class VoidAuthorization(Authorization):
    """An authorisation that was ended before its last day; only the wallet's page shows it."""

    holder_name: str
    reason: VoidReason


class Holder(BaseModel):
    """A person with a licence in the wallet."""

    kind: HolderKind
    name: str
    id_number: str
    phone: str
    may_authorize: bool = False
    """The legal representative, or a manager with 下级授权 (R14)."""
    must_claim: bool = False
    """Whether the holder has to download by a real-name check; otherwise the first scan counts as the download."""
    downloaded_at: datetime | None = None
    """The time of the download; with it a delegate's ID number and phone are fixed (R20)."""
    void_since: datetime | None = None
    """The time at which the last authorisation ended and made the downloaded licence void (R18)."""


class Licence(BaseModel):
    """电子营业执照: an enterprise's licence with its holders and authorisations."""

    name: str
    uscc: str
    status: str = "active"
    holders: dict[str, Holder] = Field(default_factory=dict)
    authorizations: dict[str, Authorization] = Field(default_factory=dict)
    void_authorizations: list[VoidAuthorization] = Field(default_factory=list)

    @property
    def representative_id(self) -> str:
        """The holder id of the legal representative."""
        return next(key for key, holder in self.holders.items() if holder.kind is HolderKind.LEGAL_REPRESENTATIVE)

    @property
    def legal_representative(self) -> Holder:
        """法定代表人, who is the first to download (R06)."""
        return self.holders[self.representative_id]

    @property
    def is_claimed(self) -> bool:
        """Whether the legal representative has downloaded it; others can do so only then (R06)."""
        return self.legal_representative.downloaded_at is not None or not self.legal_representative.must_claim

    def authorizations_of(self, holder_id: str) -> dict[str, Authorization]:
        """A delegate's authorisations by their ids, oldest first."""
        return {key: found for key, found in self.authorizations.items() if found.holder_id == holder_id}


class Book(BaseModel):
    """All licences by their ids."""

    licences: dict[str, Licence] = Field(default_factory=dict)


class WalletStore:
    """The file `wallet.json`, which is read as a whole and replaced atomically."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "wallet.json"
        self._lock = threading.Lock()

    def read(self) -> Book:
        """The present content; changes to the returned object are not stored."""
        if not self._path.exists():
            return Book()
        return Book.model_validate_json(self._path.read_bytes())

    @contextmanager
    def change(self) -> Iterator[Book]:
        """The content for changes by one thread at a time; stored if the block ends without an exception."""
        with self._lock:
            book = self.read()
            yield book
            write_privately(self._path, book.model_dump_json(indent=1))


class PlatformKey:
    """The platform's Ed25519 key, created at the first use in `licence-platform.json`."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "licence-platform.json"

    @cached_property
    def _private(self) -> dict[str, str]:
        if not self._path.exists():
            write_privately(self._path, json.dumps(_new_key()))
        private: dict[str, str] = json.loads(self._path.read_text(encoding="utf-8"))
        return private

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set, for the portal's configuration."""
        public = {name: value for name, value in self._private.items() if name != "d"}
        return {"keys": [public]}

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact JWS over `claims`."""
        key = jwt.PyJWK(self._private).key
        return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": self._private["kid"]})


def write_privately(path: Path, text: str) -> None:
    """Replace a file atomically; only its owner can read it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _new_key() -> dict[str, str]:
    key = Ed25519PrivateKey.generate()
    plain = (serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _base64url(public),
        "d": _base64url(key.private_bytes(*plain)),
        "kid": f"platform-{secrets.token_hex(4)}",
        "use": "sig",
        "alg": "EdDSA",
    }


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
