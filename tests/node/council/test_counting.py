"""Which ballots count: by witnesses' times, numbers and chains, never by their place in the log."""

import random
from datetime import timedelta

import pytest

from node.council.count import counting
from node.council.count.replaying import replay
from node.council.state.record import Inadmissible
from node.council.words.statements import Kind, Statement
from protocol import datetimes
from tests.node.council.chamber import NAMES, Chamber, key, public, uri

YES = {"camara": "yes", "lanehead": "yes", "mawimbi": "no", "pioneer": "yes"}


def sorted_out(chamber: Chamber, heads=()):
    record = chamber.record
    proposal = record.proposals["p1"]
    return counting.classify(record, proposal, heads, proposal.electors, record.size)


def receipts(chamber: Chamber, ballot, *names: str) -> list[Statement]:
    at = datetimes.format(chamber.now)
    fields = {"proposal": "p1", "ballot": ballot.object, "at": at}
    return [chamber.say(name, Kind.SEEN, **fields) for name in names]


def test_five_coops_decide_and_the_result_shows_its_tests():
    chamber = Chamber().found().decided(YES)
    result = counting.recount(chamber.record, chamber.record.proposals["p1"])
    votes = {"yes": 3, "no": 1, "abstain": 0, "invalid": 0}
    assert result["tally"]["outcome"] == "passed"
    assert [stage["votes"] for stage in result["tally"]["stages"]] == [votes]
    assert [each["coop"] for each in result["counted"]] == [uri(name) for name in sorted(YES)]
    assert not chamber.record.refused


def test_a_ballot_is_timely_by_the_median_of_witnesses_and_not_by_what_it_says():
    chamber = Chamber().found()
    proposal = chamber.opened()
    early, late = chamber.must(chamber.ballot("lanehead", "yes")), None
    in_time = chamber.head()
    chamber.now = proposal.moment("closesAt") + timedelta(seconds=1)
    late = chamber.must(chamber.ballot("mawimbi", "no"))
    after = chamber.head()
    found = sorted_out(chamber, [in_time, after])
    assert (found.timely, found.late) == ((early.object,), (late.object,))
    with pytest.raises(Inadmissible, match="Too few coops"):
        sorted_out(chamber, [chamber.head(by=NAMES[:3])])


def test_receipts_of_more_than_half_make_a_ballot_timely_that_the_host_took_in_too_late():
    chamber = Chamber().found()
    proposal = chamber.opened()
    ballot = chamber.ballot("mawimbi", "no")
    seen = receipts(chamber, ballot, "lanehead", "pioneer", "portici", "mawimbi")
    chamber.now = proposal.moment("closesAt") + timedelta(minutes=5)
    [too_late] = receipts(chamber, ballot, "camara")
    assert chamber.why_not(seen[0]) == "ballot-unknown"
    chamber.must(ballot)
    for each in seen[:2]:
        chamber.must(each)
    assert chamber.why_not(too_late) == "ballot-late"
    assert chamber.why_not(seen[0]) == "said-already"
    assert sorted_out(chamber).late == (ballot.object,)
    chamber.must(seen[2])
    assert sorted_out(chamber).timely == (ballot.object,)
    assert chamber.why_not(seen[3]) == "said-already", "three of five are enough"


def test_who_leaves_after_the_end_takes_no_receipt_along():
    """Three of five saw it; two of the four who are left would be too few."""
    chamber = Chamber().found()
    proposal = chamber.opened()
    ballot = chamber.ballot("mawimbi", "no")
    seen = receipts(chamber, ballot, "lanehead", "pioneer", "portici")
    chamber.now = proposal.moment("closesAt")
    for each in (ballot, *seen, chamber.say("pioneer", Kind.LEAVE)):
        chamber.must(each)
    assert chamber.must(chamber.close([]))["timely"] == [ballot.object]
    chamber.coops = tuple(name for name in NAMES if name != "pioneer")
    assert chamber.must(chamber.certify())["result"]["timely"] == [ballot.object]


def test_who_saw_a_ballot_in_time_saw_that_those_before_it_were_there():
    chamber = Chamber().found()
    chamber.opened()
    first = chamber.ballot("mawimbi", "no")
    second = chamber.ballot("mawimbi", "yes", 2, first.content)
    other = chamber.ballot("mawimbi", "abstain", 4, second.content)
    for each in (first, second, other):
        chamber.must(each)
    for each in receipts(chamber, second, "lanehead", "pioneer", "portici"):
        chamber.must(each)
    found = sorted_out(chamber)
    assert (set(found.timely), found.late) == ({first.object, second.object}, (other.object,))
    assert found.counted == {uri("mawimbi"): second}


def test_the_last_of_an_unbroken_chain_counts():
    chamber = Chamber().found()
    chamber.opened()
    first = chamber.ballot("lanehead", "yes")
    second = chamber.ballot("lanehead", "no", 2, first.content)
    third = chamber.ballot("lanehead", "abstain", 3, second.content)
    chamber.must(third)
    chamber.must(first)
    assert sorted_out(chamber, [chamber.head()]).void == (third.object,)
    chamber.must(second)
    found = sorted_out(chamber, [chamber.head()])
    assert (found.void, found.counted[uri("lanehead")]) == ((), third)


def test_who_says_two_things_under_one_number_says_nothing_until_there_is_a_new_mandate():
    chamber = Chamber().found()
    chamber.opened()
    yes = chamber.must(chamber.ballot("lanehead", "yes"))
    chamber.must(chamber.ballot("lanehead", "no", 2, yes.content))
    chamber.must(chamber.ballot("lanehead", "abstain", 2, yes.content))
    found = sorted_out(chamber, [chamber.head()])
    assert (len(found.void), found.counted) == (3, {})
    chamber.must(chamber.mandate("lanehead", 2, "other"))
    other = {"epoch": 2, "signed_by": key("lanehead", "other")}
    again = chamber.must(chamber.ballot("lanehead", "yes", **other))
    assert sorted_out(chamber, [chamber.head()]).counted == {uri("lanehead"): again}


