"""账号设置 over HTTP: agents with their masks and limits, invoice profiles (H01-H15, I02-I05)."""

import pytest

from testing import people


def refused(user, path, form):
    """The fields that were refused, with what people read about them."""
    answer = user("POST", path, form)
    assert (answer.status, answer.code) == (422, "INVALID")
    return {error["field"]: error["message"] for error in answer.body["errors"]}


# Agents


@pytest.mark.accepts("H02", "H06", "H07", "H15")
def test_a_new_agent_is_shown_masked_and_has_the_wide_scope(world):
    owner = world.enterprise()
    form = people.agent(
        name="测试丁",
        id_number="430102190001010023",
        phone="13712345678",
        email="secretary@enterprise.example",
        username="Agent12345",
    )
    created = owner.ok("POST", "/agents", form)
    expected = {
        "name": "测试丁",
        "id_number": "**************0023",
        "phone": "137****5678",
        "email": "****@enterprise.example",
        "username": "*******345",
        "scope": "all",
        "receives_mail": True,
        "authorized": True,
        "created_at": "2026-11-21T04:30:00.000Z",
        "masked": ["id_number", "phone", "email", "username"],
    }
    assert {name: created[name] for name in expected} == expected
    assert "password" not in created
    assert owner.ok("GET", "/agents") == {"items": [created], "next_cursor": None, "can_add": True}
    assert owner.ok("GET", f"/agents/{created['id']}") == created


@pytest.mark.accepts("H15")
def test_an_agent_can_be_limited_to_its_own_applications(world, owner):
    assert world.agent(owner, scope="own").account["scope"] == "own"


def test_a_user_name_is_unique_across_enterprises_and_letter_cases(world, owner):
    name = f"Name{people.serial()}"
    owner.ok("POST", "/agents", people.agent(username=name))
    for user in (owner, world.enterprise()):
        before = world.table()
        answer = user("POST", "/agents", people.agent(username=name.swapcase()))
        assert (answer.status, answer.code) == (409, "ALREADY_EXISTS")
        assert world.table() == before


@pytest.mark.accepts("H10")
def test_a_twenty_first_agent_is_refused_even_if_others_are_revoked(world):
    owner = world.enterprise()
    forms = [people.agent() for _ in range(20)]
    for form in forms:
        owner.ok("POST", "/agents", form)
    listed = owner.ok("GET", "/agents")
    assert (len(listed["items"]), listed["can_add"]) == (20, False)
    world.revoke(world.sign_in("agent", forms[0]["username"], forms[0]["password"]))
    before = world.table()
    answer = owner("POST", "/agents", people.agent())
    assert (answer.status, answer.code) == (409, "LIMIT_REACHED")
    assert world.table() == before


@pytest.mark.accepts("H04")
@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"name": "甲"}, {"name": "姓名或名称：至少2个字符。"}),
        ({"id_number": "430102190001010024"}, {"id_number": "身份证号：身份证号不正确，请核对18位号码。"}),
        ({"phone": "66688888"}, {"phone": "联系电话：请填写11位手机号。"}),
        ({"email": "nobody"}, {"email": "邮箱：邮箱格式不正确。"}),
        (
            {"username": "abc"},
            {"username": "用户名：用户名设置要求：4-20位字符，仅支持数字+英文组合！"},
        ),
        ({"username": "经办人一号"}, {"username": "用户名：用户名设置要求：4-20位字符，仅支持数字+英文组合！"}),
        ({"password": "short"}, {"password": "密码：密码至少8位。"}),
        ({"id_number": "**************0023"}, {"id_number": "身份证号：该内容为隐藏显示的值，请填写完整内容。"}),
        ({"phone": "137****5678"}, {"phone": "联系电话：该内容为隐藏显示的值，请填写完整内容。"}),
        ({"nickname": "x"}, {"nickname": "nickname：不认识的字段"}),
    ],
    ids=str,
)
def test_each_invalid_field_of_an_agent_has_its_message(world, owner, changes, messages):
    assert refused(owner, "/agents", people.agent(**changes)) == messages


def test_the_message_about_a_choice_is_in_chinese(world, owner):
    message = refused(owner, "/agents", people.agent(scope="some"))["scope"]
    assert message.startswith("经办人权限：取值须为：")
    assert " or " not in message


def test_the_user_name_is_refused_as_a_password(world, owner):
    form = people.agent(username="agentoffice1", password="AgentOffice1")
    assert list(refused(owner, "/agents", form)) == ["password"]


