"""我的草稿: drafts of one account, at most twenty, for 180 days (F01-F15)."""

from typing import Any

import pytest

from testing import people
from testing.world import PASSWORD


def save(user, **content):
    return user.ok("POST", "/drafts", content)


def names(user, query=""):
    return [row["group_name"] for row in user.ok("GET", f"/drafts{query}")["items"]]


@pytest.mark.accepts("F01", "F07", "F08", "F11")
def test_a_draft_can_be_empty(world):
    user = world.enterprise()
    draft = save(user)
    row = {
        "id": draft["id"],
        "group_name": None,
        "office": None,
        "office_name": None,
        "contact": None,
        "reason": None,
        "members": [],
        "saved_at": "2026-11-21T04:30:00.000Z",
        "purge_at": "2027-05-20T04:30:00.000Z",
        "version": 1,
    }
    assert user.ok("GET", "/drafts") == {"items": [row], "next_cursor": None, "total": 1, "can_add": True}
    opened = user("GET", f"/drafts/{draft['id']}")
    assert opened.body == draft
    assert opened.headers["etag"] == '"1"'


def ids(attachments):
    return [attachment["id"] for attachment in attachments]


@pytest.mark.accepts("F07", "F11")
def test_a_draft_is_returned_as_it_was_saved(world, owner):
    content = world.content(owner, persons=2) | {"reason": "还没有写完", "contact_phone": "136"}
    content["persons"][1] = {"name": "测试壬", "passport_number": "E1", "attachments": []}
    draft = save(owner, **content)
    opened = owner.ok("GET", f"/drafts/{draft['id']}")["content"]
    assert {name: opened[name] for name in content if name not in ("persons", "pickup", "attachments")} == {
        name: value for name, value in content.items() if name not in ("persons", "pickup", "attachments")
    }
    assert opened["pickup"]["method"] == "self"
    assert ids(opened["attachments"]) == content["attachments"]
    first = opened["persons"][0] | {"attachments": ids(opened["persons"][0]["attachments"])}
    assert first | content["persons"][0] == first
    assert {name for name, value in opened["persons"][1].items() if value} == {"name", "passport_number"}
    assert draft["members"] == ["测试甲", "测试壬"]


def test_an_empty_text_is_shown_as_null(owner):
    assert save(owner, group_name="", contact="")["group_name"] is None


@pytest.mark.accepts("F07")
def test_a_draft_names_its_office_if_there_is_such_an_office(owner):
    assert save(owner, office="fao-hunan")["office_name"] == "湖南省人民政府外事办公室"
    unknown = save(owner, office="nowhere")
    assert (unknown["office"], unknown["office_name"]) == ("nowhere", None)


@pytest.mark.accepts("F06")
def test_the_list_is_filtered_by_substrings_of_group_name_contact_and_member(world):
    user = world.enterprise()
    save(user, group_name="赴新加坡参展 Expo", contact="测试子", persons=[{"name": "测试寅"}, {"name": "测试卯"}])
    world.time.forward(seconds=1)
    save(user, group_name="赴日本洽谈", contact="测试丑", persons=[{"name": "测试辰"}])
    world.time.forward(seconds=1)
    save(user)
    assert names(user) == [None, "赴日本洽谈", "赴新加坡参展 Expo"]
    assert names(user, "?group_name=expo") == ["赴新加坡参展 Expo"]
    assert names(user, "?group_name=%E8%B5%B4") == ["赴日本洽谈", "赴新加坡参展 Expo"]
    assert names(user, "?contact=%E4%B8%91") == ["赴日本洽谈"]
    assert names(user, "?member=%E5%8D%AF") == ["赴新加坡参展 Expo"]
    assert names(user, "?member=%E5%8D%AF&contact=%E4%B8%91") == []
    assert [user.ok("GET", f"/drafts{query}")["total"] for query in ("", "?group_name=%E8%B5%B4")] == [3, 2]


@pytest.mark.accepts("F10")
def test_every_account_sees_only_its_own_drafts(world, owner, agent):
    draft = save(agent, group_name="经办人的草稿")
    colleague = world.agent(owner)
    for other in (owner, colleague, world.enterprise()):
        assert "经办人的草稿" not in names(other)
        unknown = other("GET", "/drafts/unknown")
        for answer in (
            other("GET", f"/drafts/{draft['id']}"),
            other("PUT", f"/drafts/{draft['id']}", {}, If_Match='"1"'),
            other("DELETE", f"/drafts/{draft['id']}"),
            other("POST", "/applications", {"draft_id": draft["id"]}),
        ):
            assert answer.status == 404
            assert answer.body | {"request_id": ""} == unknown.body | {"request_id": ""}
    assert agent.ok("GET", f"/drafts/{draft['id']}")["group_name"] == "经办人的草稿"


