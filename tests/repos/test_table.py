"""The table: transactions are all-or-nothing, and one of several concurrent writers succeeds."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.repos.table import table
from tests.support.items import Refused, attributes, fresh, refused

pytestmark = pytest.mark.usefixtures("cloud_resources")


def test_a_transaction_writes_all_of_its_parts():
    new, old, deleted = fresh(), fresh(version=1, count=5), fresh(version=1)
    table.commit(
        table.put({"pk": new[0], "sk": new[1], "name": "甲", "empty": None}, only_new=refused("new")),
        table.change(old, assign={"version": 2}, add={"count": 3}, condition="#version = :seen", values={"seen": 1}),
        table.delete(deleted, {"version": 1}, refused("gone")),
    )
    assert [attributes(key) for key in (new, old, deleted)] == [{"name": "甲"}, {"version": 2, "count": 8}, None]


@pytest.mark.parametrize("failing", ["new", "replaced", "changed", "deleted", "checked"])
def test_a_failed_part_prevents_all_writes_and_raises_its_own_refusal_with_the_stored_item(failing):
    keys = {name: fresh(version=1) for name in ("replaced", "changed", "deleted", "checked")}
    seen = {name: 7 if name == failing else 1 for name in keys}
    taken, free = fresh(version=1), fresh()
    pk, sk = taken if failing == "new" else free
    writes = [
        table.put({"pk": pk, "sk": sk}, only_new=refused("new")),
        table.replace(
            dict(zip(("pk", "sk"), keys["replaced"], strict=True)), {"version": seen["replaced"]}, refused("replaced")
        ),
        table.change(
            keys["changed"],
            add={"version": 1},
            condition="#version = :seen",
            values={"seen": seen["changed"]},
            refusal=refused("changed"),
        ),
        table.delete(keys["deleted"], {"version": seen["deleted"]}, refused("deleted")),
        table.check(keys["checked"], {"version": seen["checked"]}, refused("checked")),
    ]
    with pytest.raises(Refused) as caught:
        table.commit(*writes)
    name, old = caught.value.args
    assert (name, old["version"]) == (failing, 1)
    assert all(attributes(key) == {"version": 1} for key in keys.values())
    assert table.get(free) is None


def test_the_first_failed_part_raises_its_refusal_and_a_missing_item_is_none():
    with pytest.raises(Refused) as caught:
        table.commit(
            table.check(fresh(version=1), {"version": 1}, refused("fine")),
            table.delete(fresh(), {"version": 1}, refused("missing")),
            table.check(fresh(version=1), {"version": 2}, refused("later")),
        )
    assert caught.value.args == ("missing", None)


def test_a_change_drops_attributes_and_starts_missing_counters_at_zero():
    key = fresh(code="123456", tries=1)
    table.commit(table.change(key, drop=["code", "absent"], add={"tries": -1, "uses": 2}))
    assert attributes(key) == {"tries": 0, "uses": 2}


def test_exactly_one_of_32_concurrent_writers_of_a_version_succeeds_in_each_of_50_rounds():
    key = fresh(version=0, by=-1)
    with ThreadPoolExecutor(32) as pool:
        for version in range(50):
            start = Barrier(32)

            def write(who, start=start, version=version):
                start.wait()
                write = table.change(
                    key,
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
            stored = attributes(key)
            assert stored
            assert f"won by {stored['by']}" in outcomes
            assert stored["version"] == version + 1


def test_concurrent_increments_of_a_counter_return_every_number_once():
    key = fresh()
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(lambda _: table.count_up(key, "last"), range(320)))
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
def test_a_stored_item_is_read_with_the_same_values_and_types(item):
    back = table.load(table.dump({**item, "\x00none": None}))
    assert back == item
    assert {name: type(value) for name, value in back.items()} == {name: type(value) for name, value in item.items()}
