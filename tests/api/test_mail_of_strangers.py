"""Attempts of strangers to flood mailboxes, use up codes and lock addresses (decision 0069)."""

import pytest

from chalicelib.rules.accounts.mailboxes import mailbox_of, source_of
from chalicelib.rules.base import limits
from testing import people
from tests.support.accounts import elements_of, new_address, request_change_code, request_code, wrong_code
from tests.support.recovery import begin, begun, mistyped, scanned, typed, verify

LIMITED = (429, "TOO_MANY_REQUESTS")


def sources(count):
    """Network addresses from which nobody has called."""
    return [f"198.18.{people.serial() % 250}.{number % 250}" for number in range(count)]


def of_stranger(email):
    """A recovery by hand of somebody whom nobody knows."""
    return {"username": f"nobody{people.serial()}", "email": email}


def refused(answer):
    return (answer.status, answer.code) == LIMITED


# Floods


def test_ninety_requests_without_a_ticket_send_no_mail(world):
    before = len(world.mails())
    used = world.registration()
    world.anybody.ok("POST", "/registrations", used)
    tickets = [
        {"ticket_id": "unknown", "ticket_secret": "x"},
        {name: used[name] for name in ("ticket_id", "ticket_secret")},
        world.ticket("login", world.elements()),
    ]
    for number in range(90):
        answer = request_code(world, new_address(), tickets[number % 3])
        assert (answer.status, list(answer.fields)) == (422, ["ticket_id"])
    assert world.anybody("POST", "/me/email-codes", {"email": new_address()}).status == 401
    assert len(world.mails()) == before + 1, "the code of the registration itself"


def test_ninety_recoveries_from_one_address_send_ten_mails_in_an_hour(world):
    before = len(world.mails())
    with world.calling_from(sources(1)[0]):
        answers = [begin(world, of_stranger(new_address())) for _ in range(90)]
        assert [answer.status for answer in answers] == [202] * 10 + [429] * 80
        assert len(world.mails()) == before + 10
        assert 0 < int(answers[-1].headers["retry-after"]) <= 3600
        world.time.forward(hours=1)
        assert begin(world, of_stranger(new_address())).status == 202


def test_many_addresses_of_one_subscriber_are_one_source(world):
    statuses = []
    for number in range(11):
        with world.calling_from(f"2001:db8:77:1::{number}"):
            statuses.append(begin(world, of_stranger(new_address())).status)
    assert statuses == [202] * 10 + [429]


def test_one_mailbox_gets_three_recoveries_an_hour_in_any_spelling(world):
    name = f"victim{people.serial()}"
    spellings = [f"{name}@office.example", f"{name}+1@office.example", f"{name.upper()}+two@Office.Example"]
    before = len(world.mails())
    statuses = []
    for number, source in enumerate(sources(30)):
        with world.calling_from(source):
            statuses.append(begin(world, of_stranger(spellings[number % 3])).status)
    assert statuses == [202] * 3 + [429] * 27
    assert len(world.mails()) == before + 3


def test_five_codes_an_hour_for_registrations_reach_one_mailbox_and_ten_a_day_come_from_one_licence(world):
    name = f"victim{people.serial()}"
    answers = [request_code(world, f"{name}+{number}@office.example") for number in range(6)]
    assert [answer.status for answer in answers] == [202] * 5 + [429]
    elements = world.elements()
    answers = [request_code(world, new_address(), world.ticket("register", elements)) for _ in range(11)]
    assert [answer.status for answer in answers] == [202] * 10 + [429]


def test_a_session_sends_one_code_a_minute_whatever_the_address(world):
    owner = world.enterprise()
    assert request_change_code(owner, new_address()).status == 202
    assert refused(request_change_code(owner, new_address()))
    assert owner.world.agent(owner)("POST", "/me/email-codes", {"email": new_address()}).code == "FORBIDDEN"


