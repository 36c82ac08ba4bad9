"""The sandbox: resources, licence wallet, schedules, mailbox, and the HTTP edge over a real socket."""

import http.client
import io
import json
import socket
import stat
import sys
import types
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import boto3
import jwt
import pytest
from chalice.app import Blueprint, Chalice, Rate, Response
from moto import mock_aws

from chalicelib.handlers.http.serving import HEADERS
from sandbox import environment, service
from sandbox.directory import locked
from sandbox.engine import cloud
from sandbox.engine.engine import Engine
from sandbox.errors import DirectoryBusy, DirectoryOutdated, PortBusy
from sandbox.http import request_time
from sandbox.http.api_server import ApiServer, listen
from sandbox.http.forms import read_form
from sandbox.http.gateway_problems import GatewayProblem, problem_body
from sandbox.http.refusals import CallRefused
from sandbox.http.request_time import REQUEST_SECONDS, TimedReading
from sandbox.mailbox import Mailbox
from sandbox.portal_page import portal_page
from sandbox.schedule_times import UnknownExpression, next_run
from sandbox.schedules import Schedules, UnknownFunction, find
from sandbox.wallet.forms import Grant, NewLicence, Person, PersonChange, Scan
from sandbox.wallet.store import HolderKind
from sandbox.wallet.wallet import Wallet

PERSON = {"name": "张三", "id_number": "11010519491231002X", "phone": "13800000001"}
LICENCE = {"name": "湖南测试有限公司", "uscc": "91110000600037341L", "legal_representative": PERSON}
NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


# Resources


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def test_the_table_has_every_index_and_the_expiry_of_the_deployment(aws):
    client = boto3.client("dynamodb")
    cloud.create_table(client, "portal")
    cloud.create_table(client, "portal")
    table = client.describe_table(TableName="portal")["Table"]
    declared = cloud.properties("PortalTable")
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {
        index["IndexName"] for index in declared["GlobalSecondaryIndexes"]
    }
    expiry = client.describe_time_to_live(TableName="portal")["TimeToLiveDescription"]
    assert expiry["AttributeName"] == declared["TimeToLiveSpecification"]["AttributeName"]


def test_tables_of_an_earlier_version_are_refused_and_left_alone(aws, tmp_path):
    client = boto3.client("dynamodb")
    service.create_tables(tmp_path)
    service.create_tables(tmp_path)
    client.update_table(TableName=environment.TABLE, DeletionProtectionEnabled=False)
    client.delete_table(TableName=environment.TABLE)
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    types = [{"AttributeName": "pk", "AttributeType": "S"}]
    client.create_table(
        TableName=environment.TABLE, KeySchema=keys, AttributeDefinitions=types, BillingMode="PAY_PER_REQUEST"
    )
    client.put_item(TableName=environment.TABLE, Item={"pk": {"S": "kept"}})
    with pytest.raises(DirectoryOutdated, match=str(tmp_path)):
        service.create_tables(tmp_path)
    assert client.scan(TableName=environment.TABLE)["Count"] == 1


def test_the_key_is_found_again_and_the_bucket_is_closed_to_the_public(aws):
    kms, s3 = boto3.client("kms"), boto3.client("s3")
    assert cloud.create_key(kms) == cloud.create_key(kms)
    for _ in range(2):
        cloud.create_bucket(s3, "portal-files", "https://portal.example")
    block = s3.get_public_access_block(Bucket="portal-files")["PublicAccessBlockConfiguration"]
    assert all(block.values())
    assert s3.get_bucket_versioning(Bucket="portal-files")["Status"] == "Enabled"
    cors = s3.get_bucket_cors(Bucket="portal-files")["CORSRules"]
    assert [rule["AllowedOrigins"] for rule in cors] == [["https://portal.example"]]
    kept = s3.get_bucket_lifecycle_configuration(Bucket="portal-files")["Rules"]
    declared = cloud.properties("PortalBucket")["LifecycleConfiguration"]["Rules"]
    assert [rule["ID"] for rule in kept] == [rule["Id"] for rule in declared]
    assert [rule["Expiration"] for rule in kept if rule["ID"] == "exports-live-one-day"] == [{"Days": 1}]


