"""The form that says a listing in another language."""

from collections.abc import Iterable
from typing import Any

from wtforms import StringField, TextAreaField

from node import limits
from node.i18n import _
from ui.web import detail_fields
from ui.web.forms import PlainForm, needed
from ui.web.language_field import LanguageField


class TranslationForm(PlainForm):
    language = LanguageField(_("Language"), validators=[needed(_("Say which language this is."))])
    title = StringField(
        _("In a few words"),
        [needed(_("Say in a few words what you offer or need."))],
        render_kw={"maxlength": 200},
    )
    summary = TextAreaField(_("In a sentence or two"), render_kw={"rows": 2, "maxlength": 500})
    body = TextAreaField(_("All there is to know"), render_kw={"rows": 8})


def translation_form(phrases: Iterable[str], given: object = None, **named: Any) -> TranslationForm:
    """With room for the phrases of a listing, as `phrase1` and so on."""
    fields = {
        f"phrase{number}": StringField(own, render_kw={"maxlength": limits.PICTURE_ALT_LONGEST})
        for number, own in enumerate(phrases, 1)
    }
    made: TranslationForm = type("TranslationForm", (TranslationForm,), fields)(given, **named)
    return made


for _name, _field in detail_fields.made_again().items():
    setattr(TranslationForm, _name, _field)
