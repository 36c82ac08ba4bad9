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
    ENTERPRISE_VIEWED = "enterprise_viewed"
    ADDRESS_CORRECTED = "address_corrected"
    ELEMENTS_CORRECTED = "elements_corrected"
    CONTACTS_REVEALED = "contacts_revealed"
    LICENCE_RENEWED = "licence_renewed"
    DATA_EXPORTED = "data_exported"
    LETTER_PRINTED = "letter_printed"
    CARD_HANDED_OUT = "card_handed_out"
    CARD_RETURNED = "card_returned"
    CARD_LEDGER_EXPORTED = "card_ledger_exported"

    # Accounts
    SIGNED_IN = "signed_in"
    SESSIONS_ENDED = "sessions_ended"
    LOCK_CLEARED = "lock_cleared"
    EMAIL_CHANGED = "email_changed"
    EMAIL_RESTORED = "email_restored"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  an action, no password
    PASSWORD_RECOVERED = "password_recovered"  # noqa: S105  an action, no password
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_RENAMED = "passkey_renamed"
    PASSKEY_REMOVED = "passkey_removed"
    MAILBOX_CONFIRMED = "mailbox_confirmed"
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
    SECOND_FACTOR_SET = "second_factor_set"
    SECOND_FACTOR_RESET = "second_factor_reset"
    RECOVERY_CODE_USED = "recovery_code_used"

    # Operations
    SUPPRESSION_LIFTED = "suppression_lifted"
    MAIL_REPLAYED = "mail_replayed"
    ADDRESS_CLEARED = "address_cleared"
    KEY_ADDED = "key_added"
    KEY_RETIRED = "key_retired"
    KEY_REWRAPPED = "key_rewrapped"
    DIGESTS_MOVED = "digests_moved"
    DESTRUCTION_BEGUN = "destruction_begun"
    HISTORY_REDACTED = "history_redacted"
    PERSON_DATA_DESTROYED = "person_data_destroyed"