def test_a_second_start_of_the_engine_restores_keys_items_objects_and_mail(tmp_path):
    context = {"purpose": "test"}
    with Engine(tmp_path) as engine:
        kms, s3, table = clients(engine)
        key = cloud.create_key(kms)
        wrapped = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
        cloud.create_table(table, "portal")
        table.put_item(TableName="portal", Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
        cloud.create_bucket(s3, "portal-files", "https://portal.example")
        s3.put_object(Bucket="portal-files", Key="exports/人员.xlsx", Body=b"PK")
        send_mail(engine)
    with Engine(tmp_path) as engine:
        kms, s3, table = clients(engine)
        assert cloud.create_key(kms) == key
        opened = kms.decrypt(CiphertextBlob=wrapped["CiphertextBlob"], EncryptionContext=context)
        assert opened["Plaintext"] == wrapped["Plaintext"]
        assert "Item" in table.get_item(TableName="portal", Key={"pk": {"S": "a"}, "sk": {"S": "b"}})
        assert s3.get_object(Bucket="portal-files", Key="exports/人员.xlsx")["Body"].read() == b"PK"
        assert [mail.subject for mail in Mailbox(engine).mails("someone@x.cn")] == ["审批结果"]
        engine.reset()
        assert table.list_tables()["TableNames"] == []


def clients(engine):
    return [session(engine).client(name, endpoint_url=engine.url) for name in ("kms", "s3", "dynamodb")]


def session(engine):
    variables = engine.environment()
    return boto3.Session(
        variables["AWS_ACCESS_KEY_ID"],
        variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_DEFAULT_REGION"],
    )


def send_mail(engine):
    ses = session(engine).client("sesv2", endpoint_url=engine.url)
    cloud.create_identity(ses, "portal@abtc.example")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "portal@abtc.example", "someone@x.cn", "审批结果"
    mail.set_content("正文")
    ses.send_email(
        FromEmailAddress="portal@abtc.example",
        Destination={"ToAddresses": ["someone@x.cn"]},
        Content={"Raw": {"Data": mail.as_bytes()}},
    )


# The wallet


@pytest.fixture
def wallet(tmp_path):
    return Wallet(tmp_path)


@pytest.fixture
def licence(wallet):
    return wallet.add_licence(read_form(NewLicence, LICENCE))


@pytest.fixture
def portal():
    """A portal that remembers the assertions it gets and accepts all but the nonce `old`."""
    app: Any = Chalice("portal", configure_logs=False)
    app.assertions = []

    @app.route("/v1/elicence/callback", methods=["POST"])
    def callback():
        app.assertions.append(app.current_request.json_body["assertion"])
        if facts(app)["nonce"] == "old":
            return Response({"code": "REFUSED"}, status_code=401)
        return Response("", status_code=204)

    with serving(app) as server:
        app.callback = f"{server.url}/v1/elicence/callback"
        yield app


def serving(app):
    return ApiServer(app, listen(0, "PORT"), web_origin="https://web.example")


def qr(callback, nonce="n1"):
    return "elicence://sign?" + urlencode({"ticket": "t1", "nonce": nonce, "purpose": "login", "callback": callback})


def scan(wallet, licence_id, holder_id, content, action="confirm"):
    form = Scan(licence_id=licence_id, holder_id=holder_id, qr_content=content, action=action)
    return wallet.scan(form)


def facts(portal):
    return jwt.decode(portal.assertions[-1], options={"verify_signature": False})


def grant(wallet, licence_id, holder_id, **changes):
    content = {"holder_id": holder_id, "mode": "full", "starts_on": "2020-01-01", "ends_on": "2099-12-31"}
    return wallet.authorize(licence_id, read_form(Grant, content | changes))


def test_a_scan_posts_an_assertion_signed_by_the_published_key_to_the_portal(tmp_path, wallet, licence, portal):
    licence_id, holder_id = licence
    assert scan(wallet, licence_id, holder_id, qr(portal.callback)) == (204, None)
    keys = jwt.PyJWKSet.from_dict(Wallet(tmp_path).jwks())
    token = portal.assertions[0]
    key = keys[jwt.get_unverified_header(token)["kid"]].key
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="abtc-portal", issuer="elicence-platform")
    assert (claims["ticket"], claims["nonce"], claims["action"]) == ("t1", "n1", "confirm")
    assert claims["purpose"] == "login"
    assert claims["enterprise"] == {
        "name": "湖南测试有限公司",
        "uscc": "91110000600037341L",
        "legal_representative": "张三",
        "status": "active",
    }
    assert claims["holder"] == {"kind": "legal_representative", "name": "张三"}
    assert claims["authorization"] is None
    assert "d" not in wallet.jwks()["keys"][0]
    assert stat.S_IMODE((tmp_path / "licence-platform.json").stat().st_mode) == 0o600


