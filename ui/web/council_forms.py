"""Forms of the council: founding a federation, naming delegates, proposing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
    widgets,
)

from node import council, policies
from node.council import Amended, Draft, Member, Rules
from node.errors import InvalidInput
from node.i18n import Text, _
from ui.web.council_words import CLASSES, COMPETENCES, PARTS, SCHEMES
from ui.web.forms import PlainForm, needed, options

_HOURS_A_DAY = 24
_LONGEST_DAYS = 365
_LEAST_AFTER = timedelta(days=7)
_PERIODS = {"comment": "commentHours", "notice": "noticeHours"}
KNOWN_CLASSES = {"ordinary": "", "special": "special_"}
"""Classes that a form asks about, with how the names of their fields begin."""
_PROXIES = 2  # as in GenG s. 43(5)


class _Ticks(SelectMultipleField):  # type: ignore[misc]
    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


def _part(label: Text, default: str) -> SelectField:
    choices = options((f"{part}", name) for part, name in PARTS.items())
    return SelectField(label, choices=choices, default=default)


def _within_a_year(_form: PlainForm, entry: IntegerField) -> None:
    if entry.data is None or not 0 <= entry.data <= _LONGEST_DAYS:
        raise validators.StopValidation(str(_("Between 0 and 365 days.")))


def _days(label: Text, default: int) -> IntegerField:
    return IntegerField(
        label,
        [needed(_("Write how many days.")), _within_a_year],
        default=default,
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
        choices=options((key, SCHEMES[key]) for key in ("equal", "isqrt", "proportional")),
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


class FoundForm(RulesForm):
    """A federation to be: everything has a sensible value already but its name and its coops."""

    coops = _Ticks(_("Which coops do you found it with?"))
    elections = BooleanField(_("People are elected to seats (single transferable vote)"))
    variants = BooleanField(_("Several options are ranked (Schulze)"))
    urgent = BooleanField(_("What cannot wait is decided within days, and lapses by itself"))
    consent = BooleanField(_("Small matters are decided by consent: nobody objects"))
    proxies = BooleanField(_("A coop can vote for up to two others that ask it to"))

    def rules(self) -> Rules:
        """The rules that were filled in. Raises InvalidInput."""
        classes = self.classes(council.DEFAULT_CLASSES)
        if self.elections.data:
            classes["election"] = classes["ordinary"] | {"rule": {"method": "stv", "seats": 1}}
        if self.variants.data:
            classes["variants"] = classes["ordinary"] | {"rule": {"method": "schulze"}}
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
        return council.rules(
            (self.name.data or "").strip(),
            classes=classes,
            scheme={"scheme": self.scheme.data},
            competences=self.competences.data or (),
            dummies_accepted=bool(self.powerless.data),
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


class ProposeForm(PlainForm):
    title = StringField(
        _("What is to be decided, in a few words"),
        [needed(_("Say in a few words what is to be decided."))],
        render_kw={"maxlength": 200},
    )
    text = TextAreaField(
        _("The text that is voted on"),
        [needed(_("Write the text that is voted on."))],
        render_kw={"rows": 10},
    )
    decision_class = SelectField(_("What kind of decision is it?"))
    policies = TextAreaField(
        _("Policies it sets"),
        description=_("One a line: referrals.fee_ceiling_percent = 5"),
        render_kw={"rows": 3, "spellcheck": "false", "dir": "ltr"},
    )
    choices = TextAreaField(
        _("Options to rank or tick"),
        description=_("One a line, in small letters; only for elections and variants."),
        render_kw={"rows": 3},
    )
    opens = DateTimeLocalField(_("Voting opens"), [needed(_("Say when voting opens."))])
    closes = DateTimeLocalField(_("Voting ends"), [needed(_("Say when voting ends."))])
    is_public = BooleanField(
        _("Anybody may read it, what is said about it, and how it ends"),
        description=_("Otherwise only the coops of the federation do."),
    )

    review = DateField(
        _("To be looked at again by"),
        [validators.Optional()],
        description=_("For policies; people are told two weeks before."),
    )
    until = DateField(
        _("Ends by itself on"),
        [validators.Optional()],
        description=_("For policies; without a day they hold until something else is decided."),
    )
    confirms = HiddenField()

    def offer(self, classes: Mapping[str, Any]) -> None:
        """The classes of decisions that the charter knows."""
        self.decision_class.choices = options((name, CLASSES.get(name, name)) for name in classes)

    def fill_times(self, hours: Mapping[str, int], now: datetime, zone: str) -> None:
        self.opens.data, self.closes.data = earliest(hours, now, zone)

    def draft(self, zone: str, language: str, hours: Mapping[str, int]) -> Draft:
        """What was filled in. Raises InvalidInput."""
        place = ZoneInfo(zone)
        closes = self.closes.data.replace(tzinfo=place)
        return Draft(
            title=self.title.data.strip(),
            text=self.text.data.replace("\r\n", "\n").strip(),
            decision_class=self.decision_class.data,
            opens_at=self.opens.data.replace(tzinfo=place),
            closes_at=closes,
            finalize_by=counted_by(closes, hours),
            policies=dict(map(_policy, _lines(self.policies.data))),
            options=tuple(_lines(self.choices.data)),
            language=language,
            is_public=bool(self.is_public.data),
            review_by=_end_of_day(self.review.data, place),
            until=_end_of_day(self.until.data, place),
            confirms=self.confirms.data or None,
        )


class RivalForm(PlainForm):
    """A proposal's text as another coop would have it."""

    title = StringField(
        _("What is to be decided, in a few words"),
        [needed(_("Say in a few words what is to be decided."))],
        render_kw={"maxlength": 200},
    )
    text = TextAreaField(
        _("The text as you would have it"),
        [needed(_("Write the text that is voted on."))],
        render_kw={"rows": 10},
    )
    policies = TextAreaField(
        _("Policies it sets"),
        description=_("One a line: referrals.fee_ceiling_percent = 5"),
        render_kw={"rows": 3, "spellcheck": "false", "dir": "ltr"},
    )

    def amended(self, language: str) -> Amended:
        """What was filled in. Raises InvalidInput."""
        return Amended(
            title=self.title.data.strip(),
            text=self.text.data.replace("\r\n", "\n").strip(),
            policies=dict(map(_policy, _lines(self.policies.data))),
            language=language,
        )


