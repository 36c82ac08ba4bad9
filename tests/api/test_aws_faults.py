"""Throttled, failing and unreachable AWS services: 503 with Retry-After, no partial changes, no 500, and no false claim
that nothing has changed."""

import pytest

from sandbox.engine.engine import free_port
from testing import people
from testing.world import PASSWORD
from tests.support import faults, logs


@pytest.fixture(scope="module")
def owner_with_files(portal):
    """An enterprise whose files and invoice profile exist before AWS fails."""
    owner_with_files = portal.enterprise()
    portal.content(owner_with_files)
    return owner_with_files


def assert_unavailable(answer):
    assert (answer.status, answer.code) == (503, "UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.body["message"] == "服务暂时不可用，请稍后再试。您的数据没有改变。"
    assert answer.headers["access-control-allow-origin"] == "http://127.0.0.1:8001"


def assert_unknown(answer):
    assert (answer.status, answer.code) == (503, "OUTCOME_UNKNOWN")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.body["message"] == "结果未知，请刷新核对后再重试。"


def calls(world, owner_with_files):
    """One request of each kind."""
    content = world.content(owner_with_files)
    return [
        ("GET", "/me", None),
        ("POST", "/drafts", {}),
        ("POST", "/agents", people.agent()),
        ("POST", "/invoice-profiles", people.invoice_profile()),
        ("POST", "/applications", {"content": content}),
        ("POST", "/applications/search", {"service": "new_or_renewal"}),
        ("GET", "/applications/APEC20261121000001", None),
        ("GET", "/messages", None),
        ("POST", "/messages/read-all", None),
        ("DELETE", "/sessions/current", None),
    ]


def writes(world, owner_with_files):
    """Those requests that write."""
    return [call for call in calls(world, owner_with_files) if call[0] != "GET" and "search" not in call[1]]


CODES = [
    ("ThrottlingException", 400),
    ("ProvisionedThroughputExceededException", 400),
    ("RequestLimitExceeded", 400),
    ("InternalServerError", 500),
    ("ServiceUnavailable", 503),
]


@pytest.mark.parametrize(("code", "status"), CODES)
def test_a_throttled_or_failing_table_is_answered_with_503_and_changes_nothing(world, owner_with_files, code, status):
    before = world.table()
    for method, path, body in calls(world, owner_with_files):
        with faults.refused("dynamodb.*", code, status):
            assert_unavailable(owner_with_files(method, path, body))
    assert world.table() == before


def test_an_unreachable_table_is_answered_with_503(world, owner_with_files):
    before = world.table()
    for method, path, body in calls(world, owner_with_files):
        with faults.down("dynamodb"):
            assert_unavailable(owner_with_files(method, path, body))
            assert_unavailable(world.anybody("POST", "/elicence/tickets", {"purpose": "login"}))
            form = {"identity": "agent", "login": "agent1", "password": "correct horse"}
            assert_unavailable(world.anybody("POST", "/sessions", form))
    assert world.table() == before


def test_throttled_writes_change_nothing(world, owner_with_files):
    before = world.table()
    for method, path, body in writes(world, owner_with_files):
        with faults.refused("dynamodb.TransactWriteItems"):
            assert_unavailable(owner_with_files(method, path, body))
    after = world.table()
    changed = {
        pk.partition("#")[0] for pk, sk in after.keys() | before.keys() if after.get((pk, sk)) != before.get((pk, sk))
    }
    assert changed <= {"SEQ"}


def test_a_transaction_conflict_is_retried(world, owner_with_files):
    with faults.cancelled("TransactionConflict", times=2):
        assert owner_with_files("POST", "/drafts", {}).status == 201


def test_a_throttled_transaction_is_answered_with_503(world, owner_with_files):
    with faults.cancelled("ThrottlingError"):
        assert_unavailable(owner_with_files("POST", "/drafts", {}))


def test_an_unreachable_bucket_affects_only_exports_and_files_that_are_not_inspected(world, owner_with_files):
    approved, content = world.approved(owner_with_files)["number"], world.content(owner_with_files)
    inspected, late = content["attachments"], world.upload(owner_with_files, "photo")
    content["attachments"] = [*inspected, late]
    before = world.table()
    for fault in (faults.down("s3"), faults.refused("s3.*", "SlowDown", 503)):
        with fault:
            assert_unavailable(owner_with_files("POST", "/applications", {"content": content}))
            assert_unavailable(owner_with_files("POST", f"/applications/{approved}/progress/export"))
            assert owner_with_files("GET", "/me").status == 200
    assert world.table() == before
    with faults.down("s3"):
        content["attachments"] = inspected
        assert owner_with_files("POST", "/applications", {"content": content}).status == 201


def test_an_unreachable_mail_service_affects_no_request(world, owner_with_files):
    with faults.down("sesv2"):
        number = world.application(owner_with_files)["number"]
        assert world.deliver()["WAITING"] >= 1
    assert owner_with_files("GET", f"/applications/{number}").status == 200


def test_a_lost_reply_of_the_table_leaves_the_completed_state(world, owner_with_files):
    number = world.application(owner_with_files)["number"]
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        assert_unknown(owner_with_files("POST", f"/applications/{number}/withdraw", {"status_version": 1}))
    seen = owner_with_files.ok("GET", f"/applications/{number}")
    assert (seen["status"], len(seen["history"])) == ("WITHDRAWN", 2)


def test_a_write_that_fails_at_the_server_has_an_unknown_outcome(world, owner_with_files):
    for method, path, body in writes(world, owner_with_files):
        with faults.refused("dynamodb.TransactWriteItems", "InternalServerError", 500):
            assert_unknown(owner_with_files(method, path, body))


def test_a_lost_reply_of_a_write_that_no_user_sees_leaves_the_data_unchanged(world, owner_with_files):
    """The number of an application, a copied file, an export, the use of a session, and a failed sign-in."""
    content, approved = world.content(owner_with_files), world.approved(owner_with_files)["number"]
    login = {"identity": "enterprise", "login": owner_with_files.account["login"], "password": "not the password"}
    before = world.table()
    with faults.reply_lost("dynamodb.UpdateItem"):
        assert_unavailable(owner_with_files("POST", "/applications", {"content": content}))
    with faults.reply_lost("s3.PutObject"):
        # A file whose event was not handled yet is inspected, cleaned and copied by the submission.
        late = world.upload(owner_with_files, "photo")
        more = {"attachments": [*content["attachments"], late]}
        assert_unavailable(owner_with_files("POST", "/applications", {"content": content | more}))
    with faults.reply_lost("s3.PutObject"):
        assert_unavailable(owner_with_files("POST", f"/applications/{approved}/progress/export"))
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        assert_unavailable(owner_with_files("POST", f"/applications/{approved}/progress/export"))
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        assert_unavailable(world.anybody("POST", "/sessions", login))
    world.time.forward(minutes=5)
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        assert_unavailable(owner_with_files("GET", "/me"))
    after = world.table()
    changed = {pk.partition("#")[0] for pk, sk in after if after[pk, sk] != before.get((pk, sk)) and "QUOTA#" not in sk}
    assert changed <= {"SEQ", "RATE", "IDEM", "FILE"}


def test_a_fault_after_the_first_change_of_a_request_does_not_claim_that_nothing_changed(world):
    """Saving a 21st draft purges the drafts that are due, and then saves."""
    owner = world.enterprise()
    for _ in range(20):
        owner.ok("POST", "/drafts", {"group_name": "旧草稿"})
    world.time.forward(days=180)
    owner = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    with faults.refused("dynamodb.TransactWriteItems", after=2):
        answer = owner("POST", "/drafts", {})
    assert_unknown(answer)
    assert owner.ok("GET", "/me")["purged_drafts"] == 20


def test_each_row_of_an_import_tells_its_own_outcome(world, owner_with_files):
    numbers = [world.approved(owner_with_files)["number"] for _ in range(2)]
    rows = [{"person_number": f"{number}-01", "economy": "SGP", "decision": "approved"} for number in numbers]
    with faults.reply_lost("dynamodb.TransactWriteItems"):
        imported = world.desk("consular").ok("POST", "/office/economies/import", {"rows": rows})
    assert imported["applied"] == 1
    (failed,) = imported["failed"]
    assert (failed["code"], failed["message"]) == ("OUTCOME_UNKNOWN", "结果未知，请刷新核对后再重试。")


def test_an_internal_fault_is_located_in_the_log_and_hidden_from_the_client(world, owner_with_files):
    with logs.recorded() as log, faults.refused("dynamodb.Query", "ValidationException"):
        answer = owner_with_files("GET", "/messages")
    assert (answer.status, answer.code, answer.body["errors"]) == (500, "INTERNAL", [])
    assert "injected" not in log.getvalue() + answer.raw.decode()
    assert '"error": "ClientError"' in log.getvalue()
    assert answer.headers["x-request-id"] in log.getvalue()


def test_a_closed_port_is_answered_with_503(world, owner_with_files):
    """A real connection error, with the retries of botocore."""
    with faults.diverted("dynamodb", free_port()):
        assert_unavailable(owner_with_files("GET", "/me"))
    assert owner_with_files("GET", "/me").status == 200


def test_a_request_past_its_retry_deadline_makes_every_call_once(world, owner_with_files, monkeypatch):
    """A client waits at most six seconds for a reply; files are read in threads."""
    content = world.content(owner_with_files)
    content["attachments"] = [*content["attachments"], world.upload(owner_with_files, "photo")]
    drafts = len(owner_with_files.ok("GET", "/drafts")["items"])
    for what in ("500", "throttled"):
        with faults.answered(what):
            assert owner_with_files("POST", "/drafts", {}).status == 201
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.repos.process.aws.RETRY_CUTOFF_SECONDS", -1)
        with faults.answered("throttled"):
            assert_unavailable(owner_with_files("POST", "/drafts", {}))
        with faults.storm(1, 1) as storm:
            assert_unavailable(owner_with_files("GET", "/me"))
        assert (storm.injected.total(), storm.attempts) == (1, {})
        with faults.answered("throttled", by="s3.GetObject"):
            assert_unavailable(owner_with_files("POST", "/applications", {"content": content}))
        assert owner_with_files("POST", "/applications", {"content": content}).status == 201
    assert len(owner_with_files.ok("GET", "/drafts")["items"]) == drafts + 2


def test_no_retry_follows_a_wait_that_ends_past_the_deadline(world, owner_with_files, monkeypatch):
    """The request may still wait, but is past its deadline after the wait."""
    moments = iter([0.0, 1.0])

    with monkeypatch.context() as patch, faults.storm(1, 1) as storm:
        patch.setattr("chalicelib.repos.process.aws.time.monotonic", lambda: next(moments, 4.0))
        assert_unavailable(owner_with_files("GET", "/me"))
    assert storm.injected.total() == 1


def test_calls_outside_a_request_are_retried_at_any_age(world, owner_with_files, monkeypatch):
    monkeypatch.setattr("chalicelib.repos.process.aws.RETRY_CUTOFF_SECONDS", -1)
    world.application(owner_with_files)
    with faults.answered("throttled"):
        outcome = world.deliver()
    assert outcome["SENT"] >= 1
    assert "WAITING" not in outcome
