"""What may be listed. Pure."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from node import content, places
from node.errors import InvalidInput
from node.i18n import Text, _, is_language_tag
from node.listings import conditions, details, extras, phrases, pictures, pricing, translations
from node.listings.conditions import NO_CONDITIONS, Conditions, read_projects
from node.listings.details import Details
from node.listings.models import Kind, Visibility
from node.listings.pictures import Picture
from node.listings.prices import PriceView
from node.listings.seasons import Season
from node.listings.translations import Translation
from node.policies import Breach, Limit
from node.text import fold

LONGEST_TITLE = 200
LONGEST_SUMMARY = 500
LONGEST_BODY = 20_000
LONGEST_WORD = 80
"""Category, unit, a tag."""
LONGEST_LINE = 200
"""Place, price in words."""
MOST_TAGS = 30
MOST_LANGUAGES = 20
LARGEST_RADIUS_KM = 20_000
COOP = "coop"
"""Who offers it, where the coop itself does."""


class ListingDraft(Struct, frozen=True):
    """What a form, the API or a row of a file gives; only a title is required.

    body: Markdown. place: in words, a town, such as "Leeds, GB". lat and lon: WGS 84 degrees, both
    or neither. price_amount with price_max is a scale. more_prices: to choose instead of the first,
    and of what can be added to it. expires_on: the last day.
    details: what its kind has beyond.
    provider: `COOP`, or the name of a team; empty: the member who writes it, or as it was.
    """

    title: str
    kind: Kind = Kind.SERVICE
    summary: str = ""
    body: str = ""
    category: str | None = None
    tags: tuple[str, ...] = ()
    language: str = ""
    languages: tuple[str, ...] = ()
    translations: tuple[Translation, ...] = ()
    place: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_km: int | None = None
    price_amount: Decimal | None = None
    price_max: Decimal | None = None
    currency: str | None = None
    unit: str | None = None
    price_text: str | None = None
    price_label: str | None = None
    price_suggested: Decimal | None = None
    price_least: Decimal | None = None
    price_step: Decimal | None = None
    price_most: Decimal | None = None
    price_hours: Decimal | None = None
    price_seasons: tuple[Season, ...] = ()
    more_prices: tuple[PriceView, ...] = ()
    conditions: Conditions = NO_CONDITIONS
    details: Details = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    expires_on: date | None = None
    visibility: Visibility = Visibility.PUBLIC
    source_id: str | None = None
    source: str = ""
    provider: str = ""

    @property
    def price(self) -> PriceView:
        """The first price, which says nothing where there is none."""
        return PriceView(
            self.price_amount,
            self.price_max,
            self.currency,
            self.unit,
            self.price_text,
            self.price_label,
            self.price_suggested,
            self.price_least,
            self.price_step,
            self.price_most,
            hours=self.price_hours,
            seasons=self.price_seasons,
        )

    @property
    def prices(self) -> tuple[PriceView, ...]:
        """All that say something."""
        every = (self.price, *extras.without(self.more_prices))
        return tuple(one for one in every if one != PriceView())

    @property
    def extras(self) -> tuple[PriceView, ...]:
        """What can be added."""
        return pricing.offered_extras(self.price, self.more_prices, self.kind)


class Terms(Struct, frozen=True):
    """The rules in force that listings obey; `terms.terms` reads them from the policies."""

    max_age_days: int = 180
    """A listing runs out so long after its last change unless it says when; 0: never."""
    required_fields: tuple[str, ...] = ()
    banned_categories: tuple[str, ...] = ()
    limits: Mapping[str, Limit] = field(default_factory=dict)
    """The rules behind these, by the name of the field above; one not here is our own."""


_Fault = Callable[[str, Text], None]


def clean(draft: ListingDraft, terms: Terms) -> ListingDraft:
    """The draft with its words tidied and its gaps filled; raises InvalidInput for every fault."""
    tidy, faults = tidied(draft, terms)
    if faults:
        raise InvalidInput(faults)
    return tidy


def tidied(draft: ListingDraft, terms: Terms) -> tuple[ListingDraft, dict[str, list[Text]]]:
    """`clean`, with its faults. Raises InvalidInput for a kind or a circle that is none."""
    tidy = replace(
        draft,
        kind=_choice(Kind, "kind", draft.kind),
        visibility=_choice(Visibility, "visibility", draft.visibility),
        # One more than allowed is kept, so that `check` sees what is too long.
        title=content.name(draft.title, LONGEST_TITLE + 1),
        summary=content.name(draft.summary, LONGEST_SUMMARY + 1),
        body=content.paragraphs(draft.body, LONGEST_BODY + 1),
        category=_word(draft.category),
        tags=tuple(dict.fromkeys(filter(None, map(_word, draft.tags)))),
        languages=tuple(dict.fromkeys(draft.languages)),
        translations=tuple(map(_tidy_words, draft.translations)),
        place=_line(draft.place),
        currency=draft.currency if draft.price_amount is not None else None,
        unit=_word(draft.unit),
        price_text=_line(draft.price_text),
        price_label=_word(draft.price_label) if draft.price_amount is not None else None,
        price_least=draft.price_least if draft.price_amount is not None else None,
        price_step=draft.price_step if draft.price_amount is not None else None,
        price_most=draft.price_most if draft.price_amount is not None else None,
        more_prices=tuple(
            replace(
                one,
                unit=_word(one.unit),
                label=_word(one.label),
                text=None,
                asks=_asks(draft, one),
            )
            for one in draft.more_prices
        ),
        conditions=_conditions(draft),
        pictures=pictures.tidy(draft.pictures),
        source_id=_line(draft.source_id),
        source=_line(draft.source) or "",
    )
    if draft.lat is None and (point := places.pointed(draft.place or "")):
        lat, lon = places.rounded(*point)
        tidy = replace(tidy, place=places.called(lat, lon), lat=lat, lon=lon)
    found, wrong = details.tidy(draft.details, tidy.kind)
    told, ill_told = _told(tidy.translations, found)
    own = phrases.of((*tidy.prices, *tidy.extras), tidy.pictures)
    told = tuple(replace(one, phrases=phrases.told(one.phrases, own)) for one in told)
    tidy = replace(tidy, details=found, translations=told)
    return tidy, _together(ill_told, check(tidy, terms), wrong)


def check(draft: ListingDraft, terms: Terms) -> dict[str, list[Text]]:
    """Everything that keeps a draft from being taken, by field; empty if nothing does."""
    faults: dict[str, list[Text]] = {}

    def fault(name: str, complaint: Text) -> None:
        faults.setdefault(name, []).append(complaint)

    if not draft.title:
        fault("title", _("Give it a name, such as “Two-hour home clean”."))
    for name, longest in _LONGEST.items():
        if len(getattr(draft, name) or "") > longest:
            fault(name, _("This is too long: at most %(longest)s characters.", longest=longest))
    if len(draft.tags) > MOST_TAGS or any(len(tag) > LONGEST_WORD for tag in draft.tags):
        fault("tags", _("At most %(most)s tags of %(longest)s characters.", **_TAG_LIMITS))
    for name in ("language", "languages"):
        tags = filter(None, [draft.language]) if name == "language" else draft.languages
        if len(draft.languages) > MOST_LANGUAGES or not all(map(is_language_tag, tags)):
            fault(name, _("Write languages as codes, such as en, pl or pt-BR."))
    for complaint in translations.faults(draft.language, draft.translations, _LONGEST_WORDS):
        fault("translations", complaint)
    _check_place(draft, fault)
    for name, complaint in pricing.faults(draft.price, draft.more_prices, draft.kind, LONGEST_WORD):
        fault(name, complaint)
    for name, complaint in conditions.own_faults(draft.conditions, draft.currency).items():
        fault(name, complaint)
    if wrong := pictures.fault(draft.pictures):
        fault("pictures", wrong)
    return _together(faults, broken(draft, terms))


def broken(draft: ListingDraft, terms: Terms) -> dict[str, list[Text]]:
    """Which rules of today a draft breaks, by field: all that keeps from being offered what was
    taken before, by how drafts were looked at then."""
    faults: dict[str, list[Text]] = {}
    for name, breach in breaches(draft.category, partial(_says, draft), terms):
        why = breach.for_people if breach.limit.federation else breach.why
        faults.setdefault(_FIELD_OF.get(name, name), []).append(why)
    return faults


def breaches(
    category: str | None, says: Callable[[str], bool], terms: Terms
) -> list[tuple[str, Breach]]:
    """Which rules a listing breaks, each with the field it is about.

    says: whether the listing says anything under the name of a field.
    """
    found = []
    if category is not None and fold(category) in map(fold, terms.banned_categories):
        limit = _limit(terms, "banned_categories")
        text = _("This category is not offered here.")
        found.append(("category", Breach("listing-category-banned", text, limit, category)))
    for name in terms.required_fields:
        if not says(name):
            limit = _limit(terms, "required_fields")
            text = _("This coop asks for it on every listing.")
            found.append(
                (name, Breach("listing-field-missing", text, limit, f"no {name}", is_missing=True))
            )
    return found


def breach_of_mirror(columns: Mapping[str, Any], terms: Terms) -> Breach | None:
    """The first rule that another coop's open listing breaks. columns: of the mirror table."""
    if not columns["available"]:
        return None

    def says(name: str) -> bool:
        return bool(columns[_COLUMN_OF.get(name, name)])

    found = breaches(columns["category"], says, terms)
    return found[0][1] if found else None


