"""The simulated licence platform over its page's server: download, managers, delegates, authorisations (R06-R21)."""

import html
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from chalice.app import Chalice, Response

from sandbox.http.api_server import ApiServer, listen
from sandbox.wallet.page import add_wallet
from sandbox.wallet.wallet import Wallet
from testing import people
from testing.running import Client
from tests.support.phones import TODAY, Phones, member

CONSULAR = "电子政务-外交-领事服务"


@pytest.fixture
def portal():
    """A portal that accepts everything and remembers what the wallet vouched for."""
    app: Any = Chalice("portal", configure_logs=False)
    app.claims = []

    @app.route("/callback", methods=["POST"])
    def callback():
        assertion = app.current_request.json_body["assertion"]
        app.claims.append(jwt.decode(assertion, options={"verify_signature": False}))
        return Response("", status_code=204)

    with ApiServer(app, listen(0, "PORT"), web_origin="https://web.example") as server:
        app.qr_content = "elicence://sign?" + urlencode(
            {"ticket": "t", "nonce": "n", "purpose": "recover", "callback": f"{server.url}/callback"}
        )
        yield app


@pytest.fixture
def page(tmp_path):
    app = Chalice("page", configure_logs=False)
    add_wallet(app, Wallet(tmp_path))
    server = ApiServer(app, listen(0, "SANDBOX_PORT"), web_origin="https://web.example")
    with server, Client(server.url) as client:
        yield client


@pytest.fixture
def phones(page, portal):
    return Phones(page, portal)


@pytest.fixture
def claimed(phones):
    """The same after the legal representative's download."""
    assert phones.download(phones.representative).status_code == 201
    return phones


def refused(answer, status, words):
    assert (answer.status_code, words in answer.json()["message"]) == (status, True), answer.text


# Download


@pytest.mark.accepts("R06")
def test_only_the_legal_representative_downloads_first_and_nobody_scans_or_authorises_before(phones):
    refused(phones.scan(phones.representative), 409, "尚未下载")
    refused(phones.call("POST", "/managers", member("管理员乙")), 409, "尚未下载")
    refused(phones.call("POST", "/delegates", member("办事人丙")), 409, "尚未下载")
    assert phones.portal.claims == []
    assert phones.download(phones.representative).status_code == 201
    assert phones.stated(phones.representative) is None


@pytest.mark.accepts("R06")
def test_after_a_change_of_the_representative_nobody_downloads_before_the_new_one(claimed):
    manager = claimed.add("managers", "管理员乙")
    successor = member("法人丁")
    form = {"legal_representative": successor, "downloaded": False}
    assert claimed.call("PATCH", "", form).status_code == 204
    claimed.people[claimed.representative] = successor
    refused(claimed.download(manager), 409, "首次下载只能由法定代表人")
    assert claimed.download(claimed.representative).status_code == 201
    assert claimed.download(manager).status_code == 201


@pytest.mark.accepts("R06")
@pytest.mark.parametrize("may_authorize", [True, False])
def test_a_manager_downloads_after_the_legal_representative_and_then_scans(claimed, may_authorize):
    manager = claimed.add("managers", "管理员乙", may_authorize=may_authorize)
    refused(claimed.scan(manager), 409, "尚未下载")
    assert claimed.download(manager).status_code == 201
    assert claimed.stated(manager) is None
    assert claimed.portal.claims[-1]["holder"] == {"kind": "manager", "name": "管理员乙"}


@pytest.mark.accepts("R07")
@pytest.mark.parametrize(
    "wrong", [{"name": "法人乙"}, {"id_number": "11010519491231002X"}, {"id_number": "1"}, {"name": "法人甲 乙"}]
)
def test_a_holder_who_fails_the_real_name_check_is_referred_to_the_market_supervision_office(phones, wrong):
    refused(phones.download(phones.representative, **wrong), 403, "市场监督管理部门")
    refused(phones.scan(phones.representative), 409, "尚未下载")


@pytest.mark.accepts("R07")
def test_nobody_passes_the_check_with_another_persons_name_and_number(claimed):
    manager = claimed.add("managers", "管理员乙")
    other = claimed.people[claimed.representative]
    refused(claimed.download(manager, name=other["name"], id_number=other["id_number"]), 403, "市场监督管理部门")