def test_a_refusal_by_the_portal_is_passed_on(wallet, licence, portal):
    licence_id, holder_id = licence
    assert scan(wallet, licence_id, holder_id, qr(portal.callback, nonce="old")) == (401, {"code": "REFUSED"})


@pytest.mark.parametrize("content", [qr("http://192.0.2.1/v1"), qr("file:///etc/passwd"), "elicence://sign", "你好"])
def test_an_assertion_never_leaves_the_machine(wallet, licence, content):
    licence_id, holder_id = licence
    with pytest.raises(CallRefused) as refused:
        scan(wallet, licence_id, holder_id, content)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"uscc": "91110000600037341X"}, "uscc"),
        (
            {"legal_representative": {**PERSON, "id_number": "110105194912310021"}},
            "legal_representative.id_number",
        ),
        ({"name": " "}, "name"),
    ],
)
def test_a_licence_with_a_wrong_number_is_refused_with_the_field(change, field):
    with pytest.raises(CallRefused) as refused:
        read_form(NewLicence, LICENCE | change)
    errors: Any = refused.value.body["errors"]
    assert [error["field"] for error in errors] == [field]


def test_a_delegate_shows_the_authorisation_in_force_and_none_after_its_end(wallet, licence, portal):
    licence_id, _ = licence
    delegate = wallet.add_delegate(licence_id, Person(**PERSON))
    grant(wallet, licence_id, delegate, starts_on="2099-01-01")
    precise = grant(wallet, licence_id, delegate, mode="precise", items=["电子政务-外交-领事服务"])
    scan(wallet, licence_id, delegate, qr(portal.callback))
    assert facts(portal)["authorization"] == {
        "mode": "precise",
        "items": ["电子政务-外交-领事服务"],
        "starts_on": "2020-01-01",
        "ends_on": "2099-12-31",
    }
    wallet.cancel_authorization(licence_id, precise)
    scan(wallet, licence_id, delegate, qr(portal.callback))
    assert facts(portal)["authorization"]["starts_on"] == "2099-01-01"


def test_after_the_download_number_and_phone_are_fixed_until_all_authorisations_are_cancelled(wallet, licence, portal):
    licence_id, _ = licence
    delegate = wallet.add_delegate(licence_id, Person(**PERSON))
    authorization = grant(wallet, licence_id, delegate)
    scan(wallet, licence_id, delegate, qr(portal.callback))
    with pytest.raises(CallRefused) as refused:
        wallet.change_delegate(licence_id, delegate, PersonChange(phone="13900000000"))
    assert refused.value.status == 409
    wallet.change_delegate(licence_id, delegate, PersonChange(name="李四"))
    wallet.cancel_authorization(licence_id, authorization)
    wallet.change_delegate(licence_id, delegate, PersonChange(phone="13900000000"))
    assert wallet.licences()[licence_id].holders[delegate].phone == "13900000000"


