"""Rules across the items of applications: status, history, persons, follow-up applications, messages and mail."""

from collections import Counter, defaultdict
from typing import Any

Item = dict[str, Any]
Items = dict[tuple[str, str], Item]

REMINDERS = {"passport_reminder", "card_reminder", "return_reminder"}
MOVING = {"remind_pk", "remind_sk"}
"""Index attributes that only the reminders change."""


def check(found: Items) -> None:
    """Assert every rule about applications."""
    from chalicelib.repos.applications import indexes as keys
    from chalicelib.repos.applications import items

    partitions: dict[str, list[Item]] = defaultdict(list)
    for (pk, sk), item in sorted(found.items()):
        if pk.startswith("APP#"):
            partitions[pk].append(item | {"pk": pk, "sk": sk})
    applications: dict[str, Any] = {}
    for pk, rows in partitions.items():
        assert len({keys.owner_of(row["sk"]) for row in rows}) == 1, f"{pk} has two owners"
        _whole(rows)
        application = items.to_application(rows)
        assert application is not None, f"{pk} has no header"
        applications[application.header.number] = application
        _indexed(rows, application)
        _history(application)
    _persons(applications)
    _files(found, applications)
    _counted(found, applications)
    _statistics(found, applications)
    _notified(found, applications)
    _reminded(found)


def _files(found: Items, applications: dict[str, Any]) -> None:
    """Every file of an application has a verdict, and the application is on it or has a claim that is not settled."""
    claimed = {
        (item["number"], name) for (pk, _), item in found.items() if pk.startswith("CLAIMS#") for name in item["names"]
    }
    for number, application in applications.items():
        contents = [application.header.content, *(person.content for person in application.persons)]
        for attachment_id in (each for content in contents for each in content["attachments"]):
            name = attachment_id.partition(".")[0]
            verdict = found.get((f"FILE#{application.header.enterprise_id}#{name}", "VERDICT"))
            assert verdict is not None, (number, attachment_id, "has no verdict")
            assert verdict["state"] == "done", (number, attachment_id, verdict["state"])
            is_named = number in verdict.get("applications", ())
            assert is_named or (number, name) in claimed, (number, attachment_id, "may be deleted")


def _whole(rows: list[Item]) -> None:
    """An application has one header, as many persons as it counts, and a new passport item if it is a follow-up."""
    kinds = Counter(row["kind"] for row in rows)
    header = next((row for row in rows if row["kind"] == "header"), None)
    assert header is not None, f"{rows[0]['pk']} has no header"
    is_new_or_renewal = header["service"] == "new_or_renewal"
    assert set(kinds) <= {"header", "person", "event", "removed person", "new passport"}, kinds
    assert (kinds["header"], kinds["person"]) == (1, header["person_count"]), (header["number"], kinds)
    assert (kinds["person"] > 0) == is_new_or_renewal, header["number"]
    assert kinds["new passport"] == (not is_new_or_renewal), header["number"]
    positions = [int(row["sk"][-2:]) for row in rows if row["kind"] in ("person", "removed person")]
    assert positions == list(range(1, len(positions) + 1)), (header["number"], positions)


def _indexed(rows: list[Item], application: Any) -> None:
    """Every item has exactly the index attributes that follow from its content and status."""
    from chalicelib.repos.applications import items

    header = application.header
    persons = {person.number: person for person in application.persons}
    for row in rows:
        if row["kind"] == "header":
            wanted = items.from_header(header)
        elif row["kind"] == "person":
            wanted = items.from_person(persons[row["number"]], header)
        elif row["kind"] == "new passport":
            wanted = items.from_new_passport(header)
        else:
            continue
        assert _plain(row) == _plain(wanted), (row["pk"], row["sk"])


def _plain(value: Any) -> Any:
    """A value without sealed bytes, absent attributes and the index attributes of reminders."""
    if isinstance(value, dict):
        plain = {name: _plain(content) for name, content in value.items() if name not in MOVING}
        return {name: content for name, content in plain.items() if content is not None}
    return None if isinstance(value, bytes) else value


