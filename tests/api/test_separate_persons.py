"""Persons returned or rejected separately from their group (H12, D04-D06)."""

import pytest

from testing import people
from testing.follow_ups import economy, seen
from testing.world import PASSWORD
from tests.support import faults
from tests.support.offers import actions

HUNAN, CONSULAR = "fao-hunan", "consular"
SIXTEEN_NAMES = {
    *("澳大利亚", "文莱", "智利", "印度尼西亚", "日本", "韩国", "马来西亚", "墨西哥"),
    *("新西兰", "巴布亚新几内亚", "秘鲁", "菲律宾", "俄罗斯", "新加坡", "泰国", "越南"),
}


def decide(officer, person, decision, version=None, **more):
    """The reply to an officer's decision on one person, at the current status version unless one is given."""
    if version is None:
        version = officer.ok("GET", f"/office/persons/{person}")["status_version"]
    form = {"decision": decision, "status_version": version, **more}
    return officer("POST", f"/office/persons/{person}/decision", form)


def act(user, person, action, version=None):
    version = version or seen(user, person)["status_version"]
    return user("POST", f"/persons/{person}/{action}", {"status_version": version})


def edit(user, person, content, version):
    return user("PUT", f"/persons/{person}/content", content, If_Match=f'"{version}"')


def statuses(user, number):
    return [person["status"] for person in user.ok("GET", f"/applications/{number}")["persons"]]


def with_returned_person(world, owner, fao, persons=3, position=2):
    """Submit a group and return one of its persons; the numbers of group and person."""
    number = world.application(owner, persons=persons)["number"]
    person = f"{number}-{position:02d}"
    assert decide(fao, person, "return", reason="照片不合格", fields=["photo"]).status == 200
    return number, person


# Reviews of one person


def test_a_separately_returned_person_passes_both_desks_after_its_group(world, owner, fao, consular):
    number, person = with_returned_person(world, owner, fao)
    assert statuses(owner, number) == ["FAO_REVIEW", "FAO_RETURNED", "FAO_REVIEW"]
    world.decide(fao, {"number": number})
    world.decide(consular, {"number": number})
    assert statuses(owner, number) == ["ECONOMY_REVIEW", "FAO_RETURNED", "ECONOMY_REVIEW"]
    shown = seen(owner, person)
    assert actions(shown) == ["edit", "resubmit", "withdraw"]
    content = people.person(attachments=world.attachments(owner, "person"), title="市场部经理")
    edited = edit(owner, person, content, shown["version"])
    assert (edited.status, edited.headers["etag"]) == (200, f'"{shown["version"] + 1}"')
    assert (edited.body["title"], edited.body["status"]) == ("市场部经理", "FAO_RETURNED")
    assert act(owner, person, "resubmit").body["status"] == "FAO_REVIEW"
    assert decide(consular, person, "pass").code == "OPERATION_INVALID"
    assert decide(fao, person, "pass").body["status"] == "CONSULAR_REVIEW"
    assert decide(fao, person, "pass").code == "OPERATION_INVALID"
    passed = decide(consular, person, "pass").body
    assert (passed["status"], passed["status_label"]) == ("ECONOMY_REVIEW", "APEC经济体审核中")
    assert economy(world, person)["economies"][13]["decision"] == "approved"
    assert statuses(owner, number) == ["ECONOMY_REVIEW"] * 3
    assert seen(owner, person)["passport_number"] == content["passport_number"]


def test_the_consular_department_can_return_one_person(world, owner, fao, consular):
    number = world.application(owner, persons=2)["number"]
    person = f"{number}-01"
    world.decide(fao, {"number": number})
    assert decide(fao, person, "return", reason="x").code == "OPERATION_INVALID"
    assert decide(consular, person, "return", reason="护照页不清").body["status"] == "CONSULAR_RETURNED"
    world.decide(consular, {"number": number})
    assert statuses(owner, number) == ["CONSULAR_RETURNED", "ECONOMY_REVIEW"]
    assert act(owner, person, "resubmit").body["status"] == "CONSULAR_REVIEW"
    assert decide(consular, person, "pass").body["status"] == "ECONOMY_REVIEW"