def test_saving_a_draft_requires_the_version_that_was_opened(world, owner):
    draft = save(owner, group_name="第一稿")
    path = f"/drafts/{draft['id']}"
    missing = owner("PUT", path, {"group_name": "第二稿"})
    assert (missing.status, missing.code) == (428, "PRECONDITION_REQUIRED")
    world.time.forward(minutes=1)
    saved = owner.ok("PUT", path, {"group_name": "第二稿"}, If_Match='"1"')
    assert (saved["version"], saved["saved_at"]) == (2, "2026-11-21T04:31:00.000Z")
    for stale in ('"1"', "*", '"x"', '"99999999999999999999"', '"٣"'):
        answer = owner("PUT", path, {"group_name": "另一个窗口"}, If_Match=stale)
        assert (answer.status, answer.code) == (412, "CONTENT_CHANGED")
    assert owner.ok("GET", path)["group_name"] == "第二稿"


@pytest.mark.accepts("F04")
def test_saving_a_draft_restarts_its_180_days(world, owner):
    draft = save(owner)
    world.time.forward(minutes=10)
    assert owner.ok("PUT", f"/drafts/{draft['id']}", {}, If_Match='"1"')["purge_at"] == "2027-05-20T04:40:00.000Z"


@pytest.mark.accepts("F03")
def test_a_twenty_first_draft_is_refused_until_another_is_deleted(world):
    user = world.enterprise()
    colleague = world.agent(user)
    drafts = [save(user) for _ in range(20)]
    before = world.table()
    answer = user("POST", "/drafts", {})
    assert (answer.status, answer.code) == (409, "LIMIT_REACHED")
    assert answer.body["message"] == "数量已达上限，请删除不需要的内容后再试。"
    assert world.table() == before
    assert user.ok("GET", "/drafts")["can_add"] is False
    save(colleague)
    user.ok("DELETE", f"/drafts/{drafts[0]['id']}")
    save(user)
    assert user("POST", "/drafts", {}).code == "LIMIT_REACHED"


@pytest.mark.accepts("F03")
def test_concurrent_saves_stop_at_twenty_drafts_and_overwrite_nothing(world):
    user = world.enterprise()
    before = [save(user, group_name=f"草稿{number}")["id"] for number in range(15)]
    calls = [lambda number=number: user("POST", "/drafts", {"group_name": f"同时{number}"}) for number in range(30)]
    answers = world.together(*calls)
    saved = [answer.body["id"] for answer in answers if answer.status == 201]
    assert sorted(answer.status for answer in answers) == [201] * 5 + [409] * 25
    assert {row["id"] for row in user.ok("GET", "/drafts")["items"]} == {*before, *saved}
    assert {answer.code for answer in answers if answer.status == 409} == {"LIMIT_REACHED"}


@pytest.mark.accepts("F12")
def test_a_deleted_draft_is_not_found(owner):
    draft = save(owner)
    assert owner("DELETE", f"/drafts/{draft['id']}").status == 204
    assert owner("GET", f"/drafts/{draft['id']}").status == 404
    assert owner("DELETE", f"/drafts/{draft['id']}").status == 404


def signed_in_again(world, user):
    """The same account with a new session."""
    return world.sign_in(user.account["role"], user.account["login"], PASSWORD)


@pytest.mark.accepts("F04")
def test_a_draft_is_hidden_from_the_second_it_expires_even_before_the_purge(world):
    user = world.enterprise()
    draft = save(user)
    world.time.forward(days=180, seconds=-1)
    user = signed_in_again(world, user)
    assert user("GET", f"/drafts/{draft['id']}").status == 200
    assert len(user.ok("GET", "/drafts")["items"]) == 1
    world.time.forward(seconds=1)
    assert user.ok("GET", "/drafts")["items"] == []
    for answer in (
        user("GET", f"/drafts/{draft['id']}"),
        user("PUT", f"/drafts/{draft['id']}", {}, If_Match='"1"'),
        user("DELETE", f"/drafts/{draft['id']}"),
        user("POST", "/applications", {"draft_id": draft["id"]}),
    ):
        assert answer.status == 404


@pytest.mark.accepts("F03")
def test_can_add_agrees_with_saving_while_an_expired_draft_awaits_its_purge(world):
    user = world.enterprise()
    save(user)
    world.time.forward(days=180)
    user = signed_in_again(world, user)
    for _ in range(19):
        save(user)
    can_add = user.ok("GET", "/drafts")["can_add"]
    assert (user("POST", "/drafts", {}).status == 201) == can_add


