"""Rules across the items of both tables that hold after every act, refusal, kill and retry.

`findings` names every breach. `python -m operations.check` asks it about a deployment, and the tests after each of
their faults.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from chalicelib.rules.base.journal_days import JournalDay
from operations.integrity import accounts, applications, cards, files, notices, redactions, roots
from operations.integrity.breaches import Breaches, Items

__all__ = ["Items", "findings"]

KINDS = (
    *("ENT#", "ACC#", "LOGIN#", "APP#", "HISTORY#", "MAIL#", "GONE#", "ADDRESS#", "REMINDED#", "STATISTICS", "FILE#"),
    *("KEYS", "SEQ#", "RATE#", "MAILRATE#", "CODE#", "TICKET#", "RECOVERY#", "IDEM#", "AUDIT#", "DELETION#", "CLAIMS#"),
    *("CARD#", "NAMED#", "OFFICES"),
)
"""How the partitions of every kind of item begin."""


def findings(
    found: Items, now: datetime, days: Sequence[JournalDay] = (), signed: Mapping[date, str] = MappingProxyType({})
) -> list[str]:
    """Every breach of a rule, one line each.

    Args:
        found: all items of both tables by primary key, as `table.load` reads them.
        now: the time at which they were read; what may have expired by then is not missed.
        days: the days of the journal that have a root, oldest first.
        signed: the root of each day whose signature is valid.
    """
    breaches = Breaches()
    for pk, sk in found:
        breaches.expect(pk.startswith(KINDS), f"{pk} {sk}", "is of no known kind")
    accounts.check(found, breaches)
    known = applications.check(found, breaches)
    files.check(found, known, breaches)
    cards.check(found, known, breaches)
    notices.check(found, known, now, breaches)
    redactions.check(found, breaches)
    roots.check(found, days, signed, breaches)
    return breaches.lines
