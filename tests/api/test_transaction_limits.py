"""Limits of DynamoDB: the largest transaction, batch and item of every use case stay within them."""

import json
import random
from contextlib import contextmanager

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.repos.accounts import enterprises, invoice_profiles, quotas
from chalicelib.repos.accounts.idempotency import IdempotencyKey
from chalicelib.repos.applications import applications
from chalicelib.repos.drafts import drafts
from chalicelib.repos.files import claims
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.rules.accounts.licence_elements import LicenceElements
from chalicelib.rules.accounts.quotas import APPLICATIONS
from chalicelib.rules.applications import submission, transitions
from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.vocabulary import AccountId, Action, Role
from chalicelib.usecases.applications import transaction
from chalicelib.usecases.drafts import endings
from tests.support import submissions

ACTIONS = 100
"""The limits of TransactWriteItems."""
TRANSACTION_BYTES = 4 * 1024 * 1024
ITEM_BYTES = 400 * 1024

AGENT = submissions.account(Role.AGENT)
FAO = submissions.account(Role.OFFICER, id="officer-fao", office="fao-hunan")


@contextmanager
def written():
    """The transactions sent within the block; each is answered with success and none is executed."""
    sent = []

    def answer(params, **_):
        sent.append(json.loads(params["body"])["TransactItems"])
        return AWSResponse("", 200, {}, None), {}

    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb.TransactWriteItems", answer)
    try:
        yield sent
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", answer)


EVERY_FILE = [f"{number:020x}" for number in range(2 * limits.MAX_ATTACHMENTS * (limits.MAX_PERSONS + 1))]
"""Names of all files of the largest application, and of all that a correction leaves out."""


def size(actions):
    return len(json.dumps(actions, ensure_ascii=False).encode())


KEY_BYTES = 1024
"""The maximum size of an index's sort key."""
LONGEST_NAME = "𠀀" * limits.ENTERPRISE_NAME


def test_the_longest_enterprise_name_fits_into_its_index_key(cloud_resources):
    elements = LicenceElements(name=LONGEST_NAME, uscc="91430100MA4L00003Q", legal_representative="测试甲")
    enterprise, _ = enterprises.new_enterprise(
        elements, "a@enterprise.example", dict.fromkeys(enterprises.PROFILE), submissions.NOON
    )
    opening, renaming = (
        enterprises.enterprise_created(enterprise),
        enterprises.enterprise_changed(enterprise, name=LONGEST_NAME),
    )
    with written() as sent:
        table.commit(*opening)
        table.commit(*renaming)
    opened = sent[0][0]["Put"]["Item"]["queue_sk"]["S"]
    renamed = sent[1][0]["Update"]["ExpressionAttributeValues"][":set_queue_sk"]["S"]
    assert opened == renamed == f"{LONGEST_NAME}#{enterprise.id}"
    assert len(opened.encode()) <= KEY_BYTES


def profile_exists():
    at = invoice_profiles.key(submissions.ENTERPRISE, "i" * 20)
    return table.check(at, {"id": "i" * 20}, lambda _: NotFound())


def fullest():
    """An application of 90 persons by an agent, with every text at its maximum length."""
    long = {"title": "经" * 20, "title_en": "x" * 60, "passport_place": "湘" * 50, "attachments": ["a" * 200] * 20}
    content = submissions.content(limits.MAX_PERSONS, reason="事" * 500, attachments=["a" * 200] * 20)
    content["persons"] = [{**person, **long} for person in content["persons"]]
    ready = submission.validate_submission(content, submissions.TODAY)
    return submission.new_application(submissions.NUMBER, "测试企业", ready, submissions.act(AGENT))


def keys(actions):
    found = []
    for action in actions:
        [(_, request)] = action.items()
        at = request.get("Key") or request["Item"]
        found.append((at["pk"]["S"], at["sk"]["S"]))
    return found


@pytest.fixture
def submitted(cloud_resources):
    # The first use of a key stores it, in a write of its own.
    sealing.seal(b"", "first use")
    sealing.digest("first use", "")
    return fullest()


