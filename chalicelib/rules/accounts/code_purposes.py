"""The purposes of e-mail codes (邮箱验证码). A code is valid for its purpose only (docs/domain.md 5.5)."""

from enum import StrEnum


class CodePurpose(StrEnum):
    """What an e-mail code is for. The values are part of stored keys and digests: never change one."""

    REGISTER = "register"
    CHANGE_EMAIL = "change_email"
    CONFIRM_MAILBOX = "confirm mailbox"
    """The address of an agent, which its enterprise has typed."""
    RECOVER_BY_SCAN = "recover by scan"
    """A recovery by the electronic licence, scanned by a delegate."""
    RECOVER_BY_OWNER = "recover by owner"
    """A recovery by the electronic licence, scanned by the legal representative or a manager: it needs no code."""
    RECOVER_BY_HAND = "recover by hand"
    """A recovery by typed elements or an agent's user name (手动输入信息)."""
    RECOVER_BY_OPERATOR = "recover by operator"
    """A recovery of an officer, started by the operators."""
    RECOVERED_ADDRESS = "recovered address"
    """The new address that a recovery by scan gives the account."""
