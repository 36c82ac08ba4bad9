"""The help on the licence, the terms, and the footer."""

import pytest
from playwright.sync_api import expect

SENTENCES = {
    "R01": "企业法人授权办事人使用执照",
    "R04": "需要首先完成电子营业执照APP或小程序的领取备案",
    "R05": "微信或支付宝，搜索“电子营业执照”小程序",
    "R06": "首次领取只能由法定代表人通过手机等移动终端完成",
    "R07": "如果实名认证不通过，需要到当地的市场监督部门下载电子营业执照",
    "R08": "微信小程序：先输入微信支付密码，获取微信账号的实名信息，包括姓名和证件号码，再进行人脸识别",
    "R09": "支付宝小程序：授权获取支付宝账号的实名信息，包括姓名和证件号码，再授权采集人脸信息",
    "R10": "选择企业所在的登记地，显示该登记地的所有可下载和已下载的执照记录",
    "R11": "下载前，需要阅读并同意《执照下载声明》",
    "R12": "也可以修改本手机当前APP已经下载的所有执照的密码，或者返回主页",
    "R13": "电子政务—（一级目录）外交—（二级目录）领事服务",
    "R14": "被法定代表人或者拥有“下级授权”权限的证照管理人员授权",
    "R15": "还未生效的授权信息可以下载，但不可使用",
    "R16": "全业务授权：仅指定授权开始时间和结束时间，对应授权事项是“全部事项”",
    "R17": "精准授权：指定授权开始时间和结束时间，并指定相应的授权事项",
    "R18": "授权被取消后，办事人下载的该执照将失效",
    "R19": "添加办事人",
    "R20": "如果该办事人已经下载过执照，则证件号码和手机号不能修改",
    "R21": "办事人被删除后，其在本企业名下的所有授权均失效",
}


@pytest.mark.accepts("R04", "R05", "R06", "R07", "R08", "R09", "R10", "R11", "R12")
@pytest.mark.accepts("R13", "R14", "R15", "R16", "R17", "R18", "R19", "R20", "R21")
def test_the_help_says_what_the_guide_says_about_the_licence(tab):
    page = tab.open("/help/licence")
    text = page.locator("article").inner_text()
    assert [item for item, sentence in SENTENCES.items() if sentence not in text] == []
    tab.check()


@pytest.mark.accepts("R35")
def test_the_footer_leads_to_our_own_pages_and_says_that_we_are_no_authority(tab):
    page = tab.open("/")
    footer = page.get_by_role("contentinfo")
    expect(footer).to_contain_text("与任何政府部门无关")
    for name, title in (("关于我们", "关于我们"), ("服务条款", "用户协议"), ("隐私政策", "隐私政策")):
        footer.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        tab.check()


def test_the_footer_leads_an_officer_to_the_help_on_the_desk(officer):
    page = officer.open("/account/second-factor")
    page.get_by_role("contentinfo").get_by_role("link", name="帮助").click()
    expect(page).to_have_url(f"{officer.origin}/help/desk")
    expect(page.get_by_role("heading", level=2, name="账号与其他页面")).to_be_visible()
    officer.check()
