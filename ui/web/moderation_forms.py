"""What people fill in about what should not stand: reports, decisions, words for who offered it."""

from wtforms import BooleanField, HiddenField, RadioField, SelectField, TextAreaField

from node import limits
from node.i18n import _
from node.listings import REASONS
from ui.web.forms import PlainForm, options


class ReportForm(PlainForm):
    reason = RadioField(
        _("What is wrong with it?"), choices=options(REASONS.items()), validate_choice=False
    )
    words = TextAreaField(
        _("In your own words"), render_kw={"rows": 4, "maxlength": limits.REPORT_LONGEST}
    )
    tell_them = BooleanField(_("Tell their coop too"))


class DecisionForm(PlainForm):
    do = HiddenField()
    ground = SelectField(
        _("On what ground"),
        choices=options([("", _("Choose if you withhold it")), *REASONS.items()]),
        validate_choice=False,
    )
    words = TextAreaField(_("Why?"), render_kw={"rows": 4, "maxlength": limits.REPORT_LONGEST})


class ReviewForm(PlainForm):
    do = HiddenField()
    version = HiddenField()
    words = TextAreaField(
        _("If you send it back: why?"), render_kw={"rows": 3, "maxlength": limits.REPORT_LONGEST}
    )
