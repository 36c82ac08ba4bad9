"""提交申请: validation of the content; each rule has its refusal, with the index of the person in the field's path."""

import pytest

from testing import people


def refused(world, user, content):
    """The refused fields with their messages; asserts that nothing was written."""
    before = world.table()
    answer = user("POST", "/applications", {"content": content})
    assert (answer.status, answer.code) == (422, "INVALID")
    assert world.table() == before
    return {error["field"]: error["message"].partition("：")[2] for error in answer.body["errors"]}


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": "甲"}, "name", "至少2个字符。"),
        ({"name": "测试\u202f\u2028甲"}, "name", "不得包含不可见的控制字符。"),
        ({"surname_pinyin": "CÉ"}, "surname_pinyin", "请按护照填写大写拼音。"),
        ({"given_name_pinyin": "SHI2"}, "given_name_pinyin", "请按护照填写大写拼音。"),
        ({"birth_date": "1900-01-02"}, "id_number", "出生日期与身份证号不一致。"),
        ({"birth_date": "1900-13-01"}, "birth_date", "日期格式须为“年-月-日”，例如2026-01-31。"),
        ({"birth_date": "2026-11-21"}, "birth_date", "出生日期须早于今天。"),
        ({"sex": "female"}, "id_number", "性别与身份证号不一致。"),
        ({"id_number": "430102190001010016"}, "id_number", "身份证号不正确，请核对18位号码。"),
        ({"id_number": "*" * 14 + "0015"}, "id_number", "该内容为隐藏显示的值，请填写完整内容。"),
        ({"passport_number": "X1234567"}, "passport_number", "护照号格式不正确。"),
        ({"passport_number": "E1234567"}, "passport_number", "护照号格式不正确。"),
        ({"passport_number": "SE1234567"}, "passport_number", "护照种类与护照号不一致，或不可用于企业申请。"),
        ({"passport_number": "K12345678"}, "passport_number", "香港、澳门、台湾地区证件的持有人，请向所属经济体申请。"),
        ({"passport_number": "MA1234567"}, "passport_number", "香港、澳门、台湾地区证件的持有人，请向所属经济体申请。"),
        ({"passport_number": "312345678"}, "passport_number", "香港、澳门、台湾地区证件的持有人，请向所属经济体申请。"),
        ({"passport_kind": "service"}, "passport_number", "护照种类与护照号不一致，或不可用于企业申请。"),
        ({"passport_issued_on": "2026-11-22"}, "passport_issued_on", "护照签发日期不得晚于今天，且须早于有效期。"),
        ({"passport_expires_on": "2026-11-21"}, "passport_expires_on", "护照已过期。"),
        ({"title": "经"}, "title", "至少2个字符。"),
        ({"phone": "66688888"}, "phone", "请填写11位手机号。"),
        ({"email": "nobody"}, "email", "邮箱格式不正确。"),
        ({"passport_place": ""}, "passport_place", "必填"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_refusal_about_a_person_names_person_field_and_reason(world, owner, changes, field, message):
    content = world.content(owner, persons=3)
    content["persons"][1] |= changes
    assert refused(world, owner, content) == {f"content.persons.1.{field}": message}


def test_a_renewal_requires_the_previous_card(world, owner):
    content = world.content(owner, persons=2)
    content["persons"][1] |= {"first_time": False, "previous_card_number": "CHN0012345"}
    (field, message), *_ = refused(world, owner, content).items()
    assert field.startswith("content.persons.1")
    assert message == "续办须填写原卡卡号和原卡有效期；首次申办请留空。"


@pytest.mark.parametrize("number", ["id_number", "passport_number"])
def test_a_duplicate_person_is_refused_with_its_position(world, owner, number):
    content = world.content(owner, persons=3)
    content["persons"][2][number] = content["persons"][0][number]
    (field, message), *_ = refused(world, owner, content).items()
    assert message == "同一团组内不得重复填写同一人。"
    assert field.startswith("content.persons.2")


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"group_name": "甲"}, "group_name", "至少2个字符。"),
        ({"office": "fao-nowhere"}, "office", "请从列表中选择申请外办。"),
        ({"office": "consular"}, "office", "请从列表中选择申请外办。"),
        ({"contact_phone": "12"}, "contact_phone", "请填写正确的手机号或固定电话。"),
        ({"reason": "太短"}, "reason", "至少10个字符。"),
        ({"pickup": {"method": "drone"}}, "pickup", "类别不正确。"),
        ({"pickup": {"method": "post", "phone": "13800000000", "recipient": "测试甲"}}, "pickup.address", "必填"),
        ({"pickup": {}}, "pickup", "缺少类别。"),
        ({"persons": []}, "persons", "至少1项。"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_refusal_about_the_application_names_field_and_reason(world, owner, changes, field, message):
    assert refused(world, owner, world.content(owner) | changes) == {f"content.{field}": message}


def test_an_invoice_profile_must_belong_to_the_enterprise(world, owner):
    stranger = world.profile(world.enterprise())
    for profile in (stranger, "unknown"):
        content = world.content(owner, invoice_profile_id=profile)
        before = world.table()
        answer = owner("POST", "/applications", {"content": content})
        assert (answer.status, answer.fields) == (422, {"content.invoice_profile_id": "INVOICE_PROFILE"})
        assert world.table() == before


def test_all_invalid_fields_are_named_in_one_reply(world, owner):
    content = world.content(owner, persons=2) | {"contact": ""}
    content["persons"][0]["phone"] = "1"
    content["persons"][1]["email"] = "2"
    assert sorted(refused(world, owner, content)) == [
        "content.contact",
        "content.persons.0.phone",
        "content.persons.1.email",
    ]


def test_values_are_normalized_as_people_type_them(world, owner):
    content, passport = world.content(owner), people.make_passport()
    person = content["persons"][0]
    person |= {
        "passport_number": f" e {passport[1:5]} {passport[5:]} ",
        "surname_pinyin": "ce",
        "sex": "男",
        "passport_kind": "普通护照",
    }
    shown = owner.ok("POST", "/applications", {"content": content})["content"]["persons"][0]
    assert (shown["surname_pinyin"], shown["sex"], shown["passport_kind"]) == ("CE", "male", "ordinary")
    assert shown["passport_number"] == passport


def test_a_passport_is_valid_until_the_end_of_its_last_day_in_china(world):
    user = world.enterprise()
    content = world.content(user)
    content["persons"][0]["passport_expires_on"] = "2026-11-22"
    world.time.forward(hours=11, minutes=29)
    user = world.sign_in("enterprise", user.account["login"], "correct horse battery")
    assert user("POST", "/applications", {"content": content}).status == 201
    world.time.forward(minutes=1)
    assert refused(world, user, content) == {"content.persons.0.passport_expires_on": "护照已过期。"}
