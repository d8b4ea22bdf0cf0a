"""The council: delegates of many coops decide shared rules, and everybody recounts.

Read docs/council.md, then the rooms, each of which uses only those before it: `words` (what is
said), `state` (what a log says so far), `count` (which ballots count, what an archive proves),
`rows` (what a node keeps), `views` (what people are shown), `steps` (what a node does as the log
grows), `deeds` (what people do), `hosts` (when a host or a key changes, or a node was away). Above
them stand `inbox`, `showing`, `announcing` and `finding`.

Whoever puts decisions into force reacts to `DecisionInForce`, whoever tells of proposals to
`ProposalMoved`.
"""

from node.council import personal  # noqa: F401 - it registers itself
from node.council.announcing import (
    Kept,
    Told,
    kept_by,
    kept_where,
    named,
    place,
    public_names,
    told,
)
from node.council.count.archive import ArchiveRefused, Verdict
from node.council.count.archive import verify as verify_archive
from node.council.count.files import Proven, Stored
from node.council.count.files import verify as verify_file
from node.council.count.turning import Turn, turns
from node.council.deeds.again import bring_again, may_come_again
from node.council.deeds.amending import Amended, AmendmentView, amend, amendments, retract, take
from node.council.deeds.answering import answer, mark, our_proxies, reserve, stand_in
from node.council.deeds.casting import cast, endorse, for_device
from node.council.deeds.founding import admit, apply, found, invite, join, leave
from node.council.deeds.mandates import Named, lost_key, name_delegates
from node.council.deeds.proposing import (
    Draft,
    draft,
    drop,
    freeze,
    redraft,
    revise,
    submit,
    withdraw,
)
from node.council.deeds.standing_in import WHY_NOT, VoteTurn
from node.council.finding import Findable, ask_to_join, documents, findable, said_yes
from node.council.hosts import deadlines  # noqa: F401 - it registers itself
from node.council.hosts.keeping import Candidate, Keeping, keeping
from node.council.hosts.new_keys import rejoin, replace_key, vouch
from node.council.hosts.succession import accept_handover, hand_over, take_over
from node.council.hosts.watching import wake
from node.council.inbox import handlers
from node.council.rows.coops import spoken_of
from node.council.showing import (
    Ask,
    Background,
    DelegateView,
    Mandate,
    MandateView,
    agreed_rules,
    asks,
    background,
    by_charter,
    feed_key,
    mandates_held,
    mandates_of,
    our_delegates,
    power,
    quorum_of,
    turn_of,
    waiting,
)
from node.council.state.record import Member
from node.council.state.variants import NO_CHANGE, ORIGINAL
from node.council.steps.hosting import announce_due, close, has_news
from node.council.steps.ratifying import Answers, CoopAnswer, Due, answers, to_answer, votes_behind
from node.council.views.history import (
    CharterChange,
    KeyAsked,
    charter_changes,
    has_our_key,
    keys_asked,
    replaces_alone,
)
from node.council.views.objecting import Objection, objections
from node.council.views.queries import (
    Applicant,
    BallotView,
    EvidenceView,
    FederationView,
    OurBallot,
    ProposalDetail,
    ProposalView,
    applicants,
    archive_of,
    ballots,
    evidence_of,
    federation,
    federations,
    found_evidence,
    is_in_any,
    is_with_us,
    proposal,
    proposals,
    receipt_of,
)
from node.council.views.touched import touched_at
from node.council.words.charter import (
    DEFAULT_CLASSES,
    DEFAULT_COMPETENCES,
    Rules,
    changes_to,
    check_weights,
    is_within,
    powerless,
    quorum,
    rules,
)
from node.council.words.choices import can_split, is_objection, is_split
from node.council.words.events import DecisionInForce, ProposalMoved
from node.council.words.governable import check_founding
from node.council.words.life import LIFE, Event, State
from node.council.words.naming import ids_for, names_in
from node.council.words.procedure import URGENT

__all__ = [
    "DEFAULT_CLASSES",
    "DEFAULT_COMPETENCES",
    "LIFE",
    "NO_CHANGE",
    "ORIGINAL",
    "URGENT",
    "WHY_NOT",
    "Amended",
    "AmendmentView",
    "Answers",
    "Applicant",
    "ArchiveRefused",
    "Ask",
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
    "Findable",
    "Keeping",
    "Kept",
    "KeyAsked",
    "Mandate",
    "MandateView",
    "Member",
    "Named",
    "Objection",
    "OurBallot",
    "ProposalDetail",
    "ProposalMoved",
    "ProposalView",
    "Proven",
    "Rules",
    "State",
    "Stored",
    "Told",
    "Turn",
    "Verdict",
    "VoteTurn",
    "accept_handover",
    "admit",
    "agreed_rules",
    "amend",
    "amendments",
    "announce_due",
    "answer",
    "answers",
    "applicants",
    "apply",
    "archive_of",
    "ask_to_join",
    "asks",
    "background",
    "ballots",
    "bring_again",
    "by_charter",
    "can_split",
    "cast",
    "changes_to",
    "charter_changes",
    "check_founding",
    "check_weights",
    "close",
    "documents",
    "draft",
    "drop",
    "endorse",
    "evidence_of",
    "federation",
    "federations",
    "feed_key",
    "findable",
    "for_device",
    "found",
    "found_evidence",
    "freeze",
    "hand_over",
    "handlers",
    "has_news",
    "has_our_key",
    "ids_for",
    "invite",
    "is_in_any",
    "is_objection",
    "is_split",
    "is_with_us",
    "is_within",
    "join",
    "keeping",
    "kept_by",
    "kept_where",
    "keys_asked",
    "leave",
    "lost_key",
    "mandates_held",
    "mandates_of",
    "mark",
    "may_come_again",
    "name_delegates",
    "named",
    "names_in",
    "objections",
    "our_delegates",
    "our_proxies",
    "place",
    "power",
    "powerless",
    "proposal",
    "proposals",
    "public_names",
    "quorum",
    "quorum_of",
    "receipt_of",
    "redraft",
    "rejoin",
    "replace_key",
    "replaces_alone",
    "reserve",
    "retract",
    "revise",
    "rules",
    "said_yes",
    "spoken_of",
    "stand_in",
    "submit",
    "take",
    "take_over",
    "to_answer",
    "told",
    "touched_at",
    "turn_of",
    "turns",
    "verify_archive",
    "verify_file",
    "votes_behind",
    "vouch",
    "waiting",
    "wake",
    "withdraw",
]
