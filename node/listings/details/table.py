"""The fields of each kind of listing: one line each, in the order in which they are shown. Data."""

from collections.abc import Mapping

from node.i18n import Text, _
from node.listings.details.shapes import Detail, Option, Shape
from node.listings.models import Kind
from node.members import CLASS_WORDS

_ALL = frozenset(Kind)
_SERVICE, _GOODS, _STAY = (frozenset({one}) for one in (Kind.SERVICE, Kind.GOODS, Kind.STAY))
_LEND, _REQUEST, _OPENING = (frozenset({one}) for one in (Kind.LEND, Kind.REQUEST, Kind.OPENING))
_LINES = _("One on each line")


def _options(
    words: Mapping[str, Text], terms: Mapping[str, str] | None = None
) -> tuple[Option, ...]:
    return tuple(Option(key, word, (terms or {}).get(key, "")) for key, word in words.items())


_DONE = _SERVICE | _REQUEST | _OPENING
_MODES = (
    Option("at-yours", _("At your place"), kinds=_SERVICE | _REQUEST),
    Option("at-ours", _("At our place"), kinds=_DONE),
    Option("remote", _("From afar, by phone or screen"), kinds=_DONE),
    Option("delivered", _("Brought to you"), kinds=_ALL - _OPENING),
    Option("collected", _("Collected from us"), kinds=_ALL - _OPENING),
)
_VALUES = {
    "fair": _("Fairly traded"),
    "organic": _("Organic"),
    "local": _("From around here"),
    "accessible": _("Without barriers"),
    "women-led": _("Led by women"),
    "inclusive": _("Work for everybody"),
    "repair": _("Made to be repaired"),
    "reused": _("Used again"),
    "low-carbon": _("Little carbon"),
    "vegan": _("Vegan"),
}
_REPEATS = {
    "once": _("Once"),
    "regular": _("Regularly"),
    "either": _("Once or regularly"),
    "first": _("Once, for who is new to us"),
}
_STATES = {
    "new": _("New, never used"),
    "as-new": _("As good as new"),
    "used": _("Used"),
    "for-repair": _("To be repaired"),
}
_STATE_TERMS = {
    "new": "NewCondition",
    "as-new": "UsedCondition",
    "used": "UsedCondition",
    "for-repair": "DamagedCondition",
}
# Regulation (EU) No 1169/2011, Annex II, in its order.
_ALLERGENS = {
    "gluten": _("Cereals with gluten"),
    "crustaceans": _("Crustaceans"),
    "eggs": _("Eggs"),
    "fish": _("Fish"),
    "peanuts": _("Peanuts"),
    "soy": _("Soya"),
    "milk": _("Milk"),
    "nuts": _("Nuts"),
    "celery": _("Celery"),
    "mustard": _("Mustard"),
    "sesame": _("Sesame"),
    "sulphites": _("Sulphites"),
    "lupin": _("Lupin"),
    "molluscs": _("Molluscs"),
}
_URGENCIES = {
    "urgent": _("urgent, not an emergency"),
    "soon": _("soon"),
    "routine": _("no hurry"),
}

