"""All refusals of the service, as types with a stable code. Their HTTP statuses are in `handlers/http/problems.py`."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """One field that is not accepted: its path, the code of the rule, and the values for the message."""

    field: str
    code: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Refusal(Exception):
    """The base of all refusals of a request. Contains no personal data, so it may be logged."""

    code: ClassVar[str]

    def __init__(self, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(self.code)
        self.errors = tuple(errors)


class Malformed(Refusal):
    """The body is not a JSON object, or the cursor was not issued by this service."""

    code = "MALFORMED"


class Unauthenticated(Refusal):
    """There is no session, or it is unknown, expired or ended."""

    code = "UNAUTHENTICATED"


class LoginFailed(Refusal):
    """The name or password is wrong, or the account is revoked: one reply for all cases (docs/domain.md 5.4)."""

    code = "LOGIN_FAILED"


class AssertionRefused(Refusal):
    """The licence platform's assertion is forged, stale, replayed or not for this ticket."""

    code = "ASSERTION_REFUSED"


class Forbidden(Refusal):
    """This kind of account may not call this route."""

    code = "FORBIDDEN"


class OriginRefused(Refusal):
    """The request came with a cookie and may come from a page of another site; the field errors name the headers."""

    code = "ORIGIN_REFUSED"


class PasswordExpired(Refusal):
    """The password is older than the deployment's profile allows and must be changed first."""

    code = "PASSWORD_EXPIRED"


class SecondFactorRequired(Refusal):
    """The password is right; the account has a second step, and no code was sent."""

    code = "SECOND_FACTOR_REQUIRED"


class SecondFactorMissing(Refusal):
    """This deployment requires a second step of officers, and this one has not set it up."""

    code = "SECOND_FACTOR_MISSING"


class ProofRequired(Refusal):
    """The act needs a recent proof that the user of the session is its owner (`PUT /sessions/current/proof`)."""

    code = "PROOF_REQUIRED"


class NotFound(Refusal):
    """The object is unknown, belongs to another tenant, or is outside the agent's scope; replies do not differ."""

    code = "NOT_FOUND"


@dataclass(frozen=True)
class Current:
    """The current state of an application or person, for replies to outdated actions (H12)."""

    status: str
    status_version: int
    changed_at: str
    changed_by: str
    """Who changed it, for everybody: an agent is masked, an officer appears as the office."""
    agent: str | None = dataclasses.field(default=None, repr=False)
    """The name of the agent who changed it, for its enterprise; None for others."""


class FileNotClean(Refusal):
    """The file was not found clean by a scan: it gets no address (docs/decisions/0080)."""

    code = "FILE_NOT_CLEAN"


class OperationInvalid(Refusal):
    """操作无效 (H12): the status has changed, or it does not allow the action."""

    code = "OPERATION_INVALID"

    def __init__(self, current: Current | None = None) -> None:
        super().__init__()
        self.current = current


class LimitReached(Refusal):
    """The limit on agents, drafts or invoice profiles is reached."""

    code = "LIMIT_REACHED"


class FollowUpLimit(Refusal):
    """One person has had `limits.MAX_FOLLOW_UPS` follow-up applications."""

    code = "FOLLOW_UP_LIMIT"


class AlreadyExists(Refusal):
    """The user name, e-mail address or enterprise is already registered."""

    code = "ALREADY_EXISTS"


class InProgress(Refusal):
    """A request with the same Idempotency-Key is still in progress."""

    code = "IN_PROGRESS"


class DifferentEnterprise(Refusal):
    """The scanned licence belongs to another enterprise."""

    code = "DIFFERENT_ENTERPRISE"


class ContentChanged(Refusal):
    """If-Match names another version than the stored one."""

    code = "CONTENT_CHANGED"


class PreconditionRequired(Refusal):
    """If-Match or Idempotency-Key is missing; the field error names the header."""

    code = "PRECONDITION_REQUIRED"


class TooLarge(Refusal):
    """A request body, a draft or a reply to be stored is larger than its limit."""

    code = "TOO_LARGE"


class UnsupportedMediaType(Refusal):
    """The media type of the body is not JSON."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class Invalid(Refusal):
    """One or more fields are not accepted; nothing was written."""

    code = "INVALID"


class IdempotencyKeyReused(Refusal):
    """The same Idempotency-Key was used with another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


class TooManyRequests(Refusal):
    """A rate limit is reached."""

    code = "TOO_MANY_REQUESTS"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds to wait."""


class QuotaUsedUp(TooManyRequests):
    """The account has used up a quota of the day in China."""

    def __init__(self, quota: str, most: int, retry_after: int) -> None:
        super().__init__(retry_after)
        self.quota = quota
        """The key of its text in the section `quotas`."""
        self.most = most
        """The size of the quota, in the unit of the text."""


class Unavailable(Refusal):
    """A dependency is throttled or down, and the request has changed nothing."""

    code = "UNAVAILABLE"
    retry_after = 2


class OutcomeUnknown(Unavailable):
    """A dependency is throttled or down, and the request has changed something or may have (docs/lost-replies.md)."""

    code = "OUTCOME_UNKNOWN"


class Misconfigured(Exception):
    """A setting is missing; raised at start with the name of the variable."""


def invalid(field_name: str, code: str, **values: object) -> Invalid:
    """The refusal of a single field with a code of `invalid` in data/errors.json."""
    return Invalid([FieldError(field_name, code, values)])
