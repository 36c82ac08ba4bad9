"""A person in two open applications: both sides are warned, and only officers read in which (docs/decisions/0066)."""

import json

import pytest

from scheduled.look_up_persons import look_up_persons
from testing import people
from testing.follow_ups import applied, passport, waiting


def told(reply):
    """The fields of the warnings about other applications, with their messages."""
    warned = (warning for warning in reply["warnings"] if warning["code"] == "PERSON_ELSEWHERE")
    return {warning["field"]: warning["message"] for warning in warned}


def shown(user, application):
    """The same warnings on the page of an application."""
    return told(user.ok("GET", f"/applications/{application['number']}"))


@pytest.fixture
def persons(world, owner):
    """A function that makes the content of one person with these changes."""

    def content(user, **changes):
        person = people.person(attachments=world.attachments(user, "person"), **changes)
        return world.content(user) | {"persons": [person]}

    return content


@pytest.fixture
def first(world, owner, persons):
    """An application with its number and its person, of the first enterprise; no other one waits to be looked up."""
    world.run(look_up_persons)
    content = persons(owner)
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    return number, content["persons"][0]


def test_a_person_whom_another_enterprise_has_applied_for_is_warned_of_without_telling_whose(
    world, owner, fao, consular, persons, first
):
    number, person = first
    other = world.enterprise()
    content = persons(other, id_number=person["id_number"])
    checked = other.ok("POST", "/applications/check", {"content": content})
    assert (checked["errors"], list(told(checked))) == ([], ["persons.0.id_number"])
    submitted = other.ok("POST", "/applications", {"content": content})
    # The submission does not look the person up: a run does within a minute.
    assert (told(submitted), shown(other, submitted)) == ({}, {})
    assert world.run(look_up_persons) == {"looked_up": 2, "warned": 1, "failed": 0, "unfinished": False}
    page = other.ok("GET", f"/applications/{submitted['number']}")
    of_person = other.ok("GET", f"/persons/{submitted['number']}-01")
    assert (told(page), list(told(of_person))) == (told(checked), ["id_number"])
    assert number not in json.dumps([checked, page, of_person])
    for officer in (fao, consular):
        for_officers = told(officer.ok("GET", f"/office/applications/{submitted['number']}"))
        assert f"{number}-01" in for_officers["persons.0.id_number"]
    # The first applicant learns nothing, although both were looked up by the same run.
    assert shown(owner, {"number": number}) == {}


def test_a_passport_in_another_application_is_warned_of_until_that_one_ends(world, owner, persons, first):
    number, person = first
    content = persons(owner, passport_number=person["passport_number"])
    assert list(told(owner.ok("POST", "/applications/check", {"content": content}))) == ["persons.0.passport_number"]
    owner.ok("POST", f"/applications/{number}/withdraw", {"status_version": 1})
    assert told(owner.ok("POST", "/applications/check", {"content": content})) == {}


def test_a_correction_is_not_warned_of_itself_and_is_of_a_person_it_brings_in(world, owner, fao, persons, first):
    _, person = first
    content = persons(owner)
    own = owner.ok("POST", "/applications", {"content": content})
    world.decide(fao, own, "return", reason="请更正")
    edit = f"/applications/{own['number']}/content"
    assert told(owner.ok("PUT", edit, content, If_Match='"1"')) == {}
    world.run(look_up_persons)
    assert shown(owner, own) == {}
    content["persons"][0] |= {"id_number": person["id_number"], "passport_number": person["passport_number"]}
    owner.ok("PUT", edit, content, If_Match='"2"')
    world.run(look_up_persons)
    assert list(shown(owner, own)) == ["persons.0.id_number", "persons.0.passport_number"]
    # What is known of a number remains until the next run, at its new place; what is no longer in the content goes.
    content["persons"][0]["passport_number"] = people.make_passport()
    content["persons"].insert(0, people.person(attachments=world.attachments(owner, "person")))
    assert list(told(owner.ok("PUT", edit, content, If_Match='"3"'))) == ["persons.1.id_number"]
    world.run(look_up_persons)
    assert list(shown(owner, own)) == ["persons.1.id_number"]
    content["persons"][1]["id_number"] = people.make_id_number()
    assert told(owner.ok("PUT", edit, content, If_Match='"4"')) == {}
    world.run(look_up_persons)
    assert shown(owner, own) == {}


def test_a_new_passport_that_a_person_of_another_application_has_is_warned_of(world, owner, first):
    _, person = first
    new = passport(passport_number=person["passport_number"])
    follow_up = applied(owner, waiting(world, owner), "change_passport", **new)
    assert list(told(follow_up)) == ["passport_number"]


def test_one_person_corrected_apart_is_compared_with_other_applications(world, owner, fao, persons, first):
    _, person = first
    content = world.content(owner, persons=2)
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    form = {"decision": "return", "status_version": 1, "reason": "请更正"}
    version = fao.ok("POST", f"/office/persons/{number}-02/decision", form)["version"]
    corrected = content["persons"][1] | {"passport_number": person["passport_number"]}
    edited = owner.ok("PUT", f"/persons/{number}-02/content", corrected, If_Match=f'"{version}"')
    assert list(told(edited)) == ["passport_number"]