def test_a_reveal_undoes_a_result_that_calls_it_withheld_until_a_quorum_has_counted_the_same():
    chamber = Chamber().found()
    proposal = chamber.opened()
    chamber.now = proposal.moment("closesAt")
    chamber.must(chamber.close([]))
    found, closing = chamber.record.proposals["p1"], chamber.head()
    first = chamber.must(chamber.certify(but=("lanehead", "portici")))
    assert first["withheld"] == [uri("lanehead"), uri("portici")]
    chamber.attest("camara", "mawimbi", "pioneer")
    chamber.must(chamber.reveal("lanehead", closing))
    assert (found.certificate, found.attestations) == (None, {})
    second = chamber.must(chamber.certify(but=("portici",)))
    assert (second["withheld"], second["seed"] == first["seed"]) == ([uri("portici")], False)
    chamber.attest("camara", "mawimbi", "pioneer", "lanehead")
    assert chamber.why_not(chamber.reveal("portici", closing)) == "proposal-state"
    for name in ("mawimbi", "pioneer"):
        chamber.must(chamber.say(name, Kind.LEAVE))
    assert chamber.why_not(chamber.reveal("portici", closing)) == "proposal-state", "it was counted"


def test_a_certificate_whose_digest_is_of_another_result_has_no_effect():
    """Whoever counts would find the digest right and the result wrong: neither to agree with nor to
    dissent from."""
    chamber = Chamber().found()
    proposal = chamber.opened()
    chamber.must(chamber.ballot("lanehead", "yes"))
    head, chamber.now = chamber.head(), proposal.moment("closesAt")
    chamber.must(chamber.close([head]))
    right = chamber.certify()
    wrong = right["result"] | {"roll": 4}
    kept = ("v", "kind", "federation", "coop", "published", "proof")
    fields = {name: value for name, value in right.document.items() if name not in kept}
    said = chamber.say("camara", Kind.CERTIFICATE, **fields | {"result": wrong})
    assert chamber.why_not(said) == "digest-differs"
    assert chamber.log(right)


def test_the_order_of_the_log_changes_nothing():
    chamber = Chamber().found()
    chamber.opened()
    first = chamber.ballot("lanehead", "yes")
    ballots = [
        first,
        chamber.ballot("lanehead", "no", 2, first.content),
        chamber.ballot("mawimbi", "yes"),
        chamber.ballot("pioneer", "no"),
        chamber.ballot("pioneer", "yes"),
    ]
    results = set()
    for seed in range(6):
        shuffled = Chamber(entries=list(chamber.entries), now=chamber.now)
        shuffled.record = replay(chamber.entries)
        for ballot in random.Random(seed).sample(ballots, len(ballots)):
            shuffled.must(ballot)
        found = sorted_out(shuffled, [shuffled.head()])
        results.add((found.timely, found.late, found.void, tuple(sorted(found.counted))))
    assert len(results) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"weight": 99}, "weight-differs"),
        ({"choice": "maybe"}, "bad-choice"),
        ({"choice": {"vote": "yes", "voters": 9}}, "bad-choice"),
        ({"delegate": public("pioneer", "delegate")}, "not-signed"),
        ({"signed_by": key("lanehead", "stolen")}, "not-a-delegate"),
        ({"sequence": 2}, "bad-sequence"),
        ({"epoch": 2}, "not-a-delegate"),
    ],
)
def test_a_ballot_that_breaks_a_rule_has_no_effect(changes, code):
    chamber = Chamber().found()
    chamber.opened()
    assert not chamber.log(chamber.ballot("lanehead", "yes", **changes))
    assert [error.code for error in chamber.record.refused.values()] == [code]


def test_a_ballot_counts_for_one_proposal_of_one_roll_by_a_coop_on_it():
    chamber = Chamber().found()
    chamber.opened()
    ballot = chamber.ballot("lanehead", "yes")
    other = Chamber(now=chamber.now).found()
    other.now = chamber.now + timedelta(seconds=1)
    other.opened()
    assert not other.log(ballot)
    forged = chamber.ballot("pioneer", "yes", signed_by=key("lanehead", "delegate"))
    assert not chamber.log(forged)
    chamber.must(chamber.ballot("pioneer", "no"))
    left = Chamber().found()
    left.opened(missing=("mawimbi",))
    assert left.why_not(left.ballot("mawimbi", "yes")) == "not-on-the-roll"


@pytest.mark.parametrize("seed", range(6))
def test_a_head_is_missed_exactly_where_it_would_change_what_counts(seed: int) -> None:
    chance = random.Random(seed)
    chamber = Chamber((*NAMES, "hartland")).found()
    chamber.opened()
    heads = [chamber.head()]
    for name in chance.sample(chamber.coops, 6):
        ballot = chamber.must(chamber.ballot(name, "yes"))
        heads += [chamber.head()] if chance.randrange(2) else []
        if chance.randrange(2):
            chamber.must(chamber.ballot(name, "no", 2, ballot.content))
    proposal, record = chamber.record.proposals["p1"], chamber.record
    chamber.now = proposal.text.moment("closesAt")
    used = heads[: chance.randrange(len(heads))]
    close = chamber.must(chamber.close(used))
    for head in heads:
        size = record.opened(head)[0].size
        lists = counting.classify(
            record, proposal, [*used, head], proposal.electors, close["size"]
        ).lists
        changes = any(lists[name] != close[name] for name in lists)
        assert bool(counting.missed(record, proposal, size)) == changes
