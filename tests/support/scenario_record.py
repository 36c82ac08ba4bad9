"""What the walk left behind: which routes answered with success, what was asked of AWS, which entries were written."""

from dataclasses import dataclass, field
from typing import Any

from chalicelib.repos.table import table
from testing.rights import RECORDED
from testing.world import Answer, World
from tests.support import scenario


@dataclass(frozen=True)
class Success:
    """One call that was answered with success."""

    method: str
    path: str
    request_id: str
    body: Any
    replayed: bool
    """Whether its Idempotency-Key had been answered before."""


@dataclass
class Walked:
    """Everything that a walk left behind."""

    uses: dict[str, Any] = field(default_factory=dict)
    """What was asked of AWS, by function."""
    successes: list[Success] = field(default_factory=list)
    early: list[table.Item] = field(default_factory=list)
    """History and audit entries as they lay in the table half-way."""
    entries: list[table.Item] = field(default_factory=list)
    """The same at the end, oldest first."""


_once: list[Walked] = []


def walked(portal: World) -> Walked:
    """The walk, made once for a whole run of the tests."""
    if not _once:
        _once.append(_walk(portal))
    return _once[0]


def _walk(portal: World) -> Walked:
    before, RECORDED.uses = RECORDED.uses, {}
    made, keys, ask = Walked(), set[str](), portal.request

    def noting(method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        key = headers.get("Idempotency-Key", "")
        answer = ask(method, path, body, headers)
        if answer.status < 300:
            at = f"/v1{path.partition('?')[0]}"
            told = answer.body if answer.raw else None
            made.successes.append(Success(method, at, answer.headers["x-request-id"], told, key in keys))
            keys.update([key] if key else [])
        return answer

    portal.request = noting  # type: ignore[method-assign]
    owner = scenario.accounts(portal)
    scenario.drafts(portal, owner)
    scenario.groups(portal, owner)
    made.early = _entries(portal)
    scenario.economies(portal, portal.agent(owner))
    scenario.officers(portal)
    scenario.messages(owner)
    scenario.schedules(portal, owner)
    del portal.request
    made.uses, RECORDED.uses = RECORDED.uses, before
    for function, uses in made.uses.items():
        RECORDED.uses.setdefault(function, set()).update(uses)
    made.entries = _entries(portal)
    return made


def _entries(portal: World) -> list[table.Item]:
    found = [item for at, item in portal.table().items() if at[0].startswith("AUDIT#") or "#HISTORY#" in at[1]]
    loaded = [table.load({name: value for name, value in item.items() if value}) for item in found]
    return sorted(loaded, key=lambda item: str(item["at"]))
