"""What search engines and messengers read in a public page: its one address, a card, facts.

Facts are schema.org in JSON-LD. Only what anybody can see on the page stands in them; a page that
is not for everybody gets no card, and stands in no sitemap.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from federation.ourselves import CoopProfile
from node import peers
from node.i18n import Text
from node.listings import (
    KEYS,
    Conditions,
    Detail,
    Kind,
    ListingView,
    PriceView,
    Shape,
    State,
    Visibility,
    category_uri,
)
from node.money import HOUR
from protocol.iri import authority_of
from ui.web.drawing import CARD, Order
from ui.web.drawings import name_of
from ui.web.words import contact_link

SCHEMA = "https://schema.org"
LONGEST_DESCRIPTION = 300
_OF_LISTINGS = 800
"""Pixels of the longer side of a listing's own picture."""
_INSIDE_A_PAGE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
# What a listing gives or asks for, in schema.org's words; another kind is a Service.
_ITEMS: Mapping[Kind, str] = {
    Kind.GOODS: "Product",
    Kind.LEND: "Product",
    Kind.STAY: "Accommodation",
}
_FUNCTIONS: Mapping[Kind, str] = {Kind.LEND: "http://purl.org/goodrelations/v1#LeaseOut"}


class CardPicture(Struct, frozen=True):
    """What is shown beside a link; it says nothing that the words do not."""

    url: str
    media_type: str
    width: int
    height: int


class Card(Struct, frozen=True):
    """url: the page's one address. facts: a schema.org document."""

    url: str
    title: str
    description: str
    facts: Mapping[str, Any]
    picture: CardPicture
    type: str = "website"

    @property
    def script(self) -> Markup:
        """The facts as they stand inside a page: nothing in them ends the element."""
        text = msgspec.json.encode(self.facts).decode()
        for sign, escaped in _INSIDE_A_PAGE.items():
            text = text.replace(sign, escaped)
        return Markup(text)  # noqa: S704 - no sign of HTML is left in it


def coop_card(
    address: str,
    weave: str,
    profile: CoopProfile,
    path: str,
    title: Text = "",
    facts: Mapping[str, Any] | None = None,
) -> Card:
    """Of the coop's own pages. weave: the digest of its key, in hex. title: of a page that is not
    about the coop itself; facts: of what that is about."""
    order = coop_order(address, weave, profile)
    return Card(
        f"{address}{path}",
        f"{title} · {profile.name}" if title else profile.name,
        profile.summary[:LONGEST_DESCRIPTION],
        {"@context": SCHEMA, **(facts or coop_facts(address, profile))},
        _drawn(f"{address}/cards/coop", order),
    )


def listing_card(address: str, weave: str, profile: CoopProfile, view: ListingView) -> Card | None:
    """Of a listing that everybody may see and that is open; None for any other."""
    order = listing_order(weave, profile, view)
    if order is None:
        return None
    said = view.summary or view.body
    return Card(
        view.uri,
        view.title,
        said[:LONGEST_DESCRIPTION],
        _listing_facts(address, profile, view, said),
        _picture(address, view) or _drawn(f"{address}/cards/{view.id}", order),
        type="article",
    )


def coop_order(address: str, weave: str, profile: CoopProfile) -> Order:
    """What is drawn for the coop's own pages."""
    words = profile.summary[:LONGEST_DESCRIPTION] or profile.place or ""
    return Order(weave, title=profile.name, words=words, foot=authority_of(address))


def listing_order(weave: str, profile: CoopProfile, view: ListingView) -> Order | None:
    """What is drawn for a listing that everybody may see and that is open."""
    if view.visibility is not Visibility.PUBLIC or view.state is not State.PUBLISHED:
        return None
    words = view.summary[:LONGEST_DESCRIPTION]
    return Order(weave, title=view.title, words=words, foot=profile.name)


