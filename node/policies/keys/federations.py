"""Who speaks for the coop in its federations, and what it pays there."""

from node.i18n import _
from node.policies.kinds import Choice, WholeNumber
from node.policies.registry import Mode, Owner, PolicyKey

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
