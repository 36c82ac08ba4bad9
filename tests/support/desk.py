"""Applications for the tests of the desk, with real pictures: no remark stands on them unless a test wants one."""

from collections.abc import Mapping
from typing import Any

from testing import people
from testing.pictures import pictures
from testing.running import Client, wait_for
from testing.steps import content


def clean(client: Client) -> dict[str, Any]:
    """Content of one person on which there is no remark; `another` makes applications of it."""
    return content(client, files=pictures)


def another(filled_in: dict[str, Any], persons: int = 1, **changes: Any) -> dict[str, Any]:
    """The same content with other persons, who have numbers of their own."""
    first = filled_in["persons"][0]
    others = [
        {**first, "id_number": people.make_id_number(), "passport_number": people.make_passport()}
        for _ in range(persons)
    ]
    return {**filled_in, "persons": others, **changes}


def corrected(client: Client, number: str, persons: Mapping[int, dict[str, Any]] | None = None, **fields: Any) -> None:
    """Correct a returned application, some of its fields and of its persons', and submit it again."""
    shown = client.ok("GET", f"/applications/{number}/content")
    changed = {**shown["content"], **fields}
    for place, changes in (persons or {}).items():
        changed["persons"][place] |= changes

    def inspected() -> bool:
        answer = client("PUT", f"/applications/{number}/content", changed, If_Match=f'"{shown["version"]}"')
        assert answer.is_success or "ATTACHMENT_PENDING" in answer.text, answer.text
        return answer.is_success

    wait_for(inspected, 20, "the inspection of the files")
    again(client, "applications", number)


def again(client: Client, level: str, number: str) -> None:
    """Submit a returned application or person again."""
    seen = client.ok("GET", f"/{level}/{number}")["status_version"]
    client.ok("POST", f"/{level}/{number}/resubmit", {"status_version": seen})
