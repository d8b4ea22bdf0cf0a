"""What members fill in about their work, and officers about that."""

from datetime import date

from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField, validators

from federation.storage import Reader
from node import limits, offices
from node.hours import Entry, Work
from node.i18n import Text, _
from ui.web.forms import PlainForm, needed, options


def _not_below_zero(_form: PlainForm, entry: IntegerField) -> None:
    if entry.data is not None and entry.data < 0:
        raise validators.StopValidation(str(_("Write a whole number that is not below zero.")))


def _part(label: Text) -> IntegerField:
    return IntegerField(
        label,
        [validators.Optional(), _not_below_zero],
        render_kw={"inputmode": "numeric", "min": 0, "size": 6},
    )


class WorkForm(PlainForm):
    """What somebody did, when, and how long."""

    worked_on = DateField(_("Day"), [needed(_("Choose a day."))])
    hours = _part(_("Hours"))
    minutes = _part(_("Minutes"))
    activity = StringField(
        _("What did you do?"),
        [needed(_("Say in a few words what you did."))],
        description=_("The same words for the same work: they are added up."),
        render_kw={"maxlength": limits.WORK_ACTIVITY_LONGEST, "list": "activities"},
    )
    committee = SelectField(_("For which committee?"), default="")

    def work(self) -> Work:
        """As it was typed, once it is valid."""
        return Work(
            self.worked_on.data,
            (self.hours.data or 0) * 60 + (self.minutes.data or 0),
            self.activity.data,
            self.committee.data or "",
        )


class SendBackForm(PlainForm):
    """Why work does not count as it was noted."""

    reason = TextAreaField(
        _("Why?"),
        [needed(_("Say why, so that they can put it right."))],
        render_kw={"rows": 2, "maxlength": limits.WORK_REASON_LONGEST},
    )


async def work_form(
    reader: Reader, data: object = None, *, today: date, one: Entry | None = None
) -> WorkForm:
    """With the committees that there are. one: what is to be changed."""
    known: dict[str, object] = {"worked_on": today}
    if one is not None:
        hours, minutes = divmod(one.minutes, 60)
        known = {
            "worked_on": one.worked_on,
            "hours": hours,
            "minutes": minutes,
            "activity": one.activity,
            "committee": one.committee,
        }
    form = WorkForm(data, data=known)
    names = {each.name for each in await offices.committees(reader) if not each.is_over}
    if one is not None and one.committee:
        names.add(one.committee)
    ordered = sorted(names, key=str.casefold)
    form.committee.choices = options([("", _("For none")), *((name, name) for name in ordered)])
    return form