def test_a_download_can_be_repeated_and_its_errors_name_missing_fields(phones):
    first, again = phones.download(phones.representative), phones.download(phones.representative)
    assert again.json() == first.json()
    assert phones.download(phones.representative, name="").json()["errors"] == [{"field": "name", "message": "请填写"}]
    assert phones.call("POST", "/downloads", {"holder_id": "x", "name": "x", "id_number": "x"}).status_code == 404


def test_the_licence_of_an_inactive_enterprise_cannot_be_downloaded(phones):
    assert phones.call("PATCH", "", {"status": "revoked"}).status_code == 204
    refused(phones.download(phones.representative), 409, "存续")
    assert "吊销" in phones.text()


# Authorisations


@pytest.mark.accepts("R14")
def test_only_the_representative_and_a_manager_with_the_right_can_authorise(claimed):
    delegate = claimed.add("delegates", "办事人丙")
    able = claimed.add("managers", "管理员乙", may_authorize=True)
    unable = claimed.add("managers", "管理员丁")
    refused(claimed.grant(delegate, granted_by=able), 409, "尚未下载")
    for manager in (able, unable):
        assert claimed.download(manager).status_code == 201
    for nobody in (unable, delegate, "x"):
        refused(claimed.grant(delegate, granted_by=nobody), 403, "仅法定代表人或具有下级授权权限")
    assert claimed.grant(delegate, granted_by=able).status_code == 201
    assert claimed.grant(delegate, granted_by=claimed.representative).status_code == 201
    refused(claimed.grant(able), 404, "持照人")


@pytest.mark.accepts("R14", "R18", "R19", "R20", "R21")
def test_a_holder_without_the_right_to_authorise_cannot_change_delegates_or_cancel(claimed):
    manager = claimed.add("managers", "管理员丁")
    claimed.download(manager)
    delegate = claimed.add("delegates", "办事人丙")
    authorization = claimed.granted(delegate)
    by = f"?by={manager}"
    words = "仅法定代表人或具有下级授权权限"
    refused(claimed.call("POST", "/delegates", {**member("办事人戊"), "by": manager}), 403, words)
    refused(claimed.call("PATCH", f"/delegates/{delegate}", {"name": "办事人己", "by": manager}), 403, words)
    refused(claimed.call("DELETE", f"/delegates/{delegate}{by}"), 403, words)
    refused(claimed.call("DELETE", f"/authorizations/{authorization}{by}"), 403, words)
    refused(claimed.call("POST", "/managers", {**member("管理员庚"), "by": manager}), 403, "仅法定代表人")
    refused(claimed.call("DELETE", f"/managers/{manager}{by}"), 403, "仅法定代表人")


@pytest.mark.accepts("R15")
def test_an_authorised_delegate_can_download_before_the_first_day(claimed):
    delegate = claimed.add("delegates", "办事人丙")
    refused(claimed.download(delegate), 409, "没有可用的授权")
    refused(claimed.scan(delegate), 409, "尚未下载")
    tomorrow = str(TODAY + timedelta(days=1))
    claimed.granted(delegate, starts_on=tomorrow, ends_on=tomorrow)
    refused(claimed.scan(delegate), 409, "尚未下载")
    assert claimed.download(delegate).status_code == 201
    assert claimed.stated(delegate)["starts_on"] == tomorrow
    assert "未生效（可下载，不可使用）" in claimed.text()


@pytest.mark.accepts("R15")
def test_an_expired_authorisation_does_not_permit_a_download(claimed):
    delegate = claimed.add("delegates", "办事人丙")
    claimed.granted(delegate, starts_on="2020-01-01", ends_on="2020-12-31")
    refused(claimed.download(delegate), 409, "没有可用的授权")
    assert "已到期" in claimed.text()


