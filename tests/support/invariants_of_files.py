"""Rules across the items of applications: status and history, persons and follow-up files, messages and mail."""

from collections import Counter, defaultdict
from typing import Any

Item = dict[str, Any]
Items = dict[tuple[str, str], Item]

REMINDERS = {"passport_reminder", "card_reminder", "return_reminder"}
MOVING = {"remind_pk", "remind_sk"}
"""Where an item waits to be reminded of: moved on by the reminders alone."""


def check(found: Items) -> None:
    """Assert every rule about applications."""
    from chalicelib.repos.applications import indexes as keys
    from chalicelib.repos.applications import items

    partitions: dict[str, list[Item]] = defaultdict(list)
    for (pk, sk), item in sorted(found.items()):
        if pk.startswith("APP#"):
            partitions[pk].append(item | {"pk": pk, "sk": sk})
    files = {}
    for pk, rows in partitions.items():
        assert len({keys.owner_of(row["sk"]) for row in rows}) == 1, f"{pk} has two owners"
        _whole(rows)
        application = items.to_application(rows)
        assert application is not None, f"{pk} has no header"
        files[application.header.number] = application
        _indexed(rows, application)
        _history(application)
    _persons(files)
    _counted(found, files)
    _statistics(found, files)
    _told(found, files)
    _reminded(found)


def _whole(rows: list[Item]) -> None:
    """One header, the persons it counts, and for a follow-up file the place of its new passport."""
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
    """Every item lies in exactly the indexes that its content and status say."""
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
    """Without what is sealed (each time differently), what is None (not stored), and the reminders' place."""
    if isinstance(value, dict):
        kept = {name: _plain(each) for name, each in value.items() if name not in MOVING}
        return {name: each for name, each in kept.items() if each is not None}
    return None if isinstance(value, bytes) else value


def _history(application: Any) -> None:
    """The file's own entries follow one another from its submission to where it stands; each move is one version."""
    from chalicelib.rules.base.vocabulary import Action, Service

    header = application.header
    of_file = [
        event
        for event in application.history
        if header.service is not Service.NEW_OR_RENEWAL or event.person_number is None
    ]
    assert of_file, f"{header.number} has no history"
    first, *later = of_file
    assert (first.action, first.origin, first.at) == (Action.SUBMIT, None, header.created_at), header.number
    at, moves, edits = first.to, 1, 1
    for event in later:
        assert event.action is not Action.SUBMIT, header.number
        assert event.origin is at, (header.number, event.action, event.origin, at)
        moves += event.action not in (Action.EDIT, Action.REVEAL)
        edits += event.action is Action.EDIT
        at = event.to
    assert (at, moves, edits) == (header.status, header.status_version, header.version), header.number
    moved = [event for event in of_file if event.action not in (Action.EDIT, Action.REVEAL)]
    assert (moved[-1].at, moved[-1].actor) == (header.status_since, header.status_by), header.number
    assert all(event.request_id for event in application.history), header.number


def _persons(files: dict[str, Any]) -> None:
    """Persons stand where the entries about them lead; a service under way is open on both sides or on none."""
    from chalicelib.rules.applications import lifecycle
    from chalicelib.rules.base.vocabulary import Service

    about: dict[str, list[Any]] = defaultdict(list)
    for file in files.values():
        if file.header.service is not Service.NEW_OR_RENEWAL:
            about[file.header.content["person_number"]].append(file)
    everybody = {person.number: (file, person) for file in files.values() for person in file.persons}
    assert about.keys() <= everybody.keys(), "a follow-up file about nobody"
    for number, (application, person) in everybody.items():
        own = about[number]
        assert sorted(person.follow_ups) == sorted(file.header.number for file in own), number
        under_way = [file.header.number for file in own if file.header.status not in lifecycle.CLOSED]
        assert under_way == ([person.open_service] if person.open_service else []), (number, under_way)
        assert all(file.header.enterprise_id == application.header.enterprise_id for file in own), number
        assert person.own_status is _status_by_history(application, person, own), number
        _answers(application, person)


def _status_by_history(application: Any, person: Any, own: list[Any]) -> Any:
    """Where every entry about the person, its group or a follow-up file leads; None: it carries the group's status."""
    status = None
    entries = [(event, file.header) for file in (application, *own) for event in file.history]
    for event, header in sorted(entries, key=lambda each: each[0].at):
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
    # A card past its end has expired before anybody wrote it down.
    assert event.origin in (status or event.origin, Status.EXPIRED), (person.number, event.action, event.origin, status)
    return status if event.to is event.origin else event.to


def _answers(application: Any, person: Any) -> None:
    """An economy's answer is what the last entry about it says."""
    from chalicelib.rules.base.vocabulary import Decision

    last = {event.economy: event for event in application.history if event.economy and _is_about(event, person)}
    given = {code: event.decision for code, event in last.items() if event.decision is not Decision.PENDING}
    assert {code: answer.decision for code, answer in person.economies.items()} == given, person.number


def _is_about(event: Any, person: Any) -> bool:
    return bool(event.person_number == person.number)


def _counted(found: Items, files: dict[str, Any]) -> None:
    """Enterprises count their applications; no number was given before its day's sequence came to it."""
    counted = Counter(file.header.enterprise_id for file in files.values())
    for (pk, sk), item in found.items():
        if pk.startswith("ENT#") and sk == "PROFILE":
            assert item.get("applications", 0) == counted.pop(item["id"], 0), pk
    assert not counted, counted
    for number in files:
        assert int(number[-6:]) <= found[f"SEQ#{number[4:12]}", "SEQ"]["last"], number


def _statistics(found: Items, files: dict[str, Any]) -> None:
    """The counts of days are those of the answers that stand."""
    from chalicelib.repos.applications import statistics
    from chalicelib.rules.applications.progress import days_waited

    wanted: Counter[tuple[str, str]] = Counter()
    for file in files.values():
        for person in file.persons:
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


def _told(found: Items, files: dict[str, Any]) -> None:
    """Each event that is told has one message, to its creator or its enterprise, and one mail; nothing else has."""
    from chalicelib.rules.base.china_time import rfc3339
    from chalicelib.rules.notices import wording

    messages, mails, readers = Counter(), Counter(), defaultdict(set)
    for file in files.values():
        header = file.header
        for event in file.history:
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
            assert pk.removeprefix("ACC#") in readers[number], f"told to a stranger: {number}"
            written[item["message_kind"], number, item.get("person_number"), item["created_at"]] += 1
    assert written == messages, (written - messages, messages - written)
    sent = Counter(
        (item["mail_kind"], item["enterprise_id"], item["creator_id"], item["created_at"])
        for (pk, _), item in found.items()
        if pk.startswith("MAIL#") and item["mail_kind"] in kinds
    )
    assert sent == mails, (sent - mails, mails - sent)


def _reminded(found: Items) -> None:
    """Each reminder that was given has one message, one mail and one note; drafts need no note."""
    given = Counter(sk.partition("#")[0] for pk, sk in found if pk.startswith("REMINDED#"))
    kinds = {*REMINDERS, "draft_reminder"}
    told = Counter(item["message_kind"] for (_, sk), item in found.items() if sk.startswith("MSG#"))
    mailed = Counter(item["mail_kind"] for (pk, _), item in found.items() if pk.startswith("MAIL#"))
    assert {each: told[each] for each in kinds} == {each: mailed[each] for each in kinds}
    assert {each: told[each] for each in REMINDERS} == {each: given[each] for each in REMINDERS}
