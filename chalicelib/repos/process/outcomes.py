"""What a request may say about its writes after a fault: that nothing has changed, or that the outcome is unknown.

Only writes that change what a user sees count: transactions of the table, which `repos/table/table.py` watches. These
do not count: reads; objects of S3 (copies, exports and renewed uploads, which nobody sees before a transaction names
them, and deleted uploads, which nothing names any more); the counter of application numbers; leases of mails; and what
is committed within `unseen_by_users`: throttles, quotas, the time of a session's last request, first keys.

Every attempt of a transaction carries the same token, so later replies tell what became of earlier attempts:

* Success proves that the transaction has taken effect, once.
* A failed condition proves that it has not: had an earlier attempt taken effect, DynamoDB would repeat its success.
* A timeout or closed connection after sending, a status 5xx and `TransactionInProgressException` prove nothing.
* Throttling, a conflict, or a failed connection prove only that this attempt has not taken effect. After an attempt
  that proves nothing the outcome stays unknown: the conflict may be with that attempt.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

from botocore.exceptions import (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from chalicelib.rules.base.errors import OutcomeUnknown, Unavailable

NOT_SENT = (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
)
"""Errors that precede the sending of a request. After any other error it may have been carried out."""

IN_PROGRESS = {"TransactionInProgressException"}
"""Codes of replies below 500 that do not say what becomes of the request."""


@dataclass
class _Transaction:
    """A transaction that is being committed."""

    may_have_taken_effect: bool = False


@dataclass
class _Request:
    """A request of a client."""

    has_changed_something: bool = False


_transaction: ContextVar[_Transaction | None] = ContextVar("transaction", default=None)
_request: ContextVar[_Request | None] = ContextVar("request", default=None)
_is_unseen: ContextVar[bool] = ContextVar("is_unseen", default=False)


@contextlib.contextmanager
def answered_truthfully() -> Iterator[None]:
    """Serve one request: a fault after the first of its changes does not claim that nothing has changed.

    Raises:
        OutcomeUnknown: instead of `Unavailable`, if the request has changed something.
    """
    request = _Request()
    before = _request.set(request)
    try:
        yield
    except Unavailable as error:
        if request.has_changed_something:
            raise OutcomeUnknown from error
        raise
    finally:
        _request.reset(before)


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Commit one transaction, with all its attempts.

    Raises:
        OutcomeUnknown: instead of `Unavailable`, if an attempt may have taken effect.
    """
    if _is_unseen.get():
        yield
        return
    transaction = _Transaction()
    before = _transaction.set(transaction)
    try:
        yield
    except Unavailable as error:
        if transaction.may_have_taken_effect:
            raise OutcomeUnknown from error
        raise
    finally:
        _transaction.reset(before)
    if (request := _request.get()) is not None:
        request.has_changed_something = True


@contextlib.contextmanager
def unseen_by_users() -> Iterator[None]:
    """Commit only what changes nothing that a user sees: its outcome does not matter to the reply."""
    before = _is_unseen.set(True)
    try:
        yield
    finally:
        _is_unseen.reset(before)


def note_reply(status: int, code: str) -> None:
    """Note that an attempt was answered with an error: its HTTP status and its code."""
    if status >= 500 or code in IN_PROGRESS:
        _note_doubt()


def note_error(error: BaseException) -> None:
    """Note that an attempt ended without a reply."""
    if not isinstance(error, NOT_SENT):
        _note_doubt()


def _note_doubt() -> None:
    if (transaction := _transaction.get()) is not None:
        transaction.may_have_taken_effect = True