def _picture(address: str, view: ListingView) -> CardPicture | None:
    if not view.shown:
        return None
    first, size = view.shown[0], _OF_LISTINGS
    width = first.width_at(size)
    height = round(first.height * width / max(1, first.width))
    return CardPicture(address + first.at(size), "image/webp", width, height)


def _drawn(path: str, order: Order) -> CardPicture:
    return CardPicture(f"{path}-{name_of(order)}.png", "image/png", *CARD)


def coop_facts(address: str, profile: CoopProfile) -> dict[str, Any]:
    """A business with a place, or an organisation that names none."""
    ways = [(one, contact_link(one)) for one in peers.lines_in(profile.portrait, "contact")]
    facts: dict[str, Any] = {
        "@type": "LocalBusiness" if profile.place else "Organization",
        "@id": f"{address}/coop",
        "name": profile.name,
        "legalName": _said(profile, "legal-name"),
        "identifier": _said(profile, "register-number"),
        "sameAs": _said(profile, "register-page"),
        "memberOf": [
            {"@type": "Organization", "name": one}
            for one in peers.lines_in(profile.portrait, "associations")
        ]
        or None,
        **_tax_number(profile),
        "url": f"{address}/",
        "description": profile.summary or None,
        "address": profile.place,
        "logo": profile.portrait.icon.url if profile.portrait.icon else None,
        "telephone": next((one for one, way in ways if way.startswith("tel:")), None),
        "email": next((one for one, way in ways if way.startswith("mailto:")), None),
        "publishingPrinciples": f"{address}/policies",
        "foundingDate": _said(profile, "founded-on"),
        "keywords": list(peers.lines_in(profile.portrait, "sectors")) or None,
        "areaServed": _said(profile, "area"),
        "knowsLanguage": list(profile.languages) or None,
        "currenciesAccepted": _said(profile, "currency") if profile.place else None,
        "additionalProperty": _properties(profile) or None,
    }
    if profile.lat is not None and profile.lon is not None:
        position = {"latitude": profile.lat, "longitude": profile.lon}
        facts |= {"geo": {"@type": "GeoCoordinates"} | position} if profile.place else {}
    return {name: value for name, value in facts.items() if value is not None}


def _said(profile: CoopProfile, name: str) -> str | None:
    return next(iter(peers.lines_in(profile.portrait, name)), None)


_PROPERTIES = ("jurisdiction", "fiscal-year", "dissolution")


def _properties(profile: CoopProfile) -> list[dict[str, Any]]:
    """What schema.org has no property for, under the names that the coop's actor has for it."""
    portrait = profile.portrait
    said: dict[str, str | bool | None]
    said = {name: _said(profile, name) for name in _PROPERTIES}
    said |= {"governance": portrait.governance, "asset-lock": portrait.asset_lock}
    return [
        {"@type": "PropertyValue", "propertyID": name, "value": value}
        for name, value in said.items()
        if value is not None
    ]


def _tax_number(profile: CoopProfile) -> dict[str, str | None]:
    """One for VAT begins with the two letters of its country; another belongs to a tax office."""
    number = _said(profile, "tax-number")
    is_vat = number is not None and number[:2].isascii() and number[:2].isalpha()
    return {"vatID" if is_vat else "taxID": number}


def _listing_facts(
    address: str, profile: CoopProfile, view: ListingView, said: str
) -> dict[str, Any]:
    if view.kind is Kind.OPENING:
        return _job_facts(address, profile, view, said)
    seller = coop_facts(address, profile)
    item: dict[str, Any] = {
        "@type": _ITEMS.get(view.kind, "Service"),
        "name": view.title,
        "description": said,
    }
    if item["@type"] == "Service":
        area = view.place_name or profile.place
        item |= {"provider": seller} | ({"areaServed": area} if area else {})
    item |= _detail_facts(view)
    wanted = view.kind is Kind.REQUEST
    facts: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "Demand" if wanted else "Offer",
        "@id": view.uri,
        "url": view.uri,
        "name": view.title,
        "itemOffered": item,
        "category": category_uri(address, view.category) if view.category else None,
        "seller": seller,
        "businessFunction": _FUNCTIONS.get(view.kind),
        "availability": f"{SCHEMA}/InStock",
        "validThrough": view.expires_at.date().isoformat() if view.expires_at else None,
    }
    priced = (one for one in view.prices if one.amount is not None and not one.whom)
    asked = [
        facts | _tax_facts(view.conditions.at(one.asks))
        for one in priced
        for facts in _price_facts(one)
    ]
    if asked:
        facts["priceSpecification"] = asked if len(asked) > 1 else asked[0]
    return {name: value for name, value in facts.items() if value is not None}


