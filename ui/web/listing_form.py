"""What somebody fills in of what they offer or need."""

from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    validators,
)

from node import limits
from node.i18n import Text, _
from node.listings import FEDERATION, MEMBERS
from ui.web import detail_fields, extra_fields, season_fields, words
from ui.web.forms import PlainForm, needed, options
from ui.web.language_field import LanguageField
from ui.web.numbers import number_field

_HOURS = _("Hours on top of the money")
_QUANTITIES = (_("From how many"), _("In steps of"), _("At most how many"))
_ON_TOP, _IN_IT = _("Taxes on top"), _("Taxes in the price")
_DEPOSIT = _("Deposit, which goes back")
_AS_ABOVE = _("Left empty: as for the whole offer")


def _taxes(label: Text, hint: Text) -> StringField:
    return StringField(label, description=hint, render_kw={"size": 20})


def _further_label() -> StringField:
    return StringField(
        _("For what"), description=_("Like: half a day"), render_kw={"maxlength": 80}
    )


def _currency(hint: Text) -> StringField:
    return StringField(_("Currency"), description=hint, render_kw={"size": 6})


def _whom() -> SelectField:
    return SelectField(
        _("For whom"),
        choices=options(
            [
                ("", _("Everybody")),
                (MEMBERS, _("Members of our coop")),
                (FEDERATION, _("Members of coops in the same federation")),
            ]
        ),
        default="",
    )


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
    language_asked = HiddenField()
    languages = StringField(
        _("Languages spoken"),
        description=_("By their names, with commas between them"),
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
    price_amount = number_field(_("Price"), _("0 for a gift"))
    price_max = number_field(_("Up to, if people choose"))
    price_suggested = number_field(_("What you suggest"), _("If people choose between the two"))
    price_hours = number_field(_HOURS, _("Of each, if a part of it is paid in time"))
    price_least, price_step, price_most = (number_field(label, size=6) for label in _QUANTITIES)
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
    taxes = _taxes(_ON_TOP, _("Like VAT 20 %, with ; between them"))
    taxes_included = _taxes(
        _IN_IT, _("Like VAT 20 %; as a small business that charges none: VAT 0 %")
    )
    deposit = number_field(_DEPOSIT)
    guest_tax_name = StringField(
        _("Tax for each person and night"),
        description=_("As your town calls it, like: tourist tax. It comes on top."),
        render_kw={"maxlength": 60},
    )
    guest_tax_amount = number_field(_("How much of it each person pays a night"))
    guest_tax_age = IntegerField(
        _("From which age on"),
        [validators.Optional()],
        description=_("Leave it empty if everybody pays it."),
        render_kw={"min": 1, "max": 99, "inputmode": "numeric"},
    )
    referral_percent = number_field(
        _("For a coop that passes somebody on to you: a part of the first job, in %"),
        _("Coops we work with see it, and a referral begins with it."),
    )
    referral_amount = number_field(_("Or a fixed sum"))
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
    project = TextAreaField(
        _("Community projects"),
        description=_(
            "One on each line. Whoever asks chooses one, which gets the share of our fee that the "
            "coop gives to projects; the first if they do not."
        ),
        render_kw={"rows": 2},
    )
    provider = SelectField(_("Who offers it"), choices=[], validate_choice=False, default="")
    expires_on = DateField(_("Until"), [validators.Optional()])
    visibility = RadioField(
        _("Who sees it"),
        choices=options((key, name) for key, (name, _hint) in words.VISIBILITIES.items()),
        default="public",
    )
    price2_label, price3_label, price4_label = (_further_label() for _place in range(3))
    price2_amount, price3_amount, price4_amount = (number_field(_("Price")) for _place in range(3))
    price2_max, price3_max, price4_max = (
        number_field(_("Up to, if people choose")) for _place in range(3)
    )
    price2_suggested, price3_suggested, price4_suggested = (
        number_field(_("What you suggest")) for _place in range(3)
    )
    price2_least, price3_least, price4_least = (
        number_field(_QUANTITIES[0], size=6) for _place in range(3)
    )
    price2_step, price3_step, price4_step = (
        number_field(_QUANTITIES[1], size=6) for _place in range(3)
    )
    price2_most, price3_most, price4_most = (
        number_field(_QUANTITIES[2], size=6) for _place in range(3)
    )
    price2_hours, price3_hours, price4_hours = (number_field(_HOURS) for _place in range(3))
    price2_whom, price3_whom, price4_whom = (_whom() for _place in range(3))
    price2_currency, price3_currency, price4_currency = (
        _currency(_("Left empty: that of the first")) for _place in range(3)
    )
    price2_unit, price3_unit, price4_unit = (_unit() for _place in range(3))
    price2_taxes_included, price3_taxes_included, price4_taxes_included = (
        _taxes(_IN_IT, _AS_ABOVE) for _place in range(3)
    )
    price2_taxes, price3_taxes, price4_taxes = (_taxes(_ON_TOP, _AS_ABOVE) for _place in range(3))
    price2_deposit, price3_deposit, price4_deposit = (
        number_field(_DEPOSIT, _("0 for none")) for _place in range(3)
    )


_MORE = detail_fields.made() | season_fields.made() | extra_fields.made()
for _name, _field in _MORE.items():
    setattr(ListingForm, _name, _field)