DETAILS = (
    Detail(
        *("mode", _ALL - _STAY, Shape.CHOICES, _("Where and how")),
        options=_MODES,
        first=True,
        picked=True,
    ),
    Detail(
        *("repeat", _SERVICE, Shape.CHOICE, _("How often")),
        options=_options(_REPEATS),
        first=True,
    ),
    Detail(
        *("extras", _SERVICE, Shape.LIST, _("What else can be agreed on")),
        _("One on each line. Its price is agreed on; what has one stands under the price."),
        most=20,
    ),
    Detail(
        *("licences", _SERVICE, Shape.LIST, _("Licences and checks")),
        _("One on each line, with number and year: electrician, NICEIC 12345, 2026"),
        most=10,
    ),
    Detail(
        *("questions", _SERVICE | _STAY, Shape.LIST, _("Questions to whoever asks")),
        _("One on each line; whoever asks has a field to answer each. Like: are there pets?"),
        most=10,
    ),
    Detail(
        *("condition", _GOODS | _LEND, Shape.CHOICE, _("Condition")),
        options=_options(_STATES, _STATE_TERMS),
        first=True,
        picked=True,
        term="itemCondition",
    ),
    Detail(
        *("variants", _GOODS, Shape.LIST, _("Kinds and sizes")),
        _("One on each line. For one that costs something else, add a price of the same name."),
        most=30,
    ),
    Detail(
        *("lots", _GOODS, Shape.LIST, _("Lots")),
        _("One on each line, with its day, like: lot 12, harvested 3 May, best before 1 June"),
        most=20,
    ),
    Detail(
        *("allergens", _GOODS, Shape.CHOICES, _("Allergens in it")),
        options=_options(_ALLERGENS),
    ),
    Detail(
        *("pickup", _GOODS | _LEND, Shape.LIST, _("Where and when it is collected")),
        _("One on each line, like: Toad Lane 31, Fridays 4 to 6"),
        most=10,
        first=True,
    ),
    Detail(
        "guests", _STAY, Shape.NUMBER, _("For how many guests"), whole=True, most=99, first=True
    ),
    Detail(
        *("registration", _STAY, Shape.TEXT, _("Registration number")),
        _("Of the lodging, where the town asks for one"),
        most=60,
        first=True,
        term="identifier",
        same=True,
    ),
    Detail(
        *("one_home", _STAY, Shape.TEXT, _("One home only")),
        _("How your coop knows that nobody lets a second home here, like: looked at, May 2026"),
        first=True,
    ),
    Detail("rules", _STAY, Shape.LIST, _("House rules"), _LINES, most=20, first=True),
    Detail(
        *("tourist_tax", _STAY, Shape.TEXT, _("Tourist tax")),
        _("If guests pay it on the spot, like: £2 a night for each adult"),
    ),
    Detail(
        *("insured", _SERVICE | _LEND | _STAY, Shape.YES, _("We are insured against damage")),
    ),
    Detail(
        *("insurance", _LEND | _STAY, Shape.TEXT, _("Insurance")),
        _("What is covered, and what whoever borrows it or stays pays"),
        most=500,
    ),
    Detail(
        *("log", _LEND, Shape.LOG, _("How it was found")),
        _("A line for each look, with its day: 2026-11-20 new blade. You write it, all read it."),
        most=20,
    ),
    Detail(
        *("wanted_by", _REQUEST, Shape.DAY, _("Needed by")),
        _("After this day it is not shown any more."),
        first=True,
        ends=True,
    ),
    Detail(
        *("urgency", _REQUEST, Shape.CHOICE, _("How soon?")),
        options=_options(_URGENCIES),
        first=True,
        picked=True,
    ),
    Detail(
        *("pay", _OPENING, Shape.PAY, _("Pay")),
        first=True,
        term="baseSalary",
    ),
    Detail(
        "weekly_hours",
        _OPENING,
        Shape.NUMBER,
        _("Hours a week"),
        most=168,
        first=True,
        term="workHours",
    ),
    Detail(
        *("deadline", _OPENING, Shape.DAY, _("Apply by")),
        _("After this day it is not shown any more."),
        first=True,
        ends=True,
    ),
    Detail("start", _OPENING, Shape.DAY, _("Begins on"), term="jobStartDate"),
    Detail(
        *("leads_to", _OPENING, Shape.CHOICE, _("Membership that it leads to")),
        options=_options({one.value: word for one, word in CLASS_WORDS.items()}),
    ),
    Detail(
        *("skills", _REQUEST | _OPENING, Shape.LIST, _("Skills")),
        _("One on each line; offers are matched by them."),
        most=20,
        telling=True,
        term="skills",
    ),
    Detail(
        *("values", _ALL, Shape.CHOICES, _("What it stands for")),
        options=_options(_VALUES),
        picked=True,
    ),
)
KEYS: Mapping[str, Detail] = {one.key: one for one in DETAILS}
PICKED = tuple(one for one in DETAILS if one.picked)
"""By which search narrows down."""
PICKS = frozenset(f"{one.key}-{option.key}" for one in PICKED for option in one.options)
"""Everything that search can be narrowed down to."""
