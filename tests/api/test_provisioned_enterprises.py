"""单位详情: provisioned accounts of enterprises without a licence scan, search and detail for officers (I03)."""

import pytest

from testing import people
from testing.world import User
from tests.support.accounts import NEW_PASSWORD

OPTIONAL = ("region_code", "address", "kind", "industry", "staff_count")


def form(**changes):
    return {
        "name": f"测试事业单位{people.serial()}",
        "uscc": people.make_uscc(),
        "legal_representative": "测试戊",
        "email": f"provisioned{people.serial()}@enterprise.example",
        "phone": "073188888888",
        **changes,
    }


def provision(officer, **changes):
    given = form(**changes)
    return given, officer.ok("POST", "/office/enterprises", given)


def search(officer, **given):
    return officer.ok("POST", "/office/enterprises/search", given)


def names(page):
    return [enterprise["name"] for enterprise in page["items"]]


# Provisioning


def test_a_consular_officer_provisions_an_enterprise(world, consular):
    given = form(region_code="430102", address="测试路1号", kind="PRIVATE", industry="I", staff_count=12)
    answer = consular("POST", "/office/enterprises", given)
    assert (answer.status, answer.headers["etag"]) == (201, '"1"')
    expected = {name: value for name, value in given.items() if name != "email"}
    words = {
        "region": "湖南省/长沙市/芙蓉区",
        "kind_label": "民营企业",
        "industry_label": "信息传输、软件和信息技术服务业",
    }
    assert answer.body == expected | words | {"id": answer.body["id"], "version": 1}
    world.deliver()
    mail = world.mails(given["email"])[0]
    assert mail.subject == "[sandbox] 企业账号已开通"
    assert "请在登录页使用“忘记密码”设置密码。" in mail.text


def test_optional_fields_can_be_omitted(world, consular):
    _, made = provision(consular)
    assert {name: made[name] for name in OPTIONAL} == dict.fromkeys(OPTIONAL)


@pytest.mark.accepts("P04")
def test_the_first_password_of_a_provisioned_enterprise_is_set_by_recovery(world, consular):
    given, made = provision(consular)
    login = {"identity": "enterprise", "login": given["email"]}
    for password in ("", " ", NEW_PASSWORD):
        assert world.anybody("POST", "/sessions", login | {"password": password}).status in (401, 422)
    typed = {name: given[name] for name in ("name", "uscc", "legal_representative", "email")}
    recovery_id = world.anybody.ok("POST", "/recoveries", typed)["recovery_id"]
    code = {"email_code": world.code(given["email"])}
    token = world.anybody.ok("POST", f"/recoveries/{recovery_id}/verification", code)["reset_token"]
    new = {"reset_token": token, "password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}
    assert world.anybody("PUT", f"/recoveries/{recovery_id}/password", new).status == 204
    session = world.anybody.ok("POST", "/sessions", login | {"password": NEW_PASSWORD})
    owner = User(world, session["token"], session["account"])
    assert owner.ok("GET", "/enterprise") == made
    owner.ok("POST", "/agents", people.agent())
    owner.ok("POST", "/invoice-profiles", people.invoice_profile())


def test_a_provisioned_enterprise_can_sign_in_by_its_licence(world, consular):
    given, made = provision(consular)
    elements = {name: given[name] for name in ("name", "uscc", "legal_representative")}
    session = world.anybody.ok("POST", "/sessions/elicence", world.ticket("login", elements))
    assert session["account"]["enterprise_id"] == made["id"]


def test_only_the_consular_department_provisions_enterprises(world, fao):
    owner = world.enterprise()
    users = (fao, owner, world.agent(owner))
    before = world.table()
    for user in users:
        answer = user("POST", "/office/enterprises", form())
        assert (answer.status, answer.code) == (403, "FORBIDDEN")
    assert world.anybody("POST", "/office/enterprises", form()).status == 401
    assert world.table() == before


@pytest.mark.parametrize("taken", ["uscc", "email"])
def test_an_enterprise_or_address_with_an_account_is_refused(world, consular, taken):
    given, _ = provision(consular)
    value = given[taken].upper() if taken == "email" else given[taken].lower()
    before = world.table()
    answer = consular("POST", "/office/enterprises", form(**{taken: value}))
    assert (answer.status, answer.code, answer.fields) == (409, "ALREADY_EXISTS", {taken: "TAKEN"})
    assert world.table() == before


def test_an_enterprise_that_registered_itself_is_refused(world, consular):
    registered = world.enterprise().ok("GET", "/enterprise")
    answer = consular("POST", "/office/enterprises", form(uscc=registered["uscc"]))
    assert (answer.status, answer.fields) == (409, {"uscc": "TAKEN"})


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": "甲"}, {"name": "string_too_short"}),
        ({"name": "甲" * 201}, {"name": "string_too_long"}),
        ({"uscc": "91350100M000100Y4Z"}, {"uscc": "USCC"}),
        ({"legal_representative": ""}, {"legal_representative": "string_too_short"}),
        ({"email": "nobody"}, {"email": "EMAIL"}),
        ({"phone": "1"}, {"phone": "PHONE"}),
        ({"region_code": "999999"}, {"region_code": "REGION"}),
        ({"region_code": "430000"}, {"region_code": "REGION_DISTRICT"}),
        ({"staff_count": 0}, {"staff_count": "greater_than_equal"}),
        ({"password": NEW_PASSWORD}, {"password": "extra_forbidden"}),
    ],
    ids=str,
)
def test_each_invalid_field_has_its_code(world, consular, changes, fields):
    before = world.table()
    answer = consular("POST", "/office/enterprises", form(**changes))
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before


