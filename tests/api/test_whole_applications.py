"""A whole application in one call: masked fields in clear with one entry, and the addresses of all its files."""

from collections import Counter
from functools import partial

import pytest

from chalicelib.rules.accounts import quotas
from chalicelib.rules.base import limits
from testing import people
from testing.follow_ups import applied, card, holder, passport, waiting
from testing.world import JPEG, PASSWORD, storage
from tests.api.test_quotas import use_up, used
from tests.support import conflicts

FIELDS = {"fields": ["passport_number", "previous_card_number"], "reason": "与原件核对"}


def reveal(officer, number, **form):
    return officer("POST", f"/office/applications/{number}/reveal", {**FIELDS, **form})


def journal(world):
    return {key for key in world.table() if key[0].startswith("HISTORY#")}


def reveals(reader, number, start=""):
    found = reader.ok("GET", f"{start}/applications/{number}/history?limit=100")["items"]
    return [entry for entry in found if entry["action"] == "reveal"]


# Reveal


def test_a_whole_application_is_revealed_with_one_entry(world, owner, fao):
    persons = [people.person(attachments=world.attachments(owner, "person")) for _ in range(3)]
    number = owner.ok("POST", "/applications", {"content": {**world.content(owner), "persons": persons}})["number"]
    before = journal(world)
    reply = reveal(fao, number).body
    assert reply == {
        "fields": {},
        "persons": [
            {
                "number": f"{number}-{at:02d}",
                "name": person["name"],
                "fields": {"passport_number": person["passport_number"], "previous_card_number": None},
            }
            for at, person in enumerate(persons, start=1)
        ],
    }
    assert len(journal(world) - before) == 1
    (entry,) = reveals(fao, number, "/office")
    assert (entry["reason"], entry["fields"], entry["person_number"]) == ("与原件核对", FIELDS["fields"], None)


def test_what_officers_reveal_is_in_their_history_and_not_in_the_enterprises(world, owner, fao):
    number = world.application(owner)["number"]
    reveal(fao, number)
    fao.ok("POST", f"/office/persons/{number}-01/reveal", FIELDS | {"fields": ["phone"]})
    assert reveals(owner, number) == []
    of_person = owner.ok("GET", f"/persons/{number}-01/history")["items"]
    assert [entry["action"] for entry in of_person] == ["submit"]
    assert [one["reason"] for one in reveals(fao, number, "/office")] == [FIELDS["reason"]] * 2
    owner.ok("POST", f"/persons/{number}-01/reveal", {"fields": ["phone"], "reason": "与本人核对"})
    assert [one["reason"] for one in reveals(owner, number)] == ["与本人核对"]
    assert len(reveals(fao, number, "/office")) == 3


def test_pages_of_a_history_are_full_whatever_officers_revealed_between_its_entries(world, owner, fao):
    number = world.application(owner)["number"]
    for field in ("phone", "email", "id_number", "birth_date", "passport_number"):
        fao.ok("POST", f"/office/persons/{number}-01/reveal", FIELDS | {"fields": [field]})
    world.decide(fao, {"number": number}, "return", reason="请补充材料")
    for field in ("phone", "email"):
        world.time.forward(seconds=1)
        world.officer("fao-hunan").ok("POST", f"/office/persons/{number}-01/reveal", FIELDS | {"fields": [field]})
    for path in (f"/applications/{number}/history", f"/persons/{number}-01/history"):
        first = owner.ok("GET", f"{path}?limit=1")
        assert [entry["action"] for entry in first["items"]] == ["return"]
        second = owner.ok("GET", f"{path}?limit=1&cursor={first['next_cursor']}")
        assert ([entry["action"] for entry in second["items"]], second["next_cursor"]) == (["submit"], None)


