"""The phones of the holders of one licence, through the calls of the simulated platform."""

import html
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from testing import people
from testing.running import Client

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


def member(name: str) -> dict[str, str]:
    return {"name": name, "id_number": people.make_id_number(), "phone": "13800000000"}


class Phones:
    """The licence of one enterprise, issued on the page, and its holders."""

    def __init__(self, page: Client, portal: Any) -> None:
        self.page, self.portal = page, portal
        self.people: dict[str, dict[str, str]] = {}
        representative = member("法人甲")
        form = {"name": "测试企业", "uscc": people.make_uscc(), "legal_representative": representative}
        made = page.ok("POST", "/wallet/licences", {**form, "downloaded": False})
        self.base = f"/wallet/licences/{made['licence_id']}"
        self.licence_id, self.representative = made["licence_id"], made["holder_id"]
        self.people[self.representative] = representative

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.page(method, self.base + path, body)

    def add(self, kind: str, name: str, **more: Any) -> str:
        form = member(name)
        added = self.page.ok("POST", f"{self.base}/{kind}", {**form, "must_claim": True, **more})
        holder_id: str = added["holder_id"]
        self.people[holder_id] = form
        return holder_id

    def download(self, holder_id: str, **changes: Any) -> httpx.Response:
        known = self.people[holder_id]
        form = {"holder_id": holder_id, "name": known["name"], "id_number": known["id_number"]}
        return self.call("POST", "/downloads", form | changes)

    def grant(self, holder_id: str, **changes: Any) -> httpx.Response:
        form = {"holder_id": holder_id, "mode": "full", "starts_on": str(TODAY), "ends_on": str(TODAY)}
        return self.call("POST", "/authorizations", form | changes)

    def granted(self, holder_id: str, **changes: Any) -> str:
        answer = self.grant(holder_id, **changes)
        assert answer.status_code == 201, answer.text
        authorization_id: str = answer.json()["authorization_id"]
        return authorization_id

    def scan(self, holder_id: str) -> httpx.Response:
        scan = {"licence_id": self.licence_id, "holder_id": holder_id, "action": "confirm"}
        return self.page("POST", "/wallet/scan", {**scan, "qr_content": self.portal.qr_content})

    def stated(self, holder_id: str) -> Any:
        """The authorization in the assertion that the wallet signs for this holder."""
        answer = self.scan(holder_id)
        assert answer.status_code == 200, answer.text
        return self.portal.claims[-1]["authorization"]

    def text(self) -> str:
        """The text of the page without tags, words separated by one space."""
        shown = self.page("GET", "/wallet", Accept="text/html").text
        return re.sub(
            r"\s+", " ", html.unescape(re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", shown, flags=re.S))
        )
