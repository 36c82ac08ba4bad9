"""Scarce things: numbers of applications, which refused requests do not use up, and quotas of an account and day."""

import pytest

from chalicelib.repos.accounts import quotas as repo
from chalicelib.repos.table import table
from chalicelib.rules.accounts import quotas
from chalicelib.rules.base.china_time import china_midnight, day_of
from testing import people
from testing.follow_ups import apply, passport, waiting
from testing.world import PASSWORD
from tests.support import faults

SIZE = 1000
FILE = {"kind": "photo", "filename": "file", "content_type": "image/jpeg", "size": SIZE}
REVEAL = {"fields": ["phone"], "reason": "与本人核对"}
TO_MIDNIGHT = str(11 * 3600 + 30 * 60)
"""Seconds from half past noon, when each test begins."""


def drawn(world):
    """How many numbers of the day were drawn."""
    item = table.get((f"SEQ#{day_of(world.time())}", "SEQ"))
    return item["last"] if item else 0


def used(world, user, quota):
    """How much of a quota the account has used today."""
    item = table.get(repo.key(user.account["id"], quota, world.time()))
    return item["used"] if item else 0


def use_up(world, user, quota, left=0):
    """Let the account have only `left` of its quota."""
    table.commit(repo.quota_used(user.account["id"], quota, world.time(), quota.most - left - used(world, user, quota)))


# Numbers


def test_a_draft_with_an_unknown_invoice_profile_takes_no_number(world, owner):
    profile = owner.ok("POST", "/invoice-profiles", people.invoice_profile())["id"]
    owner.ok("DELETE", f"/invoice-profiles/{profile}")
    others = world.profile(world.enterprise())
    before = drawn(world)
    for unknown in (profile, others, "0123456789abcdef0123"):
        draft = owner.ok("POST", "/drafts", world.content(owner, invoice_profile_id=unknown))["id"]
        for form, field in (
            ({"draft_id": draft}, "invoice_profile_id"),
            ({"content": world.content(owner, invoice_profile_id=unknown)}, "content.invoice_profile_id"),
        ):
            for _ in range(5):
                refused = owner("POST", "/applications", form)
                assert (refused.status, refused.fields) == (422, {field: "INVOICE_PROFILE"})
    assert drawn(world) == before


def test_profiles_that_the_item_of_their_enterprise_does_not_name_can_be_used(world):
    """Those of earlier versions are only counted."""
    owner = world.enterprise()
    profile = world.profile(owner)
    at = (f"ENT#{owner.account['enterprise_id']}", "PROFILE")
    table.commit(table.change(at, drop=[f"invoice_profile_{profile}"]))
    assert owner("POST", "/applications", {"content": world.content(owner)}).status == 201
    unknown = {"content": world.content(owner, invoice_profile_id="0123456789abcdef0123")}
    assert owner("POST", "/applications", unknown).fields == {"content.invoice_profile_id": "INVOICE_PROFILE"}
    table.commit(table.change(at, assign={f"invoice_profile_{profile}": True}))


def test_a_refused_follow_up_takes_no_number(world, owner):
    person = waiting(world, owner)
    before = drawn(world)
    for _ in range(5):
        assert apply(owner, person, "change_passport", version=99, **passport()).code == "OPERATION_INVALID"
        assert apply(owner, person, "cancel_card").code == "OPERATION_INVALID"
    assert drawn(world) == before
    assert apply(owner, person, "change_passport", **passport()).status == 201
    assert drawn(world) == before + 1


# Quotas


def submission(world, user):
    return lambda: user("POST", "/applications", {"content": world.content(user)})


def draft(world, user):
    def submit():
        draft = user.ok("POST", "/drafts", world.content(user))["id"]
        answer = user("POST", "/applications", {"draft_id": draft})
        if answer.status != 201:
            assert user.ok("GET", f"/drafts/{draft}")["id"] == draft
            user.ok("DELETE", f"/drafts/{draft}")
        return answer

    return submit


def follow_up(world, user):
    return lambda: apply(user, waiting(world, user), "change_passport", **passport())


def reveal(world, user):
    numbers = iter([world.application(user)["number"] for _ in range(4)])
    return lambda: user("POST", f"/persons/{next(numbers)}-01/reveal", REVEAL)


