"""消息中心: unread and read messages, pages and cursors (M01, M04)."""

import re

import pytest

from testing.follow_ups import applied, card, economy, made, waiting
from testing.world import PASSWORD
from tests.support import faults
from tests.support.accounts import session_status
from tests.support.browsers import cleared, opened
from tests.support.messages import messages_of, submit_several, unread_count


@pytest.fixture(scope="module")
def stranger(portal):
    return portal.enterprise()


def test_reading_messages_lowers_the_unread_count(world, reader):
    submit_several(world, reader, 3)
    newest, *older = messages_of(reader)
    assert (unread_count(reader), newest["created_at"]) == (3, "2026-11-21T04:30:03.000Z")
    for _ in range(2):
        assert reader("POST", f"/messages/{newest['id']}/read").status == 204
    assert unread_count(reader) == 2
    assert [message["read"] for message in messages_of(reader)] == [True, False, False]
    assert reader("POST", "/messages/read-all").status == 204
    assert (unread_count(reader), [message["read"] for message in messages_of(reader)]) == (0, [True] * 3)
    assert reader("POST", f"/messages/{older[0]['id']}/read").status == 204
    assert unread_count(reader) == 0
    submit_several(world, reader, 1)
    assert (unread_count(reader), [message["read"] for message in messages_of(reader)]) == (
        1,
        [False, True, True, True],
    )


def test_a_message_written_while_all_are_marked_read_is_counted_as_it_is_shown(world, reader):
    """The officer's request starts before the reader's and is written after it."""
    application = world.application(reader)

    def read_all():
        world.time.forward(milliseconds=50)
        reader.ok("POST", "/messages/read-all")

    with faults.meanwhile("dynamodb.TransactWriteItems", read_all):
        world.decide(world.desk("fao-hunan"), application)
    assert unread_count(reader) == [message["read"] for message in messages_of(reader)].count(False)


def write_messages(user, now, count):
    from chalicelib.repos.notices import messages
    from chalicelib.repos.table import table

    message = {"message_kind": "password_changed", "values": {"time": "2026-11-21 12:30:00"}}
    table.commit(*(messages.message_added(user.account["id"], message, now) for _ in range(count)))


@pytest.mark.parametrize(
    ("written", "count", "capped"), [(0, 0, False), (98, 98, False), (99, 99, False), (100, 99, True), (180, 99, True)]
)
def test_the_unread_count_is_capped_at_99(world, reader, written, count, capped):
    for start in range(0, written, 90):
        write_messages(reader, world.time(), min(90, written - start))
    me = reader.ok("GET", "/me")
    assert (me["unread_messages"], me["unread_capped"]) == (count, capped)


def test_the_unread_count_reads_at_most_three_units_whatever_the_number_of_messages(world, reader):
    """An eventually consistent read unit is 8 KB of the keys that the index holds."""
    for _ in range(3):
        write_messages(reader, world.time(), 90)
    queries = []
    with faults.beside("dynamodb.Query", lambda params, **_: queries.append(params)):
        reader.ok("GET", "/me")
    (query,) = queries
    assert (query["IndexName"], query["Select"], query["Limit"]) == ("work_queue", "COUNT", 100)
    assert "FilterExpression" not in query
    names = ("pk", "sk", "queue_pk", "queue_sk")
    item = next(item for (pk, sk), item in world.table().items() if pk.endswith(reader.account["id"]) and "MSG" in sk)
    assert 100 * sum(len(name) + len(item[name]["S"]) for name in names) <= 3 * 8192


def test_a_message_is_listed_as_unread_until_it_is_read(world, reader):
    write_messages(reader, world.time(), 2)
    first, second = messages_of(reader)
    reader.ok("POST", f"/messages/{first['id']}/read")
    listed = {
        sk.removeprefix("MSG#")
        for (pk, sk), item in world.table().items()
        if "queue_pk" in item and item["queue_pk"]["S"] == f"UNREAD#{reader.account['id']}"
    }
    assert listed == {second["id"]}


def test_a_foreign_message_is_answered_like_an_unknown_one(world, reader, stranger):
    submit_several(world, reader, 1)
    (message,) = messages_of(reader)
    for user in (world.agent(reader), stranger):
        answer, unknown = (user("POST", f"/messages/{message_id}/read") for message_id in (message["id"], "unknown"))
        assert answer.status == 404
        assert answer.body | {"request_id": ""} == unknown.body | {"request_id": ""}
    assert unread_count(reader) == 1


