"""What API Gateway answers before a request reaches the application: problem+json as in the contract."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from chalice.local import LocalGatewayException


@dataclass(frozen=True)
class Problem:
    """A stable code and its text in both languages."""

    code: str
    chinese: str
    english: str


PROBLEMS: dict[HTTPStatus, Problem] = {
    HTTPStatus.BAD_REQUEST: Problem("MALFORMED", "请求格式不正确", "The request cannot be read"),
    HTTPStatus.NOT_FOUND: Problem("NOT_FOUND", "未找到", "Not found"),
    HTTPStatus.METHOD_NOT_ALLOWED: Problem("METHOD_NOT_ALLOWED", "不支持该请求方法", "Method not allowed"),
    HTTPStatus.REQUEST_TIMEOUT: Problem("REQUEST_TIMEOUT", "请求超时", "The request did not arrive in time"),
    HTTPStatus.LENGTH_REQUIRED: Problem("LENGTH_REQUIRED", "缺少 Content-Length", "Content-Length is required"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Problem("TOO_LARGE", "请求内容过大", "The request is too large"),
    HTTPStatus.REQUEST_URI_TOO_LONG: Problem("TOO_LARGE", "请求地址过长", "The address is too long"),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: Problem("TOO_LARGE", "请求头过大", "The headers are too large"),
    HTTPStatus.INTERNAL_SERVER_ERROR: Problem("INTERNAL", "系统繁忙，请稍后再试", "Something went wrong"),
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: Problem("MALFORMED", "不支持该 HTTP 版本", "HTTP version not supported"),
}
ALIASES = {HTTPStatus.NOT_IMPLEMENTED: HTTPStatus.METHOD_NOT_ALLOWED}
"""Statuses that Python's server sends where the contract has another one."""


class GatewayProblem(LocalGatewayException):
    """A request that ends at the gateway, with the status to answer."""

    def __init__(self, status: HTTPStatus, allow: tuple[str, ...] = ()) -> None:
        super().__init__(headers={"Allow": ", ".join(allow)} if allow else {})
        status = ALIASES.get(status, status)
        self.status = status if status in PROBLEMS else HTTPStatus.BAD_REQUEST


def problem_body(status: HTTPStatus, request_id: str, *, english: bool) -> bytes:
    """The reply's body."""
    problem = PROBLEMS[status]
    body: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": problem.code,
        "message": problem.english if english else problem.chinese,
        "errors": [],
        "request_id": request_id,
    }
    return json.dumps(body, ensure_ascii=False).encode()
