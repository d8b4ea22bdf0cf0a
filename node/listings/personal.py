"""What somebody offers or needs, and the calendars that they keep for it."""

from sqlalchemy import or_, select

from node.data_map import Basis, Kept, Leaving, Lists, Person, Seen, data_map, of, stored
from node.i18n import _
from node.listings.availability.models import AvailabilityRow, Busy, Calendar, Feed, Hold, StockMove
from node.listings.models import Listing, Publication, Watch
from node.listings.moderation.models import Case, Report
from node.media import Sending


@data_map.about(
    "listings",
    what=_("What you offer or need, when it can be had, and the calendars for it"),
    why=_("So that others find it"),
    basis=Basis.CONTRACT,
    kept=Kept.ACCOUNT,
    seen=Seen.CHOSEN,
    leaving=Leaving.RECALLED,
    tables=(
        "listing",
        "listing_publication",
        "listing_watch",
        "listing_availability",
        "listing_hold",
        "listing_stock_move",
        "listing_calendar",
        "listing_busy",
        "listing_feed",
        "picture",
        "picture_sending",
    ),
)
def listings(person: Person) -> Lists:
    me = person.account_id
    mine = of(Listing.created_by, me)
    ids = select(Listing.id).where(mine)
    feeds = or_(of(Feed.account_id, me), of(Feed.made_by, me))
    return {
        "listings": stored(Listing, mine),
        "published": stored(Publication, Publication.listing_id.in_(ids)),
        "watched": stored(Watch, Watch.listing_id.in_(ids)),
        "times": stored(AvailabilityRow, AvailabilityRow.listing_id.in_(ids)),
        "taken": stored(Hold, Hold.listing_id.in_(ids)),
        "pieces": stored(StockMove, StockMove.listing_id.in_(ids)),
        "calendars": stored(Calendar, Calendar.listing_id.in_(ids)),
        "busy": stored(Busy, Busy.listing_id.in_(ids)),
        "feeds": stored(Feed, feeds, without=("secret_digest",)),
        "pictures": stored(Sending, of(Sending.account_id, me)),
    }


@data_map.about(
    "listing-reports",
    what=_("What you reported about offers, and what was decided about yours"),
    why=_("So that it is looked into, and can be looked at again"),
    basis=Basis.LAW,
    kept=Kept.FOR_GOOD,
    seen=Seen.ADMINS,
    leaving=Leaving.NAMELESS,
    tables=("listing_case", "listing_report"),
)
def listing_reports(person: Person) -> Lists:
    me = person.account_id
    return {
        "reports": stored(Report, of(Report.account_id, me)),
        "cases": stored(Case, of(Case.owner, me), without=("decided_by",)),
    }
