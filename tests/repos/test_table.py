"""The table: all parts or none, and one winner."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.repos.table import table
from tests.support.items import Refused, attributes, fresh, refused

pytestmark = pytest.mark.usefixtures("cloud_resources")


def test_all_parts_are_written_together():
    new, old, gone = fresh(), fresh(version=1, count=5), fresh(version=1)
    table.commit(
        table.put({"pk": new[0], "sk": new[1], "name": "甲", "empty": None}, only_new=refused("new")),
        table.change(old, assign={"version": 2}, add={"count": 3}, condition="#version = :seen", values={"seen": 1}),
        table.delete(gone, {"version": 1}, refused("gone")),
    )
    assert [attributes(at) for at in (new, old, gone)] == [{"name": "甲"}, {"version": 2, "count": 8}, None]


@pytest.mark.parametrize("failing", ["new", "replaced", "changed", "deleted", "checked"])
def test_if_one_part_fails_none_is_written_and_its_own_refusal_is_raised_with_the_item_as_it_stands(failing):
    ats = {name: fresh(version=1) for name in ("replaced", "changed", "deleted", "checked")}
    seen = {name: 7 if name == failing else 1 for name in ats}
    taken, free = fresh(version=1), fresh()
    pk, sk = taken if failing == "new" else free
    writes = [
        table.put({"pk": pk, "sk": sk}, only_new=refused("new")),
        table.replace(
            dict(zip(("pk", "sk"), ats["replaced"], strict=True)), {"version": seen["replaced"]}, refused("replaced")
        ),
        table.change(
            ats["changed"],
            add={"version": 1},
            condition="#version = :seen",
            values={"seen": seen["changed"]},
            refusal=refused("changed"),
        ),
        table.delete(ats["deleted"], {"version": seen["deleted"]}, refused("deleted")),
        table.check(ats["checked"], {"version": seen["checked"]}, refused("checked")),
    ]
    with pytest.raises(Refused) as caught:
        table.commit(*writes)
    name, old = caught.value.args
    assert (name, old["version"]) == (failing, 1)
    assert all(attributes(at) == {"version": 1} for at in ats.values())
    assert table.get(free) is None


def test_the_first_failing_part_speaks_and_a_missing_item_is_none():
    with pytest.raises(Refused) as caught:
        table.commit(
            table.check(fresh(version=1), {"version": 1}, refused("fine")),
            table.delete(fresh(), {"version": 1}, refused("missing")),
            table.check(fresh(version=1), {"version": 2}, refused("later")),
        )
    assert caught.value.args == ("missing", None)


def test_attributes_are_dropped_and_counters_begin_at_zero():
    at = fresh(code="123456", tries=1)
    table.commit(table.change(at, drop=["code", "absent"], add={"tries": -1, "uses": 2}))
    assert attributes(at) == {"tries": 0, "uses": 2}


def test_32_writers_on_one_version_have_exactly_one_winner_in_each_of_50_rounds():
    at = fresh(version=0, by=-1)
    with ThreadPoolExecutor(32) as pool:
        for version in range(50):
            start = Barrier(32)

            def write(who, start=start, version=version):
                start.wait()
                write = table.change(
                    at,
                    assign={"version": version + 1, "by": who},
                    condition="#version = :seen",
                    values={"seen": version},
                    refusal=refused(who),
                )
                try:
                    table.commit(write)
                except Refused as lost:
                    return lost.args[1]["version"]
                return f"won by {who}"

            outcomes = list(pool.map(write, range(32)))
            assert sorted(map(str, outcomes))[:31] == [str(version + 1)] * 31
            stored = attributes(at)
            assert stored
            assert f"won by {stored['by']}" in outcomes
            assert stored["version"] == version + 1


def test_a_counter_gives_every_number_once():
    at = fresh()
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(lambda _: table.count_up(at, "last"), range(320)))
    assert sorted(numbers) == list(range(1, 321))


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8),
        st.recursive(
            st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=20) | st.binary(min_size=1, max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=8,
        ),
    )
)
def test_an_item_comes_back_with_the_same_values_and_types(item):
    back = table.load(table.dump({**item, "\x00none": None}))
    assert back == item
    assert {name: type(value) for name, value in back.items()} == {name: type(value) for name, value in item.items()}
