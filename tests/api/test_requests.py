"""The number of requests to AWS of each operation; `pytest -rP` prints each figure. The table is in docs/assurance.md.

The one request of authentication is counted separately. Reads of files in S3 are not counted. Other tests cover every
filter of every list (tests/api/test_search_pages.py) and the purge of 1,000 drafts (tests/scheduled/test_purge.py);
benchmarks/list_reads.py measures read units.
"""

import sys

import pytest

from testing import people
from testing.follow_ups import passport, waiting
from testing.world import PASSWORD


@pytest.fixture(scope="module")
def approved(portal, owner):
    """An approved application of 90 persons; the keys of cursors exist, and the counts of economies are cached."""
    approved = portal.approved(owner, persons=90)
    owner.ok("GET", "/messages?limit=1")
    owner.ok("GET", f"/persons/{approved['number']}-01")
    return approved


def spent(world, budget, user, method, path, body=None, **headers):
    """The reply to a request that makes at most `budget` requests to DynamoDB besides authentication."""
    with world.counting() as requests:
        answer = user(method, path, body, **headers)
    assert answer.status < 300, answer.raw.decode()
    table = requests.of("dynamodb")
    # The first request reads the session and the account.
    authentication = table[:1] if user.token else []
    own = table[len(authentication) :]
    sys.stdout.write(f"{method} {path.partition('?')[0]}: {len(own)} requests of at most {budget}: {' '.join(own)}")
    sys.stdout.write(f"; authentication {len(authentication)}\n")
    assert authentication in ([], ["BatchGetItem"])
    assert len(own) <= budget, own
    assert "Scan" not in table
    return answer.body if answer.raw else None


@pytest.mark.parametrize("identity", ["enterprise", "agent", "officer"])
def test_signing_in_takes_three_requests(world, owner, identity):
    users = {"enterprise": owner, "agent": world.agent(owner), "officer": world.desk("fao-hunan")}
    login = users[identity].account["login"]
    password = "correct horse" if identity == "agent" else PASSWORD
    form = {"identity": identity, "login": login, "password": password}
    spent(world, 3, world.anybody, "POST", "/sessions", form)


def test_a_failed_sign_in_takes_the_same_three_requests_for_known_and_unknown_names(world, owner):
    counts = []
    for login in (owner.account["login"], "nobody@enterprise.example"):
        with world.counting() as requests:
            form = {"identity": "enterprise", "login": login, "password": "not the password"}
            assert world.anybody("POST", "/sessions", form).code == "LOGIN_FAILED"
        requests.tell("failed sign-in")
        counts.append(requests.operations)
    assert counts[0] == counts[1]
    assert len(counts[0]) <= 3


def test_authentication_takes_one_request_and_at_most_one_write_a_minute(world, owner):
    """Idle time counts from the last request, whose time is written at most once a minute."""
    for minutes, most in ((5, 2), (0, 1)):
        world.time.forward(minutes=minutes)
        with world.counting() as requests:
            assert owner("POST", "/attachments", {}).status == 422
        requests.tell(f"authentication after {minutes} minutes")
        assert len(requests) <= most


def test_saving_a_draft_takes_two_requests(world, owner):
    draft = spent(world, 2, owner, "POST", "/drafts", {"persons": [{"name": "测试甲"}] * 90})
    spent(world, 2, owner, "PUT", f"/drafts/{draft['id']}", {}, If_Match='"1"')


def test_creating_an_agent_takes_two_requests(world, owner):
    spent(world, 2, owner, "POST", "/agents", people.agent())


def test_creating_an_invoice_profile_takes_two_requests(world, owner):
    spent(world, 2, owner, "POST", "/invoice-profiles", people.invoice_profile())


def test_submitting_takes_four_requests_and_one_for_each_hundred_files(world, owner):
    """Persons are looked up in other applications afterwards (docs/decisions/0066)."""
    spent(world, 5, owner, "POST", "/applications", {"content": world.content(owner, persons=90)})


def test_every_status_action_takes_two_requests(world, owner):
    number = world.application(owner, persons=90)["number"]
    decision = f"/office/applications/{number}/decision"
    fao, consular = world.desk("fao-hunan"), world.desk("consular")
    spent(world, 2, fao, "POST", decision, {"decision": "return", "reason": "请补充", "status_version": 1})
    spent(world, 2, owner, "POST", f"/applications/{number}/resubmit", {"status_version": 2})
    spent(world, 2, fao, "POST", decision, {"decision": "pass", "status_version": 3})
    spent(world, 2, consular, "POST", decision, {"decision": "pass", "status_version": 4})
    spent(world, 2, consular, "PUT", f"/office/persons/{number}-90/economies/SGP", {"decision": "approved"})
    spent(world, 2, consular, "PUT", f"/office/persons/{number}-90/foreign-number", {"number": "A1"})
    other = world.application(owner)["number"]
    spent(world, 2, owner, "POST", f"/applications/{other}/withdraw", {"status_version": 1})


def test_a_status_action_takes_as_many_requests_if_the_creator_is_revoked(world, owner):
    """The relay moves the message to the enterprise."""
    agent = world.agent(owner)
    number = world.application(agent)["number"]
    world.revoke(agent)
    form = {"decision": "pass", "status_version": 1}
    spent(world, 2, world.desk("fao-hunan"), "POST", f"/office/applications/{number}/decision", form)


