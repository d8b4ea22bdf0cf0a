"""What admins fill in about offices, and what each office may do, in words."""

from collections.abc import Mapping

from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from federation.storage import Reader
from node import limits, offices
from node.accounts import Role
from node.errors import InvalidInput
from node.i18n import Text, _
from node.offices import OFFICE_WORDS
from ui.web.forms import PlainForm, needed, options

# What a role lets somebody do, for whoever wonders what an office is good for.
DOES: Mapping[Role, Text] = {
    Role.SECRETARY: _("keeps the register, looks at applications, vouches for members"),
    Role.TREASURER: _("keeps the books, signs and settles what coops owe each other, vouches"),
    Role.MODERATOR: _("looks at what was reported, withholds it or leaves it"),
    Role.ADMIN: _("everything here: settings, other coops, offices"),
    Role.DELEGATE: _("speaks for the coop in councils, once a federation has their key"),
}


class OfficeForm(PlainForm):
    """An office for a member, for a term."""

    member = SelectField(_("Who?"))
    office = SelectField(_("Which office?"), choices=options(OFFICE_WORDS.items()))
    name = StringField(
        _("Which committee, or which other office?"),
        description=_(
            "Only for a seat in a committee, or another office. Choose one that there is, or write "
            "another."
        ),
        render_kw={"maxlength": limits.OFFICE_WORDS_LONGEST, "list": "committees"},
    )
    asked = HiddenField()
    """The name about which somebody was asked: see `ask_once`."""
    starts_on = DateField(_("From"), [needed(_("Choose a day."))])
    ends_on = DateField(
        _("Until"),
        [needed(_("Choose a day."))],
        description=_("On this day it is over by itself."),
    )
    decision = StringField(
        _("Who decided so?"),
        [needed(_("Say who decided so, and when, such as: general meeting, 12 May."))],
        description=_("Like: general meeting of 12 May, item 4"),
        render_kw={"maxlength": limits.OFFICE_WORDS_LONGEST},
    )


class CommitteeForm(PlainForm):
    """What a committee is for."""

    name = StringField(
        _("What is it called?"),
        description=_("As its seats are: Garden committee"),
        render_kw={"maxlength": limits.OFFICE_WORDS_LONGEST},
    )
    asked = HiddenField()
    purpose = TextAreaField(
        _("What does it decide?"),
        description=_("And what not: what it has to bring before the meeting."),
        render_kw={"rows": 4, "maxlength": limits.COMMITTEE_PURPOSE_LONGEST},
    )
    decision = StringField(
        _("Who set it up?"),
        description=_("Like: general meeting of 12 May, item 4"),
        render_kw={"maxlength": limits.OFFICE_WORDS_LONGEST},
    )
    ends_on = DateField(_("Until"), [Optional()])


async def ask_once(reader: Reader, form: OfficeForm | CommitteeForm) -> None:
    """Raises InvalidInput (`name`) for a name that another committee nearly has, until somebody
    sends it again."""
    name = form.name.data or ""
    if form.asked.data == name:
        return
    if near := await offices.nearly_called(reader, name):
        form.asked.data = name
        complaint = _(
            "There is “%(name)s”: write it so if you mean that. Send it again if this is another.",
            name=near,
        )
        raise InvalidInput({"name": [complaint]})


class OfficeEndForm(PlainForm):
    """The end of a term before its time."""

    reason = TextAreaField(
        _("Why?"),
        description=_(
            "It stands in the register as long as that names them, for whoever looks after "
            "members; other coops never see it."
        ),
        render_kw={"rows": 2, "maxlength": limits.OFFICE_WORDS_LONGEST},
    )