@pytest.mark.parametrize(("desk", "status"), [(HUNAN, "FAO_REJECTED"), (CONSULAR, "CONSULAR_REJECTED")])
def test_a_separately_rejected_person_stays_rejected_while_the_group_proceeds(
    world, owner, fao, consular, desk, status
):
    number = world.application(owner, persons=2)["number"]
    person = f"{number}-02"
    if desk == HUNAN:
        assert decide(fao, person, "reject", reason="不符合条件").body["status"] == status
    world.decide(fao, {"number": number})
    if desk == CONSULAR:
        assert decide(consular, person, "reject", reason="不符合条件").body["status"] == status
    world.decide(consular, {"number": number})
    assert statuses(owner, number) == ["ECONOMY_REVIEW", status]
    shown = seen(owner, person)
    assert (actions(shown), shown["available_services"], shown["foreign"]) == ([], [], None)
    for action in ("resubmit", "withdraw"):
        assert act(owner, person, action).code == "OPERATION_INVALID"
    for officer in (fao, consular):
        assert decide(officer, person, "pass").code == "OPERATION_INVALID"
    answer = consular("PUT", f"/office/persons/{person}/economies/SGP", {"decision": "approved"})
    assert answer.code == "OPERATION_INVALID"


def test_a_separately_returned_person_can_be_withdrawn_alone(world, owner, fao):
    number, person = with_returned_person(world, owner, fao)
    assert act(owner, person, "withdraw").body["status"] == "WITHDRAWN"
    assert statuses(owner, number) == ["FAO_REVIEW", "WITHDRAWN", "FAO_REVIEW"]
    assert act(owner, person, "resubmit").code == "OPERATION_INVALID"


def test_returning_one_person_requires_a_reason_and_passing_it_requires_a_separation(world, owner, fao):
    person = f"{world.application(owner, persons=2)['number']}-01"
    before = world.table()
    for decision in ("return", "reject"):
        assert decide(fao, person, decision).fields == {"reason": "REASON_REQUIRED"}
    assert decide(fao, person, "pass").code == "OPERATION_INVALID"
    for action in ("resubmit", "withdraw"):
        assert act(owner, person, action).code == "OPERATION_INVALID"
    assert world.table() == before
    assert actions(fao.ok("GET", f"/office/persons/{person}")) == ["return", "reject"]


def test_the_progress_of_an_approved_person_is_shown_for_every_status_of_its_group(world, owner, fao, consular):
    number, person = with_returned_person(world, owner, fao)
    assert owner("GET", f"/applications/{number}/progress").code == "OPERATION_INVALID"
    act(owner, person, "resubmit")
    decide(fao, person, "pass")
    decide(consular, person, "pass")
    world.decide(fao, {"number": number}, "reject", reason="不符合条件")
    consular.ok("PUT", f"/office/persons/{person}/economies/SGP", {"decision": "approved"})
    shown = owner.ok("GET", f"/applications/{number}/progress")["rows"]
    assert {row["person_number"]: row["approved"] for row in shown}[person] == ["新加坡"]
    assert owner("POST", f"/applications/{number}/progress/export").status == 201


# Persons and their group


def test_withdrawing_a_group_withdraws_separate_persons_except_rejected_ones(world, owner, fao):
    number, returned = with_returned_person(world, owner, fao, persons=4)
    decide(fao, f"{number}-03", "reject", reason="不符合条件")
    decide(fao, f"{number}-04", "return", reason="请补充")
    assert act(owner, f"{number}-04", "resubmit").body["status"] == "FAO_REVIEW"
    owner.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
    assert statuses(owner, number) == ["WITHDRAWN", "WITHDRAWN", "FAO_REJECTED", "WITHDRAWN"]
    assert act(owner, returned, "resubmit").code == "OPERATION_INVALID"
    waits = fao.ok("POST", "/office/search", {"limit": 100})["items"]
    assert number not in [application["number"] for application in waits]


def in_clear(owner, person):
    """The content of a person with its masked values revealed, as the enterprise sends it again."""
    shown = seen(owner, person)
    form = {"fields": [name for name in shown["masked"] if name in shown["content"]], "reason": "修改团组内容"}
    return shown["content"] | owner.ok("POST", f"/persons/{person}/reveal", form)["fields"]


