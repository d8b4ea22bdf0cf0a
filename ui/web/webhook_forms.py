"""What is filled in about a program that is to be told."""

from wtforms import SelectMultipleField, StringField, widgets

from node.i18n import _
from node.webhooks import KIND_WORDS
from ui.web.forms import PlainForm, needed, options


class WebhookForm(PlainForm):
    url = StringField(
        _("Where does it wait?"),
        [needed(_("Write the address of the program that is to be told."))],
        description=_("Its web address, beginning with https://"),
        render_kw={"type": "url", "maxlength": 2048, "autocapitalize": "none"},
    )
    description = StringField(
        _("What is it?"), description=_("Like: our shop's website"), render_kw={"maxlength": 100}
    )
    kinds = SelectMultipleField(
        _("What is it told?"),
        [needed(_("Choose at least one kind of news."))],
        choices=options(KIND_WORDS.items()),
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
