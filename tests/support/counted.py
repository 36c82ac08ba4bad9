"""The keyboard of a browser test, which counts what a day of an officer costs: keys, clicks and requests."""

from tests.support.assurance import figure
from tests.support.pages import Browsing

POINTER = "window.pressed = 0; addEventListener('pointerdown', () => window.pressed += 1, true)"


class Counted:
    """Presses keys in a tab and counts them; clicks and requests are counted by the page itself."""

    def __init__(self, tab: Browsing) -> None:
        """Count from the next address that the tab opens."""
        self.tab = tab
        self.keys = self.characters = 0
        tab.context.add_init_script(POINTER)
        self._before = len(self._calls())

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.tab.page.keyboard.press(key)
        self.keys += len(keys)

    def write(self, text: str) -> None:
        """Type a text, as an input method enters it."""
        self.tab.page.keyboard.insert_text(text)
        self.characters += len(text)

    @property
    def clicks(self) -> int:
        """How often a pointer was pressed since the page was loaded."""
        return int(self.tab.page.evaluate("window.pressed"))

    @property
    def requests(self) -> int:
        """How many calls of the API were answered."""
        return len(self._calls()) - self._before

    def report(self, what: str) -> None:
        """Print the counts at the end of the run."""
        figure(
            f"{what}: {self.keys} keys, {self.characters} characters, {self.clicks} clicks, {self.requests} requests"
        )

    def _calls(self) -> list[str]:
        return [address for address in self.tab.requests if address.startswith("/v1/")]