def test_deleting_a_delegate_ends_all_its_authorisations(wallet, licence):
    licence_id, _ = licence
    delegate = wallet.add_delegate(licence_id, Person(**PERSON))
    grant(wallet, licence_id, delegate)
    wallet.remove_member(licence_id, delegate, HolderKind.DELEGATE)
    assert wallet.licences()[licence_id].authorizations == {}


# Schedules


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", NOON + timedelta(minutes=1)),
        ("rate(12 hours)", NOON + timedelta(hours=12)),
        ("cron(0 13 * * ? *)", datetime(2026, 3, 1, 13, tzinfo=UTC)),
        ("cron(0 12 * * ? *)", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("cron(30 * * * ? *)", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("cron(0 * * * ? *)", datetime(2026, 3, 1, 13, tzinfo=UTC)),
    ],
)
def test_the_next_run_is_later_than_now(expression, expected):
    assert next_run(expression, NOON) == expected


@pytest.mark.parametrize("expression", ["cron(0 12 1 * ? *)", "cron(*/5 * * * ? *)", "rate(soon)"])
def test_an_unsupported_expression_is_an_error(expression):
    with pytest.raises(UnknownExpression):
        next_run(expression, NOON)


@pytest.fixture
def ticking(monkeypatch):
    """An application with one scheduled function, `scheduled.tick`, that returns its event."""
    module: Any = types.ModuleType("scheduled.tick")
    routes = Blueprint("scheduled.tick")

    @routes.schedule(Rate(1, unit=Rate.HOURS), name="tick")
    def tick(event):
        return event.to_dict()

    module.tick = tick
    monkeypatch.setitem(sys.modules, "scheduled.tick", module)
    app = Chalice("ticking", configure_logs=False)
    app.register_blueprint(routes)
    return app


def test_a_scheduled_function_is_found_and_gets_the_event_that_eventbridge_sends(ticking):
    assert find(ticking) == {"tick": "rate(1 hour)"}
    event = Schedules(find(ticking), region="us-east-1").run("tick", NOON)
    assert event["time"] == "2026-03-01T12:00:30Z"
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    with pytest.raises(UnknownFunction):
        Schedules(find(ticking), region="us-east-1").run("os", NOON)


# The second port


class FakeEngine:
    def request(self, *_):
        mail = {
            "CC": [],
            "BCC": [],
            "BodyText": "文 <：https://web.example/messages",
            "BodyHtml": "<script>",
            "Timestamp": 1.5,
        }
        first = {**mail, "To": ["a@x.cn", "b@x.cn"], "Subject": "=?utf-8?b?5Lit5paH?="}
        second = {**mail, "To": ["A@x.cn"], "Subject": "<b>"}
        return 200, json.dumps({"messages": {"000000000000": [first, second]}}).encode()


@pytest.fixture
def page(wallet, ticking):
    schedules = Schedules(find(ticking), region="us-east-1")
    engine: Any = FakeEngine()
    home = {
        "api_url": "",
        "site_url": "https://web.example",
        "passwords": {"agent": {"demoagent": "demo password"}},
        "officers": [],
        "officers_file": "",
        "schedules": {},
    }
    with serving(portal_page(Mailbox(engine), wallet, schedules, home)) as server:
        yield server


def test_the_mailbox_has_one_entry_for_each_recipient_newest_first(page):
    status, _, body = call(page, "GET", "/mailbox?to=a@x.cn")
    assert status == 200
    assert [(item["to"], item["subject"]) for item in json.loads(body)["items"]] == [
        ("A@x.cn", "<b>"),
        ("a@x.cn", "中文"),
    ]
    _, _, shown = call(page, "GET", "/mailbox", headers={"Accept": "text/html,*/*"})
    assert b"<script>" not in shown


