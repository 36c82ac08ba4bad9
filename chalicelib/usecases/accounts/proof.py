"""验证身份: the user of a session shows again to be its owner, before credentials change (docs/domain.md 5.4)."""

from chalicelib.repos.accounts import enterprises, login_throttle, sessions, tickets
from chalicelib.repos.accounts.login_throttle import LoginAttempts
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.licence import Purpose, Ticket
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import Role
from chalicelib.rules.forms.accounts import SessionProof
from chalicelib.usecases.accounts import second_factor


def give(act: Act, form: SessionProof, session: Session, address: str) -> None:
    """Note a proof for the session: by password, by a code of the second step, or by a scan of the enterprise's owner.

    Wrong passwords and codes are counted for the session, so that a stolen one cannot stop the proofs of others.

    Args:
        act: the account of the session.
        form: one proof.
        session: the session of the request.
        address: the network address of the caller.

    Raises:
        Invalid: there is no proof, or it is refused.
        TooManyRequests: there were too many failures in this window of time.
    """
    attempts = login_throttle.login_attempts("proof", session.id, address, act.at)
    attempts.refuse_if_full(table.get_many(attempts.keys))
    if form.ticket_id is not None:
        writes = _scan_checked(act, tickets.of_form(form.ticket_id, form.ticket_secret or ""))
    elif form.one_time_code is not None and act.actor.has_second_factor:
        use = second_factor.code_use(act.actor, form.one_time_code, attempts, act.at)
        writes = second_factor.used_at_sign_in(act, use)
    else:
        writes = _password_checked(act, form.current_password, attempts)
    table.commit(*attempts.limits_checked(), *writes, sessions.proof_noted(session, act.at))


def _scan_checked(act: Act, ticket: Ticket) -> list[Write]:
    if act.actor.role is not Role.ENTERPRISE:
        raise invalid("ticket_id", "TICKET")
    elements = licence.usable(ticket, Purpose.PROVE, act.at)
    if not ticket.is_by_owner:
        raise invalid("ticket_id", "TICKET_DELEGATE")
    if elements.uscc != enterprises.get(act.tenant).elements.uscc:
        raise invalid("ticket_id", "TICKET_OTHER")
    return [tickets.ticket_used(ticket)]


def _password_checked(act: Act, password: str | None, attempts: LoginAttempts) -> list[Write]:
    if password is None:
        raise invalid("current_password", "missing")
    if not password_hashing.is_right(password, act.actor.password_hash):
        with outcomes.unseen_by_users():
            table.commit(*attempts.failure_counted())
        raise invalid("current_password", "PASSWORD_WRONG")
    return []
