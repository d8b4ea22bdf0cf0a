"""Other people's engines come to the same on made-up votes. They check; nothing runs on them.

Where they are known to fail they are not asked:
- votelib 0.4.0 ranks what is tied in the order of a dict (ranked pairs), or by the number of paths
  won (Schulze); it takes exhausted papers for a candidate, so that counts of partial rankings go
  wrong or never end; it moves the surpluses of one stage all at once; a tie for exclusion raises
  NotImplementedError; it does not cut values off.
- starvote 2.1.6 draws lots from the ballots unless it is told not to, and names a sole candidate by
  the first letter.
"""

from itertools import combinations
from random import Random

import pytest
import starvote
from votelib.convert import RankedToCondorcetVotes
from votelib.evaluate import condorcet, sequential

from node import voting

SEEDS = range(60)

Profile = dict[tuple[str, ...], int]


def made_up(random: Random, *, partial: bool) -> tuple[list[str], Profile]:
    options = [f"option-{number}" for number in range(random.randint(3, 6))]
    rankings = [
        tuple(random.sample(options, random.randint(1, len(options)) if partial else len(options)))
        for _ranking in range(random.randint(2, 12))
    ]
    return options, {ranking: random.randint(1, 50) for ranking in rankings}


def ballots_of(profile: Profile) -> list[voting.Ballot]:
    return [voting.Ballot(list(ranking), votes) for ranking, votes in profile.items()]


def pairs_of(options: list[str], profile: Profile) -> dict[tuple[str, str], int]:
    """votelib's own comparison; it does not know of options that a ranking leaves out."""
    rest = {ranking: frozenset(options).difference(ranking) for ranking in profile}
    whole = {
        (*ranking, rest[ranking]) if rest[ranking] else ranking: votes
        for ranking, votes in profile.items()
    }
    return RankedToCondorcetVotes(unranked_at_bottom=True).convert(whole)  # type: ignore[no-any-return]


@pytest.mark.parametrize("seed", SEEDS)
def test_pairwise_methods_agree_with_votelib(seed: int) -> None:
    options, profile = made_up(Random(seed), partial=True)
    pairs = pairs_of(options, profile)
    by_schulze = voting.count(voting.SchulzeRule(), ballots_of(profile), options)
    matrix = by_schulze.figures["pairwise"]
    assert all(matrix[a][b] == votes for (a, b), votes in pairs.items())  # type: ignore[index]
    if not by_schulze.tied:
        assert condorcet.EVALUATORS["schulze"].evaluate(pairs, 1) == list(by_schulze.winners)

    distinct = len(set(pairs.values())) == len(pairs)
    even = any(pairs.get((a, b), 0) == pairs.get((b, a), 0) for a, b in combinations(options, 2))
    kept = voting.count(voting.RankedPairsRule(), ballots_of(profile), options)
    if distinct and not even:
        assert condorcet.EVALUATORS["rankedpairs_winvotes"].evaluate(pairs, 1) == list(kept.winners)


@pytest.mark.parametrize("seed", SEEDS)
def test_transferable_votes_agree_with_votelib(seed: int) -> None:
    options, profile = made_up(Random(seed), partial=False)
    other = sequential.TransferableVoteSelector(quota_function="droop", transferer="Gregory")
    rules: dict[int, list[voting.Rule]] = {1: [voting.IrvRule(), voting.StvRule(1)]}
    for seats in range(1, len(options)):
        try:
            elected = other.evaluate(profile, seats)
        except NotImplementedError:
            continue
        for rule in rules.get(seats, [voting.StvRule(seats)]):
            result = voting.count(rule, ballots_of(profile), options)
            at_once = any(len(stage.elected) > 1 for stage in result.stages[:-1])
            if not result.tied and not at_once:
                assert set(result.winners) == set(elected)


@pytest.mark.parametrize("seed", SEEDS)
def test_star_agrees_with_starvote(seed: int) -> None:
    random = Random(seed)
    options = [f"option-{number}" for number in range(random.randint(2, 6))]
    scores = [
        {option: random.randint(0, 5) for option in options} for _b in range(random.randint(2, 9))
    ]
    result = voting.count(voting.StarRule(), [voting.Ballot(each) for each in scores], options)
    if result.winners:
        assert starvote.star_voting(scores, tiebreaker=None) == list(result.winners)
        return
    with pytest.raises(starvote.UnbreakableTieError) as tie:
        starvote.star_voting(scores, tiebreaker=None)
    assert tuple(sorted(tie.value.candidates)) == result.tied
