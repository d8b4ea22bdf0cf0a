"""Listings: what this coop offers and needs, and what other coops do.

Read in this order: `models` (listing, publication, mirror; the state machine), `rules` (what may be
listed, who may see it), `commands` (what people can do), `publishing` (what follows from it for
peers and for search), `wire` (rows and FEP-0837), `inbox` (what peers may tell us, what we serve
them), `mirrors` (their listings, kept here), `queries` and `views` (what you can ask). Finding:
`index` (one row per listing, its words), `matching` (query to SQL), `ranking` (our formula),
`finding` (the page). Bringing in and taking out: `exchange`.
"""

from node.content import markdown_html as body_html
from node.content import safe_html
from node.listings import reactions  # noqa: F401 - it registers itself
from node.listings.commands import change_state, create, edit, expire_due
from node.listings.exchange import (
    ImportReport,
    Refusal,
    Rows,
    export_csv,
    export_geojson,
    import_rows,
    read_mapping,
    read_rows,
)
from node.listings.finding import FacetCount, Hit, SearchPage, search
from node.listings.inbox import documents, handlers
from node.listings.matching import SearchQuery
from node.listings.mirrors import forget_all_of, hide, mark_stale, rehome, show
from node.listings.models import LIFE, Event, Kind, MirrorState, State, Visibility
from node.listings.queries import (
    Spread,
    SpreadLine,
    events_from,
    listing,
    mine,
    mirror,
    mirror_visible,
    mirrors_by_coop,
    spread,
    spreads,
    visible,
)
from node.listings.ranking import Marks
from node.listings.rules import ANYBODY, ListingDraft, Viewer
from node.listings.views import ListingView, MirrorView, PriceView, draft_of

__all__ = [
    "ANYBODY",
    "LIFE",
    "Event",
    "FacetCount",
    "Hit",
    "ImportReport",
    "Kind",
    "ListingDraft",
    "ListingView",
    "Marks",
    "MirrorState",
    "MirrorView",
    "PriceView",
    "Refusal",
    "Rows",
    "SearchPage",
    "SearchQuery",
    "Spread",
    "SpreadLine",
    "State",
    "Viewer",
    "Visibility",
    "body_html",
    "change_state",
    "create",
    "documents",
    "draft_of",
    "edit",
    "events_from",
    "expire_due",
    "export_csv",
    "export_geojson",
    "forget_all_of",
    "handlers",
    "hide",
    "import_rows",
    "listing",
    "mark_stale",
    "mine",
    "mirror",
    "mirror_visible",
    "mirrors_by_coop",
    "read_mapping",
    "read_rows",
    "rehome",
    "safe_html",
    "search",
    "show",
    "spread",
    "spreads",
    "visible",
]
