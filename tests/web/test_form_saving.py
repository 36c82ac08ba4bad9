"""What the form saves by itself, and that nothing typed is lost: server, network, session, tabs and other people."""

import itertools
import signal
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from testing import people
from testing.running import wait_for
from testing.steps import PASSWORD
from tests.support.assurance import figure, rounds
from tests.support.form_page import saved, step, stored
from tests.support.pages import Browsing

KEYS_MS = 40
GROUP = ("group_name", "contact", "contact_phone", "contact_email", "reason")
PERSON = ("name", "surname_pinyin", "given_name_pinyin", "title", "title_en", "phone", "email")
FIELDS = [("团组信息", name) for name in GROUP] + [("人员信息", f"persons.0.{name}") for name in PERSON]
LARGE = {"title": "市场开发部高级经理" * 10, "title_en": "Senior Manager of Market Development " * 10}
"""Fields of a person that make 90 persons larger than what a browser sends after a page is left."""


def accepting(page: Page) -> list[str]:
    """Answer every question of the browser with yes; the kinds of the questions so far."""
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    return asked


def refusing(tab: Browsing, *statuses: int) -> list[int]:
    """Let the next saves of drafts fail with these statuses (0: no answer); what is left of them."""
    left = [*statuses]
    tab.expected_statuses |= {status for status in statuses if status}

    def answer(route: Route) -> None:
        if route.request.method != "PUT" or not left:
            route.continue_()
        elif status := left.pop(0):
            route.fulfill(status=status, json={"code": "UNAVAILABLE", "message": "服务暂时不可用。", "errors": []})
        else:
            route.abort()

    tab.page.route("**/v1/drafts/*", answer)
    return left


def filled(tab: Browsing, enterprise, persons: int) -> dict[str, Any]:
    """A draft with so many persons, opened at 团组信息."""
    rows = [{"name": f"测试甲{place}", **LARGE} for place in range(persons)]
    created: dict[str, Any] = enterprise.client.ok("POST", "/drafts", {"persons": rows})
    step(tab.open(f"/drafts/{created['id']}"), "团组信息")
    return created


@pytest.mark.parametrize(("choice", "kept"), [("载入最新内容", "其他页面"), ("用本页内容覆盖", "本页")])
def test_a_draft_changed_elsewhere_asks_which_content_to_keep(signed_in, enterprise, draft, choice, kept):
    signed_in.expected_statuses.add(412)
    page = signed_in.page
    step(page, "团组信息")
    enterprise.client.ok("PUT", f"/drafts/{draft['id']}", {"group_name": "其他页面"}, If_Match='"1"')
    signed_in.field("group_name").fill("本页")
    dialog = page.get_by_role("dialog", name="草稿已被修改")
    expect(dialog).to_be_visible()
    signed_in.check()
    dialog.get_by_role("button", name=choice).click()
    expect(dialog).to_be_hidden()
    expect(signed_in.field("group_name")).to_have_value(kept)
    saved(page)
    assert stored(enterprise, draft)["group_name"] == kept


def test_without_a_network_the_content_stays_and_is_saved_when_it_is_back(signed_in, enterprise, draft):
    page = signed_in.page
    step(page, "团组信息")
    signed_in.context.set_offline(True)
    signed_in.field("group_name").fill("没有网络")
    expect(page.get_by_text("暂时无法保存")).to_be_visible()
    signed_in.check()
    signed_in.field("contact").fill("测试己")
    signed_in.context.set_offline(False)
    saved(page)
    found = stored(enterprise, draft)
    assert (found["group_name"], found["contact"]) == ("没有网络", "测试己")


def test_leaving_the_page_saves_first(signed_in, enterprise, draft):
    page = signed_in.page
    step(page, "团组信息")
    signed_in.field("group_name").fill("马上离开")
    page.get_by_role("navigation").get_by_role("link", name="我的草稿").first.click()
    page.wait_for_url("**/drafts")
    assert stored(enterprise, draft)["group_name"] == "马上离开"


def test_after_the_session_ended_the_form_goes_on_without_loss(tab, enterprise):
    tab.sign_in(enterprise)
    created = enterprise.client.ok("POST", "/drafts", {})
    page = tab.open(f"/drafts/{created['id']}")
    step(page, "团组信息")
    tab.expected_statuses.add(401)
    tab.context.clear_cookies()
    tab.field("group_name").fill("登录结束")
    dialog = page.get_by_role("dialog", name="登录已结束")
    tab.field("again_password").fill("correct horse battery")
    dialog.get_by_role("button", name="重新登录").click()
    expect(dialog).to_be_hidden()
    expect(tab.field("group_name")).to_have_value("登录结束")
    saved(page)
    assert stored(enterprise, created)["group_name"] == "登录结束"


