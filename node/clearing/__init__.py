"""Clearing: what coops owe one another, signed by both, and set off without a bank.

An obligation counts once creditor and debtor have signed it (`claims`); how far a partner may go
is its trust line (`lines`). Once a month both compare (`statements`), and a clearing run sets off
what goes round (`calling` for the coop that calls it, `taking_part` for the others, `runs` for
both). What is left is paid (`settlements`). `rules`, `papers` (what is said), `checking` and
`circulation` (what can be set off) are pure; `evidence` verifies signatures, `wire` makes them.
"""

from node.clearing import reactions, taking_back  # noqa: F401 - they register themselves
from node.clearing.calling import call
from node.clearing.circulation import largest, net_positions, residual
from node.clearing.claims import CLAIM_KEY, acknowledge, claim, contest
from node.clearing.inbox import documents, handlers
from node.clearing.lines import decide as decide_line
from node.clearing.lines import headroom
from node.clearing.papers import ContestReason
from node.clearing.queries import (
    Picture,
    Reconciliation,
    clearing_runs,
    obligation,
    obligations,
    partners,
    payments,
    picture,
    reconciliation,
)
from node.clearing.releasing import release as release_run
from node.clearing.rules import BY_HAND, REASON_WORDS, Headroom, Reason, RunState, State
from node.clearing.runs import run
from node.clearing.settlements import mark_paid, miss, missed_payments, receive, settlement
from node.clearing.statements import send as send_statement
from node.clearing.statements import statement
from node.clearing.taking_part import decide as decide_run
from node.clearing.views import (
    ObligationView,
    PartnerView,
    RunView,
    SettlementView,
    StatementView,
)

__all__ = [
    "BY_HAND",
    "CLAIM_KEY",
    "REASON_WORDS",
    "ContestReason",
    "Headroom",
    "ObligationView",
    "PartnerView",
    "Picture",
    "Reason",
    "Reconciliation",
    "RunState",
    "RunView",
    "SettlementView",
    "State",
    "StatementView",
    "acknowledge",
    "call",
    "claim",
    "clearing_runs",
    "contest",
    "decide_line",
    "decide_run",
    "documents",
    "handlers",
    "headroom",
    "largest",
    "mark_paid",
    "miss",
    "missed_payments",
    "net_positions",
    "obligation",
    "obligations",
    "partners",
    "payments",
    "picture",
    "receive",
    "reconciliation",
    "release_run",
    "residual",
    "run",
    "send_statement",
    "settlement",
    "statement",
]
