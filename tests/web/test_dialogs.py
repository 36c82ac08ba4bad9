"""Every dialog of every page: accessible while it is open, at both widths, with the focus in it, closed by Escape."""

import re

import pytest
from playwright.sync_api import expect

from testing.screens import filled
from testing.steps import register
from tests.support.dialogs import Kit, every_dialog, used

DIALOGS = every_dialog()
FOCUSED = "() => Boolean(document.activeElement && document.activeElement.closest('dialog[open]'))"


@pytest.fixture(scope="module")
def full(sandbox):
    """An enterprise with drafts, an agent and applications at several statuses."""
    enterprise = register(sandbox)
    return enterprise, filled(enterprise)


def test_the_list_names_every_dialog_of_the_sources():
    assert sorted({dialog.use for dialog in DIALOGS}) == sorted(used())


def test_a_new_dialog_is_found_in_the_sources(tmp_path):
    page = tmp_path / "pages" / "new" / "NewPage.vue"
    page.parent.mkdir(parents=True)
    page.write_text("<template><ConfirmDialog /><ConfirmDialog\n :open /><ConfirmDialogs /></template>")
    assert list(used(tmp_path)) == ["pages/new/NewPage.vue ConfirmDialog", "pages/new/NewPage.vue ConfirmDialog 2"]


@pytest.mark.parametrize("dialog", DIALOGS, ids=lambda dialog: f"{dialog.use} {dialog.open.__name__}")
def test_an_open_dialog_is_accessible_holds_the_focus_and_closes_by_escape(tab, full, sandbox, dialog):
    enterprise, values = full
    dialog.open(Kit(tab, sandbox, enterprise, values))
    page = tab.page
    shown = page.get_by_role("dialog", name=re.compile(f"^{re.escape(dialog.title)}"))
    expect(shown.last).to_be_visible(timeout=20_000)
    count = shown.count()
    tab.check()
    assert page.evaluate(FOCUSED)
    page.keyboard.press("Escape")
    expect(shown).to_have_count(count if dialog.held else count - 1)
