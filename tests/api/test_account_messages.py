"""消息中心: messages about an account itself (M01, M05; the table is in rules/notices/recipients.py)."""

import pytest

from testing.world import PASSWORD
from tests.support.accounts import elements_of


@pytest.fixture
def enterprise(world):
    """A new enterprise for each test, without messages."""
    return world.enterprise()


def newest(user, count=1):
    return [(message["kind"], message["body"]) for message in user.ok("GET", f"/messages?limit={count}")["items"]]


def of_agent(enterprise, agent, method, path, body):
    return enterprise.ok(method, f"/agents/{agent.account['id']}{path}", body)


def test_a_changed_password_creates_a_message_for_its_account(world, enterprise):
    new = {"password": "another horse battery", "password_confirmation": "another horse battery"}
    enterprise.ok("PUT", "/me/password", {"current_password": PASSWORD, **new})
    assert newest(enterprise) == [
        (
            "password_changed",
            "您的账号密码已于2026-11-21 12:30:00修改，其他登录均已退出。如非本人操作，请尽快找回密码。",
        )
    ]
    assert enterprise.ok("GET", "/me")["unread_messages"] == 1


def test_a_changed_address_and_a_renewed_licence_create_messages_for_the_enterprise(world, enterprise):
    email = "another@enterprise.example"
    enterprise.ok("PUT", "/me/email", world.address_form(enterprise, email))
    world.time.forward(seconds=1)
    enterprise.ok("PUT", "/enterprise/licence", world.ticket("update_licence", elements_of(enterprise)))
    assert [kind for kind, _ in newest(enterprise, 5)] == ["licence_renewed", "email_changed"]


@pytest.mark.accepts("M01", "M05")
def test_changes_to_an_agent_create_messages_for_that_agent_only(world, enterprise):
    agent, colleague = world.agent(enterprise), world.agent(enterprise)
    for method, path, body in (
        ("PATCH", "", {"scope": "own"}),
        ("PUT", "/mail-preference", {"receives_mail": False}),
        ("PUT", "/mail-preference", {"receives_mail": True}),
        ("PATCH", "", {"password": "a new horse"}),
        ("PUT", "/authorization", {"authorized": False}),
        ("PUT", "/authorization", {"authorized": True}),
    ):
        world.time.forward(seconds=1)
        of_agent(enterprise, agent, method, path, body)
    agent = world.sign_in("agent", agent.account["login"], "a new horse")
    assert newest(agent, 10) == [
        ("agent_authorized", "企业已于2026-11-21 12:30:06授权您的账号，您可以继续办理申请。"),
        ("agent_password_set", "企业已于2026-11-21 12:30:04重设您的账号密码，此前的登录均已退出。"),
        ("mail_switched_on", "企业已于2026-11-21 12:30:03将您的“是否接收邮件”设为“是”。"),
        ("mail_switched_off", "企业已于2026-11-21 12:30:02将您的“是否接收邮件”设为“否”。"),
        ("scope_changed", "企业已于2026-11-21 12:30:01将您的经办人权限变更为“仅可见该账号自己创建的申请单”。"),
    ]
    assert newest(enterprise) == newest(colleague) == []


def test_an_agents_own_mail_switch_and_an_unchanged_scope_create_no_message(world, enterprise):
    agent = world.agent(enterprise)
    agent.ok("PUT", "/me/mail-preference", {"receives_mail": False})
    of_agent(enterprise, agent, "PATCH", "", {"scope": "all", "name": "测试壬"})
    assert newest(agent) == []


def test_messages_expire_after_24_months(world, enterprise):
    world.application(enterprise)
    (item,) = [item for (pk, sk), item in world.table().items() if sk.startswith("MSG#") and _of(pk, enterprise)]
    assert int(item["expires_at"]["N"]) - int(world.time().timestamp()) == 730 * 24 * 3600


def _of(pk, user):
    return pk == f"ACC#{user.account['id']}"
