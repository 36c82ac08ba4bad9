"""A kill after any AWS call, a lost reply or a storm leaves the state before or after the act, also after a repetition.

The operations are those of the scenario that write something. `ABTC_ASSURANCE=1` tries every call of each operation;
otherwise only the first and the last write are tried.
"""

import pytest

from tests.support import scenario
from tests.support.assurance import LONG, figure
from tests.support.killing import Killing

pytestmark = pytest.mark.assurance

REPEATABLE = {
    "DELETE /v1/sessions": "there is another entry in the audit",
    "POST /v1/office/sign-in-locks/clear": "there is another entry in the audit",
    "POST /v1/sessions": "somebody who signs in again has two sessions",
    "POST /v1/elicence/tickets": "a QR code that nobody scans ends by itself",
    "POST /v1/sessions/passkey/challenges": "a challenge that nobody signs ends by itself",
    "PATCH /v1/me/passkeys/{passkey_id}": "the same name again, and an entry that says so",
    "PATCH /v1/enterprise": "the same values again, and an entry that says so",
    "PUT /v1/me/mail-preference": "the same value again, and an entry that says so",
    "PUT /v1/agents/{agent_id}/mail-preference": "the same value again, and an entry that says so",
    "PUT /v1/agents/{agent_id}/authorization": "the same value again, and an entry that says so",
}
"""Operations whose repetition changes the state again, and why that is harmless."""


@pytest.fixture(scope="module")
def killing(portal):
    import app  # noqa: F401  declares the routes

    found = Killing(portal, thorough=LONG)
    found.attach()
    owner = scenario.accounts(portal)
    scenario.drafts(portal, owner)
    scenario.groups(portal, owner)
    scenario.economies(portal, portal.agent(owner))
    scenario.officers(portal)
    scenario.messages(owner)
    scenario.schedules(portal, owner)
    found.detach()
    names = {name for name, _ in found.operations}
    figure(
        f"killed: {len(names)} operations write, {len(found.operations)} with their kinds of writes, "
        f"{sum(map(len, found.operations.values()))} AWS calls; {dict(found.outcomes)}; then {dict(found.refusals)}"
    )
    return found


READING = {
    "POST /v1/applications/check",
    "POST /v1/persons/{person_number}/services/check",
    "POST /v1/applications/search",
    "POST /v1/office/search",
    "POST /v1/office/enterprises/search",
    "POST /v1/persons/import",
    "POST /v1/travel-checks",
    "POST /v1/applications/{number}/downloads",
    "POST /v1/office/applications/{number}/downloads",
    "POST /v1/office/sign-in-locks/search",
    "POST /v1/attachments/states",
    "POST /v1/client-errors",
}
"""Operations that use POST and write nothing."""


def test_every_writing_operation_leaves_the_state_before_or_after_it(killing):
    """The fixture `killing` fails first, with operation, call and difference."""
    assert killing.repeatable == REPEATABLE.keys()
    assert min(killing.outcomes.values()) >= len(killing.operations)


def test_every_operation_other_than_get_writes(killing):
    from chalicelib.handlers.http.routing import ROUTES
    from testing.rights import POLICIES

    found = {name for name, _ in killing.operations}
    changing = {f"{route.method} {route.path}" for route in ROUTES if route.method != "GET"}
    assert changing - found == READING
    # A snapshot cannot restore versions of objects: tests/api/test_upload_verdicts.py kills inspections at every call.
    assert POLICIES.keys() - found == {"api_handler", "inspect_uploads"}
