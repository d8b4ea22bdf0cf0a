"""Listings: what this coop offers and needs, and what other coops do.

Read in this order: `models` (listing, publication, mirror; the state machine), `rules` (what may be
listed, who may see it), `lasting` (for how long), `prices`, `conditions` (what is asked beyond),
`details` (what each kind says beyond), `translations`, `pictures`,
`commands` (what people can do), `publishing` (what follows for peers and for search), `wire` (rows
and FEP-0837), `inbox` (what peers may tell us, what we serve them), `mirrors` (their listings, kept
here), `queries` and `views` (what you can ask). Finding: `index` (one row per listing, its words),
`vocabulary` and `spelling` (what was mistyped), `matching` (query to SQL), `ranking` (our formula),
`finding` (the page), `hits`, `fitting` (needs and offers for each other), `watching` (who hears of
that), `mixing` (a few of many coops). Bringing in and taking out: `exchange`. When something can be
had, and who holds it: `availability`. What is looked at first: `reviewing`; what was reported:
`moderation`.
"""

from node.content import markdown_html as body_html
from node.content import safe_html
from node.listings import (  # noqa: F401 - they register themselves
    personal,
    reactions,
    taking_back,
    touched,
)
from node.listings.availability import words as time_words
from node.listings.availability.calendars import (
    CalendarView,
    add_calendar_address,
    add_calendar_file,
    calendars_of,
    read_calendar,
    read_calendars_due,
    remove_calendar,
)
from node.listings.availability.commands import (
    close_days,
    open_days,
    set_availability,
    tell_stock,
)
from node.listings.availability.feeds import (
    FeedView,
    MadeFeed,
    end_feed,
    feed,
    feeds_of,
    make_feed,
)
from node.listings.availability.holds import (
    HoldView,
    check_free,
    hold,
    holding,
    keep,
    move,
    release,
    standing_holds,
)
from node.listings.availability.models import WAYS, HoldState, Way
from node.listings.availability.neighbours import Asker, Neighbours, NeighbourTimes
from node.listings.availability.queries import free_times, next_free_times
from node.listings.availability.rules import (
    Availability,
    Closed,
    FreeTime,
    Hours,
    OtherDay,
    Shift,
    Weekly,
    shortest,
    stay,
)
from node.listings.availability.stock import Pieces, check_stock, return_stock, take_stock
from node.listings.availability.stored import availability_of, mark_of
from node.listings.category_uris import CATEGORIES, category_uri, kind_uri
from node.listings.checking import faults
from node.listings.circles import ANYBODY, Viewer
from node.listings.commands import at_hand, change_state, create, edit, expire_due, review
from node.listings.conditions import (
    NO_CONDITIONS,
    Cancelling,
    Conditions,
    GuestTax,
    ReferralFee,
    Tax,
    read_taxes,
    written_taxes,
)
from node.listings.contact import topic_of
from node.listings.details import DETAILS, KEYS, PICKED, PICKS, Detail, Details, Shape
from node.listings.details import check_place as check_details
from node.listings.details import of_kind as details_of
from node.listings.details import tidied as tidy_details
from node.listings.details import told_of as told_details
from node.listings.details.readers import PER
from node.listings.events import ListingChange, ListingsChanged
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
from node.listings.extras import MOST_EXTRAS
from node.listings.extras import made as extra_price
from node.listings.finding import CAP as MOST_COMPARED
from node.listings.finding import (
    Correction,
    FacetCount,
    SearchPage,
    check,
    coops_offering,
    count,
    newest,
    search,
)
from node.listings.fitting import fitting
from node.listings.hits import Hit, details_of_hits
from node.listings.inbox import documents, handlers
from node.listings.index import categories
from node.listings.lasting import ends_soon
from node.listings.leaving import hand_over, take_down_again, take_down_all_of
from node.listings.matching import Order, Purpose, SearchQuery
from node.listings.mirrors import forget_all_of, hide, mark_stale, rehome, show
from node.listings.mixing import mixed
from node.listings.models import LIFE, Event, Kind, MirrorState, State, Visibility
from node.listings.moderation import inbox as _complaints  # noqa: F401 - it registers itself
from node.listings.moderation.deciding import appeal, decide
from node.listings.moderation.life import LIFE as CASE_LIFE
from node.listings.moderation.life import REASONS, Act
from node.listings.moderation.queries import (
    CaseView,
    ReportView,
    case,
    case_of,
    cases,
    to_appeal,
)
from node.listings.moderation.reporting import Complaint, report
from node.listings.names import coop_names
from node.listings.phrases import of as phrases_of
from node.listings.pictures import Picture, Shown, TheirPicture
from node.listings.prices import (
    FEDERATION,
    GIFT,
    MEMBERS,
    MOST_PRICES,
    TIME,
    PriceView,
    is_way,
    season_spans,
)
from node.listings.prices import stored as written_prices
from node.listings.provider import tell as tell_provider
from node.listings.queries import (
    Spread,
    SpreadLine,
    at_addresses,
    count_published,
    events_from,
    has_written,
    kinds_by_coop,
    listing,
    living_mirrors,
    mine,
    mirror,
    mirror_visible,
    mirrors_by_coop,
    offered_by,
    own_among,
    pictures_of,
    public_categories,
    public_pages,
    spread,
    spreads,
    taken_down,
    titles,
    used_pictures,
    usual_place,
    visible,
    was_taken_down,
)
from node.listings.ranking import Marks, Weights
from node.listings.redrafting import draft_of
from node.listings.reminding import remind_due
from node.listings.reviewing import in_review, is_looked_at_first, may_review
from node.listings.rules import COOP, ListingDraft
from node.listings.seasons import GUEST_NIGHT, MOST_SEASONS, Season
from node.listings.seasons import counted as by_season
from node.listings.seasons import stored as written_seasons
from node.listings.translations import Telling, Translation, with_one, without
from node.listings.variants import options_of, variants_in
from node.listings.views import ListingView, MirrorView
from node.listings.watching import is_watched, look_for_fitting, tell_fitting, unwatch, watch
from node.listings.written_in import is_in_another_script, usual_language

