"""登录限制: whether sign-ins of an agent or officer are refused after failures of strangers, and their end."""

from pydantic import BaseModel

from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.formats import Moment
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.forms.accounts import LockedName
from chalicelib.usecases.accounts import sign_in_locks

routes = Routes(__name__)


class SignInLock(BaseModel):
    """The failed sign-ins of a user name in a quarter of an hour."""

    failures: int
    locked: bool
    """Whether new devices are refused; devices and addresses that have signed in before are not."""
    ends_at: Moment
    """When the failures are forgotten."""


@routes.add("POST", "/office/sign-in-locks/search", Access.CONSULAR, body=LockedName, reply=SignInLock)
def seen(call: Call) -> SignInLock:
    """Show the failed sign-ins of an agent's or officer's user name."""
    found = sign_in_locks.seen(sign_in_locks.account_of(call.body), call.origin)
    return SignInLock(failures=found.failures, locked=found.is_locked, ends_at=rfc3339(found.ends_at))


@routes.add("POST", "/office/sign-in-locks/clear", Access.CONSULAR, body=LockedName, status=204)
def clear(call: Call) -> None:
    """Forget the failed sign-ins of an agent's or officer's user name."""
    sign_in_locks.clear(sign_in_locks.account_of(call.body), call.origin)
