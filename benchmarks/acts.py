"""What people and schedules do with applications, each act recorded by itself.

Content is realistic: every person has a name, numbers and eight files of its own, and an agent (经办人) fills in.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.portal import CountingWorld
from testing import follow_ups, people
from testing.world import PASSWORD, User

SIZES = (1, 10, 90)
"""Persons of the groups whose whole life is measured."""

LIFE: Mapping[str, str] = {
    "prepare": "sign-in, files uploaded, draft saved three times",
    "submit": "submission",
    "look_up": "look-up of its persons in other applications",
    "review": "both desks: list, application opened, passed",
    "answers": "answers of 16 economies for each person, one import for each economy",
    "cards": "for each person: opened and card event, three times",
    "watch": "ten visits: account, list, application, progress, messages",
    "mail": "delivery of all mails",
}
"""The stages of the life of an application."""

OPERATIONS: Mapping[str, str] = {
    "register": "registration of an enterprise, with scan and e-mail code",
    "sign_in": "sign-in with a password",
    "renew_session": "the first request of a session in each minute, `GET /me`",
    "me_0": "`GET /me`, no message",
    "me_after_90": "`GET /me`, 1,440 unread messages",
    "messages_page_after_90": "messages page of 10, of 1,440",
    "announce_upload": "a file announced for upload",
    "save_draft_1": "a draft of 1 person saved",
    "save_draft_90": "a draft of 90 persons saved",
    "save_draft_again_90": "the same draft saved again",
    "submit_1": "submission of 1 person",
    "submit_10": "submission of 10 persons",
    "submit_90": "submission of 90 persons",
    "look_up_0": "look-up of persons: a run with nothing to do",
    "look_up_1": "look-up of persons: a run for an application of 1",
    "look_up_10": "look-up of persons: a run for an application of 10",
    "look_up_90": "look-up of persons: a run for an application of 90",
    "desk": "officers' desk page",
    "open_1": "opening an application of 1 person",
    "open_90": "opening an application of 90 persons",
    "open_person_90": "opening a person of a group of 90",
    "fao_pass_1": "an office passes 1 person",
    "fao_pass_90": "an office passes 90 persons",
    "consular_pass_1": "the consular department approves 1 person",
    "consular_pass_10": "the consular department approves 10 persons",
    "consular_pass_90": "the consular department approves 90 persons",
    "return_90": "an office returns a group of 90",
    "edit_90": "the group of 90 edited",
    "resubmit_90": "the group of 90 resubmitted",
    "return_person_1": "an office returns the person of a group of 1",
    "return_person_90": "an office returns one person of a group of 90",
    "withdraw_90": "a group of 90 withdrawn",
    "answer_1": "one answer of an economy, group of 1",
    "answer_90": "one answer of an economy, group of 90",
    "import_100_90": "import of 100 answers, group of 90",
    "card_making_1": "card event: making, group of 1",
    "card_making_90": "card event: making, group of 90",
    "card_made_90": "card event: made, group of 90",
    "card_issued_90": "card event: issued, group of 90",
    "reveal_1": "full data of the person of a group of 1 revealed",
    "reveal_90": "full data of one person of a group of 90 revealed",
    "follow_up": "follow-up application (another card), group of 90",
    "follow_up_fao_pass": "an office passes the follow-up application",
    "follow_up_approval": "the consular department approves it",
    "list": "list page of 10 applications",
    "progress_90": "progress of 90 persons",
    "history_90": "history of an application of 90 persons, newest 10 entries",
    "person_history_90": "history of one person of 90, newest 10 entries",
    "statistics": "statistics of the economies, one month of answers",
    "deliver_0": "relay: a run with nothing to send",
    "deliver_1": "relay: a run with one mail to two readers",
    "remind_0": "reminders: a run with nothing due",
    "remind_20": "reminders: a run with 20 due",
    "expire_0": "expiry of cards: a run with nothing due",
    "expire_1": "expiry of cards: a run with one due",
    "expire_90": "expiry of cards: a run with the cards of groups of 90, 10 and 1 due",
    "purge_0": "purge of drafts: a run with nothing due",
    "purge_1": "purge of drafts: a run with one draft of 1 person due",
}
"""Every measured operation with its title in docs/capacity.md."""

FILES = (
    *("photo", "signature", "passport_page", "social_insurance", "no_criminal_record"),
    *("employment_proof", "id_card", "id_card"),
)
HUNDRED = 100
"""Rows of the import that is measured by itself."""
ALONE = 7
"""The economy, counted from 0, whose answer about the first person is measured by itself."""
TWENTY = 20
"""Reminders that are due in the run that is measured."""
LAST_DAY = "2031-11-20"
"""The last day of the cards of all lives."""
CARDS_ARE_VALID = 1830
"""Days after which none of them is valid any more."""
VISITS = 10

type Record = Callable[[str], AbstractContextManager[Any]]
"""A block of code that is recorded under a name."""


@dataclass
class Life:
    """An application of a new enterprise from its draft to the issued cards; `number` is known after its submission."""

    world: CountingWorld
    record: Record
    persons: int
    content: dict[str, Any] = field(default_factory=dict)
    number: str = ""

    def __post_init__(self) -> None:
        self.enterprise = self.world.enterprise()
        self._form = people.agent()
        created = self.enterprise.ok("POST", "/agents", self._form)
        self.world.confirm_mailbox(self.enterprise.account["enterprise_id"], created["id"])

    def _stage(self, stage: str) -> AbstractContextManager[Any]:
        return self.record(life_name(self.persons, stage))

    def _measured(self, act: str) -> AbstractContextManager[Any]:
        return self.record(f"{act}_{self.persons}")

    def person(self, position: int) -> str:
        """The number of a person."""
        return f"{self.number}-{position:02d}"

    def prepared(self) -> None:
        """Sign in, upload and save."""
        with self._stage("prepare"):
            self.agent = self.world.sign_in("agent", self._form["username"], self._form["password"])
            self.content = _content(self.world, self.agent, self.persons)
            with self._measured("save_draft"):
                draft = self.agent.ok("POST", "/drafts", self.content, Idempotency_Key=str(uuid.uuid4()))
            for again in ("save_draft_again", "save_draft_at_last"):
                with self._measured(again):
                    path, version = f"/drafts/{draft['id']}", f'"{draft["version"]}"'
                    draft = self.agent.ok("PUT", path, self.content, If_Match=version)
            self._draft_id = draft["id"]

    def submitted(self) -> None:
        """Submit the draft."""
        form = {"draft_id": self._draft_id}
        with self._stage("submit"), self._measured("submit"):
            self.number = self.agent.ok("POST", "/applications", form, Idempotency_Key=str(uuid.uuid4()))["number"]
        self.looked_up()
        self.mailed()

    def looked_up(self) -> None:
        """Look the persons up in other applications, of which none has them."""
        from scheduled.look_up_persons import look_up_persons

        with self._stage("look_up"), self._measured("look_up"):
            result = self.world.run(look_up_persons)
        assert (result["looked_up"], result["warned"]) == (1, 0), result

    def reviewed(self) -> None:
        """Pass both desks."""
        for act, office in (("fao_pass", "fao-hunan"), ("consular_pass", "consular")):
            officer = self.world.desk(office)
            with self._stage("review"):
                with self._measured(f"{act}_desk"):
                    officer.ok("POST", "/office/search", {})
                with self._measured(f"{act}_open"):
                    seen = officer.ok("GET", f"/office/applications/{self.number}")
                with self._measured(act):
                    _decide(officer, f"applications/{self.number}", seen, "pass")
            self.mailed()

    def answered(self) -> None:
        """Import the answers of one economy after the other; the eighth for the first person by itself."""
        for position, rows in enumerate(self._rounds()):
            with self._stage("answers"):
                if position == ALONE:
                    with self._measured("answer"):
                        follow_ups.economy(self.world, self.person(1), rows.pop(0)["economy"])
                with self.record(f"import_{len(rows)}_{self.persons}" if len(rows) == HUNDRED else ""):
                    self._imported(rows)
            self.mailed()

    def _rounds(self) -> list[list[dict[str, str]]]:
        """The answers of each economy; in a large group the second import has 100, some of the third economy."""
        persons = [self.person(position) for position in range(1, self.persons + 1)]
        rounds = [
            [{"person_number": person, "economy": code, "decision": "approved"} for person in persons]
            for code in follow_ups.SIXTEEN
        ]
        missing = HUNDRED - self.persons
        if missing < self.persons:
            rounds[1] += rounds[2][:missing]
            rounds[2] = rounds[2][missing:]
        return rounds

    def _imported(self, rows: list[dict[str, str]]) -> None:
        if rows:
            result = self.world.desk("consular").ok("POST", "/office/economies/import", {"rows": rows})
            assert result["applied"] == len(rows), result

    def carded(self) -> None:
        """Open each person and record each event of its card, one event after the other for all persons."""
        for event in ("making", "made", "issued"):
            with self._stage("cards"):
                for position in range(1, self.persons + 1):
                    self._carded(self.person(position), event, is_first=position == 1)
            self.mailed()

    def _carded(self, person: str, event: str, *, is_first: bool) -> None:
        officer = self.world.desk("consular")
        seen = officer.ok("GET", f"/office/persons/{person}")
        card = {"card_number": f"CN{people.serial():06d}", "valid_until": LAST_DAY} if event == "made" else {}
        form = {"event": event, "status_version": seen["status_version"], **card}
        with self.record(f"card_{event}_{self.persons}" if is_first else ""):
            officer.ok("POST", f"/office/persons/{person}/card", form)

    def watched(self) -> None:
        """Visit ten times what the portal shows."""
        with self._stage("watch"):
            for visit in range(VISITS):
                for name, method, path in (
                    ("me", "GET", "/me"),
                    ("list_page", "POST", "/applications/search"),
                    ("open", "GET", f"/applications/{self.number}"),
                    ("progress", "GET", f"/applications/{self.number}/progress"),
                    ("messages_page", "GET", "/messages"),
                ):
                    body = {"service": "new_or_renewal"} if method == "POST" else None
                    with self.record("" if visit else f"{name}_after_{self.persons}"):
                        self.agent.ok(method, path, body)

    def mailed(self) -> None:
        """Deliver the mails of the last acts."""
        with self._stage("mail"):
            self.world.deliver()


def life_name(persons: int, stage: str) -> str:
    """The name under which a stage of the life of an application is recorded."""
    return f"life_{persons}_{stage}"


def other_acts(world: CountingWorld, record: Record, lives: Mapping[int, Life]) -> None:
    """The acts that are no part of the lives, on their applications and further ones."""
    _accounts(world, record)
    for persons in (1, 90):
        _people(lives[persons], record)
        _returns(lives[persons], record)
    _readings(lives[90], record)
    _follow_up(lives[90], record)
    _schedules(world, record, lives[1])


def _accounts(world: CountingWorld, record: Record) -> None:
    with record("register"):
        enterprise = world.enterprise()
    with record("sign_in"):
        signed_in = world.sign_in("enterprise", enterprise.account["login"], PASSWORD)
    with record("me_0"):
        signed_in.ok("GET", "/me")
    with record("announce_upload"):
        form = {"kind": "photo", "filename": "photo.jpg", "content_type": "image/jpeg", "size": 64}
        signed_in.ok("POST", "/attachments", form)
    for _ in range(12):
        world.application(signed_in)
    with record("list"):
        signed_in.ok("POST", "/applications/search", {"service": "new_or_renewal"})
    with record("desk"):
        world.desk("fao-hunan").ok("POST", "/office/search", {})
    world.time.forward(minutes=2)
    with record("renew_session"):
        signed_in.ok("GET", "/me")
    world.time.forward(minutes=-2)  # no other act renews a session
    _drain(world)


def _people(life: Life, record: Record) -> None:
    """Reads of one person and of its application."""
    officer, person = life.world.desk("consular"), life.person(1)
    with record(f"open_{life.persons}"):
        officer.ok("GET", f"/office/applications/{life.number}")
    with record(f"open_person_{life.persons}"):
        officer.ok("GET", f"/office/persons/{person}")
    with record(f"reveal_{life.persons}"):
        reveal = {"fields": ["passport_number", "id_number"], "reason": "核对护照"}
        officer.ok("POST", f"/office/persons/{person}/reveal", reveal)


def _returns(life: Life, record: Record) -> None:
    """A second application is returned, edited and withdrawn; a third has one person returned."""
    fao, agent, persons = life.world.desk("fao-hunan"), life.agent, life.persons
    number = _another(life)
    seen = fao.ok("GET", f"/office/applications/{number}")
    with record(f"return_{persons}"):
        seen = _decide(fao, f"applications/{number}", seen, "return", reason="请修改出访事由", fields=["reason"])
    with record(f"edit_{persons}"):
        version, content = f'"{seen["version"]}"', {**life.content, "reason": "赴有关经济体参加展会并考察市场"}
        agent.ok("PUT", f"/applications/{number}/content", content, If_Match=version)
    with record(f"resubmit_{persons}"):
        seen = agent.ok("POST", f"/applications/{number}/resubmit", {"status_version": seen["status_version"]})
    with record(f"withdraw_{persons}"):
        agent.ok("POST", f"/applications/{number}/withdraw", {"status_version": seen["status_version"]})
    person = f"{_another(life)}-01"
    seen = fao.ok("GET", f"/office/persons/{person}")
    with record(f"return_person_{persons}"):
        seen = _decide(fao, f"persons/{person}", seen, "return", reason="照片不合格", fields=["photo"])
    agent.ok("POST", f"/persons/{person}/withdraw", {"status_version": seen["status_version"]})


def _another(life: Life) -> str:
    """The number of another application with the same content."""
    form = {"content": life.content}
    number: str = life.agent.ok("POST", "/applications", form, Idempotency_Key=str(uuid.uuid4()))["number"]
    return number


def _readings(life: Life, record: Record) -> None:
    with record("progress_90"):
        life.agent.ok("GET", f"/applications/{life.number}/progress")
    with record("history_90"):
        life.agent.ok("GET", f"/applications/{life.number}/history")
    with record("person_history_90"):
        life.agent.ok("GET", f"/persons/{life.person(1)}/history")
    with record("statistics"):
        life.agent.ok("GET", "/statistics/economies")


def _follow_up(life: Life, record: Record) -> None:
    version = follow_ups.seen(life.agent, life.person(1))["status_version"]
    with record("follow_up"):
        answer = follow_ups.apply(life.agent, life.person(1), "replace_card", version, case="damaged")
    assert answer.status == 201, answer.raw
    number = answer.body["number"]
    for act, office in (("follow_up_fao_pass", "fao-hunan"), ("follow_up_approval", "consular")):
        officer = life.world.desk(office)
        seen = officer.ok("GET", f"/office/applications/{number}")
        with record(act):
            _decide(officer, f"applications/{number}", seen, "pass")


def _schedules(world: CountingWorld, record: Record, life: Life) -> None:
    """The scheduled functions with nothing and with one thing to do; the last acts, because they move the clock."""
    from scheduled.expire_cards import expire_cards
    from scheduled.look_up_persons import look_up_persons
    from scheduled.purge_drafts import purge_drafts
    from scheduled.remind import remind

    owner, fao = world.enterprise(), world.desk("fao-hunan")
    follow_ups.holder(world, owner, "2026-11-24")
    for _ in range(TWENTY):
        returned = world.application(owner)
        form = {"reason": "请修改出访事由", "fields": ["reason"]}
        _decide(fao, f"applications/{returned['number']}", returned, "return", **form)
    life.agent.ok("POST", "/drafts", life.content)
    world.run(remind)
    _drain(world)
    world.run(look_up_persons)
    with record("look_up_0"):
        assert world.run(look_up_persons)["looked_up"] == 0
    with record("deliver_0"):
        world.deliver()
    _another(life)
    with record("deliver_1"):
        assert world.deliver()["SENT"] == 1
    for name, days, function, count, due in (
        ("expire", 5, expire_cards, "expired", 1),
        ("remind", 3, remind, "returns", TWENTY),
        ("purge", 175, purge_drafts, "purged", 1),
    ):
        world.time.forward(days=days)
        with record(f"{name}_{due}"):
            result = world.run(function)
        assert result[count] == due, (name, result)
        with record(f"{name}_0"):
            result = world.run(function)
        assert result[count] == 0, (name, result)
    world.time.forward(days=CARDS_ARE_VALID)
    with record("expire_90"):
        result = world.run(expire_cards)
    assert result["expired"] >= 90, result


def _content(world: CountingWorld, user: User, persons: int) -> dict[str, Any]:
    """Content that can be submitted, with files of their own for each person."""
    names = _names()
    return {
        **world.content(user, 0),
        "attachments": [*world.attachments(user, "group"), world.attach(user, "payment_voucher")],
        "pickup": {
            "method": "post",
            "recipient": "测试己",
            "phone": "13600000000",
            "address": "湖南省长沙市天心区湘府西路测试大厦第十二层外事服务窗口",
        },
        "persons": [
            people.person(
                name=next(names),
                title_en="Regional Sales Manager",
                attachments=[world.attach(user, kind) for kind in FILES],
            )
            for _ in range(persons)
        ],
    }


def _names() -> Iterator[str]:
    """Made-up names with different beginnings."""
    for family in "测赵钱孙李周吴郑王冯陈褚":
        for given in "甲乙丙丁戊己庚辛":
            yield f"{family}试{given}"


def _decide(officer: User, what: str, seen: Mapping[str, Any], decision: str, **more: Any) -> Any:
    form = {"decision": decision, "status_version": seen["status_version"], **more}
    return officer.ok("POST", f"/office/{what}/decision", form)


def _drain(world: CountingWorld) -> None:
    """Run the relay until nothing is left to send."""
    while world.deliver().get("SENT"):
        pass
