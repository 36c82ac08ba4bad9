"""New passwords that are easy to guess are refused on each way; those that exist keep working (docs/decisions/0076)."""

import pytest

from chalicelib.repos.accounts import accounts
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.table import table
from testing import people
from testing.world import PASSWORD
from tests.support.accounts import change_password, sign_in
from tests.support.recovery import set_password, verified

WEAK = ("a123456789", "11223344", "147258369", "admin888", "qazwsxedc", "password!", "１２３４５６７８", "woaini1314")


@pytest.mark.parametrize("password", WEAK)
def test_a_password_that_is_easy_to_guess_is_refused_wherever_one_is_set(world, password):
    owner = world.enterprise()
    agent = owner.ok("POST", "/agents", people.agent())
    form = world.registration(password=password, password_confirmation=password)
    recovery, token = verified(world, owner)
    before = world.table()
    for answer in (
        world.anybody("POST", "/registrations", form),
        change_password(owner, PASSWORD, password),
        owner("POST", "/agents", people.agent(password=password)),
        owner("PATCH", f"/agents/{agent['id']}", {"password": password}),
        set_password(world, recovery, token, password),
    ):
        assert (answer.status, answer.fields) == (422, {"password": "PASSWORD_COMMON"})
    assert world.table() == before


def test_a_password_of_four_random_words_is_accepted(world):
    owner = world.enterprise()
    assert change_password(owner, PASSWORD, "lake orbit violin candle").status == 204
    assert sign_in(world, "enterprise", owner.account["login"], "lake orbit violin candle").status == 201


@pytest.mark.parametrize("added", ["1", "888", "!@#", "2026"])
def test_a_user_name_with_a_few_characters_is_refused_as_a_password(world, added):
    owner = world.enterprise()
    form = people.agent(username=f"agent{people.serial()}")
    answer = owner("POST", "/agents", form | {"password": form["username"] + added})
    assert (answer.status, answer.fields) == (422, {"password": "PASSWORD_COMMON"})


@pytest.mark.parametrize("known", ["the enterprise", "the legal representative", "the agent", "the telephone"])
def test_a_password_made_of_names_and_numbers_of_the_account_is_refused(world, known):
    owner = world.enterprise()
    enterprise = owner.ok("GET", "/enterprise")
    form = people.agent(name="欧阳灯塔")
    owner.ok("POST", "/agents", form)
    agent = world.sign_in("agent", form["username"], form["password"])
    changing = {
        "the enterprise": (agent, enterprise["name"] + "88"),
        "the legal representative": (owner, enterprise["legal_representative"] + "12345"),
        "the agent": (agent, "欧阳灯塔2026"),
    }
    if known == "the telephone":
        answer = owner("POST", "/agents", people.agent(phone="13912345678", password="a13912345678"))
    else:
        user, password = changing[known]
        answer = change_password(user, PASSWORD if user is owner else form["password"], password)
    assert (answer.status, answer.fields) == (422, {"password": "PASSWORD_COMMON"})


def test_the_reason_is_given_in_the_language_of_the_reader(world):
    owner = world.enterprise()
    chinese = owner("POST", "/agents", people.agent(password="efghijklmn"))
    english = owner("POST", "/agents", people.agent(password="efghijklmn"), Accept_Language="en")
    first, second = (answer.body["errors"][0]["message"] for answer in (chinese, english))
    assert first == "密码：abc、6543等连续字符容易被猜到，请更换，例如用几个互不相关的词。"
    assert second.startswith("Password: Sequences such as abc or 6543 are easy to guess. Choose another password")


def test_a_password_from_before_keeps_working_and_only_a_new_one_is_judged(world):
    owner = world.enterprise()
    account = accounts.get(owner.account["id"], owner.account["id"])
    assert account is not None
    table.commit(accounts.account_changed(account, password_hash=password_hashing.hash_password("admin888")))
    user = world.sign_in("enterprise", owner.account["login"], "admin888")
    answer = change_password(user, "admin888", "admin666")
    assert (answer.status, answer.fields) == (422, {"password": "PASSWORD_COMMON"})
    assert change_password(user, "admin888", "lake orbit violin candle").status == 204
