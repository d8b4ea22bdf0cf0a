"""Evidence and receipts as files: nothing else is needed, and no byte of them can be another."""

import json
import random

import pytest

from node.council.count import archive, files
from node.council.count.archive import ArchiveRefused
from node.council.words.statements import Kind, Statement
from protocol import jcs
from tests.node.council.chamber import Chamber, key, public, uri


@pytest.fixture(scope="module")
def chamber() -> Chamber:
    chamber = Chamber().found()
    chamber.opened()
    chamber.must(chamber.ballot("lanehead", "yes"))
    return chamber


@pytest.fixture(scope="module")
def receipt(chamber: Chamber) -> bytes:
    return receipt_of(chamber, chamber.head())


def receipt_of(chamber: Chamber, head: str) -> bytes:
    first, (entry, ballot) = chamber.record.charter, chamber.entries[-1]
    assert first is not None
    leaves = [each.leaf for each, _said in chamber.entries]
    without_effect = chamber.record.proposals["p1"].text.text
    return files.of_receipt([first.text, without_effect], ballot.text, entry, leaves, head)


def evidence_by(chamber: Chamber, name: str, signed_by: str, *also: Statement) -> bytes:
    """Two ballots of one number, shown by a coop. also: in its context, after the charter."""
    first = chamber.record.charter
    assert first is not None
    fields = {"code": "E1", "culprit": uri("pioneer"), "proposal": "p1"}
    context = [first.text, *(each.text for each in also)]
    two = [chamber.ballot("pioneer", said).text for said in ("yes", "no")]
    chamber.changed[name] = signed_by
    said = chamber.say(name, Kind.EVIDENCE, **fields, context=context, parts=two)
    del chamber.changed[name]
    return files.of_evidence(said)


def assert_refused(changed: bytes, charter: str | None = None) -> str:
    with pytest.raises(ArchiveRefused) as refused:
        files.verify(changed, charter)
    return refused.value.code


def test_a_receipt_says_which_coops_stored_a_ballot_and_when(chamber, receipt):
    found = files.verify(receipt, chamber.record.federation)
    assert isinstance(found, files.Stored)
    assert (found.ballot.coop, found.ballot["choice"]) == (uri("lanehead"), "yes")
    assert (found.index, found.size, found.at) == (
        len(chamber.entries) - 1,
        len(chamber.entries),
        chamber.now,
    )
    assert found.stored_by == tuple(
        uri(name) for name in ("camara", "lanehead", "mawimbi", "pioneer")
    )
    assert len(found.names) == 5
    assert assert_refused(receipt, "zQmOther") == "other-charter"


def test_a_receipt_that_too_few_coops_stored_or_another_ballot_proves_nothing(chamber, receipt):
    few = receipt_of(chamber, chamber.head(by=("camara", "lanehead", "mawimbi")))
    assert assert_refused(few) == "no-quorum"
    document = json.loads(receipt)
    other = chamber.ballot("lanehead", "no")
    for changed in (
        document | {"ballot": other.text},
        document | {"ballot": chamber.entries[-2][1].text},
        document | {"index": document["index"] - 1},
        document | {"path": document["path"][1:]},
        document | {"context": []},
        document | {"context": [*document["context"], other.text]},
        document | {"more": ""},
    ):
        assert_refused(jcs.canonical(changed))


def test_evidence_names_who_found_it_only_if_that_coop_signed_it(chamber):
    found = files.verify(evidence_by(chamber, "portici", "coop"), chamber.record.federation)
    assert isinstance(found, files.Proven)
    assert (found.finding.code, found.finding.culprit) == ("E1", uri("pioneer"))
    assert (found.found_by, found.is_by_former_key) == (uri("portici"), False)
    stranger = files.verify(evidence_by(chamber, "portici", "somebody's"))
    assert isinstance(stranger, files.Proven)
    assert (stranger.finding, stranger.found_by) == (found.finding, None)
    data = evidence_by(chamber, "portici", "coop")
    assert assert_refused(data, "zQmOther") == "other-charter"


def test_two_words_by_a_key_that_was_replaced_are_told_apart():
    chamber = Chamber().found()
    chamber.opened()
    asked = chamber.must(
        chamber.say(
            "pioneer",
            Kind.REPLACEMENT,
            key("pioneer", "next"),
            old=public("pioneer", "coop"),
            key=public("pioneer", "next"),
            witness=public("pioneer", "next witness"),
            reason="A laptop is gone.",
        )
    )
    found = files.verify(evidence_by(chamber, "portici", "coop", asked))
    assert isinstance(found, files.Proven)
    assert found.is_by_former_key


@pytest.mark.parametrize("kind", ["receipt", "evidence"])
def test_no_byte_and_no_spelling_can_be_another(chamber, receipt, kind):
    data = receipt if kind == "receipt" else evidence_by(chamber, "portici", "coop")
    chance = random.Random(kind)
    places = [*range(40), *chance.sample(range(len(data)), 260), *range(len(data) - 40, len(data))]
    for place in places:
        other = chance.choice([each for each in range(256) if each != data[place]])
        assert_refused(data[:place] + bytes([other]) + data[place + 1 :])
        assert_refused(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    document = json.loads(data)
    for changed in (
        json.dumps(document).encode(),
        data + b"\n",
        data.replace(b'"format"', b'"f\\u006frmat"'),
        b"{}",
        b"",
    ):
        assert_refused(changed)


def test_a_decision_is_still_recounted_by_the_same_door():
    decided = Chamber(("camara", "lanehead")).found().decided({"camara": "yes"})
    found = files.verify(decided.archive(), decided.record.federation)
    assert isinstance(found, archive.Verdict)
