"""Forms by which a federation is founded, and delegates are named."""

from collections.abc import Mapping
from typing import Any

from wtforms import (
    BooleanField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    validators,
    widgets,
)

from node import council
from node.council import Rules
from node.i18n import Text, _
from ui.web.charter_words import QUORUMS
from ui.web.council_words import COMPETENCES, PARTS
from ui.web.forms import PlainForm, needed, options
from ui.web.weight_forms import WeightsForm
from ui.web.weight_words import SCHEMES

_HOURS_A_DAY = 24
_LONGEST_DAYS = 365
_MOST_SEATS = 50
_PERIODS = {"comment": "commentHours", "notice": "noticeHours"}
KNOWN_CLASSES = {"ordinary": "", "special": "special_"}
"""Classes that a form asks about, with how the names of their fields begin."""
_PROXIES = 2  # as in GenG s. 43(5)
_ANSWER_DAYS = 28


class _Ticks(SelectMultipleField):  # type: ignore[misc]
    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


def _part(label: Text, default: str) -> SelectField:
    choices = options((f"{part}", name) for part, name in PARTS.items())
    return SelectField(label, choices=choices, default=default)


def _within_a_year(_form: PlainForm, entry: IntegerField) -> None:
    if entry.data is None or not 0 <= entry.data <= _LONGEST_DAYS:
        raise validators.StopValidation(str(_("Between 0 and 365 days.")))


def _seats(_form: PlainForm, entry: IntegerField) -> None:
    if entry.data is None or not 1 <= entry.data <= _MOST_SEATS:
        raise validators.StopValidation(str(_("Between 1 and 50 seats.")))


def _days(label: Text, default: int, hint: Text = "") -> IntegerField:
    return IntegerField(
        label,
        [needed(_("Write how many days.")), _within_a_year],
        default=default,
        description=hint,
        render_kw={"inputmode": "numeric", "min": 0, "max": _LONGEST_DAYS},
    )


class RulesForm(PlainForm):
    """What a charter says, as far as a form asks about it."""

    name = StringField(
        _("What is the federation called?"),
        [needed(_("Give it a name, like Toad Lane Federation."))],
        render_kw={"maxlength": 200},
    )
    scheme = SelectField(
        _("How many votes does each coop have?"),
        choices=options(SCHEMES.items()),
        default="equal",
        description=_(
            "One coop, one vote is the usual way. Numbers of members are what each says."
        ),
    )
    competences = _Ticks(
        _("What may it decide on?"),
        choices=options(COMPETENCES.items()),
        default=list(council.DEFAULT_COMPETENCES),
    )
    threshold = _part(_("Ordinary decisions: in favour must be more than"), "1/2")
    quorum = _part(_("Ordinary decisions: so many must take part"), "1/3")
    comment_days = _days(_("Days to talk it over"), 3)
    notice_days = _days(_("Days of notice before a vote"), 7)
    special_threshold = _part(_("Special decisions: in favour must be at least"), "2/3")
    special_quorum = _part(_("Special decisions: so many must take part"), "1/2")
    special_comment_days = _days(_("Days to talk it over, special"), 7)
    special_notice_days = _days(_("Days of notice, special"), 21)
    witness_quorum = SelectField(
        _("How many coops must store and count the same before anything holds?"),
        choices=options(QUORUMS.items()),
        default="2n/3+1",
    )
    delegate_term_days = IntegerField(
        _("A delegate’s term in days"),
        [validators.Optional()],
        description=_(
            "Then their coop names somebody anew. Empty: each coop keeps to its own rules "
            "(delegate.term_days); the shorter term holds."
        ),
        render_kw={"inputmode": "numeric", "min": 1, "max": 3660},
    )
    powerless = BooleanField(_("We know that some coops have no say with these weights"))
    facilitators = _Ticks(_("Which coops look after the discussions, for all?"))

    def classes(self, now: Mapping[str, Any]) -> dict[str, Any]:
        """Classes of decisions with what was filled in for the two that the form knows."""
        classes = {name: dict(each) for name, each in now.items()}
        for name, before in KNOWN_CLASSES.items():
            if is_editable(classes.get(name, {})):
                rule = classes[name]["rule"]
                quorum = rule["quorum"] | {"fraction": self[f"{before}quorum"].data}
                rule = rule | {"threshold": self[f"{before}threshold"].data, "quorum": quorum}
                classes[name] |= self._hours(before, classes[name]) | {"rule": rule}
        return classes

    def _hours(self, before: str, now: Mapping[str, int]) -> dict[str, int]:
        """Days as hours; hours that make no whole days stay as long as the days do."""
        days = {field: self[f"{before}{name}_days"].data for name, field in _PERIODS.items()}
        return {
            field: now[field] if now[field] // _HOURS_A_DAY == count else count * _HOURS_A_DAY
            for field, count in days.items()
        }