def _limit(terms: Terms, name: str) -> Limit:
    own = Limit(f"listings.{name}", "own", ", ".join(getattr(terms, name)))
    return terms.limits.get(name, own)


def _check_place(draft: ListingDraft, fault: _Fault) -> None:
    if (draft.lat is None) != (draft.lon is None):
        fault("lat", _("Give both latitude and longitude, or neither."))
    elif draft.lat is not None and draft.lon is not None:
        if not -90 <= draft.lat <= 90:
            fault("lat", _("Latitude is between -90 and 90."))
        if not -180 <= draft.lon <= 180:
            fault("lon", _("Longitude is between -180 and 180."))
    if draft.radius_km is not None and not 0 < draft.radius_km <= LARGEST_RADIUS_KM:
        fault("radius_km", _("How far you go is a number of kilometres above 0."))


def _tidy_words(said: Translation) -> Translation:
    return Translation(
        said.language.strip(),
        content.name(said.title, LONGEST_TITLE + 1),
        content.name(said.summary, LONGEST_SUMMARY + 1),
        content.paragraphs(said.body, LONGEST_BODY + 1),
        said.details,
        said.phrases,
    )


def _together(*found: Mapping[str, list[Text]]) -> dict[str, list[Text]]:
    """All that is said of each field."""
    together = defaultdict[str, list[Text]](list)
    for faults in found:
        for name, complaints in faults.items():
            together[name] += complaints
    return dict(together)


