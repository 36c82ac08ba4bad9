"""通行密钥 (passkeys): an account adds, renames and removes them, and signs in by one (docs/domain.md 5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.repos.accounts import accounts, audit, known_devices, login_throttle, passkeys, sessions, sign_in_log
from chalicelib.repos.accounts.known_devices import Caller
from chalicelib.repos.accounts.login_throttle import LoginAttempts
from chalicelib.repos.accounts.passkeys import ChallengePurpose
from chalicelib.repos.accounts.sessions import NewSession
from chalicelib.repos.accounts.sign_in_log import Attempt, Way
from chalicelib.repos.keys import webauthn
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.passkeys import Passkey, RelyingParty, is_count_accepted
from chalicelib.rules.accounts.sessions import Session
from chalicelib.rules.base.errors import Invalid, LimitReached, ProofRequired
from chalicelib.rules.base.limits import MAX_PASSKEYS
from chalicelib.rules.forms.passkeys import NewPasskey, PasskeySignIn
from chalicelib.usecases.accounts import sign_in_records
from chalicelib.usecases.accounts.security_notices import owner_notified
from chalicelib.usecases.remember import Remember, nothing


@dataclass(frozen=True)
class Challenge:
    """What a browser gives to the authenticator."""

    challenge: str = field(repr=False)
    """Random bytes in base64url, to be signed once and soon."""
    party: RelyingParty
    user_handle: str = ""
    """The handle of the account that adds a passkey; empty at a sign-in, which names nobody."""
    present: Sequence[str] = ()
    """The ids of the passkeys that the account has: an authenticator with one of them makes no second."""


def begin(act: Act, session: Session) -> Challenge:
    """A challenge for a new passkey, valid for this session only; it uses the proof of the session up.

    Raises:
        ProofRequired: no proof was given for this passkey. A stolen session could otherwise keep the account.
        Invalid: on `passkey`: the pages of this deployment have no domain.
        LimitReached: the account has the most passkeys.
    """
    party = passkeys.relying_party()
    if not session.has_unused_proof(act.at):
        raise ProofRequired
    known = passkeys.of_account(act.actor)
    if len(known) >= MAX_PASSKEYS:
        raise LimitReached
    challenge, stored = passkeys.new_challenge(ChallengePurpose.ADD, session.id, act.at)
    table.commit(sessions.proof_used(session), stored)
    present = [webauthn.credential_id_of(passkey.credential) for passkey in known]
    return Challenge(challenge, party, passkeys.user_handle(act.actor), present)


def add(act: Act, form: NewPasskey, session: Session, remember: Remember[Passkey] = nothing) -> Passkey:
    """Add a passkey that was made for the challenge of this session, and tell the mailbox of the account.

    Raises:
        Invalid: on `passkey`: it was not made for this challenge, on our pages, with user verification.
        AlreadyExists: the account has this passkey.
        LimitReached: the account has the most passkeys.
        ContentChanged: the account was changed meanwhile, for instance by another new passkey.
    """
    party, account = passkeys.relying_party(), act.actor
    try:
        challenge = webauthn.challenge_of(form.client_data)
        made = webauthn.registered(party, form.client_data, form.attestation)
    except webauthn.Refused as error:
        raise passkeys.refused() from error
    if account.passkeys >= MAX_PASSKEYS:
        raise LimitReached
    passkey, writes = passkeys.added(account, form.name, made, act.at)
    table.commit(
        # First: a repetition of the request gets its reply, although the challenge is used.
        *remember(passkey),
        passkeys.challenge_used(ChallengePurpose.ADD, session.id, challenge, act.at),
        *writes,
        *_recorded(act, AuditAction.PASSKEY_ADDED, passkey, "passkey_added_notice"),
    )
    return passkey


def rename(act: Act, passkey_id: str, name: str) -> Passkey:
    """Give a passkey another name.

    Raises:
        NotFound: the account has no such passkey.
    """
    passkey = passkeys.get(act.actor, passkey_id)
    named = replace(passkey, name=name)
    table.commit(passkeys.renamed(act.actor, passkey, name), _entry_added(act, AuditAction.PASSKEY_RENAMED, named))
    return named


def remove(act: Act, passkey_id: str) -> None:
    """Remove a passkey, which signs in no longer, and tell the mailbox of the account.

    Raises:
        NotFound: the account has no such passkey.
        ContentChanged: the account was changed meanwhile.
    """
    passkey = passkeys.get(act.actor, passkey_id)
    table.commit(
        *passkeys.removed(act.actor, passkey),
        *_recorded(act, AuditAction.PASSKEY_REMOVED, passkey, "passkey_removed_notice"),
    )


def begin_sign_in(now: datetime) -> Challenge:
    """A challenge for a sign-in. It names no account and no passkey, so it tells nothing about them.

    Raises:
        Invalid: on `passkey`: the pages of this deployment have no domain.
    """
    party = passkeys.relying_party()
    challenge, stored = passkeys.new_challenge(ChallengePurpose.SIGN_IN, "", now)
    table.commit(stored)
    return Challenge(challenge, party)


def sign_in(form: PasskeySignIn, caller: Caller, now: datetime, request_id: str) -> NewSession:
    """Sign in by a passkey, which shows both that its device is there and that its owner has unlocked it.

    Known and unknown accounts make the same requests. Failures count for the network address alone: nobody can guess a
    signature, and a counter of the account would let strangers lock it.

    Args:
        form: what the authenticator has signed.
        caller: where the request comes from.
        now: the moment of the request.
        request_id: the id of the request.

    Raises:
        Invalid: on `passkey`: challenge, passkey, signature, counter or account is refused; the reply does not tell.
        TooManyRequests: there were too many failures from this address.
    """
    with sign_in_log.attempt(Way.PASSKEY, caller.address, request_id) as attempt:
        attempts = login_throttle.login_attempts("passkey", "", caller.address, now).of_no_name()
        try:
            return _sign_in(form, caller, now, request_id, attempt, attempts)
        except Invalid:
            with outcomes.unseen_by_users():
                table.commit(*attempts.failure_counted())
            raise


def _sign_in(
    form: PasskeySignIn, caller: Caller, now: datetime, request_id: str, attempt: Attempt, attempts: LoginAttempts
) -> NewSession:
    party, target = passkeys.relying_party(), passkeys.target_of(form.user_handle)
    passkey_key = passkeys.key_of(target, passkeys.id_of(form.credential_id))
    account_key = accounts.account_key(target.partition_owner, target.account_id)
    known_keys = known_devices.keys_of(target.account_id, caller)
    found = table.get_many([account_key, passkey_key, *known_keys, *attempts.keys])
    attempts.refuse_if_full(found)
    account = attempt.account = accounts.from_item(found[account_key]) if account_key in found else None
    passkey = passkeys.from_item(found[passkey_key]) if passkey_key in found else None
    if account is None or passkey is None or not account.authorized or passkey.epoch != account.passkey_epoch:
        raise passkeys.refused()
    challenge, sign_count = _signed(party, passkey, form)
    known = known_devices.known(target.account_id, caller, found, now)
    act = Act(account, now, request_id)
    recorded = sign_in_records.recorded(act, known, Way.PASSKEY, keeps=form.keep is not None)
    session = sessions.new_session(account, now)
    table.commit(
        passkeys.challenge_used(ChallengePurpose.SIGN_IN, "", challenge, now),
        passkeys.used(account, passkey, sign_count, now),
        session.write,
        *recorded.writes,
    )
    return replace(session, device_token=recorded.device_token)


def _signed(party: RelyingParty, passkey: Passkey, form: PasskeySignIn) -> tuple[bytes, int]:
    """The challenge that the passkey has signed, and its counter."""
    try:
        challenge = webauthn.challenge_of(form.client_data)
        sign_count = webauthn.signed(
            party,
            passkey.credential,
            client_data=form.client_data,
            authenticator_data=form.authenticator_data,
            signature=form.signature,
        )
    except webauthn.Refused as error:
        raise passkeys.refused() from error
    if not is_count_accepted(passkey.sign_count, sign_count):
        raise passkeys.refused()
    return challenge, sign_count


def _recorded(act: Act, action: AuditAction, passkey: Passkey, notice: str) -> list[table.Write]:
    return [
        _entry_added(act, action, passkey),
        owner_notified(notice, act.actor, act.at, act.request_id, name=passkey.name),
    ]


def _entry_added(act: Act, action: AuditAction, passkey: Passkey) -> table.Write:
    owner = accounts.partition_owner_of(act.actor)
    return audit.entry_added(owner, act.origin, action, act.actor.id, after={"passkey": passkey.name})
