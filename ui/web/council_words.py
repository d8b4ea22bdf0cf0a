"""A vote in plain words: how it counts, what came out, what happens next, how far a ballot is."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from node import council
from node.council import MandateView, OurBallot, ProposalView, State, is_objection, is_split
from node.i18n import LazyString, Text, _
from ui.web.dealings import deadline
from ui.web.weight_words import SCHEMES, bounds
from ui.web.words import policy_value

PARTS: dict[Fraction, LazyString] = {
    Fraction(1, 2): _("half"),
    Fraction(1, 3): _("one third"),
    Fraction(2, 3): _("two thirds"),
    Fraction(1, 4): _("one quarter"),
    Fraction(3, 4): _("three quarters"),
    Fraction(1): _("all"),
}
BASES: dict[str, LazyString] = {
    "cast": _("the votes for and against"),
    "present": _("all votes that come, with those that abstain"),
    "electorate": _("all votes there are, whether they come or not"),
}
COUNTS: dict[str, LazyString] = {
    "participants": _("whoever votes counts, abstaining too"),
    "valid": _("only votes that can be read count"),
    "yes": _("only votes in favour count"),
}
NOT_THIS_DEVICE = _(
    "Your key is not in this browser. Cast the vote in the one in which you made it, with scripts "
    "allowed there; if the key is lost, press “My key is lost” on the federation’s page."
)
METHODS: dict[str, LazyString] = {
    "motion": _("For or against"),
    "consent": _("By consent: nobody objects"),
    "approval": _("Each coop ticks what it can live with; the most ticks win."),
    "score": _("Each coop gives points; the most points win."),
    "star": _("Each coop gives points; the best two are then compared one against one."),
    "irv": _("Each coop ranks the options; whoever has fewest drops out, until one has most."),
    "stv": _("Each coop ranks the options; seats go out in proportion to the votes."),
    "schulze": _("Each coop ranks the options; each is compared with each other, one against one."),
    "ranked-pairs": _("Each coop ranks the options; the clearest comparisons count first."),
    "variants": _("Each coop ranks the variants; the best one must then beat “no change”."),
}
CLASSES: dict[str, LazyString] = {
    "ordinary": _("ordinary decisions"),
    "special": _("special decisions"),
    "charter": _("changes of the charter"),
    "urgent": _("urgent decisions"),
    "consent": _("decisions by consent"),
    "election": _("elections"),
    "variants": _("choices between variants"),
    "approval": _("dates and priorities"),
}
COMPETENCES: dict[str, LazyString] = {
    "listings.": _("What listings must say, and how long they stay"),
    "referrals.": _("Passing people on: fees, answers, time limits"),
    "agreements.": _("Agreements: answering, cancelling, confirming"),
    "ranking.": _("In which order searches show things"),
    "clearing.": _("Setting off what coops owe each other"),
    "dues.": _("What coops pay the federation"),
    "delegate.": _("Delegates: for how long, and how often"),
    "member_data.": _("What coops tell about their members"),
    "retention.": _("How long notices are kept"),
    "moderation.": _("Comments that are hidden: asking for another look"),
}
CHOICES: dict[str, LazyString] = {
    "yes": _("Yes"),
    "no": _("No"),
    "abstain": _("Abstain"),
    "consent": _("Consent"),
}
SIDES = ("yes", "no", "abstain")
OUTCOMES: dict[str, LazyString] = {
    "passed": _("Passed"),
    "rejected": _("Not passed"),
    "inquorate": _("Not passed: too few took part"),
    "blocked": _("Stopped by an objection"),
    "decided": _("Decided"),
    "tie": _("Even"),
    "no-votes": _("Nobody voted"),
}
STANDINGS: dict[str, tuple[str, LazyString]] = {
    "logged": ("onway", _("in the log")),
    "timely": ("done", _("counted")),
    "late": ("no", _("came too late")),
    "void": ("no", _("does not count")),
}
# The shape of each state, and what happens next.
STATES: dict[State, tuple[str, LazyString]] = {
    State.DRAFT: ("later", _("Only our coop sees it. Put it before the others when it is ready.")),
    State.ADMISSIBLE: ("onway", _("It travels to the other coops, then they can discuss it.")),
    State.DISCUSSION: (
        "onway",
        _("Coops talk it over. Whoever proposed it then freezes the text and announces the vote."),
    ),
    State.FROZEN: ("asked", _("The text stands. The vote is to be announced.")),
    State.NOTICE: ("asked", _("The vote is announced. It opens at %(opens)s.")),
    State.OPEN: ("turn", _("Coops vote until %(closes)s.")),
    State.CLOSED: ("asked", _("No vote comes in any more. The log is being closed.")),
    State.FINALISING: ("onway", _("Every coop counts from its own copy, by %(finalize)s.")),
    State.CERTIFIED: ("onway", _("There is a result. A quorum of coops must count the same.")),
    State.RATIFYING: (
        "asked",
        _("Each coop now says for itself whether it is bound by it."),
    ),
    State.IN_FORCE: ("done", _("A quorum of coops counted the same. It holds.")),
    State.REJECTED: ("no", _("A quorum of coops counted the same. Everything stays as it was.")),
    State.WITHDRAWN: ("no", _("Whoever proposed it took it back.")),
    State.LAPSED: ("no", _("It was not decided in time. It can be proposed again.")),
    State.OVER: ("no", _("It held, and does so no longer.")),
    State.DISPUTED: ("hold", _("Coops counted differently. Nothing holds until that is settled.")),
}
FEDERATION_STATES: dict[str, tuple[str, LazyString]] = {
    "inviting": ("asked", _("being founded")),
    "invited": ("turn", _("asks us to join")),
    "joining": ("onway", _("we said yes")),
    "applying": ("onway", _("we asked to be let in")),
    "active": ("done", _("we are a member")),
    "left": ("no", _("we have left")),
}
KEYS: dict[str, LazyString] = {
    "node": _("its node"),
    "device": _("devices of their own"),
}
POWERS: dict[str, Text] = {"": "–", "0/1": _("none"), "1/1": _("all of it")}
EVIDENCE: dict[str, LazyString] = {
    "E1": _("%(name)s sent two different ballots under one number. None of its ballots counts."),
    "E2": _("%(name)s showed two coops two different logs. We sign nothing more of it."),
    "E2a": _("%(name)s showed two coops two different logs. We sign nothing more of it."),
    "E2b": _("%(name)s changed what was in the log already. We sign nothing more of it."),
    "E3": _("%(name)s promised to log a ballot and did not."),
    "E4": _("%(name)s vouched for two different logs."),
    "E5": _("%(name)s signed two different things under one number: delegates, or hosts."),
    "E6": _("%(name)s signed a result that nobody can recount. We sign nothing more of it."),
    "E7": _("%(name)s left out of a vote what other coops had seen, or stored, in time."),
}


def next_step(view: ProposalView, zone: str) -> Text:
    """What happens next with a proposal, and by when."""
    moments = {"opens": view.opens_at, "closes": view.closes_at, "finalize": view.finalize_by}
    said = {name: deadline(at, zone) for name, at in moments.items()}
    return _(STATES[view.state][1].message, **said)


def evidence_text(code: str, name: str) -> Text:
    return _(EVIDENCE[code].message, name=name)


def part_text(written: str) -> Text:
    """ "2/3" as people say it; a fraction without a name stays as it is."""
    return PARTS.get(Fraction(written), written)


def rule_lines(rule: Mapping[str, Any], scheme: Mapping[str, Any]) -> list[Text]:
    """What a decision needs, one sentence for each test."""
    lines: list[Text] = []
    if quorum := rule.get("quorum"):
        quorum = {"fraction": quorum} if isinstance(quorum, str) else quorum  # as consent has it
        lines.append(
            _(
                "Quorum: at least %(part)s (%(figure)s) of all votes must take part; %(counts)s.",
                part=part_text(quorum["fraction"]),
                figure=quorum["fraction"],
                counts=COUNTS[quorum.get("counts", "participants")],
            )
        )
    if "threshold" in rule:
        lines.append(_threshold(rule))
    if approval := rule.get("approval_quorum"):
        lines.append(
            _(
                "At least %(part)s (%(figure)s) of all votes must be for it.",
                part=part_text(approval["fraction"]),
                figure=approval["fraction"],
            )
        )
    for chamber in rule.get("chambers", ()):
        said = _threshold(chamber)
        if chamber.get("use_weights", True):
            lines.append(
                _("And once more among %(group)s: %(rule)s", group=chamber["id"], rule=said)
            )
        else:
            lines.append(_("And once more, each coop counting as one: %(rule)s", rule=said))
    if rule.get("method", "motion") != "motion":
        lines.insert(0, METHODS.get(rule["method"], rule["method"]))
    if "seats" in rule:
        lines.append(_("Seats to fill: %(number)s.", number=rule["seats"]))
    used = scheme if rule.get("use_weights", True) and scheme else {"scheme": "equal"}
    lines.append(_("Votes: %(scheme)s.", scheme=SCHEMES.get(used["scheme"], used["scheme"])))
    return lines + bounds(used)


def procedure_lines(of_class: Mapping[str, Any]) -> list[Text]:
    """What a class of decisions says beside its rule."""
    lines: list[Text] = []
    if of_class.get("urgent"):
        lines.append(
            _(
                "Urgent: it holds at once, and lapses after 14 days unless an ordinary vote "
                "confirms it."
            )
        )
    if of_class.get("secondRound"):
        lines.append(
            _("A vote that fails for lack of a quorum or of consent can be held once more.")
        )
    if of_class.get("convertsTo"):
        lines.append(_("After two rounds without consent it can be put to a vote."))
    if number := of_class.get("proxies"):
        lines.append(_("A coop can stand in for at most %(number)s others.", number=number))
    if hours := of_class.get("answerHours"):
        lines.append(
            _("Days for a coop’s own yes, where it needs one: %(days)s.", days=hours // 24)
        )
    if of_class.get("silenceBinds"):
        lines.append(_("Who says nothing to what needs its own yes is bound by it."))
    return lines


def choice_text(
    choice: Any, labels: Mapping[str, Text] = MappingProxyType({}), *, is_ordered: bool = True
) -> Text:
    """What a ballot says: yes, or options. labels: what options are called; is_ordered: whether
    their order says something, which it does not where they are ticked."""
    if isinstance(choice, str):
        return CHOICES.get(choice, choice)
    if is_objection(choice):
        said = choice["objection"]
        return _("Objection: %(reason)s", reason=said["reason"])
    if is_split(choice):
        return " · ".join(
            f"{each['weight']} × {choice_text(each['choice'], labels)}" for each in choice["split"]
        )
    if isinstance(choice, Mapping):
        return " · ".join(f"{labels.get(one, one)}: {points}" for one, points in choice.items())
    tiers = [(tier,) if isinstance(tier, str) else tier for tier in choice or ()]
    named = [" = ".join(str(labels.get(one, one)) for one in tier) for tier in tiers]
    return (" › " if is_ordered else ", ").join(named) or _("nothing")


def option_labels(text: Mapping[str, Any], rivals: Mapping[str, str]) -> dict[str, Text]:
    """What the options of a vote are called; rivals: coops' names by the options of their texts."""
    if not rivals:
        return dict(council.names_in(text))
    said: dict[str, Text] = {
        council.ORIGINAL: _("As proposed"),
        council.NO_CHANGE: _("No change"),
    }
    return said | {option: rival_text(option, name) for option, name in rivals.items()}


