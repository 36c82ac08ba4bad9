"""Importing answers of economies: one outcome for each row, in the order of the rows."""

from chalicelib.repos.applications import applications
from chalicelib.rules.base.errors import Invalid, NotFound
from chalicelib.rules.base.vocabulary import Decision, PersonNumber
from chalicelib.usecases.applications import economies
from testing.world import User, World
from tests.usecases.applications.conftest import ActOf


def row(person: str, economy: str = "SGP", decision: str = "approved") -> dict[str, str]:
    return {"person_number": person, "economy": economy, "decision": decision}


def test_every_row_of_an_import_has_its_own_outcome(world: World, owner: User, act_of_office: ActOf) -> None:
    number, other = (world.approved(owner, persons=2)["number"] for _ in range(2))
    consular = act_of_office("consular")
    rows = [
        row(f"{number}-01"),
        row(f"{other}-01", decision="refused"),
        row(f"{number}-01"),
        row(f"{number}-02", economy="CHN"),
        {"person_number": f"{other}-02"},
        row(f"{number}-03"),
        row(f"{number}-02", economy="JPN", decision="locked"),
    ]
    outcomes = economies.import_answers(rows, consular)
    assert [outcome.changed for outcome in outcomes] == [True, True, False, False, False, False, True]
    refusals = [type(outcome.refusal) for outcome in outcomes]
    assert refusals == [type(None), type(None), type(None), Invalid, Invalid, NotFound, type(None)]
    stored = applications.get(number, consular.actor)
    people = [stored.person(PersonNumber(f"{number}-{position}")) for position in ("01", "02")]
    answers = [{code: answer.decision for code, answer in person.economies.items()} for person in people]
    assert answers == [{"SGP": Decision.APPROVED}, {"JPN": Decision.LOCKED}]


def test_the_rows_of_one_person_read_it_once(world: World, owner: User, act_of_office: ActOf) -> None:
    number = world.approved(owner)["number"]
    rows = [row(f"{number}-01", economy) for economy in ("SGP", "JPN", "THA")]
    with world.counting() as requests:
        outcomes = economies.import_answers(rows, act_of_office("consular"))
    assert [outcome.changed for outcome in outcomes] == [True, True, True]
    assert sorted(requests.of("dynamodb")) == ["BatchGetItem", *["TransactWriteItems"] * 3]
