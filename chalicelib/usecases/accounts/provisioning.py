"""Opens accounts of enterprises that do not register by licence scan (docs/domain.md 5.3)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.repos.accounts import accounts, audit, enterprises
from chalicelib.repos.accounts.enterprises import USCC_TAKEN, Enterprise
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.mail import outbox
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act, Origin
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.licence_elements import LicenceElements
from chalicelib.rules.base.errors import FieldError
from chalicelib.rules.forms.office_enterprises import ProvisionForm
from chalicelib.usecases.remember import Remember, nothing


def provision(act: Act, form: ProvisionForm, remember: Remember[Enterprise] = nothing) -> Enterprise:
    """Open the account of an enterprise that cannot scan; a recovery sets its first password.

    Raises:
        AlreadyExists: another enterprise has the USCC or the address.
    """
    elements = LicenceElements(name=form.name, uscc=form.uscc, legal_representative=form.legal_representative)
    enterprise, account = enterprises.new_enterprise(elements, form.email, form.model_dump(), act.at)
    _, notice = outbox.address_notified("account_created", form.email, {}, act.at, act.request_id, enterprise.id)
    table.commit(
        *remember(enterprise),
        *enterprise_opened(enterprise, account),
        notice,
        audit.entry_added(enterprise.id, act.origin, AuditAction.ENTERPRISE_PROVISIONED, enterprise.id),
    )
    return enterprise


def open_enterprise(
    elements: LicenceElements, email: str, profile: Mapping[str, Any], password: str, origin: Origin
) -> Enterprise:
    """Open the account of an enterprise with a password, without a scan, a code or a notice.

    Raises:
        AlreadyExists: another enterprise has the USCC or the address.
    """
    password_hash = password_hashing.hash_password(password)
    enterprise, account = enterprises.new_enterprise(elements, email, profile, origin.at, password_hash)
    entry = audit.entry_added(enterprise.id, origin, AuditAction.ENTERPRISE_PROVISIONED, enterprise.id)
    table.commit(*enterprise_opened(enterprise, account), entry)
    return enterprise


def enterprise_opened(
    enterprise: Enterprise,
    account: Account,
    consent: Mapping[str, str] | None = None,
    taken: FieldError = USCC_TAKEN,
) -> list[Write]:
    """Create an enterprise and its own account; arguments as `enterprises.enterprise_created` takes them."""
    return [*enterprises.enterprise_created(enterprise, consent, taken), *accounts.account_created(account)]
