"""两步验证 of officers: set-up, sign-in with codes of an app, recovery codes, and a deployment that requires it."""

import os

import pytest
from pyotp import TOTP

from chalicelib.repos.accounts import audit
from operations import create_officer
from testing.world import PASSWORD
from tests.support.operating import Desk

AT = "/me/second-factor"


def begun(officer, **more):
    """The secret of a new set-up."""
    return officer.ok("PUT", AT, {"current_password": PASSWORD, **more})["secret"]


def code(world, secret, later=0):
    """The code that an app shows now, or some steps of 30 seconds later."""
    return TOTP(secret).at(world.time(), counter_offset=later)


def set_up(world, officer):
    """The secret and the recovery codes of an officer who has set it up; half a minute has passed since."""
    secret = begun(officer)
    codes = officer.ok("PUT", f"{AT}/confirmation", {"one_time_code": code(world, secret)})["recovery_codes"]
    world.time.forward(seconds=30)
    return secret, codes


def login(officer, **more):
    return {"identity": "officer", "login": officer.account["login"], "password": PASSWORD, **more}


@pytest.fixture
def officer(world):
    return world.officer("fao-hunan")


@pytest.fixture
def required(cloud_resources):
    """A deployment that requires two steps of its officers."""
    from chalicelib.config import settings

    os.environ["ABTC_SECOND_FACTOR"] = "required"
    settings.cache_clear()
    yield
    os.environ["ABTC_SECOND_FACTOR"] = "optional"
    settings.cache_clear()


# Set-up


def test_an_officer_without_a_second_step_signs_in_by_password(world, officer):
    assert officer.ok("GET", AT) == {"set": False, "required": False, "recovery_codes_left": 0}
    world.sign_in("officer", officer.account["login"], PASSWORD)


def test_a_secret_counts_only_after_a_code_has_confirmed_it(world, officer):
    secret = begun(officer)
    assert not officer.ok("GET", AT)["set"]
    world.sign_in("officer", officer.account["login"], PASSWORD)
    answer = officer("PUT", f"{AT}/confirmation", {"one_time_code": "000000"})
    assert (answer.status, answer.fields) == (422, {"one_time_code": "SECOND_FACTOR_CODE"})
    officer.ok("PUT", f"{AT}/confirmation", {"one_time_code": code(world, secret)})
    assert officer.ok("GET", AT) == {"set": True, "required": False, "recovery_codes_left": 10}


def test_a_stolen_session_cannot_set_it_up_without_the_password(world, officer):
    before = world.table()
    answer = officer("PUT", AT, {"current_password": "wrong"})
    assert (answer.status, answer.fields) == (422, {"current_password": "PASSWORD_WRONG"})
    changed = {key for key, item in world.table().items() if before.get(key) != item}
    assert all("RATE#" in key[0] for key in changed)  # the failure was counted
    for _ in range(9):
        officer("PUT", AT, {"current_password": "wrong"})
    assert officer("PUT", AT, {"current_password": PASSWORD}).status == 429


def test_the_set_up_ends_other_sessions_and_is_told_by_mail_and_audit(world, officer):
    other = world.sign_in("officer", officer.account["login"], PASSWORD)
    set_up(world, officer)
    assert other("GET", "/me").status == 401
    officer.ok("GET", "/me")
    world.deliver()
    assert "两步验证已设置" in world.mails(officer.account["email"])[0].subject
    entry = [entry for entry in audit.entries("OFFICERS") if entry.subject == officer.account["id"]][-1]
    assert entry.action == "second_factor_set"


def test_the_table_has_neither_the_secret_nor_a_recovery_code_in_clear(world, officer):
    secret, codes = set_up(world, officer)
    stored = str(world.table())
    assert secret not in stored
    assert not any(one in stored or one.replace("-", "") in stored for one in codes)


def test_another_app_is_set_up_with_a_code_of_the_one_in_use(world, officer):
    secret, codes = set_up(world, officer)
    answer = officer("PUT", AT, {"current_password": PASSWORD})
    assert (answer.status, answer.code) == (401, "SECOND_FACTOR_REQUIRED")
    renewed = begun(officer, one_time_code=code(world, secret))
    assert renewed != secret
    new_codes = officer.ok("PUT", f"{AT}/confirmation", {"one_time_code": code(world, renewed)})["recovery_codes"]
    world.time.forward(seconds=30)
    assert world.anybody("POST", "/sessions", login(officer, one_time_code=code(world, secret))).status == 422
    assert world.anybody("POST", "/sessions", login(officer, one_time_code=codes[0])).status == 422
    world.anybody.ok("POST", "/sessions", login(officer, one_time_code=new_codes[0]))


# Sign-in


