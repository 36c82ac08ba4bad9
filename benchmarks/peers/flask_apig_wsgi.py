"""The same on Flask, behind apig-wsgi."""

from typing import Any

import asked
from apig_wsgi import make_lambda_handler
from flask import Flask, request

app = Flask(__name__)


@app.get("/v1/me")
def me() -> dict[str, Any]:
    """Account, enterprise and unread messages."""
    return {"items": asked.items(request.headers["Authorization"], "GET /v1/me")}


@app.get("/v1/messages")
def messages() -> dict[str, Any]:
    """First page."""
    return {"items": asked.items(request.headers["Authorization"], "GET /v1/messages")}


handler = make_lambda_handler(app)
