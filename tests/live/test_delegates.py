"""Delegates and their authorisations between the wallet and the portal, with nothing in between replaced."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from testing import people

# Ten minutes ahead, so that midnight in China does not come between the grant and the scan.
TODAY = (datetime.now(UTC) + timedelta(minutes=10)).astimezone(ZoneInfo("Asia/Shanghai")).date()
TOMORROW = TODAY + timedelta(days=1)
CONSULAR = "电子政务-外交-领事服务"


class Delegate:
    """A new delegate of the enterprise, with one authorisation, and the licence downloaded if it may be."""

    def __init__(self, sandbox, enterprise, **changes: Any) -> None:
        self.sandbox, self.page = sandbox, sandbox.page()
        self.licence_id = enterprise.licence["licence_id"]
        self.base = f"/wallet/licences/{self.licence_id}"
        self.person = {"name": "办事人丙", "id_number": people.make_id_number()}
        form = {**self.person, "phone": "13800000000", "must_claim": True}
        self.id = self.page.ok("POST", f"{self.base}/delegates", form)["holder_id"]
        grant = {"holder_id": self.id, "mode": "full", "starts_on": "2020-01-01", "ends_on": str(TOMORROW), **changes}
        self.authorization = self.page.ok("POST", f"{self.base}/authorizations", grant)["authorization_id"]

    def download(self):
        self.page.ok("POST", f"{self.base}/downloads", {"holder_id": self.id, **self.person})
        return self

    def cancel(self):
        self.page.ok("DELETE", f"{self.base}/authorizations/{self.authorization}")
        return self

    def scan(self, action: str = "confirm") -> tuple[dict[str, Any], str]:
        """What the portal answered the wallet, and the ticket's state as its browser sees it."""
        anybody = self.sandbox.client()
        ticket = anybody.ok("POST", "/elicence/tickets", {"purpose": "login"})
        form = {"licence_id": self.licence_id, "holder_id": self.id, "action": action}
        answer = self.page("POST", "/wallet/scan", {**form, "qr_content": ticket["qr_content"]})
        path = f"/elicence/tickets/{ticket['ticket_id']}"
        return answer.json(), anybody.ok("GET", path, X_Ticket_Secret=ticket["secret"])["state"]


def is_refused(outcome: tuple[dict[str, Any], str]) -> bool:
    answer, state = outcome
    return (answer["status"], answer["body"]["code"], state) == (401, "ASSERTION_REFUSED", "waiting")


@pytest.mark.accepts("R13", "R16", "R17")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"starts_on": str(TODAY - timedelta(days=1))},
        {"mode": "precise", "items": [CONSULAR]},
        {"mode": "precise", "items": ["电子政务-税务-发票业务", CONSULAR]},
    ],
)
def test_a_full_and_a_precise_authorisation_in_force_are_accepted(sandbox, enterprise, changes):
    delegate = Delegate(sandbox, enterprise, **changes).download()
    assert delegate.scan("scan") == ({"status": 204, "body": None}, "scanned")
    assert delegate.scan() == ({"status": 204, "body": None}, "confirmed")


@pytest.mark.accepts("R15")
def test_an_authorisation_from_tomorrow_permits_the_download_and_is_refused_by_the_portal_today(sandbox, enterprise):
    delegate = Delegate(sandbox, enterprise, starts_on=str(TOMORROW)).download()
    assert is_refused(delegate.scan("scan"))
    assert is_refused(delegate.scan())


@pytest.mark.accepts("R18")
def test_a_delegate_whose_authorisation_was_cancelled_after_the_download_is_refused_by_the_portal(sandbox, enterprise):
    delegate = Delegate(sandbox, enterprise).download()
    assert delegate.scan()[1] == "confirmed"
    assert is_refused(delegate.cancel().scan())


@pytest.mark.accepts("R13", "R17")
def test_a_precise_authorisation_for_other_things_is_refused_by_the_portal(sandbox, enterprise):
    assert is_refused(Delegate(sandbox, enterprise, mode="precise", items=["电子政务-税务-发票业务"]).download().scan())