def test_an_enterprise_with_the_longest_name_is_provisioned_found_and_recovered(world, consular):
    start = "𠀀" * 194 + f"{people.serial():06d}"[:5]
    for letter in "AB":
        given, _ = provision(consular, name=f"{start}{letter}")
        assert len(given["name"]) == 200
    first = search(consular, name=start, limit=1)
    assert names(search(consular, name=start, limit=1, cursor=first["next_cursor"])) == [f"{start}B"]
    typed = {name: given[name] for name in ("name", "uscc", "legal_representative", "email")}
    world.anybody.ok("POST", "/recoveries", typed)
    assert "找回密码验证码" in world.mails(given["email"])[0].subject


def test_a_name_that_is_too_long_is_refused_in_chinese(world, consular):
    (error,) = consular("POST", "/office/enterprises", form(name="甲" * 201)).body["errors"]
    assert error["field"] == "name"
    assert error["message"].endswith("最多200个字符。")


# Search


def test_officers_find_enterprises_by_name_prefix_in_pages(world, consular, fao):
    prefix = f"翻页{people.serial()}号"
    made = [f"{prefix}{letter}公司" for letter in "DBACE"]
    for name in made:
        provision(consular, name=name)
    for officer in (consular, fao):
        first = search(officer, name=prefix, limit=2)
        second = search(officer, name=prefix, limit=2, cursor=first["next_cursor"])
        third = search(officer, name=prefix, limit=2, cursor=second["next_cursor"])
        assert [names(page) for page in (first, second, third)] == [
            [f"{prefix}A公司", f"{prefix}B公司"],
            [f"{prefix}C公司", f"{prefix}D公司"],
            [f"{prefix}E公司"],
        ]
        assert third["next_cursor"] is None
    assert names(search(consular, name=f"{prefix}C")) == [f"{prefix}C公司"]
    assert search(consular, name=f"{prefix}Z") == {"items": [], "next_cursor": None, "partial": False}
    answer = fao("POST", "/office/enterprises/search", {"name": "翻页", "limit": 2, "cursor": first["next_cursor"]})
    assert (answer.status, answer.code) == (400, "MALFORMED")


def test_a_first_page_reads_on_past_a_name_that_the_index_still_has(world, consular):
    from chalicelib.repos.accounts import enterprises
    from chalicelib.repos.table import table

    name = f"滞后企业{people.serial()}"
    _, outdated = provision(consular, name=f"测试{name}")
    _, wanted = provision(consular, name=f"{name}乙")
    left = {"queue_sk": f"{name}#{outdated['id']}"}
    table.commit(table.change(enterprises.key(outdated["id"]), assign=left))
    page = consular.ok("POST", "/office/enterprises/search", {"name": name, "limit": 1})
    assert ([found["id"] for found in page["items"]], page["partial"]) == ([wanted["id"]], False)


