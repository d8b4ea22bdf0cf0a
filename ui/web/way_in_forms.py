"""What people fill in to come in when a password is gone, and to show again that it is them."""

from wtforms import BooleanField, HiddenField, PasswordField, StringField, TextAreaField

from node.i18n import _
from ui.web.forms import ByPasskeyForm, PlainForm, handle_field, needed, new_password_field


class ConfirmForm(PlainForm):
    """Who are you? Asked again before what matters."""

    present = PasswordField(
        _("Your password"),
        [needed(_("Write your password."))],
        description=_("Forgotten? Sign out, and come in by a link or a recovery code."),
        render_kw={"autocomplete": "current-password"},
    )


class LostForm(PlainForm):
    """Asking two officers to vouch."""

    handle = handle_field(_("No longer known? Write your name; they tell you the other."))
    words = TextAreaField(
        _("Who you are, what happened, and how we reach you"),
        [needed(_("Say who you are, and how you can be reached."))],
        description=_(
            "Only the secretary, the treasurer and those who look after this node read it, and it "
            "is deleted after."
        ),
        render_kw={"rows": "4"},
    )


class VouchForm(PlainForm):
    """One officer's word for somebody."""

    sure = BooleanField(
        _("I have spoken with them just now, face to face or by voice, and it is them."),
        [needed(_("Speak with them first. A letter or message can come from anybody."))],
    )


class ComeInAgainForm(ByPasskeyForm):
    """What a link asks for that was made for somebody who lost every other way in."""

    password = new_password_field()


class PasskeyForm(PlainForm):
    """A new passkey, and what its owner calls it."""

    name = StringField(
        _("On which device"), [needed(_("Name the device that holds it, in one short line."))]
    )
    made = HiddenField(render_kw={"data-said": True})


class CodeForm(PlainForm):
    """Coming in by a recovery code."""

    handle = handle_field()
    code = StringField(
        _("Recovery code"),
        [needed(_("Write one of the codes from your sheet."))],
        description=_("Like 4-k7q2-9xmv-41hd. Cross it out then: it works once."),
        render_kw={
            "autocomplete": "one-time-code",
            "autocapitalize": "none",
            "spellcheck": "false",
        },
    )
    password = new_password_field()
