"""How votes are counted: motions, elections, weights, power. Pure, and exact: no float anywhere.

    rule = voting.read_rule({"method": "stv", "seats": 3})
    result = voting.count(rule, ballots, options, lot=voting.drawn(seed, options))
    voting.document(result)         # for a certificate: the same on every node

A result carries its stages, so that two nodes that disagree can name the first line that differs.
What a voter sends never raises: it is counted, or it is invalid with a reason. Ties are told apart
as the method says, then by a lot that is handed in; without one the result is a tie. Nothing here
depends on the order of ballots or of options, and nothing is worded: reasons are codes.

`rules` reads charters; one file for each method names its statute, paper or specification.
"""

from collections.abc import Sequence

from node.voting import (
    approval,
    consent,
    irv,
    motions,
    ranked_pairs,
    schulze,
    score,
    star,
    stv,
    variants,
)
from node.voting.approval import ApprovalRule
from node.voting.ballots import Ballot, Spoilt, Turnout
from node.voting.consent import ConsentRule
from node.voting.errors import UnusableRule
from node.voting.irv import IrvRule
from node.voting.motions import Electorate, decide, second_round
from node.voting.power import Power, banzhaf
from node.voting.ranked_pairs import RankedPairsRule
from node.voting.results import Change, Check, Outcome, Result, Stage, Tie, document
from node.voting.rules import METHODS, Rule, read_rule, read_weights
from node.voting.schulze import SchulzeRule
from node.voting.score import ScoreRule
from node.voting.star import StarRule
from node.voting.stv import StvRule
from node.voting.thresholds import Base, Chamber, Cmp, Counts, MotionRule, Part, Quorum, Tally
from node.voting.ties import Lot, drawn
from node.voting.variants import VariantsRule
from node.voting.weights import Scheme, Tier, WeightRule, weights

ENGINE = "rochdale-tally/1"
"""Goes into certificates; a change of any result is another engine."""

__all__ = [
    "ENGINE",
    "METHODS",
    "ApprovalRule",
    "Ballot",
    "Base",
    "Chamber",
    "Change",
    "Check",
    "Cmp",
    "ConsentRule",
    "Counts",
    "Electorate",
    "IrvRule",
    "Lot",
    "MotionRule",
    "Outcome",
    "Part",
    "Power",
    "Quorum",
    "RankedPairsRule",
    "Result",
    "Rule",
    "Scheme",
    "SchulzeRule",
    "ScoreRule",
    "Spoilt",
    "Stage",
    "StarRule",
    "StvRule",
    "Tally",
    "Tie",
    "Tier",
    "Turnout",
    "UnusableRule",
    "VariantsRule",
    "WeightRule",
    "banzhaf",
    "count",
    "decide",
    "document",
    "drawn",
    "read_rule",
    "read_weights",
    "second_round",
    "weights",
]


def count(
    rule: Rule,
    ballots: Sequence[Ballot],
    options: Sequence[str] = (),
    lot: Lot = None,
    *,
    electorate: Electorate | None = None,
) -> Result:
    """Count by the method of the rule. Raises UnusableRule, whatever the ballots are never.

    options: what there is to choose; motions and consent need none. electorate: who may vote, for
    quorums and for thresholds of all.
    """
    match rule:
        case MotionRule():
            return motions.count(rule, ballots, electorate)
        case ConsentRule():
            return consent.count(rule, ballots, electorate.voters if electorate else None)
        case ApprovalRule():
            return approval.count(rule, ballots, options, lot)
        case ScoreRule():
            return score.count(rule, ballots, options, lot)
        case StarRule():
            return star.count(rule, ballots, options, lot)
        case IrvRule():
            return irv.count(rule, ballots, options, lot)
        case StvRule():
            return stv.count(rule, ballots, options, lot)
        case SchulzeRule():
            return schulze.count(rule, ballots, options, lot)
        case RankedPairsRule():
            return ranked_pairs.count(rule, ballots, options, lot)
        case VariantsRule():
            return variants.count(rule, ballots, options, lot, electorate)
