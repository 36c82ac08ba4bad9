"""Everything the service can refuse, as types with a stable code. `handlers/http/problems.py` has the HTTP statuses."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """One field that was not accepted: where, which rule, and the figures of its message."""

    field: str
    code: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Refusal(Exception):
    """A request that is answered with a reason. Carries no personal data: it may be logged."""

    code: ClassVar[str]

    def __init__(self, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(self.code)
        self.errors = tuple(errors)


class Malformed(Refusal):
    """The body is no JSON object, or a cursor is not one of ours."""

    code = "MALFORMED"


class Unauthenticated(Refusal):
    """No session, or one that is unknown, expired or ended."""

    code = "UNAUTHENTICATED"


class LoginFailed(Refusal):
    """Name or password wrong, account revoked: one answer for all of them."""

    code = "LOGIN_FAILED"


class AssertionRefused(Refusal):
    """The licence platform's assertion is forged, stale, replayed or not for this ticket."""

    code = "ASSERTION_REFUSED"


class Forbidden(Refusal):
    """This kind of account may never do this."""

    code = "FORBIDDEN"


class PasswordExpired(Refusal):
    """The password is older than the deployment's profile allows: a new one first."""

    code = "PASSWORD_EXPIRED"


class NotFound(Refusal):
    """Unknown, another tenant's, or outside the agent's scope; nobody can tell which."""

    code = "NOT_FOUND"


@dataclass(frozen=True)
class Current:
    """Where an application stands now, for whoever comes too late (H12). `changed_by` is masked."""

    status: str
    status_version: int
    changed_at: str
    changed_by: str


class OperationInvalid(Refusal):
    """操作无效 (H12): the status has moved, or does not allow the action."""

    code = "OPERATION_INVALID"

    def __init__(self, current: Current | None = None) -> None:
        super().__init__()
        self.current = current


class LimitReached(Refusal):
    """The 21st agent, draft or invoice profile."""

    code = "LIMIT_REACHED"


class AlreadyExists(Refusal):
    """A user name, an e-mail address or an enterprise that is taken."""

    code = "ALREADY_EXISTS"


class InProgress(Refusal):
    """The same Idempotency-Key is being worked on."""

    code = "IN_PROGRESS"


class DifferentEnterprise(Refusal):
    """The licence scanned belongs to another enterprise."""

    code = "DIFFERENT_ENTERPRISE"


class ContentChanged(Refusal):
    """If-Match names an older version than the stored one."""

    code = "CONTENT_CHANGED"


class PreconditionRequired(Refusal):
    """If-Match is missing."""

    code = "PRECONDITION_REQUIRED"


class TooLarge(Refusal):
    """The body is over `limits.MAX_BODY_BYTES`."""

    code = "TOO_LARGE"


class UnsupportedMediaType(Refusal):
    """The body is not announced as JSON."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class Invalid(Refusal):
    """One or more fields were not accepted; nothing was written."""

    code = "INVALID"


class IdempotencyKeyReused(Refusal):
    """The same Idempotency-Key came with another body."""

    code = "IDEMPOTENCY_KEY_REUSED"


class TooManyRequests(Refusal):
    """A limit in time is reached."""

    code = "TOO_MANY_REQUESTS"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds to wait."""


class Unavailable(Refusal):
    """A dependency is throttled or down; nothing was half done."""

    code = "UNAVAILABLE"
    retry_after = 2


class Misconfigured(Exception):
    """A setting is missing: raised at start with the variable's name."""


def invalid(field_name: str, code: str, **values: object) -> Invalid:
    """The refusal of a single field."""
    return Invalid([FieldError(field_name, code, values)])