def test_looking_again_within_an_hour_writes_nothing(world, owner, fao):
    number = world.application(owner, persons=2)["number"]
    first = reveal(fao, number).body
    before = world.table()
    assert reveal(fao, number).body == first
    assert reveal(fao, number, fields=["passport_number"]).status == 200
    assert world.table() == before
    world.time.forward(minutes=29)
    fao.ok("GET", "/me")
    world.time.forward(minutes=29)
    fao.ok("GET", "/me")
    world.time.forward(minutes=3)
    fao.ok("PUT", "/sessions/current/proof", {"current_password": PASSWORD})
    reveal(fao, number)
    assert len(reveals(fao, number, "/office")) == 2


@pytest.mark.parametrize("service", ["change_passport", "replace_card"])
def test_whoever_approves_a_change_of_passport_can_read_the_new_number(world, owner, fao, consular, service):
    person = waiting(world, owner) if service == "change_passport" else holder(world, owner)
    old = owner.ok("POST", f"/persons/{person}/reveal", {"fields": ["passport_number"], "reason": "核对"})["fields"]
    new = passport()
    number = applied(owner, person, service, **new)["number"]
    for desk in (fao, consular):
        form = {"fields": ["passport_number", "current_passport_number"]}
        assert reveal(desk, number, **form).body == {
            "fields": {
                "passport_number": new["passport_number"],
                "current_passport_number": old["passport_number"],
            },
            "persons": [],
        }
        world.decide(desk, {"number": number})
    assert len(reveals(consular, number, "/office")) == 2


def test_only_masked_fields_can_be_revealed(world, owner, fao):
    number = world.application(owner)["number"]
    follow_up = applied(owner, waiting(world, owner), "change_passport", **passport())["number"]
    before = world.table()
    for target, field in ((number, "name"), (number, "current_passport_number"), (follow_up, "phone")):
        answer = reveal(fao, target, fields=["passport_number", field])
        assert (answer.status, list(answer.fields)) == (422, ["fields.1"])
    answer = reveal(fao, number, fields=["phone", "phone"])
    assert answer.fields == {"fields.1": "REPEATED"}
    assert list(reveal(fao, number, reason=" ").fields) == ["reason"]
    assert world.table() == before


def test_a_reveal_of_a_group_counts_once_for_each_person(world, owner):
    officer = world.officer("fao-hunan")
    first, second = (world.application(owner, persons=count)["number"] for count in (3, 2))
    reveal(officer, first)
    assert used(world, officer, quotas.REVEALS) == 3
    use_up(world, officer, quotas.REVEALS, left=1)
    before = world.table()
    assert reveal(officer, second).code == "TOO_MANY_REQUESTS"
    assert world.table() == before


def test_a_reveal_takes_two_requests_whatever_the_size_of_the_group(world, owner, fao):
    number = world.application(owner, persons=90)["number"]
    with world.counting() as requests:
        assert len(reveal(fao, number).body["persons"]) == 90
    # One more read is that of the session.
    assert Counter(requests.of("dynamodb")) == {"Query": 1, "TransactWriteItems": 1, "BatchGetItem": 1}


def test_a_reveal_and_a_decision_at_the_same_time_both_succeed(world, owner):
    officers = [world.officer("fao-hunan") for _ in range(8)]
    number = world.application(owner, persons=2)["number"]
    decide = partial(world.desk("fao-hunan"), "POST", f"/office/applications/{number}/decision")
    passed = partial(decide, {"decision": "pass", "status_version": 1})
    calls = [passed, *(partial(reveal, officer, number) for officer in officers)]
    with conflicts.of_overlapping_transactions():
        answers = world.together(*calls)
    assert {answer.status for answer in answers} == {200}
    entries = officers[0].ok("GET", f"/office/applications/{number}/history?limit=100")["items"]
    actions = Counter(entry["action"] for entry in entries)
    assert actions == {"reveal": 8, "pass": 1, "submit": 1}


def test_the_enterprise_cannot_reveal_a_whole_application(world, owner):
    number = world.application(owner)["number"]
    assert reveal(owner, number).code == "FORBIDDEN"
    assert reveal(world.desk("fao-shaanxi"), number).status == 404