def test_the_first_page_of_a_list_takes_two_requests(world, owner, approved):
    spent(world, 2, owner, "POST", "/applications/search", {"service": "new_or_renewal"})
    spent(world, 2, world.agent(owner, scope="own"), "POST", "/applications/search", {"service": "new_or_renewal"})
    spent(world, 2, world.desk("fao-hunan"), "POST", "/office/search", {})


def test_searching_by_number_takes_two_requests(world, owner, approved):
    for number in (approved["number"], f"{approved['number']}-45", "APEC2026"):
        spent(world, 2, owner, "POST", "/applications/search", {"service": "new_or_renewal", "number": number})


def test_searching_by_passport_takes_two_requests(world, owner):
    content = world.content(owner)
    passport = content["persons"][0]["passport_number"]
    owner.ok("POST", "/applications", {"content": content})
    form = {"service": "new_or_renewal", "passport_number": passport}
    assert len(spent(world, 2, owner, "POST", "/applications/search", form)["items"]) == 1


def test_the_progress_of_ninety_persons_takes_one_request(world, owner, approved):
    reply = spent(world, 1, owner, "GET", f"/applications/{approved['number']}/progress")
    assert len(reply["rows"]) == 90


def test_the_export_of_ninety_persons_takes_two_requests_and_one_of_s3(world, owner, approved):
    with world.counting() as requests:
        owner.ok("POST", f"/applications/{approved['number']}/progress/export")
    requests.tell("export of 90")
    # The second one stores the reply under its Idempotency-Key, and counts the export.
    assert (len(requests.of("dynamodb")), requests.of("s3")) == (1 + 2, ["PutObject"])


def test_submitting_a_draft_takes_four_requests_and_one_for_its_files(world, owner):
    draft = owner.ok("POST", "/drafts", world.content(owner))["id"]
    spent(world, 5, owner, "POST", "/applications", {"draft_id": draft})


def test_editing_ninety_persons_takes_three_requests(world, owner):
    content = world.content(owner, persons=90)
    number = owner.ok("POST", "/applications", {"content": content})["number"]
    world.decide(world.desk("fao-hunan"), {"number": number}, "return", reason="请更正")
    content["persons"][0]["passport_number"] = people.make_passport()
    spent(world, 3, owner, "PUT", f"/applications/{number}/content", content, If_Match='"1"')


def test_announcing_an_upload_takes_one_request_and_a_reveal_two(world, owner):
    file = {"kind": "photo", "filename": "file", "content_type": "image/jpeg", "size": 1000}
    spent(world, 1, owner, "POST", "/attachments", file)
    person = f"{world.application(owner)['number']}-01"
    reveal = {"fields": ["phone"], "reason": "与本人核对"}
    for _ in range(2):
        spent(world, 2, owner, "POST", f"/persons/{person}/reveal", reveal)


def test_applying_for_a_service_takes_four_requests_and_one_for_a_new_passport(world, owner):
    person = waiting(world, owner)
    form = {"service": "change_passport", "reason": "护照换发", **passport()}
    form["status_version"] = owner.ok("GET", f"/persons/{person}")["status_version"]
    spent(world, 4 + 1, owner, "POST", f"/persons/{person}/services", form)


def test_a_page_of_messages_takes_one_request_and_another_for_the_names_of_its_persons(world, owner, approved):
    page = spent(world, 2, owner, "GET", "/messages?limit=1")
    spent(world, 2, owner, "GET", f"/messages?limit=1&cursor={page['next_cursor']}")


def test_a_page_of_unread_messages_takes_two_requests_more_for_the_index_and_the_count(world, owner, approved):
    spent(world, 4, owner, "GET", "/messages?unread=true")


def test_the_unread_count_takes_one_request_besides_the_enterprise(world, owner):
    spent(world, 1, world.desk("fao-hunan"), "GET", "/me")
    spent(world, 2, owner, "GET", "/me")


def test_marking_all_messages_read_takes_one_request(world, owner, approved):
    spent(world, 1, owner, "POST", "/messages/read-all")


def test_opening_an_application_takes_one_request_besides_its_history(world, owner, approved):
    spent(world, 2, owner, "GET", f"/applications/{approved['number']}")


def test_opening_a_person_takes_one_request_besides_its_history(world, owner, approved):
    """The history of a person has two parts: what concerns the person, and what concerns its whole group."""
    spent(world, 3, owner, "GET", f"/persons/{approved['number']}-90")


def test_an_act_on_one_of_ninety_persons_reads_two_items(world, consular, approved):
    path = f"/office/persons/{approved['number']}-45/foreign-number"
    with world.counting() as requests:
        consular.ok("PUT", path, {"number": "HN000045"})
    assert requests.of("dynamodb") == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_purging_a_hundred_due_drafts_takes_eight_requests(world):
    from scheduled.purge_drafts import purge_drafts
    from tests.support import drafts

    world.run(purge_drafts, time="2099-01-01T00:00:00Z")
    drafts.fill(world, accounts=20, drafts_each=5)
    world.time.forward(days=180)
    with world.counting() as requests:
        assert world.run(purge_drafts)["purged"] == 100
    requests.tell("purge of 100")
    assert len(requests) <= 8
