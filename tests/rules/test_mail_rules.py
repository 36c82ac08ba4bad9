"""Allowed mail addresses and times of attempts to send (docs/domain.md 8.3)."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.rules.notices import allow_list, mail_states

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
LISTED = ("listed@enterprise.example", "@domain.example")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("listed@enterprise.example", True),
        ("other@enterprise.example", False),
        ("anybody@domain.example", True),
        ("anybody@sub.domain.example", False),
        ("anybody@notdomain.example", False),
    ],
)
def test_outside_production_only_listed_addresses_and_domains_receive_mail(address, allowed):
    assert allow_list.is_allowed(address, LISTED, is_production=False) is allowed
    assert allow_list.is_allowed(address, LISTED, is_production=True)
    assert allow_list.is_allowed(address, ("*",), is_production=False)
    assert not allow_list.is_allowed(address, (), is_production=False)


@pytest.mark.parametrize(("kind", "late"), [("email_code_register", True), ("status_changed", False)])
def test_only_a_mail_with_a_code_expires(kind, late):
    assert mail_states.is_too_late(kind, NOON, NOON + timedelta(minutes=10)) is late
    assert not mail_states.is_too_late(kind, NOON, NOON + timedelta(minutes=9, seconds=59))


def test_sending_a_mail_is_attempted_for_48_hours():
    waits = [wait for tries in range(1, 12) if (wait := mail_states.wait_after(tries)) is not None]
    assert len(waits) == 11
    assert waits[0] == timedelta(minutes=1)
    assert abs(sum(waits, timedelta()) - timedelta(hours=48)) < timedelta(hours=1)
    assert mail_states.wait_after(12) is None
