"""The council: delegates of many coops decide shared rules, and everybody recounts.

Read in this order: docs/council.md, `statements` (what is said, and how it is signed), `charter`,
`life` (states of a proposal), `record`, `checks`, `effects`, `replaying` (what a log says: pure),
`heads` and `counting` (which ballots count), `archive` and `evidence` (what anybody can check);
then `models`, `store`, `log`, `hosting` and `mirroring` (keeping a log, following one), `following`
(what a node does when the log grows), `pending`, `keepers`, `electing`, `resuming`, `succession`,
`watching`, `keeping` (when the host changes, or a node was restored), `founding`, `mandates`,
`proposing`, `casting`, `proving`, `enforcing`, `reminders`, `deadlines`, `wire`, `inbox`,
`queries`, `showing`.

Whoever puts decisions into force reacts to `DecisionInForce`.
"""

from node.council import deadlines  # noqa: F401 - it registers itself
from node.council.archive import ArchiveRefused, Verdict
from node.council.archive import verify as verify_archive
from node.council.casting import cast, endorse
from node.council.charter import (
    DEFAULT_CLASSES,
    DEFAULT_COMPETENCES,
    Rules,
    powerless,
    quorum,
    rules,
)
from node.council.events import DecisionInForce
from node.council.founding import admit, apply, found, invite, join, leave
from node.council.hosting import announce_due, close, has_news
from node.council.inbox import documents, handlers
from node.council.keeping import Candidate, Keeping, keeping
from node.council.life import LIFE, Event, State
from node.council.mandates import Named, name_delegates
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
from node.council.record import Member
from node.council.showing import (
    Background,
    DelegateView,
    agreed_rules,
    background,
    by_charter,
    can_vote,
    our_delegates,
    power,
    quorum_of,
    waiting,
)
from node.council.succession import accept_handover, hand_over, take_over
from node.council.watching import hold, wake

__all__ = [
    "DEFAULT_CLASSES",
    "DEFAULT_COMPETENCES",
    "LIFE",
    "ArchiveRefused",
    "Background",
    "BallotView",
    "Candidate",
    "DecisionInForce",
    "DelegateView",
    "Draft",
    "Event",
    "EvidenceView",
    "FederationView",
    "Keeping",
    "Member",
    "Named",
    "OurBallot",
    "ProposalDetail",
    "ProposalView",
    "Rules",
    "State",
    "Verdict",
    "accept_handover",
    "admit",
    "agreed_rules",
    "announce_due",
    "apply",
    "archive_of",
    "background",
    "ballots",
    "by_charter",
    "can_vote",
    "cast",
    "close",
    "documents",
    "draft",
    "endorse",
    "federation",
    "federations",
    "found",
    "found_evidence",
    "freeze",
    "hand_over",
    "handlers",
    "has_news",
    "hold",
    "invite",
    "join",
    "keeping",
    "leave",
    "name_delegates",
    "our_delegates",
    "power",
    "powerless",
    "proposal",
    "proposals",
    "quorum",
    "quorum_of",
    "receipt_of",
    "revise",
    "rules",
    "submit",
    "take_over",
    "verify_archive",
    "waiting",
    "wake",
    "withdraw",
]
