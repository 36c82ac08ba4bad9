"""草稿: how long they live, and what their list finds (F03-F10)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId
from chalicelib.rules.drafts import drafts
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.files import attachments
from chalicelib.rules.files.attachments import Attachment
from chalicelib.rules.forms.content import DraftContent, DraftPerson

SAVED = datetime(2026, 1, 1, 12, 30, 15, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CONTENT = {
    "group_name": "Autumn 团组",
    "contact": "测试己",
    "persons": [{"name": "测试甲"}, {"name": None}, {}, {"name": "Li Si"}],
}


def draft(saved_at=SAVED, **content):
    return Draft("d", AccountId("a"), saved_at, 1, content)


@pytest.mark.accepts("F04")
def test_a_draft_is_destroyed_180_times_24_hours_after_the_last_save():
    assert draft().purge_at == datetime(2026, 6, 30, 12, 30, 15, tzinfo=UTC)
    assert limits.DRAFT_LIFE.total_seconds() == 180 * 24 * 3600


@pytest.mark.accepts("F04")
def test_a_draft_lives_to_the_last_moment_and_not_longer():
    end = datetime(2026, 6, 30, 12, 30, 15, tzinfo=UTC)
    assert drafts.is_alive(draft(), end - timedelta(seconds=1))
    assert drafts.is_alive(draft(), end - timedelta(microseconds=1))
    assert not drafts.is_alive(draft(), end)


@given(MOMENTS, MOMENTS)
@example(SAVED, SAVED + timedelta(days=180))
def test_a_draft_is_due_exactly_when_it_is_not_alive(saved_at, now):
    due = saved_at <= drafts.last_saved_of_due(now)
    assert due is not drafts.is_alive(draft(saved_at), now)


@given(MOMENTS, st.integers(-12, 14))
def test_the_time_zone_does_not_change_when_a_draft_is_destroyed(saved_at, hours):
    elsewhere = saved_at.astimezone(timezone(timedelta(hours=hours)))
    assert drafts.purge_at(elsewhere) == drafts.purge_at(saved_at)


def test_at_most_20_drafts_are_kept():
    assert limits.MAX_DRAFTS == 20


@pytest.mark.accepts("F07")
def test_members_are_the_names_given_so_far():
    assert drafts.members(CONTENT) == ["测试甲", "Li Si"]
    assert drafts.members({}) == drafts.members({"persons": None}) == []


@pytest.mark.accepts("F06")
@pytest.mark.parametrize(
    ("group_name", "contact", "member", "found"),
    [
        (None, None, None, True),
        ("", "", "", True),
        ("团组", None, None, True),
        ("aUTUMN", None, None, True),
        ("spring", None, None, False),
        (None, "己", None, True),
        (None, "甲", None, False),
        (None, None, "试甲", True),
        (None, None, "li s", True),
        (None, None, "己", False),
        ("团", "己", "Si", True),
        ("团", "己", "none", False),
    ],
)
def test_the_filters_take_any_part_in_any_letter_case_and_all_must_fit(group_name, contact, member, found):
    assert drafts.matches(draft(**CONTENT), group_name, contact, member) is found


def test_a_draft_without_the_field_is_found_only_without_that_filter():
    assert drafts.matches(draft(), None, None, None)
    assert not drafts.matches(draft(group_name=None), "团", None, None)
    assert not drafts.matches(draft(), None, None, "甲")


@given(st.text(max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_any_part_of_a_name_finds_it(name, start, length):
    assert drafts.matches(draft(group_name=name), name[start : start + length], None, None)


def test_a_draft_does_not_print_its_content():
    assert "测试" not in repr(draft(**CONTENT))


# Schemas


SHORT = st.text(max_size=9) | st.none()
OLD_PERSONS = st.fixed_dictionaries(
    {}, optional={"name": st.text(max_size=9) | st.none(), "phone": st.text(max_size=9)}
)
OLD = st.fixed_dictionaries(
    {},
    optional={
        "group_name": SHORT,
        "persons": st.lists(OLD_PERSONS, max_size=3) | st.none(),
        "attachments": st.lists(st.text("abc", min_size=1, max_size=3), max_size=3) | st.none(),
    },
)


@given(OLD)
def test_a_draft_of_the_first_schema_keeps_what_it_says_and_gains_the_fields_it_did_not_know(old):
    new = drafts.upgraded(old, 1)
    assert new.keys() == DraftContent.model_fields.keys()
    assert {name: new[name] for name in old if old[name] is not None and name != "persons"} == {
        name: value for name, value in old.items() if value is not None and name != "persons"
    }
    for before, after in zip(old.get("persons") or [], new["persons"], strict=True):
        assert after == {**DraftPerson().model_dump(), **before}
    assert DraftContent.model_validate(new)
    assert drafts.upgraded(new, drafts.SCHEMA) == new
    assert drafts.upload_ids(new) == drafts.upload_ids(old)


def test_there_is_a_step_from_every_earlier_schema_and_none_from_a_newer_one():
    assert set(drafts.MIGRATIONS) == set(range(1, drafts.SCHEMA))
    with pytest.raises(Unavailable):
        drafts.upgraded({}, drafts.SCHEMA + 1)


# Uploads


def upload(day):
    return Attachment(
        "a.photo.jpg.1.s", "a", day, EnterpriseId("e"), "photo", "image/jpeg", 1, "uploads/e/a", "files/e/a"
    )


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(0, 1000))
@example(date(2026, 11, 21), 199)
@example(date(2026, 11, 21), 200)
def test_an_upload_that_is_not_renewed_outlives_a_draft_saved_now(day, age):
    today = day + timedelta(days=age)
    if attachments.needs_renewal(upload(day), today):
        assert age >= 200
    else:
        assert day + limits.UPLOAD_KEPT > today + limits.DRAFT_LIFE


def test_an_upload_of_no_known_day_is_renewed():
    assert attachments.needs_renewal(upload(date(2149, 1, 1)), date(2026, 11, 21))
