"""Merkle trees as in RFC 9162, section 2.1: roots, and proofs that something is in them.

A tree is given by the hashes of its leaves, in their order. Proofs are lists of hashes, from the
leaf's side upwards, as the RFC orders them.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from protocol.errors import ProtocolError

EMPTY_ROOT = sha256(b"").digest()


class ProofRefused(ProtocolError):
    """A proof does not lead to the root that it should lead to."""

    default_code = "merkle-proof"


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """A tree that grows, by the roots of its full subtrees alone: at most one for each bit."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(hashes) != size.bit_count():
            raise ValueError(f"{len(hashes)} subtrees are no tree of {size} leaves")
        self.size = size
        self.hashes = list(hashes)
        """Largest subtree first."""

    def add(self, leaf: bytes) -> None:
        """Append the hash of a leaf."""
        self.hashes.append(leaf)
        self.size += 1
        for _merge in range((self.size & -self.size).bit_length() - 1):
            right, left = self.hashes.pop(), self.hashes.pop()
            self.hashes.append(node_hash(left, right))

    @property
    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        *larger, root = self.hashes
        for left in reversed(larger):
            root = node_hash(left, root)
        return root


def frontier(leaves: Iterable[bytes]) -> Frontier:
    tree = Frontier()
    for leaf in leaves:
        tree.add(leaf)
    return tree


def root(leaves: Iterable[bytes]) -> bytes:
    """MTH of section 2.1.1."""
    return frontier(leaves).root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH of section 2.1.3.1: that the leaf at index is in the tree of all leaves."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"there is no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root(leaves[:split])]


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes
) -> None:
    """Section 2.1.3.2. Raises ProofRefused."""
    if not 0 <= index < size:
        raise ProofRefused(f"There is no leaf {index} in a tree of {size}.")
    place, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            raise ProofRefused("The inclusion proof is longer than the tree is high.")
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    if last != 0 or found != expected:
        raise ProofRefused("The inclusion proof does not lead to the root.")


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """PROOF of section 2.1.4.1: that the tree of the first `old` leaves grew into this one."""
    if not 0 <= old <= len(leaves):
        raise ValueError(f"a tree of {len(leaves)} did not grow from one of {old}")
    return [] if old in (0, len(leaves)) else _subproof(leaves, old, whole=True)


def _subproof(leaves: Sequence[bytes], old: int, *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    split = _split(len(leaves))
    if old <= split:
        return [*_subproof(leaves[:split], old, whole=whole), root(leaves[split:])]
    return [*_subproof(leaves[split:], old - split, whole=False), root(leaves[:split])]


def check_consistency(
    old: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Section 2.1.4.2. Raises ProofRefused."""
    if not 0 <= old <= size:
        raise ProofRefused(f"A tree of {size} did not grow from one of {old}.")
    if old == 0 or old == size:
        expected = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != expected:
            raise ProofRefused("The consistency proof does not lead to the roots.")
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise ProofRefused("The consistency proof is empty.")
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for each in path[1:]:
        if last == 0:
            raise ProofRefused("The consistency proof is longer than the tree is high.")
        if place & 1 or place == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, each)
        place, last = place >> 1, last >> 1
    if last != 0 or before != old_root or after != new_root:
        raise ProofRefused("The consistency proof does not lead to the roots.")


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1
