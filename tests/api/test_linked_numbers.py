"""Numbers in the progress overview and in messages lead to the objects that they name."""

import pytest


@pytest.mark.accepts("D07")
def test_every_number_of_the_progress_overview_opens_the_detail_of_its_person(world, owner):
    number = world.approved(owner, 2)["number"]
    rows = owner.ok("GET", f"/applications/{number}/progress")["rows"]
    opened = [owner.ok("GET", f"/persons/{row['person_number']}") for row in rows]
    assert [person["number"] for person in opened] == [f"{number}-01", f"{number}-02"]
    assert [person["name"] for person in opened] == [row["name"] for row in rows]


@pytest.mark.accepts("M03")
def test_every_message_about_an_application_opens_its_detail(world, owner):
    application = world.application(owner)
    world.decide(world.desk("fao-hunan"), application)
    messages = owner.ok("GET", "/messages")["items"][:2]
    assert [message["application_number"] for message in messages] == [application["number"]] * 2
    shown = owner.ok("GET", f"/applications/{messages[0]['application_number']}")
    assert (shown["number"], shown["status"]) == (application["number"], "CONSULAR_REVIEW")
