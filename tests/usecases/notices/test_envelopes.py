"""Which letters mails become: security mails by themselves, notices combined by reader (H19, M02)."""

from chalicelib.repos.mail.outbox import Entry
from chalicelib.repos.mail.rendering import Piece
from chalicelib.rules.base.limits import MAIL_DIGEST
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.notices.mail_states import MailState
from chalicelib.usecases.notices.envelopes import LeasedMail, pack

OWN, OTHER = "own@enterprise.example", "other@enterprise.example"


def notice(number, enterprise="e1", **changes):
    entry = Entry(
        id=f"notice{number}",
        kind="status_changed",
        values={},
        created_at="2026-11-21T04:30:00.000Z",
        enterprise_id=EnterpriseId(enterprise),
        creator_id=AccountId("a1"),
        **changes,
    )
    return LeasedMail(entry, Piece("subject", "text"))


def security(number):
    entry = Entry(f"code{number}", "email_code_register", {}, "2026-11-21T04:30:00.000Z", to=OWN)
    return LeasedMail(entry, Piece("subject", "text"))


def packed(*addressed):
    return [(envelope.address, [mail.entry.id for mail in envelope.mails]) for envelope in pack(addressed)]


def test_notices_for_the_same_reader_share_a_letter_in_any_letter_case():
    first, second = notice(1), notice(2)
    both = {OWN: {"a1"}, OTHER: {"a2"}}
    assert packed((first, both), (second, {OWN.upper(): {"a1"}})) == [
        (OWN, ["notice1", "notice2"]),
        (OTHER, ["notice1"]),
    ]
    assert (first.untried, second.untried) == (2, 1)


def test_security_mails_come_first_and_each_by_itself():
    mails = [(notice(1), {OWN: {"a1"}}), (security(1), {OWN: {"address"}}), (security(2), {OWN: {"address"}})]
    assert packed(*mails) == [(OWN, ["code1"]), (OWN, ["code2"]), (OWN, ["notice1"])]


def test_notices_of_two_enterprises_never_share_a_letter():
    mails = [(notice(1), {OWN: {"a1"}}), (notice(2, enterprise="e2"), {OWN: {"b1"}})]
    assert packed(*mails) == [(OWN, ["notice1"]), (OWN, ["notice2"])]


def test_a_digest_holds_a_limited_number_of_notices():
    mails = [(notice(number), {OWN: {"a1"}}) for number in range(MAIL_DIGEST + 1)]
    assert [len(ids) for _, ids in packed(*mails)] == [50, 1]


def test_a_mail_that_nobody_got_is_suppressed_or_opted_out():
    reached, suppressed, switched_off = notice(1, reached=frozenset({"a1"})), notice(2), notice(3)
    reached.suppressed = suppressed.suppressed = True
    states = [mail.end_state for mail in (reached, suppressed, switched_off)]
    assert states == [MailState.SENT, MailState.SUPPRESSED, MailState.OPTED_OUT]
