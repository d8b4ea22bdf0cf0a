"""What is filled in to put right who somebody is, and how they are reached."""

from collections.abc import Mapping

from wtforms import StringField, TextAreaField

from node import limits
from node.i18n import _
from node.members import FIELD_WORDS, MemberView
from ui.web.forms import PlainForm, needed


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
        return {entry.name: entry.data or "" for entry in self if entry.name in FIELD_WORDS}


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


def written(line: MemberView) -> Mapping[str, str]:
    """What stands in the register, by field of these forms."""
    return {field: getattr(line, field) or "" for field in FIELD_WORDS}
