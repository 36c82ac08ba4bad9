"""账号设置: the enterprise's profile, renewal of its licence elements by scan, the mail switch (A05-A08, H09)."""

import pytest

from testing.world import User

PROFILE = {
    "phone": "0731-88888888",
    "region_code": "430102",
    "address": "测试路1号",
    "kind": "PRIVATE",
    "industry": "I",
    "staff_count": 12,
}


def registered(world, **elements):
    """An enterprise with every optional field filled in, and its licence elements."""
    on_licence = {**world.elements(), **elements}
    form = world.registration(**world.ticket("register", on_licence), **PROFILE)
    session = world.anybody.ok("POST", "/registrations", form)
    return User(world, session["token"], session["account"]), on_licence


def part(reply, names):
    return {name: reply[name] for name in names}


# 提交修改


@pytest.mark.accepts("A08")
def test_only_the_given_fields_of_the_enterprise_are_changed(world):
    owner, _ = registered(world)
    before = owner.ok("GET", "/enterprise")
    answer = owner("PATCH", "/enterprise", {"phone": "13800000000", "staff_count": 9_999_999})
    expected = before | {"phone": "13800000000", "staff_count": 9_999_999, "version": 2}
    assert (answer.status, answer.headers["etag"], answer.body) == (200, '"2"', expected)
    assert owner.ok("GET", "/enterprise") == owner.ok("GET", "/me")["enterprise"] == expected


@pytest.mark.accepts("A08")
def test_null_removes_an_optional_field(world):
    owner, _ = registered(world)
    optional = ("region_code", "address", "kind", "industry", "staff_count")
    shown = ("region", "kind_label", "industry_label")
    assert owner.ok("GET", "/enterprise")["region"] == "湖南省/长沙市/芙蓉区"
    owner.ok("PATCH", "/enterprise", dict.fromkeys(optional))
    assert part(owner.ok("GET", "/enterprise"), (*optional, *shown, "phone")) == {
        **dict.fromkeys((*optional, *shown)),
        "phone": "0731-88888888",
    }


def test_kind_and_industry_have_labels_in_the_language_of_the_reader(world):
    owner, _ = registered(world)
    owner.ok("PATCH", "/enterprise", {"kind": "CENTRAL_SOE", "industry": "I"})
    labels = ("kind_label", "industry_label")
    assert part(owner.ok("GET", "/enterprise"), labels) == {
        "kind_label": "中央企业",
        "industry_label": "信息传输、软件和信息技术服务业",
    }
    english = owner.ok("GET", "/me", Accept_Language="en")["enterprise"]
    assert all(english[label].isascii() for label in labels)


@pytest.mark.accepts("A05")
@pytest.mark.parametrize("name", ["name", "uscc", "legal_representative"])
def test_the_licence_elements_are_read_only(world, owner, name):
    before = world.table()
    answer = owner("PATCH", "/enterprise", {"phone": "13800000000", name: "测试企业二部"})
    assert (answer.status, answer.fields) == (422, {name: "extra_forbidden"})
    assert world.table() == before


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"phone": None}, {"phone": "string_type"}),
        ({"phone": "123"}, {"phone": "PHONE"}),
        ({"phone": "138****0000"}, {"phone": "MASKED_VALUE"}),
        ({"region_code": "999999"}, {"region_code": "REGION"}),
        ({"region_code": "430100"}, {"region_code": "REGION_DISTRICT"}),
        ({"address": "路" * 201}, {"address": "string_too_long"}),
        ({"kind": "CHARITY"}, {"kind": "ENTERPRISE_KIND"}),
        ({"industry": "?"}, {"industry": "INDUSTRY"}),
        ({"staff_count": 0}, {"staff_count": "greater_than_equal"}),
        ({"staff_count": 10_000_000}, {"staff_count": "less_than_equal"}),
        ({"staff_count": "12"}, {"staff_count": "int_type"}),
        ({"phone": "123", "staff_count": 0}, {"phone": "PHONE", "staff_count": "greater_than_equal"}),
    ],
    ids=str,
)
def test_an_invalid_field_is_named_and_changes_nothing(world, owner, changes, fields):
    before = world.table()
    answer = owner("PATCH", "/enterprise", {"address": "测试路3号"} | changes)
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before


def test_a_change_with_an_outdated_version_is_refused(world):
    owner, _ = registered(world)
    assert owner("PATCH", "/enterprise", {"address": "测试路2号"}, If_Match='"1"').status == 200
    before = world.table()
    for stale in ('"1"', '"3"', "x", "*"):
        answer = owner("PATCH", "/enterprise", {"address": "测试路3号"}, If_Match=stale)
        assert (answer.status, answer.code) == (412, "CONTENT_CHANGED")
    assert world.table() == before
    assert owner("PATCH", "/enterprise", {"address": "测试路4号"}).body["version"] == 3


@pytest.mark.accepts("A02")
def test_agents_and_officers_cannot_change_the_enterprise(world, agent):
    ticket = {"ticket_id": "x", "ticket_secret": "x"}
    email = {"email": "a@b.example", "email_code": "123456", "accept_terms": True}
    calls = [
        ("PATCH", "/enterprise", {"phone": "13800000000"}),
        ("PUT", "/enterprise/licence", ticket),
        ("PUT", "/me/email", email),
    ]
    users = (agent, world.desk("fao-hunan"), world.desk("consular"))
    before = world.table()
    for user in users:
        for method, path, body in calls:
            answer = user(method, path, body)
            assert (answer.status, answer.code) == (403, "FORBIDDEN")
    assert world.table() == before


