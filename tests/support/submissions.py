"""Applications made by the rules, without HTTP and without a table."""

from datetime import UTC, date, datetime
from typing import Any

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import submission
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base.vocabulary import AccountId, ApplicationNumber, EnterpriseId, OfficeCode, Role, Scope
from testing import people

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ENTERPRISE = EnterpriseId("e" * 20)
NUMBER = ApplicationNumber("APEC20261121000001")


def content(persons: int = 1, person: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Complete content of an application; `person` changes the first person."""
    everybody = [people.person() for _ in range(persons)]
    everybody[0] |= person or {}
    return {
        "group_name": "测试团组",
        "office": "fao-hunan",
        "contact": "测试己",
        "contact_phone": "13600000000",
        "contact_email": "contact@enterprise.example",
        "reason": "赴有关经济体洽谈业务并参加展会",
        "pickup": {"method": "self", "point": "长沙代办点（示例）"},
        "invoice_profile_id": "i" * 20,
        "persons": everybody,
        "attachments": [],
        **changes,
    }


def complete(persons: int = 1, person: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The same after `submission.validate_submission`."""
    return submission.validate_submission(content(persons, person, **changes), TODAY)


def account(role: Role = Role.ENTERPRISE, name: str = "测试企业", **changes: Any) -> Account:
    """An account of the enterprise, or an officer with `Role.OFFICER`."""
    own = {"enterprise_id": ENTERPRISE, "scope": Scope.ALL} | changes
    if role is Role.OFFICER:
        own["enterprise_id"] = None
    account_id = AccountId(own.pop("id", ENTERPRISE if role is Role.ENTERPRISE else f"{role}-1"))
    names = {"login": account_id, "display_name": name, "email": f"{account_id}@mail.example"}
    return Account(account_id, role, **{**names, **own})


def officer(office: str = "consular") -> Account:
    """An officer of that office."""
    return account(Role.OFFICER, office, id=f"officer-{office}", office=OfficeCode(office))


def act(actor: Account | None = None, at: datetime = NOON) -> Act:
    """An act of the enterprise account at noon in China, unless given otherwise."""
    return Act(actor or account(), at, "request-1")


def application(persons: int = 1, creator: Account | None = None, number: str = NUMBER, **changes: Any) -> Application:
    """A submitted application."""
    ready = complete(persons, **changes)
    return submission.new_application(ApplicationNumber(number), "测试企业", ready, act(creator))
