"""The word of a recovery key: what it proves, and all that it does not."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.peers.successors import is_proven
from protocol import keys, proofs
from protocol.vocabulary.activities import succession
from tests.support.clock import START

OLD, NEW = "https://portici.example/coop", "https://portici-ospitalita.example/coop"
OTHER = "https://thief.example/coop"
KEY, ANOTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
METHOD = keys.did_method_of(KEY.public_key())
NAME = keys.did_of(keys.multikey_of(KEY.public_key()))


def signed(document, key=KEY, method=METHOD, created=START):
    return proofs.add_proof(document, key, method, created)


SAID = signed(succession(OLD, NEW, START))


def test_the_word_of_a_key_that_was_listed_proves_a_move():
    assert is_proven(SAID, OLD, NEW, [NAME], START)
    assert is_proven(SAID, OLD, NEW, ["did:key:zNonsense", NAME], START + timedelta(days=400))


@pytest.mark.parametrize(
    ("statement", "old", "new", "names"),
    [
        (SAID, OLD, OTHER, [NAME]),
        (SAID, OTHER, NEW, [NAME]),
        (SAID | {"target": OTHER}, OLD, OTHER, [NAME]),
        (SAID | {"published": "2027-01-06T10:00:00Z"}, OLD, NEW, [NAME]),
        (SAID, OLD, NEW, []),
        (SAID, OLD, NEW, ["did:key:zNonsense", "did:web:portici.example", OLD]),
        (signed(succession(OLD, NEW, START), ANOTHER), OLD, NEW, [NAME]),
        (signed(succession(OLD, NEW, START), KEY, f"{OLD}#ed25519-key"), OLD, NEW, [NAME]),
        (signed(succession(OLD, NEW, START) | {"type": "Follow"}), OLD, NEW, [NAME]),
        (signed(succession(OLD, NEW, START), created=START + timedelta(days=1)), OLD, NEW, [NAME]),
        (succession(OLD, NEW, START), OLD, NEW, [NAME]),
        (SAID | {"proof": "yes"}, OLD, NEW, [NAME]),
        (SAID | {"target": {"id": NEW}}, OLD, NEW, [NAME]),
        ("a word", OLD, NEW, [NAME]),
        (None, OLD, NEW, [NAME]),
        ([SAID, SAID], OLD, NEW, [NAME]),
    ],
    ids=[
        "another target",
        "another origin",
        "a changed target",
        "a changed date",
        "no key known",
        "names that are no keys",
        "another key",
        "another name for the key",
        "another deed",
        "from the future",
        "no proof",
        "a proof that is none",
        "not word for word",
        "text",
        "nothing",
        "several",
    ],
)
def test_anything_else_proves_nothing(statement, old, new, names):
    assert not is_proven(statement, old, new, names, START)