def test_a_link_in_the_text_of_a_mail_can_be_clicked(page):
    shown = call(page, "GET", "/mailbox", headers={"Accept": "text/html,*/*"})[2].decode()
    link = '<a href="https://web.example/messages" target="_blank" rel="noopener">https://web.example/messages</a>'
    assert f"文 &lt;：{link}</pre>" in shown


def test_the_home_page_offers_the_demo_accounts_to_copy_and_to_sign_in_with(page):
    shown = call(page, "GET", "/", headers={"Accept": "text/html,*/*"})[2].decode()
    assert 'data-copy="demoagent"' in shown
    assert 'data-copy="demo password"' in shown
    assert 'href="https://web.example/sign-in?demo=demoagent"' in shown


def test_a_function_runs_at_the_requested_time(page):
    json_type = {"Content-Type": "application/json"}
    status, _, body = call(page, "POST", "/run/tick", b'{"time": "2026-03-01T20:00:00+08:00"}', json_type)
    assert (status, json.loads(body)["time"]) == (200, "2026-03-01T12:00:00Z")
    assert call(page, "POST", "/run/tick", b'{"time": "soon"}', json_type)[0] == 422
    assert call(page, "POST", "/run/os")[0] == 404


@pytest.mark.parametrize(
    "time",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
    ],
)
def test_a_time_out_of_range_is_refused_and_nothing_runs(page, time):
    json_type = {"Content-Type": "application/json"}
    status, _, body = call(page, "POST", "/run/tick", json.dumps({"time": time}).encode(), json_type)
    assert (status, json.loads(body)["message"]) == (422, "时间超出范围")
    assert json.loads(body)["errors"] == [{"field": "time", "message": "应在2000年至2199年之间"}]


@pytest.mark.parametrize("path", ["/run/tick", "/wallet/licences", "/wallet/scan"])
@pytest.mark.parametrize(
    "body", [b"[" * 50_000, b'{"time": ' * 20_000, b'{"time": ' + b"[" * 4_000 + b"]" * 4_000 + b"}"]
)
def test_json_that_is_nested_too_deeply_is_refused(page, path, body):
    assert call(page, "POST", path, body, {"Content-Type": "application/json"})[0] == 422


def test_the_wallet_replies_over_http_as_documented(page, portal):
    json_type = {"Content-Type": "application/json"}
    status, _, body = call(page, "POST", "/wallet/licences", json.dumps(LICENCE).encode(), json_type)
    assert status == 201
    form = {**json.loads(body), "qr_content": qr(portal.callback), "action": "scan"}
    status, _, body = call(page, "POST", "/wallet/scan", json.dumps(form).encode(), json_type)
    assert (status, json.loads(body)) == (200, {"status": 204, "body": None})
    form["qr_content"] = qr(portal.callback, nonce="old")
    status, _, body = call(page, "POST", "/wallet/scan", json.dumps(form).encode(), json_type)
    assert (status, json.loads(body)["status"]) == (422, 401)


# The HTTP edge


@pytest.fixture
def api():
    app: Any = Chalice("edge", configure_logs=False)

    @app.route("/things/{thing}", methods=["PUT"])
    def put(thing):
        return {"thing": thing, "bytes": len(app.current_request.raw_body)}

    with serving(app) as server:
        yield server


def call(server, method, path, body=None, headers=None):
    host, port = server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def send(server, text):
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text.encode())
        return connection.makefile("rb").read()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/things/1", 405, "METHOD_NOT_ALLOWED"),
        ("TRACE", "/things/1", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_an_unknown_path_and_a_wrong_method_are_refused_with_problem_json(api, method, path, status, code):
    answered, headers, body = call(api, method, path)
    problem = json.loads(body)
    assert (answered, problem["code"]) == (status, code)
    assert list(problem) == ["type", "title", "status", "code", "message", "errors", "request_id"]
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["X-Request-Id"] == problem["request_id"]
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert headers["Access-Control-Allow-Origin"] == "https://web.example"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Content-Length: -1", 400),
        ("Content-Length: ten", 400),
        ("Content-Length: 1\r\nContent-Length: 2", 400),
        ("Content-Length: 10485761", 413),
        ("Content-Length: 10485761\r\nExpect: 100-continue", 413),
        ("Transfer-Encoding: chunked", 411),
        ("Authorization: Bearer 中文\r\nConnection: close", 404),
    ],
)
def test_a_badly_framed_request_is_refused_and_the_connection_closed(api, headers, status):
    reply = send(api, f"PUT /unknown HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n")
    assert reply.startswith(f"HTTP/1.1 {status} ".encode())
    assert b'"request_id"' in reply


