"""Merkle trees as in Certificate Transparency (RFC 6962, section 2.1): one digest for an ordered list of leaves."""

import hashlib
from collections.abc import Sequence


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf; leaves and inner nodes begin differently, so that none can be taken for the other."""
    return hashlib.sha256(b"\x00" + content).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves; over none it is the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        level = [_node(*level[place : place + 2]) for place in range(0, len(level), 2)]
    return level[0]


def path(leaves: Sequence[bytes], place: int) -> list[tuple[str, bytes]]:
    """What proves that a leaf is under the root: for each level the other half and its side, `left` or `right`."""
    found, level = [], list(leaves)
    while len(level) > 1:
        other = place ^ 1
        if other < len(level):
            found.append(("left" if other < place else "right", level[other]))
        level = [_node(*level[start : start + 2]) for start in range(0, len(level), 2)]
        place //= 2
    return found


def root_of_path(leaf: bytes, proof: Sequence[tuple[str, bytes]]) -> bytes:
    """The root to which a path leads from a leaf."""
    at = leaf
    for side, other in proof:
        at = _node(other, at) if side == "left" else _node(at, other)
    return at


def _node(left: bytes, right: bytes | None = None) -> bytes:
    """The hash of a node; the last one of an odd level goes up as it is."""
    return left if right is None else hashlib.sha256(b"\x01" + left + right).digest()
