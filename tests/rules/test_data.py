"""Reference data and texts are complete, consistent and small."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib import data
from chalicelib.data.texts import catalogue, ends, field_title, text
from chalicelib.rules.accounts.audit_actions import AuditAction
from chalicelib.rules.accounts.licence import TicketState
from chalicelib.rules.base import vocabulary
from chalicelib.rules.base.errors import Refusal
from chalicelib.rules.files.verdicts import AttachmentState
from chalicelib.rules.forms.content import ReplaceCase
from chalicelib.rules.notices import recipients

FOLDER = Path(data.__file__).parent
CATALOGUE = catalogue()
ENTRIES = [(section, key, entry) for section, entries in CATALOGUE.items() for key, entry in entries.items()]
PLACEHOLDER = re.compile(r"\{\w+\}")


def entries_of(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))["items"]


# Economies


def test_exactly_16_economies_decide_on_applications():
    assert {economy.name for economy in data.deciding_economies()} == {
        "新加坡", "智利", "马来西亚", "韩国", "日本", "印度尼西亚", "文莱", "澳大利亚",
        "巴布亚新几内亚", "泰国", "菲律宾", "新西兰", "墨西哥", "越南", "秘鲁", "俄罗斯",
    }  # fmt: skip
    assert len(data.deciding_economies()) == 16


def test_there_are_21_economies_of_which_2_are_transitional_members():
    assert len(data.economies()) == 21
    assert {economy.code for economy in data.economies() if economy.member == "transitional"} == {
        "CAN",
        "USA",
    }


def test_an_economy_is_found_by_its_code():
    assert data.economy("SGP").name == "新加坡"
    with pytest.raises(KeyError):
        data.economy("FRA")


# Offices and attachments


@pytest.mark.parametrize("name", ["economies", "offices", "attachment_kinds", "enterprise_kinds", "industries", "fees"])
def test_codes_are_unique(name):
    codes = [entry["code"] for entry in entries_of(f"{name}.json")]
    assert len(codes) == len(set(codes))


def test_every_mainland_province_has_an_office():
    provinces = {province["code"] for province in data.regions()["provinces"] if province["code"] < "710000"}
    assert len(provinces) == 31
    assert provinces <= {office.region_code for office in data.offices().values()}


def test_every_office_has_a_valid_code_region_and_passport_validity():
    for code, office in data.offices().items():
        assert code == office.code
        assert re.fullmatch(r"fao-[a-z]+" if office.kind == "fao" else "consular", code)
        assert office.region_code is None or data.region_name(office.region_code), code
        assert 6 <= office.passport_months <= 60, code


def test_every_attachment_kind_of_a_checklist_exists_and_fits_the_persons_or_the_group_list():
    for code, office in data.offices().items():
        assert set(office.required_attachments) == {"person", "group"}, code
        for used_for, kinds in office.required_attachments.items():
            assert {data.attachment_kinds()[kind].used_for for kind in kinds} == {used_for}, code


def test_the_demonstration_offices_are_hunan_shaanxi_and_the_consular_department():
    assert {office.code for office in data.offices().values() if office.demo} == {
        "fao-hunan",
        "fao-shaanxi",
        "consular",
    }
    assert data.offices()["fao-hunan"].name == "湖南省人民政府外事办公室"
    assert data.offices()["fao-shaanxi"].name == "陕西省人民政府外事办公室"
    assert data.offices()["fao-shanxi"].name == "山西省人民政府外事办公室"


def test_an_office_may_require_a_longer_passport_validity():
    assert data.offices()["fao-hunan"].passport_months == 24
    assert data.offices()["fao-yunnan"].passport_months == 48


def test_photos_and_signatures_have_limits_of_type_and_size():
    kinds = data.attachment_kinds()
    assert kinds["photo"].content_types == ("image/jpeg",)
    assert kinds["photo"].max_bytes == 2 * 1024 * 1024
    assert kinds["signature"].max_bytes == 1024 * 1024
    assert max(kind.max_bytes for kind in kinds.values()) == 5 * 1024 * 1024


def test_enterprise_kinds_and_industries_have_their_published_codes():
    assert data.enterprise_kinds()["CENTRAL_SOE"] == "中央企业"
    assert "".join(data.industries()) == "ABCDEFGHIJKLMNOPQRST"


@pytest.mark.parametrize("name", ["economies", "offices", "attachment_kinds", "enterprise_kinds", "industries"])
def test_everything_with_a_name_has_an_english_one(name):
    names = [entry["name_en"] for entry in entries_of(f"{name}.json")]
    assert len(names) == len(set(names))
    assert [one for one in names if not re.fullmatch(r"[A-Z][A-Za-z ,'()-]+", one)] == []


# Regions


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("430000", "湖南省"),
        ("430100", "湖南省/长沙市"),
        ("430102", "湖南省/长沙市/芙蓉区"),
        ("320114", "江苏省/南京市/雨花台区"),
        ("110105", "北京市/朝阳区"),
        ("500112", "重庆市/渝北区"),
        ("419001", "河南省/济源市"),
        ("441900", "广东省/东莞市"),
        ("653228", "新疆维吾尔自治区/和田地区/和康县"),
        ("810101", "香港特别行政区/香港岛/中西区"),
        ("110100", None),
        ("999999", None),
        ("", None),
    ],
)
def test_a_region_code_resolves_to_the_names_of_province_city_and_district(code, name):
    assert data.region_name(code) == name


@pytest.mark.parametrize(
    ("code", "whether"),
    [
        ("430000", False), ("430100", False), ("430102", True),  # province, city, district
        ("110000", False), ("110105", True),  # a municipality has districts of its own
        ("441900", True), ("460400", True),  # cities without districts
        ("419001", True), ("810000", False), ("999999", False), ("", False),
    ],
)  # fmt: skip
def test_a_district_is_a_region_without_parts(code, whether):
    assert data.is_district(code) is whether


def test_region_codes_are_unique_and_begin_with_the_code_of_their_parent():
    seen = []
    for province in data.regions()["provinces"]:
        seen.append(province["code"])
        for city in [province, *province["cities"]]:
            prefix = city["code"][: 2 if city is province else 4]
            assert city["code"].startswith(province["code"][:2])
            assert all(code.startswith(prefix) for code, _ in city["districts"])
            seen += [code for code, _ in city["districts"]]
        seen += [city["code"] for city in province["cities"]]
    assert len(seen) == len(set(seen))
    assert all(re.fullmatch(r"\d{6}", code) for code in seen)
    assert len([code for code in seen if code < "710000"]) > 3100


def test_importing_the_data_package_reads_no_file():
    program = (
        "import pathlib; opened = []; pathlib.Path.read_text = lambda path, **_: opened.append(path.name);"
        "import chalicelib.data, chalicelib.data.texts; print(opened)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# Texts


def test_every_text_has_both_languages_with_the_same_placeholders():
    for section, key, entry in ENTRIES:
        assert set(entry) == {"zh", "en"}, (section, key)
        assert all(value.strip() == value != "" for value in entry.values()), (section, key)
        names = PLACEHOLDER.findall(entry["zh"])
        assert set(names) == set(PLACEHOLDER.findall(entry["en"])), (section, key)
        values = dict.fromkeys((name.strip("{}") for name in names), "x")
        assert "{" not in text(section, key, "zh", **values) + text(section, key, "en", **values), (
            section,
            key,
        )


def test_chinese_texts_use_full_width_punctuation():
    for section, key, entry in ENTRIES:
        bare = PLACEHOLDER.sub("", entry["zh"])
        assert re.search(r"[\u4e00-\u9fff]", bare), (section, key)
        assert not set(bare) & set(",.;:!?()[]<>'\""), (section, key)


def test_english_texts_contain_no_chinese_characters():
    for section, key, entry in ENTRIES:
        assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", entry["en"]), (section, key)


def test_texts_prescribed_by_the_user_guide_are_verbatim():
    assert text("errors", "OPERATION_INVALID") == "操作无效"
    assert text("invalid", "USERNAME") == "用户名设置要求：4-20位字符，仅支持数字+英文组合！"


@pytest.mark.parametrize(
    ("section", "enum"),
    [
        ("statuses", vocabulary.Status),
        ("services", vocabulary.Service),
        ("actions", vocabulary.Action),
        ("audit_actions", AuditAction),
        ("decisions", vocabulary.Decision),
        ("payment_states", vocabulary.PaymentState),
        ("scopes", vocabulary.Scope),
        ("attachment_states", AttachmentState),
        ("replace_cases", ReplaceCase),
        ("parties", vocabulary.Party),
        ("ticket_states", TicketState),
        ("mail_statuses", vocabulary.MailStatus),
    ],
)
def test_every_value_of_an_enum_has_a_label(section, enum):
    assert set(CATALOGUE[section]) == {member.value for member in enum}


HTTP_ERRORS = {"INTERNAL", "METHOD_NOT_ALLOWED"}
"""Errors of the HTTP layer, which are not subclasses of `Refusal`."""


def test_every_refusal_has_an_error_text_and_every_error_text_is_used():
    direct = Refusal.__subclasses__()
    refusals = [*direct, *(special for refusal in direct for special in refusal.__subclasses__())]
    assert set(CATALOGUE["errors"]) == {refusal.code for refusal in refusals} | HTTP_ERRORS


def test_every_quota_has_a_text_that_names_its_size():
    from chalicelib.rules.accounts import quotas

    names = {quota.name for quota in vars(quotas).values() if isinstance(quota, quotas.Quota)}
    assert set(CATALOGUE["quotas"]) == names
    assert all("{most}" in words for entry in CATALOGUE["quotas"].values() for words in entry.values())


PYDANTIC_ERRORS = {
    "bool_type", "date_parsing", "date_type", "dict_type", "enum", "extra_forbidden", "greater_than",
    "greater_than_equal", "int_parsing", "int_parsing_size", "int_type", "less_than_equal", "list_type",
    "literal_error", "missing", "model_type", "string_pattern_mismatch", "string_too_long", "string_too_short",
    "string_type", "string_unicode", "too_long", "too_short", "union_tag_invalid", "union_tag_not_found",
    "uuid_parsing", "value_error",
}  # fmt: skip
"""Pydantic error types that the models can produce; `value_error` is the text for any other type."""


def test_every_field_error_text_belongs_to_a_code_in_use():
    modules = [path for path in FOLDER.parent.rglob("*.py") if path.parent != FOLDER]
    literals = {
        found for path in modules for found in re.findall(r'"([A-Z][A-Z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert set(CATALOGUE["invalid"]) - literals == PYDANTIC_ERRORS


def test_every_status_has_a_next_step():
    assert set(CATALOGUE["next_steps"]) == set(vocabulary.Status)


FRAME = ("footer", "open", "switch")
"""Texts that are common to all mails."""

OTHER_MAILS = {
    "account_created",
    "digest",
    "economies_all_decided",
    "economies_all_done",
    "economies_decided",
    "account_recovered_notice",
    "agent_email_changed_notice",
    "agent_new_device_notice",
    "agent_password_changed_notice",
    "email_changed_notice",
    "email_restored_notice",
    "new_device_notice",
    "email_code_change",
    "email_code_mailbox",
    "email_code_recover",
    "email_code_register",
    "passkey_added_notice",
    "passkey_removed_notice",
    "password_changed_notice",
    "second_factor_set_notice",
    "recovery_unknown",
    "registered_already",
}
"""Mails about accounts, and the digest."""


def test_every_message_and_mail_has_all_parts_of_its_text():
    def parts(section):
        found: dict[str, set[str]] = {}
        for key in CATALOGUE[section]:
            kind, part = key.split(".")
            found.setdefault(kind, set()).add(part)
        return found

    assert all({"title", "body"} <= found for found in parts("messages").values())
    assert all({"subject", "text"} <= found for kind, found in parts("mail").items() if kind not in FRAME)
    application_mails = set(parts("messages")) - set(recipients.ACCOUNT_EVENTS)
    assert set(parts("mail")) == application_mails | OTHER_MAILS | set(FRAME)
    sources = "".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.rglob("*.py"))
    assert {kind for kind in OTHER_MAILS if not re.search(rf'"{kind}[".]', sources)} == set()


def test_values_replace_placeholders_and_are_not_expanded_themselves():
    assert text("invalid", "too_long", max_length=90) == "最多90项。"
    assert text("invalid", "too_long", "en", max_length="{x}") == "At most {x} entries."
    assert text("messages", "economy_decided.body", economy="新加坡", decision="批准", person_number="N-01") == (
        "【新加坡】已批准：人员申请单N-01。"
    )


@pytest.mark.parametrize(
    ("section", "key", "language"), [("no", "no", "zh"), ("errors", "no", "zh"), ("errors", "INVALID", "fr")]
)
def test_an_unknown_text_raises_key_error(section, key, language):
    with pytest.raises(KeyError):
        text(section, key, language)


def test_a_missing_placeholder_value_raises_key_error():
    with pytest.raises(KeyError):
        text("invalid", "too_long")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("group_name", "团组名称"),
        ("tax_number", "纳税人识别号"),
        ("persons.3.name", "姓名"),
        ("content.persons.3.passport_number", "护照号"),
        ("pickup.phone", "收件人电话"),
        ("unknown_field", "unknown_field"),
        ("persons.0.unknown_field", "persons.0.unknown_field"),
    ],
)
def test_the_title_of_an_unknown_field_is_its_name(name, title):
    assert field_title(name) == title


@pytest.mark.parametrize(
    ("name", "form", "title"),
    [
        ("name", "agents", "姓名"),
        ("name", "enterprise", "企业名称"),
        ("uscc", "enterprise", "统一社会信用代码"),
        ("persons.3.name", "agents", "姓名"),
        ("unknown_field", "agents", "unknown_field"),
    ],
)
def test_a_form_can_have_titles_of_its_own(name, form, title):
    assert field_title(name, form=form) == title


@pytest.mark.parametrize("name", ["." * 1_000_000, "a." * 500_000, "persons.0." * 100_000])
def test_only_the_last_two_parts_of_an_arbitrary_path_are_looked_up(name):
    assert len(ends(name)) == 2
    assert all(end.count(".") < 2 for end in ends(name))
    assert field_title(name) == name


def test_the_longest_suffix_of_a_path_is_looked_up_first():
    assert ends("content.persons.3.name") == ["persons.name", "name"]


def test_fields_have_english_titles():
    assert field_title("uscc", "en") == "Unified social credit code"


def test_every_service_has_a_fee_and_a_card_costs_720_yuan():
    assert {code: fee.yuan for code, fee in data.fees().items()} == {
        "new_or_renewal": 720, "early_card": 720, "replace_card": 720, "change_passport": 0, "cancel_card": 0,
    }  # fmt: skip
    assert set(data.fees()) == set(vocabulary.Service)


# Files


def test_data_files_are_small_and_state_their_version_and_source():
    files = sorted(FOLDER.glob("*.json"))
    assert len(files) == 15
    for file in files:
        content = json.loads(file.read_text(encoding="utf-8"))
        assert re.fullmatch(r"\d{4}-\d{2}", content["version"])
        assert content["source"]
        assert file.stat().st_size < (150_000 if file.name == "regions.json" else 60_000)