def test_a_connection_serves_many_requests_also_after_a_problem(api):
    host, port = api.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    statuses = []
    for method, path in [
        ("PUT", "/things/1"),
        ("POST", "/nothing"),
        ("HEAD", "/things/1"),
        ("PUT", "/things/2"),
    ]:
        connection.request(method, path, b"abc")
        response = connection.getresponse()
        response.read()
        statuses.append((response.status, id(connection.sock)))
    connection.close()
    assert [status for status, _ in statuses] == [200, 404, 405, 200]
    assert len({sock for _, sock in statuses}) == 1


def test_a_stalled_client_does_not_delay_others(api):
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as stalled:
        stalled.sendall(b"PUT /things/1 HTTP/1.1\r\nContent-Length: 5\r\n\r\nab")
        assert call(api, "PUT", "/things/2", b"abc")[0] == 200


class Dripping:
    """A connection over which a byte comes every five seconds, and its clock."""

    def __init__(self):
        self.time, self.waited = 0.0, []

    def settimeout(self, seconds):
        self.waited.append(seconds)

    def recv_into(self, buffer):
        buffer[0] = 0
        self.time += 5
        return 1


def test_a_slow_request_ends_by_its_deadline():
    connection: Any = Dripping()
    reading = TimedReading(connection, 60, lambda: connection.time)
    with pytest.raises(TimeoutError):
        io.BufferedReader(reading).read(1000)
    assert connection.time == 5 + REQUEST_SECONDS == 125
    assert connection.waited[0::2] == [60] * 14 + list(range(55, 0, -5))
    assert set(connection.waited[1::2]) == {60}
    reading.next_request()
    assert reading.read(1) == b"\0"


def test_a_body_that_is_incomplete_at_the_deadline_is_refused_and_the_connection_closed(api, monkeypatch):
    monkeypatch.setattr(request_time, "REQUEST_SECONDS", 0.0)
    reply = send(api, "PUT /things/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    assert reply.startswith(b"HTTP/1.1 408 ")
    assert b'"MALFORMED"' in reply


def test_a_head_that_is_incomplete_at_the_deadline_ends_the_connection(api, monkeypatch):
    monkeypatch.setattr(request_time, "REQUEST_SECONDS", 0.0)
    assert send(api, "PUT /things/1 HTTP/1.1\r\nHost") == b""


def test_a_busy_port_is_named_with_the_setting_to_change():
    with listen(0, "PORT") as taken, pytest.raises(PortBusy, match="SANDBOX_PORT"):
        listen(taken.getsockname()[1], "SANDBOX_PORT")


def test_a_directory_is_used_by_one_sandbox_at_a_time(tmp_path):
    with locked(tmp_path / "data"), pytest.raises(DirectoryBusy), locked(tmp_path / "data"):
        pass
    with locked(tmp_path / "data") as descriptor:
        assert descriptor > 2


def test_a_function_that_crashes_has_an_unknown_outcome():
    """It may have committed its transaction before; API Gateway answers INTEGRATION_FAILURE alike."""
    problem = GatewayProblem(HTTPStatus.INTERNAL_SERVER_ERROR)
    assert (problem.status, problem.headers) == (503, {"Retry-After": "1"})
    body = json.loads(problem_body(problem.status, "id", english=False))
    assert (body["status"], body["code"], body["message"]) == (503, "OUTCOME_UNKNOWN", "结果未知，请刷新核对后再重试。")