def earliest(hours: Mapping[str, int], now: datetime, zone: str) -> tuple[datetime, datetime]:
    """The earliest times that leave room to talk, to give notice, and a day besides."""
    before = timedelta(hours=hours["commentHours"] + hours["noticeHours"] + _HOURS_A_DAY)
    opens = (now + before).astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0)
    return opens.replace(tzinfo=None), (opens + _LEAST_AFTER).replace(tzinfo=None)


def counted_by(closes: datetime, hours: Mapping[str, int]) -> datetime:
    """By when a vote is to be counted."""
    return closes + max(timedelta(hours=hours["finalizeHours"]), _LEAST_AFTER)


class ProxyForm(PlainForm):
    """Another coop that stands in for ours."""

    holder = SelectField(_("Which coop votes for us?"))
    decision_class = SelectField(_("In which decisions?"))
    until = DateField(_("Until"), [needed(_("Say until which day."))])

    def offer(self, classes: Mapping[str, Any], others: Sequence[Member]) -> None:
        """Classes in which the charter allows it, and the other coops."""
        self.decision_class.choices = options(
            (name, CLASSES.get(name, name))
            for name, each in sorted(classes.items())
            if each.get("proxies")
        )
        self.holder.choices = options((each.coop, each.name) for each in others)


def _end_of_day(day: date | None, place: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(23, 59, 59), place) if day else None


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def policy_lines(stored: Mapping[str, object]) -> str:
    """Policies of a proposal, as the form takes them."""
    return "\n".join(
        f"{key} = {policies.typed_from(policies.REGISTRY[key].kind, value)}"
        if key in policies.REGISTRY
        else f"{key} = {value}"
        for key, value in stored.items()
    )


def _policy(line: str) -> tuple[str, object]:
    key, equals, value = (part.strip() for part in line.partition("="))
    if not equals or not key or not value:
        raise InvalidInput({"policies": [_("Write a line like: listings.max_age_days = 90")]})
    known = policies.REGISTRY.get(key)
    return key, policies.stored_from(known.kind, value) if known else value
