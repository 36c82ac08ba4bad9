"""Every sign-in is in the audit, a new device is told by mail, and all other devices are signed out at once."""

from testing.world import PASSWORD, User
from tests.support.accounts import elements_of, session_status, sign_in

HOME, ABROAD = "198.51.100.41", "203.0.113.41"


def signed_in(owner):
    """The entries about sign-ins, newest first."""
    return [entry for entry in owner.ok("GET", "/audit")["items"] if entry["action"] == "signed_in"]


def test_every_sign_in_is_recorded_with_its_way_holder_and_address(world):
    owner = world.enterprise()
    assert signed_in(owner) == []
    agent = world.agent(owner, name="测试丁")
    world.time.forward(seconds=1)
    with world.calling_from(HOME):
        world.sign_in("enterprise", owner.account["login"], PASSWORD)
    world.time.forward(seconds=1)
    with world.calling_from(ABROAD):
        ticket = world.ticket("login", elements_of(owner), "delegate")
        answer = world.anybody("POST", "/sessions/elicence", ticket)
    entries = signed_in(owner)
    assert [(entry["actor"], entry["subject"], entry["after"]) for entry in entries] == [
        (
            owner.account["display_name"],
            owner.account["id"],
            {"way": "licence", "source": ABROAD, "holder": "delegate", "holder_name": "测**"},
        ),
        (owner.account["display_name"], owner.account["id"], {"way": "password", "source": HOME}),
        ("测**", agent.account["id"], {"way": "password", "source": "127.0.0.1"}),
    ]
    assert entries[0]["request_id"] == answer.headers["x-request-id"]
    assert (entries[0]["action_label"], entries[0]["changed"]) == ("登录", [])


def test_a_refused_sign_in_is_not_recorded(world):
    owner = world.enterprise()
    assert sign_in(world, "enterprise", owner.account["login"], "not the password").status == 401
    assert signed_in(owner) == []


def test_a_sign_in_of_an_officer_is_recorded(world):
    from chalicelib.repos.accounts import audit

    officer = world.officer("fao-hunan")
    entry = [entry for entry in audit.entries("OFFICERS") if entry.subject == officer.account["id"]][-1]
    assert (entry.action, entry.after) == ("signed_in", {"way": "password", "source": "127.0.0.1"})


def test_a_sign_in_from_a_new_device_is_told_by_mail_once(world):
    owner = world.enterprise()
    login = owner.account["login"]

    def told():
        world.deliver()
        return [mail for mail in world.mails(login) if mail.subject == "[sandbox] 账号在新设备登录"]

    world.sign_in("enterprise", login, PASSWORD)
    assert told() == []
    for _ in range(2):
        with world.calling_from(ABROAD):
            world.sign_in("enterprise", login, PASSWORD)
        assert len(told()) == 1
    assert "网络地址为203.0.113.41" in told()[0].text
    form = {"identity": "enterprise", "login": login, "password": PASSWORD, "keep": "cookie"}
    with world.calling_from(ABROAD):
        first = world.anybody("POST", "/sessions", form)
        assert len(told()) == 2, "a browser is known by its cookie only: an intruder may share the address"
        world.anybody("POST", "/sessions", form, Cookie=first.cookies[1].partition(";")[0])
    assert len(told()) == 2


def test_a_new_device_of_a_licence_scan_and_of_an_agent_is_told(world):
    owner = world.enterprise()
    agent = world.agent(owner)
    with world.calling_from(ABROAD):
        world.anybody.ok("POST", "/sessions/elicence", world.ticket("login", elements_of(owner), "delegate"))
        world.sign_in("agent", agent.account["login"], "correct horse")
    world.deliver()
    for user in (owner, agent):
        assert world.mails(user.account["email"])[0].subject == "[sandbox] 账号在新设备登录"


def test_all_other_sessions_end_at_once(world):
    owner = world.enterprise()
    others = [world.sign_in("enterprise", owner.account["login"], PASSWORD) for _ in range(2)]
    agent = world.agent(owner)
    world.time.forward(seconds=1)
    assert owner("DELETE", "/sessions").status == 204
    assert [session_status(user) for user in (owner, *others, agent)] == [200, 401, 401, 200]
    assert owner.ok("GET", "/audit")["items"][0]["action"] == "sessions_ended"
    again = User(world, world.sign_in("enterprise", owner.account["login"], PASSWORD).token, owner.account)
    assert session_status(again) == 200
