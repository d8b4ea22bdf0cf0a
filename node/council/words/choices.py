"""What a ballot may say beside what its method reads: split votes, and objections. Pure.

A coop whose members disagree gives some of its votes to each side:

    {"split": [{"weight": 4, "choice": "yes"}, {"weight": 3, "choice": "no"}]}

Whole votes, at most as many as the coop has; what is left over is not cast. Where each coop counts
as one there is nothing to split. In consent an objection says why, and which aim is harmed:

    {"objection": {"reason": "…", "aim": "…"}}
"""

from collections.abc import Callable, Mapping
from typing import Any

from node.council.words import shapes
from node.voting.consent import CONSENT, METHOD, OBJECTION, SET_ASIDE

BY_CONSENT = METHOD
MOST_PARTS = 50
_part = shapes.fields({"weight": shapes.whole(1), "choice": shapes.anything})
_parts = shapes.list_of(_part, MOST_PARTS, 2)
_objection = shapes.fields({"reason": shapes.paragraph, "aim": shapes.paragraph})


def is_split(choice: Any) -> bool:
    return isinstance(choice, Mapping) and isinstance(choice.get("split"), list)


def can_split(rule: Mapping[str, Any]) -> bool:
    """Whether votes are weighed everywhere in a rule."""
    parts = [rule, *rule.get("chambers", ())]
    return rule["method"] != BY_CONSENT and all(each.get("use_weights", True) for each in parts)


def is_good_split(choice: Any, weight: int, is_plain: Callable[[Any], bool]) -> bool:
    """Whether a split ballot can be counted. is_plain: what one part of it may say."""
    if set(choice) != {"split"} or not _parts(choice["split"]):
        return False
    total = sum(each["weight"] for each in choice["split"])
    return total <= weight and all(is_plain(each["choice"]) for each in choice["split"])


def parts_of(choice: Any, weight: int) -> list[tuple[int, Any]]:
    """Votes with what they say: one lot of them, or several."""
    if not is_split(choice):
        return [(weight, choice)]
    return [(each["weight"], each["choice"]) for each in choice["split"]]


def is_objection(choice: Any) -> bool:
    return isinstance(choice, Mapping) and set(choice) == {"objection"}


def is_answer(choice: Any) -> bool:
    """Consent, abstaining, or an objection with its reason and aim."""
    if is_objection(choice):
        return _objection(choice["objection"])
    return choice is None or choice in (CONSENT, "abstain")


def word_of(choice: Any, *, is_set_aside: bool = False) -> Any:
    """A choice as the method of counting reads it."""
    if is_objection(choice):
        return SET_ASIDE if is_set_aside else OBJECTION
    return choice
