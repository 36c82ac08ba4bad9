"""How the processes of `make test` share the tests: whole modules, the longest first, the others at random."""

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

BUILDS_ONCE = "tests/package/"
"""A folder whose tests run in one process, because they share packages that take a minute to build."""

LONGEST = (
    BUILDS_ONCE,
    "tests/assurance/test_killed.py",
    "tests/operations/test_enterprise_commands.py",
    "tests/scheduled/test_expire_cards.py",
    "tests/scheduled/test_cleaning.py",
    "tests/live/test_walkthrough.py",
    "tests/web/test_form.py",
    "tests/web/test_desk.py",
)
"""What begins first, so that no process works alone at the end."""


def place(nodeid: str) -> int:
    """The rank of the module of a test: the longest come first, all others are equal."""
    for number, start in enumerate(LONGEST):
        if nodeid.startswith(start):
            return number
    return len(LONGEST)


class ByModule(LoadFileScheduling):  # type: ignore[misc]  # the library has no types
    """Gives each process whole modules in the order of the collection; the folder `BUILDS_ONCE` goes to one process."""

    def _split_scope(self, nodeid: str) -> str:
        module: str = super()._split_scope(nodeid)
        return BUILDS_ONCE if module.startswith(BUILDS_ONCE) else module
