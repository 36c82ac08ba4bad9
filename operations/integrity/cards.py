"""Cards: every card has the claim on its number, every claim is of a person, and the ledger agrees with itself."""

from collections.abc import Mapping

from chalicelib.repos.applications import card_ledger, card_numbers
from chalicelib.repos.keys import sealing
from chalicelib.rules.applications.card_ledger import LedgerState
from operations.integrity.applications import Known
from operations.integrity.breaches import Breaches, Items


def check(found: Items, known: Mapping[str, Known], breaches: Breaches) -> None:
    """Check every rule about card numbers."""
    persons = {str(person.number): person for one in known.values() for person in one.application.persons}
    owners = {
        str(person.number): one.header.enterprise_id for one in known.values() for person in one.application.persons
    }
    claimed: dict[str, str] = {}
    for (pk, sk), item in found.items():
        if not pk.startswith(card_numbers.PREFIX):
            continue
        with breaches.about(f"{pk} {sk}"):
            number = sealing.unseal(item["card_number"], f"{pk}#{sk}#card_number").decode()
            digests = {f"{card_numbers.PREFIX}{digest}" for digest in sealing.digests("card", number)}
            breaches.expect(pk in digests, pk, "is the claim on another number")
            breaches.expect(owners.get(item["person_number"]) == item["enterprise_id"], pk, "has no person")
            breaches.expect(number not in claimed, pk, "is a second claim on one number")
            claimed[number] = item["person_number"]
    for person_number, person in persons.items():
        # Cards made before numbers were claimed may wait for the next rotation of digest keys.
        if person.card is not None and person.card.made_at is not None:
            own = claimed.get(person.card.number) == person_number
            breaches.expect(own, person_number, "has a card without the claim on its number")
    _ledger(found, owners, breaches)


def _ledger(found: Items, owners: Mapping[str, str], breaches: Breaches) -> None:
    """Every handover is of a person of its enterprise, and exactly the cards that are out are marked as such."""
    out, marked = dict[str, str](), dict[str, str]()
    for (pk, sk), item in found.items():
        if sk.startswith(card_ledger.PREFIX):
            owned = owners.get(item["person_number"]) == item["enterprise_id"] == pk.removeprefix("ENT#")
            breaches.expect(owned, f"{pk} {sk}", "is about a person of somebody else")
            if item["state"] == LedgerState.OUT:
                breaches.expect(item["person_number"] not in out, f"{pk} {sk}", "is a second handover of one card")
                out[item["person_number"]] = item["id"]
        elif sk.startswith(card_ledger.OUT):
            marked[sk.removeprefix(card_ledger.OUT)] = item["entry_id"]
    breaches.expect(out == marked, "card ledger", f"has {out} out and marks {marked}")
