"""What a class of decisions may say beside its rule and its hours; what it leaves out is not so.

`urgent`: what it decides holds at once, and lapses unless an ordinary vote confirms it.
`secondRound`: a vote that lacked its quorum may be held once more, without one.
`answerHours`, `silenceBinds`: how long each coop has for its own yes to what needs it, and what
saying nothing means. `proxies`: for how many others a coop may stand in. `facilitator`: whose word
alone sets an objection aside. `convertsTo`: the class in which a text is voted on that found no
consent in two rounds. Pure.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct

from node.council.words import shapes
from node.council.words.shapes import Shape

FIELDS: Mapping[str, Shape] = {
    "urgent": shapes.flag,
    "secondRound": shapes.flag,
    "answerHours": shapes.whole(1, 24 * 365),
    "silenceBinds": shapes.flag,
    "proxies": shapes.whole(0, 100),
    "facilitator": shapes.coop,
    "convertsTo": shapes.name,
}
ANSWER_HOURS = 28 * 24

# A week in which nothing is done can be too long; so few hours are for what cannot wait, and what
# is decided in them lapses by itself.
URGENT: Mapping[str, Any] = {
    "rule": {
        "method": "motion",
        "threshold": "2/3",
        "cmp": ">=",
        "base": "cast",
        "quorum": {"fraction": "1/2", "cmp": ">=", "counts": "participants"},
    },
    "commentHours": 24,
    "noticeHours": 24,
    "rollHours": 12,
    "finalizeHours": 48,
    "urgent": True,
}


class Procedure(Struct, frozen=True):
    """The same, read. answer: how long a coop has for its own decision."""

    is_urgent: bool
    has_second_round: bool
    answer: timedelta
    silence_binds: bool
    proxies: int
    facilitator: str | None
    converts_to: str | None


def of(decision_class: Mapping[str, Any]) -> Procedure:
    """The procedure of a class as the charter writes it."""
    return Procedure(
        is_urgent=decision_class.get("urgent") is True,
        has_second_round=decision_class.get("secondRound") is True,
        answer=timedelta(hours=decision_class.get("answerHours", ANSWER_HOURS)),
        silence_binds=decision_class.get("silenceBinds") is True,
        proxies=decision_class.get("proxies", 0),
        facilitator=decision_class.get("facilitator"),
        converts_to=decision_class.get("convertsTo"),
    )


def hold_together(classes: Mapping[str, Any]) -> bool:
    """Whether every class that another one converts to is there, and is no consent itself."""
    named = [each["convertsTo"] for each in classes.values() if "convertsTo" in each]
    return all(name in classes and classes[name]["rule"]["method"] != "consent" for name in named)
