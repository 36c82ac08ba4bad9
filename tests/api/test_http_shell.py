"""The HTTP shell: invalid input, headers, languages, access and logs; no input causes a 500."""

import json
import re

import pytest

from testing import people
from tests.support import logs

SECURITY = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "access-control-allow-origin": "http://127.0.0.1:8001",
}


CACHED = {"cache-control": "no-cache", "vary": "Accept-Language, Accept-Encoding", "etag": ""}

# Bodies


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe{}",
        b'{"group_name": "\xff"}',
        b'{"group_name": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"group_name": "x"} trailing',
        "{“group_name”: 1}".encode(),
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_not_json_is_malformed(owner, body):
    answer = owner("POST", "/drafts", body, Content_Type="application/json")
    assert (answer.status, answer.code, answer.body["message"]) == (400, "MALFORMED", "请求内容无法识别。")


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"NaN", b"true"])
def test_json_that_is_not_an_object_is_refused(owner, body):
    answer = owner("POST", "/drafts", body)
    assert (answer.status, answer.code) in ((400, "MALFORMED"), (422, "INVALID"))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"status_version": NaN}', {"status_version"}),
        (b'{"status_version": Infinity}', {"status_version"}),
        (b'{"status_version": 1e999}', {"status_version"}),
        (b'{"status_version": 1.5}', {"status_version"}),
        (b'{"status_version": "1"}', {"status_version"}),
        (b'{"status_version": true}', {"status_version"}),
        (b'{"status_version": -1}', {"status_version"}),
        (b'{"status_version": null}', {"status_version"}),
        (b'{"status_version": [1]}', {"status_version"}),
        (b"{}", {"status_version"}),
        (b'{"status_version": 1, "reason": "x"}', {"reason"}),
    ],
)
def test_a_value_of_a_wrong_type_is_refused_by_its_field(owner, body, fields):
    answer = owner("POST", "/applications/APEC20261121000001/withdraw", body)
    assert (answer.status, set(answer.fields)) == (422, fields)


def test_a_version_of_a_hundred_digits_is_an_outdated_version(owner, world):
    number = world.application(owner)["number"]
    answer = owner("POST", f"/applications/{number}/withdraw", b'{"status_version": 1' + b"0" * 100 + b"}")
    assert answer.status in (409, 422)


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", "", "json"])
def test_a_body_requires_the_json_content_type(owner, media_type):
    answer = owner("POST", "/drafts", b"{}", Content_Type=media_type)
    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_content_type_with_a_character_set_is_accepted(owner):
    assert owner("POST", "/drafts", b"{}", Content_Type="Application/JSON; charset=utf-8").status == 201


def test_a_body_of_more_than_one_mebibyte_is_refused(owner):
    def body(size):
        return b'{"group_name": "' + b"x" * (size - 18) + b'"}'

    assert owner("POST", "/drafts", body(1024 * 1024)).fields == {"group_name": "string_too_long"}
    answer = owner("POST", "/drafts", body(1024 * 1024 + 1))
    assert (answer.status, answer.code) == (413, "TOO_LARGE")


NASTY = ["\0", "a\0b", "\x1b[31m", "\u202e", "\u2028", "😀" * 50, "{0.__class__}", "%s%n", "{code}", "'; --", "../../x"]


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_unusual_texts_are_refused_or_returned_unchanged(owner, world, text):
    saved = owner("POST", "/drafts", {"group_name": text, "persons": [{"name": text}]})
    assert saved.status in (201, 422)
    if saved.status == 201:
        assert owner.ok("GET", f"/drafts/{saved.body['id']}")["content"]["group_name"] == text
        owner.ok("DELETE", f"/drafts/{saved.body['id']}")
    for path, form in (
        ("/sessions", {"identity": "agent", "login": text, "password": text}),
        ("/registrations", world.registration() | {"ticket_id": text, "ticket_secret": text, "address": text}),
        ("/sessions/elicence", {"ticket_id": text, "ticket_secret": text}),
        ("/elicence/callback", {"assertion": text}),
        ("/email-codes", {"ticket_id": text, "ticket_secret": text, "email": text}),
    ):
        assert world.anybody("POST", path, form).status in (401, 422)
    for path, form in (
        ("/agents", people.agent(name=text, username=text)),
        ("/applications", {"draft_id": text}),
        ("/applications/search", {"service": "new_or_renewal", "number": text, "cursor": text}),
        ("/applications/search", {"service": "new_or_renewal", "passport_number": text}),
        ("/attachments", {"kind": text, "filename": text, "content_type": text, "size": 1}),
    ):
        assert owner("POST", path, form).status < 500


