"""The council: delegates of many coops decide shared rules, and everybody recounts.

Read in this order: docs/council.md, `statements` (what is said, and how it is signed), `charter`,
`procedure` (what a class says beside its rule), `life` (states of a proposal), `record`, `checks`,
`effects`, `replaying` (what a log says: pure), `heads` and `counting` (which ballots count),
`choices`, `objections`, `proxies`, `rounds`, `later` (special cases of that), `archive` and
`evidence` (what anybody can check);
then `models`, `store`, `log`, `hosting` and `mirroring` (keeping a log, following one), `following`
(what a node does when the log grows), `founding`, `terms`, `mandates`, `proposing`, `again`,
`casting`, `proving`, `ratifying`, `answering`, `objecting`, `enforcing`, `reminders`, `deadlines`,
`wire`, `inbox`, `queries`, `showing`.

Whoever puts decisions into force reacts to `DecisionInForce`.
"""

from node.council import deadlines  # noqa: F401 - it registers itself
from node.council.again import bring_again, may_come_again
from node.council.answering import answer, mark, our_proxies, reserve, stand_in
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
from node.council.choices import can_split, is_objection, is_split
from node.council.events import DecisionInForce
from node.council.founding import admit, apply, found, invite, join, leave
from node.council.hosting import announce_due, close, has_news
from node.council.inbox import documents, handlers
from node.council.life import LIFE, Event, State
from node.council.mandates import Named, name_delegates
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
    agreed_rules,
    background,
    by_charter,
    can_vote,
    our_delegates,
    power,
    quorum_of,
    waiting,
)

__all__ = [
    "DEFAULT_CLASSES",
    "DEFAULT_COMPETENCES",
    "LIFE",
    "URGENT",
    "Answers",
    "ArchiveRefused",
    "Background",
    "BallotView",
    "CoopAnswer",
    "DecisionInForce",
    "DelegateView",
    "Draft",
    "Due",
    "Event",
    "EvidenceView",
    "FederationView",
    "Member",
    "Named",
    "Objection",
    "OurBallot",
    "ProposalDetail",
    "ProposalView",
    "Rules",
    "State",
    "Verdict",
    "admit",
    "agreed_rules",
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
    "close",
    "documents",
    "draft",
    "endorse",
    "federation",
    "federations",
    "found",
    "found_evidence",
    "freeze",
    "handlers",
    "has_news",
    "invite",
    "is_objection",
    "is_split",
    "join",
    "leave",
    "mark",
    "may_come_again",
    "name_delegates",
    "objections",
    "our_delegates",
    "our_proxies",
    "power",
    "powerless",
    "proposal",
    "proposals",
    "quorum",
    "quorum_of",
    "receipt_of",
    "reserve",
    "revise",
    "rules",
    "stand_in",
    "submit",
    "to_answer",
    "verify_archive",
    "votes_behind",
    "waiting",
    "withdraw",
]
