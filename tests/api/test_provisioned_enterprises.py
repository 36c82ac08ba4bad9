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
        "phone": "0731-88888888",
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
    second = search(consular, name=start, limit=1, cursor=first["next_cursor"])
    assert sorted(names(first) + names(second)) == [f"{start}A", f"{start}B"]
    typed = {name: given[name] for name in ("name", "uscc", "legal_representative", "email")}
    world.anybody.ok("POST", "/recoveries", typed)
    assert "找回密码验证码" in world.mails(given["email"])[0].subject


def test_a_name_that_is_too_long_is_refused_in_chinese(world, consular):
    (error,) = consular("POST", "/office/enterprises", form(name="甲" * 201)).body["errors"]
    assert error["field"] == "name"
    assert error["message"].endswith("最多200个字符。")


# Search


def named(world, name):
    """A registered enterprise with this name."""
    ticket = world.ticket("register", world.elements() | {"name": name})
    session = world.anybody.ok("POST", "/registrations", world.registration(**ticket))
    return User(world, session["token"], session["account"])


def applied(world, name=None, office="fao-hunan"):
    """An enterprise that has applied to an office."""
    owner = named(world, name) if name else world.enterprise()
    world.application(owner, office=office)
    return owner


def test_officers_find_enterprises_by_any_part_of_the_name_in_pages(world, consular):
    part = f"翻页{people.serial()}号"
    made = [
        f"{front}{part}{letter}公司"
        for front, letter in zip(("长沙", "", "湖南（省）", "北京", "A"), "DBACE", strict=True)
    ]
    for name in made:
        provision(consular, name=name)
    first = search(consular, name=part, limit=2)
    second = search(consular, name=part, limit=2, cursor=first["next_cursor"])
    third = search(consular, name=part, limit=2, cursor=second["next_cursor"])
    assert [[name[-3] for name in names(page)] for page in (first, second, third)] == [["A", "B"], ["C", "D"], ["E"]]
    assert third["next_cursor"] is None
    assert names(search(consular, name=f"{part}C")) == [f"北京{part}C公司"]
    assert names(search(consular, name=f"（省）{part}")) == names(search(consular, name=f"(省) {part}")) == [made[2]]
    assert search(consular, name=f"{part}Z") == {"items": [], "next_cursor": None, "partial": False}
    answer = consular(
        "POST", "/office/enterprises/search", {"name": "翻页", "limit": 2, "cursor": first["next_cursor"]}
    )
    assert (answer.status, answer.code) == (400, "MALFORMED")


def test_a_name_that_has_the_part_twice_is_found_once_and_an_earlier_name_is_not_found(world, consular):
    part = f"重复{people.serial()}号"
    provision(consular, name=f"{part}与{part}公司")
    assert len(search(consular, name=part)["items"]) == 1
    pages = [search(consular, name=part, limit=1)]
    while pages[-1]["next_cursor"]:
        pages.append(search(consular, name=part, limit=1, cursor=pages[-1]["next_cursor"]))
    assert sum(len(page["items"]) for page in pages) == 1
    owner = named(world, f"旧名{part}公司")
    known = owner.ok("GET", "/enterprise")
    elements = {"name": f"新名{part}公司", "uscc": known["uscc"], "legal_representative": known["legal_representative"]}
    owner.ok("PUT", "/enterprise/licence", world.ticket("update_licence", elements))
    assert search(consular, name=f"旧名{part}")["items"] == []
    assert names(search(consular, name=f"新名{part}")) == [elements["name"]]


@pytest.mark.parametrize("given", [{"name": "甲"}, {"name": " 甲 "}, {"uscc": "9"}])
def test_one_character_is_not_searched(consular, given):
    answer = consular("POST", "/office/enterprises/search", given)
    assert (answer.status, answer.fields) == (422, dict.fromkeys(given, "string_too_short"))


@pytest.mark.parametrize("prefix", ["dead mail", "messages", "audit", "office"])
def test_a_cursor_of_a_search_by_name_is_refused_by_another_list(world, consular, prefix):
    for letter in "AB":
        provision(consular, name=f"{prefix}{letter}{people.serial()}")
    cursor = search(consular, name=prefix, limit=1)["next_cursor"]
    for method, path in (("GET", f"/office/mail/dead?cursor={cursor}"), ("POST", "/office/search")):
        answer = consular(method, path, {"cursor": cursor} if method == "POST" else None)
        assert (answer.status, answer.code) == (400, "MALFORMED")
    assert search(consular, name=prefix, limit=1, cursor=cursor)["items"]