def reveal_of_office(world, user):
    numbers = iter([world.application(world.enterprise())["number"] for _ in range(4)])
    return lambda: user("POST", f"/office/persons/{next(numbers)}-01/reveal", REVEAL)


def upload(world, user):
    return lambda: user("POST", "/attachments", FILE)


def export(world, user):
    number = world.approved(user)["number"]
    return lambda: user("POST", f"/applications/{number}/progress/export")


def template(world, user):
    return lambda: user("GET", "/persons/import-template")


RATIONED = [
    (submission, quotas.APPLICATIONS, 1, "今日提交的申请已达200份的上限，请于次日零时后再提交。"),
    (draft, quotas.APPLICATIONS, 1, "今日提交的申请已达200份的上限，请于次日零时后再提交。"),
    (follow_up, quotas.FOLLOW_UPS, 1, "今日提交的子业务申请已达500份的上限，请于次日零时后再提交。"),
    (reveal, quotas.REVEALS, 1, "今日查看完整信息已达2000次的上限，请于次日零时后再查看。"),
    (reveal_of_office, quotas.REVEALS, 1, "今日查看完整信息已达2000次的上限，请于次日零时后再查看。"),
    (upload, quotas.UPLOAD_BYTES, SIZE, "今日上传的文件已达20 GB的上限，请于次日零时后再上传。"),
    (export, quotas.EXPORTS, 1, "今日导出的文件已达500份的上限，请于次日零时后再导出。"),
    (template, quotas.EXPORTS, 1, "今日导出的文件已达500份的上限，请于次日零时后再导出。"),
]


def caller(world, make):
    return world.officer("fao-hunan") if make is reveal_of_office else world.enterprise()


