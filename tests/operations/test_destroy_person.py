"""`operations.destroy_person`: nothing of one person can be read any more, and nothing else has changed."""

import json

import pytest

from chalicelib.repos.accounts import audit
from chalicelib.repos.applications import history
from chalicelib.repos.maintenance import enterprise_data, person_data, reencryption
from chalicelib.repos.table import table
from chalicelib.rules.base.errors import NotFound
from chalicelib.usecases.maintenance import person_export
from operations import check, destroy_person, person
from operations.destroy_person import Wanted
from operations.terminal import Refused
from testing import follow_ups, people
from tests.support import faults, travelled
from tests.support.operating import CheckingDesk, Desk
from tests.support.travelled import NAME

DESTROYED = "已删除个人信息"


@pytest.fixture
def desk(world):
    return Desk(world)


@pytest.fixture
def found(world, owner):
    return travelled.travelled(world, owner)


@pytest.fixture
def own(world):
    """An enterprise of the test: a person who is destroyed takes along files that its enterprise sends once only."""
    return world.enterprise()


def readable(item):
    """An item in clear, as one text."""
    return json.dumps(reencryption.decrypted(item), ensure_ascii=False, default=str)


def clear():
    """Every item of both tables in clear."""
    return {(item["pk"], item["sk"]): readable(item) for item in enterprise_data.sweep() if item["pk"] != "KEYS"}


def sound():
    """`operations.check` finds no breach."""
    checking = CheckingDesk()
    try:
        check.check(checking.terminal)
    except Refused:
        pytest.fail("\n".join(checking.lines))


def entries(action):
    return [entry for entry in audit.entries("OFFICERS") if entry.action == action]


def exports(found):
    """Generated files of the enterprise and of officers."""
    return travelled.objects([""], [f"exports/{owner}" for owner in (found.owner.account["enterprise_id"], "OFFICERS")])


def workbooks(found):
    """Items of the workbook from which the person was imported."""
    return [item for item in enterprise_data.sweep() if found.imported in item["pk"]]


def test_no_value_of_the_person_can_be_read_afterwards(world, desk, found):
    assert len(travelled.traces(found.secrets)) > 40
    assert travelled.objects(found.files)
    assert exports(found)
    assert workbooks(found)
    destroy_person.destroy(desk.terminal, Wanted(found.number))
    assert travelled.traces(found.secrets) == []
    assert travelled.objects(found.files) == []
    assert exports(found) == []
    for application, sk in ((found.group, "PERSON#02"), (found.follow_up, "HEADER")):
        item = table.get((f"APP#{application}", sk))
        assert item
        assert not item.keys() & {"name_pk", "applicant_pk", "name_digests", "passport_pk", "identity_pk"}
    assert workbooks(found) == []


def test_everything_else_stays_as_it_was(world, desk, found):
    before = clear()
    destroy_person.destroy(desk.terminal, Wanted(found.number))
    after = clear()
    changed = {key for key in before if before[key] != after.get(key)}
    assert {key for key in changed if NAME not in before[key] and found.number not in before[key]} <= {
        *((f"APP#{found.follow_up}", sk) for sk in ("HEADER#NEW_PASSPORT",)),
        *(key for key in changed if key[0].startswith(("CARD#", "REMINDED#", "FILE#")) or key[1] == "STATE"),
    }
    for place in ("01", "03"):
        assert (f"APP#{found.group}", f"PERSON#{place}") not in changed
    assert travelled.objects(found.shared)
    added = {key[0] for key in after.keys() - before.keys()}
    assert {pk.partition("#")[0] for pk in added} <= {"AUDIT", "REMINDED"}