def test_officers_find_an_enterprise_by_its_uscc_in_any_spelling_and_by_its_beginning(world, consular):
    given, made = provision(consular)
    row = {
        "id": made["id"],
        "name": given["name"],
        "uscc": given["uscc"],
        "region_code": None,
        "region": None,
        "kind": None,
        "kind_label": None,
    }
    found = search(consular, uscc=f" {given['uscc'].lower()} ")
    assert found == {"items": [row], "next_cursor": None, "partial": False}
    assert row in search(consular, uscc=given["uscc"][:14].lower(), limit=100)["items"]
    assert names(search(consular, uscc=given["uscc"], name=given["name"][2:])) == [given["name"]]
    assert search(consular, uscc=given["uscc"], name="另一家")["items"] == []
    assert search(consular, uscc=people.make_uscc())["items"] == []
    codes = [one["uscc"] for one in search(consular, uscc=given["uscc"][:2], limit=100)["items"]]
    assert codes == sorted(codes)


def test_an_office_finds_and_opens_only_enterprises_that_applied_to_it(world, consular, fao):
    part = f"申办{people.serial()}"
    own, other = applied(world, f"甲{part}公司"), applied(world, f"乙{part}公司", "fao-shaanxi")
    never = named(world, f"丙{part}公司")
    assert names(search(fao, name=part)) == [f"甲{part}公司"]
    assert len(search(consular, name=part)["items"]) == 3
    for owner, status in ((own, 200), (other, 404), (never, 404)):
        enterprise_id = owner.account["enterprise_id"]
        assert fao("GET", f"/office/enterprises/{enterprise_id}").status == status
        assert fao("POST", f"/office/enterprises/{enterprise_id}/reveal", {"reason": "核实"}).status == status
        assert consular("GET", f"/office/enterprises/{enterprise_id}").status == 200
        uscc = owner.ok("GET", "/enterprise")["uscc"]
        assert len(search(fao, uscc=uscc)["items"]) == (status == 200)
    world.application(never)
    assert fao("GET", f"/office/enterprises/{never.account['enterprise_id']}").status == 200


def test_an_office_must_say_what_it_searches_and_the_department_sees_all(world, consular, fao):
    answer = fao("POST", "/office/enterprises/search", {})
    assert (answer.status, answer.fields) == (422, {"name": "NAME_OR_USCC"})
    assert answer.body["errors"][0]["message"].startswith("企业名称：请输入单位名称的任意两个字以上")
    world.enterprise()
    assert search(consular)["items"]


def spelled(uscc):
    """A USCC in groups, as it is copied from letters and web pages."""
    return f" {uscc[:2].lower()}－{uscc[2:8]}–{uscc[8:17].lower()}-{uscc[17]}\u200b"


def test_two_spellings_of_a_uscc_are_one_enterprise_at_every_entry(world, consular):
    given, made = provision(consular)
    typed = spelled(given["uscc"])
    answer = consular("POST", "/office/enterprises", form(uscc=typed))
    assert (answer.status, answer.fields) == (409, {"uscc": "TAKEN"})
    elements = {name: given[name] for name in ("name", "legal_representative")} | {"uscc": typed}
    session = world.anybody.ok("POST", "/sessions/elicence", world.ticket("login", elements))
    assert session["account"]["enterprise_id"] == made["id"]
    found = consular.ok("POST", "/office/enterprises/search", {"uscc": typed})["items"]
    assert [one["id"] for one in found] == [made["id"]]
    begun = world.anybody.ok("POST", "/recoveries", {**elements, "email": given["email"]})
    code = {"email_code": f" {world.code(given['email'])[:3]} {world.code(given['email'])[3:]} "}
    assert world.anybody.ok("POST", f"/recoveries/{begun['recovery_id']}/verification", code)["reset_token"]


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
def test_the_detail_has_profile_invoice_profiles_agents_and_the_number_of_applications(world, consular, fao):
    owner = world.enterprise()
    at = f"/office/enterprises/{owner.account['enterprise_id']}"
    known = owner.ok("GET", "/enterprise")
    seen = consular.ok("GET", at)
    assert seen == {
        "enterprise": known | {"phone": hidden(known["phone"])},
        "account": {
            "email": "*" * len(owner.account["email"].partition("@")[0]) + "@enterprise.example",
            "mail_status": "ok",
            "suppression_id": None,
            "has_password": True,
            "is_scanned": True,
        },
        "invoice_profiles": [],
        "agents": [],
        "applications_count": 0,
        "applications_capped": False,
    }
    agent = owner.ok(
        "POST",
        "/agents",
        people.agent(id_number="430102190001010023", phone="13712345678", email="office@enterprise.example"),
    )
    world.application(owner)
    world.application(owner)
    seen = fao.ok("GET", at)
    assert seen["agents"] == [agent]
    assert {name: agent[name] for name in ("id_number", "phone", "email")} == {
        "id_number": "**************0023",
        "phone": "137****5678",
        "email": "******@enterprise.example",
    }
    (profile,) = owner.ok("GET", "/invoice-profiles")["items"]
    (shown,) = seen["invoice_profiles"]
    contacts = {name for name in profile if shown[name] != profile[name]}
    assert contacts == {"phone", "invoice_email", "email_contact_phone", "filing_contact_phone"}
    assert all("*" in shown[name] for name in contacts)
    assert (seen["applications_count"], seen["applications_capped"]) == (2, False)


