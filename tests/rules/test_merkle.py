"""Merkle trees: the root over any list of leaves, and paths that lead to it."""

import hashlib

import pytest

from chalicelib.rules.base import merkle

LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(17)]


def test_the_roots_of_known_lists_are_those_of_rfc_6962():
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    first, second, third = LEAVES[:3]
    pair = hashlib.sha256(b"\x01" + first + second).digest()
    assert merkle.root([first, second, third]) == hashlib.sha256(b"\x01" + pair + third).digest()


@pytest.mark.parametrize("size", range(1, 18))
def test_every_leaf_has_a_path_to_the_root_and_to_no_other(size):
    root = merkle.root(LEAVES[:size])
    for place in range(size):
        path = merkle.path(LEAVES[:size], place)
        assert merkle.root_of_path(LEAVES[place], path) == root
        assert merkle.root_of_path(LEAVES[place - 1], path) != root or size == 1
        assert len(path) <= 5


def test_a_leaf_more_or_in_another_place_gives_another_root():
    roots = {merkle.root(LEAVES[:size]) for size in range(18)}
    assert len(roots) == 18
    assert merkle.root(LEAVES[::-1]) != merkle.root(LEAVES)
