"""发票信息: every account of an enterprise manages its invoice profiles (I01-I08; docs/domain.md 3.3)."""

from dataclasses import replace

from chalicelib.repos.accounts import audit
from chalicelib.repos.accounts import invoice_profiles as repo
from chalicelib.repos.accounts.invoice_profiles import InvoiceProfile
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base.errors import ContentChanged
from chalicelib.rules.forms.accounts import InvoiceProfileForm
from chalicelib.usecases.remember import Remember, nothing


def add(act: Act, form: InvoiceProfileForm, remember: Remember[InvoiceProfile] = nothing) -> InvoiceProfile:
    """Add an invoice profile (I06).

    Raises:
        LimitReached: the enterprise has 20 of them (I04).

    """
    profile, profile_stored = repo.new_profile(act.tenant, form.model_dump(), act.at)
    entry = audit.entry_added(act.tenant, act.origin, AuditAction.INVOICE_PROFILE_ADDED, profile.id)
    table.commit(*remember(profile), *profile_stored, entry)
    return profile


def change(act: Act, profile_id: str, form: InvoiceProfileForm, expected_version: int | None = None) -> InvoiceProfile:
    """保存修改 (I07).

    Args:
        act: an account of the enterprise.
        profile_id: which invoice profile.
        form: all its fields.
        expected_version: the version that the change was made on; None accepts any.

    Raises:
        NotFound: the enterprise has no such invoice profile.
        ContentChanged: it has another version.

    """
    before = repo.get(act.tenant, profile_id)
    if expected_version is not None and expected_version != before.version:
        raise ContentChanged
    fields = form.model_dump()
    changed = sorted(name for name, value in fields.items() if before.fields.get(name) != value)
    table.commit(
        repo.invoice_profile_changed(act.tenant, before, fields),
        audit.entry_added(
            act.tenant, act.origin, AuditAction.INVOICE_PROFILE_CHANGED, profile_id, after={"fields": changed}
        ),
    )
    return replace(before, fields=fields, version=before.version + 1)


def delete(act: Act, profile_id: str) -> None:
    """删除 (I08).

    Raises:
        NotFound: the enterprise has no such invoice profile.

    """
    profile = repo.get(act.tenant, profile_id)
    table.commit(
        *repo.invoice_profile_deleted(act.tenant, profile),
        audit.entry_added(act.tenant, act.origin, AuditAction.INVOICE_PROFILE_DELETED, profile_id),
    )