def test_a_list_of_unread_messages_has_their_number_and_leaves_out_what_was_read(world, reader):
    submit_several(world, reader, 4)
    newest, second, *_ = messages_of(reader)
    reader("POST", f"/messages/{second['id']}/read")
    reply = reader.ok("GET", "/messages?unread=true")
    assert [message["read"] for message in reply["items"]] == [False] * 3
    assert (reply["items"][0], reply["total"], reply["total_capped"], reply["partial"]) == (newest, 3, False, False)
    everything = reader.ok("GET", "/messages")
    assert (len(everything["items"]), everything["total"]) == (4, None)
    reader("POST", "/messages/read-all")
    assert reader.ok("GET", "/messages?unread=true") == {
        "items": [], "next_cursor": None, "partial": False, "total": 0, "total_capped": False,
    }  # fmt: skip


def test_pages_of_unread_messages_show_each_of_them_once(world, reader):
    submit_several(world, reader, 5)
    wanted = [message["id"] for message in messages_of(reader)]
    shown, cursor = [], ""
    while cursor is not None:
        page = reader.ok("GET", f"/messages?unread=true&limit=2{cursor and f'&cursor={cursor}'}")
        shown.append([message["id"] for message in page["items"]])
        cursor = page["next_cursor"]
    assert shown == [wanted[:2], wanted[2:4], wanted[4:]]


def test_a_first_page_of_unread_messages_reads_on_where_the_index_lags(world, reader):
    from chalicelib.repos.notices import messages
    from chalicelib.repos.table import table

    submit_several(world, reader, 4)
    ids = [message["id"] for message in messages_of(reader)]
    for message_id in ids[:3]:
        # Read, but still in the index.
        table.commit(table.change(messages._key(reader.account["id"], message_id), assign={"read": True}))
    page = reader.ok("GET", "/messages?unread=true&limit=1")
    assert (page["items"], page["partial"]) == ([], True)
    page = reader.ok("GET", f"/messages?unread=true&limit=1&cursor={page['next_cursor']}")
    assert ([message["id"] for message in page["items"]], page["next_cursor"]) == (ids[3:], None)
    page = reader.ok("GET", "/messages?unread=true&limit=2")
    assert [message["id"] for message in page["items"]] == ids[3:]


def test_a_cursor_of_all_messages_is_none_of_the_unread_ones(world, reader):
    submit_several(world, reader, 2)
    cursor = reader.ok("GET", "/messages?limit=1")["next_cursor"]
    assert reader("GET", f"/messages?unread=true&limit=1&cursor={cursor}").status == 400


def test_a_message_names_its_person(world, reader):
    person = waiting(world, reader, approvals=1)
    follow_up = applied(reader, person, "early_card")["number"]
    world.decide(world.desk("fao-hunan"), {"number": follow_up})
    found = {
        (message["application_number"], message["kind"]): message["person_name"] for message in messages_of(reader)
    }
    assert found[person[:-3], "submitted"] is None
    assert found[person[:-3], "economy_decided"] == "测试甲"
    assert found[follow_up, "submitted"] == found[follow_up, "status_changed"] == "测试甲"


def test_a_message_about_an_account_names_no_person(world, reader):
    write_messages(reader, world.time.moment, 1)
    assert messages_of(reader)[0]["person_name"] is None


def test_pages_show_every_message_once(world, reader):
    submit_several(world, reader, 5)
    shown, cursor = [], None
    for _ in range(3):
        page = reader.ok("GET", f"/messages?limit=2&cursor={cursor}" if cursor else "/messages?limit=2")
        shown.append([message["created_at"][17:19] for message in page["items"]])
        cursor = page["next_cursor"]
    assert (shown, cursor) == ([["05", "04"], ["03", "02"], ["01"]], None)


def test_a_full_last_page_has_no_next_cursor(world, reader):
    submit_several(world, reader, 2)
    assert reader.ok("GET", "/messages?limit=2")["next_cursor"] is None


def test_a_changed_or_foreign_cursor_is_refused(world, reader, stranger):
    submit_several(world, reader, 2)
    cursor = reader.ok("GET", "/messages?limit=1")["next_cursor"]
    changed = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    for user, sent in ((reader, changed), (reader, "x"), (world.agent(reader), cursor), (stranger, cursor)):
        answer = user("GET", f"/messages?cursor={sent}")
        assert (answer.status, answer.code) == (400, "MALFORMED")