def test_an_edit_of_the_returned_group_does_not_change_a_separate_person(world, owner, fao):
    """A silent change of the person, or a silent loss of the change, would lose data."""
    number, person = with_returned_person(world, owner, fao)
    world.decide(fao, {"number": number}, "return", reason="请更正")
    person_content = in_clear(owner, person)
    content = world.content(owner, persons=4, group_name="改过的团组")
    for entered in content["persons"]:
        entered["title"] = "改过的职务"
    other = owner("PUT", f"/applications/{number}/content", content, If_Match='"1"')
    assert (other.status, other.fields) == (422, {"persons.1": "PERSON_ON_ITS_OWN"})
    content["persons"][1] = person_content
    assert owner("PUT", f"/applications/{number}/content", content, If_Match='"1"').status == 200
    titles = [row["title"] for row in owner.ok("GET", f"/applications/{number}")["persons"]]
    assert titles == ["改过的职务", "销售部经理", "改过的职务", "改过的职务"]
    assert in_clear(owner, person) == person_content
    fewer = owner("PUT", f"/applications/{number}/content", world.content(owner, persons=1), If_Match='"2"')
    assert (fewer.status, fewer.fields) == (422, {"persons.1": "PERSON_ON_ITS_OWN"})


def test_a_returned_group_is_corrected_after_the_passport_of_a_rejected_person_has_ended(world):
    world.forget_desks()
    user = world.enterprise()
    content = world.content(user, persons=3)
    content["persons"][1]["passport_expires_on"] = "2027-03-01"
    number = user.ok("POST", "/applications", {"content": content})["number"]
    fao = world.desk(HUNAN)
    assert decide(fao, f"{number}-02", "reject", reason="不符合条件").status == 200
    world.decide(fao, {"number": number}, "return", reason="请更正")
    world.time.forward(days=120)
    world.forget_desks()
    user = world.sign_in(user.account["role"], user.account["login"], PASSWORD)
    wrong = {**content, "persons": [*content["persons"][:2], content["persons"][2] | {"phone": "1"}]}
    path = f"/applications/{number}/content"
    assert user("PUT", path, wrong, If_Match='"1"').fields == {"persons.2.phone": "MOBILE"}
    twin = content["persons"][1] | {"passport_expires_on": "2033-12-31"}
    repeated = {**content, "persons": [twin, *content["persons"][1:]]}
    fields = user("PUT", path, repeated, If_Match='"1"').fields
    assert fields == dict.fromkeys(("persons.1.id_number", "persons.1.passport_number"), "DUPLICATE_PERSON")
    changed = {**content, "persons": [content["persons"][0], twin, content["persons"][2]]}
    assert user("PUT", path, changed, If_Match='"1"').fields == {"persons.1": "PERSON_ON_ITS_OWN"}
    content["persons"][2]["title"] = "改过的职务"
    assert user("PUT", path, content, If_Match='"1"').status == 200
    titles = [row["title"] for row in user.ok("GET", f"/applications/{number}")["persons"]]
    assert titles[2] == "改过的职务"


@pytest.mark.accepts("D04", "D05", "D06")
def test_progress_shows_every_person_of_the_group_in_the_correct_columns(world, owner, fao, consular):
    number, returned = with_returned_person(world, owner, fao)
    decide(fao, f"{number}-03", "reject", reason="不符合条件")
    world.decide(fao, {"number": number})
    world.decide(consular, {"number": number})
    economy(world, f"{number}-01", "SGP")
    economy(world, f"{number}-01", "JPN", "refused")
    rows = {row["person_number"]: row for row in owner.ok("GET", f"/applications/{number}/progress")["rows"]}
    assert list(rows) == [f"{number}-01", returned, f"{number}-03"]
    first = rows[f"{number}-01"]
    assert (first["approved"], first["refused"], first["locked"]) == (["新加坡"], ["日本"], [])
    assert set(first["pending"]) == SIXTEEN_NAMES - {"新加坡", "日本"}
    for alone in (returned, f"{number}-03"):
        row = rows[alone]
        # The economies are not asked about these two: none of them is pending.
        assert (row["approved"], row["refused"], row["locked"], row["pending"]) == ([], [], [], [])
    act(owner, returned, "resubmit")
    decide(fao, returned, "pass")
    decide(consular, returned, "pass")
    economy(world, returned, "THA", "locked")
    row = owner.ok("GET", f"/applications/{number}/progress")["rows"][1]
    assert (row["locked"], len(row["pending"])) == (["泰国"], 15)


# Outdated actions and access by others


