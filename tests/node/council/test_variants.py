"""Rival texts: what stands, what is voted on, what comes out; and why the method comes first."""

from fractions import Fraction

import pytest

from node import voting
from node.council.count import archive, counting
from node.council.count.replaying import replay
from node.council.state import variants
from node.council.state.record import Inadmissible
from node.council.words import charter
from node.council.words.statements import Kind
from node.voting import Ballot, Cmp, Electorate, MotionRule, Outcome, Part, VariantsRule, schulze
from node.voting.thresholds import Base
from tests.node.council.chamber import QUICK, Chamber, uri

SPECIAL = {"classes": {"ordinary": QUICK | {"rule": charter.DEFAULT_CLASSES["special"]["rule"]}}}
RIVALS = (("lanehead", "Nobody takes more than three."), ("pioneer", "Nobody takes anything."))
FIVE, THREE, NONE = "original", "amendment-1", "amendment-2"
KEEP = variants.NO_CHANGE
# Five wins over three by 3 to 2, and lacks two thirds against no change; three would have them.
AGAINST_THE_ORDER = {
    "camara": [FIVE, THREE, KEEP],
    "lanehead": [FIVE, THREE, KEEP],
    "mawimbi": [KEEP, FIVE, THREE],
    "pioneer": [THREE, FIVE, KEEP],
    "portici": [THREE, KEEP, FIVE],
}


def discussed(chamber: Chamber | None = None) -> Chamber:
    chamber = chamber or Chamber().found()
    chamber.must(chamber.propose())
    return chamber


def test_the_winner_of_all_texts_must_then_beat_no_change_and_becomes_what_holds() -> None:
    ranking = [THREE, NONE, FIVE, KEEP]
    votes = dict.fromkeys(("camara", "lanehead", "mawimbi"), ranking) | {"portici": [KEEP]}
    chamber = Chamber().found().decided(votes, rivals=RIVALS)
    proposal = chamber.record.proposals["p1"]
    verdict = archive.verify(chamber.archive(), chamber.record.federation)
    tally = verdict.result["tally"]
    assert verdict.is_decided
    assert (tally["outcome"], tally["winners"]) == ("passed", [THREE])
    assert tally["figures"]["pairwise"][THREE][KEEP] == 3
    assert [check["name"] for check in tally["checks"]] == ["quorum", "threshold"]
    assert verdict.result["options"] == [FIVE, THREE, NONE, KEEP]
    won = variants.carried(proposal)
    assert won is not None
    assert (won.coop, won["text"]) == (uri("lanehead"), RIVALS[0][1])
    assert verdict.result["texts"][THREE] == won.content
    shuffled = replay(chamber.entries)
    assert counting.recount(shuffled, shuffled.proposals["p1"]) == verdict.result


def test_to_drop_what_lacks_the_threshold_first_would_pass_what_most_did_not_prefer() -> None:
    motion = MotionRule(Part(Fraction(2, 3), Cmp.AT_LEAST), Base.CAST)
    ballots = [Ballot(choice) for choice in AGAINST_THE_ORDER.values()]
    options = [FIVE, THREE, KEEP]
    everybody = Electorate(5, 5)

    def against_no_change(option: str) -> Outcome:
        pair = [[each for each in ballot.choice if each in (option, KEEP)] for ballot in ballots]
        duel = VariantsRule(motion, KEEP)
        rankings = [Ballot(choice) for choice in pair]
        return voting.count(duel, rankings, [option, KEEP], electorate=everybody).outcome

    kept = [each for each in (FIVE, THREE) if against_no_change(each) is Outcome.PASSED]
    assert kept == [THREE]
    left = [Ballot([each for each in ballot.choice if each != FIVE]) for ballot in ballots]
    assert schulze.count(schulze.SchulzeRule(), left, [THREE, KEEP]).winners == (THREE,)

    result = voting.count(VariantsRule(motion, KEEP), ballots, options, electorate=everybody)
    assert (result.outcome, result.winners) == (Outcome.REJECTED, ())
    assert result.figures["ranking"] == ((FIVE,), (THREE,), (KEEP,))
    chamber = Chamber().found(**SPECIAL).decided(AGAINST_THE_ORDER, rivals=RIVALS[:1])
    proposal = chamber.record.proposals["p1"]
    assert counting.recount(chamber.record, proposal)["tally"]["outcome"] == "rejected"
    assert variants.carried(proposal) is None


