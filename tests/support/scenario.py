"""A scenario through the whole portal: every route succeeds, and every scheduled function has work to do."""

import base64
import io
import uuid
from datetime import timedelta
from typing import Any

import boto3
from openpyxl import Workbook, load_workbook
from pyotp import TOTP

from chalicelib.repos.keys import keyring, rotation
from chalicelib.repos.keys.keyring import KeyPurpose
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day
from sandbox import environment
from scheduled.deliver_mail import deliver_mail
from scheduled.expire_cards import expire_cards
from scheduled.look_up_persons import look_up_persons
from scheduled.purge_drafts import purge_drafts
from scheduled.remind import remind
from testing import mail_events, people
from testing.follow_ups import SIXTEEN, applied, card, decided, economy, made, passport, seen, through, waiting
from testing.world import PASSWORD, User, World, storage
from tests.support import faults, scanners
from tests.support.accounts import passkey_of, undo_link, wrong_code
from tests.support.drafts import key_of

NEW = "another battery staple"
COPY_STORED = 3
"""The call of an inspection that stores the copy, after those that read upload and verdict and begin the verdict."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def accounts(world: World) -> User:
    """Registration, settings, agents, invoice profiles, sign-ins and recoveries; returns the enterprise account.

    These are the first requests of a portal, so they create its keys: what another test had stored before them could
    never be read again, and a test that stores something itself names the fixture of the scenario first.
    """
    assert {item["pk"] for item in table.scan(limit=50).items} <= {keyring.PARTITION}
    table.commit(*(table.delete((item["pk"], item["sk"])) for item in table.query_all(keyring.PARTITION)))
    keyring.forget()
    world.anybody.ok("GET", "/health")
    world.anybody.ok("GET", "/reference")
    world.anybody.ok("GET", "/reference/regions")
    world.anybody.ok(
        "POST", "/client-errors", {"kind": "error", "page": "/drafts/:id", "version": "/assets/index-1.js"}
    )
    elements = world.elements()
    session = world.anybody.ok("POST", "/registrations", world.registration(**world.ticket("register", elements)))
    owner = User(world, session["token"], session["account"])
    _guessing(world, owner)
    waiting_ticket = world.anybody.ok("POST", "/elicence/tickets", {"purpose": "login"})
    path = f"/elicence/tickets/{waiting_ticket['ticket_id']}"
    world.anybody.ok("GET", path, X_Ticket_Secret=waiting_ticket["secret"])
    world.anybody.ok("POST", "/sessions/elicence", world.ticket("login", elements))
    owner.ok(
        "PUT", "/enterprise/licence", world.ticket("update_licence", {**elements, "name": elements["name"] + "厂"})
    )
    owner.ok("GET", "/me")
    owner.ok("GET", "/enterprise")
    owner.ok("PATCH", "/enterprise", {"phone": "13800000000"})
    owner.ok("PUT", "/me/mail-preference", {"receives_mail": True})
    _email(world, owner)
    _sessions(world, owner)
    _recovery(world, owner)
    _agents(owner)
    _mailbox(world, owner)
    _passkeys(world, owner)
    _invoices(owner)
    owner.ok("GET", "/audit")
    return world.sign_in("enterprise", owner.account["login"], NEW)


def _guessing(world: World, owner: User) -> None:
    form = {"identity": "enterprise", "login": owner.account["login"], "password": "wrong"}
    assert world.anybody("POST", "/sessions", form).status == 401


def _email(world: World, owner: User) -> None:
    address = f"moved{people.serial()}@enterprise.example"
    form = world.address_form(owner, address)
    assert owner("PUT", "/me/email", form | {"email_code": wrong_code(form["email_code"])}).status == 422
    before = owner.account["email"]
    owner.ok("PUT", "/me/email", form)
    world.deliver()
    link = undo_link(world.mails(before)[0])
    passwords = {"password": PASSWORD, "password_confirmation": PASSWORD}
    world.anybody.ok("POST", "/email-changes/undo", {"token": link, **passwords})
    owner.token = world.sign_in("enterprise", before, PASSWORD).token
    owner.account = owner.ok("GET", "/me")["account"]


def _sessions(world: World, owner: User) -> None:
    other = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    listed = other.ok("GET", "/sessions")["items"]
    mine = next(entry["id"] for entry in listed if not entry["current"])
    other.ok("DELETE", f"/sessions/{mine}")
    third = world.sign_in("enterprise", owner.account["login"], PASSWORD)
    third.ok("DELETE", "/sessions/current")
    other.ok("DELETE", "/sessions")
    owner.token = other.token
    world.time.forward(minutes=2)
    owner.ok("GET", "/me")


def _recovery(world: World, owner: User) -> None:
    known = owner.ok("GET", "/enterprise")
    form = {name: known[name] for name in ("name", "uscc", "legal_representative")}
    email = owner.account["email"]
    recovery = world.anybody.ok("POST", "/recoveries", {**form, "email": email})["recovery_id"]
    token = world.anybody.ok("POST", f"/recoveries/{recovery}/verification", {"email_code": world.code(email)})[
        "reset_token"
    ]
    passwords = {"password": PASSWORD + "2", "password_confirmation": PASSWORD + "2"}
    world.anybody.ok("PUT", f"/recoveries/{recovery}/password", {"reset_token": token, **passwords})
    begun = world.anybody.ok("POST", "/recoveries", world.ticket("recover", form))
    address = f"recovered{people.serial()}@enterprise.example"
    at = f"/recoveries/{begun['recovery_id']}"
    reset = {"reset_token": begun["reset_token"]}
    world.anybody.ok("POST", f"{at}/email-codes", {**reset, "email": address})
    replaced = {"email": address, "email_code": world.code(address)}
    world.anybody.ok("PUT", f"{at}/password", {**reset, **passwords, **replaced})
    owner.token = world.sign_in("enterprise", address, PASSWORD + "2").token
    owner.account = owner.ok("GET", "/me")["account"]
    renewed = {"password": NEW, "password_confirmation": NEW}
    owner.ok("PUT", "/me/password", {"current_password": PASSWORD + "2", **renewed})


def _agents(owner: User) -> None:
    form = people.agent()
    agent = owner.ok("POST", "/agents", form)
    at = f"/agents/{agent['id']}"
    owner.ok("GET", "/agents")
    owner.ok("GET", f"{at}?reveal=true")
    owner.ok("GET", at)
    owner.ok("PATCH", at, {"username": f"{form['username']}x"}, If_Match=f'"{agent["version"]}"')
    owner.ok("PUT", f"{at}/mail-preference", {"receives_mail": False})
    owner.ok("PUT", f"{at}/authorization", {"authorized": False})
    owner.ok("DELETE", at)


def _mailbox(world: World, owner: User) -> None:
    agent = world.agent(owner, confirmed=False)
    agent.ok("POST", "/me/mailbox/email-codes")
    agent.ok("PUT", "/me/mailbox", {"email_code": world.code(agent.account["email"])})
    owner.ok("DELETE", f"/agents/{agent.account['id']}")


def _passkeys(world: World, owner: User) -> None:
    device = passkey_of(owner, NEW)
    made = owner.ok("GET", "/me/passkeys")["items"][0]
    owner.ok("PATCH", f"/me/passkeys/{made['id']}", {"name": "办公电脑"})
    signed = device.signed(world.anybody.ok("POST", "/sessions/passkey/challenges"))
    world.anybody.ok("POST", "/sessions/passkey", signed)
    refused = device.signed(world.anybody.ok("POST", "/sessions/passkey/challenges"), rp_id="other.example")
    assert world.anybody("POST", "/sessions/passkey", refused).status == 422
    owner.ok("DELETE", f"/me/passkeys/{made['id']}")
    passkey_of(owner, NEW)


def _invoices(owner: User) -> None:
    profile = owner.ok("POST", "/invoice-profiles", people.invoice_profile())
    owner.ok("GET", "/invoice-profiles")
    at = f"/invoice-profiles/{profile['id']}"
    owner.ok("PUT", at, people.invoice_profile(), If_Match=f'"{profile["version"]}"')
    owner.ok("DELETE", at)


def drafts(world: World, user: User) -> None:
    """Drafts saved, submitted and deleted, and an import of persons."""
    kept = user.ok("POST", "/drafts", {"group_name": "测试团组"})
    user.ok("GET", "/drafts")
    user.ok("GET", f"/drafts/{kept['id']}")
    user.ok("PUT", f"/drafts/{kept['id']}", world.content(user), If_Match='"1"')
    saved = user.ok("GET", f"/drafts/{kept['id']}")
    user.ok("GET", f"/drafts/{saved['id']}/attachments/{saved['content']['attachments'][0]['id']}")
    form = {"draft_id": saved["id"]}
    key = str(uuid.uuid4())
    user.ok("POST", "/applications/check", form)
    user.ok("POST", "/applications", form, Idempotency_Key=key)
    user.ok("POST", "/applications", form, Idempotency_Key=key)
    # The draft no longer exists: the API looks for the stored reply of a concurrent request before it refuses.
    assert user("POST", "/applications", form, Idempotency_Key=str(uuid.uuid4())).status == 404
    thrown = user.ok("POST", "/drafts", {})
    copied = user.ok("POST", f"/drafts/{thrown['id']}/copy")
    user.ok("DELETE", f"/drafts/{copied['id']}")
    user.ok("DELETE", f"/drafts/{thrown['id']}")
    user.ok("GET", "/persons/import-template")
    user.ok("POST", "/persons/import", {"attachment_id": world.attach(user, "persons_workbook", _workbook(), XLSX)})
    never = {"kind": "photo", "filename": "file", "content_type": "image/jpeg", "size": 9}
    missing = user.ok("POST", "/attachments", never)["id"]
    content = world.content(user)
    content["persons"][0]["attachments"] = [*content["persons"][0]["attachments"][1:], missing]
    assert user("POST", "/applications", {"content": content}).status == 422
    uploads(world, user)
    scans(world, user)


def uploads(world: World, user: User) -> None:
    """Uploads whose event comes twice, late, or after an inspection that was killed behind its copy."""
    late, killed = world.upload(user, "photo"), world.upload(user, "photo")
    with faults.killed_at("after-call", COPY_STORED):
        world.upload_arrives(key_of(user.account["enterprise_id"], killed))
    content = world.content(user)
    user.ok("POST", "/applications", {"content": {**content, "attachments": [*content["attachments"], late, killed]}})
    twice = world.upload_event(key_of(user.account["enterprise_id"], killed))
    for _ in range(2):
        world.inspect(twice)
    again = world.upload(user, "photo")
    with faults.killed_at("after-call", COPY_STORED):
        world.upload_arrives(key_of(user.account["enterprise_id"], again))
    world.upload_arrives(key_of(user.account["enterprise_id"], again))


def scans(world: World, user: User) -> None:
    """Uploads that GuardDuty scans: one clean, one whose scan fails first, and one for the nightly run."""
    with scanners.changing() as use:
        use("guardduty")
        guardduty = scanners.GuardDuty(user)
        clean, failed, night = (world.upload(user, "photo") for _ in range(3))
        user.ok("POST", "/attachments/states", {"attachments": [clean]})
        guardduty.finds("NO_THREATS_FOUND", clean)
        content = world.content(user)
        user.ok("POST", "/applications", {"content": {**content, "attachments": [*content["attachments"], clean]}})
        world.inspect(guardduty.finds("FAILED", failed))
        world.inspect(guardduty.finds("NO_THREATS_FOUND", failed))
        guardduty.finds("NO_THREATS_FOUND", night)
        _run(world, purge_drafts)


def _workbook() -> bytes:
    workbook, raw = Workbook(), io.BytesIO()
    workbook.save(raw)
    return raw.getvalue()


def groups(world: World, user: User) -> None:
    """Applications returned, edited, resubmitted and withdrawn, a person reviewed apart, and every list."""
    fao, consular = world.desk("fao-hunan"), world.desk("consular")
    application = world.application(user, persons=3)
    number = application["number"]
    world.decide(fao, application, "return", reason="请修改", fields=["persons.0.title"])
    user.ok("GET", f"/applications/{number}/content")
    user.ok("PUT", f"/applications/{number}/content", world.content(user, persons=2), If_Match='"1"')
    user.ok("POST", f"/applications/{number}/resubmit", {"status_version": 2})
    _one_apart(world, user, number)
    fao.ok("POST", "/office/search", {})
    fao.ok("POST", "/office/search/export", {})
    fao.ok("POST", "/office/search", {"enterprise": user.ok("GET", "/enterprise")["name"]})
    fao.ok("POST", "/office/search", {"number": number[:12]})
    fao.ok("GET", "/office/desk")
    consular.ok("GET", "/office/desk")
    for more in (
        {"status": "FAO_REVIEW"},
        {"status": "CONSULAR_APPROVED"},
        {"status": "ECONOMY_DONE"},
        {"applicant": "测试"},
        {"passport_number": "E00000001"},
        {"enterprise_id": user.account["enterprise_id"]},
    ):
        fao.ok("POST", "/office/search", more)
    consular.ok("POST", "/office/search", {"status": "FAO_REVIEW"})
    consular.ok("POST", "/office/search", {"number": number})
    for more in (
        {},
        {"applicant": "测"},
        {"applicant": "测试"},
        {"applicant": "测试甲"},
        {"passport_number": "E00000001"},
        {"status": "FAO_REVIEW"},
        {"available_service": "early_card"},
        {"available_service": "change_passport"},
        {"agent_id": user.account["id"]},
    ):
        user.ok("POST", "/applications/search", {"service": "new_or_renewal", **more})
    user.ok("GET", "/applications/agents")
    kept = world.content(user)["attachments"][0]
    user.ok("GET", f"/applications/{number}/attachments/{kept}")
    fao.ok("GET", f"/office/applications/{number}/attachments/{kept}")
    user.ok("POST", f"/applications/{number}/downloads")
    fao.ok("POST", f"/office/applications/{number}/downloads", {})
    given_up = world.application(user)["number"]
    user.ok("POST", f"/applications/{given_up}/withdraw", {"status_version": 1})
    copied = user.ok("POST", f"/applications/{given_up}/copy")
    user.ok("DELETE", f"/drafts/{copied['id']}")


def _one_apart(world: World, user: User, number: str) -> None:
    first, second = f"{number}-01", f"{number}-02"
    for person in (first, second):
        officer = world.desk("fao-hunan")
        version = officer.ok("GET", f"/office/persons/{person}")["status_version"]
        form = {"decision": "return", "status_version": version, "reason": "照片不合格", "fields": ["photo"]}
        officer.ok("POST", f"/office/persons/{person}/decision", form)
    version = seen(user, first)["version"]
    user.ok("PUT", f"/persons/{first}/content", world.travellers(user)[0], If_Match=f'"{version}"')
    for person, action in ((first, "resubmit"), (second, "withdraw")):
        user.ok("POST", f"/persons/{person}/{action}", {"status_version": seen(user, person)["status_version"]})


def economies(world: World, user: User) -> None:
    """Decisions of economies, progress, reveals, statistics, cards and follow-up applications."""
    consular = world.desk("consular")
    person = waiting(world, user, approvals=1)
    number = person[:-3]
    consular.ok("POST", "/office/economies/import", {"rows": [
        {"person_number": person, "economy": SIXTEEN[1], "decision": "approved"}
    ]})  # fmt: skip
    consular.ok("PUT", f"/office/persons/{person}/foreign-number", {"number": f"CHN{people.serial():07d}"})
    _lists(world, user)
    user.ok("GET", f"/applications/{number}/progress")
    for reader, start in ((user, ""), (consular, "/office")):
        reader.ok("GET", f"{start}/applications/{number}/history")
        reader.ok("GET", f"{start}/persons/{person}/history")
    user.ok("POST", f"/applications/{number}/progress/export")
    reveal = {"fields": ["passport_number"], "reason": "核对护照"}
    user.ok("POST", f"/persons/{person}/reveal", reveal)
    consular.ok("POST", f"/office/persons/{person}/reveal", reveal)
    consular.ok("POST", f"/office/applications/{number}/reveal", reveal)
    consular.ok("GET", "/statistics/economies")
    for desk in (consular, world.desk("fao-hunan")):
        desk.ok("GET", "/office/statistics")
    consular.ok("POST", "/office/statistics/export")
    trip = {"from_day": "2027-01-04", "to_day": "2027-01-08"}
    user.ok("POST", "/travel-checks", {"persons": [person], "economies": [SIXTEEN[0]], **trip})
    for code in SIXTEEN[2:]:
        economy(world, person, code)
    made(world, person, "2027-03-30")
    corrected = {"card_number": f"CN{people.serial():06d}", "valid_until": "2027-03-31"}
    assert card(world, person, "corrected", None, reason="录入有误", **corrected).status == 200
    early = through(world, user, waiting(world, user, approvals=1), "early_card")
    form = {"event": "making", "status_version": early["status_version"]}
    consular.ok("POST", f"/office/applications/{early['number']}/card", form)
    renewal = user.ok("POST", f"/persons/{person}/renewal")
    user.ok("DELETE", f"/drafts/{renewal['id']}")
    today = str(china_day(world.time()))
    handover = {"received_by": "测试乙", "handed_out_on": today, "note": "赴新加坡出差"}
    entry = user.ok("POST", f"/persons/{person}/card-ledger", handover)
    user.ok("POST", f"/cards/ledger/{entry['id']}/return", {"returned_on": today})
    user.ok("GET", "/cards/ledger?state=returned")
    user.ok("POST", "/cards/ledger/export")
    changing, new = waiting(world, user), passport()
    checked = {"service": "change_passport", "status_version": seen(user, changing)["status_version"], "reason": "到期"}
    user.ok("POST", f"/persons/{changing}/services/check", checked | new)
    follow_up = applied(user, changing, "change_passport", **new)
    world.decide(world.desk("fao-hunan"), follow_up, "return", reason="请修改", fields=["reason"])
    returned = user.ok("GET", f"/applications/{follow_up['number']}")
    content = {"reason": "护照到期", **passport()}
    user.ok("PUT", f"/applications/{follow_up['number']}/service", content, If_Match=f'"{returned["version"]}"')
    world.desk("fao-hunan").ok("GET", f"/office/applications/{follow_up['number']}/changes")
    payments(world, user, number)
    user.ok("POST", f"/applications/{number}/letters/card_list")
    user.ok("POST", f"/applications/{number}/letters/decision_receipt")
    world.desk("fao-hunan").ok("POST", f"/office/applications/{number}/letters/official_letter")


def payments(world: World, user: User, number: str) -> None:
    """A payment voucher returned and accepted."""
    at = f"/applications/{number}/payment-voucher"
    for version, decision in ((0, {"decision": "return", "reason": "金额不符"}), (2, {"decision": "accept"})):
        voucher = world.attach(user, "payment_voucher")
        user.ok("PUT", at, {"attachments": [voucher], "payment_version": version})
        form = {**decision, "payment_version": version + 1}
        world.desk("consular").ok("POST", f"/office{at}/decision", form)


def _lists(world: World, user: User) -> None:
    """Decisions, card events and foreign numbers by list."""
    consular = world.desk("consular")
    row = {"number": world.application(user)["number"], "decision": "pass", "status_version": 1}
    world.desk("fao-hunan").ok("POST", "/office/decisions", {"rows": [row, row]})
    person = decided(world, user)
    rows = [{"person_number": person, "foreign_number": f"CHN{people.serial():07d}"}]
    consular.ok("POST", "/office/foreign-numbers", {"rows": rows})
    version = seen(user, person)["status_version"]
    rows = [{"person_number": person, "event": "making", "status_version": version}] * 2
    consular.ok("POST", "/office/card-events", {"rows": rows})
    template = consular.ok("POST", "/office/workbooks/template", {"kind": "answers", "number": person[:-3]})
    empty = base64.b64encode(storage.get(template["url"]).content).decode()
    consular.ok("POST", "/office/workbooks/import", {"kind": "answers", "workbook": empty})
    template = consular.ok("POST", "/office/workbooks/template", {"kind": "foreign_numbers", "number": person[:-3]})
    book = load_workbook(io.BytesIO(storage.get(template["url"]).content))
    book.worksheets[0]["E2"].value = f"CHN{people.serial():07d}"
    saved = io.BytesIO()
    book.save(saved)
    form = {"kind": "foreign_numbers", "workbook": base64.b64encode(saved.getvalue()).decode()}
    consular.ok("POST", "/office/workbooks/import", form)


def officers(world: World) -> None:
    """Enterprises provisioned and searched by officers."""
    consular = world.desk("consular")
    form = {
        "name": f"测试事业单位{people.serial()}",
        "uscc": people.make_uscc(),
        "legal_representative": "测试戊",
        "email": f"provisioned{people.serial()}@enterprise.example",
        "phone": "0731-88888888",
    }
    opened = consular.ok("POST", "/office/enterprises", form)
    consular.ok("POST", "/office/enterprises/search", {})
    consular.ok("POST", "/office/enterprises/search", {"name": "测试"})
    consular.ok("POST", "/office/enterprises/search", {"uscc": form["uscc"]})
    consular.ok("GET", f"/office/enterprises/{opened['id']}")
    consular.ok("POST", f"/office/enterprises/{opened['id']}/reveal", {"reason": "电话核实"})
    address = f"corrected{people.serial()}@enterprise.example"
    consular.ok("PUT", f"/office/enterprises/{opened['id']}/email", {"email": address, "reason": "邮箱录入有误"})
    elements = {"name": f"{form['name']}（更正）", "legal_representative": "测试癸", "reason": "法人变更"}
    consular.ok("PUT", f"/office/enterprises/{opened['id']}/elements", elements, If_Match='"1"')
    _second_factor(world)
    named = {"identity": "officer", "login": world.desk("fao-hunan").account["login"]}
    consular.ok("POST", "/office/sign-in-locks/search", named)
    consular.ok("POST", "/office/sign-in-locks/clear", named)


def _second_factor(world: World) -> None:
    officer = world.officer("fao-hunan")
    secret = officer.ok("PUT", "/me/second-factor", {"current_password": PASSWORD})["secret"]
    officer.ok("PUT", "/me/second-factor/confirmation", {"one_time_code": TOTP(secret).at(world.time())})
    assert officer.ok("GET", "/me/second-factor")["set"]
    form = {"identity": "officer", "login": officer.account["login"], "password": PASSWORD}
    assert world.anybody("POST", "/sessions", form | {"one_time_code": "000000"}).status == 422
    world.anybody.ok("POST", "/sessions", form | {"one_time_code": TOTP(secret).at(world.time(), counter_offset=1)})


def messages(user: User) -> None:
    """Messages listed and marked as read."""
    page = user.ok("GET", "/messages")
    assert user.ok("GET", "/messages/unread")["unread_messages"] > 0
    user.ok("POST", f"/messages/{page['items'][0]['id']}/read")
    user.ok("POST", "/messages/read-all")


def schedules(world: World, user: User) -> None:
    """Scheduled functions with work to do, each as in a new process, after a rotation of the field key."""
    _person_elsewhere(world, user)
    upload = world.attach(user, "business_licence")
    user.ok("POST", "/drafts", {"group_name": "旧", "attachments": [upload]})
    thrown_away = user.ok("POST", "/drafts", {"attachments": [world.attach(user, "business_licence")]})
    user.ok("DELETE", f"/drafts/{thrown_away['id']}")
    thrown_away = user.ok("POST", "/drafts", {"attachments": [world.attach(user, "business_licence")]})
    with faults.refused("s3.DeleteObjects", "SlowDown", 503):
        user.ok("DELETE", f"/drafts/{thrown_away['id']}")
    unused = world.attach(user, "business_licence")
    gone = world.agent(user)
    world.application(gone)
    user.ok("PUT", f"/agents/{gone.account['id']}/authorization", {"authorized": False})
    _left_uploads(world, user)
    _renew_key(world)
    world.time.forward(days=174)
    _run(world, remind)
    with faults.refused("sesv2.SendEmail", "MessageRejected"):
        for wait in (timedelta(0), *limits.MAIL_WAITS):
            world.time.forward(seconds=wait.total_seconds())
            _run(world, deliver_mail)
    world.time.forward(days=7)
    for function in (purge_drafts, expire_cards, remind, deliver_mail):
        _run(world, function)
    world.time.forward(days=30)
    for function in (purge_drafts, expire_cards):
        _run(world, function)
    keyring.forget()
    again = world.sign_in("enterprise", user.account["login"], NEW)
    again.ok("POST", "/drafts", {"attachments": [unused]})
    again.ok("GET", "/drafts")
    again.ok("DELETE", "/drafts/purge-notice")
    consular = world.officer("consular")
    dead = consular.ok("GET", "/office/mail/dead")["items"][0]
    consular.ok("POST", f"/office/mail/{dead['id']}/replay")
    keyring.forget()
    world.feedback(mail_events.bounce(again.account["email"]))
    suppressed = consular.ok("GET", "/office/mail/suppressions")["items"][0]
    consular.ok(
        "POST", "/office/mail/suppressions/lift", {"suppression_id": suppressed["id"], "reason": "企业来电确认"}
    )


def _person_elsewhere(world: World, user: User) -> None:
    """Two applications of one person are looked up, the second of which waits at the consular desk already."""
    content = world.content(user)
    for _ in range(2):
        submitted = user.ok("POST", "/applications", {"content": content})
    world.decide(world.desk("fao-hunan"), submitted)
    _run(world, look_up_persons)
    assert user.ok("GET", f"/applications/{submitted['number']}")["warnings"]


def _left_uploads(world: World, user: User) -> None:
    """Uploads that the purge finds: without an event, and of inspections that were killed behind their copies."""
    world.upload(user, "business_licence")
    killed = [world.upload(user, "business_licence") for _ in range(2)]
    for attachment_id in killed:
        with faults.killed_at("after-call", COPY_STORED):
            world.upload_arrives(key_of(user.account["enterprise_id"], attachment_id))
    boto3.client("s3").delete_object(Bucket=environment.BUCKET, Key=key_of(user.account["enterprise_id"], killed[0]))


def _run(world: World, function: Any) -> None:
    keyring.forget()
    world.run(function)


def _renew_key(world: World) -> None:
    """Make a new field key current, as an operator does; stored fields keep their key."""
    _, parts = rotation.new_key(KeyPurpose.FIELD, world.time())
    table.commit(*parts)
