"""What is offered, how it is found, and who is shut out of it."""

from node.i18n import _
from node.policies.kinds import Choice, WholeNumber, Words
from node.policies.registry import Mode, Owner, PolicyKey

# What a coop may demand of its members' listings beside a title.
LISTING_FIELDS = ("summary", "body", "category", "language", "place", "price")

LISTINGS_MAX_AGE_DAYS = PolicyKey(
    "listings.max_age_days",
    WholeNumber(0, 3650),
    default=180,
    unit=_("days"),
    description=_(
        "A listing that names no last day runs out this long after its last change; 0 is never."
    ),
    mode=Mode.CEILING,
    unlimited=0,
)
LISTINGS_REQUIRED_FIELDS = PolicyKey(
    "listings.required_fields",
    Words(LISTING_FIELDS),
    default=(),
    unit="",
    description=_("What a listing must say, beside its title, before it is published."),
    mode=Mode.FLOOR,
)
LISTINGS_BANNED_CATEGORIES = PolicyKey(
    "listings.banned_categories",
    Words(),
    default=(),
    unit="",
    description=_("What is not offered here, by its category; it is not taken in either."),
    mode=Mode.FLOOR,
    binds_others=True,
    reservable=True,
)
LISTINGS_REVIEW = PolicyKey(
    "listings.review",
    Choice(("at-once", "looked-at-first")),
    default="at-once",
    unit="",
    description=_(
        "Whether what members write is out at once, or somebody who looks after the coop looks at "
        "it first."
    ),
    owner=Owner.COOP,
)
MIRRORS_STALE_AFTER_DAYS = PolicyKey(
    "mirrors.stale_after_days",
    WholeNumber(1, 365),
    default=7,
    unit=_("days"),
    description=_(
        "Another coop's listing is marked as perhaps out of date when we have not heard from that "
        "coop for this long."
    ),
)
RANKING_TEXT = PolicyKey(
    "ranking.text",
    WholeNumber(0, 100),
    default=60,
    unit="",
    description=_("How much it counts in a search that the words fit."),
)
RANKING_NEARNESS = PolicyKey(
    "ranking.nearness",
    WholeNumber(0, 100),
    default=25,
    unit="",
    description=_("How much it counts in a search that a listing is near."),
)
RANKING_FRESHNESS = PolicyKey(
    "ranking.freshness",
    WholeNumber(0, 100),
    default=15,
    unit="",
    description=_("How much it counts in a search that a listing is fresh."),
)
MODERATION_APPEAL_DAYS = PolicyKey(
    "moderation.appeal_days",
    WholeNumber(0, 365),
    default=14,
    unit=_("days"),
    description=_("How long whoever was shut out can ask for it to be looked at again."),
    mode=Mode.FLOOR,
)
