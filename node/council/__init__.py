"""The council: delegates of many coops decide shared rules, and everybody recounts.

Read in this order: docs/council.md, `statements` (what is said, and how it is signed), `charter`,
`governable`, `procedure` (what a class says beside its rule), `life` (states of a proposal),
`record`, `variants` (rival texts), `chartering` and `replacing` (when a charter or a key may
change), `excluding` (when a coop may be dismissed), `checks`, `effects`, `replaying` (what a log
says: pure), `heads` and `counting` (which ballots count), `choices`, `objections`, `proxies`,
`rounds`, `later` (special cases of that), `archive`, `contexts` and `evidence` (what anybody can
check); then `models`, `store`, `folds`, `log`, `hosting` and `mirroring` (keeping a log, following
one), `following` (what a node does when the log grows), `closing` (which closes it cosigns),
`lacking` and `revealing` (what it holds that the host leaves out), `pending`, `renewing`,
`keepers`, `electing`, `resuming`, `succession`, `watching`, `keeping` (when the host changes, or a
node was restored), `founding`, `terms`, `mandates`, `new_keys`, `proposing`, `again`, `casting`,
`proving`, `amending`, `ratifying`, `answering`, `objecting`, `enforcing`, `reminders`, `deadlines`,
`wire`, `inbox`, `queries`, `showing`, `turning`, `history`, `announcing`.

Whoever puts decisions into force reacts to `DecisionInForce`, whoever tells of proposals to
`ProposalMoved`.
"""

from node.council import deadlines  # noqa: F401 - it registers itself
from node.council.again import bring_again, may_come_again
from node.council.amending import Amended, AmendmentView, amend, amendments, retract, take
from node.council.announcing import Kept, Told, kept_by, kept_where, named, place, told
from node.council.answering import answer, mark, our_proxies, reserve, stand_in
from node.council.archive import ArchiveRefused, Verdict
from node.council.archive import verify as verify_archive
from node.council.casting import cast, endorse
from node.council.charter import (
    DEFAULT_CLASSES,
    DEFAULT_COMPETENCES,
    Rules,
    changes_to,
    powerless,
    quorum,
    rules,
)
from node.council.choices import can_split, is_objection, is_split
from node.council.events import DecisionInForce, ProposalMoved
from node.council.founding import admit, apply, found, invite, join, leave
from node.council.governable import check_founding
from node.council.history import (
    CharterChange,
    KeyAsked,
    charter_changes,
    has_our_key,
    keys_asked,
)
from node.council.hosting import announce_due, close, has_news
from node.council.inbox import handlers
from node.council.keeping import Candidate, Keeping, keeping
from node.council.life import LIFE, Event, State
from node.council.mandates import Named, lost_key, name_delegates
from node.council.new_keys import rejoin, replace_key, vouch
from node.council.objecting import Objection, objections
from node.council.procedure import URGENT
from node.council.proposing import Draft, draft, freeze, revise, submit, withdraw
from node.council.queries import (
    BallotView,
    EvidenceView,
    FederationView,
    OurBallot,
    ProposalDetail,
    ProposalView,
    archive_of,
    ballots,
    federation,
    federations,
    found_evidence,
    proposal,
    proposals,
    receipt_of,
)
from node.council.ratifying import Answers, CoopAnswer, Due, answers, to_answer, votes_behind
from node.council.record import Member
from node.council.showing import (
    Background,
    DelegateView,
    MandateView,
    agreed_rules,
    background,
    by_charter,
    can_vote,
    feed_key,
    mandates_of,
    our_delegates,
    power,
    quorum_of,
    waiting,
)
from node.council.succession import accept_handover, hand_over, take_over
from node.council.turning import Turn, turns
from node.council.variants import NO_CHANGE, ORIGINAL
from node.council.watching import wake

__all__ = [
    "DEFAULT_CLASSES",
    "DEFAULT_COMPETENCES",
    "LIFE",
    "NO_CHANGE",
    "ORIGINAL",
    "URGENT",
    "Amended",
    "AmendmentView",
    "Answers",
    "ArchiveRefused",
    "Background",
    "BallotView",
    "Candidate",
    "CharterChange",
    "CoopAnswer",
    "DecisionInForce",
    "DelegateView",
    "Draft",
    "Due",
    "Event",
    "EvidenceView",
    "FederationView",
    "Keeping",
    "Kept",
    "KeyAsked",
    "MandateView",
    "Member",
    "Named",
    "Objection",
    "OurBallot",
    "ProposalDetail",
    "ProposalMoved",
    "ProposalView",
    "Rules",
    "State",
    "Told",
    "Turn",
    "Verdict",
    "accept_handover",
    "admit",
    "agreed_rules",
    "amend",
    "amendments",
    "announce_due",
    "answer",
    "answers",
    "apply",
    "archive_of",
    "background",
    "ballots",
    "bring_again",
    "by_charter",
    "can_split",
    "can_vote",
    "cast",
    "changes_to",
    "charter_changes",
    "check_founding",
    "close",
    "draft",
    "endorse",
    "federation",
    "federations",
    "feed_key",
    "found",
    "found_evidence",
    "freeze",
    "hand_over",
    "handlers",
    "has_news",
    "has_our_key",
    "invite",
    "is_objection",
    "is_split",
    "join",
    "keeping",
    "kept_by",
    "kept_where",
    "keys_asked",
    "leave",
    "lost_key",
    "mandates_of",
    "mark",
    "may_come_again",
    "name_delegates",
    "named",
    "objections",
    "our_delegates",
    "our_proxies",
    "place",
    "power",
    "powerless",
    "proposal",
    "proposals",
    "quorum",
    "quorum_of",
    "receipt_of",
    "rejoin",
    "replace_key",
    "reserve",
    "retract",
    "revise",
    "rules",
    "stand_in",
    "submit",
    "take",
    "take_over",
    "to_answer",
    "told",
    "turns",
    "verify_archive",
    "votes_behind",
    "vouch",
    "waiting",
    "wake",
    "withdraw",
]
