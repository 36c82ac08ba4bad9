"""Pages that offices and enterprises print, as sheets of paper: no column is cut, and nothing of the screen is left.

They are printed in English, because the browser of a test machine may have no Chinese font.
"""

import re

import pytest
from playwright.sync_api import expect

from testing.steps import content, decide, submit
from tests.support.printed import is_upright, printed_controls, printed_pages

ON_SCREEN_ONLY = ("Signout", "Largetext", "Darktheme")


@pytest.fixture
def approved(enterprise, sandbox):
    """A group of 20 that both desks have passed."""
    number = submit(enterprise.client, content(enterprise.client, persons=20))["number"]
    for office in ("fao-hunan", "consular"):
        decide(sandbox.officer(office), number, "pass")
    return number


def sheets(tab, path, most):
    """The text of the sheets of a page in English."""
    return "".join(each_sheet(tab, path, most))


def each_sheet(tab, path, most):
    """The text of each sheet of a page in English."""
    page = tab.open(path)
    if page.get_by_role("button", name="English").count():
        page.get_by_role("button", name="English").click()
        tab.settled()
        page = tab.open(path)  # names of economies that were read before are in the other language
    return checked(page, most)


def checked(page, most):
    """The text of each sheet of the page as it is, without anything of the screen."""
    printed = printed_pages(page)
    assert len(printed) <= most, len(printed)
    assert [words for words in ON_SCREEN_ONLY if words in "".join(printed)] == []
    assert printed_controls(page) == []
    return printed


def test_the_progress_of_a_group_has_every_economy_and_member_on_paper(signed_in, approved, enterprise):
    whole = sheets(signed_in, f"/applications/{approved}/progress", 8)
    members = {f"{approved}-{place:02d}" for place in range(1, 21)}
    assert members <= set(re.findall(rf"{approved}-\d\d", whole))
    whole = sheets(signed_in, f"/applications/{approved}/progress?view=matrix", 3)
    names = [one["name_en"] for one in enterprise.client.ok("GET", "/reference")["economies"] if one["decides"]]
    assert [name for name in names if name.replace(" ", "") not in whole] == []


def test_an_application_is_printed_with_all_its_members(signed_in, approved):
    whole = sheets(signed_in, f"/applications/{approved}", 8)
    assert approved in whole
    assert len(set(re.findall(rf"{approved}-\d\d", whole))) == 20


def test_an_enterprise_is_printed_for_an_office(consular, approved, enterprise):
    (found,) = enterprise.sandbox.officer("consular").ok(
        "POST", "/office/enterprises/search", {"uscc": enterprise.elements["uscc"]}
    )["items"]
    whole = sheets(consular, f"/enterprises/{found['id']}", 3)
    assert enterprise.elements["uscc"] in whole
    assert approved in whole
    assert "Showcontactsinclear" not in whole


def test_the_help_on_the_desk_is_in_both_languages_and_on_few_sheets(officer):
    page = officer.open("/help/desk")
    expect(page.get_by_role("heading", level=2)).to_have_count(9)
    expect(page.locator("dt")).to_have_count(18)
    officer.check()
    whole = sheets(officer, "/help/desk", 4)
    for words in (
        "Inaminute",
        "Submittedagain",
        "Keysdonothingwhileyoutypeorcompose",
        "thelistofkeys",
        "aPDFisdownloaded",
        "keepthetenrecoverycodes",
    ):
        assert words in whole
    expect(page.get_by_role("heading", level=2)).to_have_count(9)
    assert not re.search(r"[\u4e00-\u9fff]", page.locator("article").inner_text())
    officer.check()


def numbers_on(sheet, number):
    return set(re.findall(rf"{number}-\d\d", sheet))


def test_a_travel_check_has_its_heads_on_every_sheet_and_nothing_of_the_form(signed_in, approved, enterprise):
    page = signed_in.open(f"/applications/{approved}/travel")
    page.get_by_role("button", name="English").click()
    page = signed_in.open(f"/applications/{approved}/travel")
    signed_in.field("from_day").fill("2027-01-01")
    signed_in.field("to_day").fill("2027-01-10")
    page.get_by_role("button", name="All economies").or_(page.get_by_role("button", name="Select all")).first.click()
    page.locator("form [type=submit]").click()
    expect(page.get_by_role("heading", name=re.compile("2027-01-01"))).to_be_visible()
    printed = checked(page, 4)
    assert "2027-01-01" in printed[0]
    assert "Departure" not in "".join(printed)
    economies = enterprise.client.ok("GET", "/reference")["economies"]
    names = [one["name_en"].replace(" ", "") for one in economies if one["decides"]]
    rows = [sheet for sheet in printed if "hasnotdecidedyet" in sheet]
    assert len(rows) > 1
    assert [name for name in names for sheet in rows if name not in sheet] == []
    assert not is_upright(page)


def test_waiting_times_are_on_one_upright_sheet(signed_in):
    (sheet,) = each_sheet(signed_in, "/waiting-times", 1)
    assert "PapuaNewGuinea" in sheet
    assert is_upright(signed_in.page)


def test_lists_of_officers_repeat_their_heads_and_show_every_row(consular, approved, enterprise):
    consular.open("/files")
    for path, head, field in (
        ("/files?status=ECONOMY_REVIEW", "Waiting", "number"),
        ("/economies?economy=SGP", "Foreignnumber", "number"),
    ):
        page = consular.open(path)
        if page.get_by_role("button", name="English").count():
            page.get_by_role("button", name="English").click()
            consular.settled()
        consular.field(field).fill(approved)
        page.get_by_role("button", name="Search", exact=True).click()
        expect(page.get_by_text(f"{approved}-20").first).to_be_attached()
        consular.settled()
        printed = checked(page, 4)
        whole = "".join(printed)
        assert len(numbers_on(whole, approved)) == 20, path
        assert all(head in sheet for sheet in printed if numbers_on(sheet, approved)), path
    assert "AnswersofSingapore" in whole
    assert "Ctrl+S" not in whole


def test_settings_are_printed_as_what_was_entered(signed_in, enterprise):
    enterprise.agent()
    content(enterprise.client)
    assert "0731-88888888" not in sheets(signed_in, "/account/agents", 1)
    for path, most in (("/account", 1), ("/account/invoices", 3), ("/account/devices", 1), ("/account/records", 2)):
        page = signed_in.open(path)
        whole = "".join(checked(page, most))
        assert "Pleaseenter" not in whole
        # What was not entered is not printed as a question.
        assert "Pleaseselect" not in whole
        page.emulate_media(media="print")
        edges = "all => all.map(one => getComputedStyle(one).borderTopWidth)"
        assert set(page.locator(".control").evaluate_all(edges)) <= {"0px"}
        page.emulate_media(media="null")


def test_sheets_stand_upright_again_after_a_page_on_wide_paper(consular):
    page = consular.open("/statistics")
    assert not is_upright(page)
    page.get_by_role("navigation").get_by_role("link", name="邮件").click()
    expect(page).to_have_url(re.compile("/mail$"))
    consular.settled()
    assert is_upright(page)
