"""Votes that come again: once, on the same words, a week later, and without a quorum."""

from datetime import timedelta

import pytest

from node.council.count import archive, counting
from node.council.words.statements import Kind
from protocol import datetimes
from tests.node.council.chamber import QUICK, Chamber, uri

THREE = ("camara", "lanehead", "mawimbi")
HALF = QUICK["rule"] | {"quorum": {"fraction": "1/2", "cmp": ">=", "counts": "participants"}}
CONSENT = QUICK | {
    "rule": {"method": "consent", "quorum": "1/3"},
    "facilitator": uri("camara"),
    "convertsTo": "ordinary",
}
NO = {"objection": {"reason": "It costs us a day a week.", "aim": "Work that one can live on."}}


def outcome(chamber: Chamber) -> str:
    found = counting.recount(chamber.record, chamber.record.proposals[chamber.current])
    return str(found["tally"]["outcome"])


@pytest.fixture
def inquorate() -> Chamber:
    """One of three voted, where half must."""
    ordinary = QUICK | {"rule": HALF}
    return Chamber(THREE).found(classes={"ordinary": ordinary}).decided({"lanehead": "yes"})


def test_a_vote_that_lacked_its_quorum_is_held_once_more_without_one(inquorate: Chamber) -> None:
    chamber = inquorate
    first = chamber.record.proposals["p1"].text
    assert outcome(chamber) == "inquorate"
    chamber.current = "p1-second"
    early = first.moment("closesAt") + timedelta(days=6, hours=23)
    late = early + timedelta(days=3)
    times = {
        "closesAt": datetimes.format(late),
        "finalizeBy": datetimes.format(late + timedelta(days=9)),
    }
    at = {"opensAt": datetimes.format(early)}
    assert chamber.why_not(chamber.propose(**times, **at)) == "round-too-early"
    chamber.wait(days=7)
    assert chamber.why_not(chamber.propose(title="Another")) == "other-words"
    assert chamber.why_not(chamber.propose("p1-vote")) == "no-such-round"
    assert chamber.why_not(chamber.propose("p9-second")) == "no-such-round"
    chamber.opened()
    chamber.voted({"mawimbi": "yes"})
    assert outcome(chamber) == "passed"
    verdict = archive.verify(chamber.archive(), chamber.record.federation)
    assert verdict.is_decided
    assert "quorum" not in verdict.result["rule"]
    assert chamber.why_not(chamber.propose()) == "proposal-known"


def test_what_was_voted_down_does_not_come_again(inquorate: Chamber) -> None:
    chamber = Chamber(THREE).found().decided({"lanehead": "no", "mawimbi": "no"})
    chamber.wait(days=8)
    assert chamber.why_not(chamber.propose("p1-second")) == "no-such-round"


def by_consent() -> Chamber:
    classes = {"ordinary": QUICK, "consent": CONSENT | {"secondRound": True}}
    return Chamber(THREE).found(classes=classes)


def test_an_objection_has_a_reason_and_blocks_unless_it_is_marked_in_time() -> None:
    chamber = by_consent()
    chamber.opened(**{"class": "consent"})
    bare = chamber.ballot("lanehead", "objection")
    assert chamber.why_not(bare) == "bad-choice"
    ballot = chamber.must(chamber.ballot("lanehead", NO))
    chamber.must(chamber.ballot("mawimbi", "consent"))
    about = {"proposal": "p1", "ballot": ballot.object, "reason": "It names no harm."}
    assert chamber.why_not(chamber.say("lanehead", Kind.MARK, **about)) == "own-objection"
    chamber.must(chamber.say("mawimbi", Kind.MARK, **about))
    in_time = chamber.head()
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt") + timedelta(seconds=1)
    chamber.must(chamber.say("camara", Kind.MARK, **about))  # the facilitator, and too late
    chamber.must(chamber.close([in_time]))
    assert outcome(chamber) == "blocked"

    chamber = by_consent()
    chamber.opened(**{"class": "consent"})
    ballot = chamber.must(chamber.ballot("lanehead", NO))
    chamber.must(chamber.say("camara", Kind.MARK, **about | {"ballot": ballot.object}))
    chamber.voted({"mawimbi": "consent"})
    assert outcome(chamber) == "passed"
    found = counting.recount(chamber.record, chamber.record.proposals["p1"])
    assert found["setAside"] == [ballot.object]


def test_where_no_consent_is_found_in_two_rounds_its_mover_can_have_it_voted_on() -> None:
    chamber = by_consent().decided({"lanehead": NO}, **{"class": "consent"})
    assert outcome(chamber) == "blocked"
    chamber.wait(days=1)
    assert chamber.why_not(chamber.propose("p1-vote")) == "no-such-round"
    chamber.current = "p1-second"
    text = {"text": "Nobody takes more than six per cent."}
    chamber.decided({"lanehead": NO}, **{"class": "consent"}, **text)
    chamber.wait(days=1)
    chamber.current = "p1-vote"
    assert chamber.why_not(chamber.propose()) == "other-words"
    chamber.decided({"lanehead": "no", "mawimbi": "yes", "camara": "yes"}, **text)
    assert outcome(chamber) == "passed"
    assert archive.verify(chamber.archive(), chamber.record.federation).is_decided
