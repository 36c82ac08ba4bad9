"""卡号: every card number belongs to one card of the portal, for ever (docs/decisions/0049).

A claim is an item of its own whose key is a digest of the number, as for login names. It stays when the card is
replaced, cancelled or expired, and goes only with a correction of the number or with its whole enterprise. It holds
the number encrypted, so that a rotation of digest keys can move claims whose cards are no longer stored.
"""

from chalicelib.repos.applications.applications import Changed
from chalicelib.repos.keys import sealing
from chalicelib.repos.keys.keyring import PortalKey
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Key, Write
from chalicelib.rules.applications.applications import ApplicationHeader, Person
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import PersonNumber

PREFIX = "CARD#"
"""How the partitions of claims begin."""

_SCOPE, _SORT_KEY = "card", "CARD"


class ClaimChanged(Changed):
    """Raised when a claim was moved or released after it was read."""


def claim_key(number: str, digest_key: PortalKey | None = None) -> Key:
    """Primary key of the claim on a card number; `digest_key` is the key of the digest, None the current one."""
    return f"{PREFIX}{sealing.digest(_SCOPE, number, digest_key)}", _SORT_KEY


def claim(number: str, person_number: str, enterprise_id: str, digest_key: PortalKey | None = None) -> Item:
    """The item of a claim."""
    pk, sk = claim_key(number, digest_key)
    return {
        "pk": pk,
        "sk": sk,
        "kind": "card number",
        "card_number": sealing.seal(number.encode(), f"{pk}#{sk}#card_number"),
        "person_number": person_number,
        "enterprise_id": enterprise_id,
    }


def holders(number: str) -> dict[Key, PersonNumber]:
    """The claims on a card number with the person of each, under the current digest key and under older ones."""
    keys = [(f"{PREFIX}{digest}", _SORT_KEY) for digest in sealing.digests(_SCOPE, number)]
    return {key: PersonNumber(item["person_number"]) for key, item in table.get_many(keys).items()}


def card_recorded(header: ApplicationHeader, before: Person, after: Person, *, corrected: bool) -> list[Write]:
    """The claims that follow from a change of a person's card: a new number is claimed, a corrected one released.

    Args:
        header: the application of the person.
        before: the person as stored.
        after: the person with its card as it is now.
        corrected: whether the number of `before` was a typing error, and is free again; else it stays claimed.

    Raises:
        Invalid: a card of the portal has or had the number; here, or in the transaction.
    """
    card, old = after.card, before.card
    if card is None or (old is not None and old.number == card.number):
        return []
    taken = invalid("card_number", "CARD_NUMBER_TAKEN")
    if holders(card.number):
        raise taken
    claimed = table.put(claim(card.number, after.number, header.enterprise_id), only_new=lambda _: taken)
    return [claimed, *(_released(old.number, after.number) if old is not None and corrected else [])]


def _released(number: str, person_number: PersonNumber) -> list[Write]:
    return [
        table.delete(key, {"person_number": person_number}, lambda _: ClaimChanged())
        for key, holder in holders(number).items()
        if holder == person_number
    ]