def test_pages_say_that_the_data_were_deleted(world, desk, own):
    found = travelled.travelled(world, own)
    owner, fao, consular = found.owner, world.desk("fao-hunan"), world.desk("consular")
    others = [one["name"] for one in owner.ok("GET", f"/applications/{found.group}")["persons"]]
    del others[1]
    destroy_person.destroy(desk.terminal, Wanted(found.number))
    shown = owner.ok("GET", f"/applications/{found.group}")
    assert [one["name"] for one in shown["persons"]] == [others[0], DESTROYED, others[1]]
    assert (shown["title"], shown["person_count"]) == (f"{DESTROYED}等三人", 3)
    one = owner.ok("GET", f"/persons/{found.number}")
    assert (one["name"], one["status"], one["passport_number"], one["card"]) == (DESTROYED, "CARD_ISSUED", "", None)
    assert (one["available_services"], one["allowed_actions"], one["travel"]) == ([], [], [])
    assert one["content"]["sex"] is one["content"]["id_number"] is None
    assert len([row for row in one["economies"] if row["decision"] == "approved"]) == 16
    for officer in (fao, consular):
        assert officer.ok("GET", f"/office/persons/{found.number}")["allowed_actions"] == []
        assert officer.ok("GET", f"/office/applications/{found.group}")["persons"][1]["name"] == DESTROYED
        assert officer.ok("GET", f"/office/applications/{found.follow_up}")["title"] == DESTROYED
        assert officer.ok("GET", f"/office/applications/{found.group}/changes")["persons"] == []
        officer.ok("GET", "/office/desk")
        officer.ok("POST", "/office/search/export", {})
    assert owner.ok("GET", f"/applications/{found.group}/content")["content"]["persons"][1]["birth_date"] is None
    assert owner.ok("GET", f"/applications/{found.group}/progress")["rows"][1]["name"] == DESTROYED
    owner.ok("POST", f"/applications/{found.group}/progress/export")
    for kind in ("application_form", "card_list", "receipt", "submission_receipt", "decision_receipt"):
        owner.ok("POST", f"/applications/{found.group}/letters/{kind}")
        owner.ok("POST", f"/applications/{found.follow_up}/letters/receipt")
    assert owner.ok("GET", f"/applications/{found.follow_up}/history")["items"]
    draft = owner.ok("POST", f"/applications/{found.group}/copy")
    assert len(draft["content"]["persons"]) == 2
    refused = owner("POST", f"/persons/{found.number}/renewal")
    assert (refused.status, refused.body["code"]) == (409, "OPERATION_INVALID")
    assert owner.ok("GET", "/cards/ledger")["items"][0]["holder"] == DESTROYED
    assert owner.ok("POST", "/applications/search", {"service": "new_or_renewal", "applicant": NAME})["items"] == []
    assert all(NAME not in message["body"] for message in owner.ok("GET", "/messages")["items"])


def test_check_passes_and_the_chain_of_the_history_is_whole(world, desk, found):
    sound()
    before = {entry.id: entry.digest for entry in history.entries(found.group)}
    destroy_person.destroy(desk.terminal, Wanted(found.number))
    sound()
    after = list(history.entries(found.group))
    assert {entry.id: entry.digest for entry in after} == before
    redacted = {entry.event.reason for entry in after if entry.redacted}
    assert redacted == {None, f"{DESTROYED}（{DESTROYED}）的照片不清晰"}


def test_the_audit_has_the_destruction_without_personal_values(world, desk, found):
    destroy_person.destroy(desk.terminal, Wanted(found.number), as_json=True)
    [begun] = [entry for entry in entries("destruction_begun") if entry.subject == found.number]
    [ended] = [entry for entry in entries("person_data_destroyed") if entry.subject == found.number]
    counts = json.loads(desk.lines[-1])
    assert counts.pop("numbers") == [found.number]
    assert ended.after == {**begun.after, "destroyed": counts}
    assert begun.after == {"persons": [found.number], "follow_ups": [found.follow_up], "force": ""}
    assert (counts["persons"], counts["follow_ups"], counts["cards"], counts["ledger"]) == (1, 1, 2, 1)
    assert person_data.jobs() == []


def test_a_dry_run_counts_what_is_destroyed_and_changes_nothing(world, desk, found):
    before = world.table()
    destroy_person.count(desk.terminal, Wanted(found.number), as_json=True)
    assert world.table() == before
    counted = json.loads(desk.lines[-1])
    destroy_person.destroy(desk.terminal, Wanted(found.number), as_json=True)
    destroyed = json.loads(desk.lines[-1])
    files = counted.pop("files"), destroyed.pop("files")
    assert counted == destroyed
    assert files[1] > 0 < files[0]


def test_what_the_export_finds_is_what_is_destroyed(world, desk, found, tmp_path):
    person.export(desk.terminal, found.number, tmp_path / "none.zip", dry=True, as_json=True)
    exported = json.loads(desk.lines[-1])
    destroy_person.count(desk.terminal, Wanted(found.number), as_json=True)
    counted = json.loads(desk.lines[-1])
    assert exported["earlier_contents"] == counted["earlier_contents"] == 1
    for kind in ("persons", "follow_ups", "drafts", "cards"):
        assert counted[kind] == exported[kind], kind


