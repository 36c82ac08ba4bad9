"""Refusals by the gateway, before a request reaches the application: problem+json as in the contract."""

import json
from http import HTTPStatus

from chalice.local import LocalGatewayException

from chalicelib.data import texts

CODES: dict[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "MALFORMED",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.METHOD_NOT_ALLOWED: "METHOD_NOT_ALLOWED",
    HTTPStatus.REQUEST_TIMEOUT: "MALFORMED",
    HTTPStatus.LENGTH_REQUIRED: "MALFORMED",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "TOO_LARGE",
    HTTPStatus.REQUEST_URI_TOO_LONG: "TOO_LARGE",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "TOO_LARGE",
    HTTPStatus.SERVICE_UNAVAILABLE: "OUTCOME_UNKNOWN",
}
"""The error code of each status."""
ALIASES = {
    HTTPStatus.NOT_IMPLEMENTED: HTTPStatus.METHOD_NOT_ALLOWED,
    # A function that crashed may have committed its transaction before, as behind INTEGRATION_FAILURE of API Gateway.
    HTTPStatus.INTERNAL_SERVER_ERROR: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Statuses of Python's server that the contract replaces; any other unknown status becomes 400."""
RETRY_AFTER = {HTTPStatus.SERVICE_UNAVAILABLE: "1"}
"""Seconds to wait, for the statuses that name them."""


class GatewayProblem(LocalGatewayException):
    """Raised to refuse a request at the gateway, with the status of the reply."""

    def __init__(self, status: HTTPStatus, allow: tuple[str, ...] = ()) -> None:
        status = ALIASES.get(status, status)
        self.status = status if status in CODES else HTTPStatus.BAD_REQUEST
        headers = {"Allow": ", ".join(allow)} if allow else {}
        if self.status in RETRY_AFTER:
            headers["Retry-After"] = RETRY_AFTER[self.status]
        super().__init__(headers=headers)


def problem_body(status: HTTPStatus, request_id: str, *, english: bool) -> bytes:
    """The reply's body, with the application's texts for the same code."""
    code = CODES[status]
    body: dict[str, object] = {
        "type": "about:blank",
        "title": texts.text("errors", code, "en"),
        "status": status.value,
        "code": code,
        "message": texts.text("errors", code, "en" if english else "zh"),
        "errors": [],
        "request_id": request_id,
    }
    return json.dumps(body, ensure_ascii=False).encode()
