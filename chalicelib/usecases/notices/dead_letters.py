"""Sending mail again that was given up (docs/domain.md 8.2)."""

from chalicelib.repos.accounts import accounts, audit
from chalicelib.repos.mail import dead_letters
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Origin
from chalicelib.rules.accounts.audit_actions import AuditAction


def replay(mail_id: str, origin: Origin) -> None:
    """Put a dead mail back into the outbox, and record it in the audit of the officers.

    Args:
        mail_id: The mail.
        origin: Who replays it, and when: an officer or an operator.

    Raises:
        NotFound: There is no such mail.
        OperationInvalid: It is not dead.

    """
    table.commit(
        dead_letters.dead_letter_requeued(mail_id, origin.at),
        audit.entry_added(accounts.OFFICERS, origin, AuditAction.MAIL_REPLAYED, mail_id),
    )