@pytest.mark.parametrize("query", ["?limit=0", "?limit=101", "?limit=x", "?page=2"])
def test_an_invalid_query_is_refused(reader, query):
    assert reader("GET", f"/messages{query}").status == 422


def test_messages_are_in_english_on_request(world, reader):
    world.application(reader)
    (message,) = reader.ok("GET", "/messages", Accept_Language="en-GB")["items"]
    assert message["title"] == "Application submitted"


def test_a_mail_contains_no_personal_values_and_states_that_the_site_is_not_official(world, reader):
    content = world.content(reader)
    reader.ok("POST", "/applications", {"content": content})
    world.deliver()
    mail = world.mails(reader.account["email"])[0]
    person = content["persons"][0]
    for text in (mail.subject, mail.text, mail.html):
        assert not any(person[name] in text for name in ("id_number", "passport_number", "phone", "name", "email"))
    assert "本系统为非官方系统" in mail.text
    assert re.search(r"http://127.0.0.1:8001/applications/APEC\d{14}", mail.text)


# The badge


def test_the_badge_counts_as_the_own_page_does_in_one_request_beside_authentication(world, reader):
    submit_several(world, reader, 2)
    me = reader.ok("GET", "/me")
    with world.counting() as requests:
        badge = reader.ok("GET", "/messages/unread")
    assert badge == {name: me[name] for name in ("unread_messages", "unread_capped")}
    assert badge["unread_messages"] > 0
    assert requests.operations == ["dynamodb.BatchGetItem", "dynamodb.Query"]
    assert world.desk("fao-hunan")("GET", "/messages/unread").status == 403


def test_polling_the_badge_does_not_keep_a_session_alive(world):
    owner = world.enterprise()
    polled, browser = world.sign_in("enterprise", owner.account["login"], PASSWORD), opened(world, owner)
    for _ in range(30):
        world.time.forward(minutes=1)
        assert (polled("GET", "/messages/unread").status, browser("GET", "/messages/unread").status) == (200, 200)
    world.time.forward(minutes=1)
    assert [polled("GET", path).status for path in ("/messages/unread", "/me")] == [401, 401]
    assert cleared(browser("GET", "/messages/unread"))


def test_a_use_between_polls_keeps_the_session_alive(world):
    user = world.enterprise()
    for minute in range(1, 60):
        world.time.forward(minutes=1)
        assert user("GET", "/messages/unread").status == 200
        if minute == 29:
            assert session_status(user) == 200
    world.time.forward(minutes=1)
    assert session_status(user) == 401


def test_what_pages_ask_on_their_own_is_no_use_of_the_session(world):
    from chalicelib.handlers import blueprints  # noqa: F401  declares the routes
    from chalicelib.handlers.http.routing import ROUTES

    passive = {route.name for route in ROUTES if route.passive}
    assert passive == {"POST /v1/attachments/states", "GET /v1/messages/unread"}


def test_the_last_answer_sends_the_message_that_the_economies_are_done(world, owner):
    person = waiting(world, owner, approvals=15)
    before = owner.ok("GET", "/messages?limit=1")["items"][0]
    assert before["kind"] == "economy_decided"
    economy(world, person, "VNM", "refused")
    newest = owner.ok("GET", "/messages?limit=1")["items"][0]
    assert (newest["kind"], newest["title"], newest["person_name"]) == (
        "economies_done",
        "APEC经济体审核完成",
        "测试甲",
    )
    start = (
        f"【越南】已拒签，各经济体均已有结果：人员申请单{person}（测试甲）的状态由“APEC经济体审核中”"
        "变更为“APEC经济体审核完成”。"
    )
    assert newest["body"].startswith(start)
    economy(world, person, "VNM", "pending")
    assert owner.ok("GET", "/messages?limit=1")["items"][0]["kind"] == "economy_reopened"


def test_every_change_of_a_person_after_the_economies_names_the_person_in_its_message(world, owner):
    person = waiting(world, owner, approvals=16)
    made(world, person, "2031-11-20")
    assert card(world, person, "cancelled", reason="遗失").status == 200
    found = owner.ok("GET", "/messages?limit=20")["items"]
    told = [message for message in found if message["kind"] == "status_changed" and message["person_number"] == person]
    assert len(told) >= 3
    for message in told:
        assert f"{person}（测试甲）" in message["body"]
        assert "测试甲" not in message["title"]