def _history(application: Any) -> None:
    """The history leads from the submission to the current status; every transition adds one status version."""
    from chalicelib.rules.base.vocabulary import Action, Service

    header = application.header
    of_application = [
        event
        for event in application.history
        if header.service is not Service.NEW_OR_RENEWAL or event.person_number is None
    ]
    assert of_application, f"{header.number} has no history"
    first, *later = of_application
    assert (first.action, first.origin, first.at) == (Action.SUBMIT, None, header.created_at), header.number
    at, moves, edits = first.to, 1, 1
    for event in later:
        assert event.action is not Action.SUBMIT, header.number
        assert event.origin is at, (header.number, event.action, event.origin, at)
        moves += event.action not in (Action.EDIT, Action.REVEAL)
        edits += event.action is Action.EDIT
        at = event.to
    assert (at, moves, edits) == (header.status, header.status_version, header.version), header.number
    moved = [event for event in of_application if event.action not in (Action.EDIT, Action.REVEAL)]
    assert (moved[-1].at, moved[-1].actor) == (header.status_since, header.status_by), header.number
    assert all(event.request_id for event in application.history), header.number


def _persons(applications: dict[str, Any]) -> None:
    """Persons have the status of their history; an open follow-up is open for the person and for the application."""
    from chalicelib.rules.applications import lifecycle
    from chalicelib.rules.base.vocabulary import Service

    about: dict[str, list[Any]] = defaultdict(list)
    for application in applications.values():
        if application.header.service is not Service.NEW_OR_RENEWAL:
            about[application.header.content["person_number"]].append(application)
    everybody = {
        person.number: (application, person) for application in applications.values() for person in application.persons
    }
    assert about.keys() <= everybody.keys(), "a follow-up application without a person"
    for number, (application, person) in everybody.items():
        own = about[number]
        assert sorted(person.follow_ups) == sorted(follow_up.header.number for follow_up in own), number
        headers = [follow_up.header for follow_up in own]
        under_way = [header.number for header in headers if header.status not in lifecycle.CLOSED]
        assert under_way == ([person.open_service] if person.open_service else []), (number, under_way)
        assert all(header.enterprise_id == application.header.enterprise_id for header in headers), number
        assert person.own_status is _status_by_history(application, person, own), number
        _answers(application, person)


def _status_by_history(application: Any, person: Any, own: list[Any]) -> Any:
    """The person's own status by history; None while it has the status of its application."""
    status = None
    entries = [(event, subject.header) for subject in (application, *own) for event in subject.history]
    for event, header in sorted(entries, key=lambda entry: entry[0].at):
        if event.person_number in (None, person.number):
            status = _after(event, header, person, status)
    return status


def _after(event: Any, header: Any, person: Any, status: Any) -> Any:
    """The person's own status after one entry."""
    from chalicelib.rules.applications import lifecycle
    from chalicelib.rules.base.vocabulary import Action, Service, Status

    if header.service is not Service.NEW_OR_RENEWAL:
        ended = header.service is Service.CANCEL_CARD and event.to is Status.DONE and status in lifecycle.CARDS
        issued = event.action is Action.ISSUE_CARD and status in (Status.CARD_MADE, Status.EXPIRED)
        return Status.CANCELLED if ended else Status.CARD_ISSUED if issued else status
    if event.person_number is None:
        began = event.to is Status.CONSULAR_APPROVED and status is None
        ended = status in lifecycle.ENDED_WITH_GROUP.get(event.to, ())
        return lifecycle.FIRST_OF_PERSON if began else event.to if ended else status
    # A card past its last day counts as expired before the status is stored.
    assert event.origin in (status or event.origin, Status.EXPIRED), (person.number, event.action, event.origin, status)
    return status if event.to is event.origin else event.to


