"""A federation's founding rules: who belongs, how each class of decision is made. Pure.

The content digest of the charter, signed by every founder, is the federation's identity; its
address is only where it can be found.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from msgspec import Struct

from node.council.words import procedure, shapes, statements, tally
from node.council.words.statements import Kind, Statement
from node.errors import InvalidInput
from node.i18n import _
from node.voting import UnusableRule

FOUNDERS_LEAST = 2
CHARTER_CLASS = "charter"
"""The class of decisions that can change the charter."""
LEAST_QUORUM = "2n/3+1"
_QUORUM = re.compile(r"([1-9])n/([1-9])\+1", re.ASCII)
FACILITATORS_MOST = 20
_TERM = shapes.optional(shapes.whole(1, 3660))
_HOURS = shapes.whole(0, 24 * 365)
_CLASS = shapes.fields(
    {
        "rule": tally.is_rule,
        "commentHours": _HOURS,
        "noticeHours": _HOURS,
        "rollHours": _HOURS,
        "finalizeHours": _HOURS,
        **procedure.FIELDS,
    },
    also=procedure.FIELDS,
)
_CLASSES = shapes.map_of(shapes.name, _CLASS, 20)

# Turnout of real federations lies between a quarter and a half: half as the ordinary quorum would
# stall them. Statutes want two thirds and longer notice for what is special.
DEFAULT_CLASSES: Mapping[str, Mapping[str, Any]] = {
    "ordinary": {
        "rule": {
            "method": "motion",
            "threshold": "1/2",
            "cmp": ">",
            "base": "cast",
            "quorum": {"fraction": "1/3", "cmp": ">=", "counts": "participants"},
        },
        "commentHours": 72,
        "noticeHours": 7 * 24,
        "rollHours": 24,
        "finalizeHours": 48,
        "secondRound": True,
    },
    "special": {
        "rule": {
            "method": "motion",
            "threshold": "2/3",
            "cmp": ">=",
            "base": "cast",
            "quorum": {"fraction": "1/2", "cmp": ">=", "counts": "participants"},
        },
        "commentHours": 7 * 24,
        "noticeHours": 21 * 24,
        "rollHours": 24,
        "finalizeHours": 48,
        "secondRound": True,
    },
    "charter": {
        "rule": {
            "method": "motion",
            "threshold": "2/3",
            "cmp": ">=",
            "base": "cast",
            "use_weights": False,
            "quorum": {"fraction": "1/2", "cmp": ">=", "counts": "participants"},
            "chambers": [
                {
                    "id": "coops",
                    "threshold": "1/2",
                    "cmp": ">",
                    "base": "electorate",
                    "use_weights": False,
                }
            ],
        },
        "commentHours": 7 * 24,
        "noticeHours": 21 * 24,
        "rollHours": 24,
        "finalizeHours": 48,
        "secondRound": True,
    },
}
DEFAULT_COMPETENCES = ("listings.", "referrals.")
DEFAULT_SCHEME: Mapping[str, Any] = {"scheme": "equal"}


class Rules(Struct, frozen=True):
    """What the founders agree on before their keys are known; the charter adds those.

    witness_quorum: how many coops must store and count the same, such as "2n/3+1".
    delegate_term_days: after so many days a coop names its delegates anew; None: without an end.
    facilitators: coops that look after discussions for all; none: the coop that keeps the log does.
    """

    name: str
    classes: Mapping[str, Any]
    scheme: Mapping[str, Any]
    competences: tuple[str, ...]
    dummies_accepted: bool = False
    witness_quorum: str = LEAST_QUORUM
    delegate_term_days: int | None = None
    facilitators: tuple[str, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "classes": {name: dict(rule) for name, rule in self.classes.items()},
            "scheme": dict(self.scheme),
            "competences": sorted(set(self.competences)),
            "dummiesAccepted": self.dummies_accepted,
            "witnessQuorum": self.witness_quorum,
            "delegateTermDays": self.delegate_term_days,
            "facilitators": sorted(set(self.facilitators)),
        }


def rules(
    name: str,
    *,
    classes: Mapping[str, Any] = DEFAULT_CLASSES,
    scheme: Mapping[str, Any] = DEFAULT_SCHEME,
    competences: Sequence[str] = DEFAULT_COMPETENCES,
    dummies_accepted: bool = False,
    witness_quorum: str = LEAST_QUORUM,
    delegate_term_days: int | None = None,
    facilitators: Sequence[str] = (),
) -> Rules:
    """Rules that hold together. Raises InvalidInput naming each field that does not."""
    wrong = {
        "name": [] if shapes.title(name) else [_("Give it a name of at most 200 characters.")],
        "classes": _wrong_classes(classes),
        "competences": []
        if isinstance(competences, Sequence) and all(map(shapes.policy_key, competences))
        else [_("Name policies by their beginning, such as “referrals.”.")],
        "scheme": [] if tally.is_scheme(scheme) else [_("There is no such way of weighing votes.")],
        "witness_quorum": []
        if is_quorum(witness_quorum)
        else [_("Two thirds of the coops and one more is the least: with fewer, two could lie.")],
        "delegate_term_days": []
        if _TERM(delegate_term_days)
        else [_("A delegate’s term has between 1 and 3,660 days.")],
        "facilitators": []
        if _are_coops(facilitators)
        else [_("Name at most %(most)s coops, by their addresses.", most=FACILITATORS_MOST)],
    }
    if any(wrong.values()):
        raise InvalidInput({field: said for field, said in wrong.items() if said})
    return Rules(
        name,
        classes,
        scheme,
        tuple(competences),
        dummies_accepted,
        witness_quorum,
        delegate_term_days,
        tuple(facilitators),
    )


def read_rules(document: Mapping[str, Any]) -> Rules:
    """Rules as an invitation or a charter brings them. Raises InvalidInput."""
    return rules(
        document.get("name", ""),
        classes=document.get("classes") or {},
        scheme=document.get("scheme") or {},
        competences=document.get("competences") or (),
        dummies_accepted=document.get("dummiesAccepted") is True,
        witness_quorum=document.get("witnessQuorum", ""),
        delegate_term_days=document.get("delegateTermDays"),
        facilitators=document.get("facilitators", ()),
    )


def moderators(rules: Mapping[str, Any], members: Collection[str], host: str) -> tuple[str, ...]:
    """Who hides a comment for all: the facilitators that are members, or else the host."""
    named = tuple(coop for coop in rules.get("facilitators", ()) if coop in members)
    return named or (host,)


def changed(now: Mapping[str, Any], changes: Any) -> dict[str, Any]:
    """The charter's rules with these fields put in place of theirs. Raises InvalidInput."""
    known = read_rules(now).document
    if not isinstance(changes, dict) or not changes or set(changes) - set(known):
        raise InvalidInput({"charter": [_("Say which of the charter’s rules are to change.")]})
    agreed = read_rules(known | changes).document
    if agreed != known | changes:
        raise InvalidInput({"charter": [_("The new rules are not written as a charter has them.")]})
    if agreed == known:
        raise InvalidInput({"charter": [_("The rules are like this already.")]})
    return agreed


