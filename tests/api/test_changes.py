"""What a correction has changed since the return, as officers read it (docs/domain.md 1.5)."""

import pytest

from testing import people
from testing.follow_ups import applied, passport, seen, waiting

FAO = "fao-hunan"


def submitted(world, user, persons=2):
    content = world.content(user, persons=persons)
    number = user.ok("POST", "/applications", {"content": content})["number"]
    return number, content


def decide(world, kind, number, decision, **form):
    officer = world.desk(FAO)
    version = officer.ok("GET", f"/office/{kind}/{number}")["status_version"]
    body = {"decision": decision, "status_version": version, **form}
    return officer.ok("POST", f"/office/{kind}/{number}/decision", body)


def edit(user, number, content):
    version = user.ok("GET", f"/applications/{number}")["version"]
    return user.ok("PUT", f"/applications/{number}/content", content, If_Match=f'"{version}"')


def changes(world, number):
    return world.desk(FAO).ok("GET", f"/office/applications/{number}/changes")


def test_the_changes_of_several_edits_are_those_since_the_return_with_personal_numbers_masked(world, owner):
    number, content = submitted(world, owner)
    assert changes(world, number) == {"since": None, "fields": [], "persons": []}
    returned = decide(world, "applications", number, "return", reason="请更正")
    assert changes(world, number) == {"since": None, "fields": [], "persons": []}
    old = content["persons"][1]["phone"]
    content["group_name"] = "更正中的团组"
    content["persons"][1]["phone"] = "13511112222"
    first = edit(owner, number, content)
    assert first["history"][0]["fields"] == ["group_name", "persons.1.phone"]
    content["group_name"] = "更正后的团组"
    assert edit(owner, number, content)["history"][0]["fields"] == ["group_name"]
    world.time.forward(seconds=1)
    version = owner.ok("GET", f"/applications/{number}")["status_version"]
    owner.ok("POST", f"/applications/{number}/resubmit", {"status_version": version})
    assert changes(world, number) == {
        "since": returned["history"][0]["at"],
        "fields": [{"field": "group_name", "before": "测试团组", "after": "更正后的团组", "masked": False}],
        "persons": [
            {
                "number": f"{number}-02",
                "name": content["persons"][1]["name"],
                "kind": "changed",
                "fields": [
                    {"field": "phone", "before": f"{old[:3]}****{old[-4:]}", "after": "135****2222", "masked": True}
                ],
            }
        ],
    }


def test_after_another_return_the_changes_begin_again(world, owner):
    number, content = submitted(world, owner)
    decide(world, "applications", number, "return", reason="请更正")
    content["contact"] = "测试庚"
    edit(owner, number, content)
    version = owner.ok("GET", f"/applications/{number}")["status_version"]
    world.time.forward(seconds=1)
    owner.ok("POST", f"/applications/{number}/resubmit", {"status_version": version})
    world.time.forward(seconds=1)
    decide(world, "applications", number, "return", reason="请再更正")
    assert changes(world, number)["fields"] == []
    content["group_name"] = "更正后的团组"
    edit(owner, number, content)
    assert [field["field"] for field in changes(world, number)["fields"]] == ["group_name"]


def test_persons_added_and_removed_are_named(world, owner):
    number, content = submitted(world, owner)
    decide(world, "applications", number, "return", reason="请更正")
    content["persons"].append(people.person(attachments=content["persons"][0]["attachments"]))
    assert edit(owner, number, content)["history"][0]["fields"] == ["persons.2"]
    assert [(person["number"], person["kind"]) for person in changes(world, number)["persons"]] == [
        (f"{number}-03", "added")
    ]
    del content["persons"][1:]
    edit(owner, number, content)
    [removed] = changes(world, number)["persons"]
    assert (removed["number"], removed["kind"]) == (f"{number}-02", "removed")
    number_of = {field["field"]: field for field in removed["fields"]}["id_number"]
    assert (number_of["after"], number_of["before"][:-4].strip("*")) == (None, "")


def test_the_changes_of_a_person_returned_apart_are_shown_with_its_group(world, owner):
    number, content = submitted(world, owner)
    person = f"{number}-02"
    decide(world, "persons", person, "return", reason="照片不合格")
    version = seen(owner, person)["version"]
    corrected = content["persons"][1] | {"title": "市场部经理"}
    edited = owner.ok("PUT", f"/persons/{person}/content", corrected, If_Match=f'"{version}"')
    assert edited["history"][0]["fields"] == ["title"]
    corrected["title"] = "市场部总监"
    owner.ok("PUT", f"/persons/{person}/content", corrected, If_Match=f'"{version + 1}"')
    found = changes(world, number)
    assert (found["since"], found["fields"]) == (None, [])
    [shown] = found["persons"]
    before = content["persons"][1]["title"]
    assert (shown["number"], shown["fields"]) == (
        person,
        [{"field": "title", "before": before, "after": "市场部总监", "masked": False}],
    )


def test_the_changes_of_a_follow_up_application_mask_its_passport(world, owner):
    person = waiting(world, owner)
    new = passport()
    number = applied(owner, person, "change_passport", **new)["number"]
    decide(world, "applications", number, "return", reason="请更正")
    other = passport()
    form = {"reason": "出差需要", **other}
    edited = owner.ok("PUT", f"/applications/{number}/service", form, If_Match='"1"')
    assert edited["history"][0]["fields"] == ["passport_number"]
    [field] = changes(world, number)["fields"]
    assert (field["field"], field["masked"]) == ("passport_number", True)
    assert field["after"] == f"E*****{other['passport_number'][-3:]}"


def test_a_correction_of_the_largest_group_keeps_the_whole_content_in_one_transaction(world, owner):
    number, content = submitted(world, owner, persons=90)
    decide(world, "applications", number, "return", reason="请更正")
    for person in content["persons"]:
        person["title"] = "市场部经理"
    edit(owner, number, content)
    assert len(changes(world, number)["persons"]) == 90


@pytest.mark.parametrize("desk", ["fao-shaanxi"])
def test_another_office_cannot_read_the_changes(world, owner, desk):
    number, _ = submitted(world, owner)
    assert world.desk(desk)("GET", f"/office/applications/{number}/changes").status == 404