def test_an_input_method_is_not_disturbed_by_saving(signed_in, enterprise, draft):
    page = signed_in.page
    step(page, "团组信息")
    signed_in.field("contact").fill(people.person()["name"])
    signed_in.field("group_name").focus()
    keyboard = signed_in.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "kao cha", "selectionStart": 7, "selectionEnd": 7})
    page.wait_for_timeout(2000)
    assert stored(enterprise, draft)["contact"] is None
    keyboard.send("Input.insertText", {"text": "考察"})
    saved(page)
    assert stored(enterprise, draft)["group_name"] == "考察"


@pytest.mark.parametrize("persons", [0, 90])
def test_a_tab_that_is_closed_asks_and_what_was_typed_is_saved(signed_in, enterprise, persons):
    created = filled(signed_in, enterprise, persons)
    asked = accepting(signed_in.page)
    signed_in.field("group_name").press_sequentially("关闭之前", delay=KEYS_MS)
    with signed_in.page.expect_event("close"):
        signed_in.page.close(run_before_unload=True)
    wait_for(lambda: stored(enterprise, created)["group_name"] == "关闭之前", 5, "the last save of the closed tab")
    assert asked == ["beforeunload"]
    assert len(stored(enterprise, created)["persons"]) == persons


def test_what_could_not_be_saved_is_there_again_after_a_reload(signed_in, enterprise):
    created = filled(signed_in, enterprise, 90)
    page = signed_in.page
    accepting(page)
    refusing(signed_in, 0, 0, 0)
    signed_in.field("group_name").fill("没有保存")
    page.reload()
    expect(page.get_by_text("已恢复离开时未保存的内容。")).to_be_visible()
    signed_in.check()
    page.unroute_all()
    saved(page, 20_000)
    found = stored(enterprise, created)
    assert (found["group_name"], len(found["persons"])) == ("没有保存", 90)
    page.reload()
    signed_in.settled()
    step(page, "团组信息")
    expect(signed_in.field("group_name")).to_have_value("没有保存")
    expect(page.get_by_text("已恢复离开时未保存的内容。")).to_have_count(0)