@pytest.mark.accepts("H12")
def test_an_action_on_a_person_with_an_outdated_status_version_is_invalid(world, owner, fao):
    _, person = with_returned_person(world, owner, fao)
    version = seen(owner, person)["status_version"]
    before = world.table()
    for answer in (decide(fao, person, "return", 1, reason="x"), act(owner, person, "resubmit", version - 1)):
        assert (answer.status, answer.body["message"]) == (409, "操作无效")
        assert answer.body["current"]["status"] == "FAO_RETURNED"
        assert answer.body["current"]["status_version"] == version
    assert world.table() == before


@pytest.mark.accepts("H12")
@pytest.mark.parametrize("change", ["withdrawn", "passed"])
def test_a_person_is_not_separated_from_a_group_whose_status_changes_concurrently(world, owner, fao, change):
    number = world.application(owner, persons=2)["number"]

    def group_moves():
        if change == "withdrawn":
            owner.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
        else:
            fao.ok("POST", f"/office/applications/{number}/decision", {"decision": "pass", "status_version": 1})

    with faults.meanwhile("dynamodb.TransactWriteItems", group_moves):
        answer = decide(fao, f"{number}-01", "reject", reason="不符合条件")
    assert (answer.status, answer.code) == (409, "OPERATION_INVALID")
    assert statuses(owner, number) == [{"withdrawn": "WITHDRAWN", "passed": "CONSULAR_REVIEW"}[change]] * 2


@pytest.mark.accepts("H12")
@pytest.mark.parametrize(("ends", "status"), [("withdraw", "WITHDRAWN"), ("reject", "FAO_REJECTED")])
def test_a_group_that_ends_includes_persons_separated_concurrently(world, owner, fao, ends, status):
    number = world.application(owner, persons=2)["number"]

    def singled_out():
        assert decide(fao, f"{number}-01", "return", reason="请补充").status == 200

    with faults.meanwhile("dynamodb.TransactWriteItems", singled_out):
        if ends == "withdraw":
            answer = owner("POST", f"/applications/{number}/withdraw", {"status_version": 1})
        else:
            form = {"decision": "reject", "reason": "不符合条件", "status_version": 1}
            answer = fao("POST", f"/office/applications/{number}/decision", form)
    assert (answer.status, answer.body["status"]) == (200, status)
    assert statuses(owner, number) == [status, status]
    assert act(owner, f"{number}-01", "resubmit").code == "OPERATION_INVALID"


@pytest.mark.accepts("H12")
def test_of_eight_concurrent_actions_on_one_person_one_succeeds(world, owner, fao):
    number = world.application(owner, persons=2)["number"]
    calls = [lambda: decide(fao, f"{number}-01", "return", 1, reason="请补充")] * 4
    calls += [lambda: decide(fao, f"{number}-01", "reject", 1, reason="不符合条件")] * 4
    answers = world.together(*calls)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7


def test_a_correction_requires_the_opened_version_and_is_validated_like_a_submission(world, owner, fao):
    _, person = with_returned_person(world, owner, fao)
    content = people.person(attachments=world.attachments(owner, "person"))
    version = seen(owner, person)["version"]
    missing = owner("PUT", f"/persons/{person}/content", content)
    assert (missing.status, missing.code) == (428, "PRECONDITION_REQUIRED")
    before = world.table()
    assert edit(owner, person, content, version - 1).code == "CONTENT_CHANGED"
    masked = {"id_number": seen(owner, person)["content"]["id_number"]}
    assert edit(owner, person, content | masked, version).fields == {"id_number": "MASKED_VALUE"}
    assert edit(owner, person, content | {"title": None}, version).fields == {"title": "missing"}
    short = edit(owner, person, content | {"attachments": []}, version)
    assert set(short.fields) == {"attachments"}
    assert world.table() == before
    assert edit(owner, person, content, version).status == 200


@pytest.mark.accepts("L14")
def test_a_foreign_person_is_answered_like_an_unknown_one(world, owner, fao):
    _, person = with_returned_person(world, owner, fao)
    stranger, other_office, unknown = world.enterprise(), world.desk("fao-shaanxi"), "APEC20261121999999-02"
    content = people.person(attachments=world.attachments(stranger, "person"))
    for call in (
        lambda number: act(stranger, number, "resubmit", 2),
        lambda number: act(stranger, number, "withdraw", 2),
        lambda number: edit(stranger, number, content, 2),
        lambda number: decide(other_office, number, "return", 1, reason="x"),
    ):
        one, other = call(person), call(unknown)
        assert (one.status, one.without_id) == (404, other.without_id)
