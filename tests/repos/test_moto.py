"""The table, bucket, mail and key definitions also work on moto, a second AWS emulator. Single-threaded."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from chalicelib.config import settings
from chalicelib.repos.accounts import accounts, tickets
from chalicelib.repos.applications import applications, search
from chalicelib.repos.drafts import drafts
from chalicelib.repos.keys import keyring, sealing
from chalicelib.repos.keys.keyring import KeyPurpose
from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.process import aws
from chalicelib.repos.table import table
from chalicelib.rules.accounts.accounts import Agent
from chalicelib.rules.accounts.licence import Purpose, TicketState
from chalicelib.rules.applications import transitions
from chalicelib.rules.applications.search import SearchCriteria
from chalicelib.rules.base.errors import (
    AlreadyExists,
    ContentChanged,
    Invalid,
    LimitReached,
    NotFound,
    OperationInvalid,
)
from chalicelib.rules.base.vocabulary import AccountId, Action, EnterpriseId, Role, Scope, Service
from chalicelib.rules.notices.mail_states import MailState
from chalicelib.usecases.applications import transaction
from chalicelib.usecases.notices import mail_relay
from operations import rotate_keys
from operations.terminal import Terminal
from sandbox import environment
from sandbox.engine import cloud
from tests.support import submissions

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
ENTERPRISE = EnterpriseId("moto")
DRAFTER, COLLECTOR = AccountId("moto-drafts"), AccountId("moto-many")
FAO = submissions.account(Role.OFFICER, id="officer-fao", office="fao-hunan")


def forget():
    settings.cache_clear()
    keyring.forget()
    aws._clients.clear()


@pytest.fixture(scope="module", autouse=True)
def moto():
    """Table, bucket, key and sender on moto; restores the environment of the process afterwards."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("AWS_", "ABTC_"))]:
        del os.environ[name]
    os.environ |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    forget()
    with mock_aws():
        cloud.create_table(boto3.client("dynamodb"), environment.TABLE)
        cloud.create_table(boto3.client("dynamodb"), environment.JOURNAL, "JournalTable")
        cloud.create_bucket(boto3.client("s3"), environment.BUCKET, "https://portal.example")
        cloud.create_roots_bucket(boto3.client("s3"), environment.ROOTS_BUCKET)
        cloud.create_identity(boto3.client("sesv2"), environment.SENDER)
        key = cloud.create_key(boto3.client("kms"))
        os.environ |= environment.application_environment(
            {},
            kms_key=key,
            receipt_key=cloud.create_key(boto3.client("kms"), "ReceiptKey"),
            licence_jwks={"keys": []},
            api_url="http://api.example",
            web_origin="http://web.example",
        )
        yield
    os.environ.clear()
    os.environ.update(before)
    forget()


def test_this_is_moto_and_not_the_embedded_engine():
    assert "AWS_ENDPOINT_URL" not in os.environ
    assert aws.client("dynamodb").meta.endpoint_url == "https://dynamodb.us-east-1.amazonaws.com"


def test_an_agent_is_found_by_id_by_enterprise_and_by_user_name_in_any_letter_case():
    account = submissions.account(Role.AGENT, id="moto-agent", scope=Scope.OWN, enterprise_id="moto-1")
    agent = Agent(account, "测试丁", "430102190001010023", "13700000000")
    table.commit(*accounts.agent_created(agent))
    assert accounts.get("moto-1", "moto-agent") == account
    assert accounts.agent(EnterpriseId("moto-1"), "moto-agent") == agent
    assert [account.id for account in accounts.accounts_of(EnterpriseId("moto-1"))] == ["moto-agent"]
    target = accounts.find_login_target("agent", "MOTO-agent")
    assert target
    assert target.account_id == "moto-agent"
    with pytest.raises(AlreadyExists):
        table.commit(*accounts.agent_created(agent))
    with pytest.raises(NotFound):
        accounts.agent(EnterpriseId("moto-2"), "moto-agent")


def test_a_taken_user_name_prevents_every_write_of_the_second_account():
    first = submissions.account(Role.AGENT, id="moto-first", enterprise_id="moto-3", login="same")
    table.commit(*accounts.account_created(first))
    second = submissions.account(Role.AGENT, id="moto-second", enterprise_id="moto-3", login="SAME")
    with pytest.raises(AlreadyExists):
        table.commit(*accounts.account_created(second))
    assert accounts.get("moto-3", "moto-second") is None


def test_a_draft_is_saved_read_changed_and_removed():
    draft, writes = drafts.new_draft(DRAFTER, ENTERPRISE, {"group_name": "团组"}, NOW)
    table.commit(*writes)
    assert drafts.get(DRAFTER, draft.id, NOW) == draft
    after, writes = drafts.saved_draft(draft, {"group_name": "团组二"}, NOW)
    table.commit(*writes)
    assert drafts.of_account(DRAFTER, NOW) == [after]
    _, late = drafts.saved_draft(draft, {"group_name": "团组三"}, NOW)
    with pytest.raises(ContentChanged):
        table.commit(*late)
    table.commit(*drafts.draft_submitted(after))
    assert drafts.of_account(DRAFTER, NOW) == []


def test_the_21st_draft_is_refused():
    for _ in range(20):
        table.commit(*drafts.new_draft(COLLECTOR, ENTERPRISE, {}, NOW)[1])
    with pytest.raises(LimitReached):
        table.commit(*drafts.new_draft(COLLECTOR, ENTERPRISE, {}, NOW)[1])
    assert len(drafts.of_account(COLLECTOR, NOW)) == 20


