"""发票信息: adding, listing, editing and deleting invoice profiles, at most twenty; officers read them (I01-I08)."""

import pytest

from testing import people
from tests.support.refusals import messages_by_field


@pytest.fixture(scope="module")
def own_agent(portal, owner):
    """An agent who sees only its own applications."""
    return portal.agent(owner, scope="own")


def add(user, **changes):
    return user.ok("POST", "/invoice-profiles", people.invoice_profile(**changes))


def listed(user):
    return user.ok("GET", "/invoice-profiles")["items"]


def path(profile):
    return f"/invoice-profiles/{profile['id']}"


# Adding and listing

FIELDS = [
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
    assert {name: first[name] for name in FIELDS} == form
    assert first["region"] == "北京市/朝阳区"
    world.time.forward(seconds=1)
    second = agent.ok("POST", "/invoice-profiles", people.invoice_profile(name="测试企业二部"))
    for user in (owner, agent):
        listed = user.ok("GET", "/invoice-profiles")
        assert (listed["items"], listed["total"]) == ([first, second], 2)


def test_another_enterprise_sees_no_invoice_profiles(world, owner):
    world.profile(owner)
    assert world.enterprise().ok("GET", "/invoice-profiles")["items"] == []


@pytest.mark.accepts("I05")
def test_all_fields_of_an_invoice_profile_are_required(world, owner):
    messages = messages_by_field(owner, "/invoice-profiles", {})
    assert sorted(messages) == FIELDS
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
        ({"name": ""}, {"name": "名称：至少2个字符。"}),
        ({"tax_number": "123"}, {"tax_number": "纳税人识别号：纳税人识别号应为15、17、18或20位数字或大写字母。"}),
        ({"region_code": "999999"}, {"region_code": "注册地：请从列表中选择所在地区。"}),
        ({"region_code": "430000"}, {"region_code": "注册地：请选择到区县一级。"}),
        ({"region_code": "430100"}, {"region_code": "注册地：请选择到区县一级。"}),
        ({"address": "  "}, {"address": "详细地址：必填"}),
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
    assert messages_by_field(owner, "/invoice-profiles", people.invoice_profile(**changes)) == messages


@pytest.mark.accepts("I01")
def test_invoice_profiles_are_listed_in_the_order_of_their_creation(world):
    owner = world.enterprise()
    for name in ("发票抬头一", "发票抬头二", "发票抬头三"):
        world.time.forward(seconds=1)
        owner.ok("POST", "/invoice-profiles", people.invoice_profile(name=name))
    listed = owner.ok("GET", "/invoice-profiles")["items"]
    assert [profile["name"] for profile in listed] == ["发票抬头一", "发票抬头二", "发票抬头三"]


# Editing, deleting, access by others


@pytest.mark.accepts("I02", "I07")
def test_every_account_of_the_enterprise_edits_every_profile(world, owner, own_agent):
    profile = add(owner)
    for version, user in ((2, own_agent), (3, owner)):
        form = people.invoice_profile(
            name=f"测试企业{version}部",
            tax_number="91430100MA4L00003Q",
            region_code="430102",
            address="测试路9号",
            phone="0731-88888888",
            invoice_email=f"invoice{version}@enterprise.example",
            email_contact="测试甲",
            email_contact_phone="13800000001",
            filing_contact="测试乙",
            filing_contact_phone="13800000002",
        )
        answer = user("PUT", path(profile), form)
        expected = {"id": profile["id"], **form, "region": "湖南省/长沙市/芙蓉区", "version": version}
        assert (answer.status, answer.body, answer.headers["etag"]) == (200, expected, f'"{version}"')
        assert expected in listed(owner)
        assert expected in listed(own_agent)


@pytest.mark.accepts("I08")
def test_a_deleted_profile_is_not_found_by_any_account(world, owner, own_agent):
    remaining, deleted = add(owner), add(own_agent)
    assert own_agent("DELETE", path(deleted)).status == 204
    for user in (owner, own_agent):
        assert deleted["id"] not in {profile["id"] for profile in listed(user)}
        assert remaining in listed(user)
    for answer in (owner("DELETE", path(deleted)), owner("PUT", path(deleted), people.invoice_profile())):
        assert (answer.status, answer.code) == (404, "NOT_FOUND")


@pytest.mark.accepts("I04", "I08")
def test_deleting_a_profile_allows_another(world):
    owner = world.enterprise()
    profiles = [add(owner) for _ in range(20)]
    assert owner("POST", "/invoice-profiles", people.invoice_profile()).code == "LIMIT_REACHED"
    owner.ok("DELETE", path(profiles[7]))
    assert owner.ok("GET", "/invoice-profiles")["can_add"] is True
    add(owner)
    seen = owner.ok("GET", "/invoice-profiles")
    assert (len(seen["items"]), seen["can_add"]) == (20, False)
    assert owner("POST", "/invoice-profiles", people.invoice_profile()).code == "LIMIT_REACHED"


@pytest.mark.accepts("I04")
def test_concurrent_additions_stop_at_twenty_profiles(world):
    owner = world.enterprise()
    for _ in range(15):
        add(owner)
    answers = world.together(*[lambda: owner("POST", "/invoice-profiles", people.invoice_profile())] * 30)
    assert sorted(answer.status for answer in answers) == [201] * 5 + [409] * 25
    assert {answer.code for answer in answers if answer.status == 409} == {"LIMIT_REACHED"}
    assert len(listed(owner)) == 20


def test_concurrent_deletions_of_one_profile_allow_one_more(world):
    owner = world.enterprise()
    profiles = [add(owner) for _ in range(20)]
    answers = world.together(*[lambda: owner("DELETE", path(profiles[0]))] * 4)
    assert sorted(answer.status for answer in answers) == [204, 404, 404, 404]
    add(owner)
    assert owner("POST", "/invoice-profiles", people.invoice_profile()).code == "LIMIT_REACHED"


@pytest.mark.accepts("I06", "I07")
@pytest.mark.parametrize("missing", sorted(people.invoice_profile()))
def test_a_profile_with_a_missing_field_is_neither_added_nor_changed(world, owner, missing):
    profile = add(owner)
    form = {name: value for name, value in people.invoice_profile().items() if name != missing}
    before = world.table()
    for answer in (owner("POST", "/invoice-profiles", form), owner("PUT", path(profile), form)):
        assert (answer.status, answer.fields) == (422, {missing: "missing"})
    assert world.table() == before
    owner.ok("DELETE", path(profile))


@pytest.mark.accepts("I06")
def test_adding_a_profile_stores_it_once(world):
    owner = world.enterprise()
    saved = add(owner)
    assert listed(owner) == [saved]
    assert saved == {"id": saved["id"], **people.invoice_profile(), "region": "北京市/朝阳区", "version": 1}


def test_masked_values_of_a_profile_are_refused(world, owner):
    profile = add(owner)
    form = people.invoice_profile(phone="138****0000", invoice_email="****@enterprise.example")
    answer = owner("PUT", path(profile), form)
    assert (answer.status, answer.fields) == (422, {"phone": "MASKED_VALUE", "invoice_email": "MASKED_VALUE"})
    assert profile in listed(owner)
    owner.ok("DELETE", path(profile))


@pytest.mark.accepts("I07")
def test_a_profile_changed_meanwhile_is_not_overwritten(world, owner, own_agent):
    profile = add(owner)
    mine, theirs = people.invoice_profile(name="测试企业一部"), people.invoice_profile(name="测试企业二部")
    assert own_agent("PUT", path(profile), theirs, If_Match='"1"').status == 200
    before = world.table()
    answer = owner("PUT", path(profile), mine, If_Match='"1"')
    assert (answer.status, answer.code) == (412, "CONTENT_CHANGED")
    assert answer.body["message"] == "内容已被他人修改，请重新打开后再编辑。"
    assert world.table() == before
    assert owner("PUT", path(profile), mine, If_Match='"2"').body["name"] == "测试企业一部"
    owner.ok("DELETE", path(profile))


def test_a_foreign_profile_is_answered_like_an_unknown_one(world, owner):
    profile = add(owner)
    stranger = world.enterprise()
    before = world.table()
    for user in (stranger, world.agent(stranger)):
        before = world.table()
        for method, body in (("PUT", people.invoice_profile()), ("DELETE", None)):
            theirs = user(method, path(profile), body)
            unknown = user(method, "/invoice-profiles/00000000000000000000", body)
            assert (theirs.status, theirs.code) == (404, "NOT_FOUND")
            assert theirs.without_id == unknown.without_id
        assert world.table() == before
    assert profile in listed(owner)
    owner.ok("DELETE", path(profile))


@pytest.mark.accepts("I03")
def test_officers_see_changes_of_profiles_immediately(world):
    owner = world.enterprise()
    agent = world.agent(owner)
    world.application(owner)  # an office sees enterprises that have applied to it
    at = f"/office/enterprises/{owner.account['enterprise_id']}"
    officers = (world.desk("fao-hunan"), world.desk("consular"))

    def seen():
        shown = [officer.ok("GET", at)["invoice_profiles"] for officer in officers]
        assert shown[0] == shown[1]
        return sorted(profile["name"] for profile in shown[0])

    before = seen()
    first = add(owner, name="测试企业一部")
    assert seen() == sorted([*before, first["name"]])
    world.time.forward(seconds=1)
    second = add(agent, name="测试企业二部")
    assert seen() == sorted([*before, first["name"], second["name"]])
    changed = agent.ok("PUT", path(first), people.invoice_profile(name="测试企业三部"))
    assert seen() == sorted([*before, "测试企业三部", "测试企业二部"])
    owner.ok("DELETE", path(second))
    assert seen() == sorted([*before, changed["name"]])


def test_officers_have_no_invoice_profiles(world):
    officer = world.desk("fao-hunan")
    for method, at, body in (
        ("GET", "/invoice-profiles", None),
        ("POST", "/invoice-profiles", people.invoice_profile()),
        ("PUT", "/invoice-profiles/x", people.invoice_profile()),
        ("DELETE", "/invoice-profiles/x", None),
    ):
        assert officer(method, at, body).code == "FORBIDDEN"


def test_personal_values_of_a_profile_are_stored_encrypted(world, owner):
    profile = add(owner, phone="0731-55556666", filing_contact="测试寅")
    for _ in range(2):
        [stored] = [repr(item) for key, item in world.table().items() if key[1] == f"INVOICE#{profile['id']}"]
        assert "0731-55556666" not in stored
        assert "测试寅" not in stored
        form = people.invoice_profile(phone="0731-55556666", filing_contact="测试寅")
        owner("PUT", path(profile), form, If_Match='"1"')


def test_a_submitted_application_keeps_its_invoice_profile_whatever_becomes_of_it(world, owner, fao):
    profile = owner.ok("POST", "/invoice-profiles", people.invoice_profile(name="测试发票抬头"))
    content = world.content(owner, invoice_profile_id=profile["id"])
    application = owner.ok("POST", "/applications", {"content": content})
    number = application["number"]
    kept = {name: profile[name] for name in ("name", "tax_number", "region_code", "region", "address")}
    assert application["invoice"] == kept
    owner.ok("PUT", f"/invoice-profiles/{profile['id']}", people.invoice_profile(name="测试新抬头"))
    assert owner.ok("GET", f"/applications/{number}")["invoice"] == kept
    assert owner("DELETE", f"/invoice-profiles/{profile['id']}").status == 204
    assert owner.ok("GET", f"/applications/{number}")["invoice"] == kept
    world.decide(fao, application, "return", reason="请更正")
    path = f"/applications/{number}/content"
    corrected = owner.ok("PUT", path, content | {"group_name": "改名团组"}, If_Match='"1"')
    assert (corrected["content"]["group_name"], corrected["invoice"]) == ("改名团组", kept)
    assert fao.ok("GET", f"/office/applications/{number}")["invoice"] == kept
    gone = owner("POST", "/applications", {"content": content})
    assert (gone.status, gone.fields) == (422, {"content.invoice_profile_id": "INVOICE_PROFILE"})
    other = world.profile(owner)
    changed = owner.ok("PUT", path, content | {"invoice_profile_id": other}, If_Match='"2"')
    assert changed["invoice"]["name"] == "测试企业"