def _told(
    others: tuple[Translation, ...], own: Details
) -> tuple[tuple[Translation, ...], dict[str, list[Text]]]:
    """With the fields that the listing says itself, and what is wrong with them."""
    try:
        told = (replace(one, details=details.tidied_words(one.details, own)) for one in others)
        return tuple(told), {}
    except InvalidInput as error:
        bare = tuple(replace(one, details={}) for one in others)
        return bare, {"translations": [why for whys in error.fields.values() for why in whys]}


def _conditions(draft: ListingDraft) -> Conditions:
    """With tidy names; what is needed and not offered has none: whoever answers says theirs."""
    said = draft.conditions
    if draft.kind in (Kind.REQUEST, Kind.OPENING):
        return NO_CONDITIONS
    named = (said.project, *(one for each in said.other_projects for one in read_projects(each)))
    project, *others = dict.fromkeys(filter(None, map(_word, named))) or (None,)
    guest_tax = said.guest_tax if draft.kind == Kind.STAY else None
    if guest_tax:
        guest_tax = replace(guest_tax, name=content.name(guest_tax.name, LONGEST_WORD))
    return replace(
        _tidy_taxes(said), project=project, other_projects=tuple(others), guest_tax=guest_tax
    )


def _asks(draft: ListingDraft, price: PriceView) -> Conditions | None:
    """What a price asks for itself; what is needed asks for nothing, and what can be added for what
    the listing does: peers read nothing else of it."""
    if price.asks is None or price.extra or draft.kind in (Kind.REQUEST, Kind.OPENING):
        return None
    return _tidy_taxes(price.asks)


def _tidy_taxes(said: Conditions) -> Conditions:
    taxes, included = (
        tuple(replace(tax, name=content.name(tax.name, LONGEST_WORD)) for tax in each)
        for each in (said.taxes, said.included)
    )
    return replace(said, taxes=taxes, included=included)


def _says(draft: ListingDraft, name: str) -> bool:
    if name == "price":
        return draft.price_amount is not None or draft.price_text is not None
    return bool(getattr(draft, name))


Choice = TypeVar("Choice", bound=StrEnum)


def _choice(choices: type[Choice], name: str, given: str) -> Choice:
    try:
        return choices(given)
    except ValueError:
        possible = ", ".join(choices)
        raise InvalidInput({name: [_("Choose one of: %(possible)s.", possible=possible)]}) from None


def _word(text: str | None) -> str | None:
    return content.name(text, LONGEST_WORD + 1) or None if text else None


def _line(text: str | None) -> str | None:
    return content.name(text, LONGEST_LINE + 1) or None if text else None


_LONGEST_WORDS = {"title": LONGEST_TITLE, "summary": LONGEST_SUMMARY, "body": LONGEST_BODY}
_LONGEST = {
    "title": LONGEST_TITLE,
    "summary": LONGEST_SUMMARY,
    "body": LONGEST_BODY,
    "category": LONGEST_WORD,
    "unit": LONGEST_WORD,
    "price_label": LONGEST_WORD,
    "place": LONGEST_LINE,
    "price_text": LONGEST_LINE,
    "source_id": LONGEST_LINE,
    "source": LONGEST_LINE,
}
_FIELD_OF = {"price": "price_amount"}
_COLUMN_OF = {"body": "body_html", "price": "prices"}
_TAG_LIMITS = {"most": MOST_TAGS, "longest": LONGEST_WORD}
