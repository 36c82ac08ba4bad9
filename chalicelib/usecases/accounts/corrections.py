"""What officers correct of an enterprise: its address, and its elements if it cannot scan (docs/decisions/0072)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.repos.accounts import accounts, audit, enterprises, suppressions
from chalicelib.repos.accounts.enterprises import Enterprise
from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.base.errors import ContentChanged, NotFound, invalid
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.forms.office_enterprises import AddressCorrection, ElementsCorrection
from chalicelib.usecases.accounts.security_notices import owner_notified


def correct_address(enterprise_id: str, form: AddressCorrection, act: Act) -> Account:
    """Give the account of an enterprise another address, which is its login name.

    Before the first password the new address gets the notice that the mistyped one got, and nobody else does. After it
    the enterprise must have proved that it asks for this: the old address is notified, and every session ends.
    Recoveries that were begun with the old address no longer set a password.

    Raises:
        NotFound: there is no such enterprise.
        Invalid: the address is the same, or the proof is missing.
        AlreadyExists: another enterprise has the address.
    """
    found = enterprises.get(EnterpriseId(enterprise_id))
    account = _own(found)
    if form.email.casefold() == account.email.casefold():
        raise invalid("email", "EMAIL_SAME")
    if account.password_hash and form.proof is None:
        raise invalid("proof", "missing")
    status = suppressions.status_of(form.email)
    changes = {"login": form.email, "email": form.email, "mail_status": status}
    table.commit(
        *accounts.login_renamed(account, form.email, "email"),
        accounts.account_changed(account, **changes, **accounts.ended_session_attributes(account)),
        *(_change_announced(account, act) if account.password_hash else [_opened(found, form.email, act)]),
        *_recorded(found, AuditAction.ADDRESS_CORRECTED, form.reason, act, {"proof": form.proof}),
    )
    return account.with_email(form.email, status)


def correct_elements(enterprise_id: str, form: ElementsCorrection, seen: int, act: Act) -> Enterprise:
    """Correct name and legal representative of an enterprise whose licence was never scanned.

    Args:
        enterprise_id: the enterprise.
        form: the elements as they are on the licence, and the reason.
        seen: the version that the officer saw.
        act: the officer.

    Raises:
        NotFound: there is no such enterprise.
        ContentChanged: the enterprise has another version.
        Invalid: its licence was scanned, so that a new scan corrects it; or nothing would change.
    """
    before = enterprises.get(EnterpriseId(enterprise_id))
    if before.is_scanned:
        raise invalid("name", "LICENCE_SCANNED")
    if seen != before.version:
        raise ContentChanged
    elements = before.elements.model_copy(update={"name": form.name, "legal_representative": form.legal_representative})
    if elements == before.elements:
        raise invalid("name", "NOTHING_CHANGED")
    account = _own(before)
    after = {"before": before.elements.model_dump(), "after": elements.model_dump()}
    table.commit(
        *enterprises.enterprise_changed(before, name=form.name, legal_representative=form.legal_representative),
        accounts.account_changed(account, display_name=form.name),
        *messages.account_messaged("elements_corrected", account, account.id, act.at),
        *_recorded(before, AuditAction.ELEMENTS_CORRECTED, form.reason, act, after),
    )
    return enterprises.with_elements(before, elements)


def _own(enterprise: Enterprise) -> Account:
    account = accounts.get(enterprise.id, enterprise.account_id)
    if account is None:
        raise NotFound
    return account


def _opened(enterprise: Enterprise, email: str, act: Act) -> Write:
    _, notice = outbox.address_notified("account_created", email, {}, act.at, act.request_id, enterprise.id)
    return notice


def _change_announced(account: Account, act: Act) -> list[Write]:
    return [
        owner_notified("email_changed_notice", account, act.at, act.request_id),
        *messages.account_messaged("email_changed", account, account.id, act.at),
    ]


def _recorded(
    enterprise: Enterprise, action: AuditAction, reason: str, act: Act, values: Mapping[str, Any]
) -> list[Write]:
    """The entry of the enterprise's audit, and that of officers, which has the reason too."""
    own = {name: value for name, value in values.items() if name in ("before", "after")}
    return [
        audit.entry_added(enterprise.id, act.origin, action, enterprise.id, **own),
        audit.entry_added(accounts.OFFICERS, act.origin, action, enterprise.id, after={**values, "reason": reason}),
    ]