@pytest.mark.parametrize(
    "value",
    [
        "%00",
        "a%2Fb",
        "%2e%2e%2f",
        "%FF",
        "%",
        "%zz",
        "%E6%B5%8B",
        "a%23b",
        "x" * 1500,
        "%0a",
        "%20",
        "PURGE",
        "APEC%31",
    ],
)
def test_an_unusual_path_is_not_found(owner, value):
    calls = [
        ("GET", f"/applications/{value}", None),
        ("GET", f"/persons/{value}", None),
        ("GET", f"/drafts/{value}", None),
        ("GET", f"/agents/{value}", None),
        ("DELETE", f"/sessions/{value}", None),
        ("POST", f"/messages/{value}/read", None),
    ]
    for method, path, body in calls:
        answer = owner(method, path, body)
        assert (answer.status, answer.code) == (404, "NOT_FOUND"), path


def test_a_percent_encoded_path_is_decoded(world, owner):
    number = world.application(owner)["number"]
    assert owner("GET", f"/applications/%41PEC{number[4:]}").status == 200
    assert owner("GET", f"/persons/{number}%2D01").status == 200


# Headers


def test_every_reply_including_errors_has_the_security_headers(world, owner):
    answers = [
        world.anybody("GET", "/health"),
        world.anybody("GET", "/me"),
        owner("GET", "/me"),
        owner("POST", "/drafts", b"{"),
        owner("GET", "/drafts/unknown"),
        owner("DELETE", "/drafts/purge-notice"),
        owner("GET", "/office/applications/x"),
    ]
    assert [answer.status for answer in answers] == [200, 401, 200, 400, 404, 204, 403]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY
        assert "retry-after" in answer.headers["access-control-expose-headers"].lower()
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


def test_a_problem_has_the_shape_of_the_contract(world):
    answer = world.anybody("POST", "/sessions", {"identity": "robot"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["request_id"] == answer.headers["x-request-id"]
    assert set(answer.body) == {"type", "title", "status", "code", "message", "errors", "request_id"}
    assert (answer.body["status"], answer.body["code"], answer.body["message"]) == (
        422,
        "INVALID",
        "部分内容填写有误，请按提示修改。",
    )
    assert {error["field"] for error in answer.body["errors"]} == {"identity", "login", "password"}


@pytest.mark.parametrize("language", ["en", "en-US,en;q=0.9", "EN"])
def test_problems_are_in_english_on_request(world, language):
    answer = world.anybody("POST", "/email-codes", {"ticket_id": "x", "ticket_secret": "x"}, Accept_Language=language)
    assert answer.body["message"] == "Some fields need correction."
    assert answer.body["errors"] == [{"field": "email", "code": "missing", "message": "E-mail account: Required"}]


@pytest.mark.parametrize("language", ["zh-CN,zh;q=0.9,en;q=0.8", "fr", "", "*"])
def test_problems_are_in_chinese_by_default(world, language):
    answer = world.anybody("GET", "/me", Accept_Language=language)
    assert answer.body["message"] == "请先登录，或登录已失效，请重新登录。"


@pytest.mark.accepts("L02", "L05")
def test_reference_data_are_sent_again_only_after_a_change(world):
    for path in ("/reference", "/reference/regions"):
        first = world.anybody("GET", path)
        etag = first.headers["etag"]
        assert re.fullmatch(r'"[0-9a-f]{32}"', etag)
        for named in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = world.anybody("GET", path, If_None_Match=named)
            assert (first.status, again.status, again.raw) == (200, 304, b"")
            assert {name: again.headers[name] for name in CACHED} == {**CACHED, "etag": etag}
        assert {name: first.headers[name] for name in CACHED} == {**CACHED, "etag": etag}
        for named in ('"other"', etag[1:-1], etag.upper(), ""):
            assert world.anybody("GET", path, If_None_Match=named).status == 200
    reference = world.anybody("GET", "/reference").body
    names = [service["name"] for service in reference["services"]]
    assert names == ["新办/续办", "提前制卡", "换补卡", "未制卡仅更换护照", "注销卡"]
    assert len([economy for economy in reference["economies"] if economy["decides"]]) == 16


def test_a_public_reply_of_one_language_is_not_taken_for_the_other(world):
    for path in ("/reference", "/reference/regions"):
        chinese, english = (world.anybody("GET", path, Accept_Language=language) for language in ("zh", "en"))
        assert chinese.headers["etag"] != english.headers["etag"]
        assert world.anybody("GET", path, Accept_Language="en", If_None_Match=chinese.headers["etag"]).status == 200


def test_every_reply_that_is_not_public_data_is_never_stored(world, owner):
    from chalicelib.handlers.http.routing import ROUTES

    assert [route.path for route in ROUTES if route.cacheable] == ["/v1/reference", "/v1/reference/regions"]
    for answer in (
        world.anybody("GET", "/reference?x=1"),
        world.anybody("GET", "/health"),
        owner("GET", "/enterprise", If_None_Match="*"),
        owner("GET", "/statistics/economies"),
    ):
        assert (answer.headers["cache-control"], "vary" in answer.headers) == ("no-store", False)


# Access


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer x", "Bearer a.b.c", "Bearer a#b.c.d", "Bearer ...",
     "Bearer " + "x" * 5000, "Bearer 测.试.x", "Token a.b.c"],
    ids=lambda header: str(header)[:20],
)  # fmt: skip
def test_a_request_without_a_valid_session_is_refused(world, header):
    sent = {} if header is None else {"Authorization": header}
    answer = world.anybody("GET", "/me", **sent)
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