def test_a_chamber_counts_the_same_rankings_once_more() -> None:
    rule = dict(charter.DEFAULT_CLASSES["charter"]["rule"])
    weighted = rule | {"method": "variants", "no_change": KEEP, "use_weights": True}
    ranked = voting.read_rule(weighted)
    ballots = [Ballot([THREE, KEEP], 10), Ballot([KEEP, THREE]), Ballot([KEEP, THREE])]
    result = voting.count(ranked, ballots, [FIVE, THREE, KEEP], electorate=Electorate(14, 5))
    assert result.outcome is Outcome.REJECTED
    assert result.failed == ("chamber:coops",)


def test_a_taken_amendment_is_no_rival_until_the_mover_drops_it_again() -> None:
    chamber = discussed()
    rival = chamber.must(chamber.amend(*RIVALS[0]))
    proposal = chamber.record.proposals["p1"]
    first = proposal.text
    assert list(variants.standing(proposal)) == [THREE]
    words = {name: rival[name] for name in variants.SUBSTANCE}
    kept = {"federation": chamber.record.federation}
    fields = {k: v for k, v in first.document.items() if k not in _SIGNED}
    taken = fields | words | {"parent": first.content}
    chamber.must(chamber.say("portici", Kind.REVISION, **kept, **taken))
    assert variants.standing(proposal) == {}
    back = fields | {"parent": proposal.text.content, "title": "Back again"}
    chamber.must(chamber.say("portici", Kind.REVISION, **kept, **back))
    assert list(variants.standing(proposal)) == [THREE]
    chamber.must(chamber.say("lanehead", Kind.RETRACTION, proposal="p1", amendment=rival.content))
    assert variants.standing(proposal) == {}
    assert variants.question(chamber.record, proposal).rule["method"] == "motion"


_SIGNED = {"v", "kind", "federation", "coop", "published", "proof"}


def test_what_is_no_rival_or_comes_too_late_has_no_effect() -> None:
    chamber = discussed()
    proposal = chamber.record.proposals["p1"]
    same = chamber.amend("lanehead", proposal.text["text"])
    rival = chamber.amend(*RIVALS[0])
    unseen = chamber.notice(proposal.text)
    outside = chamber.amend("lanehead", "x", policies={"ranking.text": 1})
    strange = chamber.amend("lanehead", "x", parent=same.content)
    for statement, code in (
        (same, "changes-nothing"),
        (outside, "outside-competence"),
        (strange, "parent-differs"),
    ):
        assert chamber.why_not(statement) == code
    chamber.must(rival)
    assert not chamber.log(chamber.amend("pioneer", RIVALS[0][1]))
    assert chamber.why_not(unseen) == "amendments-differ"
    foreign = {"proposal": "p1", "amendment": rival.content}
    assert not chamber.log(chamber.say("pioneer", Kind.RETRACTION, **foreign))
    for number in range(variants.MOST_OF_A_COOP):
        chamber.log(chamber.amend("lanehead", f"Text {number}"))
    assert chamber.refusal == "amendments-many"
    chamber.must(chamber.notice(proposal.text))
    late = chamber.amend(*RIVALS[1])
    assert chamber.why_not(late) == "text-frozen"
    fields = {k: v for k, v in proposal.text.document.items() if k not in _SIGNED}
    changed = fields | {"title": "Anew", "parent": proposal.text.content}
    chamber.must(chamber.say("portici", Kind.REVISION, **changed))
    assert proposal.notice is None
    chamber.must(chamber.amend(*RIVALS[1]))


def test_rivals_cannot_be_got_rid_of_by_another_class() -> None:
    election = QUICK | {"rule": {"method": "schulze"}}
    chamber = discussed(Chamber().found(classes={"ordinary": QUICK, "variants": election}))
    chamber.must(chamber.amend(*RIVALS[0]))
    first = chamber.record.proposals["p1"].text
    fields = {k: v for k, v in first.document.items() if k not in _SIGNED}
    changed = fields | {"class": "variants", "options": ["a", "b"], "parent": first.content}
    assert chamber.why_not(chamber.say("portici", Kind.REVISION, **changed)) == "not-amendable"


def test_a_ballot_of_yes_is_none_where_texts_are_ranked() -> None:
    chamber = Chamber().found()
    chamber.opened(rivals=RIVALS)
    assert chamber.why_not(chamber.ballot("lanehead", "yes")) == "bad-choice"
    with pytest.raises(Inadmissible):
        variants.check_frozen(chamber.record.proposals["p1"], [])
