"""A scan: reads the portal's QR code, states who scanned it, and posts that to the portal's callback."""

import http.client
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from sandbox.http.refusals import CallRefused
from sandbox.wallet.store import Authorization, Holder, HolderKind, Licence

ISSUER = "elicence-platform"
AUDIENCE = "abtc-portal"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT = 15

PURPOSES = {"register": "注册企业账号", "login": "登录", "recover": "找回密码", "update_licence": "更新执照信息"}
"""What the phone shows for the purpose of a code."""


@dataclass(frozen=True)
class QrCode:
    """The content of a portal's QR code: `elicence://sign?ticket=...&nonce=...&purpose=...&callback=...`."""

    ticket: str
    nonce: str
    purpose: str
    callback: SplitResult


def read_qr(content: str) -> QrCode:
    """Parse the text of a QR code; `CallRefused` 422 if it is malformed or its callback is not on this machine."""
    try:
        address = urlsplit(content)
        values = {name: parts[0] for name, parts in parse_qs(address.query).items()}
        code = QrCode(values["ticket"], values["nonce"], values["purpose"], urlsplit(values["callback"]))
        on_this_machine = code.callback.scheme == "http" and code.callback.hostname in LOOPBACK
        _ = code.callback.port
    except (KeyError, ValueError):
        raise _bad_code("无法识别该二维码") from None
    if (address.scheme, address.netloc) != ("elicence", "sign"):
        raise _bad_code("无法识别该二维码")
    if not on_this_machine:
        raise _bad_code("沙箱只向本机发送签名结果")
    return code


def purpose_of(content: str) -> str:
    """What a scan of a QR code is for, in words for its holder; empty if the code does not say."""
    stated = parse_qs(urlsplit(content).query).get("purpose", [""])[0]
    return PURPOSES.get(stated, stated)


def claims(
    code: QrCode,
    action: str,
    licence: Licence,
    holder: Holder,
    authorization: Authorization | None,
    now: datetime,
) -> dict[str, Any]:
    """The facts that the platform signs."""
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "jti": str(uuid.uuid4()),
        "iat": int(now.timestamp()),
        "ticket": code.ticket,
        "nonce": code.nonce,
        "purpose": code.purpose,
        "action": action,
        "enterprise": {
            "name": licence.name,
            "uscc": licence.uscc,
            "legal_representative": licence.legal_representative.name,
            "status": licence.status,
        },
        "holder": {"kind": holder.kind.value, "name": holder.name},
        "authorization": _stated(authorization) if holder.kind is HolderKind.DELEGATE else None,
    }


def post(callback: SplitResult, assertion: str) -> tuple[int, object]:
    """Post the assertion to the portal. Returns the reply's status and its JSON, None if it has none.

    `http.client` uses no proxies and follows no redirects.

    Raises:
        CallRefused: 502 if the callback cannot be reached.
    """
    connection = http.client.HTTPConnection(callback.hostname or "", callback.port or 80, timeout=TIMEOUT)
    path = callback.path + (f"?{callback.query}" if callback.query else "")
    body = json.dumps({"assertion": assertion}).encode()
    try:
        connection.request("POST", path or "/", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise CallRefused(502, f"无法连接回调地址（{type(error).__name__}）") from None
    finally:
        connection.close()
    return response.status, _json_or_none(text)


def _bad_code(message: str) -> CallRefused:
    return CallRefused(422, message, [{"field": "qr_content", "message": message}])


def _stated(authorization: Authorization | None) -> dict[str, Any] | None:
    if authorization is None:
        return None
    return authorization.model_dump(mode="json", include={"mode", "items", "starts_on", "ends_on"})


def _json_or_none(text: bytes) -> object:
    try:
        content: object = json.loads(text)
    except ValueError:
        return None
    return content
