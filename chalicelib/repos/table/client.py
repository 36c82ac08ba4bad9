"""The DynamoDB client of the tables: botocore's, without what botocore repeats for each call (decision 0081).

Events, credentials, signatures, retries and errors are botocore's, and so are the bytes that are sent. Parts of the
client are replaced by ones that know that nothing changes between two calls: parameters are sent as they are given,
replies are parsed as JSON (binary values stay in base64, see `marshalling.load`), and the endpoint and the user agent
are worked out once.

These parts are private to botocore. `CONTRACT` says what this module expects of them; if a version of botocore has
changed one, the plain client serves instead, and a line of the log says so.
"""

import base64
import functools
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from chalicelib.repos.process import aws, log

try:
    from botocore.context import ClientContext, get_context
except ImportError:  # another version: the plain client serves
    ClientContext = get_context = None

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROTOCOL = {"protocol": "json", "jsonVersion": "1.0", "targetPrefix": "DynamoDB_20120810"}
"""What the description of DynamoDB must say about its protocol."""

CONTRACT: Mapping[str, tuple[str, ...]] = {
    "_serializer.serialize_to_request": ("self", "parameters", "operation_model"),
    "_ruleset_resolver.construct_endpoint": ("self", "operation_model", "call_args", "request_context"),
    "_user_agent_creator.to_string": ("self",),
    "_user_agent_creator.rebuild_and_replace_user_agent_handler": ("self", "operation_name", "request"),
    "_endpoint._response_parser_factory.create_parser": ("self", "protocol_name"),
}
"""The methods of a client that are replaced, with their positional parameters."""

ACCOUNT_ID = "AWS::Auth::AccountId"
"""The only input of the rules of the endpoint that may change: credentials may name an account, which has its own."""


class Changed(Exception):
    """Raised when botocore is not built as `CONTRACT` says."""


def client() -> "DynamoDBClient":
    """The client for all operations on items, shared by all threads of the process."""
    made: DynamoDBClient = _of(aws.client("dynamodb"))
    return made


@functools.lru_cache(maxsize=1)
def _of(plain: Any) -> Any:
    try:
        return _lighter(plain)
    except Changed as changed:
        log.event("plain_client", changed=str(changed))
        return plain


def _lighter(plain: Any) -> Any:
    """A copy of the client with the replaced parts; it shares events, connections and credentials with the original."""
    for path, expected in CONTRACT.items():
        _check(plain, path, expected)
    _check_protocol(plain.meta.service_model.metadata)
    if get_context is None or not hasattr(ClientContext(), "features"):
        raise Changed("context")
    account = _part(plain, "_ruleset_resolver._builtins").get(ACCOUNT_ID)
    lighter = _copy(plain)
    lighter._serializer = _Serializer()
    lighter._ruleset_resolver = _Endpoints(plain._ruleset_resolver, account)
    lighter._user_agent_creator = _UserAgent(plain._user_agent_creator)
    lighter._endpoint = _copy(plain._endpoint)
    lighter._endpoint._response_parser_factory = _Parsers(plain._endpoint._response_parser_factory)
    # The handler belongs to the events, which both clients share.
    events, moment = plain.meta.events, "request-created.dynamodb"
    events.unregister(moment, plain._user_agent_creator.rebuild_and_replace_user_agent_handler)
    events.register_last(moment, lighter._user_agent_creator.rebuild_and_replace_user_agent_handler)
    return lighter


def _copy(original: Any) -> Any:
    # Not `copy.copy`: a client answers the question for any attribute with an event.
    duplicate = object.__new__(type(original))
    vars(duplicate).update(vars(original))
    return duplicate


def _check(plain: Any, path: str, expected: tuple[str, ...]) -> None:
    code = getattr(_part(plain, path), "__code__", None)
    if code is None or code.co_varnames[: code.co_argcount] != expected:
        raise Changed(path)


def _check_protocol(metadata: Mapping[str, Any]) -> None:
    if any(metadata.get(name) != value for name, value in PROTOCOL.items()) or "awsQueryCompatible" in metadata:
        raise Changed("metadata")


def _part(plain: Any, path: str) -> Any:
    found = plain
    for name in path.split("."):
        try:
            # A client answers a question for an attribute that it does not have with an event.
            known = getattr(found, "__dict__", {})
            found = known[name] if name in known else getattr(type(found), name)
        except AttributeError as error:
            raise Changed(path) from error
    return found


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


_encode = json.JSONEncoder(default=_base64).encode


class _Serializer:
    """Sends parameters as they are, bytes in base64."""

    def serialize_to_request(self, parameters: Mapping[str, Any], operation_model: Any) -> dict[str, Any]:
        """The request without its address, as botocore's serializer for JSON makes it."""
        target = f"{PROTOCOL['targetPrefix']}.{operation_model.name}"
        return {
            "url_path": "/",
            "query_string": "",
            "method": "POST",
            "headers": {"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{PROTOCOL['jsonVersion']}"},
            "body": _encode(parameters).encode(),
        }


class _Endpoints:
    """Remembers the endpoint for each account of the credentials."""

    def __init__(self, plain: Any, account: Callable[[], str | None] | None) -> None:
        self._plain = plain
        self._account = account or (lambda: None)
        self._known: dict[str | None, tuple[Any, frozenset[str]]] = {}

    def construct_endpoint(
        self, operation_model: Any, call_args: Mapping[str, Any], request_context: dict[str, Any]
    ) -> Any:
        """The address of DynamoDB, and the features that botocore notes for the user agent when it works it out."""
        account, noted = self._account(), get_context().features
        if account not in self._known:
            before = set(noted)
            found = self._plain.construct_endpoint(operation_model, call_args, request_context)
            self._known[account] = found, frozenset(noted - before)
        endpoint, features = self._known[account]
        noted |= features
        return endpoint

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


class _UserAgent:
    """Remembers the user agent for each set of noted features."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain
        self._known: dict[frozenset[str], str] = {}

    def to_string(self) -> str:
        """The user agent of the current call."""
        context = get_context()
        features = frozenset(context.features) if context else frozenset()
        if features not in self._known:
            self._known[features] = self._plain.to_string()
        return self._known[features]

    def rebuild_and_replace_user_agent_handler(self, request: Any, **_: Any) -> None:
        """Handle `request-created`, the last of its handlers."""
        if request.headers.get("User-Agent"):
            request.headers.replace_header("User-Agent", self.to_string())


class _Parsers:
    """Makes the parser of each reply: always the same one."""

    def __init__(self, plain: Any) -> None:
        self._parser = _Parser(plain.create_parser("json"))

    def create_parser(self, _protocol_name: str) -> "_Parser":
        """The parser of DynamoDB's protocol."""
        return self._parser


class _Parser:
    """Parses replies as JSON, without their shapes; errors and what is no JSON object are left to botocore."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        """The reply with its metadata."""
        if response["status_code"] != 200:
            return self._plain.parse(response, shape)
        try:
            parsed = from_json(response["body"])  # twice as fast as `json`
        except ValueError:
            return self._plain.parse(response, shape)
        if not isinstance(parsed, dict):
            return self._plain.parse(response, shape)
        headers = {name.lower(): value for name, value in response["headers"].items()}
        metadata = {"HTTPStatusCode": 200, "HTTPHeaders": headers}
        if "x-amzn-requestid" in headers:
            metadata["RequestId"] = headers["x-amzn-requestid"]
        parsed["ResponseMetadata"] = metadata
        return parsed
