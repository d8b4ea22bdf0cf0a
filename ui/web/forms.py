"""What people fill in. Each form reads a request and gives a draft or complaints, all at once.

WTForms draws the fields and keeps what was typed; its own messages go through our catalogue, so
that one language speaks on the whole page. Limits and rules of the coop live in the slices.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from aiohttp import web
from wtforms import (
    BooleanField,
    Field,
    FileField,
    Form,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
    widgets,
)

from node import limits
from node.consents import Words
from node.i18n import Text, _
from ui.web import words
from ui.web.form_words import Catalogue
from ui.web.reading import read_form

F = TypeVar("F", bound="PlainForm")


class PlainForm(Form):  # type: ignore[misc]
    class Meta:
        def get_translations(self, _form: Form) -> Catalogue:
            return Catalogue()

    def complain(self, fields: Mapping[str, Sequence[Text]]) -> None:
        """Put the coop's own complaints beside the fields they are about.

        What concerns no field of the form is shown at the first one, so that nothing is lost.
        """
        first = next(iter(self))
        for name, messages in fields.items():
            entry: Field = self._fields.get(name, first)
            entry.errors = [*entry.errors, *(str(message) for message in messages)]


async def filled(form: type[F], request: web.Request, **defaults: Any) -> F:
    return form(await read_form(request), data=defaults)


def options(words_of: Iterable[tuple[str, Text]]) -> list[SelectChoice]:
    """What one can choose from: the value that is sent and the words that are shown."""
    return [SelectChoice(value, label) for value, label in words_of]


def needed(message: Text) -> validators.InputRequired:
    return validators.InputRequired(message)


def handle_field(description: Text = "") -> StringField:
    """By what somebody signs in who has an account."""
    return StringField(
        _("Name you sign in with"),
        [needed(_("Write the name you sign in with."))],
        description=description,
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


def new_password_field() -> PasswordField:
    """One that is chosen in place of another."""
    return PasswordField(
        _("New password"),
        [needed(_("Write the new password."))],
        description=_("At least 10 characters; three words you like are good."),
        render_kw={"autocomplete": "new-password"},
    )


class SignInForm(PlainForm):
    handle = handle_field()
    password = PasswordField(
        _("Password"),
        [needed(_("Write your password."))],
        render_kw={"autocomplete": "current-password"},
    )


class ByPasskeyForm(PlainForm):
    """A new password, or a passkey that the browser made in its place."""

    password: PasswordField
    made = HiddenField(render_kw={"data-said": True})

    def validate(self, extra_validators: Any = None) -> bool:
        if self.made.data:
            self.password.validators = ()
        return bool(super().validate(extra_validators))


class WelcomeForm(ByPasskeyForm):
    """The first visit by an owner's or an invitation link."""

    name = StringField(
        _("Your name, as others see it"),
        [needed(_("Write your name as other members should see it."))],
        render_kw={"autocomplete": "name"},
    )
    handle = StringField(
        _("Name to sign in with"),
        [needed(_("Choose a short name to sign in with, like rosa."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _("Password"),
        [needed(_("Choose a password."))],
        description=_("At least 10 characters; three words you like are good."),
        render_kw={"autocomplete": "new-password"},
    )


class PasswordForm(PlainForm):
    password = new_password_field()


class LeaveForm(PlainForm):
    offers = RadioField(
        _("What you offer and need"),
        choices=options(
            [
                ("gone", _("Take it down, here and at other coops")),
                ("coop", _("Leave it to the coop, which goes on with it")),
            ]
        ),
        default="gone",
    )
    sure = BooleanField(
        _("I leave the coop. This cannot be undone."),
        [needed(_("Tick that you want to leave."))],
    )


class TokenForm(PlainForm):
    label = StringField(
        _("What is it for?"), [needed(_("Say what it is for, like our shop's website."))]
    )
    scopes = SelectMultipleField(
        _("What may it do?"),
        [needed(_("Choose at least one thing it may do."))],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )


class PeerForm(PlainForm):
    address = StringField(
        _("The other coop's web address"),
        [needed(_("Write the other coop's web address, like pioneer.example."))],
        description=_("Or its handle, like @coop@pioneer.example"),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "inputmode": "url"},
    )


class FederationForm(PlainForm):
    address = StringField(
        _("Address of the federation, or of a coop that belongs to it"),
        [needed(_("Write an address, like pioneer.example."))],
        description=_("Or its handle, like @coop@pioneer.example"),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "inputmode": "url"},
    )


class DomainForm(PlainForm):
    domain = StringField(
        _("Its name"),
        [needed(_("Write the name alone, like evil.example."))],
        description=_("Like evil.example; limits and blocks hold for all names below it too"),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "inputmode": "url"},
    )
    level = RadioField(
        _("What holds for it?"),
        choices=options((key, name) for key, (_shape, name) in words.DOMAIN_LEVELS.items()),
        default="limit",
    )
    reason = StringField(
        _("Why?"),
        [needed(_("Say why; it stays here."))],
        description=_("It stays here; the others are not told."),
        render_kw={"maxlength": 500},
    )
    days = IntegerField(
        _("For how many days?"),
        [validators.Optional()],
        description=_("Leave it empty: then it holds for good."),
        render_kw={"min": 1, "max": 3650},
    )


