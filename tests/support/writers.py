"""Concurrent decisions in processes of their own; a process pool imports this module."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor


def decide_all(number: str, officers: list[tuple[str, str]], environment: dict[str, str]) -> list[str]:
    """Let officers decide on one application at the same moment.

    Args:
        officers: Office and decision of each officer.

    Returns:
        For each officer the new status, or the code of the refusal with the current status.
    """
    os.environ.update(environment)
    from chalicelib.repos.applications import applications
    from chalicelib.repos.keys import keyring, sealing
    from chalicelib.rules.accounts.accounts import Account
    from chalicelib.rules.accounts.acts import Act
    from chalicelib.rules.applications import transitions
    from chalicelib.rules.base.china_time import parse_time
    from chalicelib.rules.base.errors import OperationInvalid
    from chalicelib.rules.base.vocabulary import AccountId, Action, OfficeCode, Role
    from chalicelib.usecases.applications import transaction

    sealing.digest("warm", "up")
    keyring.current(keyring.KeyPurpose.FIELD)
    start = threading.Barrier(len(officers))

    def decide(officer: tuple[str, str]) -> str:
        office, decision = officer
        actor = Account(AccountId(office), Role.OFFICER, office, office, "o@office.example", office=OfficeCode(office))
        before = applications.get(number, actor)
        start.wait(10)
        try:
            act = Act(actor, parse_time("2026-11-21T05:00:00Z"), "race")
            after, event = transitions.change_status(
                before, Action(decision), act, before.header.status_version, "材料不全"
            )
            transaction.commit(after.header, event, applications.status_changed(before, after, event))
        except OperationInvalid as refused:
            return f"{refused.code} {refused.current.status if refused.current else None}"
        return after.header.status

    with ThreadPoolExecutor(len(officers)) as pool:
        return list(pool.map(decide, officers))
