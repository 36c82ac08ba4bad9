"""Drafts (草稿): lifetime, list filters and schema migrations (F03-F10)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.rules.base import limits
from chalicelib.rules.base.errors import Unavailable
from chalicelib.rules.base.vocabulary import AccountId
from chalicelib.rules.drafts import drafts, lifetime
from chalicelib.rules.drafts.drafts import Draft
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
def test_a_draft_is_purged_180_times_24_hours_after_the_last_save():
    assert draft().purge_at == datetime(2026, 6, 30, 12, 30, 15, tzinfo=UTC)
    assert limits.DRAFT_LIFE.total_seconds() == 180 * 24 * 3600


@pytest.mark.accepts("F04")
def test_a_draft_is_alive_until_its_purge_time_exclusive():
    end = datetime(2026, 6, 30, 12, 30, 15, tzinfo=UTC)
    assert drafts.is_alive(draft(), end - timedelta(seconds=1))
    assert drafts.is_alive(draft(), end - timedelta(microseconds=1))
    assert not drafts.is_alive(draft(), end)


@given(MOMENTS, MOMENTS)
@example(SAVED, SAVED + timedelta(days=180))
def test_a_draft_is_due_for_purge_exactly_when_it_is_not_alive(saved_at, now):
    due = saved_at <= lifetime.last_saved_of_due(now)
    assert due is lifetime.is_due(saved_at, now)
    assert due is not drafts.is_alive(draft(saved_at), now)


@given(MOMENTS, st.integers(-12, 14))
def test_the_purge_time_does_not_depend_on_the_time_zone(saved_at, hours):
    in_another_zone = saved_at.astimezone(timezone(timedelta(hours=hours)))
    assert lifetime.purge_at(in_another_zone) == lifetime.purge_at(saved_at)


def test_an_account_has_at_most_20_drafts():
    assert limits.MAX_DRAFTS == 20


@pytest.mark.accepts("F07")
def test_members_are_the_names_that_are_filled_in():
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
def test_filters_match_any_substring_ignoring_case_and_all_filters_must_match(group_name, contact, member, found):
    assert drafts.matches(draft(**CONTENT), group_name, contact, member) is found


def test_a_filter_does_not_match_a_draft_without_that_field():
    assert drafts.matches(draft(), None, None, None)
    assert not drafts.matches(draft(group_name=None), "团", None, None)
    assert not drafts.matches(draft(), None, None, "甲")


@given(st.text(max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_any_substring_of_the_group_name_matches(name, start, length):
    assert drafts.matches(draft(group_name=name), name[start : start + length], None, None)


def test_the_repr_of_a_draft_does_not_contain_its_content():
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
def test_a_draft_of_schema_1_keeps_its_values_and_gains_the_fields_added_since(old):
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


def test_every_earlier_schema_has_a_migration_and_a_newer_schema_is_refused():
    assert set(drafts.MIGRATIONS) == set(range(1, drafts.SCHEMA))
    with pytest.raises(Unavailable):
        drafts.upgraded({}, drafts.SCHEMA + 1)