class FoundForm(RulesForm, WeightsForm):
    """A federation to be: everything has a sensible value already but its name and its coops."""

    coops = _Ticks(_("Which coops do you found it with?"))
    answer_days = _days(
        _("Days for each coop’s own yes"),
        _ANSWER_DAYS,
        _("Some decisions, such as dues, bind a coop only with its own yes."),
    )
    elections = BooleanField(_("People are elected to seats (single transferable vote)"))
    seats = IntegerField(
        _("How many seats does an election fill?"),
        [_seats],
        default=1,
        render_kw={"inputmode": "numeric", "min": 1, "max": _MOST_SEATS},
    )
    variants = BooleanField(_("Several options are ranked (Schulze)"))
    approval = BooleanField(_("Dates and priorities: each coop ticks all that it can live with"))
    urgent = BooleanField(_("What cannot wait is decided within days, and lapses by itself"))
    consent = BooleanField(_("Small matters are decided by consent: nobody objects"))
    proxies = BooleanField(_("A coop can vote for up to two others that ask it to"))

    def rules(self) -> Rules:
        """The rules that were filled in. Raises InvalidInput."""
        classes = self.classes(council.DEFAULT_CLASSES)
        if self.elections.data:
            rule = {"method": "stv", "seats": self.seats.data}
            classes["election"] = classes["ordinary"] | {"rule": rule}
        if self.variants.data:
            classes["variants"] = classes["ordinary"] | {"rule": {"method": "schulze"}}
        if self.approval.data:
            classes["approval"] = classes["ordinary"] | {"rule": {"method": "approval"}}
        if self.urgent.data:
            classes["urgent"] = dict(council.URGENT)
        if self.proxies.data:
            classes = {name: each | {"proxies": _PROXIES} for name, each in classes.items()}
        if self.consent.data:
            by_consent = {"method": "consent", "quorum": self.quorum.data}
            classes["consent"] = classes["ordinary"] | {
                "rule": by_consent,
                "convertsTo": "ordinary",
            }
        answer = {"answerHours": self.answer_days.data * _HOURS_A_DAY}
        return council.rules(
            (self.name.data or "").strip(),
            classes={name: each | answer for name, each in classes.items()},
            scheme=self.weights(self.scheme.data),
            competences=self.competences.data or (),
            dummies_accepted=bool(self.powerless.data),
            witness_quorum=self.witness_quorum.data,
            delegate_term_days=self.delegate_term_days.data,
            facilitators=self.facilitators.data or (),
        )


def is_editable(of_class: Mapping[str, Any]) -> bool:
    """Whether a form can ask about a class of decisions: motions that have a quorum."""
    rule = of_class.get("rule", {})
    return "threshold" in rule and bool(rule.get("quorum"))


class DelegatesForm(PlainForm):
    delegates = _Ticks(
        _("Who votes for us?"), [needed(_("Choose at least one person who votes for us."))]
    )
    alternates = _Ticks(_("Who stands in for them?"))