# 更新企业三要素信息


@pytest.mark.accepts("A06")
def test_a_scan_of_the_same_licence_updates_name_and_legal_representative(world):
    owner, elements = registered(world)
    agent = world.agent(owner)
    renewed = {**elements, "name": f"{elements['name']}股份", "legal_representative": "测试癸"}
    answer = owner("PUT", "/enterprise/licence", world.ticket("update_licence", renewed))
    assert (answer.status, part(answer.body, renewed), answer.body["version"]) == (200, renewed, 2)
    assert part(answer.body, PROFILE) == PROFILE
    assert owner.ok("GET", "/me")["account"]["display_name"] == renewed["name"]
    assert part(agent.ok("GET", "/enterprise"), renewed) == renewed
    search = world.desk("consular").ok("POST", "/office/enterprises/search", {"name": renewed["name"]})
    assert [enterprise["uscc"] for enterprise in search["items"]] == [elements["uscc"]]


@pytest.mark.accepts("A06")
def test_another_enterprises_licence_is_refused_and_changes_nothing(world, owner):
    ticket = world.ticket("update_licence", world.elements())
    before = world.table()
    answer = owner("PUT", "/enterprise/licence", ticket)
    assert (answer.status, answer.code) == (409, "DIFFERENT_ENTERPRISE")
    assert answer.body["message"] == "所扫描的电子营业执照不属于本企业。"
    assert world.table() == before


def test_a_licence_with_too_long_a_name_is_refused_for_renewal_but_signs_in(world):
    owner, elements = registered(world)
    long = {**elements, "name": "测" * 201}
    answer = owner("PUT", "/enterprise/licence", world.ticket("update_licence", long))
    assert (answer.status, answer.fields) == (422, {"ticket_id": "LICENCE_NAME"})
    assert "超过200个字符" in answer.body["errors"][0]["message"]
    assert part(owner.ok("GET", "/enterprise"), elements) == elements
    assert world.anybody("POST", "/sessions/elicence", world.ticket("login", long)).status == 201


def test_a_scan_renews_the_licence_only_once_and_only_for_its_purpose(world):
    owner, elements = registered(world)
    ticket = world.ticket("update_licence", elements)
    assert owner("PUT", "/enterprise/licence", ticket).status == 200
    assert owner("PUT", "/enterprise/licence", ticket).fields == {"ticket_id": "TICKET_USED"}
    login = world.ticket("login", elements)
    assert owner("PUT", "/enterprise/licence", login).fields == {"ticket_id": "TICKET"}
    waiting = world.anybody.ok("POST", "/elicence/tickets", {"purpose": "update_licence"})
    form = {"ticket_id": waiting["ticket_id"], "ticket_secret": waiting["secret"]}
    assert owner("PUT", "/enterprise/licence", form).fields == {"ticket_id": "TICKET_UNCONFIRMED"}
    world.time.forward(seconds=180)
    assert owner("PUT", "/enterprise/licence", form).fields == {"ticket_id": "TICKET_EXPIRED"}


def test_concurrent_licence_renewals_do_not_mix_their_values(world):
    owner, elements = registered(world)
    licences = [{**elements, "legal_representative": name} for name in ("测试甲", "测试乙")]
    tickets = [world.ticket("update_licence", licence) for licence in licences]
    answers = world.together(*[lambda ticket=ticket: owner("PUT", "/enterprise/licence", ticket) for ticket in tickets])
    assert {answer.status for answer in answers} <= {200, 412}
    seen = owner.ok("GET", "/enterprise")
    assert seen["version"] == 1 + sum(answer.status == 200 for answer in answers)
    assert part(seen, elements) in licences


# 是否接收邮件


@pytest.mark.accepts("H09", "M05")
def test_the_agent_and_the_enterprise_set_the_same_mail_switch(world, owner):
    agent = world.agent(owner)
    path = f"/agents/{agent.account['id']}"
    assert (agent.account["receives_mail"], owner.ok("GET", path)["receives_mail"]) == (True, True)
    assert agent.ok("PUT", "/me/mail-preference", {"receives_mail": False})["receives_mail"] is False
    assert owner.ok("GET", path)["receives_mail"] is False
    assert owner.ok("PUT", f"{path}/mail-preference", {"receives_mail": True})["receives_mail"] is True
    assert agent.ok("GET", "/me")["account"]["receives_mail"] is True
    owner.ok("PUT", f"{path}/mail-preference", {"receives_mail": False})
    assert agent.ok("GET", "/me")["account"]["receives_mail"] is False


@pytest.mark.accepts("M05")
def test_the_enterprise_has_a_mail_switch_of_its_own(world, agent):
    owner = world.enterprise()
    assert owner.ok("PUT", "/me/mail-preference", {"receives_mail": False})["receives_mail"] is False
    assert owner.ok("GET", "/me")["account"]["receives_mail"] is False
    assert agent.ok("GET", "/me")["account"]["receives_mail"] is True


@pytest.mark.parametrize("value", [None, "true", 1])
def test_the_mail_switch_accepts_only_booleans(world, owner, agent, value):
    for user, path in (
        (agent, "/me/mail-preference"),
        (owner, f"/agents/{agent.account['id']}/mail-preference"),
    ):
        answer = user("PUT", path, {"receives_mail": value})
        assert (answer.status, answer.fields) == (422, {"receives_mail": "bool_type"})
