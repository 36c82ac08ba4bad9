"""docs/lifecycle.md, made from the lifecycle table and the matrix of services.

`python -m tools.lifecycle FILE` writes it; with `--check` it fails if the file is not what the code says.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from chalicelib.data.texts import text
from chalicelib.rules.applications.lifecycle import FIRST, FIRST_OF_PERSON, QUEUES, TABLE, Level, Transition
from chalicelib.rules.applications.services import WITH_CARD, WITHOUT_CARD
from chalicelib.rules.base.vocabulary import Party, Service, Status

INTRODUCTION = """# The lifecycle

Made from `lifecycle.py` and `services.py` in `chalicelib/rules/applications/` by `make lifecycle`; not to be edited.
What no row allows is refused as 操作无效 (409 `OPERATION_INVALID`), with where it stands now.

A group of 新办/续办 is reviewed as one file up to 领事司审核通过. Its persons carry the group's status until then, and
live on their own afterwards; one that an officer returns or rejects does so from that moment, while the group goes on.
The four follow-up services are files of their own, each about one person.
"""

PARTIES = {
    Party.APPLICANT: "企业 applicant",
    Party.FAO: "外办 office",
    Party.CONSULAR: "领事司 consular",
    Party.PORTAL: "the portal itself",
}

LEVELS = {Level.APPLICATION: "application", Level.PERSON: "person of a group"}

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
    return f"Who has it on the desk:\n\n{_table(('status', 'desk'), lines)}"


def _section(level: Level, service: Service, rows: Sequence[Transition]) -> str:
    title = f"## {text('services', service)} (`{service}`): the {LEVELS[level]}"
    header = ("status", "action", "who", "next status", "needs")
    table = _table(
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
    return f"{title}\n\n{table}\n{_diagram(level, rows)}"


def _diagram(level: Level, rows: Sequence[Transition]) -> str:
    """A Mermaid state diagram; what leaves a status as it is stands in the table only."""
    met = dict.fromkeys([FIRST, *(status for row in rows for status in (row.status, row.to))])
    left = {row.status for row in rows if row.to is not row.status}
    lines = [f'    state "{text("statuses", status)}" as {status}' for status in met]
    lines.append(f"    [*] --> {FIRST}")
    if level is Level.PERSON:
        lines.append(f"    [*] --> {FIRST_OF_PERSON}: with its group")
    lines += [
        f"    {row.status} --> {row.to}: {text('actions', row.action)}" for row in rows if row.to is not row.status
    ]
    lines += [f"    {status} --> [*]" for status in met if status not in left]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])


def _matrix() -> str:
    """可申请业务, as `available_services` reads it."""
    header = ("person", "card", *(text("services", service) for service in FOLLOW_UPS))
    return (
        "## 可申请业务: which services a person may apply for\n\n"
        "None before 领事司审核通过, none in a status that is not listed, none while another is under way.\n"
        "提前制卡 is open once. A card that was cancelled counts as none; one past its end as 卡已到期.\n\n"
        + _table(header, _matrix_lines())
    )


def _matrix_lines() -> Iterator[list[str]]:
    for (status, approved), services in WITHOUT_CARD.items():
        approvals = "an economy has approved" if approved else "no economy has approved"
        yield [f"{_status(status)}, {approvals}", "none", *_ticks(services)]
    for status, services in WITH_CARD.items():
        yield [_status(status), "yes", *_ticks(services)]


def _ticks(services: Iterable[Service]) -> list[str]:
    open_ = set(services)
    return ["✔" if service in open_ else "" for service in FOLLOW_UPS]


def _status(status: Status) -> str:
    return f"{text('statuses', status)} `{status}`"


def _table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [header, ["---"] * len(header), *lines]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def main(arguments: list[str]) -> int:
    """Write the page, or say that it is out of date."""
    path = Path(arguments[-1])
    made = page()
    if "--check" not in arguments:
        path.write_text(made, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != made:
        print(f"{path} is out of date: run `make lifecycle`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
