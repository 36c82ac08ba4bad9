"""Officers' lists as workbooks."""

import io
import itertools
import uuid
from collections import Counter
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook

from chalicelib.rules.accounts import quotas
from chalicelib.rules.base import limits
from testing.follow_ups import applied, passport, waiting
from testing.world import storage
from tests.api.test_quotas import use_up, used

SEARCH, EXPORT = "/office/search", "/office/search/export"
TITLES = [
    "申请单号",
    "人员申请单号",
    "业务类型",
    "申请单状态",
    "企业名称",
    "申请外办",
    "团组名称",
    "人数",
    "姓名",
    "职务",
    "护照号",
    "提交时间",
]


def export(officer, **form):
    return officer.ok("POST", EXPORT, form)


def rows(reply):
    page = load_workbook(io.BytesIO(storage.get(reply["url"]).content)).worksheets[0]
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {(cell.data_type, cell.hyperlink) for cell in cells} <= {("s", None)}
    header, *rest = [[cell or "" for cell in row] for row in page.iter_rows(values_only=True)]
    assert header == TITLES
    return rest


def test_a_desk_is_exported_with_a_row_for_each_application(world):
    owner, fao = world.enterprise(), world.officer("fao-hunan")
    number = world.application(owner, persons=3)["number"]
    reply = export(fao, enterprise_id=owner.account["enterprise_id"], status="FAO_REVIEW")
    assert (reply["filename"], reply["rows"], reply["partial"]) == ("申请单_202611211230.xlsx", 1, False)
    assert rows(reply) == [
        [
            number,
            "",
            "新办/续办",
            "外办审核中",
            owner.ok("GET", "/enterprise")["name"],
            "湖南省人民政府外事办公室",
            "测试团组",
            "3",
            "",
            "",
            "",
            "2026-11-21 12:30",
        ]
    ]


def test_persons_and_follow_up_applications_have_rows_of_their_own_with_masked_passports(world):
    owner, consular = world.enterprise(), world.officer("consular")
    person = waiting(world, owner)
    follow_up = applied(owner, person, "change_passport", **passport())["number"]
    number = owner.ok("GET", f"/persons/{person}")["content"]["passport_number"]
    found = rows(export(consular, enterprise_id=owner.account["enterprise_id"], applicant="测试"))
    assert [row[:4] for row in found] == [
        [person[:-3], person, "新办/续办", "APEC经济体审核中"],
        [follow_up, person, "未制卡仅更换护照", "外办审核中"],
    ]
    for row in found:
        assert row[8:10] == ["测试甲", "销售部经理"]
        assert (row[10][0], row[10][-3:]) == (number[0], number[-3:])
        assert set(row[10][1:-3]) == {"*"}


def test_an_export_has_what_the_list_has(world, owner):
    officer = world.officer("fao-hunan")
    other = world.enterprise()
    for count in (2, 1, 5):
        world.application(other, persons=count)
    for form in ({}, {"enterprise_id": other.account["enterprise_id"]}, {"applicant": "测试", "order": "newest"}):
        listed, cursor = [], None
        while True:
            page = officer.ok("POST", SEARCH, {**form, "limit": 3, "cursor": cursor})
            listed += [
                number
                for item in page["items"]
                for number in [person["number"] for person in item["persons"]] or [item["number"]]
            ]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        reply = export(officer, **form)
        assert [row[1] or row[0] for row in rows(reply)] == listed
        assert reply["rows"] == len(listed)


@pytest.fixture
def time_stands_still(monkeypatch):
    """On a busy machine a long export ends because of its time."""
    from chalicelib.repos.process import aws

    monkeypatch.setattr(aws, "time", SimpleNamespace(monotonic=lambda: 0.0))


@pytest.mark.usefixtures("time_stands_still")
def test_a_list_that_is_too_long_says_so_and_is_continued_by_its_cursor(world, monkeypatch):
    monkeypatch.setattr(limits, "EXPORT_ROWS", 300)
    owner, consular = world.enterprise(), world.officer("consular")
    numbers = [world.application(owner, persons=90)["number"] for _ in range(4)]
    form = {"enterprise_id": owner.account["enterprise_id"], "applicant": "测试"}
    with world.counting() as requests:
        first = export(consular, **form)
    assert (first["partial"], first["rows"]) == (True, 270)
    # For each of three pages a query and a read, the session, one more query, and the count of the export.
    assert len(requests.of("dynamodb")) <= 3 * 2 + 3
    assert Counter(requests.of("s3")) == {"PutObject": 1}
    found = rows(first)
    assert found[-1][0] == "列表未完：本表仅含前270行，请缩小查询范围或从下一页起继续导出。"
    rest = export(consular, **form, cursor=first["next_cursor"])
    assert (rest["partial"], rest["next_cursor"]) == (False, None)
    together = [row[1] for row in [*found[:-1], *rows(rest)]]
    assert together == [f"{number}-{at:02d}" for number in numbers for at in range(1, 91)]


def test_an_export_ends_when_it_takes_too_long(world, owner, monkeypatch):
    from chalicelib.repos.process import aws

    officer = world.officer("fao-hunan")
    for _ in range(3):
        world.application(owner, persons=90)
    ages = itertools.chain([0.0], itertools.repeat(12.1))
    monkeypatch.setattr(aws, "time", SimpleNamespace(monotonic=lambda: next(ages)))
    reply = export(officer, applicant="测试")
    assert reply["partial"]
    assert 0 < reply["rows"] <= 100


def test_an_office_exports_only_what_it_may_see(world, owner):
    number = world.application(owner)["number"]
    assert [row[0] for row in rows(export(world.desk("fao-hunan"), number=number))] == [number]
    assert rows(export(world.desk("fao-shaanxi"), number=number)) == []
    assert owner("POST", EXPORT, {}).code == "FORBIDDEN"


@pytest.mark.parametrize("name", ["=1+1", "+SUM(A1)", "@cmd", "-2+3", '=HYPERLINK("http://x")'])
def test_no_text_of_an_applicant_becomes_a_formula(world, owner, fao, name):
    number = world.application(owner, group_name=name)["number"]
    assert [row[6] for row in rows(export(fao, number=number))] == [name]


def test_an_export_is_counted_and_repeated_under_its_key(world):
    officer, key = world.officer("fao-hunan"), str(uuid.uuid4())
    first = officer.ok("POST", EXPORT, {}, Idempotency_Key=key)
    assert officer.ok("POST", EXPORT, {}, Idempotency_Key=key) == first
    assert used(world, officer, quotas.EXPORTS) == 1
    use_up(world, officer, quotas.EXPORTS, left=0)
    assert officer("POST", EXPORT, {}).code == "TOO_MANY_REQUESTS"