# Files


def files(reader, number, start="", **body):
    return reader.ok("POST", f"{start}/applications/{number}/downloads", body)


def test_all_files_of_an_application_can_be_downloaded(world, owner, agent, fao):
    group, person = world.attachments(owner, "group"), world.attachments(owner, "person")
    number = world.application(owner, persons=2)["number"]
    for reader, start in ((owner, ""), (agent, ""), (fao, "/office")):
        before = world.table()
        reply = files(reader, number, start)
        assert reply["next_cursor"] is None
        assert Counter((file["person_number"], file["id"]) for file in reply["items"]) == Counter(
            [(None, one) for one in group] + [(f"{number}-{at:02d}", one) for at in (1, 2) for one in person]
        )
        assert [file["person_number"] for file in reply["items"]][: len(group)] == [None] * len(group)
        photo = next(file for file in reply["items"] if file["kind"] == "photo")
        assert (photo["kind_label"], photo["content_type"]) == ("照片", "image/jpeg")
        assert photo["expires_at"] == "2026-11-21T04:40:00.000Z"
        assert storage.get(photo["url"]).content == JPEG
        assert world.table() == before


def test_1800_files_are_listed_page_by_page_and_each_page_reads_their_scans_at_once(world, owner, fao):
    own = [world.attach(owner, "photo") for _ in range(20)]
    persons = [people.person(attachments=own) for _ in range(90)]
    for person in persons:
        person["attachments"] = [*world.attachments(owner, "person"), *own][:20]
    number = owner.ok("POST", "/applications", {"content": {**world.content(owner), "persons": persons}})["number"]
    found, cursor, pages = [], None, 0
    while cursor or not pages:
        with world.counting() as requests:
            reply = files(fao, number, "/office", cursor=cursor)
        # The session with the account, and the scans of up to a hundred files.
        assert Counter(requests.of("dynamodb")) == {"Query": 1, "BatchGetItem": 2}
        assert requests.of("s3") == []
        assert len(reply["items"]) <= limits.DOWNLOADS
        found += [(file["person_number"], file["id"]) for file in reply["items"]]
        cursor, pages = reply["next_cursor"], pages + 1
    expected = {(None, one) for one in world.attachments(owner, "group")} | {
        (f"{number}-{at:02d}", one) for at, person in enumerate(persons, 1) for one in person["attachments"]
    }
    assert pages == 4
    assert len(found) == len(expected)
    assert {*found} == expected


def test_a_follow_up_application_lists_its_own_files(world, owner, fao):
    person = holder(world, owner)
    lost = world.attach(owner, "photo")
    number = applied(owner, person, "replace_card", attachments=[lost])["number"]
    assert [(file["person_number"], file["id"]) for file in files(fao, number, "/office")["items"]] == [(None, lost)]
    assert card(world, person, "making").status == 409


def test_the_payment_voucher_is_among_the_files_of_its_application(world, owner, consular):
    number = world.approved(owner)["number"]
    voucher = world.attach(owner, "payment_voucher")
    form = {"attachments": [voucher], "payment_version": 0}
    owner.ok("PUT", f"/applications/{number}/payment-voucher", form)
    found = {file["id"]: (file["person_number"], file["kind"]) for file in files(consular, number, "/office")["items"]}
    assert found[voucher] == (None, "payment_voucher")


def test_files_of_others_are_answered_like_those_of_unknown_applications(world, owner):
    number = world.application(owner)["number"]
    unknown = "APEC20261121999999"
    for reader, start in (
        (world.enterprise(), ""),
        (world.agent(owner, scope="own"), ""),
        (world.desk("fao-shaanxi"), "/office"),
    ):
        answers = [reader("POST", f"{start}/applications/{one}/downloads", {}) for one in (number, unknown)]
        assert [answer.status for answer in answers] == [404, 404]
        assert len({answer.without_id for answer in answers}) == 1