def test_the_largest_submission_is_one_transaction_of_at_most_100_actions(submitted):
    draft, _ = drafts.new_draft(AGENT.id, AGENT.tenant, {}, submissions.NOON)
    key = IdempotencyKey(AGENT.id, "k" * 36, ("d" * 64,))
    parts = [
        *applications.created(submitted),
        profile_exists(),
        *drafts.draft_submitted(draft),
        quotas.quota_used(AGENT.id, APPLICATIONS, submissions.NOON),
        claims.claimed(AGENT.tenant, submitted.header.number, EVERY_FILE, submissions.NOON),
        key.reply_stored("{}", submissions.NOON),
    ]
    with written() as sent:
        transaction.commit(submitted.header, submitted.history[0], parts)
    [actions] = sent
    others = len(actions) - limits.MAX_PERSONS
    assert limits.MAX_PERSONS + others <= ACTIONS, others
    assert len(set(keys(actions))) == len(actions)
    assert size(actions) < TRANSACTION_BYTES


@pytest.mark.parametrize("creator", [AGENT, submissions.account()], ids=["agent", "enterprise"])
def test_the_approval_of_90_persons_is_one_transaction(submitted, creator):
    at_consular, _ = transitions.change_status(submitted, Action.PASS, submissions.act(FAO), 1)
    approved, event = transitions.change_status(at_consular, Action.PASS, submissions.act(submissions.officer()), 2)
    with written() as sent:
        transaction.commit(approved.header, event, applications.status_changed(at_consular, approved, event))
    [actions] = sent
    assert limits.MAX_PERSONS < len(actions) <= ACTIONS
    assert len(set(keys(actions))) == len(actions)
    assert size(actions) < TRANSACTION_BYTES


@pytest.mark.parametrize(("before", "after"), [(90, 90), (90, 1), (1, 90), (90, 45)])
def test_correcting_a_returned_group_is_one_transaction_for_any_change_of_persons(cloud_resources, before, after):
    submitted = submissions.application(before, creator=AGENT)
    returned, _ = transitions.change_status(submitted, Action.RETURN, submissions.act(FAO), 1, "理由")
    content = submission.split_content(submissions.complete(after))
    corrected, event = transitions.edit_application(returned, *content, submissions.act(AGENT), 1)
    claim = claims.claimed(AGENT.tenant, corrected.header.number, EVERY_FILE, submissions.NOON)
    writes = [*applications.edited(returned, corrected, event), profile_exists(), claim]
    with written() as sent:
        transaction.commit(corrected.header, event, writes)
    [actions] = sent
    assert len(actions) <= ACTIONS
    assert len(set(keys(actions))) == len(actions)


@pytest.mark.parametrize("drafts_per_account", [1, 2, 7, 20])
def test_the_batches_of_the_purge_fit_for_any_number_of_drafts_per_account(cloud_resources, drafts_per_account):
    owners = [AccountId(f"a{number:03d}") for number in range(120 // drafts_per_account)]
    due = [
        drafts.new_draft(owner, AGENT.tenant, {}, submissions.NOON)[0]
        for owner in owners
        for _ in range(drafts_per_account)
    ]
    with written() as sent:
        purged, _ = endings.purge(due, submissions.NOON)
    assert purged == len(due) == sum("Delete" in action for actions in sent for action in actions)
    assert max(len(actions) for actions in sent) <= ACTIONS
    assert all(len(set(keys(actions))) == len(actions) for actions in sent)


def test_a_group_with_its_persons_is_read_in_one_batch():
    assert limits.MAX_PERSONS + 1 <= table.BATCH_GET == 100


def test_every_position_in_a_group_has_two_digits():
    assert limits.MAX_PERSONS <= 99


def test_every_item_of_the_largest_application_fits_the_item_limit(submitted):
    with written() as sent:
        table.commit(*applications.created(submitted))
    assert max(size(action) for action in sent[0]) < ITEM_BYTES


def test_a_draft_of_1_mib_that_hardly_compresses_is_saved_or_refused_without_a_fault(world):
    draw = random.Random(1)
    letters = [chr(code) for code in range(0x4E00, 0x9FA5)]
    persons = [{name: "".join(draw.choices(letters, k=1900)) for name in ("name", "title")} for _ in range(90)]
    body = json.dumps({"persons": persons}, ensure_ascii=False).encode()
    assert len(body) <= limits.MAX_BODY_BYTES
    assert world.enterprise()("POST", "/drafts", body).status in (201, 413, 422)
