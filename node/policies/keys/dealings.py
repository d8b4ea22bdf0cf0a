"""What coops and their members owe each other: referrals, fees, agreements, clearing."""

from decimal import Decimal

from node.i18n import _
from node.policies.fees import FeeRules
from node.policies.kinds import Choice, Exact, WholeNumber, Words
from node.policies.registry import Mode, Owner, PolicyKey

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
