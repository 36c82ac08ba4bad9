"""The main scenario over HTTP, from the licence to the Excel sheet; each step reports what it has done."""

import io
import uuid
from collections.abc import Callable

import httpx
import openpyxl

from rehearsal.portal import Portal
from testing import mail_events
from testing.running import Client, wait_for
from testing.steps import content, decide, problem, submit_under

Say = Callable[[str], None]

OFFICES = {"fao-hunan": "hunan1", "consular": "consular1"}
"""The user name of the officer at each desk."""
ENTERPRISE = "rehearsal@enterprise.example"
RELAY_WITHIN = 90.0
"""Seconds to wait for mail; the relay runs once a minute."""

INSPECTED_WITHIN = 120
"""Seconds within which the functions have inspected the files: each is a process of its own here."""


def shell(portal: Portal, say: Say) -> None:
    """Health, a call without a session, and an invalid body."""
    anybody = portal.client()
    assert anybody.ok("GET", "/health") == {"status": "ok"}
    assert problem(anybody("GET", "/me")) == "UNAUTHENTICATED"
    assert problem(anybody("POST", "/sessions", {"identity": "nobody"})) == "INVALID"
    say("GET /v1/health 200, GET /v1/me 401, POST /v1/sessions 422 as problem+json")


def officers_made(portal: Portal, say: Say) -> dict[str, str]:
    """Create officers by the operators' command. Returns their recovery ids by office."""
    recoveries = {office: portal.create_officer(office, name, _address(name)) for office, name in OFFICES.items()}
    say(f"python -m operations.create_officer: {', '.join(OFFICES)}; their codes wait for the relay")
    return recoveries


def submitted(portal: Portal, say: Say) -> tuple[Client, str]:
    """Register an enterprise and submit an application. Returns its client and the application's number."""
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
    sent = [submit_under(client, {"draft_id": draft["id"]}, key, INSPECTED_WITHIN) for _ in range(2)]
    assert sent[0] == sent[1]
    number = str(sent[0]["number"])
    say(f"files inspected by their function; draft saved and submitted, twice under one key: {number}")
    return client, number


def officers_in(portal: Portal, recoveries: dict[str, str], say: Say) -> list[Client]:
    """Sign in officers with the codes that the scheduled relay has sent."""
    found = [portal.officer(recoveries[office], name, _address(name), RELAY_WITHIN) for office, name in OFFICES.items()]
    say("the engine's own clock fired deliver_mail; officers chose their passwords with the codes that came")
    return found


def decided(client: Client, officers: list[Client], number: str, say: Say) -> None:
    """Pass the application at both desks, enter one economy's decision, and check the progress."""
    fao, consular = officers
    assert decide(fao, number, "pass")["status"] == "CONSULAR_REVIEW"
    assert decide(consular, number, "pass")["status"] == "CONSULAR_APPROVED"
    economy = next(economy for economy in client.ok("GET", "/reference")["economies"] if economy["decides"])
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


def notified(portal: Portal, number: str, say: Say) -> None:
    """Wait for mail about the application from the relay."""
    portal.mail(ENTERPRISE, containing=number, within=RELAY_WITHIN)
    say("the enterprise has mail of the application")


def bounced(portal: Portal, client: Client, say: Say) -> None:
    """Publish a bounce to the topic and wait until mail_feedback has recorded it."""
    assert client.ok("GET", "/me")["account"]["mail_status"] == "ok"
    notification = mail_events.sns(mail_events.bounce(ENTERPRISE))["Records"][0]["Sns"]
    portal.stack.client("sns").publish(
        TopicArn=portal.stack.named("MailFeedbackTopic"),
        Subject=notification["Subject"],
        Message=notification["Message"],
        # Without attributes the engine omits the field, which AWS always sends and Chalice reads.
        MessageAttributes={"played": {"DataType": "String", "StringValue": "true"}},
    )
    wait_for(lambda: client.ok("GET", "/me")["account"]["mail_status"] == "bounced", 20, "mail_feedback has run")
    say("a bounce published to the topic came to mail_feedback: the account shows it")


def runs(portal: Portal, say: Say) -> None:
    """Invoke the daily functions by hand, as docs/operations.md describes."""
    for name in ("PurgeDrafts", "ExpireCards", "Remind"):
        counts = portal.run(name)
        say(f"{name}: {counts}")


def _address(username: str) -> str:
    return f"{username}@office.example"
