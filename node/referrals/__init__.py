"""Referrals: a person's need passed to a coop that can serve it, with consent, receipts and a fee.

Read in this order: `life` (states, events, whose they are), `fees`, `rules` (what may be written
down, what of a peer's Offer may stand), `offered` (the fee that a listing offers), `models`,
`consent` (the person's side) and `consent_log`,
`desk` (the sender's people), `answering` (the receiver's people), `passing` (to a coop, to the next
in line, and back), `linked` and `following` (the agreement that came of it), `wire`, `inbox` and
`hearing` (what peers may tell us), `parking` (what came too early), `handoff` (the contact data, by
`node.handoffs`) and `files`, `deadlines`, `taking_back` (consents after a restore), `queries`.

Whoever books fees reacts to `ReferralFeeDue`.
"""

from node.referrals import deadlines, personal, touched  # noqa: F401 - they register themselves
from node.referrals.answering import accept, complete, decline, hold, progress
from node.referrals.consent import (
    PATH as CONSENT_PATH,
)
from node.referrals.consent import (
    ConsentPage,
    code_of,
    give,
    note,
    page,
    person_of,
    withdraw_for,
)
from node.referrals.consent import withdraw as withdraw_consent
from node.referrals.consent_log import first_fault
from node.referrals.desk import (
    ask_consent,
    attach,
    confirm,
    correct,
    detach,
    edit,
    send,
    start,
    withdraw,
)
from node.referrals.events import ReferralChanged, ReferralFeeDue
from node.referrals.fees import FEE_WORDS, FeeKind, FeeTerms
from node.referrals.files import File, FileView, file_of
from node.referrals.inbox import documents, handlers
from node.referrals.life import (
    DECLINE_WORDS,
    FAILURE_WORDS,
    LIFE,
    OUTCOME_WORDS,
    Decline,
    Event,
    Failure,
    Outcome,
    Party,
    Side,
    State,
    open_to,
)
from node.referrals.offered import begun_with, offered
from node.referrals.queries import (
    Detail,
    Pair,
    StepView,
    count_waiting,
    detail,
    is_our_turn,
    listed,
    pairs,
    referrals,
    steps,
    waiting,
)
from node.referrals.rules import (
    CHANNEL_WORDS,
    CONSENT_TEXT,
    FIELD_WORDS,
    FIELDS,
    FILE,
    SHAREABLE,
    URGENCY_WORDS,
    Channel,
    Draft,
    Need,
    Urgency,
)
from node.referrals.store import consent_of
from node.referrals.taking_back import confirm_consents, doubt_consents, doubted_consents
from node.referrals.views import ConsentView, ReferralView

# What takes nothing but the referral and who did it.
SIMPLE = {
    Event.SEND: send,
    Event.ACCEPT: accept,
    Event.HOLD: hold,
    Event.CONFIRM: confirm,
    Event.WITHDRAW: withdraw,
    Event.CORRECT: correct,
}

__all__ = [
    "CHANNEL_WORDS",
    "CONSENT_PATH",
    "CONSENT_TEXT",
    "DECLINE_WORDS",
    "FAILURE_WORDS",
    "FEE_WORDS",
    "FIELDS",
    "FIELD_WORDS",
    "FILE",
    "LIFE",
    "OUTCOME_WORDS",
    "SHAREABLE",
    "SIMPLE",
    "URGENCY_WORDS",
    "Channel",
    "ConsentPage",
    "ConsentView",
    "Decline",
    "Detail",
    "Draft",
    "Event",
    "Failure",
    "FeeKind",
    "FeeTerms",
    "File",
    "FileView",
    "Need",
    "Outcome",
    "Pair",
    "Party",
    "ReferralChanged",
    "ReferralFeeDue",
    "ReferralView",
    "Side",
    "State",
    "StepView",
    "Urgency",
    "accept",
    "ask_consent",
    "attach",
    "begun_with",
    "code_of",
    "complete",
    "confirm",
    "confirm_consents",
    "consent_of",
    "correct",
    "count_waiting",
    "decline",
    "detach",
    "detail",
    "documents",
    "doubt_consents",
    "doubted_consents",
    "edit",
    "file_of",
    "first_fault",
    "give",
    "handlers",
    "hold",
    "is_our_turn",
    "listed",
    "note",
    "offered",
    "open_to",
    "page",
    "pairs",
    "person_of",
    "progress",
    "referrals",
    "send",
    "start",
    "steps",
    "waiting",
    "withdraw",
    "withdraw_consent",
    "withdraw_for",
]
