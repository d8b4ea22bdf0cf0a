"""Members, what each class may, who holds an office, how long people are remembered."""

from node.i18n import _
from node.members import MembershipClass
from node.policies.kinds import Choice, Limits, WholeNumber, Words
from node.policies.registry import Mode, Owner, PolicyKey

_CLASSES = tuple(one.value for one in MembershipClass)
_WITHOUT_INVESTORS = tuple(one for one in _CLASSES if one != MembershipClass.INVESTOR)

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
OFFICES_SHOWN_TO = PolicyKey(
    "offices.shown_to",
    Choice(("members", "everybody")),
    default="members",
    unit="",
    description=_("Who sees on a page which member holds which office."),
    owner=Owner.COOP,
)
