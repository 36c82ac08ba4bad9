"""发票信息 (I01-I08): at most 20, seen and edited by every account of the enterprise."""

from chalicelib.handlers import account_replies as replies
from chalicelib.handlers.account_replies import InvoiceProfileReply, InvoiceProfiles
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import audit, enterprises
from chalicelib.repos.accounts.enterprises import InvoiceProfile
from chalicelib.repos.table import table
from chalicelib.rules.base.errors import ContentChanged
from chalicelib.rules.base.limits import MAX_INVOICE_PROFILES
from chalicelib.rules.forms.accounts import InvoiceProfileForm

routes = Routes(__name__)


@routes.add("GET", "/invoice-profiles", Access.MEMBERS, reply=InvoiceProfiles)
def listed(call: Call) -> InvoiceProfiles:
    """All of the enterprise's, in the order they were added (I01, I02)."""
    found = enterprises.invoice_profiles(call.viewer.tenant)
    return InvoiceProfiles(
        items=[replies.invoice_profile(each) for each in found], can_add=len(found) < MAX_INVOICE_PROFILES
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
    """Add one of at most 20 (I04, I06)."""
    tenant = call.viewer.tenant
    profile, writes = enterprises.new_invoice_profile(tenant, call.body.model_dump(), call.now)
    reply = replies.invoice_profile(profile)
    table.commit(
        *call.remember(replies.invoice_profile)(profile),
        *writes,
        audit.entry_added(tenant, call.origin, "invoice_profile_added", profile.id),
    )
    return reply


@routes.add("PUT", "/invoice-profiles/{profile_id}", Access.MEMBERS, body=InvoiceProfileForm, reply=InvoiceProfileReply)
def save(call: Call, profile_id: str) -> InvoiceProfileReply:
    """保存修改 (I07)."""
    tenant = call.viewer.tenant
    before = enterprises.invoice_profile(tenant, profile_id)
    if "if-match" in call.headers and call.if_match != before.version:
        raise ContentChanged
    fields = call.body.model_dump()
    changed = sorted(name for name, value in fields.items() if before.fields.get(name) != value)
    table.commit(
        enterprises.invoice_profile_changed(tenant, before, fields),
        audit.entry_added(tenant, call.origin, "invoice_profile_changed", profile_id, after={"fields": changed}),
    )
    return replies.invoice_profile(InvoiceProfile(before.id, fields, before.version + 1))


@routes.add("DELETE", "/invoice-profiles/{profile_id}", Access.MEMBERS, status=204)
def delete(call: Call, profile_id: str) -> None:
    """删除 (I08)."""
    tenant = call.viewer.tenant
    profile = enterprises.invoice_profile(tenant, profile_id)
    table.commit(
        *enterprises.invoice_profile_deleted(tenant, profile),
        audit.entry_added(tenant, call.origin, "invoice_profile_deleted", profile_id),
    )
