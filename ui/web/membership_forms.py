"""What is filled in to put right who somebody is, and how they are reached."""

from collections.abc import Mapping

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    validators,
)

from node import limits
from node.i18n import _
from node.members import CLASS_WORDS, END_WORDS, FIELD_WORDS, MemberView
from ui.web.forms import PlainForm, needed, options


class NameForm(PlainForm):
    """What others here call somebody who signs in."""

    name = StringField(
        _("Your name, as others see it"),
        [needed(_("Write your name as other members should see it."))],
        render_kw={"autocomplete": "name", "maxlength": limits.NAME_LONGEST},
    )


class ContactForm(PlainForm):
    """How the coop reaches a member; their own to change."""

    phone = StringField(
        FIELD_WORDS["phone"], render_kw={"type": "tel", "autocomplete": "tel", "dir": "ltr"}
    )
    email = StringField(
        FIELD_WORDS["email"], render_kw={"type": "email", "autocomplete": "email", "dir": "ltr"}
    )
    address = TextAreaField(
        FIELD_WORDS["address"], render_kw={"rows": 3, "autocomplete": "street-address"}
    )

    def said(self) -> dict[str, str]:
        """What was sent; a field that the page did not have stays as it is."""
        sent = [entry for entry in self if entry.name in FIELD_WORDS and entry.raw_data]
        return {entry.name: entry.data or "" for entry in sent}


class CorrectionForm(ContactForm):
    """All that the register says of somebody, put right by who keeps it."""

    name = StringField(
        FIELD_WORDS["name"],
        [needed(_("Give a name."))],
        render_kw={"maxlength": limits.NAME_LONGEST},
    )
    representative = StringField(
        FIELD_WORDS["representative"], render_kw={"maxlength": limits.NAME_LONGEST}
    )
    source = StringField(
        _("Where do you know it from?"),
        description=_("Like: their passport, or a call on 12 May. It stands in the register."),
        render_kw={"maxlength": limits.OFFICE_WORDS_LONGEST},
    )


class RegisterNameForm(PlainForm):
    """How the register should call a member; they ask for it."""

    name = StringField(
        _("Your name, as it should stand there"),
        [needed(_("Give a name."))],
        render_kw={"autocomplete": "name", "maxlength": limits.NAME_LONGEST},
    )


class MemberStepForm(PlainForm):
    """What happens to a membership, by whoever keeps the register."""

    do = HiddenField()
    reason = TextAreaField(
        _("Why?"),
        description=_("It stands in the register for good, sealed; other coops never see it."),
        render_kw={"rows": 3, "maxlength": limits.APPLICATION_TEXT_LONGEST},
    )
    until = DateField(
        _("Until"),
        [validators.Optional()],
        description=_("For a pause, a notice or a probation: on this day it is over."),
    )
    why = SelectField(
        _("If it ends: how?"),
        choices=options([("", _("Choose")), *END_WORDS.items()]),
        default="",
    )
    close = BooleanField(_("With the end, close their account here too"), default=True)


class ClassForm(PlainForm):
    """The class of members that somebody belongs to from now on."""

    membership_class = SelectField(
        _("Class"), choices=options(CLASS_WORDS.items()), validate_choice=False
    )
    why = StringField(
        _("Why another one?"),
        description=_("Like: board, 12 May. It stands in the register for good, sealed."),
        render_kw={"maxlength": limits.OFFICE_WORDS_LONGEST},
    )


class NoticeForm(PlainForm):
    """A member gives notice of their membership."""

    reason = TextAreaField(
        _("Why?"),
        description=_("If you like. Those who look after members read it."),
        render_kw={"rows": 2, "maxlength": limits.APPLICATION_TEXT_LONGEST},
    )
    sure = BooleanField(_("I give notice of my membership"), [needed(_("Tick that you mean it."))])


def written(line: MemberView) -> Mapping[str, str]:
    """What stands in the register, by field of these forms."""
    return {field: getattr(line, field) or "" for field in FIELD_WORDS}