def hidden(phone):
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def audit(world, owner=None):
    """Entries of the audit of officers, or of an enterprise."""
    from chalicelib.repos.accounts import accounts
    from chalicelib.repos.accounts import audit as repo

    return repo.entries(owner.account["enterprise_id"] if owner else accounts.OFFICERS)


def test_every_look_at_an_enterprise_is_in_the_audit_of_officers_once_an_hour(world, consular):
    owner = applied(world)
    enterprise_id = owner.account["enterprise_id"]
    at = f"/office/enterprises/{enterprise_id}"
    officers = [world.desk("fao-hunan"), consular]

    def looks():
        return [(entry.action, entry.origin.actor_id) for entry in audit(world) if entry.subject == enterprise_id]

    for officer in (*officers, *officers):
        officer.ok("GET", at)
    assert looks() == [("enterprise_viewed", officer.account["id"]) for officer in officers]
    assert not [entry for entry in audit(world, owner) if entry.action == "enterprise_viewed"]
    world.time.forward(minutes=61)
    world.officer("consular").ok("GET", at)
    assert len(looks()) == 3


def test_contacts_are_shown_in_clear_for_a_reason_that_officers_keep(world, consular, fao):
    owner = applied(world)
    form = people.agent(phone="13712345678")
    agent = owner.ok("POST", "/agents", form)
    enterprise_id = owner.account["enterprise_id"]
    at = f"/office/enterprises/{enterprise_id}/reveal"
    shown = fao.ok("POST", at, {"reason": "电话核实联系人"})
    assert shown == {
        "phone": owner.ok("GET", "/enterprise")["phone"],
        "email": owner.account["email"],
        "invoice_profiles": owner.ok("GET", "/invoice-profiles")["items"],
        "agents": [{"id": agent["id"], "phone": "13712345678", "email": form["email"]}],
    }
    fao.ok("POST", at, {"reason": "再次核实"})
    (entry,) = [one for one in audit(world) if (one.action, one.subject) == ("contacts_revealed", enterprise_id)]
    assert entry.after == {"reason": "电话核实联系人"}
    own = [one for one in owner.ok("GET", "/audit")["items"] if one["action"] == "contacts_revealed"]
    assert len(own) == 1
    assert "电话核实" not in str(own)
    assert "湖南省人民政府外事办公室" in str(own)


@pytest.mark.parametrize("reason", ["", " ", "x", None, "甲" * 201])
def test_contacts_are_not_shown_without_a_reason(world, consular, reason):
    owner = world.enterprise()
    answer = consular("POST", f"/office/enterprises/{owner.account['enterprise_id']}/reveal", {"reason": reason})
    assert (answer.status, list(answer.fields)) == (422, ["reason"])


def test_reveals_of_contacts_count_as_reveals_of_the_day(world, consular):
    from chalicelib.rules.accounts import quotas
    from tests.api.test_quotas import use_up

    officer, owner = world.officer("consular"), world.enterprise()
    use_up(world, officer, quotas.REVEALS)
    answer = officer("POST", f"/office/enterprises/{owner.account['enterprise_id']}/reveal", {"reason": "核实"})
    assert answer.code == "TOO_MANY_REQUESTS"


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