@pytest.mark.parametrize("prefix", ["dead mail", "messages", "audit", "office"])
def test_a_cursor_of_a_search_by_name_is_refused_by_another_list(world, consular, prefix):
    for letter in "AB":
        provision(consular, name=f"{prefix}{letter}{people.serial()}")
    cursor = search(consular, name=prefix, limit=1)["next_cursor"]
    for method, path in (("GET", f"/office/mail/dead?cursor={cursor}"), ("POST", "/office/search")):
        answer = consular(method, path, {"cursor": cursor} if method == "POST" else None)
        assert (answer.status, answer.code) == (400, "MALFORMED")
    assert search(consular, name=prefix, limit=1, cursor=cursor)["items"]


def test_officers_find_an_enterprise_by_its_uscc_in_any_spelling(world, consular, fao):
    given, made = provision(consular)
    assert search(fao, uscc=f" {given['uscc'].lower()} ") == {"items": [made], "next_cursor": None, "partial": False}
    assert names(search(fao, uscc=given["uscc"], name=given["name"][:4])) == [given["name"]]
    assert search(fao, uscc=given["uscc"], name="另一家")["items"] == []
    assert search(fao, uscc=people.make_uscc())["items"] == []


def test_only_officers_search_enterprises(world):
    owner = world.enterprise()
    for user in (owner, world.agent(owner)):
        for method, path in (
            ("POST", "/office/enterprises/search"),
            ("GET", f"/office/enterprises/{owner.account['id']}"),
        ):
            assert user(method, path, {} if method == "POST" else None).code == "FORBIDDEN"


# Detail


@pytest.mark.accepts("I03")
def test_the_detail_has_profile_invoice_profiles_masked_agents_and_the_number_of_applications(world, consular, fao):
    owner = world.enterprise()
    at = f"/office/enterprises/{owner.account['enterprise_id']}"
    empty = {
        "enterprise": owner.ok("GET", "/enterprise"),
        "invoice_profiles": [],
        "agents": [],
        "applications_count": 0,
        "applications_capped": False,
    }
    assert fao.ok("GET", at) == empty
    agent = owner.ok(
        "POST",
        "/agents",
        people.agent(id_number="430102190001010023", phone="13712345678", email="office@enterprise.example"),
    )
    world.application(owner)
    world.application(owner)
    seen = consular.ok("GET", at)
    assert seen["agents"] == [agent]
    assert {name: agent[name] for name in ("id_number", "phone", "email")} == {
        "id_number": "**************0023",
        "phone": "137****5678",
        "email": "******@enterprise.example",
    }
    assert seen["invoice_profiles"] == owner.ok("GET", "/invoice-profiles")["items"]
    assert (seen["applications_count"], seen["applications_capped"]) == (2, False)


def test_the_number_of_applications_is_counted_up_to_a_limit(world, consular, monkeypatch):
    from chalicelib.rules.base import limits

    owner = world.enterprise()
    at = f"/office/enterprises/{owner.account['enterprise_id']}"
    for _ in range(2):
        world.application(owner)
    for most, shown in ((2, (2, False)), (1, (1, True))):
        monkeypatch.setattr(limits, "APPLICATIONS_COUNTED", most)
        seen = consular.ok("GET", at)
        assert (seen["applications_count"], seen["applications_capped"]) == shown


def test_a_submission_does_not_write_the_enterprise(world):
    owner = world.enterprise()
    key = (f"ENT#{owner.account['enterprise_id']}", "PROFILE")
    content = world.content(owner)
    before = world.table()[key]
    owner.ok("POST", "/applications", {"content": content})
    assert world.table()[key] == before


@pytest.mark.parametrize("enterprise_id", ["unknown", "OFFICERS", "a%23b"])
def test_an_unknown_enterprise_is_not_found(world, consular, enterprise_id):
    answer = consular("GET", f"/office/enterprises/{enterprise_id}")
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
