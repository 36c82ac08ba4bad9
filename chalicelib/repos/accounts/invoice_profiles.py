"""发票信息: the invoice profiles of an enterprise (docs/domain.md 3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.repos.keys import sealing
from chalicelib.repos.process import ids
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.errors import ContentChanged, LimitReached, NotFound
from chalicelib.rules.base.limits import MAX_INVOICE_PROFILES
from chalicelib.rules.base.vocabulary import EnterpriseId

PRIVATE = (
    "phone",
    "invoice_email",
    "email_contact",
    "email_contact_phone",
    "filing_contact",
    "filing_contact_phone",
)
"""Fields with personal data; they are stored encrypted."""


@dataclass(frozen=True)
class InvoiceProfile:
    """发票信息: one of at most 20 of an enterprise."""

    id: str
    fields: Mapping[str, Any] = field(repr=False)
    version: int = 1


def of_enterprise(enterprise_id: EnterpriseId) -> list[InvoiceProfile]:
    """The invoice profiles of an enterprise in the order in which they were added (I01)."""
    items = table.query_all(f"ENT#{enterprise_id}", prefix="INVOICE#")
    return [_from_item(item) for item in sorted(items, key=lambda item: item["created_at"])]


def key(enterprise_id: EnterpriseId, profile_id: str) -> table.Key:
    """Primary key of an invoice profile."""
    return f"ENT#{enterprise_id}", f"INVOICE#{profile_id}"


def new_profile(
    enterprise_id: EnterpriseId, fields: Mapping[str, Any], now: datetime
) -> tuple[InvoiceProfile, list[Write]]:
    """A new invoice profile and the writes that create and count it.

    The transaction raises `LimitReached` if the enterprise has 20 of them (I04).
    """
    profile = InvoiceProfile(ids.new(), fields)
    pk, sk = key(enterprise_id, profile.id)
    item = {
        "pk": pk,
        "sk": sk,
        "id": profile.id,
        "fields": sealing.seal_fields(fields, PRIVATE, f"{pk}#{sk}"),
        "version": 1,
        "created_at": rfc3339(now),
    }
    count = table.change(
        (pk, "PROFILE"),
        add={"invoice_profiles": 1},
        assign={_mark(profile.id): True},
        condition="attribute_not_exists(#invoice_profiles) OR #invoice_profiles < :most",
        values={"most": MAX_INVOICE_PROFILES},
        refusal=lambda _: LimitReached(),
    )
    return profile, [count, table.put(item)]


def get(enterprise_id: EnterpriseId, profile_id: str) -> InvoiceProfile:
    """One invoice profile of the enterprise.

    Raises:
        NotFound: the enterprise has no such profile.
    """
    item = table.get(key(enterprise_id, profile_id))
    if item is None:
        raise NotFound
    return _from_item(item)


def _mark(profile_id: str) -> str:
    """The attribute of the enterprise's item that names a profile."""
    return f"invoice_profile_{profile_id}"


def invoice_profile_changed(enterprise_id: EnterpriseId, before: InvoiceProfile, fields: Mapping[str, Any]) -> Write:
    """Replace the fields of an invoice profile, provided that it is unchanged since it was read (I07).

    The transaction raises `ContentChanged` if it was changed and `NotFound` if it was deleted.
    """
    primary_key = key(enterprise_id, before.id)
    return table.change(
        primary_key,
        assign={
            "fields": sealing.seal_fields(fields, PRIVATE, "#".join(primary_key)),
            "version": before.version + 1,
        },
        condition="#version = :seen",
        values={"seen": before.version},
        refusal=lambda old: ContentChanged() if old else NotFound(),
    )


def invoice_profile_deleted(enterprise_id: EnterpriseId, profile: InvoiceProfile) -> list[Write]:
    """Delete an invoice profile and reduce their number (I08).

    The transaction raises `ContentChanged` if it was changed since it was read, `NotFound` if it was deleted.
    """
    primary_key = key(enterprise_id, profile.id)
    return [
        table.delete(primary_key, {"version": profile.version}, lambda old: ContentChanged() if old else NotFound()),
        table.change((primary_key[0], "PROFILE"), add={"invoice_profiles": -1}, drop=[_mark(profile.id)]),
    ]


def _from_item(item: table.Item) -> InvoiceProfile:
    fields = sealing.unseal_fields(item["fields"], f"{item['pk']}#{item['sk']}")
    return InvoiceProfile(item["id"], fields, item["version"])
