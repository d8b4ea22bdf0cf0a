"""Peers: the coops we are in touch with, and what we tell them about ourselves.

Being in touch is a mutual Follow that a person on each side agreed to. `rules` (where we stand
with a coop, pure) · `profile` (what our coop says of itself) · `telling` (what a coop, ours or
another, tells of itself at length, pure) · `constitution` (how it is made by law, pure) ·
`checking` (what it may tell, pure) · `commands` (ask,
accept, decline, suspend, resume, leave) · `answers` (what can be done about a coop, by one word
each) · `domain_rules` (about all coops of a domain) ·
`blocklists` (many such rules, as Mastodon writes them) · `moving` (our coop goes on at another
address) · `successors` (another coop does) · `vouched` (which coops say of which that
they are coops) · `wishes` (what was asked for before the other coop
could be reached) · `line` (who asks, and who may) · `words` (theirs, made harmless) · `wire` (the
messages) · `inbox` (what coops tell us about being in touch) · `taking_back` (what we said of it,
after a restore) · `queries`.

Listings react to what is announced here: see `events`.
"""

from node.peers import taking_back, words  # noqa: F401 - register themselves
from node.peers.answers import ANSWERS, answer
from node.peers.blocklists import ListReport, export_blocks, import_blocks
from node.peers.checking import is_founding, tidied
from node.peers.commands import accept, ask_actor, decline, leave, resume, suspend
from node.peers.constitution import GOVERNANCE_WORDS, LOCK_WORDS, Governance
from node.peers.contacts import contacts
from node.peers.domain_rules import LONGEST_DOMAIN, DomainView, decide, domains, lift
from node.peers.events import (
    ActorGone,
    CoopAgreed,
    CoopAsks,
    CoopDeclined,
    CoopJoined,
    CoopLeft,
    CoopMoved,
    CoopResumed,
    CoopSuspended,
    OurCoopMoved,
)
from node.peers.inbox import handlers
from node.peers.line import site
from node.peers.moving import claim, come_from, go_to
from node.peers.profile import (
    announce,
    announce_node,
    change_profile,
    first_profile,
    follow_settings,
    has_profile,
    legal_of,
    main_language,
    moved_to,
    our_profile,
    our_telling,
    show_figures,
    show_policy_heads,
    take_applications,
    told_by_us,
    used_pictures,
    where,
)
from node.peers.queries import (
    ASKING_SHOWN,
    Asking,
    asking,
    count_asking,
    everyone,
    known_uri,
    logo_of,
    peer,
    peer_at,
    peers,
    told_by,
    told_by_each,
    with_logos,
)
from node.peers.rules import PeerState
from node.peers.successors import ClaimView, claiming_uri, claims, confirm, deny
from node.peers.telling import (
    ADMITTING,
    FIGURE_WORDS,
    LINE_FIELDS,
    LINES_FIELDS,
    LOGO_PATH,
    OPENING_WORDS,
    Figure,
    Logo,
    Opening,
    Telling,
    Told,
    as_shown,
)
from node.peers.theirs import folder_of, lines_in
from node.peers.tongues import Words, in_tongue
from node.peers.view import PeerView
from node.peers.vouched import take_back_vouching, vouch, vouched_by
from node.peers.wishes import WishView, ask, ask_later, fulfil_due, look_for, wishes

__all__ = [
    "ADMITTING",
    "ANSWERS",
    "ASKING_SHOWN",
    "FIGURE_WORDS",
    "GOVERNANCE_WORDS",
    "LINES_FIELDS",
    "LINE_FIELDS",
    "LOCK_WORDS",
    "LOGO_PATH",
    "LONGEST_DOMAIN",
    "OPENING_WORDS",
    "ActorGone",
    "Asking",
    "ClaimView",
    "CoopAgreed",
    "CoopAsks",
    "CoopDeclined",
    "CoopJoined",
    "CoopLeft",
    "CoopMoved",
    "CoopResumed",
    "CoopSuspended",
    "DomainView",
    "Figure",
    "Governance",
    "ListReport",
    "Logo",
    "Opening",
    "OurCoopMoved",
    "PeerState",
    "PeerView",
    "Telling",
    "Told",
    "WishView",
    "Words",
    "accept",
    "announce",
    "announce_node",
    "answer",
    "as_shown",
    "ask",
    "ask_actor",
    "ask_later",
    "asking",
    "change_profile",
    "claim",
    "claiming_uri",
    "claims",
    "come_from",
    "confirm",
    "contacts",
    "count_asking",
    "decide",
    "decline",
    "deny",
    "domains",
    "everyone",
    "export_blocks",
    "first_profile",
    "folder_of",
    "follow_settings",
    "fulfil_due",
    "go_to",
    "handlers",
    "has_profile",
    "import_blocks",
    "in_tongue",
    "is_founding",
    "known_uri",
    "leave",
    "legal_of",
    "lift",
    "lines_in",
    "logo_of",
    "look_for",
    "main_language",
    "moved_to",
    "our_profile",
    "our_telling",
    "peer",
    "peer_at",
    "peers",
    "resume",
    "show_figures",
    "show_policy_heads",
    "site",
    "suspend",
    "take_applications",
    "take_back_vouching",
    "tidied",
    "told_by",
    "told_by_each",
    "told_by_us",
    "used_pictures",
    "vouch",
    "vouched_by",
    "where",
    "wishes",
    "with_logos",
]