MASKED = ["id_number", "passport_number", "phone", "email", "previous_card_number"]


@pytest.mark.parametrize("field", MASKED)
def test_a_masked_value_is_refused(world, owner, field):
    before = world.table()
    answer = owner("POST", "/drafts", {"persons": [{}, {field: "E*****001"}]})
    assert (answer.status, answer.fields) == (422, {f"persons.1.{field}": "MASKED_VALUE"})
    assert world.table() == before


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ({"nickname": "x"}, {"nickname": "extra_forbidden"}),
        ({"persons": [{"name": "测试甲", "age": 3}]}, {"persons.0.age": "extra_forbidden"}),
        ({"persons": [{}] * 91}, {"persons": "too_long"}),
        ({"group_name": 5}, {"group_name": "string_type"}),
        ({"group_name": "长" * 2001}, {"group_name": "string_too_long"}),
        ({"persons": {}}, {"persons": "list_type"}),
        ({"persons": [None]}, {"persons.0": "model_type"}),
        ({"persons": [{"first_time": "yes"}]}, {"persons.0.first_time": "bool_type"}),
        ({"pickup": {"method": "post", "fee": "1"}}, {"pickup.fee": "extra_forbidden"}),
        ({"attachments": ["x"] * 21}, {"attachments": "too_long"}),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_invalid_draft_is_refused_with_the_path_of_the_field(world, owner, content, fields):
    before = world.table()
    answer = owner("POST", "/drafts", content)
    assert (answer.status, answer.fields) == (422, fields)
    assert world.table() == before


def test_a_body_with_thousands_of_unknown_names_is_refused_without_a_list(world, owner):
    answer = owner("POST", "/drafts", {f"x{number}": number for number in range(2_001)})
    assert (answer.status, answer.fields) == (422, {"": "ERRORS_UNLISTED"})
    assert answer.body["errors"][0]["message"] == "错误超过2000处，未逐一列出。请核对内容的格式。"
    few = owner("POST", "/drafts", {f"x{number}": number for number in range(2_000)})
    assert set(few.fields.values()) == {"extra_forbidden"}
    empty = owner("POST", "/applications", {"content": {"persons": [{}] * 90}})
    assert "missing" in empty.fields.values()


def test_a_draft_with_a_very_long_id_is_saved_and_refused_at_its_field_when_submitted(world, owner):
    content = world.content(owner) | {"invoice_profile_id": "😀" * 500}
    draft = owner.ok("POST", "/drafts", content)["id"]
    for path in ("/applications", "/applications/check"):
        answer = owner("POST", path, {"draft_id": draft})
        fields = {error["field"]: error["code"] for error in answer.body["errors"]}
        assert (answer.status, fields) == (
            422 if path == "/applications" else 200,
            {"invoice_profile_id": "string_too_long"},
        )


def test_a_draft_can_hold_ninety_persons(owner):
    assert len(save(owner, persons=[{"name": "测试甲"}] * 90)["members"]) == 90


def test_a_draft_is_stored_encrypted(world, owner):
    person = people.person(name="测试名唯一")
    save(owner, persons=[person])
    stored = str(world.table())
    for value in ("测试名唯一", person["id_number"], person["passport_number"]):
        assert value not in stored


@pytest.mark.accepts("F02")
def test_only_an_application_for_new_or_renewal_can_be_a_draft(owner):
    answer = owner("POST", "/drafts", {"service": "early_card"})
    assert (answer.status, answer.fields) == (422, {"service": "extra_forbidden"})


@pytest.mark.accepts("F13", "F14", "F15")
def test_the_list_has_the_columns_of_the_popup_at_the_entry(world):
    """F13: shown if there are drafts; F14: six columns; F15: opened by its id."""
    user = world.enterprise()
    assert user.ok("GET", "/drafts")["items"] == []
    draft = save(user, **world.content(user))
    (row,) = user.ok("GET", "/drafts")["items"]
    shown = [row[name] for name in ("office", "group_name", "contact", "reason", "members", "saved_at")]
    assert shown == [
        "fao-hunan",
        "测试团组",
        "测试己",
        "赴有关经济体洽谈业务并参加展会",
        ["测试甲"],
        "2026-11-21T04:30:00.000Z",
    ]
    assert user.ok("GET", f"/drafts/{row['id']}")["content"] == draft["content"]


@pytest.mark.accepts("F09", "F11", "F12")
def test_every_reply_has_the_times_of_save_and_purge(world, owner):
    draft = save(owner)
    path = f"/drafts/{draft['id']}"
    world.time.forward(seconds=90)
    again = owner.ok("PUT", path, {}, If_Match='"1"')
    listed = next(row for row in owner.ok("GET", "/drafts")["items"] if row["id"] == draft["id"])
    for reply in (again, listed, owner.ok("GET", path)):
        assert (reply["saved_at"], reply["purge_at"]) == ("2026-11-21T04:31:30.000Z", "2027-05-20T04:31:30.000Z")


