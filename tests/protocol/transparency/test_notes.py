"""Signed notes, checkpoints and cosignatures, byte for byte as others write them."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.errors import MalformedDocument, SignatureInvalid
from protocol.transparency import checkpoints, merkle, notes, witness
from protocol.transparency.checkpoints import Checkpoint
from protocol.transparency.witness import SplitView, State, WitnessRefused

# The example of Go's golang.org/x/mod/sumdb/note.
NEUMANN = "PeterNeumann"
NEUMANN_KEY = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"  # after the byte of the algorithm
NEUMANN_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NEUMANN_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501

# The example of C2SP tlog-cosignature.
SOFA = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501

LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ORIGIN = "rochdale/zQmExample"
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(9)]


def signed(size: int, leaves=LEAVES) -> str:
    root = merkle.root(leaves[:size])
    return str(checkpoints.sign(Checkpoint(ORIGIN, size, root, ("epoch 0",)), LOG))


def judged(state: State, old: int, size: int, leaves=LEAVES):
    proof = merkle.consistency_proof(leaves[:size], min(old, size))
    return witness.judge(
        state, old, proof, signed(size, leaves), origin=ORIGIN, log_key=LOG.public_key()
    )


def test_the_note_of_the_go_library_verifies_and_is_made_alike():
    note = notes.parse(NEUMANN_NOTE)
    key = Ed25519PublicKey.from_public_bytes(notes.decode(NEUMANN_KEY)[1:])
    notes.verify(note, NEUMANN, key)
    seed = notes.decode(NEUMANN_SEED)[1:]
    ours = notes.sign(note.text, NEUMANN, Ed25519PrivateKey.from_private_bytes(seed))
    assert str(notes.Note(note.text, (ours,))) == NEUMANN_NOTE
    with pytest.raises(SignatureInvalid):
        notes.verify(notes.parse(NEUMANN_NOTE.replace("answer", "Answer")), NEUMANN, key)


def test_the_checkpoint_of_the_specification_is_read_and_written_alike():
    note = notes.parse(SOFA)
    checkpoint = checkpoints.parse_text(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == note.text
    assert str(note) == SOFA
    cosignature = note.signatures[1]
    assert cosignature.name == "witness.example.com/w1"
    assert int.from_bytes(cosignature.value[:8]) == 1679315147
    assert checkpoints.cosigned(note.text, 1679315147) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_what_is_not_written_as_a_note_must_be_is_no_note():
    for bad in (
        SOFA[:-1],
        SOFA.replace("\n\n", "\n"),
        SOFA.replace("— w", "- w"),
        SOFA.replace("nA==", "nB=="),
        SOFA.replace("— example", "—  example"),
        SOFA.replace("qnA==\n", "qnA==\n\n"),
        SOFA.replace("20852163", "2085\r2163"),
        "",
    ):
        with pytest.raises(MalformedDocument):
            notes.parse(bad)
    for bad in ("020852163", "-1", "1e3", " 1"):
        with pytest.raises(MalformedDocument):
            checkpoints.parse_text(notes.parse(SOFA.replace("20852163", bad)).text)


def test_a_cosignature_fits_one_text_one_time_and_one_key():
    _checkpoint, note = checkpoints.opened(signed(3), ORIGIN, LOG.public_key())
    line = checkpoints.cosign(note, "lanehead.example/coop", WITNESS, 1_799_143_200)
    told = notes.parse(str(checkpoints.with_signatures(note, [line])))
    known = {"lanehead.example/coop": WITNESS.public_key()}
    [found] = checkpoints.cosignatures(told, known)
    assert found.time == 1_799_143_200
    assert checkpoints.cosignatures(told, {"lanehead.example/coop": LOG.public_key()}) == []
    assert checkpoints.cosignatures(told, {"portici.example/coop": WITNESS.public_key()}) == []
    later = line.key_id + (1_799_143_201).to_bytes(8) + line.value[8:]
    changed = str(told).replace(line.line, f"— {line.name} {notes.encode(later)}\n")
    assert checkpoints.cosignatures(notes.parse(changed), known) == []


def test_a_median_stands_while_fewer_than_half_of_the_clocks_are_wrong():
    times = [
        checkpoints.Cosignature(name, time)
        for name, time in zip("abcde", (5, 6, 7, 0, 99), strict=True)
    ]
    assert checkpoints.median_time(times) == 6
    assert checkpoints.median_time(times[:4]) == 6
    assert checkpoints.median_time([]) is None


def test_a_witness_goes_from_what_it_cosigned_last_and_from_nothing_else():
    checkpoint, _note = judged(State(), 0, 3)
    state = State(checkpoint.size, checkpoint.root)
    assert judged(state, 3, 8)[0].size == 8
    assert judged(state, 3, 3)[0].size == 3
    with pytest.raises(WitnessRefused) as refused:
        judged(state, 2, 8)
    assert (refused.value.status, refused.value.size) == (409, 3)
    with pytest.raises(WitnessRefused) as refused:
        judged(state, 3, 2)
    assert refused.value.status == 400


def test_a_witness_refuses_another_history():
    other = [LEAVES[8], *LEAVES[1:]]
    checkpoint, _note = judged(State(), 0, 3)
    state = State(checkpoint.size, checkpoint.root)
    with pytest.raises(SplitView):
        judged(state, 3, 3, other)
    with pytest.raises(WitnessRefused) as refused:
        judged(state, 3, 8, other)
    assert refused.value.status == 422


def test_a_witness_takes_no_checkpoint_of_another_log_or_key():
    for origin, key in ((ORIGIN, WITNESS), ("rochdale/zQmOther", LOG)):
        with pytest.raises(WitnessRefused) as refused:
            witness.judge(State(), 0, [], signed(3), origin=origin, log_key=key.public_key())
        assert refused.value.status == 403