def test_a_sign_in_asks_for_the_code_after_a_right_password_only(world, officer):
    secret, _ = set_up(world, officer)
    asked = world.anybody("POST", "/sessions", login(officer))
    assert (asked.status, asked.code) == (401, "SECOND_FACTOR_REQUIRED")
    wrong = world.anybody(
        "POST", "/sessions", login(officer, one_time_code=code(world, secret)) | {"password": "wrong"}
    )
    assert (wrong.status, wrong.code) == (401, "LOGIN_FAILED")
    world.anybody.ok("POST", "/sessions", login(officer, one_time_code=code(world, secret)))


@pytest.mark.parametrize("typed", ["{} {}", "{}\u3000{}", " {}{} "], ids=["blank", "wide blank", "blanks around"])
def test_a_code_is_understood_as_people_type_it(world, officer, typed):
    secret, _ = set_up(world, officer)
    shown = code(world, secret)
    world.anybody.ok("POST", "/sessions", login(officer, one_time_code=typed.format(shown[:3], shown[3:])))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("验证码一二三", "SECOND_FACTOR_CODE"),
        ("\u200b" * 6, "string_too_short"),  # characters without a width are removed from what is typed
        ("١٢٣٤٥٦", "SECOND_FACTOR_CODE"),
        ("😀" * 6, "SECOND_FACTOR_CODE"),
    ],
)
def test_a_code_of_other_characters_is_refused(world, officer, typed, code):
    begun(officer)
    answer = officer("PUT", f"{AT}/confirmation", {"one_time_code": typed})
    assert (answer.status, answer.fields) == (422, {"one_time_code": code})
    set_up(world, officer)
    assert world.anybody("POST", "/sessions", login(officer, one_time_code=typed)).status == 422


def test_a_code_is_accepted_once_and_a_step_early_or_late(world, officer):
    secret, _ = set_up(world, officer)
    world.time.forward(minutes=5)
    early, now, late, too_late = (code(world, secret, later) for later in (-1, 0, 1, 2))
    assert world.anybody("POST", "/sessions", login(officer, one_time_code=too_late)).status == 422
    world.anybody.ok("POST", "/sessions", login(officer, one_time_code=now))
    for used in (now, early):
        answer = world.anybody("POST", "/sessions", login(officer, one_time_code=used))
        assert (answer.status, answer.fields) == (422, {"one_time_code": "SECOND_FACTOR_CODE"})
    world.anybody.ok("POST", "/sessions", login(officer, one_time_code=late))


def test_of_two_sign_ins_at_once_with_one_code_one_succeeds(world, officer):
    secret, _ = set_up(world, officer)
    form = login(officer, one_time_code=code(world, secret))
    answers = world.together(*[lambda: world.anybody("POST", "/sessions", form)] * 2)
    assert sorted(answer.status for answer in answers) == [201, 422]


def test_guesses_of_the_code_are_counted_as_wrong_passwords_are(world, officer):
    secret, _ = set_up(world, officer)
    statuses = [
        world.anybody("POST", "/sessions", login(officer, one_time_code=f"{guess:06d}")).status for guess in range(11)
    ]
    assert statuses == [422] * 10 + [429]
    assert world.anybody("POST", "/sessions", login(officer, one_time_code=code(world, secret))).status == 429


def test_a_recovery_code_replaces_the_app_once(world, officer):
    _, codes = set_up(world, officer)
    session = world.anybody.ok("POST", "/sessions", login(officer, one_time_code=codes[3].lower()))
    assert world.anybody("POST", "/sessions", login(officer, one_time_code=codes[3])).status == 422
    officer.token = session["token"]
    assert officer.ok("GET", AT)["recovery_codes_left"] == 9
    mine = [entry.action for entry in audit.entries("OFFICERS") if entry.subject == officer.account["id"]]
    assert mine.count("recovery_code_used") == 1


def test_the_reset_by_operators_ends_sessions_and_lets_the_officer_in_by_password(world, officer):
    set_up(world, officer)
    create_officer.reset_second_factor(Desk(world).terminal, officer.account["login"])
    assert officer("GET", "/me").status == 401
    again = world.sign_in("officer", officer.account["login"], PASSWORD)
    assert not again.ok("GET", AT)["set"]


# Required


def test_where_it_is_required_an_officer_can_do_nothing_before_the_set_up(world, officer, required):
    for method, path, body in (
        ("POST", "/office/search", {}),
        ("GET", "/office/desk", None),
        ("GET", "/sessions", None),
    ):
        answer = officer(method, path, body)
        assert (answer.status, answer.code) == (403, "SECOND_FACTOR_MISSING")
    assert officer.ok("GET", AT)["required"]
    set_up(world, officer)
    officer.ok("POST", "/office/search", {})


def test_where_it_is_required_enterprises_need_none(world, required):
    owner = world.enterprise()
    owner.ok("GET", "/enterprise")
    assert owner("GET", AT).status == 403
    world.agent(owner).ok("GET", "/me")


def test_an_enterprise_with_a_code_in_its_sign_in_is_let_in(world):
    owner = world.enterprise()
    form = {"identity": "enterprise", "login": owner.account["login"], "password": PASSWORD, "one_time_code": "123456"}
    world.anybody.ok("POST", "/sessions", form)