@pytest.fixture(scope="module")
def submitted(moto):
    """A submitted application of three persons, which no test changes."""
    return submitted_by(submissions.account())


def submitted_by(creator):
    """A submitted application of three persons."""
    application = submissions.application(3, creator, applications.next_number(NOW))
    transaction.commit(application.header, application.history[0], applications.created(application))
    stored = applications.get(application.header.number, creator)
    assert stored == application
    return stored


def test_an_application_of_three_persons_is_read_the_same_by_its_officer(submitted):
    assert applications.get(submitted.header.number, FAO) == submitted


def test_an_application_is_not_found_by_accounts_without_access(submitted):
    stranger = submissions.account(id="stranger", enterprise_id="f" * 20)
    own_only = submissions.account(Role.AGENT, scope=Scope.OWN)
    for viewer in (stranger, own_only, submissions.account(Role.OFFICER, id="o", office="fao-shaanxi")):
        with pytest.raises(NotFound):
            applications.get(submitted.header.number, viewer)


def test_an_application_is_listed_and_found_by_passport_number(submitted):
    everything = SearchCriteria(Service.NEW_OR_RENEWAL, submissions.TODAY)
    page = search.page(submissions.account(), everything, 10, None)
    assert page.next_key is None
    assert [(listed.header.number, len(listed.persons)) for listed in page.applications] == [
        (submitted.header.number, 3)
    ]
    passport = submitted.persons[1].content["passport_number"]
    wanted = replace(everything, passport=passport.lower())
    page = search.page(submissions.account(), wanted, 10, None)
    [found] = page.applications
    assert (found.header.number, page.next_key) == (submitted.header.number, None)
    assert [person.number for person in found.persons] == [submitted.persons[1].number]


def test_no_item_contains_a_personal_number_in_clear(submitted):
    stored = repr(table.query_all(f"APP#{submitted.header.number}")).encode()
    for person in submitted.persons:
        for field in ("id_number", "passport_number", "phone", "email"):
            assert person.content[field].encode() not in stored


def test_the_first_of_two_decisions_is_written_and_the_second_is_refused_with_the_current_status():
    creator = submissions.account(id="d" * 20, enterprise_id=EnterpriseId("d" * 20))
    submitted = submitted_by(creator)
    passed, passing = transitions.change_status(submitted, Action.PASS, submissions.act(FAO, NOW), 1)
    withdrawn, withdrawing = transitions.change_status(submitted, Action.WITHDRAW, submissions.act(creator, NOW), 1)
    transaction.commit(passed.header, passing, applications.status_changed(submitted, passed, passing))
    with pytest.raises(OperationInvalid) as caught:
        transaction.commit(
            withdrawn.header, withdrawing, applications.status_changed(submitted, withdrawn, withdrawing)
        )
    assert caught.value.current
    assert (caught.value.current.status, caught.value.current.status_version) == ("CONSULAR_REVIEW", 2)
    assert applications.get(submitted.header.number, FAO) == passed
    inbox = messages.page(creator, 10, None).messages
    assert sorted(message.kind for message in inbox) == ["status_changed", "submitted"]


def test_a_mail_is_leased_sent_and_finished():
    mail_id, write = outbox.address_notified(
        "email_code_register", "a@b.example", {"code": "123456", "minutes": 10}, NOW
    )
    table.commit(write)
    assert mail_id in outbox.due(NOW, 100)
    assert mail_relay.attempt(mail_id, NOW) is MailState.SENT
    assert mail_relay.attempt(mail_id, NOW) is None
    assert mail_id not in outbox.due(NOW, 100)


def test_a_ticket_is_readable_by_its_browser_only_and_used_once():
    made = tickets.start(Purpose.LOGIN, NOW)
    assert tickets.of_browser(made.ticket.id, made.secret) == made.ticket
    assert made.ticket.state is TicketState.WAITING
    with pytest.raises(NotFound):
        tickets.of_browser(made.ticket.id, "another")
    table.commit(tickets.ticket_used(made.ticket))
    used = tickets.get(made.ticket.id)
    assert used
    assert used.used
    with pytest.raises(Invalid):
        table.commit(tickets.ticket_used(made.ticket))


def test_data_encrypted_before_the_keys_were_rewrapped_by_another_kms_key_can_be_decrypted():
    """Runs on moto because the embedded engine has no ReEncrypt."""
    sealed = sealing.seal(b"before", "c")
    digest = sealing.digest("s", "v")
    before = {item["sk"]: item["wrapped"] for item in keyring.items(KeyPurpose.FIELD)}
    other = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    lines: list[str] = []
    rotate_keys.rewrap(Terminal(say=lines.append), other)
    after = {item["sk"]: item["wrapped"] for item in keyring.items(KeyPurpose.FIELD)}
    assert after.keys() == before.keys()
    assert all(after[sk] != before[sk] for sk in before)
    boto3.client("kms").disable_key(KeyId=settings().kms_key)
    try:
        keyring.forget()
        assert sealing.unseal(sealed, "c") == b"before"
        assert sealing.digest("s", "v") == digest
    finally:
        boto3.client("kms").enable_key(KeyId=settings().kms_key)
    assert len(lines) == sum(len(keyring.items(purpose)) for purpose in KeyPurpose)
