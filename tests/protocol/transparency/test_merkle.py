"""RFC 9162 trees: published roots and paths, every proof of every small tree, and lies."""

import json
from pathlib import Path

import pytest

from protocol.transparency import merkle
from protocol.transparency.merkle import ProofRefused

CT = json.loads((Path(__file__).parents[2] / "vectors" / "merkle.json").read_text())
LEAVES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in CT["input"]["leaves_hex"]]
MANY = [merkle.leaf_hash(bytes([number])) for number in range(19)]


def test_the_roots_of_certificate_transparency_come_out():
    roots = [merkle.root(LEAVES[:size]).hex() for size in range(len(LEAVES) + 1)]
    assert roots == CT["expected"]["roots"]


def test_the_paths_of_certificate_transparency_come_out():
    for path in CT["expected"]["inclusion"]:
        proof = merkle.inclusion_proof(LEAVES[: path["size"]], path["index"])
        assert [each.hex() for each in proof] == path["path"]


def test_every_leaf_is_proven_in_every_tree_and_no_other_leaf_is():
    for size in range(1, len(MANY) + 1):
        root = merkle.root(MANY[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(MANY[:size], index)
            merkle.check_inclusion(MANY[index], index, size, proof, root)
            for leaf, at in ((MANY[(index + 1) % 19], index), (MANY[index], index + 1)):
                with pytest.raises(ProofRefused):
                    merkle.check_inclusion(leaf, at, size, proof, root)


def test_every_tree_is_proven_to_have_grown_from_every_earlier_one():
    for size in range(len(MANY) + 1):
        new = merkle.root(MANY[:size])
        for old in range(size + 1):
            proof = merkle.consistency_proof(MANY[:size], old)
            merkle.check_consistency(old, merkle.root(MANY[:old]), size, new, proof)


def test_a_tree_with_a_changed_leaf_has_not_grown_from_the_earlier_one():
    changed = [MANY[5], *MANY[1:]]
    for old in range(1, len(MANY)):
        proof = merkle.consistency_proof(changed, old)
        with pytest.raises(ProofRefused):
            merkle.check_consistency(
                old, merkle.root(MANY[:old]), len(changed), merkle.root(changed), proof
            )


def test_proofs_that_are_too_long_or_too_short_are_refused():
    root = merkle.root(MANY)
    proof = merkle.inclusion_proof(MANY, 3)
    for wrong in (proof[:-1], [*proof, proof[-1]], []):
        with pytest.raises(ProofRefused):
            merkle.check_inclusion(MANY[3], 3, 19, wrong, root)
    growth = merkle.consistency_proof(MANY, 6)
    for wrong in (growth[:-1], [*growth, growth[-1]], []):
        with pytest.raises(ProofRefused):
            merkle.check_consistency(6, merkle.root(MANY[:6]), 19, root, wrong)


def test_a_frontier_can_be_stored_and_taken_up_again():
    tree = merkle.Frontier()
    for leaf in MANY:
        tree = merkle.Frontier(tree.size, tree.hashes)
        tree.add(leaf)
        assert tree.root == merkle.root(MANY[: tree.size])
    with pytest.raises(ValueError, match="no tree"):
        merkle.Frontier(3, tree.hashes[:1])
