"""`make smoke`: the deployed API from outside, by requests that change nothing but a counter of failed sign-ins."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from tools.deployment.account import Account

TIMEOUT = 30.0
"""Seconds; the first request starts a function."""


@dataclass(frozen=True)
class Outcome:
    """One thing that was tried."""

    passed: bool
    text: str


def outcomes(account: Account, api_url: str = "") -> Iterator[Outcome]:
    """Try the API of the stage's stack.

    Args:
        account: Account and stage.
        api_url: Address to use instead of the stack's, `/v1` included.
    """
    stack = account.stack()
    if stack is None:
        yield Outcome(False, f"there is no stack {account.stage.stack}")
        return
    origin = account.stage.variables["ABTC_WEB_ORIGIN"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
    own = f"{outputs['EndpointURL'].rstrip('/')}/v1"
    url = api_url or (f"{origin}/v1" if account.stage.has_edge else own)
    with httpx.Client(base_url=url, timeout=TIMEOUT, headers={"Origin": origin}) as client:
        yield from _api(client, origin)
    if account.stage.has_edge and not api_url:
        yield from _pages(origin)
        yield _closed(own)
    yield _receiver(account)


def _pages(origin: str) -> Iterator[Outcome]:
    """The pages: an address within them opens, with the headers that protect it."""
    with httpx.Client(base_url=origin, timeout=TIMEOUT) as client:
        for path in ("/", "/applications/new"):
            yield _answers(client, "GET", path, 200, '<div id="app">')
            found = client.get(path).headers
            protected = "default-src 'none'" in found.get("Content-Security-Policy", "")
            yield Outcome(protected, f"GET {path} has the content security policy")


def _closed(own: str) -> Outcome:
    """Whether the API refuses who passes by the distribution."""
    with httpx.Client(base_url=own, timeout=TIMEOUT) as client:
        return _answers(client, "GET", "/health", 403, "FORBIDDEN")


def _api(client: httpx.Client, origin: str) -> Iterator[Outcome]:
    yield _answers(client, "GET", "/health", 200, "ok")
    yield _answers(client, "GET", "/reference", 200, "economies")
    yield _answers(client, "GET", "/me", 401, "UNAUTHENTICATED")
    # It asks table and key: a function without their rights answers 500 or 503.
    form = {"identity": "officer", "login": "smoke-test", "password": "No such officer 1"}
    yield _answers(client, "POST", "/sessions", 401, "code", form)
    reply = client.get("/health")
    allowed = reply.headers.get("Access-Control-Allow-Origin")
    yield Outcome(allowed == origin, f"pages of {origin} may call the API (Access-Control-Allow-Origin: {allowed})")


def _answers(client: httpx.Client, method: str, path: str, status: int, containing: str, body: Any = None) -> Outcome:
    try:
        reply = client.request(method, path, json=body)
    except httpx.HTTPError as error:
        return Outcome(False, f"{method} {path}: {type(error).__name__} {error}")
    passed = reply.status_code == status and containing in reply.text
    seen = f"{reply.status_code}" if passed else f"{reply.status_code} {reply.text[:200]}"
    return Outcome(passed, f"{method} {path}: {seen}, expected {status} with {containing!r}")


def _receiver(account: Account) -> Outcome:
    """Whether somebody has confirmed to receive the alarms."""
    topic = account.resources()["AlarmTopic"]
    pages = account.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [subscription for page in pages for subscription in page["Subscriptions"]]
    confirmed = [one["Endpoint"] for one in found if one["SubscriptionArn"].startswith("arn:")]
    if confirmed:
        return Outcome(True, f"alarms reach {', '.join(confirmed)}")
    asked = ", ".join(one["Endpoint"] for one in found) or "nobody"
    return Outcome(False, f"nobody receives alarms: confirm the mail that AWS has sent to {asked}, then repeat this")