def rival_text(option: str, name: str) -> Text:
    """A rival text by its number and its coop."""
    number = option.rpartition("-")[2]
    return _("Rival text %(number)s, of %(name)s", number=number, name=name)


def flat(choice: Sequence[str | Sequence[str]]) -> list[str]:
    """The options of a ranking, without its tiers."""
    return [one for tier in choice for one in ([tier] if isinstance(tier, str) else tier)]


def mandate_text(mandate: MandateView) -> Text:
    """How many people vote for a coop, and who could use their keys."""
    where = (
        _("its node, and devices of their own")
        if len(mandate.custodies) > 1
        else KEYS.get(next(iter(mandate.custodies), ""), "")
    )
    return _(
        "Delegates: %(delegates)s. Standing in: %(alternates)s. Keys are on: %(where)s.",
        delegates=mandate.delegates,
        alternates=mandate.alternates,
        where=where,
    )


def power_text(share: str) -> Text:
    """A coop's part of all power as people say it; a dash where it cannot be counted."""
    return POWERS.get(share, share)


def receipt_state(ballot: OurBallot) -> tuple[str, Text, Text]:
    """How far our ballot has come: nothing is called counted before there is a proof of it."""
    if ballot.is_counted:
        return "done", _("counted"), _("A quorum of coops has stored it.")
    if ballot.is_promised:
        return "onway", _("taken"), _("The coop that keeps the log has promised to count it.")
    return "asked", _("on its way"), _("The coop that keeps the log has not answered yet.")