@pytest.mark.parametrize(
    ("make", "quota", "amount", "message"), RATIONED, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_quota_of_the_day_is_refused_by_its_name_until_midnight_in_china(world, make, quota, amount, message):
    user = caller(world, make)
    act = make(world, user)
    before = used(world, user, quota)
    assert act().status in (200, 201)
    assert used(world, user, quota) == before + amount
    use_up(world, user, quota, left=amount)
    assert act().status in (200, 201)
    numbers = drawn(world)
    refused = act()
    assert (refused.status, refused.code) == (429, "TOO_MANY_REQUESTS")
    assert refused.body["message"] == message
    assert refused.headers["retry-after"] == TO_MIDNIGHT
    assert used(world, user, quota) == quota.most
    assert drawn(world) - numbers == (1 if make is follow_up else 0)  # of the application that it follows


def test_the_quota_is_renewed_at_midnight_in_china(world):
    owner = world.enterprise()
    use_up(world, owner, quotas.UPLOAD_BYTES)
    world.time.moment = china_midnight(world.time().date()).replace(hour=23, minute=59, second=59)
    owner = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    refused = owner("POST", "/attachments", FILE)
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    world.time.forward(seconds=1)
    assert owner("POST", "/attachments", FILE).status == 201


def test_each_account_has_quotas_of_its_own(world):
    owner = world.enterprise()
    agent = world.agent(owner)
    use_up(world, agent, quotas.APPLICATIONS)
    assert agent("POST", "/applications", {"content": world.content(agent)}).status == 429
    assert owner("POST", "/applications", {"content": world.content(owner)}).status == 201


def test_refused_and_repeated_acts_use_nothing_up(world):
    owner = world.enterprise()
    body = {"content": world.content(owner)}
    key = "00000000-0000-4000-8000-000000000001"
    assert owner("POST", "/applications", {"content": body["content"] | {"contact": ""}}).status == 422
    with faults.refused("dynamodb.TransactWriteItems"):
        assert owner("POST", "/applications", body, Idempotency_Key=key).status == 503
    assert used(world, owner, quotas.APPLICATIONS) == 0
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        assert owner("POST", "/applications", body, Idempotency_Key=key).code == "OUTCOME_UNKNOWN"
    for _ in range(3):
        assert owner("POST", "/applications", body, Idempotency_Key=key).status == 201
    assert used(world, owner, quotas.APPLICATIONS) == 1
    assert owner("POST", "/attachments", FILE | {"kind": "unknown"}).status == 422


def test_of_concurrent_acts_only_as_many_succeed_as_the_quota_has_left(world):
    owner = world.enterprise()
    bodies = [{"content": world.content(owner)} for _ in range(4)]
    use_up(world, owner, quotas.APPLICATIONS, left=2)
    with faults.meeting("dynamodb.TransactWriteItems", 4):
        answers = world.together(*[lambda body=body: owner("POST", "/applications", body) for body in bodies])
    assert sorted(answer.status for answer in answers) == [201, 201, 429, 429]


def test_announcing_the_files_of_a_person_at_once_conflicts_with_nothing(world):
    owner = world.enterprise()
    answers = world.together(*[lambda: owner("POST", "/attachments", FILE)] * 20)
    assert {answer.status for answer in answers} == {201}
    assert used(world, owner, quotas.UPLOAD_BYTES) == 20 * SIZE


def test_a_reply_of_a_repeated_key_precedes_a_quota_that_it_has_used_up(world):
    owner = world.enterprise()
    body, key = {"content": world.content(owner)}, "00000000-0000-4000-8000-000000000002"
    use_up(world, owner, quotas.APPLICATIONS, left=1)
    with faults.meanwhile("s3.GetObject", lambda: owner("POST", "/applications", body, Idempotency_Key=key)):
        answer = owner("POST", "/applications", body, Idempotency_Key=key)
    assert answer.status == 201
    again = owner("POST", "/applications", body, Idempotency_Key=key)
    assert again.raw == answer.raw


# Reveals


def entries(user, number):
    return [entry for entry in user.ok("GET", f"/applications/{number}")["history"] if entry["action"] == "reveal"]


def test_looking_again_within_an_hour_writes_no_second_entry_and_counts_nothing(world):
    owner = world.enterprise()
    number = world.application(owner, persons=2)["number"]
    path = f"/persons/{number}-01/reveal"
    both = {"fields": ["phone", "email"], "reason": "与本人核对"}
    first = owner.ok("POST", path, both)
    assert owner.ok("POST", path, both) == first
    assert owner.ok("POST", path, REVEAL)["fields"] == {"phone": first["fields"]["phone"]}
    assert len(entries(owner, number)) == used(world, owner, quotas.REVEALS) == 1
    owner.ok("POST", path, {"fields": ["phone", "id_number"], "reason": "与本人核对"})
    assert len(entries(owner, number)) == used(world, owner, quotas.REVEALS) == 2
    owner.ok("POST", f"/persons/{number}-02/reveal", both)
    world.agent(owner).ok("POST", path, both)
    assert len(entries(owner, number)) == 4


def test_an_hour_later_a_reveal_is_recorded_again(world):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    path = f"/persons/{number}-01/reveal"
    for minutes, count in ((0, 1), (29, 1), (29, 1), (2, 2)):
        world.time.forward(minutes=minutes)
        owner.ok("POST", path, REVEAL)
        assert len(entries(owner, number)) == count


def test_a_later_entry_does_not_prolong_what_an_earlier_one_covers(world):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    path = f"/persons/{number}-01/reveal"
    owner.ok("POST", path, REVEAL)
    world.time.forward(minutes=29)
    owner.ok("POST", path, REVEAL | {"fields": ["email"]})
    world.time.forward(minutes=29)
    owner.ok("GET", "/me")
    world.time.forward(minutes=3)
    owner.ok("POST", path, REVEAL)
    assert [entry["fields"] for entry in entries(owner, number)] == [["phone"], ["email"], ["phone"]]


def test_eight_concurrent_reveals_are_one_entry(world):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    with faults.meeting("dynamodb.TransactWriteItems", 8):
        answers = world.together(*[lambda: owner("POST", f"/persons/{number}-01/reveal", REVEAL)] * 8)
    assert {answer.status for answer in answers} == {200}
    assert len(entries(owner, number)) == used(world, owner, quotas.REVEALS) == 1


def test_a_field_that_is_named_twice_is_refused(world):
    owner = world.enterprise()
    number = world.application(owner)["number"]
    answer = owner("POST", f"/persons/{number}-01/reveal", REVEAL | {"fields": ["phone", "email", "phone"]})
    assert (answer.status, answer.fields) == (422, {"fields.2": "REPEATED"})
    assert entries(owner, number) == []