def test_the_budget_of_a_day_ends_at_midnight_in_china_and_stops_no_scan(world, monkeypatch):
    from chalicelib.repos.accounts import mail_throttle

    monkeypatch.setattr(mail_throttle, "SHARDS", 1)
    monkeypatch.setattr(limits, "ANONYMOUS_MAILS_A_DAY", 3)
    world.time.forward(days=1)
    owner = world.enterprise()
    statuses = []
    for source in sources(5):
        with world.calling_from(source):
            answer = begin(world, of_stranger(new_address()))
            statuses.append(answer.status)
    assert statuses == [202] * 3 + [429] * 2
    assert answer.headers["retry-after"] == str(int((11.5) * 3600))
    assert begin(world, scanned(world, owner)).status == 202
    assert request_code(world, new_address()).status == 202
    world.time.forward(hours=12)
    assert begin(world, of_stranger(new_address())).status == 202


# Codes of others


def test_a_strangers_requests_neither_replace_nor_use_up_the_code_of_the_owner(world):
    owner = world.enterprise()
    form, email = typed(owner), owner.account["email"]
    mine, theirs, third = sources(3)
    with world.calling_from(mine):
        recovery_id, code = begun(world, form, email)
    for source in (theirs, third):
        with world.calling_from(source):
            stranger_id, strangers_code = begun(world, form, email)
            for _ in range(5):
                verify(world, stranger_id, wrong_code(strangers_code))
            assert verify(world, stranger_id, strangers_code).status == 422
    with world.calling_from(mine):
        assert verify(world, recovery_id, code).status == 200


def test_a_strangers_registration_neither_replaces_nor_uses_up_anybodys_code(world):
    form = world.registration()
    theirs = world.registration(email=form["email"])
    for _ in range(5):
        answer = world.anybody("POST", "/registrations", theirs | {"email_code": wrong_code(theirs["email_code"])})
        assert answer.fields == {"email_code": "EMAIL_CODE"}
    assert world.anybody("POST", "/registrations", form).status == 201


def test_a_code_of_one_ticket_serves_no_other_ticket_and_no_other_account(world):
    email = new_address()
    form, other = world.registration(email=email), world.registration(email=email)
    if form["email_code"] != other["email_code"]:
        swapped = form | {"email_code": other["email_code"]}
        assert world.anybody("POST", "/registrations", swapped).fields == {"email_code": "EMAIL_CODE"}
    owner, thief = world.enterprise(), world.enterprise()
    change = world.address_form(owner, new_address())
    world.prove(thief)
    assert thief("PUT", "/me/email", change).fields == {"email_code": "EMAIL_CODE"}


def test_no_request_of_strangers_stops_a_recovery_by_scan_or_locks_an_address_for_a_day(world):
    owner = world.enterprise()
    form, own = mistyped(owner), typed(owner)
    statuses = []
    for source in sources(40):
        with world.calling_from(source):
            statuses.append(begin(world, form).status)
    assert statuses.count(202) == 3
    delegate = begin(world, scanned(world, owner))
    assert delegate.status == 202
    assert verify(world, delegate.body["recovery_id"], world.code(owner.account["email"])).status == 200
    assert begin(world, scanned(world, owner, "manager")).body["reset_token"]
    with world.calling_from(sources(1)[0]):
        world.time.forward(hours=1)
        recovery_id, code = begun(world, own, owner.account["email"])
        assert verify(world, recovery_id, code).status == 200


def test_known_and_unknown_mailboxes_meet_the_same_limits(world):
    owner = world.enterprise()
    elements = elements_of(owner)
    seen = []
    for email in (owner.account["email"], new_address()):
        statuses = []
        for source in sources(4):
            with world.calling_from(source):
                answer = begin(world, {**elements, "email": email})
                statuses.append((answer.status, sorted(answer.body), answer.body.get("resend_after")))
        seen.append(statuses)
        world.time.forward(minutes=1)
    assert seen[0] == seen[1]
    assert [status for status, *_ in seen[0]] == [202] * 3 + [429]


# What counts as one


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("A.B+c+d@Office.Example", "a.b@office.example"),
        ("a.b@office.example", "a.b@office.example"),
        ("+a@office.example", "@office.example"),
    ],
)
def test_plus_addresses_and_letter_case_are_one_mailbox(address, mailbox):
    assert mailbox_of(address) == mailbox


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_a_source_is_an_address_or_the_network_of_a_subscriber(address, source):
    assert source_of(address) == source
