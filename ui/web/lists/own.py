"""What somebody wrote and keeps: their listings, the searches that they follow."""

from collections.abc import Sequence

from node import listings, searches
from node.i18n import _
from node.listings import ListingView, PriceView, Spread
from ui.web.context import member_of, visitor_of
from ui.web.lists.files import Asked, Cell, List, Part

MINE = (
    "id",
    "title",
    "summary",
    "kind",
    "category",
    "state",
    "visibility",
    "language",
    "place",
    "price_amount",
    "price_max",
    "currency",
    "unit",
    "price_hours",
    "price_seasons",
    "details",
    "more_prices",
    "ends",
    "changed",
    "reached",
    "page",
)
SEARCHES = ("id", "name", "fresh", "kept", "search", "page")


async def _mine(asked: Asked) -> Part:
    """For an admin those of everybody with `whose=all`, as on the page."""
    account = member_of(asked.request)
    is_all = visitor_of(asked.request).is_admin and asked.request.query.get("whose") == "all"
    whose = None if is_all else account.id
    own = await listings.mine(asked.reader, whose, account.colleagues, account.teams)
    spreads = await listings.spreads(asked.reader, [one.id for one in own])
    return Part([_listing(one, spreads.get(one.id, Spread()), asked.address) for one in own])


def _listing(one: ListingView, spread: Spread, base: str) -> Sequence[Cell]:
    price = one.price or PriceView()
    return (
        one.id,
        one.title,
        one.summary,
        one.kind,
        one.category,
        one.state,
        one.visibility,
        one.language,
        one.place_name,
        price.amount,
        price.maximum,
        price.currency,
        price.unit,
        price.hours,
        listings.written_seasons(price.seasons) or None,
        dict(one.details) or None,
        listings.written_prices((*one.prices[1:], *one.extras)),
        one.expires_at,
        one.updated_at,
        spread.reached,
        f"{base}/listings/{one.id}",
    )


async def _searches(asked: Asked) -> Part:
    base = asked.address
    return Part(
        [
            (
                one.id,
                one.name,
                one.fresh,
                one.created_at,
                f"{base}/search?{one.link}",
                f"{base}/searches/{one.id}",
            )
            for one in await searches.kept(asked.reader, member_of(asked.request))
        ]
    )


LISTS = (
    List("/mine", _("My listings"), MINE, member_of, _mine),
    List("/searches", _("What you follow"), SEARCHES, member_of, _searches),
)
