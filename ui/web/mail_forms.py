"""What people fill in to get letters by e-mail, or to come in by one."""

from wtforms import RadioField, SelectField, StringField

from node.i18n import _
from node.mail import HOW_WORDS
from node.mail_settings import LONGEST_ADDRESS
from ui.web.forms import PlainForm, handle_field, needed, options

_HOURS = options((str(hour), f"{hour:02}:00") for hour in range(24))


class AddressForm(PlainForm):
    """Where letters go."""

    address = StringField(
        _("E-mail address"),
        [needed(_("Write an e-mail address, like rosa@example.org."))],
        description=_("A letter goes there with a link; nothing else does before you use it."),
        render_kw={"autocomplete": "email", "type": "email", "maxlength": LONGEST_ADDRESS},
    )


class HoursForm(PlainForm):
    """Which letters, and when not."""

    how = RadioField(_("What may come"), choices=options(HOW_WORDS.items()))
    quiet_from = SelectField(_("No letters from"), choices=_HOURS, coerce=int)
    quiet_until = SelectField(_("until"), choices=_HOURS, coerce=int)
    zone = StringField(
        _("Time zone"),
        [needed(_("Name a time zone such as Europe/Rome or Africa/Nairobi."))],
        description=_("Like Europe/Rome"),
    )


class WayInForm(PlainForm):
    """A new way in, by a letter."""

    handle = handle_field()