def test_all_fields_of_an_agent_except_the_scope_are_required(world, owner):
    messages = refused(owner, "/agents", {})
    assert sorted(messages) == ["email", "id_number", "name", "password", "phone", "username"]
    assert messages["username"] == "用户名：必填"


@pytest.mark.accepts("A02")
def test_only_the_enterprise_manages_agents(world, owner):
    agent, officer = world.agent(owner), world.desk("fao-hunan")
    for user in (agent, officer):
        for answer in (user("GET", "/agents"), user("POST", "/agents", people.agent())):
            assert (answer.status, answer.code) == (403, "FORBIDDEN")


def test_foreign_agents_and_the_own_account_are_answered_like_unknown_agents(world, owner):
    other = world.enterprise()
    agent = world.agent(owner)
    unknown = other("GET", "/agents/unknown")
    for account in (agent.account["id"], other.account["id"]):
        answer = other("GET", f"/agents/{account}")
        assert answer.status == 404
        assert answer.body | {"request_id": ""} == unknown.body | {"request_id": ""}


# Invoice profiles

TEN = [
    "address",
    "email_contact",
    "email_contact_phone",
    "filing_contact",
    "filing_contact_phone",
    "invoice_email",
    "name",
    "phone",
    "region_code",
    "tax_number",
]


@pytest.mark.accepts("I02", "I05")
def test_every_account_of_an_enterprise_adds_and_sees_all_invoice_profiles(world):
    owner = world.enterprise()
    agent = world.agent(owner, scope="own")
    form = people.invoice_profile()
    first = owner.ok("POST", "/invoice-profiles", form)
    assert {name: first[name] for name in TEN} == form
    world.time.forward(seconds=1)
    second = agent.ok("POST", "/invoice-profiles", people.invoice_profile(name="测试企业二部"))
    for user in (owner, agent):
        assert user.ok("GET", "/invoice-profiles")["items"] == [first, second]


def test_another_enterprise_sees_no_invoice_profiles(world, owner):
    world.profile(owner)
    assert world.enterprise().ok("GET", "/invoice-profiles")["items"] == []


@pytest.mark.accepts("I05")
def test_all_fields_of_an_invoice_profile_are_required(world, owner):
    messages = refused(owner, "/invoice-profiles", {})
    assert sorted(messages) == TEN
    assert messages["email_contact_phone"] == "邮箱联系人电话：必填"


@pytest.mark.accepts("I04")
def test_a_twenty_first_invoice_profile_is_refused(world):
    owner = world.enterprise()
    for _ in range(20):
        owner.ok("POST", "/invoice-profiles", people.invoice_profile())
    listed = owner.ok("GET", "/invoice-profiles")
    assert (len(listed["items"]), listed["can_add"]) == (20, False)
    before = world.table()
    answer = owner("POST", "/invoice-profiles", people.invoice_profile())
    assert (answer.status, answer.code) == (409, "LIMIT_REACHED")
    assert world.table() == before


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"name": ""}, {"name": "姓名或名称：至少2个字符。"}),
        ({"tax_number": "123"}, {"tax_number": "纳税人识别号：纳税人识别号应为15、17、18或20位数字或大写字母。"}),
        ({"region_code": "999999"}, {"region_code": "注册地：请从列表中选择所在地区。"}),
        ({"address": "  "}, {"address": "详细地址：至少1个字符。"}),
        ({"phone": "123"}, {"phone": "联系电话：请填写正确的手机号或固定电话。"}),
        ({"invoice_email": "x"}, {"invoice_email": "电子发票接收邮箱：邮箱格式不正确。"}),
        ({"email_contact": None}, {"email_contact": "邮箱联系人：须为文字。"}),
        ({"email_contact_phone": 13900000000}, {"email_contact_phone": "邮箱联系人电话：须为文字。"}),
        ({"filing_contact": "甲" * 51}, {"filing_contact": "备案单位联系人：最多50个字符。"}),
        ({"filing_contact_phone": "x"}, {"filing_contact_phone": "备案单位联系人电话：请填写正确的手机号或固定电话。"}),
    ],
    ids=str,
)
def test_each_invalid_field_of_an_invoice_profile_has_its_message(world, owner, changes, messages):
    assert refused(owner, "/invoice-profiles", people.invoice_profile(**changes)) == messages