def outcome_text(outcome: str | None) -> Text:
    return OUTCOMES.get(outcome or "", outcome or "")


def stored_text(value: object) -> Text:
    """A policy's value as a proposal writes it."""
    return policy_value(tuple(value) if isinstance(value, list) else value)


def competence_text(beginning: str) -> Text:
    return COMPETENCES.get(beginning, beginning)


def class_text(name: str) -> Text:
    return CLASSES.get(name, name)


def field_text(path: str) -> Text:
    """A place in a result where two counts part, as people say it."""
    if path.startswith("tally.stages."):
        return _("round %(number)s of the count", number=int(path.split(".")[2]) + 1)
    first = path.partition(".")[0]
    return _FIELDS.get(first, path)


_FIELDS: Mapping[str, LazyString] = {
    "counted": _("which ballots count"),
    "timely": _("which ballots came in time"),
    "late": _("which ballots came too late"),
    "void": _("which ballots do not count"),
    "tally": _("the count"),
    "seed": _("the lot"),
}


def _threshold(rule: Mapping[str, Any]) -> Text:
    message = (
        _("More than %(part)s (%(figure)s) of %(base)s must be in favour.")
        if rule["cmp"] == ">"
        else _("At least %(part)s (%(figure)s) of %(base)s must be in favour.")
    )
    return _(
        message.message,
        part=part_text(rule["threshold"]),
        figure=rule["threshold"],
        base=BASES[rule["base"]],
    )
