"""Which single coop would have turned a ranked vote: a recount for each that puts another option
first. Pure.

Motions and approvals say in votes what would have changed them; where options are ranked there is
no such number, but there is a true answer for each coop and each option.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from node.council.words import tally
from node.council.words.choices import is_split
from node.council.words.tally import Vote

RANKED = frozenset({"irv", "stv", "schulze", "ranked-pairs", "variants"})
MOST_RECOUNTS = 400
"""More would keep whoever asks for the page waiting."""


class Turn(Struct, frozen=True):
    """An option that would have won, had one of these coops put it first."""

    option: str
    coops: tuple[str, ...]


def turns(result: Mapping[str, Any], electorate: Mapping[str, int]) -> tuple[Turn, ...] | None:
    """For a certified result, what each coop alone could have turned by its first place.

    electorate: weights by coop. None where options are not ranked, or it would take too long.
    """
    counted = result["counted"]
    if result["rule"].get("method") not in RANKED or not counted:
        return None
    lost = [each for each in result["options"] if each not in result["tally"].get("winners", ())]
    own = [each for each in counted if "proxy" not in each]
    if len(own) * len(lost) > MOST_RECOUNTS:
        return None
    recount = _Recount(result, electorate)
    found = [
        Turn(option, tuple(each["coop"] for each in own if recount.wins(option, each)))
        for option in lost
    ]
    return tuple(each for each in found if each.coops)


class _Recount:
    """Counts again with one ballot changed; ballots that say the same are counted once."""

    def __init__(self, result: Mapping[str, Any], electorate: Mapping[str, int]) -> None:
        self._result, self._electorate = result, electorate
        self._known: dict[str, bool] = {}

    def wins(self, option: str, ballot: Mapping[str, Any]) -> bool:
        """Whether an option wins when it stands first on this ballot, and on all cast by it."""
        cast = [each for each in self._result["counted"] if each["ballot"] == ballot["ballot"]]
        same = json.dumps([option, ballot["choice"], [each["weight"] for each in cast]])
        if same not in self._known:
            self._known[same] = self._counted(option, ballot)
        return self._known[same]

    def _counted(self, option: str, ballot: Mapping[str, Any]) -> bool:
        votes = [
            Vote(
                each["coop"],
                each["weight"],
                _with_first(option, each["choice"])
                if each["ballot"] == ballot["ballot"]
                else each["choice"],
            )
            for each in self._result["counted"]
        ]
        rule, options, seed = (self._result[name] for name in ("rule", "options", "seed"))
        again = tally.count(rule, options, votes, self._electorate, seed)
        return option in again.get("winners", ())


def _with_first(option: str, choice: Any) -> Any:
    """A ballot with this option on top, and everything else as it was."""
    if is_split(choice):
        parts = [each | {"choice": _with_first(option, each["choice"])} for each in choice["split"]]
        return {"split": parts}
    tiers = choice if isinstance(choice, list | tuple) else ()  # who abstained ranked nothing
    rest = [[each for each in _together(tier) if each != option] for tier in tiers]
    return [option, *(tier[0] if len(tier) == 1 else tier for tier in rest if tier)]


def _together(tier: str | Sequence[str]) -> Sequence[str]:
    return [tier] if isinstance(tier, str) else tier
