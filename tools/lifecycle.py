"""docs/lifecycle.md, generated from the lifecycle table and the matrix of services."""

from collections.abc import Iterable, Iterator, Sequence

from chalicelib.data.texts import text
from chalicelib.rules.applications.lifecycle import FIRST, FIRST_OF_PERSON, QUEUES, TABLE, Level, Transition
from chalicelib.rules.applications.services import WITH_CARD, WITHOUT_CARD
from chalicelib.rules.base.vocabulary import Action, Party, Service, Status
from tools.markdown import table

INTRODUCTION = """# The lifecycle

Generated from `lifecycle.py` and `services.py` in `chalicelib/rules/applications/` by `make documents`; do not edit.
An action that no row allows is refused as 操作无效 (409 `OPERATION_INVALID`) together with the present status.

A group application of 新办/续办 is reviewed as a whole up to 领事司审核通过. Until then its persons carry the status of
the application; afterwards each person has a status of its own. A person that an officer returns or rejects alone has
its own status from that moment, while the application continues. The four follow-up services are applications of their
own, each about one person.
"""

PARTIES = {
    Party.APPLICANT: "企业 applicant",
    Party.FAO: "外办 office",
    Party.CONSULAR: "领事司 consular",
    Party.PORTAL: "the portal itself",
}

LEVELS = {Level.APPLICATION: "application", Level.PERSON: "person of a group application"}

FOLLOW_UPS = tuple(service for service in Service if service is not Service.NEW_OR_RENEWAL)


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION, _desks()]
    for level in Level:
        for service in Service:
            rows = [row for row in TABLE if (row.level, row.service) == (level, service)]
            if rows:
                parts.append(_section(level, service, rows))
    parts.append(_matrix())
    return "\n".join(parts)


def _desks() -> str:
    lines = ([_status(status), PARTIES[party]] for status, party in QUEUES.items())
    return f"Where an application waits for a review:\n\n{table(('status', 'desk'), lines)}"


def _section(level: Level, service: Service, rows: Sequence[Transition]) -> str:
    title = f"## {text('services', service)} (`{service}`): the {LEVELS[level]}"
    header = ("status", "action", "who", "next status", "needs")
    rows_of_table = table(
        header,
        (
            [
                _status(row.status),
                f"{text('actions', row.action)} `{row.action}`",
                PARTIES[row.party],
                "" if row.to is row.status else _status(row.to),
                ", ".join(["a reason"] * row.needs_reason + [*row.needs]),
            ]
            for row in rows
        ),
    )
    return f"{title}\n\n{rows_of_table}\n{_diagram(level, rows)}"


def _diagram(level: Level, rows: Sequence[Transition]) -> str:
    """A Mermaid state diagram; actions that keep the status are in the table only."""
    shown = dict.fromkeys([FIRST, *(status for row in rows for status in (row.status, row.to))])
    left = {row.status for row in rows if row.to is not row.status and row.action is not Action.REOPEN}
    lines = [f'    state "{text("statuses", status)}" as {status}' for status in shown]
    lines.append(f"    [*] --> {FIRST}")
    if level is Level.PERSON:
        lines.append(f"    [*] --> {FIRST_OF_PERSON}: with its application")
    lines += [
        f"    {row.status} --> {row.to}: {text('actions', row.action)}" for row in rows if row.to is not row.status
    ]
    lines += [f"    {status} --> [*]" for status in shown if status not in left]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])


def _matrix() -> str:
    """可申请业务, as `available_services` reads it."""
    header = ("person", "card", *(text("services", service) for service in FOLLOW_UPS))
    return (
        "## 可申请业务: which services a person can apply for\n\n"
        "There is none before 领事司审核通过, in a status that is not listed, or while another application for the\n"
        "person is open. "
        "A person can apply for 提前制卡 once. A cancelled card counts as no card; a card past its end as 卡已到期.\n\n"
        + table(header, _matrix_lines())
    )


def _matrix_lines() -> Iterator[list[str]]:
    for (status, approved), services in WITHOUT_CARD.items():
        approvals = "an economy has approved" if approved else "no economy has approved"
        yield [f"{_status(status)}, {approvals}", "none", *_ticks(services)]
    for status, services in WITH_CARD.items():
        yield [_status(status), "yes", *_ticks(services)]


def _ticks(services: Iterable[Service]) -> list[str]:
    available = set(services)
    return ["✔" if service in available else "" for service in FOLLOW_UPS]


def _status(status: Status) -> str:
    return f"{text('statuses', status)} `{status}`"
