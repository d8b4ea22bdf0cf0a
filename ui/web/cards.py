"""What search engines and messengers read in a public page: its one address, a card, facts.

Facts are schema.org in JSON-LD. Only what anybody can see on the page stands in them; a page that
is not for everybody gets no card, and stands in no sitemap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from markupsafe import Markup

from federation.ourselves import CoopProfile
from node.listings import Kind, ListingView, PriceView, State, Visibility

SCHEMA = "https://schema.org"
LONGEST_DESCRIPTION = 300
_INSIDE_A_PAGE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
# What a listing gives or asks for, in schema.org's words; another kind is a Service.
_ITEMS: Mapping[Kind, str] = {
    Kind.GOODS: "Product",
    Kind.LEND: "Product",
    Kind.STAY: "Accommodation",
}
_FUNCTIONS: Mapping[Kind, str] = {Kind.LEND: "http://purl.org/goodrelations/v1#LeaseOut"}


@dataclass(frozen=True)
class Card:
    """url: the page's one address. facts: a schema.org document."""

    url: str
    title: str
    description: str
    facts: Mapping[str, Any]
    type: str = "website"

    @property
    def script(self) -> Markup:
        """The facts as they stand inside a page: nothing in them ends the element."""
        text = msgspec.json.encode(self.facts).decode()
        for sign, escaped in _INSIDE_A_PAGE.items():
            text = text.replace(sign, escaped)
        return Markup(text)  # noqa: S704 - no sign of HTML is left in it


def coop_card(address: str, profile: CoopProfile, path: str) -> Card:
    """Of the coop's own pages."""
    facts = {"@context": SCHEMA} | coop_facts(address, profile)
    return Card(f"{address}{path}", profile.name, profile.summary[:LONGEST_DESCRIPTION], facts)


def listing_card(address: str, profile: CoopProfile, view: ListingView) -> Card | None:
    """Of a listing that everybody may see and that is open; None for any other."""
    if view.visibility is not Visibility.PUBLIC or view.state is not State.PUBLISHED:
        return None
    said = view.summary or view.body
    return Card(
        view.uri,
        view.title,
        said[:LONGEST_DESCRIPTION],
        _listing_facts(address, profile, view, said),
        type="article",
    )


def coop_facts(address: str, profile: CoopProfile) -> dict[str, Any]:
    """A business with a place, or an organisation that names none."""
    facts: dict[str, Any] = {
        "@type": "LocalBusiness" if profile.place else "Organization",
        "@id": f"{address}/coop",
        "name": profile.name,
        "url": f"{address}/",
        "description": profile.summary or None,
        "address": profile.place,
        "knowsLanguage": list(profile.languages) or None,
    }
    if profile.lat is not None and profile.lon is not None:
        position = {"latitude": profile.lat, "longitude": profile.lon}
        facts |= {"geo": {"@type": "GeoCoordinates"} | position} if profile.place else {}
    return {name: value for name, value in facts.items() if value is not None}


def _listing_facts(
    address: str, profile: CoopProfile, view: ListingView, said: str
) -> dict[str, Any]:
    seller = coop_facts(address, profile)
    item: dict[str, Any] = {
        "@type": _ITEMS.get(view.kind, "Service"),
        "name": view.title,
        "description": said,
    }
    if item["@type"] == "Service":
        area = view.place_name or profile.place
        item |= {"provider": seller} | ({"areaServed": area} if area else {})
    wanted = view.kind in (Kind.REQUEST, Kind.OPENING)
    facts: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "Demand" if wanted else "Offer",
        "@id": view.uri,
        "url": view.uri,
        "name": view.title,
        "itemOffered": item,
        "seller": seller,
        "businessFunction": _FUNCTIONS.get(view.kind),
        "availability": f"{SCHEMA}/InStock",
        "validThrough": view.expires_at.date().isoformat() if view.expires_at else None,
    }
    asked = [_price_facts(one) for one in view.prices if one.amount is not None]
    if asked:
        facts["priceSpecification"] = asked if len(asked) > 1 else asked[0]
    return {name: value for name, value in facts.items() if value is not None}


def _price_facts(price: PriceView) -> dict[str, Any]:
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
