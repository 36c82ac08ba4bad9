"""The main job, from the licence to the Excel sheet, over HTTP: each step says what was done."""

import io
import uuid
from collections.abc import Callable

import httpx
import openpyxl

from rehearsal.portal import Portal
from testing import mail_events
from testing.running import Client, wait_for
from testing.steps import content, decide, problem

Say = Callable[[str], None]

OFFICES = {"fao-hunan": "hunan1", "consular": "consular1"}
"""Each desk with its officer's user name."""
ENTERPRISE = "rehearsal@enterprise.example"
RELAY_WITHIN = 90.0
"""Seconds: the relay's rule fires once a minute."""


def shell(portal: Portal, say: Say) -> None:
    """Health, and what nobody may or can do."""
    anybody = portal.client()
    assert anybody.ok("GET", "/health") == {"status": "ok"}
    assert problem(anybody("GET", "/me")) == "UNAUTHENTICATED"
    assert problem(anybody("POST", "/sessions", {"identity": "nobody"})) == "INVALID"
    say("GET /v1/health 200, GET /v1/me 401, POST /v1/sessions 422 as problem+json")


def officers_made(portal: Portal, say: Say) -> dict[str, str]:
    """Officers as the operator makes them; recovery ids by office."""
    recoveries = {office: portal.create_officer(office, name, _address(name)) for office, name in OFFICES.items()}
    say(f"python -m operations.create_officer: {', '.join(OFFICES)}; their codes wait for the relay")
    return recoveries


def submitted(portal: Portal, say: Say) -> tuple[Client, str]:
    """An enterprise registered and an application sent in: its client, the number."""
    client, elements = portal.register(ENTERPRISE)
    assert client.ok("GET", "/me")["enterprise"]["uscc"] == elements["uscc"]
    say("registered by a signed licence assertion and the code of an e-mail")
    filled_in = content(client, persons=2)
    say(
        f"invoice profile, {len(filled_in['attachments'])} + {len(filled_in['persons'][0]['attachments'])} files posted"
    )
    draft = client.ok("POST", "/drafts", {"group_name": "测试团组"})
    client.ok("PUT", f"/drafts/{draft['id']}", filled_in, If_Match=f'"{draft["version"]}"')
    key = str(uuid.uuid4())
    sent = [client.ok("POST", "/applications", {"draft_id": draft["id"]}, Idempotency_Key=key) for _ in range(2)]
    assert sent[0] == sent[1]
    number = str(sent[0]["number"])
    say(f"draft saved and submitted, twice under one key: {number}")
    return client, number


def officers_in(portal: Portal, recoveries: dict[str, str], say: Say) -> list[Client]:
    """Officers who got their codes from the relay: the schedule has fired by itself."""
    found = [portal.officer(recoveries[office], name, _address(name), RELAY_WITHIN) for office, name in OFFICES.items()]
    say("the engine's own clock fired deliver_mail; officers chose their passwords with the codes that came")
    return found


def decided(client: Client, officers: list[Client], number: str, say: Say) -> None:
    """Both desks, one economy, progress."""
    fao, consular = officers
    assert decide(fao, number, "pass")["status"] == "CONSULAR_REVIEW"
    assert decide(consular, number, "pass")["status"] == "CONSULAR_APPROVED"
    economy = next(each for each in client.ok("GET", "/reference")["economies"] if each["decides"])
    answer = f"/office/persons/{number}-01/economies/{economy['code']}"
    consular.ok("PUT", answer, {"decision": "approved"})
    rows = client.ok("GET", f"/applications/{number}/progress")["rows"]
    assert [row["approved"] for row in rows] == [[economy["name"]], []]
    say(f"passed by {' and '.join(OFFICES)}, approved by {economy['code']}; progress shows it")
    _export(client, number, economy["name"], say)


def _export(client: Client, number: str, economy: str, say: Say) -> None:
    export = client.ok("POST", f"/applications/{number}/progress/export")
    file = httpx.get(export["url"], trust_env=False)
    assert file.status_code == 200, file.text
    rows = list(openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0].iter_rows(values_only=True))
    assert [(row[0], row[3] or "") for row in rows[1:]] == [(f"{number}-01", economy), (f"{number}-02", "")]
    say(f"{export['filename']} downloaded: {len(rows) - 1} persons")


def told(portal: Portal, number: str, say: Say) -> None:
    """The application's mails came by the relay."""
    portal.mail(ENTERPRISE, containing=number, within=RELAY_WITHIN)
    say("the enterprise has mail of the application")


def bounced(portal: Portal, client: Client, say: Say) -> None:
    """SES's event comes through the topic to mail_feedback."""
    assert client.ok("GET", "/me")["account"]["mail_status"] == "ok"
    notification = mail_events.sns(mail_events.bounce(ENTERPRISE))["Records"][0]["Sns"]
    portal.stack.client("sns").publish(
        TopicArn=portal.stack.named("MailFeedbackTopic"),
        Subject=notification["Subject"],
        Message=notification["Message"],
        # Without one the engine leaves the field out that AWS always sends, and Chalice reads.
        MessageAttributes={"played": {"DataType": "String", "StringValue": "true"}},
    )
    wait_for(lambda: client.ok("GET", "/me")["account"]["mail_status"] == "bounced", 20, "mail_feedback has run")
    say("a bounce published to the topic came to mail_feedback: the account shows it")


def runs(portal: Portal, say: Say) -> None:
    """The daily functions, entered by hand as docs/operations.md says."""
    for name in ("PurgeDrafts", "ExpireCards", "Remind"):
        counts = portal.run(name)
        say(f"{name}: {counts}")


def _address(username: str) -> str:
    return f"{username}@office.example"
