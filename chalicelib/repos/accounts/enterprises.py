"""企业: profile with the three licence elements, and invoice profiles (发票信息)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import suppressions
from chalicelib.repos.accounts.accounts import claimed
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.licence import LicenceElements
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import ContentChanged, FieldError, LimitReached, NotFound
from chalicelib.rules.base.limits import MAX_INVOICE_PROFILES
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, Role

LIST = "ENTERPRISES"
"""Partition of the work queue index that lists all enterprises by name."""

INVOICE_PRIVATE = (
    "phone",
    "invoice_email",
    "email_contact",
    "email_contact_phone",
    "filing_contact",
    "filing_contact_phone",
)
"""What of an invoice profile is somebody's own: sealed."""

PRIVATE = ("legal_representative", "phone")
"""What of an enterprise is somebody's own: sealed."""

PROFILE = ("phone", "region_code", "address", "kind", "industry", "staff_count")
"""What the enterprise may change by itself (A07, A08)."""


USCC_TAKEN = FieldError("uscc", "TAKEN")


@dataclass(frozen=True)
class Enterprise:
    """企业: the licence elements, the profile, and the account that owns it."""

    id: EnterpriseId
    elements: LicenceElements
    account_id: AccountId
    profile: Mapping[str, Any]
    version: int
    created_at: datetime
    applications: int = 0
    """How many it has submitted."""


@dataclass(frozen=True)
class InvoiceProfile:
    """发票信息: one of at most 20."""

    id: str
    fields: Mapping[str, Any] = field(repr=False)
    version: int = 1


def key(enterprise_id: str) -> table.Key:
    """Primary key of an enterprise."""
    return f"ENT#{enterprise_id}", "PROFILE"


def get(enterprise_id: EnterpriseId) -> Enterprise:
    """The enterprise, or `NotFound`."""
    item = table.get(key(enterprise_id))
    if item is None:
        raise NotFound
    return from_item(item)


def from_item(item: table.Item) -> Enterprise:
    """The enterprise of an item."""
    clear = item | sealing.unseal_fields({name: item.get(name) for name in PRIVATE}, _context(item["id"]))
    return Enterprise(
        id=EnterpriseId(item["id"]),
        elements=LicenceElements(**{name: clear[name] for name in LicenceElements.model_fields}),
        account_id=AccountId(item["account_id"]),
        profile={name: clear.get(name) for name in PROFILE},
        version=item["version"],
        created_at=parse_time(item["created_at"]),
        applications=item.get("applications", 0),
    )


def new_enterprise(
    elements: LicenceElements, email: str, profile: Mapping[str, Any], now: datetime, password_hash: str = ""
) -> tuple[Enterprise, Account]:
    """An enterprise about to be written, with its own account, which bears the enterprise's id."""
    enterprise_id = EnterpriseId(ids.new())
    account = Account(
        id=AccountId(enterprise_id),
        role=Role.ENTERPRISE,
        login=email,
        display_name=elements.name,
        email=email,
        mail_status=suppressions.status_of(email),
        enterprise_id=enterprise_id,
        created_at=now,
        password_hash=password_hash,
        password_set_at=now if password_hash else None,
    )
    kept = {name: profile[name] for name in PROFILE}
    return Enterprise(enterprise_id, elements, account.id, kept, 1, now), account


def enterprise_created(
    enterprise: Enterprise, consent: Mapping[str, str] | None = None, taken: FieldError = USCC_TAKEN
) -> list[Write]:
    """The enterprise, alone with its USCC; `consent` is the version and time of the accepted terms.

    `AlreadyExists` with what is `taken` if another enterprise has the USCC.
    """
    item = {
        "pk": f"ENT#{enterprise.id}",
        "sk": "PROFILE",
        "kind": "enterprise",
        "id": enterprise.id,
        **sealing.seal_fields(
            enterprise.elements.model_dump() | dict(enterprise.profile), PRIVATE, _context(enterprise.id)
        ),
        "account_id": enterprise.account_id,
        "version": enterprise.version,
        "created_at": rfc3339(enterprise.created_at),
        "consent": dict(consent) if consent else None,
        **_listed(enterprise.id, enterprise.elements.name),
    }
    alone = claimed("uscc", enterprise.elements.uscc, enterprise.id, enterprise.account_id, taken)
    return [table.put(item), alone]


def enterprise_changed(enterprise: Enterprise, **assign: Any) -> Write:
    """Change attributes of the enterprise, if nobody changed them since it was read; None takes one away."""
    if "name" in assign:
        assign |= _listed(enterprise.id, assign["name"])
    return table.change(
        key(enterprise.id),
        assign={
            **sealing.seal_fields(assign, PRIVATE, _context(enterprise.id)),
            "version": enterprise.version + 1,
        },
        condition="#version = :seen",
        values={"seen": enterprise.version},
        refusal=lambda old: ContentChanged() if old else NotFound(),
    )


