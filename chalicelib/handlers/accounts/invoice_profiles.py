"""发票信息 (I01-I08): at most 20, which every account of the enterprise sees and changes."""

from pydantic import BaseModel

from chalicelib.handlers.accounts import invoice_replies as replies
from chalicelib.handlers.accounts.invoice_replies import InvoiceProfileReply
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import invoice_profiles as repo
from chalicelib.rules.base.limits import MAX_INVOICE_PROFILES
from chalicelib.rules.forms.accounts import InvoiceProfileForm
from chalicelib.usecases.accounts import invoice_profiles

routes = Routes(__name__)


class InvoiceProfiles(BaseModel):
    """All invoice profiles, and whether another may be added (I04)."""

    items: list[InvoiceProfileReply]
    next_cursor: str | None = None
    total: int
    can_add: bool


@routes.add("GET", "/invoice-profiles", Access.MEMBERS, reply=InvoiceProfiles)
def listed(call: Call) -> InvoiceProfiles:
    """List the enterprise's invoice profiles in the order in which they were added (I01, I02)."""
    found = repo.of_enterprise(call.viewer.tenant)
    return InvoiceProfiles(
        items=[replies.invoice_profile(profile) for profile in found],
        total=len(found),
        can_add=len(found) < MAX_INVOICE_PROFILES,
    )


@routes.add(
    "POST",
    "/invoice-profiles",
    Access.MEMBERS,
    body=InvoiceProfileForm,
    reply=InvoiceProfileReply,
    status=201,
    idempotent=True,
)
def add(call: Call) -> InvoiceProfileReply:
    """Add an invoice profile; an enterprise has at most 20 (I04, I06)."""
    profile = invoice_profiles.add(call.act, call.body, call.remember(replies.invoice_profile))
    return replies.invoice_profile(profile)


@routes.add("PUT", "/invoice-profiles/{profile_id}", Access.MEMBERS, body=InvoiceProfileForm, reply=InvoiceProfileReply)
def save(call: Call, profile_id: str) -> InvoiceProfileReply:
    """保存修改 (I07): replace the fields of an invoice profile."""
    return replies.invoice_profile(invoice_profiles.change(call.act, profile_id, call.body, call.expected_version))


@routes.add("DELETE", "/invoice-profiles/{profile_id}", Access.MEMBERS, status=204)
def delete(call: Call, profile_id: str) -> None:
    """删除 (I08): delete an invoice profile."""
    invoice_profiles.delete(call.act, profile_id)
