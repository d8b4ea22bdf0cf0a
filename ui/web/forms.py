"""What people fill in. Each form reads a request and gives a draft or complaints, all at once.

WTForms draws the fields and keeps what was typed; its own messages go through our catalogue, so
that one language speaks on the whole page. Limits and rules of the coop live in the slices.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from aiohttp import web
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FileField,
    Form,
    HiddenField,
    IntegerField,
    MultipleFileField,
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
from ui.web import detail_fields, extra_fields, season_fields, words
from ui.web.form_words import Catalogue
from ui.web.language_field import LanguageField
from ui.web.numbers import NumberField, amount
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


class SignInForm(PlainForm):
    handle = handle_field()
    password = PasswordField(
        _("Password"),
        [needed(_("Write your password."))],
        render_kw={"autocomplete": "current-password"},
    )


class WelcomeForm(PlainForm):
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
    made = HiddenField(render_kw={"data-said": True})

    def validate(self, extra_validators: Any = None) -> bool:
        """A passkey that was made stands for the password."""
        if self.made.data:
            self.password.validators = ()
        return bool(super().validate(extra_validators))


class PasswordForm(PlainForm):
    password = PasswordField(
        _("New password"),
        [needed(_("Write the new password."))],
        description=_("At least 10 characters; three words you like are good."),
        render_kw={"autocomplete": "new-password"},
    )


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


def _sum(label: Text, hint: Text = "") -> NumberField:
    return NumberField(
        label,
        [validators.Optional(), amount],
        places=None,
        description=hint,
        render_kw={"inputmode": "decimal"},
    )


_HOURS = _("Hours on top of the money")
_QUANTITIES = (_("From how many"), _("In steps of"), _("At most how many"))


def _quantity(label: Text) -> NumberField:
    return NumberField(
        label,
        [validators.Optional(), amount],
        places=None,
        render_kw={"inputmode": "decimal", "size": 6},
    )


def _further_label() -> StringField:
    return StringField(
        _("For what"), description=_("Like: half a day"), render_kw={"maxlength": 80}
    )


def _currency(hint: Text) -> StringField:
    return StringField(_("Currency"), description=hint, render_kw={"size": 6})


def _unit() -> SelectField:
    return SelectField(
        _("Counted by"),
        choices=options([("", _("for all of it")), *words.UNIT_NAMES.items()]),
        default="",
    )


class ListingForm(PlainForm):
    kind = RadioField(_("What is it?"), choices=options(words.KINDS.items()), default="service")
    title = StringField(
        _("In a few words"),
        [needed(_("Say in a few words what you offer or need."))],
        render_kw={"maxlength": 120},
    )
    summary = TextAreaField(
        _("In a sentence or two"),
        description=_("This is what people see in the list."),
        render_kw={"rows": 2, "maxlength": 300},
    )
    body = TextAreaField(
        _("All there is to know"),
        description=_("Leave a blank line for a new paragraph; begin a line with - for a list."),
        render_kw={"rows": 8},
    )
    pictures = MultipleFileField(
        _("Add pictures"),
        description=_(
            "Up to %(most)s, at most %(size)s MB together. Where they were taken is taken out.",
            most=limits.PICTURES_PER_LISTING,
            size=limits.PICTURES_FORM_BYTES // 1024**2,
        ),
        render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif,image/avif"},
    )
    category = StringField(_("Trade or theme"), description=_("Like cleaning, repairs, food"))
    tags = StringField(_("Words people may look for"), description=_("With commas between them"))
    language = LanguageField(_("Language of the text"))
    languages = StringField(
        _("Languages spoken"),
        description=_("Their short codes: en, pl, ar"),
        render_kw={"size": 12},
    )
    place = StringField(
        _("Where"), description=_("A town or a map’s link; nobody sees more than about 1 km")
    )
    radius_km = IntegerField(
        _("How many km you go from there"),
        [validators.Optional()],
        description=_("If you come to people, or bring it to them"),
        render_kw={"min": 1, "inputmode": "numeric"},
    )
    price_amount = _sum(_("Price"), _("0 for a gift"))
    price_max = _sum(_("Up to, if people choose"))
    price_suggested = _sum(_("What you suggest"), _("If people choose between the two"))
    price_hours = _sum(_HOURS, _("Of each, if a part of it is paid in time"))
    price_least, price_step, price_most = (_quantity(label) for label in _QUANTITIES)
    price_label = StringField(
        _("For what, if there are several prices"),
        description=_("Like: half a day"),
        render_kw={"maxlength": 80},
    )
    currency = _currency(_("GBP, EUR … or HOUR for hours"))
    unit = _unit()
    price_text = StringField(
        _("Something about the price"), description=_("Like: first visit free")
    )
    taxes = StringField(
        _("Taxes on top"),
        description=_("Like VAT 20 %, with ; between them"),
        render_kw={"size": 20},
    )
    taxes_included = StringField(
        _("Taxes in the price"),
        description=_("Like VAT 20 %; as a small business that charges none: VAT 0 %"),
        render_kw={"size": 20},
    )
    deposit = NumberField(
        _("Deposit, which goes back"),
        [validators.Optional(), amount],
        places=None,
        render_kw={"inputmode": "decimal"},
    )
    cancel_hours = IntegerField(
        _("Cancelling counts as late from how many hours before?"),
        [validators.Optional()],
        description=_("Leave it empty, and the rules of the coop hold."),
        render_kw={"min": 0, "inputmode": "numeric"},
    )
    cancel_early_percent = IntegerField(
        _("Cancelled in time: percent of the price"),
        [validators.Optional()],
        render_kw={"min": 0, "max": 100, "inputmode": "numeric"},
    )
    cancel_late_percent = IntegerField(
        _("Cancelled late: percent of the price"),
        [validators.Optional()],
        render_kw={"min": 0, "max": 100, "inputmode": "numeric"},
    )
    project = StringField(
        _("Community project"),
        description=_("It gets the share of our fee that the coop gives to projects."),
        render_kw={"maxlength": 60},
    )
    provider = SelectField(_("Who offers it"), choices=[], validate_choice=False, default="")
    expires_on = DateField(_("Until"), [validators.Optional()])
    visibility = RadioField(
        _("Who sees it"),
        choices=options((key, name) for key, (name, _hint) in words.VISIBILITIES.items()),
        default="public",
    )
    price2_label, price3_label, price4_label = (_further_label() for _place in range(3))
    price2_amount, price3_amount, price4_amount = (_sum(_("Price")) for _place in range(3))
    price2_max, price3_max, price4_max = (_sum(_("Up to, if people choose")) for _place in range(3))
    price2_suggested, price3_suggested, price4_suggested = (
        _sum(_("What you suggest")) for _place in range(3)
    )
    price2_least, price3_least, price4_least = (_quantity(_QUANTITIES[0]) for _place in range(3))
    price2_step, price3_step, price4_step = (_quantity(_QUANTITIES[1]) for _place in range(3))
    price2_most, price3_most, price4_most = (_quantity(_QUANTITIES[2]) for _place in range(3))
    price2_hours, price3_hours, price4_hours = (_sum(_HOURS) for _place in range(3))
    price2_whom, price3_whom, price4_whom = (
        BooleanField(_("Only for members of our coop")) for _place in range(3)
    )
    price2_currency, price3_currency, price4_currency = (
        _currency(_("Left empty: that of the first")) for _place in range(3)
    )
    price2_unit, price3_unit, price4_unit = (_unit() for _place in range(3))


_MORE = detail_fields.made() | season_fields.made() | extra_fields.made()
for _name, _field in _MORE.items():
    setattr(ListingForm, _name, _field)