@pytest.mark.accepts("R16")
def test_a_full_authorisation_has_a_first_and_a_last_day_and_covers_everything(claimed):
    delegate = claimed.add("delegates", "办事人丙")
    claimed.granted(delegate, items=["与全业务无关"])
    claimed.download(delegate)
    term = {"starts_on": str(TODAY), "ends_on": str(TODAY)}
    assert claimed.stated(delegate) == {"mode": "full", "items": [], **term}
    assert "全业务授权：全部事项" in claimed.text()
    errors = claimed.grant(delegate, ends_on=str(TODAY - timedelta(days=1))).json()["errors"]
    assert errors == [{"field": "ends_on", "message": "截止日期不能早于开始日期"}]


@pytest.mark.accepts("R13", "R17")
def test_a_precise_authorisation_names_its_items_and_the_page_proposes_the_consular_one(claimed):
    delegate = claimed.add("delegates", "办事人丙")
    errors = claimed.grant(delegate, mode="precise", items=[]).json()["errors"]
    assert errors == [{"field": "items", "message": "请选择授权事项"}]
    claimed.granted(delegate, mode="precise", items=[CONSULAR])
    claimed.download(delegate)
    assert (claimed.stated(delegate)["mode"], claimed.stated(delegate)["items"]) == ("precise", [CONSULAR])
    assert "电子政务 — 外交 — 领事服务" in claimed.text()
    assert f"精准授权：{CONSULAR}" in claimed.text()


@pytest.mark.accepts("R18")
def test_with_its_last_authorisation_cancelled_a_downloaded_licence_is_void_until_it_is_downloaded_again(claimed):
    delegate = claimed.add("delegates", "办事人丙")
    first, second = claimed.granted(delegate), claimed.granted(delegate, mode="precise", items=[CONSULAR])
    claimed.download(delegate)
    assert claimed.call("DELETE", f"/authorizations/{first}").status_code == 204
    assert claimed.stated(delegate)["mode"] == "precise"
    assert claimed.call("DELETE", f"/authorizations/{second}").status_code == 204
    assert claimed.stated(delegate) is None, "nothing stands behind a void licence"
    assert "办事人丙（办事人 · 已失效）" in claimed.text()
    assert claimed.text().count("已失效（授权已取消）") == 2
    refused(claimed.call("DELETE", f"/authorizations/{second}"), 404, "未找到该授权")
    refused(claimed.download(delegate), 409, "没有可用的授权")
    claimed.granted(delegate)
    refused(claimed.scan(delegate), 409, "尚未下载")
    assert claimed.download(delegate).status_code == 201
    assert claimed.stated(delegate)["mode"] == "full"


# Delegates and managers


@pytest.mark.accepts("R19")
def test_a_delegate_is_added_with_name_number_and_phone_by_a_manager_with_the_right(claimed):
    manager = claimed.add("managers", "管理员乙", may_authorize=True)
    claimed.download(manager)
    claimed.add("delegates", "办事人丙", by=manager)
    assert "办事人丙 办事人" in claimed.text()
    answer = claimed.call("POST", "/delegates", {"name": "", "id_number": "1", "phone": "1"})
    assert sorted(error["field"] for error in answer.json()["errors"]) == ["id_number", "name", "phone"]


@pytest.mark.accepts("R20")
def test_number_and_phone_are_fixed_from_the_download_to_the_last_cancellation(claimed):
    delegate = claimed.add("delegates", "办事人丙")
    fresh = {"id_number": people.make_id_number(), "phone": "13911111111"}
    authorizations = [claimed.granted(delegate), claimed.granted(delegate)]
    assert claimed.call("PATCH", f"/delegates/{delegate}", {"phone": "13922222222"}).status_code == 200
    claimed.download(delegate)
    answer = claimed.call("PATCH", f"/delegates/{delegate}", {"name": "办事人未", **fresh})
    refused(answer, 409, "取消其全部授权")
    assert [error["field"] for error in answer.json()["errors"]] == ["id_number", "phone"]
    assert claimed.call("PATCH", f"/delegates/{delegate}", {"name": "办事人丁"}).status_code == 200
    claimed.call("DELETE", f"/authorizations/{authorizations[0]}")
    assert claimed.call("PATCH", f"/delegates/{delegate}", fresh).status_code == 409
    claimed.call("DELETE", f"/authorizations/{authorizations[1]}")
    assert claimed.call("PATCH", f"/delegates/{delegate}", fresh).status_code == 200
    assert f"办事人丁 办事人 {fresh['id_number']} {fresh['phone']}" in claimed.text()


