"""Forms of the council: proposing, other texts, proxies."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    validators,
)

from node import council
from node.council import Amended, Draft, Member
from node.i18n import Text, _
from ui.web.council_words import CLASSES
from ui.web.forms import PlainForm, needed, options
from ui.web.policy_fields import PoliciesForm
from ui.web.reading import lines_of

_HOURS_A_DAY = 24
_LEAST_AFTER = timedelta(days=7)


class ProposeForm(PoliciesForm):
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
    choices = TextAreaField(
        _("Options to rank or tick"),
        description=_(
            "One a line, as people call them: names, days, texts. Only where options are ranked or "
            "ticked."
        ),
        render_kw={"rows": 5},
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
    excludes = HiddenField()

    def complain(self, fields: Mapping[str, Sequence[Text]]) -> None:
        beside = {"options": "choices"}
        super().complain({beside.get(name, name): said for name, said in fields.items()})

    def offer(self, classes: Mapping[str, Any]) -> None:
        """The classes of decisions that the charter knows."""
        self.decision_class.choices = options((name, CLASSES.get(name, name)) for name in classes)

    def fill_times(self, hours: Mapping[str, int], now: datetime, zone: str) -> None:
        self.opens.data, self.closes.data = earliest(hours, now, zone)

    def draft(self, zone: str, language: str, hours: Mapping[str, int]) -> Draft:
        """What was filled in. Raises InvalidInput."""
        place = ZoneInfo(zone)
        closes = self.closes.data.replace(tzinfo=place)
        named = council.ids_for(lines_of(self.choices.data))
        return Draft(
            title=self.title.data.strip(),
            text=self.text.data.replace("\r\n", "\n").strip(),
            decision_class=self.decision_class.data,
            opens_at=self.opens.data.replace(tzinfo=place),
            closes_at=closes,
            finalize_by=counted_by(closes, hours),
            policies=self.written_policies(),
            options=tuple(named),
            names=named,
            language=language,
            is_public=bool(self.is_public.data),
            review_by=_end_of_day(self.review.data, place),
            until=_end_of_day(self.until.data, place),
            confirms=self.confirms.data or None,
            excludes=self.excludes.data or None,
        )


class RivalForm(PoliciesForm):
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

    def amended(self, language: str) -> Amended:
        """What was filled in. Raises InvalidInput."""
        return Amended(
            title=self.title.data.strip(),
            text=self.text.data.replace("\r\n", "\n").strip(),
            policies=self.written_policies(),
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
