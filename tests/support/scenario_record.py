"""The record of one scenario: successful calls, uses of AWS permissions, and history and audit entries."""

from dataclasses import dataclass, field
from typing import Any

from chalicelib.repos.table import table
from testing.rights import RECORDED
from testing.world import Answer, World
from tests.support import scenario


@dataclass(frozen=True)
class Success:
    """One successful call."""

    method: str
    path: str
    request_id: str
    body: Any
    replayed: bool
    """Whether its Idempotency-Key was used by an earlier call."""


@dataclass
class ScenarioRecord:
    """Everything recorded during a scenario."""

    uses: dict[str, Any] = field(default_factory=dict)
    """Uses of AWS permissions, by function."""
    successes: list[Success] = field(default_factory=list)
    early: list[table.Item] = field(default_factory=list)
    """History and audit entries at half-time."""
    entries: list[table.Item] = field(default_factory=list)
    """The same at the end, oldest first."""


_once: list[ScenarioRecord] = []


def recorded_scenario(portal: World) -> ScenarioRecord:
    """The record of the scenario, which is carried out once for a whole run of the tests."""
    if not _once:
        _once.append(_carry_out(portal))
    return _once[0]


def _carry_out(portal: World) -> ScenarioRecord:
    before, RECORDED.uses = RECORDED.uses, {}
    made, keys, ask = ScenarioRecord(), set[str](), portal.request

    def noting(method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        key = headers.get("Idempotency-Key", "")
        answer = ask(method, path, body, headers)
        if answer.status < 300:
            plain = f"/v1{path.partition('?')[0]}"
            reply = answer.body if answer.raw else None
            made.successes.append(Success(method, plain, answer.headers["x-request-id"], reply, key in keys))
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
    found = [item for (pk, _), item in portal.table().items() if pk.startswith(table.JOURNAL)]
    loaded = [table.load({name: value for name, value in item.items() if value}) for item in found]
    # The sort key of every entry begins with its time.
    timed = [item | {"at": item["sk"].partition("#")[0]} for item in loaded]
    return sorted(timed, key=lambda item: str(item["at"]))
