"""A listing as the draft that would make it. Pure."""

from node.listings.prices import PriceView
from node.listings.rules import COOP, ListingDraft
from node.listings.views import ListingView


def draft_of(view: ListingView) -> ListingDraft:
    """The draft that would make this listing: for changing one field of it."""
    price = view.price or PriceView()
    lat, lon = view.position or (None, None)
    return ListingDraft(
        title=view.title,
        kind=view.kind,
        summary=view.summary,
        body=view.body,
        category=view.category,
        tags=view.tags,
        language=view.language,
        languages=view.languages,
        translations=view.translations,
        place=view.place_name,
        lat=lat,
        lon=lon,
        radius_km=view.radius_km,
        price_amount=price.amount,
        price_max=price.maximum,
        currency=price.currency,
        unit=price.unit,
        price_text=price.text,
        price_label=price.label,
        price_suggested=price.suggested,
        price_least=price.least,
        price_step=price.step,
        price_most=price.most,
        price_hours=price.hours,
        price_seasons=price.seasons,
        more_prices=(*view.prices[1:], *view.extras),
        conditions=view.conditions,
        details=view.details,
        pictures=view.pictures,
        expires_on=view.expires_on,
        visibility=view.visibility,
        source_id=view.source_id,
        source=view.source,
        provider="" if view.by else view.team or COOP,
    )