__all__ = [
    "ANYBODY",
    "CASE_LIFE",
    "CATEGORIES",
    "COOP",
    "DETAILS",
    "FEDERATION",
    "GIFT",
    "GUEST_NIGHT",
    "KEYS",
    "LIFE",
    "MEMBERS",
    "MOST_COMPARED",
    "MOST_EXTRAS",
    "MOST_PRICES",
    "MOST_SEASONS",
    "NO_CONDITIONS",
    "PER",
    "PICKED",
    "PICKS",
    "REASONS",
    "TIME",
    "WAYS",
    "Act",
    "Asker",
    "Availability",
    "CalendarView",
    "Cancelling",
    "CaseView",
    "Closed",
    "Complaint",
    "Conditions",
    "Correction",
    "Detail",
    "Details",
    "Event",
    "FacetCount",
    "FeedView",
    "FreeTime",
    "GuestTax",
    "Hit",
    "HoldState",
    "HoldView",
    "Hours",
    "ImportReport",
    "Kind",
    "ListingChange",
    "ListingDraft",
    "ListingView",
    "ListingsChanged",
    "MadeFeed",
    "Marks",
    "MirrorState",
    "MirrorView",
    "NeighbourTimes",
    "Neighbours",
    "Order",
    "OtherDay",
    "Picture",
    "Pieces",
    "PriceView",
    "Purpose",
    "ReferralFee",
    "Refusal",
    "ReportView",
    "Rows",
    "SearchPage",
    "SearchQuery",
    "Season",
    "Shape",
    "Shift",
    "Shown",
    "Spread",
    "SpreadLine",
    "State",
    "Tax",
    "Telling",
    "TheirPicture",
    "Translation",
    "Viewer",
    "Visibility",
    "Way",
    "Weekly",
    "Weights",
    "add_calendar_address",
    "add_calendar_file",
    "appeal",
    "at_addresses",
    "at_hand",
    "availability_of",
    "body_html",
    "by_season",
    "calendars_of",
    "case",
    "case_of",
    "cases",
    "categories",
    "category_uri",
    "change_state",
    "check",
    "check_details",
    "check_free",
    "check_stock",
    "close_days",
    "coop_names",
    "coops_offering",
    "count",
    "count_published",
    "create",
    "decide",
    "details_of",
    "details_of_hits",
    "documents",
    "draft_of",
    "edit",
    "end_feed",
    "ends_soon",
    "events_from",
    "expire_due",
    "export_csv",
    "export_geojson",
    "extra_price",
    "faults",
    "feed",
    "feeds_of",
    "fitting",
    "forget_all_of",
    "free_times",
    "hand_over",
    "handlers",
    "has_written",
    "hide",
    "hold",
    "holding",
    "import_rows",
    "in_review",
    "is_in_another_script",
    "is_looked_at_first",
    "is_watched",
    "is_way",
    "keep",
    "kind_uri",
    "kinds_by_coop",
    "listing",
    "living_mirrors",
    "look_for_fitting",
    "make_feed",
    "mark_of",
    "mark_stale",
    "may_review",
    "mine",
    "mirror",
    "mirror_visible",
    "mirrors_by_coop",
    "mixed",
    "move",
    "newest",
    "next_free_times",
    "offered_by",
    "open_days",
    "options_of",
    "own_among",
    "phrases_of",
    "pictures_of",
    "public_categories",
    "public_pages",
    "read_calendar",
    "read_calendars_due",
    "read_mapping",
    "read_rows",
    "read_taxes",
    "rehome",
    "release",
    "remind_due",
    "remove_calendar",
    "report",
    "return_stock",
    "review",
    "safe_html",
    "search",
    "season_spans",
    "set_availability",
    "shortest",
    "show",
    "spread",
    "spreads",
    "standing_holds",
    "stay",
    "take_down_again",
    "take_down_all_of",
    "take_stock",
    "taken_down",
    "tell_fitting",
    "tell_provider",
    "tell_stock",
    "tidy_details",
    "time_words",
    "titles",
    "to_appeal",
    "told_details",
    "topic_of",
    "unwatch",
    "used_pictures",
    "usual_language",
    "usual_place",
    "variants_in",
    "visible",
    "was_taken_down",
    "watch",
    "with_one",
    "without",
    "written_prices",
    "written_seasons",
    "written_taxes",
]
