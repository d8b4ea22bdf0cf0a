"""A decision as a file: recounted offline, and refused when one byte of it is another."""

import json
import random

import pytest

from node.council.count import archive, counting
from node.council.count.archive import ArchiveRefused
from protocol import jcs
from tests.node.council.chamber import Chamber, uri

VOTES = {"camara": "yes", "lanehead": "yes", "mawimbi": "no"}


@pytest.fixture(scope="module")
def decided() -> Chamber:
    return Chamber(("camara", "lanehead", "mawimbi")).found().decided(VOTES)


@pytest.fixture(scope="module")
def data(decided: Chamber) -> bytes:
    return decided.archive()


def test_an_archive_is_recounted_with_nothing_else(decided, data):
    verdict = archive.verify(data, decided.record.federation)
    assert (verdict.result["tally"]["outcome"], verdict.is_decided) == ("passed", True)
    assert verdict.agreed == tuple(uri(name) for name in decided.coops)
    assert (verdict.title, verdict.name) == ("A ceiling for referral fees", "Toad Lane")
    with pytest.raises(ArchiveRefused, match="not in"):
        archive.verify(data, decided.record.federation[:-1] + "x")


def test_any_byte_counts(data):
    """A flip, a loss and an addition at places all over the file."""
    chance = random.Random(9)
    places = [
        *range(30),
        *chance.sample(range(len(data)), 120),
        *range(len(data) - 60, len(data)),
    ]
    for place in places:
        assert_refused(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    for place in chance.sample(places, 20):
        assert_refused(data[:place] + data[place + 1 :])
        assert_refused(data[:place] + b" " + data[place:])


@pytest.mark.parametrize("part", ["ballot", "row", "certificate", "head"])
def test_any_other_byte_of_a_part_is_refused(data, part):
    """Whatever the byte becomes: another letter or digit leaves the file a readable one."""
    document = json.loads(data)
    told = [document["head"]] if part == "head" else document["statements"]
    text = next(each for each in told if part == "head" or f'"kind":"{part}"' in each)
    escaped = json.dumps(text, ensure_ascii=False)[1:-1].encode()
    start, chance = data.index(escaped), random.Random(part)
    for place in chance.sample(range(start, start + len(escaped)), 40):
        other = chance.choice([each for each in range(256) if each != data[place]])
        assert_refused(data[:place] + bytes([other]) + data[place + 1 :])


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_every_byte_counts(data):
    for place in range(len(data)):
        assert_refused(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])


def assert_refused(changed: bytes) -> None:
    with pytest.raises(ArchiveRefused):
        archive.verify(changed)


def test_no_other_spelling_of_the_same_archive_is_taken(data):
    document = json.loads(data)
    for other in (
        json.dumps(document).encode(),
        json.dumps(document, separators=(",", ":")).encode() + b"\n",
        data.replace(b'"format"', b'"f\\u006frmat"'),
    ):
        with pytest.raises(ArchiveRefused):
            archive.verify(other)


def test_nothing_can_be_left_out_or_put_in(data):
    document = json.loads(data)
    head = document["head"]
    for changed in (
        document | {"statements": document["statements"][:-1]},
        document | {"statements": [*document["statements"], document["statements"][-1]]},
        document | {"entries": document["entries"][:-1], "statements": document["statements"][:-1]},
        document | {"head": head.rpartition("— ")[0]},
        document | {"head": head + head.rpartition("\n— ")[1] + head.rpartition("— ")[2]},
        document | {"proposal": "p2"},
        document | {"more": ""},
    ):
        with pytest.raises(ArchiveRefused):
            archive.verify(jcs.canonical(changed))


def test_a_certificate_that_no_recount_gives_is_refused_and_says_where_it_differs():
    chamber = Chamber().found()
    proposal = chamber.opened()
    for name, vote in VOTES.items():
        chamber.must(chamber.ballot(name, vote))
    head = chamber.head()
    chamber.now = proposal.moment("closesAt")
    chamber.must(chamber.close([head]))
    chamber.must(chamber.certify(outcome="rejected"))
    chamber.attest()
    with pytest.raises(ArchiveRefused, match=r"differs first in “tally\.outcome”") as refused:
        archive.verify(chamber.archive())
    assert refused.value.code == "wrong-tally"
    said = chamber.record.proposals["p1"].attestations.values()
    assert {each["verdict"] for each in said} == {"dissent"}
    found = chamber.record.proposals["p1"]
    assert found.certificate is not None
    theirs, ours = found.certificate["result"], counting.recount(chamber.record, found)
    assert counting.first_difference(theirs, ours) == {"field": "tally.outcome", "ballots": []}
