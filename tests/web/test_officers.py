"""Where officers begin: at their desk, with an account that has a password and devices."""

from playwright.sync_api import expect


def test_an_officer_begins_at_the_desk_and_not_on_pages_of_enterprises(officer):
    page = officer.page
    for address in ("/applications", "/account", "/drafts"):
        officer.open(address)
        expect(page).to_have_url(f"{officer.origin}/desk")


def test_an_officer_changes_the_password_and_sees_the_devices(officer):
    page = officer.open("/account/password")
    tabs = page.get_by_role("navigation", name="账号设置").get_by_role("link")
    expect(tabs).to_have_text(["修改密码", "两步验证", "通行密钥", "登录设备"])
    officer.check()
