"""Taking all our listings out: what is written here reads back the same, word for word."""

import json
from typing import Any

from sqlalchemy import select

from federation.storage.unit_of_work import Reader
from node import spreadsheets
from node.listings import details, pictures, prices, seasons, translations
from node.listings.conditions import Conditions, written_taxes
from node.listings.exchange.columns import OWN_DETAILS, OWN_STATE
from node.listings.models import State, listing_table
from node.listings.prices import PriceView, digits
from node.listings.views import ListingView, listing_view

COLUMNS = (
    *("source_id", "source", "kind", "title", "summary", "body"),
    *("category", "tags", "language", "languages", "translations"),
    *("place", "lat", "lon", "radius_km", "price", "price_max", "currency", "unit", "price_text"),
    *(
        "price_label",
        "price_suggested",
        "price_least",
        "price_step",
        "price_most",
        "price_hours",
        "price_seasons",
    ),
    "more_prices",
    *("taxes", "taxes_included", "deposit", "project", "other_projects"),
    *("cancel_hours", "cancel_early_percent", "cancel_late_percent"),
    *("guest_tax_name", "guest_tax_amount", "guest_tax_age"),
    *("referral_percent", "referral_amount"),
    *(OWN_DETAILS, "pictures", "expires_on", "visibility", OWN_STATE),
)


async def export_csv(reader: Reader) -> bytes:
    """All our listings but those taken down as CSV, UTF-8 with a mark that spreadsheets look for.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front, which `read_rows`
    takes away again. Lists and details are JSON.
    """
    every = [_properties(view) | _position(view) for view in await _all(reader)]
    rows = ([_guarded(cells[name]) for name in COLUMNS] for cells in every)
    return spreadsheets.table(COLUMNS, rows).encode("utf-8-sig")


async def export_geojson(reader: Reader) -> bytes:
    """The same as a GeoJSON feature collection; a listing without a place has no geometry."""
    collection = {
        "type": "FeatureCollection",
        "features": [_feature(view) for view in await _all(reader)],
    }
    return json.dumps(collection, ensure_ascii=False, indent=1).encode()


async def _all(reader: Reader) -> list[ListingView]:
    c = listing_table.c
    kept = select(listing_table).where(c.state != State.RETIRED).order_by(c.created_at, c.id)
    return [listing_view(row, reader.identities.base) for row in await reader.rows(kept)]


def _feature(view: ListingView) -> dict[str, Any]:
    geometry = None
    if view.position is not None:
        lat, lon = view.position
        geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": _properties(view), "geometry": geometry}


def _properties(view: ListingView) -> dict[str, Any]:
    price = view.price or PriceView()
    return {
        "source_id": view.source_id or view.id,
        "source": view.source,
        "kind": view.kind.value,
        "title": view.title,
        "summary": view.summary,
        "body": view.body,
        "category": view.category,
        "tags": list(view.tags),
        "language": view.language,
        "languages": list(view.languages),
        "translations": translations.stored(view.translations) or [],
        "place": view.place_name,
        "radius_km": view.radius_km,
        "price": digits(price.amount),
        "price_max": digits(price.maximum),
        "currency": price.currency,
        "unit": price.unit,
        "price_text": price.text,
        "price_label": price.label,
        "price_suggested": digits(price.suggested),
        "price_least": digits(price.least),
        "price_step": digits(price.step),
        "price_most": digits(price.most),
        "price_hours": digits(price.hours),
        "price_seasons": seasons.stored(price.seasons),
        "more_prices": prices.stored((*view.prices[1:], *view.extras)) or [],
        **_conditions(view.conditions),
        OWN_DETAILS: details.documents(view.details),
        "pictures": _pictures(view),
        "expires_on": None if view.expires_on is None else view.expires_on.isoformat(),
        "visibility": view.visibility.value,
        OWN_STATE: view.state.value,
    }


def _pictures(view: ListingView) -> list[dict[str, str]]:
    """Where they lie, and what is on them; they come in again where their files are."""
    base = view.uri.rpartition("/listings/")[0]
    lying = pictures.on_wire(base, view.publication_id or view.id, view.pictures)
    return [{"url": one.url, "alt": one.description} for one in lying]


def _conditions(said: Conditions) -> dict[str, Any]:
    cancelling, guest_tax, fee = said.cancelling, said.guest_tax, said.referral_fee
    return {
        "taxes": written_taxes(said.taxes),
        "taxes_included": written_taxes(said.included),
        "deposit": digits(said.deposit),
        "cancel_hours": cancelling and cancelling.hours,
        "cancel_early_percent": cancelling and cancelling.early_percent,
        "cancel_late_percent": cancelling and cancelling.late_percent,
        "guest_tax_name": guest_tax and guest_tax.name,
        "guest_tax_amount": guest_tax and digits(guest_tax.amount),
        "guest_tax_age": guest_tax and guest_tax.from_age,
        "referral_percent": fee and digits(fee.percent),
        "referral_amount": fee and digits(fee.amount),
        "project": said.project,
        "other_projects": "; ".join(said.other_projects),
    }


def _position(view: ListingView) -> dict[str, Any]:
    lat, lon = view.position or (None, None)
    return {"lat": lat, "lon": lon}


def _guarded(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return repr(value)  # a number is no formula, also below zero
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
    return spreadsheets.guarded(text)
