"""The budgets of every page: bytes of the first load, requests one after another, and nothing that moves."""

from collections.abc import Iterator

import pytest

from testing.addresses import addresses
from testing.page_cost import FIRST_LOAD_BYTES, LAYOUT_SHIFT, REQUESTS_DEEP, cost, depth
from testing.running import Sandbox, sandbox_in
from testing.steps import Enterprise, content, decide, register, submit

PLAIN = [address for address in addresses() if ":" not in address.pattern and address.pattern != "/design"]
"""The pages without parameters; `make bench-web` measures those with a large application."""


ROWS = 25
"""Applications of the enterprise, all of which wait at the desk: more than a screen shows."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of its own: the more rows a list has, the further they move what is below them."""
    with sandbox_in(tmp_path_factory.mktemp("page_cost") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def enterprise(sandbox: Sandbox) -> Enterprise:
    """An enterprise whose applications an office has passed on."""
    new, office = register(sandbox), sandbox.officer("fao-hunan")
    form = content(new.client)
    for _ in range(ROWS):
        decide(office, submit(new.client, form)["number"], "pass")
    return new


@pytest.mark.parametrize("address", PLAIN, ids=lambda address: address.pattern)
def test_a_page_is_small_shallow_and_does_not_move_while_it_loads(tab, enterprise, sandbox, address):
    if address.audience != "open":
        tab.enter(sandbox.officer("consular") if address.audience == "office" else enterprise.client)
    found = cost(tab.context, f"{tab.origin}{address.pattern}")
    assert 10_000 < found.bytes <= FIRST_LOAD_BYTES
    assert found.deep <= REQUESTS_DEEP
    assert found.shift <= LAYOUT_SHIFT


def test_a_second_visit_does_not_load_the_reference_data_again(signed_in):
    statuses = []
    signed_in.open("/applications")
    again = signed_in.context.new_page()
    session = signed_in.context.new_cdp_session(again)
    session.send("Network.enable")
    session.on("Network.responseReceivedExtraInfo", lambda event: statuses.append(event["statusCode"]))
    again.goto(f"{signed_in.origin}/applications", wait_until="networkidle")
    assert 304 in statuses


@pytest.mark.parametrize(
    ("spans", "expected"),
    [([], 0), ([(0, 2), (1, 3)], 1), ([(0, 1), (1, 2), (0, 2)], 2), ([(4, 5), (0, 1), (2, 3)], 3)],
)
def test_the_depth_is_the_longest_chain_of_requests(spans, expected):
    assert depth(spans) == expected
