"""How a vote was counted, in plain words: tests, rounds, pairs, and what would have changed it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.numbers import format_decimal
from msgspec import Struct

from node.council import Turn
from node.days import locale
from node.i18n import LazyString, Text, _

Tally = Mapping[str, Any]
Labels = Mapping[str, Text]

IN_ROUNDS = frozenset({"irv", "stv"})
AT_ONCE = frozenset({"approval", "score"})
CHECKS: dict[str, LazyString] = {
    "quorum": _("%(needed)s must take part; %(have)s did."),
    "objections": _("At most %(needed)s objections may stand; there are %(have)s."),
    "threshold": _("%(needed)s needed, %(have)s cast for."),
    "approval-quorum": _("%(needed)s of all votes must be for it; %(have)s are."),
    "chamber": _("%(needed)s coops needed as well, %(have)s cast for."),
}
INSTEADS: dict[str, LazyString] = {
    "absent": _("from coops that did not vote"),
    "abstain": _("from coops that abstained"),
    "yes": _("from coops that voted yes"),
    "no": _("from coops that voted no"),
    "blank": _("from coops that had not ticked it"),
}


class Cell(Struct, frozen=True):
    """What an option has in a round. mark: win, out, or nothing."""

    text: str
    mark: str = ""


def check_text(check: Mapping[str, Any]) -> Text:
    """ "38 needed, 40 cast for"."""
    name = str(check["name"]).partition(":")[0]
    return _(CHECKS[name].message, needed=check["needed"], have=check["have"])


def change_text(change: Mapping[str, Any], labels: Labels) -> Text:
    """What would have turned the result."""
    option = labels.get(change["option"], change["option"])
    if not change.get("instead"):
        return _(
            "With %(votes)s more, “%(option)s” would have won.",
            votes=change["votes"],
            option=option,
        )
    values = {"votes": change["votes"], "whose": INSTEADS[change["instead"]]}
    if change["option"] == "yes":
        return _("%(votes)s more in favour, %(whose)s.", **values)
    if change["option"] == "no":
        return _("%(votes)s more against, %(whose)s.", **values)
    return _("%(votes)s more for “%(option)s”, %(whose)s.", option=option, **values)


def turn_text(turn: Turn, names: Mapping[str, str], labels: Labels) -> Text:
    """Whose first place alone would have let another option win. names: of coops, by uri."""
    option = labels.get(turn.option, turn.option)
    coops = str(_(", ")).join(names.get(each, each) for each in turn.coops)
    if len(turn.coops) == 1:
        return _(
            "“%(option)s” would have won, had %(coop)s put it first.", option=option, coop=coops
        )
    return _(
        "“%(option)s” would have won, had one of these coops put it first: %(coops)s.",
        option=option,
        coops=coops,
    )


def totals(tally: Tally) -> list[tuple[str, int]]:
    """What each option has where all is counted at once, the most first."""
    found: Mapping[str, int] = tally.get("figures", {}).get("totals", {})
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))


def seat_takes(tally: Tally) -> str:
    """How many votes a seat takes."""
    return str(tally["figures"]["quota"])


def rounds(tally: Tally, options: Sequence[str]) -> list[tuple[str, list[Cell]]]:
    """A row for each option, with what it has in each round: who stayed longest comes first."""
    stages, unit = tally["stages"], _unit(tally)
    rows = {option: _row(option, stages, unit) for option in options}
    left_at = {each["option"]: at for at, each in enumerate(stages) if each["action"] == "exclude"}
    won_at = {name: at for at, each in enumerate(stages) for name in each.get("elected", ())}

    def order(option: str) -> tuple[int, int]:
        return (won_at.get(option, len(stages)), -left_at.get(option, len(stages)))

    return [(option, rows[option]) for option in sorted(options, key=order)]


def ended(tally: Tally) -> list[str]:
    """Votes that count for nobody any more, by round; nothing if all do to the end."""
    spent = [each.get("exhausted", 0) for each in tally["stages"]]
    return [_votes(each, _unit(tally)) for each in spent] if any(map(Fraction, spent)) else []


def round_lines(tally: Tally, labels: Labels) -> list[list[Text]]:
    """What happened in each round, a few sentences each."""
    stages, unit = tally["stages"], _unit(tally)
    before: list[Mapping[str, Any]] = [{}, *stages[:-1]]
    return [
        [*_ties(stage, labels), *_moves(earlier, stage, labels, unit), *_elected(stage, labels)]
        for earlier, stage in zip(before, stages, strict=True)
    ]


def lots(tally: Tally, labels: Labels) -> list[Text]:
    """Where a lot had to choose between options that were even."""
    return [line for stage in tally.get("stages", ()) for line in _ties(stage, labels)]


def pairs_text(tally: Tally, labels: Labels) -> Text:
    """Why the best option of a comparison of pairs is the best; nothing if there is none."""
    pairs = tally["figures"]["pairwise"]
    first = tally["figures"].get("ranking", [[]])[0]
    best = next(iter(tally.get("winners", first if len(first) == 1 else ())), None)
    if best is None:
        return ""
    option, others = labels.get(best, best), pairs[best]
    if all(votes > pairs[other][best] for other, votes in others.items()):
        return _("“%(option)s” was preferred to each other option, one against one.", option=option)
    if all(votes >= pairs[other][best] for other, votes in others.items()):
        return _("No option was preferred to “%(option)s”, one against one.", option=option)
    return _(
        "The options beat each other in a circle. So whole chains of wins were compared, each as "
        "strong as its weakest win, and “%(option)s” came out on top.",
        option=option,
    )


def _row(option: str, stages: Sequence[Mapping[str, Any]], unit: int) -> list[Cell]:
    cells: list[Cell] = []
    is_out = False
    for stage in stages:
        if stage["action"] == "exclude" and stage["option"] == option:
            cells.append(Cell(str(_("out")), "out"))
            is_out = True
        elif is_out:
            cells.append(Cell(""))
        else:
            is_elected = option in stage.get("elected", ())
            cells.append(Cell(_votes(stage["votes"][option], unit), "win" if is_elected else ""))
    return cells


def _moves(
    before: Mapping[str, Any], stage: Mapping[str, Any], labels: Labels, unit: int
) -> Iterable[Text]:
    """Whose votes go on, and to whom."""
    if not before:
        yield _("Each ballot counts for its first choice.")
        return
    had, option = before["votes"], stage["option"]
    left = Fraction(had[option]) - Fraction(stage["votes"].get(option, 0))
    values = {"option": labels.get(option, option), "votes": _votes(left, unit)}
    yield (
        _("“%(option)s” has %(votes)s more than a seat takes.", **values)
        if stage["action"] == "surplus"
        else _("“%(option)s” has fewest, %(votes)s, and drops out.", **values)
    )
    gained = {
        name: Fraction(votes) - Fraction(had[name])
        for name, votes in stage["votes"].items()
        if Fraction(votes) > Fraction(had[name])
    }
    if gained:
        listed = str(_(", ")).join(
            f"{labels.get(name, name)} +{_votes(more, unit)}" for name, more in gained.items()
        )
        yield _("Next on those ballots: %(gained)s.", gained=listed)
    spent = Fraction(stage.get("exhausted", 0)) - Fraction(before.get("exhausted", 0))
    if spent:
        yield _("%(votes)s name nobody else.", votes=_votes(spent, unit))


def _elected(stage: Mapping[str, Any], labels: Labels) -> Iterable[Text]:
    for name in stage.get("elected", ()):
        yield _("“%(option)s” is elected.", option=labels.get(name, name))


def _ties(stage: Mapping[str, Any], labels: Labels) -> Iterable[Text]:
    for tie in stage.get("ties", ()):
        options = str(_(", ")).join(str(labels.get(each, each)) for each in tie["among"])
        if "lot" in tie.get("by", ()):
            yield _(
                "Even: %(options)s. A lot decided, drawn from numbers of all coops that nobody "
                "knew before.",
                options=options,
            )
        elif "earlier-stage" in tie.get("by", ()):
            yield _("Even: %(options)s. What they had a round before decided.", options=options)


def _unit(tally: Tally) -> int:
    return int(tally.get("figures", {}).get("unit", 1))


def _votes(have: Any, unit: int) -> str:
    """Votes that were counted in smaller units, written whole or with two decimals, exactly cut."""
    whole = Fraction(have) / unit
    if whole.denominator == 1:
        return str(whole.numerator)
    hundredths = whole * 100
    cut = hundredths.numerator // hundredths.denominator
    return str(format_decimal(Decimal(cut) / 100, "#,##0.00", locale=locale()))
