"""Every policy key of the program. To add one: a constant here, and the code that obeys it."""

from decimal import Decimal

from node.i18n import _
from node.members import MembershipClass
from node.policies.fees import FeeRules
from node.policies.kinds import Choice, Exact, Limits, WholeNumber, Words
from node.policies.registry import Mode, Owner, PolicyKey

# What a coop may demand of its members' listings beside a title.
LISTING_FIELDS = ("summary", "body", "category", "language", "place", "price")

_CLASSES = tuple(one.value for one in MembershipClass)
_WITHOUT_INVESTORS = tuple(one for one in _CLASSES if one != MembershipClass.INVESTOR)

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
REFERRALS_FEE_CEILING_PERCENT = PolicyKey(
    "referrals.fee_ceiling_percent",
    Exact(Decimal(0), Decimal(100)),
    default=Decimal(5),
    unit="%",
    description=_("The most that a coop may take of the first job for passing somebody on."),
    mode=Mode.CEILING,
    binds_others=True,
    reservable=True,
)
REFERRALS_FEE_CEILING_FLAT = PolicyKey(
    "referrals.fee_ceiling_flat",
    Exact(Decimal(0), Decimal(1_000_000)),
    default=Decimal(25),
    unit="",
    description=_(
        "The most that a coop may take as a fixed sum for passing somebody on, in the currency of "
        "the fee."
    ),
    mode=Mode.CEILING,
    binds_others=True,
    reservable=True,
)
REFERRALS_CARE_CATEGORIES = PolicyKey(
    "referrals.care_categories",
    Words(),
    default=("care", "housing-emergency"),
    unit="",
    description=_("For these needs nobody takes a fee for passing somebody on."),
    mode=Mode.FLOOR,
    binds_others=True,
)
REFERRALS_ANSWER_DAYS = PolicyKey(
    "referrals.answer_days",
    WholeNumber(1, 60),
    default=3,
    unit=_("days"),
    description=_("How long a coop has to answer when somebody is passed on to it."),
    mode=Mode.CEILING,
)
REFERRALS_URGENT_HOURS = PolicyKey(
    "referrals.urgent_hours",
    WholeNumber(1, 24 * 60),
    default=24,
    unit=_("hours"),
    description=_("How long a coop has to answer when somebody is passed on to it urgently."),
    mode=Mode.CEILING,
)
REFERRALS_CONSENT_DAYS = PolicyKey(
    "referrals.consent_days",
    WholeNumber(1, 365),
    default=30,
    unit=_("days"),
    description=_(
        "How long a person's consent to be passed on holds; then what was told is deleted."
    ),
    mode=Mode.CEILING,
)
REFERRALS_HANDOFF_TIMES = PolicyKey(
    "referrals.handoff_times",
    WholeNumber(1, 20),
    default=3,
    unit=_("times"),
    description=_("How often the coop that said yes can fetch the person's contact data."),
    mode=Mode.CEILING,
)
REFERRALS_HANDOFF_DAYS = PolicyKey(
    "referrals.handoff_days",
    WholeNumber(1, 90),
    default=14,
    unit=_("days"),
    description=_("For how long after its yes a coop can fetch the person's contact data."),
    mode=Mode.CEILING,
)
REFERRALS_SETTLE_WITHIN_DAYS = PolicyKey(
    "referrals.settle_within_days",
    WholeNumber(1, 365),
    default=30,
    unit=_("days"),
    description=_("How long a coop has to pay what it owes for somebody who was passed on to it."),
    mode=Mode.CEILING,
)
FEE_RULES = PolicyKey(
    "fees.rules",
    FeeRules(),
    default=(),
    unit="",
    description=_(
        "What this coop takes of an agreement: for what, who pays, how much, and where it goes."
    ),
    owner=Owner.COOP,
)
AGREEMENTS_ANSWER_HOURS = PolicyKey(
    "agreements.answer_hours",
    WholeNumber(1, 24 * 90),
    default=72,
    unit=_("hours"),
    description=_("A request or an offer that nobody has answered for so long runs out."),
)
AGREEMENTS_CONFIRM_DAYS = PolicyKey(
    "agreements.confirm_days",
    WholeNumber(1, 60),
    default=2,
    unit=_("days"),
    description=_("What was delivered counts as confirmed after this long, if nobody objects."),
)
AGREEMENTS_CANCEL_HOURS = PolicyKey(
    "agreements.cancel_hours",
    WholeNumber(0, 24 * 60),
    default=24,
    unit=_("hours"),
    description=_("Cancelling later than so long before the beginning is late."),
)
AGREEMENTS_CANCEL_EARLY_PERCENT = PolicyKey(
    "agreements.cancel_early_percent",
    WholeNumber(0, 100),
    default=0,
    unit="%",
    description=_("What a customer who cancels in time owes, as a part of the price."),
)
AGREEMENTS_CANCEL_LATE_PERCENT = PolicyKey(
    "agreements.cancel_late_percent",
    WholeNumber(0, 100),
    default=0,
    unit="%",
    description=_(
        "What a customer who cancels late, or does not come, owes, as a part of the price."
    ),
)
AGREEMENTS_SELLER = PolicyKey(
    "agreements.seller",
    Choice(("coop", "member")),
    default="coop",
    unit="",
    description=_("Whether the coop itself sells what its members offer, or each member does."),
    owner=Owner.COOP,
)
CLEARING_DEFAULT_LINE = PolicyKey(
    "clearing.default_line",
    WholeNumber(0, 1_000_000),
    default=500,
    unit=_("in the currency’s own units"),
    description=_(
        "How much another coop and ours may owe each other before somebody decides on more."
    ),
    owner=Owner.COOP,
)
CLEARING_DAY = PolicyKey(
    "clearing.day",
    WholeNumber(0, 28),
    default=5,
    unit="",
    description=_(
        "From which day of the month on a clearing run is called, by the coop whose turn it is; "
        "0 is never by itself."
    ),
)
CLEARING_CONSENT = PolicyKey(
    "clearing.consent",
    Choice(("automatic", "by-hand")),
    default="automatic",
    unit="",
    description=_(
        "Whether our node signs a clearing proposal that it has worked out anew and found right, "
        "or the treasurer is asked first."
    ),
    owner=Owner.COOP,
)
CLEARING_DUE_DAYS = PolicyKey(
    "clearing.due_days",
    WholeNumber(0, 365),
    default=30,
    unit=_("days"),
    description=_("How long after it arose what another coop owes us is due."),
)
RETENTION_MIN_DAYS = PolicyKey(
    "retention.min_days",
    WholeNumber(0, 3650),
    default=0,
    unit=_("days"),
    description=_("Notices that were read are kept at least this long."),
    mode=Mode.FLOOR,
    reservable=True,
)
RETENTION_MAX_DAYS = PolicyKey(
    "retention.max_days",
    WholeNumber(0, 3650),
    default=0,
    unit=_("days"),
    description=_("Notices that were read are deleted after this long; 0 is never."),
    mode=Mode.CEILING,
    unlimited=0,
    reservable=True,
)
RETENTION_REGISTER_YEARS = PolicyKey(
    "retention.register_years",
    WholeNumber(0, 100),
    default=10,
    unit=_("years"),
    description=_("For how long the register names somebody who has left; then it forgets them."),
    owner=Owner.COOP,
)
RETENTION_BOOKS_YEARS = PolicyKey(
    "retention.books_years",
    WholeNumber(0, 100),
    default=10,
    unit=_("years"),
    description=_(
        "For how long the books say in words what an entry is about; figures stay for good."
    ),
    owner=Owner.COOP,
)
MODERATION_APPEAL_DAYS = PolicyKey(
    "moderation.appeal_days",
    WholeNumber(0, 365),
    default=14,
    unit=_("days"),
    description=_("How long whoever was shut out can ask for it to be looked at again."),
    mode=Mode.FLOOR,
)
DELEGATE_TERM_DAYS = PolicyKey(
    "delegate.term_days",
    WholeNumber(30, 3650),
    default=730,
    unit=_("days"),
    description=_(
        "For how long a coop sends a delegate to the council; a charter can set a shorter term."
    ),
)
DELEGATE_MAX_TERMS = PolicyKey(
    "delegate.max_terms",
    WholeNumber(1, 20),
    default=3,
    unit=_("times"),
    description=_("How many terms a delegate can serve, one after the other."),
)
MEMBER_DATA_SHARE = PolicyKey(
    "member_data.share",
    Choice(("none", "counts", "roster")),
    default="counts",
    unit="",
    description=_("What a coop tells its federation about its members: nothing, how many, or who."),
    mode=Mode.CEILING,
    reservable=True,
)
MEMBERS_VOTING_CLASSES = PolicyKey(
    "members.voting_classes",
    Words(_CLASSES),
    default=_WITHOUT_INVESTORS,
    unit="",
    description=_("Which members vote, so that they can be sent to speak for the coop."),
    owner=Owner.COOP,
)
MEMBERS_STANDING_CLASSES = PolicyKey(
    "members.standing_classes",
    Words(_CLASSES),
    default=_WITHOUT_INVESTORS,
    unit="",
    description=_("Which members can hold an office or sit in a committee."),
    owner=Owner.COOP,
)
MEMBERS_OFFERING_CLASSES = PolicyKey(
    "members.offering_classes",
    Words(_CLASSES),
    default=_CLASSES,
    unit="",
    description=_("Which members can publish what they offer and need."),
    owner=Owner.COOP,
)
MEMBERS_PATRONAGE_CLASSES = PolicyKey(
    "members.patronage_classes",
    Words(_CLASSES),
    default=tuple(one for one in _WITHOUT_INVESTORS if one != MembershipClass.SUPPORTER),
    unit="",
    description=_("Which members have a part in the surplus, by how much they used the coop."),
    owner=Owner.COOP,
    obeyed=False,
)
MEMBERS_CLASS_MOST = PolicyKey(
    "members.class_most",
    Limits(names=_CLASSES),
    default=(),
    unit="",
    description=_("How many members a class may have, like investor=10."),
    owner=Owner.COOP,
)
MEMBERS_CLASS_PERCENT = PolicyKey(
    "members.class_percent",
    Limits(names=_CLASSES, highest=100),
    default=(),
    unit="",
    description=_(
        "How many of a hundred members may be of a class, or of several together, like "
        "investor+supporter=25."
    ),
    owner=Owner.COOP,
)
MEMBERS_CLASS_VOTE_PERCENT = PolicyKey(
    "members.class_vote_percent",
    Limits(names=_CLASSES, highest=100),
    default=(),
    unit="",
    description=_(
        "How many of a hundred votes may be of a class that votes, or of several together, like "
        "investor=25."
    ),
    owner=Owner.COOP,
)
MEMBERS_PROBATION_DAYS = PolicyKey(
    "members.probation_days",
    WholeNumber(0, 1095),
    default=180,
    unit=_("days"),
    description=_(
        "How long a probation lasts before somebody decides, unless another day is set; 0 is "
        "without a day."
    ),
    owner=Owner.COOP,
)
MEMBERS_NOTICE_DAYS = PolicyKey(
    "members.notice_days",
    WholeNumber(0, 1095),
    default=0,
    unit=_("days"),
    description=_("How long before its end notice of a membership is given; 0 is on the day."),
    owner=Owner.COOP,
)
COUNCIL_STAND_IN_HOURS = PolicyKey(
    "council.stand_in_hours",
    WholeNumber(0, 720),
    default=24,
    unit=_("hours"),
    description=_(
        "How long before a vote ends whoever stands in for our delegates votes, if none of them "
        "has; in its second half at the earliest. 0: only when none of them is there."
    ),
    owner=Owner.COOP,
)
OFFICES_SHOWN_TO = PolicyKey(
    "offices.shown_to",
    Choice(("members", "everybody")),
    default="members",
    unit="",
    description=_("Who sees on a page which member holds which office."),
    owner=Owner.COOP,
)
COUNCIL_RULES_SHOWN_TO = PolicyKey(
    "council.rules_shown_to",
    Choice(("members", "everybody")),
    default="members",
    unit="",
    description=_("Who reads on our page what a decision of our federations needs."),
    owner=Owner.COOP,
)
DUES_PER_MEMBER = PolicyKey(
    "dues.per_member_minor_units",
    WholeNumber(0, 1_000_000),
    default=0,
    unit="",
    description=_(
        "What a coop pays its federation for each member and year, in the smallest unit of its "
        "currency."
    ),
    mode=Mode.RATIFY,
)
SURPLUS_COMMON_FUND_PERCENT = PolicyKey(
    "surplus.common_fund_percent",
    WholeNumber(0, 100),
    default=0,
    unit="%",
    description=_("What part of its surplus a coop gives to a common fund."),
    mode=Mode.ADVICE,
    obeyed=False,
)