def _answers(application: Any, person: Any) -> None:
    """The answer of an economy is that of the last entry about it."""
    from chalicelib.rules.base.vocabulary import Decision

    last = {event.economy: event for event in application.history if event.economy and _is_about(event, person)}
    given = {code: event.decision for code, event in last.items() if event.decision is not Decision.PENDING}
    assert {code: answer.decision for code, answer in person.economies.items()} == given, person.number


def _is_about(event: Any, person: Any) -> bool:
    return bool(event.person_number == person.number)


def _counted(found: Items, applications: dict[str, Any]) -> None:
    """Enterprises count their applications; every number is within the sequence of its day."""
    counted = Counter(application.header.enterprise_id for application in applications.values())
    for (pk, sk), item in found.items():
        if pk.startswith("ENT#") and sk == "PROFILE":
            assert item.get("applications", 0) == counted.pop(item["id"], 0), pk
    assert not counted, counted
    for number in applications:
        assert int(number[-6:]) <= found[f"SEQ#{number[4:12]}", "SEQ"]["last"], number


def _statistics(found: Items, applications: dict[str, Any]) -> None:
    """The counts of waiting days are those of the current answers."""
    from chalicelib.repos.applications import statistics
    from chalicelib.rules.applications.progress import days_waited

    wanted: Counter[tuple[str, str]] = Counter()
    for application in applications.values():
        for person in application.persons:
            for code, answer in person.economies.items():
                days = days_waited(person, code, answer.decided_at)
                if days is not None:
                    wanted[f"{statistics._month(answer.decided_at)}#{code}", f"days_{days}"] += 1
    counted = {
        (sk, name): count
        for (pk, sk), item in found.items()
        if pk == statistics.PARTITION
        for name, count in item.items()
        if name.startswith("days_") and count
    }
    assert counted == dict(wanted)


def _notified(found: Items, applications: dict[str, Any]) -> None:
    """Each event with a notice has exactly one message, to the creator or the enterprise, and one mail."""
    from chalicelib.rules.base.china_time import rfc3339
    from chalicelib.rules.notices import wording

    messages: Counter[Any] = Counter()
    mails: Counter[Any] = Counter()
    readers: dict[str, set[str]] = defaultdict(set)
    for application in applications.values():
        header = application.header
        for event in application.history:
            if (kind := wording.message_kind(event)) is not None:
                at = rfc3339(event.at)
                messages[kind, header.number, event.person_number, at] += 1
                mails[kind, header.enterprise_id, header.creator_id, at] += 1
                readers[header.number] = {header.creator_id, header.enterprise_id}
    kinds = {"submitted", "status_changed", "economy_decided", "economy_reopened", "early_card_ended"}
    written: Counter[Any] = Counter()
    for (pk, sk), item in found.items():
        if sk.startswith("MSG#") and item["message_kind"] in kinds:
            number = item["application_number"]
            assert pk.removeprefix("ACC#") in readers[number], f"message to another account: {number}"
            written[item["message_kind"], number, item.get("person_number"), item["created_at"]] += 1
    assert written == messages, (written - messages, messages - written)
    sent = Counter(
        (item["mail_kind"], item["enterprise_id"], item["creator_id"], item["created_at"])
        for (pk, _), item in found.items()
        if pk.startswith("MAIL#") and item["mail_kind"] in kinds
    )
    assert sent == mails, (sent - mails, mails - sent)


def _reminded(found: Items) -> None:
    """Each reminder has one message, one mail and, except for drafts, one record."""
    given = Counter(sk.partition("#")[0] for pk, sk in found if pk.startswith("REMINDED#"))
    kinds = {*REMINDERS, "draft_reminder"}
    messages = Counter(item["message_kind"] for (_, sk), item in found.items() if sk.startswith("MSG#"))
    mailed = Counter(item["mail_kind"] for (pk, _), item in found.items() if pk.startswith("MAIL#"))
    assert {kind: messages[kind] for kind in kinds} == {kind: mailed[kind] for kind in kinds}
    assert {kind: messages[kind] for kind in REMINDERS} == {kind: given[kind] for kind in REMINDERS}
