"""The actions in the audit of accounts, settings and readings of contents (操作记录)."""

from enum import StrEnum


class AuditAction(StrEnum):
    """What an audit entry reports. The values are stored and shown by the API: never change one."""

    # Enterprises
    REGISTERED = "registered"
    ENTERPRISE_PROVISIONED = "enterprise_provisioned"
    ENTERPRISE_CHANGED = "enterprise_changed"
    ENTERPRISE_CLOSED = "enterprise_closed"
    ENTERPRISE_DELETED = "enterprise_deleted"
    LICENCE_RENEWED = "licence_renewed"
    DATA_EXPORTED = "data_exported"
    LETTER_PRINTED = "letter_printed"
    CARD_HANDED_OUT = "card_handed_out"
    CARD_RETURNED = "card_returned"
    CARD_LEDGER_EXPORTED = "card_ledger_exported"

    # Accounts
    EMAIL_CHANGED = "email_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  an action, no password
    PASSWORD_RECOVERED = "password_recovered"  # noqa: S105  an action, no password
    MAIL_PREFERENCE_CHANGED = "mail_preference_changed"

    # Agents
    AGENT_ADDED = "agent_added"
    AGENT_CHANGED = "agent_changed"
    AGENT_AUTHORIZED = "agent_authorized"
    AGENT_REVOKED = "agent_revoked"
    AGENT_DELETED = "agent_deleted"
    AGENT_REVEALED = "agent_revealed"

    # Invoice profiles
    INVOICE_PROFILE_ADDED = "invoice_profile_added"
    INVOICE_PROFILE_CHANGED = "invoice_profile_changed"
    INVOICE_PROFILE_DELETED = "invoice_profile_deleted"

    # Applications
    CONTENT_READ = "content_read"

    # Officers
    OFFICER_ADDED = "officer_added"
    OFFICER_CODE_SENT = "officer_code_sent"
    OFFICER_ENABLED = "officer_enabled"
    OFFICER_DISABLED = "officer_disabled"

    # Operations
    MAIL_REPLAYED = "mail_replayed"
    KEY_ADDED = "key_added"
    KEY_RETIRED = "key_retired"
    KEY_REWRAPPED = "key_rewrapped"
    DIGESTS_MOVED = "digests_moved"
