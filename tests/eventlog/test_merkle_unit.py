"""Our trees against a naive one written from the RFC's definitions, and against the RFC's known roots."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlog.merkle import EMPTY_ROOT, Frontier, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion

KNOWN = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
"""The leaves of Certificate Transparency's own reference tests."""

ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",  # pragma: allowlist secret
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",  # pragma: allowlist secret
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",  # pragma: allowlist secret
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",  # pragma: allowlist secret
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",  # pragma: allowlist secret
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",  # pragma: allowlist secret
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",  # pragma: allowlist secret
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",  # pragma: allowlist secret
}
"""Their roots, by the number of leaves."""


def mth(leaves: list[bytes]) -> bytes:
    """Merkle tree hash, as RFC 6962 2.1 defines it. leaves: the data."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = max(1 << n for n in range(32) if 1 << n < len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D), RFC 6962 2.1.1."""
    if len(leaves) == 1:
        return []
    k = max(1 << n for n in range(32) if 1 << n < len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """PROOF(m, D) and SUBPROOF(m, D, b), RFC 6962 2.1.2."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = max(1 << n for n in range(32) if 1 << n < len(leaves))
    if m <= k:
        return [*proof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*proof(m - k, leaves[k:], False), mth(leaves[:k])]


def data(size: int) -> list[bytes]:
    return [n.to_bytes(4, "big") for n in range(size)]


def tree_of(leaves: list[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    return tree


def test_the_known_roots() -> None:
    assert sha256(b"").digest() == EMPTY_ROOT
    tree = tree_of(KNOWN)
    frontier = Frontier()
    for size, leaf in enumerate(KNOWN, 1):
        frontier = frontier.append(leaf_hash(leaf))
        assert frontier.root.hex() == tree.root(size).hex() == ROOTS[size]


@given(st.integers(0, 200))
def test_frontier_and_tree_are_the_naive_tree(size: int) -> None:
    leaves = data(size)
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf_hash(leaf))
    assert frontier.valid
    assert frontier == tree_of(leaves).frontier
    assert frontier.root == tree_of(leaves).root() == mth(leaves)


@given(st.data())
def test_inclusion_proofs_are_the_rfcs_and_hold(draw: st.DataObject) -> None:
    size = draw.draw(st.integers(1, 150))
    index, grown = draw.draw(st.integers(0, size - 1)), draw.draw(st.integers(0, 40))
    leaves = data(size + grown)
    made = tree_of(leaves).inclusion(index, size)
    assert made == path(index, leaves[:size])
    root, leaf = mth(leaves[:size]), leaf_hash(leaves[index])
    assert verify_inclusion(leaf, index, size, made, root)
    for wrong in (index + 1, index - 1, size, -1):
        assert not verify_inclusion(leaf, wrong, size, made, root)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, made, root)
    assert not verify_inclusion(leaf, index, size, [*made, root], root)
    assert not made or not verify_inclusion(leaf, index, size, made[:-1], root)
    assert not verify_inclusion(leaf, index, size, made, leaf) or size == 1


@given(st.data())
def test_consistency_proofs_are_the_rfcs_and_hold(draw: st.DataObject) -> None:
    size = draw.draw(st.integers(1, 150))
    old, grown = draw.draw(st.integers(1, size)), draw.draw(st.integers(0, 40))
    leaves = data(size + grown)
    made = tree_of(leaves).consistency(old, size)
    assert made == proof(old, leaves[:size])
    before, after = mth(leaves[:old]), mth(leaves[:size])
    assert verify_consistency(old, size, before, after, made)
    rewritten = mth([b"another", *leaves[1:old]])
    assert not verify_consistency(old, size, rewritten, after, made)
    assert not verify_consistency(old, size, before, mth([*leaves[: size - 1], b"x"]), made)
    assert not verify_consistency(old, size, before, after, [*made, after])
    assert not verify_consistency(0, size, before, after, made)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (0, 4)])
def test_what_the_tree_does_not_hold_is_not_proved(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        tree_of(data(3)).inclusion(index, size)
    with pytest.raises(ValueError, match="no tree"):
        tree_of(data(3)).consistency(0, 3)


def test_a_leaf_is_never_taken_for_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