@pytest.mark.accepts("R21")
def test_the_authorisations_of_a_deleted_delegate_are_void_and_its_phone_cannot_scan(claimed):
    delegate = claimed.add("delegates", "办事人丙")
    claimed.granted(delegate)
    claimed.download(delegate)
    assert claimed.call("DELETE", f"/delegates/{delegate}").status_code == 204
    refused(claimed.scan(delegate), 404, "未找到该持照人")
    assert "已失效（办事人已删除）" in claimed.text()
    refused(claimed.call("DELETE", f"/delegates/{delegate}"), 404, "未找到该持照人")


@pytest.mark.accepts("R21")
def test_the_authorisations_granted_by_a_deleted_manager_are_void(claimed):
    manager = claimed.add("managers", "管理员乙", may_authorize=True)
    claimed.download(manager)
    delegate, other = claimed.add("delegates", "办事人丙"), claimed.add("delegates", "办事人丁")
    claimed.granted(delegate, granted_by=manager)
    claimed.granted(other)
    for one in (delegate, other):
        claimed.download(one)
    refused(claimed.call("DELETE", f"/delegates/{manager}"), 404, "未找到该持照人")
    assert claimed.call("DELETE", f"/managers/{manager}").status_code == 204
    refused(claimed.scan(manager), 404, "未找到该持照人")
    assert claimed.stated(delegate) is None
    assert claimed.stated(other)["mode"] == "full"
    assert "已失效（授权人已删除）" in claimed.text()


def test_a_sixth_manager_is_refused(claimed):
    for _ in range(5):
        claimed.add("managers", "管理员乙")
    refused(claimed.call("POST", "/managers", member("管理员丙")), 409, "最多5名")


# Clients that know the contract alone


def test_for_clients_that_never_download_the_first_scan_is_the_download(page, portal):
    form = {"name": "测试企业", "uscc": people.make_uscc(), "legal_representative": member("法人甲")}
    made = page.ok("POST", "/wallet/licences", form)
    base, person = f"/wallet/licences/{made['licence_id']}", member("办事人丙")
    delegate = page.ok("POST", f"{base}/delegates", person)["holder_id"]
    scan = {**made, "qr_content": portal.qr_content, "action": "confirm"}
    assert page.ok("POST", "/wallet/scan", scan) == {"status": 204, "body": None}
    refused(page("POST", "/wallet/scan", {**scan, "holder_id": delegate}), 409, "尚未下载")
    term = {"starts_on": str(TODAY), "ends_on": str(TODAY)}
    page.ok("POST", f"{base}/authorizations", {"holder_id": delegate, "mode": "full", **term})
    page.ok("PATCH", f"{base}/delegates/{delegate}", {"phone": "13911111111"})
    assert page.ok("POST", "/wallet/scan", {**scan, "holder_id": delegate}) == {"status": 204, "body": None}
    assert page("PATCH", f"{base}/delegates/{delegate}", {"phone": "13922222222"}).status_code == 409


# The page


@pytest.mark.accepts("R06", "R07")
def test_the_page_explains_how_to_get_a_licence_and_that_it_is_not_official(phones):
    text = phones.text()
    for words in (
        "非官方",
        "首次下载必须由其本人完成",
        "到当地市场监督管理部门下载",
        "《执照下载声明》",
        "微信",
        "支付宝",
    ):
        assert words in text


def test_names_with_markup_are_escaped_on_the_page(claimed):
    name = "\"'><script>alert(1)</script>{{ 7 * 7 }}"
    delegate = claimed.add("delegates", name)
    claimed.granted(delegate, mode="precise", items=[name])
    claimed.call("DELETE", f"/authorizations/{claimed.granted(delegate)}")
    shown = claimed.page("GET", "/wallet").text
    assert shown.count("<script") == 1
    assert name not in shown
    assert html.escape(name, quote=False).replace('"', "&#34;").replace("'", "&#39;") in shown
