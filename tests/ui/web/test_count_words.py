"""How a vote was counted, in words that need no book."""

from typing import Any

from node import voting
from node.council import turns
from node.voting import Ballot, RankedPairsRule, SchulzeRule, StvRule
from ui.web import count_words


def counted(rule: Any, papers: dict[str, int], lot: str = "") -> dict[str, Any]:
    """A tally as a certificate holds it; papers: "abc" ranks a first, with so many votes."""
    options = sorted({option for each in papers for option in each})
    ballots = [Ballot(list(each), votes) for each, votes in papers.items()]
    return dict(voting.document(voting.count(rule, ballots, options, list(lot) or None)))


def said(lines: Any) -> list[str]:
    return [" ".join(map(str, line)) for line in lines]


def test_an_election_is_told_round_by_round() -> None:
    tally = counted(StvRule(3), {"rl": 6, "rg": 4, "t": 4, "g": 4, "lg": 3, "zt": 3})
    assert count_words.seat_takes(tally) == "7"
    first, second, *_rest = said(count_words.round_lines(tally, {"r": "Rui"}))
    assert first == "Each ballot counts for its first choice. “Rui” is elected."
    assert second == (
        "“Rui” has 3 more than a seat takes. Next on those ballots: g +1.20, l +1.80."
    )
    rows = count_words.rounds(tally, ["g", "l", "r", "t", "z"])
    assert next(option for option, _cells in rows) == "r"
    assert [(cell.text, cell.mark) for cell in dict(rows)["r"]][:2] == [("10", "win"), ("7", "")]
    assert [cell.text for cell in dict(rows)["z"]][1:3] == ["3", "out"]


def test_what_names_nobody_else_is_told_too() -> None:
    tally = counted(StvRule(1), {"ab": 2, "b": 2, "c": 1}, "abc")
    assert said(count_words.round_lines(tally, {}))[1].startswith(
        "“c” has fewest, 1, and drops out. 1 name nobody else."
    )
    assert count_words.ended(tally)[:2] == ["0", "1"]
    assert "A lot decided" in said(count_words.round_lines(tally, {}))[-1]


def test_why_the_best_of_pairs_is_the_best() -> None:
    clear = counted(SchulzeRule(), {"abc": 2, "bac": 1})
    assert "preferred to each other option" in str(count_words.pairs_text(clear, {}))
    circle = counted(SchulzeRule(), {"abc": 4, "bca": 3, "cab": 2})
    assert "beat each other in a circle" in str(count_words.pairs_text(circle, {}))
    assert circle["winners"] == ["a"]
    even = counted(RankedPairsRule(), {"ab": 1, "ba": 1})
    assert str(count_words.pairs_text(even, {})) == ""


def certified(method: str, ballots: dict[str, Any]) -> dict[str, Any]:
    """A result with one vote for each coop; `by` names whose ballot casts another one's vote."""
    counted = [
        {"coop": coop, "ballot": f"ballot of {coop}", "weight": 1, "choice": choice}
        for coop, choice in ballots.items()
    ]
    rule, options = {"method": method}, ["a", "b", "c"]
    cast = [Ballot(each["choice"], 1) for each in counted]
    tally = voting.count(voting.read_rule(rule), cast, options, voting.drawn("seed", options))
    return {
        "rule": rule,
        "options": options,
        "seed": "seed",
        "counted": counted,
        "tally": dict(voting.document(tally)),
    }


def test_it_is_said_which_coop_alone_would_have_turned_it() -> None:
    result = certified("schulze", {"one": ["a"], "two": ["a", "b"], "three": [["b", "c"], "a"]})
    weights = dict.fromkeys(("one", "two", "three"), 1)
    first, second = turns(result, weights) or ()
    assert (first.option, first.coops) == ("b", ("one", "two"))
    assert (second.option, second.coops) == ("c", ("one", "two"))
    text = count_words.turn_text(first, {"one": "Lanehead"}, {})
    assert str(text) == "“b” would have won, had one of these coops put it first: Lanehead, two."
    assert turns(result | {"rule": {"method": "motion"}}, weights) is None


def test_a_ballot_that_speaks_for_two_turns_both() -> None:
    for_a = {each: ["a"] for each in ("one", "two", "three", "four")}
    result = certified("irv", for_a | {"five": ["b", "a"]})
    weights = dict.fromkeys((*for_a, "five"), 1)
    assert turns(result, weights) == ()
    result["counted"][1] |= {"ballot": "ballot of one", "proxy": "grant"}
    [turn] = turns(result, weights) or ()
    assert (turn.option, turn.coops) == ("b", ("one",))