def changes_to(now: Mapping[str, Any], wanted: Rules) -> dict[str, Any]:
    """What has to change for the rules to be these."""
    return {name: value for name, value in wanted.document.items() if now.get(name) != value}


def draft(
    agreed: Rules, applications: Sequence[Statement], host: str, log_key: str, founded: datetime
) -> dict[str, Any]:
    """The charter to be signed. Raises InvalidInput, also when a member could never matter."""
    members = [
        {field: each[field] for field in ("coop", "name", "key", "witness", "members")}
        for each in sorted(applications, key=lambda each: each.coop)
    ]
    if len(members) < FOUNDERS_LEAST:
        raise InvalidInput({"members": [_("A federation is founded by two coops or more.")]})
    document = statements.new(
        Kind.CHARTER,
        host,
        None,
        founded,
        members=members,
        host={"coop": host, "logKey": log_key},
        **agreed.document,
    )
    check_power(agreed, {each["coop"]: each["members"] for each in members})
    return document


def check_power(agreed: Rules, members: Mapping[str, int]) -> None:
    """Raises InvalidInput when some member could never matter and nobody said that it is meant, or
    when weights cannot be given out once as few coops vote as may decide."""
    check_weights(agreed, members)
    if dummies := powerless(agreed, members):
        raise InvalidInput(
            {
                "scheme": [
                    _(
                        "With these weights no vote could ever hang on %(coops)s. Choose others, "
                        "or say that this is meant.",
                        coops=", ".join(dummies),
                    )
                ]
            }
        )