def test_destroying_again_finds_nobody(world, desk, found):
    destroy_person.destroy(desk.terminal, Wanted(found.number))
    with pytest.raises(Refused, match="no such person, or its data were destroyed"):
        destroy_person.destroy(desk.terminal, Wanted(found.number))
    with pytest.raises(Refused, match="no such person, or its data were destroyed"):
        destroy_person.destroy(desk.terminal, Wanted(None, found.person["id_number"]))
    with pytest.raises(NotFound):
        person_export.id_number_of(found.number)


class Killed(BaseException):
    """Simulates the end of the process of the command."""


def killed_after(steps):
    """`table.commit` that ends the process after so many transactions."""
    left, real = iter(range(steps)), table.commit

    def commit(*writes):
        if next(left, None) is None:
            raise Killed
        real(*writes)

    return commit, real


def test_a_destruction_killed_anywhere_is_finished_by_the_same_command(world, desk, found):
    killed, steps = 0, 1
    while True:
        table.commit, real = killed_after(steps)
        try:
            destroy_person.destroy(desk.terminal, Wanted(found.number))
        except Killed:
            killed += 1
        else:
            break
        finally:
            table.commit = real
        steps += 7
    assert killed > 3
    assert travelled.traces(found.secrets) == []
    assert travelled.objects(found.files) == []
    sound()
    assert person_data.jobs() == []


def test_a_person_in_drafts_only_is_destroyed_by_identity_number(world, desk, owner):
    one, before = travelled.traveller(world, owner), entries("person_data_destroyed")
    content = {"group_name": f"{one['name']}等", "persons": [{"name": "测试辛"}, one]}
    draft = owner.ok("POST", "/drafts", content)["id"]
    destroy_person.destroy(desk.terminal, Wanted(None, one["id_number"]))
    shown = owner.ok("GET", f"/drafts/{draft}")
    assert [each["name"] for each in shown["content"]["persons"]] == ["测试辛"]
    assert shown["content"]["group_name"] == f"{DESTROYED}等"
    assert travelled.traces([one["name"], one["id_number"], one["phone"], one["email"]]) == []
    assert travelled.objects([name.partition(".")[0] for name in one["attachments"]]) == []
    sound()
    [ended] = [entry for entry in entries("person_data_destroyed") if entry not in before]
    assert ended.subject == ""


def test_parts_of_values_in_a_draft_are_not_looked_for_in_other_texts(world, desk, owner):
    one = people.person()
    typed = {"id_number": one["id_number"], "name": "测", "passport_number": "E0", "phone": "1"}
    draft = owner.ok("POST", "/drafts", {"group_name": "测试E01", "persons": [typed]})["id"]
    number = world.application(owner, group_name="测试团组E0001")["number"]
    destroy_person.destroy(desk.terminal, Wanted(None, one["id_number"]))
    shown = owner.ok("GET", f"/drafts/{draft}")["content"]
    assert (shown["group_name"], shown["persons"]) == ("测试E01", [])
    assert owner.ok("GET", f"/applications/{number}")["title"] == "测试团组E0001"


def under_review(world, owner, one):
    return f"{world.application(owner, persons=2)['number']}-01"


def at_economies(world, owner, one):
    return follow_ups.waiting(world, owner, approvals=2)


def card_to_come(world, owner, one):
    number = follow_ups.decided(world, owner)
    follow_ups.card(world, number, "making")
    return number


def rejected_lately(world, owner, one):
    number = world.application(owner)["number"]
    world.decide(world.desk("fao-hunan"), {"number": number}, "reject", reason="不符合条件")
    return f"{number}-01"


def replacement(world, owner, one):
    number = follow_ups.holder(world, owner)
    follow_ups.through(world, owner, number, "replace_card", case="damaged")
    return number


@pytest.mark.parametrize(
    ("so_far", "status"),
    [
        (under_review, "WITHDRAWN"),
        (at_economies, "CANCELLED"),
        (card_to_come, "CANCELLED"),
        (rejected_lately, "WITHDRAWN"),
        (replacement, "CARD_ISSUED"),
    ],
)
def test_a_person_under_way_is_destroyed_for_a_reason_only_and_ended_first(world, desk, own, so_far, status):
    number = so_far(world, own, None)
    before = world.table()
    with pytest.raises(Refused, match=r"1 are under way, such as APEC\d{14}(-01)?; --force REASON"):
        destroy_person.destroy(desk.terminal, Wanted(number))
    with pytest.raises(Refused, match="1 are under way"):
        destroy_person.count(desk.terminal, Wanted(number))
    assert world.table() == before
    destroy_person.destroy(desk.terminal, Wanted(number), force="ordered by a court")
    shown = own.ok("GET", f"/persons/{number}")
    assert (shown["name"], shown["status"], shown["has_open_service"]) == (DESTROYED, status, False)
    world.deliver()
    sound()
    [ended] = [entry for entry in entries("person_data_destroyed") if entry.subject == number]
    assert ended.after["force"] == "ordered by a court"


