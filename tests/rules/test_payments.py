"""The table of payment vouchers, walked over the full product of states, actions and parties (docs/domain.md 2.8)."""

from dataclasses import replace
from itertools import product

import pytest

from chalicelib.data import Fee
from chalicelib.rules.applications import payments
from chalicelib.rules.applications.applications import Payment
from chalicelib.rules.base.errors import Invalid, OperationInvalid
from chalicelib.rules.base.vocabulary import Action, Party, PaymentState, Role, Status
from tests.support import submissions

FEE = Fee(720, required_before_card=False)
ACTS = {
    Party.APPLICANT: submissions.act(submissions.account(Role.ENTERPRISE)),
    Party.FAO: submissions.act(submissions.officer("fao-hunan")),
    Party.CONSULAR: submissions.act(submissions.officer("consular")),
}
ACTIONS = (Action.PAY, Action.ACCEPT_PAYMENT, Action.RETURN_PAYMENT)
EXPECTED = {
    ("required", "pay", "applicant"): "uploaded",
    ("uploaded", "pay", "applicant"): "uploaded",
    ("returned", "pay", "applicant"): "uploaded",
    ("uploaded", "accept_payment", "consular"): "accepted",
    ("uploaded", "return_payment", "consular"): "returned",
    ("accepted", "return_payment", "consular"): "returned",
}


def application(state, status=Status.CONSULAR_APPROVED):
    found = submissions.application()
    stored = state not in (PaymentState.NONE, PaymentState.REQUIRED)
    payment = Payment(state, 1, ("a",), 720, submissions.NOON) if stored else None
    return replace(found, header=replace(found.header, status=status), payment=payment)


def changed(before, action, party, fee):
    seen = before.payment.version if before.payment else 0
    return payments.change(before, action, ACTS[party], seen, fee, ("b",), "理由")[0]


def test_a_voucher_changes_in_exactly_the_expected_cells():
    for state, action, party in product(PaymentState, ACTIONS, ACTS):
        fee = Fee(0, required_before_card=False) if state is PaymentState.NONE else FEE
        before = application(state)
        expected = EXPECTED.get((state, action, party))
        possible = [step.action for step in payments.steps(before, fee, party)]
        assert (action in possible) is (expected is not None)
        if expected is None:
            with pytest.raises(OperationInvalid):
                changed(before, action, party, fee)
        else:
            assert changed(before, action, party, fee).payment.state == expected


@pytest.mark.parametrize("status", [status for status in Status if status not in payments.PAYABLE])
def test_no_voucher_changes_before_the_approval_or_after_a_rejection(status):
    for state, action, party in product(PaymentState, ACTIONS, ACTS):
        with pytest.raises(OperationInvalid):
            changed(application(state, status), action, party, FEE)


def test_a_return_needs_a_reason_and_another_version_is_refused():
    before = application(PaymentState.UPLOADED)
    with pytest.raises(Invalid):
        payments.change(before, Action.RETURN_PAYMENT, ACTS[Party.CONSULAR], 1, FEE)
    for seen in (0, 2):
        with pytest.raises(OperationInvalid):
            payments.change(before, Action.ACCEPT_PAYMENT, ACTS[Party.CONSULAR], seen, FEE)
