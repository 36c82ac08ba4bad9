"""The phones of the holders of one licence, through the calls of the simulated platform."""

import html
import re
from datetime import datetime
from zoneinfo import ZoneInfo

from testing import people

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


def member(name):
    return {"name": name, "id_number": people.make_id_number(), "phone": "13800000000"}


class Phones:
    """The licence of one enterprise, issued on the page, and its holders."""

    def __init__(self, page, portal):
        self.page, self.portal = page, portal
        self.people = {}
        representative = member("法人甲")
        form = {"name": "测试企业", "uscc": people.make_uscc(), "legal_representative": representative}
        made = page.ok("POST", "/wallet/licences", {**form, "downloaded": False})
        self.base = f"/wallet/licences/{made['licence_id']}"
        self.licence_id, self.representative = made["licence_id"], made["holder_id"]
        self.people[self.representative] = representative

    def call(self, method, path, body=None):
        return self.page(method, self.base + path, body)

    def add(self, kind, name, **more):
        form = member(name)
        holder_id = self.page.ok("POST", f"{self.base}/{kind}", {**form, "must_claim": True, **more})["holder_id"]
        self.people[holder_id] = form
        return holder_id

    def download(self, holder_id, **changes):
        known = self.people[holder_id]
        form = {"holder_id": holder_id, "name": known["name"], "id_number": known["id_number"]}
        return self.call("POST", "/downloads", form | changes)

    def grant(self, holder_id, **changes):
        form = {"holder_id": holder_id, "mode": "full", "starts_on": str(TODAY), "ends_on": str(TODAY)}
        return self.call("POST", "/authorizations", form | changes)

    def granted(self, holder_id, **changes):
        answer = self.grant(holder_id, **changes)
        assert answer.status_code == 201, answer.text
        return answer.json()["authorization_id"]

    def scan(self, holder_id):
        scan = {"licence_id": self.licence_id, "holder_id": holder_id, "action": "confirm"}
        return self.page("POST", "/wallet/scan", {**scan, "qr_content": self.portal.qr_content})

    def stated(self, holder_id):
        """The authorization in the assertion that the wallet signs for this holder."""
        answer = self.scan(holder_id)
        assert answer.status_code == 200, answer.text
        return self.portal.claims[-1]["authorization"]

    def text(self):
        """The text of the page without tags, words separated by one space."""
        shown = self.page("GET", "/wallet", Accept="text/html").text
        return re.sub(
            r"\s+", " ", html.unescape(re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", shown, flags=re.S))
        )