def with_profile(enterprise: Enterprise, changes: Mapping[str, Any]) -> Enterprise:
    """The enterprise after its profile has changed."""
    return replace(enterprise, profile={**enterprise.profile, **changes}, version=enterprise.version + 1)


def with_elements(enterprise: Enterprise, elements: LicenceElements) -> Enterprise:
    """The enterprise after its licence was scanned anew."""
    return replace(enterprise, elements=elements, version=enterprise.version + 1)


def application_counted(enterprise_id: EnterpriseId) -> Write:
    """Count one more application of the enterprise."""
    return table.change(key(enterprise_id), add={"applications": 1})


def page_by_name(
    prefix: str, limit: int, start: dict[str, Any] | None
) -> tuple[list[Enterprise], dict[str, Any] | None]:
    """Enterprises whose name begins so, in the order of their names, and where the next page starts."""
    page = table.query(LIST, index="work_queue", prefix=prefix, limit=limit, start=start)
    keys = [(item["pk"], item["sk"]) for item in page.items]
    found = table.get_many(keys)
    return [from_item(found[at]) for at in keys if at in found], page.next_key


def _context(enterprise_id: str) -> str:
    return "#".join(key(enterprise_id))


def _listed(enterprise_id: str, name: str) -> dict[str, str]:
    """Where officers find it by name; a key of at most 1,024 bytes, which `limits.ENTERPRISE_NAME` keeps."""
    return {"queue_pk": LIST, "queue_sk": f"{name}#{enterprise_id}"}


def invoice_profiles(enterprise_id: EnterpriseId) -> list[InvoiceProfile]:
    """The invoice profiles in the order they were added (I01)."""
    items = table.query_all(f"ENT#{enterprise_id}", prefix="INVOICE#")
    return [_invoice_profile(item) for item in sorted(items, key=lambda item: item["created_at"])]


def invoice_profile_key(enterprise_id: EnterpriseId, profile_id: str) -> table.Key:
    """Primary key of an invoice profile."""
    return f"ENT#{enterprise_id}", f"INVOICE#{profile_id}"


def new_invoice_profile(
    enterprise_id: EnterpriseId, fields: Mapping[str, Any], now: datetime
) -> tuple[InvoiceProfile, list[Write]]:
    """An invoice profile and its place among the 20 (I04)."""
    profile = InvoiceProfile(ids.new(), fields)
    pk, sk = invoice_profile_key(enterprise_id, profile.id)
    item = {
        "pk": pk,
        "sk": sk,
        "id": profile.id,
        "fields": sealing.seal_fields(fields, INVOICE_PRIVATE, f"{pk}#{sk}"),
        "version": 1,
        "created_at": rfc3339(now),
    }
    place = table.change(
        (pk, "PROFILE"),
        add={"invoice_profiles": 1},
        condition="attribute_not_exists(#invoice_profiles) OR #invoice_profiles < :most",
        values={"most": MAX_INVOICE_PROFILES},
        refusal=lambda _: LimitReached(),
    )
    return profile, [place, table.put(item)]


def invoice_profile(enterprise_id: EnterpriseId, profile_id: str) -> InvoiceProfile:
    """One invoice profile of this enterprise, or `NotFound`."""
    item = table.get(invoice_profile_key(enterprise_id, profile_id))
    if item is None:
        raise NotFound
    return _invoice_profile(item)


def invoice_profile_changed(enterprise_id: EnterpriseId, before: InvoiceProfile, fields: Mapping[str, Any]) -> Write:
    """An invoice profile with other fields, if nobody changed it since it was read (I07)."""
    at = invoice_profile_key(enterprise_id, before.id)
    return table.change(
        at,
        assign={
            "fields": sealing.seal_fields(fields, INVOICE_PRIVATE, "#".join(at)),
            "version": before.version + 1,
        },
        condition="#version = :seen",
        values={"seen": before.version},
        refusal=lambda old: ContentChanged() if old else NotFound(),
    )


def invoice_profile_deleted(enterprise_id: EnterpriseId, profile: InvoiceProfile) -> list[Write]:
    """An invoice profile gone and its place given back (I08)."""
    at = invoice_profile_key(enterprise_id, profile.id)
    return [
        table.delete(at, {"version": profile.version}, lambda old: ContentChanged() if old else NotFound()),
        table.change((at[0], "PROFILE"), add={"invoice_profiles": -1}),
    ]


def _invoice_profile(item: table.Item) -> InvoiceProfile:
    fields = sealing.unseal_fields(item["fields"], f"{item['pk']}#{item['sk']}")
    return InvoiceProfile(item["id"], fields, item["version"])