def _job_facts(address: str, profile: CoopProfile, view: ListingView, said: str) -> dict[str, Any]:
    place = view.place_name or profile.place
    facts: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "JobPosting",
        "@id": view.uri,
        "url": view.uri,
        "title": view.title,
        "description": said or view.title,
        "datePosted": (view.published_at or view.updated_at).date().isoformat(),
        "validThrough": view.expires_at.date().isoformat() if view.expires_at else None,
        "hiringOrganization": coop_facts(address, profile),
        "jobLocation": {"@type": "Place", "address": place} if place else None,
    }
    return {name: value for name, value in facts.items() if value is not None} | _detail_facts(view)


def _detail_facts(view: ListingView) -> dict[str, Any]:
    """What schema.org has a property for, of what its kind has beyond."""
    known = ((KEYS[key], value) for key, value in view.details.items())
    return {detail.term: _term(detail, value) for detail, value in known if detail.term}


def _term(detail: Detail, value: Any) -> Any:
    if detail.shape is Shape.CHOICE:
        [chosen] = (one for one in detail.options if one.key == value)
        return f"{SCHEMA}/{chosen.term}" if chosen.term else str(chosen.word)
    if detail.shape is not Shape.PAY:
        return value
    amounts = {"minValue": value["from"], "maxValue": value.get("to", value["from"])}
    return {
        "@type": "MonetaryAmount",
        "currency": value["currency"],
        "value": {"@type": "QuantitativeValue", "unitText": value["per"].upper()} | amounts,
    }


def _tax_facts(asked: Conditions) -> dict[str, bool]:
    """Whether the price has its taxes in it; nothing where none is charged or said."""
    if asked.taxes:
        return {"valueAddedTaxIncluded": False}
    charged = any(tax.percent for tax in asked.included)
    return {"valueAddedTaxIncluded": True} if charged else {}


def _price_facts(price: PriceView) -> list[dict[str, Any]]:
    """A price; one that goes by season as one for each season, and one for all other days."""
    flat = replace(price, seasons=())
    return [
        _one_price(flat),
        *(
            _one_price(replace(flat, amount=one.amount))
            | {"validFrom": one.first.isoformat(), "validThrough": one.last.isoformat()}
            for one in price.seasons
        ),
    ]


def _one_price(price: PriceView) -> dict[str, Any]:
    """What is paid in money and in hours is the two together."""
    if price.hours is None:
        return _sum_facts(price)
    alone = (replace(price, hours=None), PriceView(price.hours, None, HOUR, price.unit))
    facts = {
        "@type": "CompoundPriceSpecification",
        "name": price.label,
        "priceComponent": [_sum_facts(replace(one, label=None)) for one in alone],
    }
    return {name: value for name, value in facts.items() if value is not None}


def _sum_facts(price: PriceView) -> dict[str, Any]:
    facts = {
        "@type": "UnitPriceSpecification",
        "priceCurrency": price.currency,
        "unitText": price.unit,
        "name": price.label,
    }
    if price.maximum is not None:
        facts |= {"minPrice": str(price.amount), "maxPrice": str(price.maximum)}
    else:
        facts["price"] = str(price.amount)
    return {name: value for name, value in facts.items() if value is not None}
