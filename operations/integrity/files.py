"""Files: every file that an application names is kept."""

from collections.abc import Mapping

from chalicelib.rules.applications import submission
from operations.integrity.applications import Known
from operations.integrity.breaches import Breaches, Items


def check(found: Items, known: Mapping[str, Known], breaches: Breaches) -> None:
    """Every file of an application has a verdict, and the application is on it or has a claim that is not settled."""
    claimed = {
        (item["number"], name) for (pk, _), item in found.items() if pk.startswith("CLAIMS#") for name in item["names"]
    }
    for number, one in known.items():
        for attachment_id in submission.attachments_of(one.application):
            name = attachment_id.partition(".")[0]
            verdict = found.get((f"FILE#{one.header.enterprise_id}#{name}", "VERDICT"))
            subject = f"{number} file {name}"
            if verdict is None:
                breaches.expect(False, subject, "has no verdict")
                continue
            breaches.expect(verdict["state"] == "done", subject, f"is {verdict['state']}")
            is_named = number in verdict.get("applications", ()) or (number, name) in claimed
            breaches.expect(is_named, subject, "may be deleted")