def test_saving_the_same_content_repeatedly_succeeds(world, owner):
    content = world.content(owner)
    draft = save(owner, **content)
    for version in range(1, 5):
        saved = owner.ok("PUT", f"/drafts/{draft['id']}", content, If_Match=f'"{version}"')
        assert saved["version"] == version + 1
        assert owner.ok("GET", f"/drafts/{draft['id']}")["content"] == draft["content"]


def test_saving_takes_one_transaction_regardless_of_the_number_of_files(world, owner):
    content = world.content(owner)
    with world.counting() as first:
        draft = save(owner, **content)
    with world.counting() as again:
        owner.ok("PUT", f"/drafts/{draft['id']}", content, If_Match='"1"')
    expected = ["dynamodb.BatchGetItem", "dynamodb.TransactWriteItems"]
    # The reply to a new draft shows the states of its files; a later save does not read them again.
    assert sorted(first.operations) == ["dynamodb.BatchGetItem", *expected]
    assert sorted(again.operations) == expected


@pytest.mark.parametrize("strange", ["unknown", "a b", "%23", "x" * 300, "草稿", ":", "#"])
def test_a_malformed_id_is_not_found(owner, strange):
    from urllib.parse import quote

    for method, more in (("GET", {}), ("PUT", {"If_Match": '"1"'}), ("DELETE", {})):
        body: dict[str, Any] | None = {} if method == "PUT" else None
        assert owner(method, f"/drafts/{quote(strange, safe='')}", body, **more).status == 404


def test_an_invalid_save_leaves_the_saved_draft_unchanged(owner):
    draft = save(owner, group_name="第一稿", persons=[{"name": "测试甲"}])
    path = f"/drafts/{draft['id']}"
    answer = owner("PUT", path, {"group_name": "第二稿", "persons": [{"name": ["测试甲"]}]}, If_Match='"1"')
    assert (answer.status, answer.fields) == (422, {"persons.0.name": "string_type"})
    assert owner.ok("GET", path) == draft


# Schemas


def rewrite(user, draft, **changes):
    """Store the draft with changed attributes and newly encrypted content."""
    from chalicelib.repos.drafts import drafts
    from chalicelib.repos.keys import sealing
    from chalicelib.repos.table import table

    item = table.get(drafts.key(user.account["id"], draft["id"]))
    if "content" in changes:
        changes["content"] = sealing.seal_json(changes["content"], f"DRAFT#{user.account['id']}#{draft['id']}")
    assert item
    table.commit(table.put({**item, **changes}))


@pytest.mark.accepts("F11")
def test_a_draft_of_the_first_schema_can_be_opened_listed_saved_and_submitted(world):
    user = world.enterprise()
    content = world.content(user)
    draft = save(user)
    old = {**content, "persons": [dict(content["persons"][0])]}
    del old["persons"][0]["first_time"]
    rewrite(user, draft, schema=1, enterprise_id=None, content={"group_name": "旧草稿"})
    opened = user.ok("GET", f"/drafts/{draft['id']}")
    assert (opened["group_name"], opened["content"]["persons"], opened["content"]["pickup"]) == ("旧草稿", [], None)
    assert names(user) == ["旧草稿"]
    rewrite(user, draft, schema=1, enterprise_id=None, content=old)
    opened = user.ok("GET", f"/drafts/{draft['id']}")
    assert (opened["members"], opened["content"]["persons"][0]["first_time"]) == (["测试甲"], None)
    opened["content"]["persons"][0]["first_time"] = True
    user.ok("PUT", f"/drafts/{draft['id']}", opened["content"], If_Match='"1"')
    assert user("POST", "/applications", {"draft_id": draft["id"]}).status == 201


def test_a_draft_of_a_newer_schema_is_listed_and_never_changed(world):
    user = world.enterprise()
    draft = save(user, group_name="新版")
    rewrite(user, draft, schema=99)
    before = world.table()
    path = f"/drafts/{draft['id']}"
    for answer in (
        user("GET", path),
        user("PUT", path, {}, If_Match='"1"'),
        user("DELETE", path),
        user("POST", "/applications", {"draft_id": draft["id"]}),
    ):
        assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    (row,) = user.ok("GET", "/drafts")["items"]
    assert (row["id"], row["group_name"], row["saved_at"]) == (draft["id"], None, "2026-11-21T04:30:00.000Z")
    assert world.table() == before