def test_every_route_except_the_public_ones_requires_a_session(world):
    from chalicelib.handlers.http.access import Access
    from chalicelib.handlers.http.routing import ROUTES

    before = world.table()
    for route in ROUTES:
        if route.access is Access.PUBLIC:
            continue
        path = route.path.removeprefix("/v1").replace("{", "").replace("}", "")
        answer = world.anybody(route.method, path, {"anything": 1})
        assert (answer.status, answer.code) == (401, "UNAUTHENTICATED"), route.path
    assert world.table() == before


def test_the_wrong_kind_of_account_is_forbidden_before_the_body_is_read(world, owner):
    agent, fao = world.agent(owner), world.desk("fao-hunan")
    for user, method, path in (
        (agent, "POST", "/agents"),
        (owner, "POST", "/office/search"),
        (fao, "POST", "/applications"),
        (fao, "PUT", "/office/persons/x/economies/SGP"),
    ):
        answer = user(method, path, b"{")
        assert (answer.status, answer.code, answer.body["message"]) == (403, "FORBIDDEN", "当前账号无权进行此操作。")


# Logs


def test_logs_are_json_lines_without_personal_data(world):
    with logs.recorded() as log:
        user = world.enterprise()
        form = people.agent(name="测试日志甲")
        user.ok("POST", "/agents", form)
        content = world.content(user)
        content["persons"][0] |= {"name": "测试日志乙"}
        number = user.ok("POST", "/applications", {"content": content})["number"]
        user.ok("POST", f"/persons/{number}-01/reveal", {"fields": ["phone"], "reason": "与本人核对"})
        content["persons"][0] |= {"id_number": "430102190001010016"}
        user("POST", "/applications", {"content": content})
        world.deliver()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {"time", "level", "event"} <= set.intersection(*(set(line) for line in lines))
    requests = [line for line in lines if line["event"] == "request"]
    assert {"request_id", "route", "status", "ms"} <= set.intersection(*(set(line) for line in requests))
    person = content["persons"][0]
    secrets = [form["name"], form["id_number"], form["email"], form["username"], form["password"], user.token]
    secrets += [person[name] for name in ("name", "passport_number", "id_number", "phone", "email")]
    secrets += [user.account["email"], user.account["display_name"], number, "0731-88888888"]
    assert [secret for secret in secrets if secret in log.getvalue()] == []
