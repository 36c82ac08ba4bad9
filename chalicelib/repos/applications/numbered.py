"""Applications of one day by their numbers, which the counter of the day tells: no index is read."""

from dataclasses import dataclass

from chalicelib.repos.applications.rows import Budget, Group, Place
from chalicelib.repos.table import table
from chalicelib.rules.applications.search import NUMBER_LENGTH

DAY_LENGTH = 12
"""Characters of a number up to its day."""


@dataclass(frozen=True)
class Numbers:
    """The applications of one day with numbers from `first` to `last`, as far as the day has given them."""

    day: str
    """As `yyyyMMdd`."""
    first: int
    last: int


class Numbered:
    """The applications of a range of numbers of one day: the day's counter tells how many there are, without rows."""

    def __init__(self, source: Numbers, budget: Budget, start: Place | None, *, newest_first: bool) -> None:
        self._source = source
        self._budget = budget
        self._step = -1 if newest_first else 1
        self._next = source.last if newest_first else source.first
        self._end = source.first if newest_first else source.last
        self._counted = False
        if start:
            self._next = int(start.number[DAY_LENGTH:NUMBER_LENGTH]) + (self._step if start.done else 0)

    def peek(self) -> Group | None:
        """The next group, which may turn out not to exist; None if there is none, or if the budget is used up."""
        if not self._counted and not self._budget.used_up:
            self._count()
        return self.begun or None

    def pop(self) -> None:
        """Go past the group that `peek` has returned."""
        self._next += self._step

    @property
    def begun(self) -> Group:
        """The row of the next number."""
        if not self._counted or self.ended:
            return []
        number = self.place.number
        return [{"pk": f"APP#{number}", "sk": "HEADER", "number": number}]

    @property
    def ended(self) -> bool:
        """Whether all numbers were passed."""
        return self._counted and (self._next - self._end) * self._step > 0

    @property
    def place(self) -> Place:
        """Where another request goes on: at the next number."""
        return Place(f"APEC{self._source.day}{self._next:06d}", done=False)

    def _count(self) -> None:
        """Read how many numbers the day has."""
        counter = table.get((f"SEQ#{self._source.day}", "SEQ"))
        self._budget.spend()
        given = counter["last"] if counter else 0
        self._counted = True
        if self._step < 0:
            self._next = min(self._next, given)
        else:
            self._end = min(self._end, given)