class ReplyForm(PlainForm):
    text = TextAreaField(
        _("Your message"),
        [needed(_("Write something."))],
        render_kw={"rows": 6, "maxlength": limits.MESSAGE_LONGEST},
    )


class MessageForm(ReplyForm):
    """The first message; name and contact are for somebody without an account."""

    name = StringField(_("Your name"), render_kw={"autocomplete": "name", "maxlength": 100})
    contact = StringField(
        _("Telephone or e-mail"),
        description=_("Only whoever answers you sees it."),
        render_kw={"maxlength": 100},
    )


class ConsentForm(PlainForm):
    title = StringField(
        _("What is it about?"),
        description=_("Like: photographs of our work"),
        render_kw={"maxlength": limits.NAME_LONGEST},
    )
    text = TextAreaField(
        _("What do they agree to?"),
        description=_("What you do with it, who sees it, and for how long."),
        render_kw={"rows": 4, "maxlength": limits.CONSENT_TEXT_LONGEST},
    )

    @property
    def others(self) -> dict[str, Words]:
        """What it says in further languages."""
        tags = [entry.name.partition("-")[2] for entry in self if entry.name.startswith("title-")]
        return {
            tag: Words(self[f"title-{tag}"].data or "", self[f"text-{tag}"].data or "")
            for tag in tags
        }


def consent_form(languages: Iterable[str], given: object = None, **named: Any) -> ConsentForm:
    """With room for the same in further languages, as `title-TAG` and `text-TAG`."""
    fields: dict[str, Any] = {}
    for tag in languages:
        for name, entry in (("title", StringField), ("text", TextAreaField)):
            own = getattr(ConsentForm, name)
            kept = {**own.kwargs["render_kw"], "lang": tag}
            fields[f"{name}-{tag}"] = entry(own.args[0], render_kw=kept)
    made: ConsentForm = type("ConsentForm", (ConsentForm,), fields)(given, **named)
    return made


CHOOSE_A_FILE = _("Choose a file from your computer or phone.")


class ExchangeForm(PlainForm):
    file = FileField(
        _("A table (CSV) or a map file (GeoJSON)"),
        render_kw={"accept": ".csv,.json,.geojson,text/csv,application/geo+json"},
    )
    kind = SelectField(_("What are they?"), choices=options(words.KINDS.items()))
    look = SelectField(
        _("First a look, or at once?"),
        choices=options(
            [
                ("dry", _("A look first")),
                ("draft", _("Bring in as drafts")),
                ("publish", _("Bring in and publish")),
            ]
        ),
    )


class MembersForm(PlainForm):
    file = FileField(_("A table (CSV)"), render_kw={"accept": ".csv,text/csv"})
    look = SelectField(
        _("First a look, or at once?"),
        choices=options([("dry", _("A look first")), ("enter", _("Enter them"))]),
    )


class BlocklistForm(PlainForm):
    file = FileField(_("A list (CSV)"), render_kw={"accept": ".csv,.txt,text/csv,text/plain"})
    look = SelectField(
        _("First a look, or at once?"),
        choices=options(
            [("dry", _("First show me what would happen")), ("enter", _("Take the list over"))]
        ),
    )
