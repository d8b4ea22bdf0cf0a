"""Agreements: what two parties promise each other, until both say that it was done.

A booking, an order, an answer to a need: one table of states for all (`life`, pure), with whose
each step is (`sides`), how it is paid (`paying`), and what can be done now (`choices`). `terms` are
what both coops sign, `reading` takes another coop's, `fees` explains what our coop takes, `offered`
and `drafting` make terms of what somebody wants, `asking` and `collecting` of how many come, and
where it is collected; the preview is the same, and `beginning` is the
row that comes of it. `rules` says what a step needs beside its place in the table, `parties` who
speaks for whom.

`commands` are people's, `inbox` peers', `duties` the clock's; all make their `moves`, and every
step goes through `steps.take`: it holds time and pieces (`keeping`), tells the peer (`telling`,
`wire`), and lets follow what follows (`following`: `reckoning` says what it comes to in money,
`books` books that; notices, events). `deadlines` are set anew after each. `contacts` keeps what
people say of themselves, sealed, with their `answers` to what the listing asks; `sharing` lets the
other coop fetch name and contact, with their tick. `proposing` puts terms forward in answer to a
need that was passed on. `queries` and `views` are what you can ask, `tongues` what lines are called
in another language.

A request, once made, has a state on both nodes. Both have all versions of the terms, each with the
document that the other coop signed.
"""

from node.agreements import (  # noqa: F401 - they register themselves
    duties,
    personal,
    taking_back,
    touched,
)
from node.agreements.answers import Answer, asked_in_language, asked_of
from node.agreements.awaiting import Awaited, Wants, awaiting
from node.agreements.choices import Step, word
from node.agreements.collecting import is_brought, pickups_of
from node.agreements.commands import (
    SIGNING,
    Asked,
    ask,
    do,
    forget_contact,
    set_shared,
)
from node.agreements.contacts import CONTACT_WORDS, Contact, SharedView
from node.agreements.drafting import Draft, Revision, Wanted, WantedLine
from node.agreements.events import (
    AgreementCancelled,
    AgreementChanged,
    AgreementConfirmed,
    AgreementMade,
    AgreementOwed,
    AgreementRefunded,
)
from node.agreements.fees import FeeLine
from node.agreements.handing import assign, workers
from node.agreements.hearing import Refusal
from node.agreements.inbox import documents, handlers
from node.agreements.leaving import Recall, holding_back, leave, recalls
from node.agreements.life import LIFE, OPEN, RUNNING, Event, State
from node.agreements.numbers import prices_of
from node.agreements.parties import NODE, OPERATOR, By, of_account, of_guest, of_peer
from node.agreements.paying import (
    DEPOSITS,
    METHOD_WORDS,
    PAID,
    PAYING,
    Deposit,
    DepositEvent,
    Method,
    Payment,
    PaymentEvent,
)
from node.agreements.proposing import propose, proposed
from node.agreements.queries import (
    Detail,
    agreement,
    agreements,
    calendar,
    count_done,
    lots_there,
    of_link,
    pickups,
    preview,
    preview_revision,
    price_of,
    roles_of,
    to_answer,
    totals,
)
from node.agreements.reading import read_money
from node.agreements.reasons import DEPOSIT_REASONS, REASONS, STEP_REASONS
from node.agreements.rules import methods
from node.agreements.sides import Role
from node.agreements.store import find
from node.agreements.terms import Addition, Cancellation, Line, Terms
from node.agreements.tongues import Tongue, in_language, titled
from node.agreements.views import AgreementView, Standing, StepView, VersionView
from node.agreements.wire import Said

__all__ = [
    "CONTACT_WORDS",
    "DEPOSITS",
    "DEPOSIT_REASONS",
    "LIFE",
    "METHOD_WORDS",
    "NODE",
    "OPEN",
    "OPERATOR",
    "PAID",
    "PAYING",
    "REASONS",
    "RUNNING",
    "SIGNING",
    "STEP_REASONS",
    "Addition",
    "AgreementCancelled",
    "AgreementChanged",
    "AgreementConfirmed",
    "AgreementMade",
    "AgreementOwed",
    "AgreementRefunded",
    "AgreementView",
    "Answer",
    "Asked",
    "Awaited",
    "By",
    "Cancellation",
    "Contact",
    "Deposit",
    "DepositEvent",
    "Detail",
    "Draft",
    "Event",
    "FeeLine",
    "Line",
    "Method",
    "Payment",
    "PaymentEvent",
    "Recall",
    "Refusal",
    "Revision",
    "Role",
    "Said",
    "SharedView",
    "Standing",
    "State",
    "Step",
    "StepView",
    "Terms",
    "Tongue",
    "VersionView",
    "Wanted",
    "WantedLine",
    "Wants",
    "agreement",
    "agreements",
    "ask",
    "asked_in_language",
    "asked_of",
    "assign",
    "awaiting",
    "calendar",
    "count_done",
    "do",
    "documents",
    "find",
    "forget_contact",
    "handlers",
    "holding_back",
    "in_language",
    "is_brought",
    "leave",
    "lots_there",
    "methods",
    "of_account",
    "of_guest",
    "of_link",
    "of_peer",
    "pickups",
    "pickups_of",
    "preview",
    "preview_revision",
    "price_of",
    "prices_of",
    "propose",
    "proposed",
    "read_money",
    "recalls",
    "roles_of",
    "set_shared",
    "titled",
    "to_answer",
    "totals",
    "word",
    "workers",
]