def test_a_save_whose_answer_the_left_page_did_not_get_is_no_conflict(signed_in, enterprise, draft):
    page = signed_in.page
    accepting(page)
    step(page, "团组信息")

    def lose_answer(route: Route) -> None:
        if route.request.method == "PUT":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/v1/drafts/*", lose_answer)
    signed_in.field("group_name").fill("第一次")
    expect(page.get_by_text("暂时无法保存")).to_be_visible()
    assert stored(enterprise, draft)["group_name"] == "第一次"
    page.unroute_all()
    left = refusing(signed_in, 0, 0, 0, 0)
    signed_in.field("group_name").fill("第二次")
    page.reload()
    signed_in.expected_statuses.add(412)
    left.clear()  # the route stays: without it requests that it holds would never go on
    saved(page, 20_000)
    assert stored(enterprise, draft)["group_name"] == "第二次"
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(("choice", "kept"), [("载入最新内容", "其他页面"), ("用本页内容覆盖", "没有保存")])
def test_a_draft_that_another_page_changed_meanwhile_asks_after_the_reload(signed_in, enterprise, draft, choice, kept):
    page = signed_in.page
    accepting(page)
    step(page, "团组信息")
    refusing(signed_in, 0, 0)
    signed_in.field("group_name").fill("没有保存")
    expect(page.get_by_text("暂时无法保存")).to_be_visible()
    enterprise.client.ok("PUT", f"/drafts/{draft['id']}", {"group_name": "其他页面"}, If_Match='"1"')
    signed_in.expected_statuses.add(412)
    page.reload()
    page.get_by_role("dialog", name="草稿已被修改").get_by_role("button", name=choice).click()
    saved(page)
    step(page, "团组信息")
    expect(signed_in.field("group_name")).to_have_value(kept)
    assert stored(enterprise, draft)["group_name"] == kept


def test_signing_out_saves_first(signed_in, enterprise, draft):
    page = signed_in.page
    step(page, "团组信息")
    signed_in.field("group_name").fill("马上退出")
    page.get_by_role("banner").get_by_role("button", name="@").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("banner").get_by_role("link", name="登录")).to_be_visible()
    client = enterprise.sandbox.sign_in("enterprise", enterprise.email, PASSWORD)
    assert client.ok("GET", f"/drafts/{draft['id']}")["content"]["group_name"] == "马上退出"


def test_after_signing_out_nothing_that_was_typed_stays_in_the_browser(signed_in, enterprise, draft):
    page = signed_in.page
    accepting(page)
    step(page, "团组信息")
    refusing(signed_in, 0, 0, 0)
    signed_in.field("group_name").fill("没有保存")
    expect(page.get_by_text("暂时无法保存")).to_be_visible()
    kept = "JSON.stringify(sessionStorage) + JSON.stringify(localStorage)"
    assert "没有保存" in page.evaluate(kept)
    page.get_by_role("banner").get_by_role("button", name="@").click()
    page.get_by_role("button", name="退出登录").click()
    question = page.get_by_role("dialog", name="有未保存的内容")
    expect(question).to_be_visible()
    signed_in.check()
    question.get_by_role("button", name="留在本页").click()
    expect(signed_in.field("group_name")).to_have_value("没有保存")
    page.get_by_role("banner").get_by_role("button", name="@").click()
    page.get_by_role("button", name="退出登录").click()
    question.get_by_role("button", name="不保存并离开").click()
    expect(page.get_by_role("banner").get_by_role("link", name="登录")).to_be_visible()
    expect(page).to_have_url(f"{signed_in.origin}/sign-in")
    assert "没有保存" not in page.evaluate(kept)


def test_a_service_that_is_away_is_asked_again_until_it_saves(signed_in, enterprise, draft):
    page = signed_in.page
    step(page, "团组信息")
    left = refusing(signed_in, 503, 500, 0)
    signed_in.field("group_name").fill("服务")
    expect(page.get_by_text("暂时无法保存，内容保留在本页，恢复后自动保存。")).to_be_visible()
    signed_in.check()
    signed_in.field("contact").fill("测试己")
    saved(page, 20_000)
    assert left == []
    found = stored(enterprise, draft)
    assert (found["group_name"], found["contact"]) == ("服务", "测试己")


def test_two_tabs_on_one_draft_never_overwrite_each_other(signed_in, enterprise, draft):
    page, other = signed_in.page, signed_in.context.new_page()
    other.goto(f"{signed_in.origin}/drafts/{draft['id']}")
    for each in (page, other):
        step(each, "团组信息")
    signed_in.field("group_name").fill("第一页")
    saved(page)
    other.locator("[name=group_name]").fill("第二页")
    other.locator("[name=contact]").fill("测试己")
    dialog = other.get_by_role("dialog", name="草稿已被修改")
    expect(dialog).to_be_visible()
    assert stored(enterprise, draft)["group_name"] == "第一页"
    expect(other.locator("[name=contact]")).to_have_value("测试己")
    dialog.get_by_role("button", name="用本页内容覆盖").click()
    saved(other)
    found = stored(enterprise, draft)
    assert (found["group_name"], found["contact"]) == ("第二页", "测试己")
    signed_in.expected_statuses.add(412)
    signed_in.field("reason").fill("第一页又写")
    expect(page.get_by_role("dialog", name="草稿已被修改")).to_be_visible()
    assert stored(enterprise, draft)["reason"] is None


@pytest.mark.assurance
def test_no_character_is_lost_while_the_server_is_killed_and_the_network_goes(signed_in, enterprise, sandbox, draft):
    page, offline = signed_in.page, signed_in.context.set_offline
    signed_in.expected_statuses |= {500, 502, 503, 504}
    chunks = rounds(9, 108)
    share = chunks // len(FIELDS) + 1
    typed: dict[str, str] = {}
    counted = {"kill": 0, "offline": 0}

    def kill() -> None:
        page.wait_for_timeout(1550)  # the pause before a save: this one is under way
        sandbox.stop(signal.SIGKILL)
        counted["kill"] += 1

    def leave_network() -> None:
        offline(True)
        counted["offline"] += 1

    acts = itertools.cycle([kill, sandbox.spawn, sandbox.answering, leave_network, lambda: offline(False)])
    for number in range(chunks):
        place, name = FIELDS[number // share]
        step(page, place)
        if place == "人员信息" and not signed_in.field(name).count():
            page.get_by_role("button", name="添加人员").click()
        signed_in.field(name).focus()
        page.keyboard.press("End")
        text = f"{number:03d} 考察 market survey 并参展;"
        page.keyboard.type(text, delay=KEYS_MS)
        typed[name] = typed.get(name, "") + text
        next(acts)()
    offline(False)
    if sandbox.process.poll() is not None:
        sandbox.spawn()
    sandbox.answering()
    saved(page, 60_000)
    characters = sum(map(len, typed.values()))
    figure(f"typing: {characters} characters, {counted['kill']} kills, {counted['offline']} times offline, 0 lost")
    for _ in range(2):
        for place, name in FIELDS[: len(typed)]:
            step(page, place)
            expect(signed_in.field(name)).to_have_value(typed[name])
        page.reload()
        signed_in.settled()
    found = stored(enterprise, draft)
    texts = {**found, **{f"persons.0.{name}": text for name, text in (found["persons"] or [{}])[0].items()}}
    assert {name: texts[name] for name in typed} == typed
