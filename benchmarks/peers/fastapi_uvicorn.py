"""The sandbox's peer under load: a few of its routes on FastAPI and uvicorn, asking DynamoDB for the same.

`PEER_CALLS` names a file with what the portal itself asked, for each token and route. Reads ask it again. Writes put in
the version that the client has seen and the moment, as the portal does. There is no sealing, no masking and no wording.
"""

import base64
import copy
import json
import os
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config
from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel


def _bytes(found: dict[str, Any]) -> Any:
    return base64.b64decode(found["base64"]) if found.keys() == {"base64"} else found


CALLS = json.loads(Path(os.environ["PEER_CALLS"]).read_text(), object_hook=_bytes)
app = FastAPI()
client: Any = boto3.client("dynamodb", config=Config(max_pool_connections=50))
methods = {
    "BatchGetItem": client.batch_get_item,
    "GetItem": client.get_item,
    "Query": client.query,
    "TransactWriteItems": client.transact_write_items,
}
read = TypeDeserializer().deserialize
Token = Annotated[str, Header(alias="Authorization")]


class Search(BaseModel):
    """Filters of the list."""

    service: str


class Draft(BaseModel):
    """A draft's content."""

    group_name: str
    office: str
    contact: str
    contact_phone: str
    contact_email: str
    reason: str
    pickup: dict[str, str]
    invoice_profile_id: str
    persons: list[dict[str, Any]]
    attachments: list[str]


class InvoiceProfile(BaseModel):
    """An invoice profile."""

    name: str
    tax_number: str
    region_code: str
    address: str
    phone: str
    invoice_email: str
    email_contact: str
    email_contact_phone: str
    filing_contact: str
    filing_contact_phone: str


@app.get("/v1/me")
def me(token: Token) -> Response:
    """Account, enterprise and unread messages."""
    return _found(_asked(_calls(token, "me")))


@app.get("/v1/messages")
def messages(token: Token) -> Response:
    """First page."""
    return _found(_asked(_calls(token, "messages")))


@app.post("/v1/applications/search")
def search(token: Token, wanted: Search) -> Response:  # noqa: ARG001 - parsed, as the portal does
    """First page."""
    return _found(_asked(_calls(token, "search")))


@app.get("/v1/applications/{number}")
def application(token: Token, number: str) -> Response:  # noqa: ARG001
    """One with its persons."""
    return _found(_asked(_calls(token, "application")))


@app.put("/v1/drafts/{draft_id}")
def save_draft(token: Token, draft_id: str, draft: Draft, if_match: Annotated[str, Header()]) -> Response:
    """Save, if it is the version that was seen."""
    *before, (write, parameters) = _anew(token, "draft")
    seen = int(if_match.strip('"'))
    put = parameters["TransactItems"][0]["Put"]
    put["ExpressionAttributeValues"][":is_version"]["N"] = str(seen)
    put["Item"]["version"]["N"] = str(seen + 1)
    _asked([*before, (write, parameters)])
    members = [person["name"] for person in draft.persons]
    return _json({"id": draft_id, "version": seen + 1, "members": members, "content": draft.model_dump()})


@app.put("/v1/invoice-profiles/{profile_id}")
def save_profile(token: Token, profile_id: str, profile: InvoiceProfile) -> Response:
    """Save, with a line of the audit."""
    *before, (write, parameters) = _anew(token, "profile")
    stored = _asked(before)[-1]["Item"]
    seen = int(stored["version"]["N"])
    update, put = (next(iter(each.values())) for each in parameters["TransactItems"])
    update["ExpressionAttributeValues"] |= {":seen": {"N": str(seen)}, ":set_version": {"N": str(seen + 1)}}
    put["Item"]["sk"]["S"] = f"{put['Item']['at']['S']}#{uuid.uuid4().hex}"
    _asked([(write, parameters)])
    return _json({"id": profile_id, "version": seen + 1, **profile.model_dump()})


def _anew(token: str, route: str) -> list[Any]:
    """The calls of a route that writes, to be filled in: a transaction with a token of its own."""
    calls = copy.deepcopy(_calls(token, route))
    calls[-1][1]["ClientRequestToken"] = str(uuid.uuid4())
    return calls


def _calls(token: str, route: str) -> list[Any]:
    if token not in CALLS:
        raise HTTPException(401)
    found: list[Any] = CALLS[token][route]
    return found


def _asked(calls: list[Any]) -> list[dict[str, Any]]:
    return [methods[operation](**parameters) for operation, parameters in calls]


def _found(replies: list[dict[str, Any]]) -> Response:
    rows = [
        {name: read(value) for name, value in item.items()}
        for reply in replies
        for items in (reply.get("Items", []), *reply.get("Responses", {}).values())
        for item in items
    ]
    return _json({"items": rows})


def _json(content: Any) -> Response:
    return Response(json.dumps(content, default=_plain, ensure_ascii=False), media_type="application/json")


def _plain(value: Any) -> Any:
    """Numbers and sealed bytes of the table."""
    return int(value) if isinstance(value, Decimal) else base64.b64encode(bytes(value)).decode()