def test_a_group_goes_on_without_a_person_whose_data_were_destroyed(world, desk, own):
    number = world.application(own, persons=3)["number"]
    destroy_person.destroy(desk.terminal, Wanted(f"{number}-02"), force="ordered by a court")
    world.forget_desks()
    returned = world.decide(world.desk("fao-hunan"), {"number": number}, "return", reason="请更正")
    shown = own.ok("GET", f"/applications/{number}/content")
    content = {**shown["content"], "group_name": "更正后的团组"}
    own.ok("PUT", f"/applications/{number}/content", content, If_Match=f'"{shown["version"]}"')
    content["persons"][1]["name"] = "测试庚"
    wrong = own("PUT", f"/applications/{number}/content", content, If_Match=f'"{shown["version"] + 1}"')
    assert [(error["field"], error["code"]) for error in wrong.body["errors"]] == [("persons.1", "PERSON_ON_ITS_OWN")]
    own.ok("POST", f"/applications/{number}/resubmit", {"status_version": returned["status_version"]})
    world.decide(world.desk("fao-hunan"), {"number": number})
    world.decide(world.desk("consular"), {"number": number})
    statuses = [one["status"] for one in own.ok("GET", f"/applications/{number}")["persons"]]
    assert statuses == ["ECONOMY_REVIEW", "WITHDRAWN", "ECONOMY_REVIEW"]
    sound()


def test_a_file_that_another_person_of_the_group_names_stays(world, desk, own):
    number = world.application(own, persons=2)["number"]
    shared = own.ok("GET", f"/applications/{number}/content")["content"]["persons"][0]["attachments"]
    destroy_person.destroy(desk.terminal, Wanted(f"{number}-01"), force="ordered by a court")
    assert travelled.objects([name.partition(".")[0] for name in shared], ["files"])
    sound()


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        destroy_person.main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "one of the arguments --number --identity is required"),
        (("--number", "APEC20261121000001-01", "--identity"), "not allowed with argument"),
        (("--number", "APEC20261121000001"), "is not the number of a person"),
        (("--number", "APEC20261121000001-01"), "--confirm: must be the number of --number again"),
        (("--number", "APEC20261121000001-01", "--confirm", "APEC20261121000001-02"), "--confirm: must be the number"),
        (("--identity", "--confirm", "APEC20261121000001-02"), "--confirm: only with --number"),
        (("--number", "APEC20261121000001-01", "--confirm", "x", "--dry-run"), "and not with --dry-run"),
        (("--identity", "--pace", "0"), "--pace"),
    ],
)
def test_options_that_contradict_each_other_are_refused(capsys, arguments, said):
    assert said in refused(capsys, *arguments)


def test_the_identity_number_is_asked_for_twice(world, owner, capsys):
    one = people.person()
    owner.ok("POST", "/drafts", {"persons": [{"name": one["name"], "id_number": one["id_number"]}]})
    before, typed = world.table(), iter([one["id_number"], "110101190001011234"])
    assert destroy_person.main(["--identity"], lambda _: next(typed)) == 1
    assert "was not typed twice alike" in capsys.readouterr().err
    assert destroy_person.main(["--identity"], lambda _: "1") == 1
    assert "an identity number has 18 characters" in capsys.readouterr().err
    assert destroy_person.main(["--identity", "--dry-run", "--json"], lambda _: one["id_number"].lower()) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"numbers": [], "drafts": 1, "replies": 1, "files": 0}
    assert one["id_number"] not in shown
    assert world.table() == before


def test_denied_access_to_the_files_ends_the_command_in_one_line(world, found, capsys):
    before = world.table()
    with faults.refused("s3.GetObject", "AccessDenied"):
        assert destroy_person.main(["--number", found.number, "--dry-run"]) == 1
    assert "the role may not call GetObject" in capsys.readouterr().err
    assert world.table() == before


def test_an_unknown_person_is_one_line_on_the_standard_error(world, capsys):
    number = "APEC20261121999999-01"
    assert destroy_person.main(["--number", number, "--confirm", number]) == 1
    assert capsys.readouterr().err == "Refused: there is no such person, or its data were destroyed.\n"
