"""The published contract against the running service: every operation, with valid and with invalid data.

schemathesis makes the requests from docs/openapi.json and sends them to the server of the sandbox. All its checks are
on: no reply is a server error, and each has a status, headers and a body that the document names.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import GenerationConfig
from schemathesis.specs.openapi.checks import negative_data_rejection

from sandbox.http.api_server import ApiServer, listen
from tests.support import callers
from tests.support.assurance import LONG, figure, rounds

ROOT = Path(__file__).resolve().parents[2]
CASES = rounds(5, 100)

contract = schemathesis.openapi.from_dict(json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")))
contract.config.generation = GenerationConfig(
    database="none", deterministic=True, with_security_parameters=False, allow_extra_parameters=False
)
contract.config.phases.coverage.enabled = LONG
for check in (contract.config.checks.negative_data_rejection, contract.config.checks.missing_required_header):
    check.expected_statuses = [*check.expected_statuses, "412", "413", "428"]
# Rules that a schema cannot express (check digits, order of dates, existing tickets and codes) give 422 and others; an
# If-None-Match that names what the client has gives 304.
contract.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "304", "4xx"]

BY_ROW = {
    "POST /v1/office/card-events",
    "POST /v1/office/decisions",
    "POST /v1/office/economies/import",
    "POST /v1/office/foreign-numbers",
}
"""Lists of acts: a row that violates the contract is refused by itself, in a reply with status 200."""

pytestmark = pytest.mark.assurance


@pytest.fixture(scope="module")
def server(portal):
    from app import app

    with ApiServer(app, listen(0, "PORT"), web_origin="http://127.0.0.1:8001") as running:
        yield running


@pytest.fixture(scope="module")
def tried():
    """Number of cases by operation and status."""
    seen: Counter[tuple[Any, int]] = Counter()
    yield seen
    statuses = Counter(status for _, status in seen.elements())
    operations = {operation for operation, _ in seen}
    served = {operation for operation, status in seen if status < 300}
    figure(f"contract: {seen.total()} cases of {len(operations)} operations, {len(served)} of them served:")
    figure(f"contract: by status {dict(sorted(statuses.items()))}")
    figure(f"contract: never served: {sorted(operations - served)}")


@pytest.fixture(scope="module")
def people(portal, server):
    return callers.Callers(portal, server)


@contract.parametrize()
@settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_reply_is_in_the_contract(case, people, tried):
    headers = people.prepare(case)
    response = case.call(base_url=people.url, headers=headers)
    tried[case.operation.label, response.status_code] += 1
    people.answered(response.status_code, headers)
    excluded = []
    if case.operation.label in BY_ROW and response.status_code == 200 and case.meta.generation.mode.is_negative:
        excluded.append(negative_data_rejection)
        reply = response.json()
        assert reply.get("refused") or reply.get("failed"), reply
    case.validate_response(response, excluded_checks=excluded, headers=headers, transport_kwargs={"headers": headers})