def check_weights(agreed: Rules, members: Mapping[str, int]) -> None:
    """Raises InvalidInput when weights cannot be given out, be it to as few coops as may decide."""
    few = dict(sorted(members.items())[: quorum(len(members), agreed.witness_quorum)])
    try:
        tally.weights(agreed.scheme, members)
        tally.weights(agreed.scheme, few)
    except UnusableRule:
        said = _("When only a quorum of the coops votes, the cap cannot be kept: make it larger.")
        raise InvalidInput({"scheme": [said]}) from None


def powerless(agreed: Rules, members: Mapping[str, int]) -> list[str]:
    """Coops without any power in some class that counts weights (Banzhaf); none if accepted."""
    if agreed.dummies_accepted:
        return []
    weights = tally.weights(agreed.scheme, members)
    found: set[str] = set()
    for each in agreed.classes.values():
        found.update(tally.dummies(weights, each["rule"]))
    return sorted(found)


def is_sound(charter: Statement) -> bool:
    """Whether its rules can be used and its members are named once, in order."""
    try:
        agreed = read_rules(charter.document)
    except InvalidInput:
        return False
    coops = [each["coop"] for each in charter["members"]]
    keys = [each[use] for each in charter["members"] for use in ("key", "witness")]
    keys.append(charter["host"]["logKey"])
    is_one = len(set(keys)) == len(keys) and coops == sorted(set(coops))
    return (
        is_one
        and charter["host"]["coop"] in coops
        and len(coops) >= FOUNDERS_LEAST
        and bool(agreed.classes)
    )


def quorum(members: int, rule: str = LEAST_QUORUM) -> int:
    """How many coops must have cosigned, or counted the same: two thirds and one more, or what
    the charter says instead."""
    return min(members, int(_part_of(rule) * members) + 1)


def is_quorum(rule: Any) -> bool:
    """Whether a charter may ask for so many: two quorums of two thirds always share coops."""
    is_written = isinstance(rule, str) and bool(_QUORUM.fullmatch(rule))
    return is_written and Fraction(2, 3) <= _part_of(rule) < 1


def majority(members: int) -> int:
    """More than half of the coops."""
    return members // 2 + 1


def hours(rule: Mapping[str, Any], field: str) -> timedelta:
    return timedelta(hours=rule[field])


def is_within(competences: Sequence[str], key: str) -> bool:
    """Whether a policy's name lies in one of the competences."""
    return any(key == each or (each.endswith(".") and key.startswith(each)) for each in competences)


def _are_coops(named: Any) -> bool:
    is_list = isinstance(named, list | tuple) and len(named) <= FACILITATORS_MOST
    return is_list and all(map(shapes.coop, named))


def _part_of(rule: str) -> Fraction:
    """Raises ValueError."""
    match = _QUORUM.fullmatch(rule)
    if match is None:
        raise ValueError(rule)
    return Fraction(int(match[1]), int(match[2]))


def _wrong_classes(classes: Mapping[str, Any]) -> list[Any]:
    is_well_formed = isinstance(classes, Mapping) and classes and _CLASSES(dict(classes))
    if not is_well_formed or not procedure.hold_together(classes):
        return [_("A class of decisions needs a method, a rule and its hours.")]
    of_charter = classes.get(CHARTER_CLASS)
    if of_charter is not None and procedure.of(of_charter).is_urgent:
        return [_("The charter is not changed in a hurry: its class cannot be urgent.")]
    if of_charter is not None and not tally.is_double_majority(of_charter["rule"]):
        return [
            _(
                "The charter is changed by at least two thirds of the coops that vote, one vote "
                "each, who are more than half of all coops. It can ask for more, not for less."
            )
        ]
    return []
