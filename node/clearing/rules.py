"""What may happen to an obligation, a settlement and a run; how far trust goes; whose turn it is.

Pure: tables, sums and dates.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from node import limits
from node.i18n import _
from node.machine import Machine
from node.money import Money


class State(StrEnum):
    """Where an obligation stands."""

    ACCRUED = "accrued"
    CONTESTED = "contested"
    ACKNOWLEDGED = "acknowledged"
    IN_RUN = "in_run"
    RESIDUAL_DUE = "residual_due"
    CLEARED = "cleared"
    PAID = "paid"
    SETTLED = "settled"


class Event(StrEnum):
    """What can happen to an obligation."""

    ACKNOWLEDGE = "acknowledge"
    CONTEST = "contest"
    ENTER_RUN = "enter-run"
    LEAVE_RUN = "leave-run"
    CLEAR = "clear"
    CLEAR_PART = "clear-part"
    MARK_PAID = "mark-paid"
    RECEIVE = "receive"
    MISS_PAYMENT = "miss-payment"


obligations = Machine[State, Event](
    "obligation",
    State.ACCRUED,
    {
        (State.ACCRUED, Event.ACKNOWLEDGE): State.ACKNOWLEDGED,
        (State.ACCRUED, Event.CONTEST): State.CONTESTED,
        (State.CONTESTED, Event.ACKNOWLEDGE): State.ACKNOWLEDGED,
        (State.ACKNOWLEDGED, Event.ENTER_RUN): State.IN_RUN,
        (State.ACKNOWLEDGED, Event.MARK_PAID): State.PAID,
        (State.IN_RUN, Event.LEAVE_RUN): State.ACKNOWLEDGED,
        (State.IN_RUN, Event.CLEAR): State.CLEARED,
        (State.IN_RUN, Event.CLEAR_PART): State.RESIDUAL_DUE,
        (State.RESIDUAL_DUE, Event.ENTER_RUN): State.IN_RUN,
        (State.RESIDUAL_DUE, Event.MARK_PAID): State.PAID,
        (State.PAID, Event.RECEIVE): State.SETTLED,
        (State.PAID, Event.MISS_PAYMENT): State.RESIDUAL_DUE,
    },
    {
        State.ACCRUED: _("waiting for the other coop’s signature"),
        State.CONTESTED: _("contested"),
        State.ACKNOWLEDGED: _("signed by both"),
        State.IN_RUN: _("in a clearing run"),
        State.RESIDUAL_DUE: _("what is left is to be paid"),
        State.CLEARED: _("set off"),
        State.PAID: _("marked as paid"),
        State.SETTLED: _("paid and received"),
        Event.ACKNOWLEDGE: _("sign it"),
        Event.CONTEST: _("contest it"),
        Event.ENTER_RUN: _("take it into a clearing run"),
        Event.LEAVE_RUN: _("take it out of the clearing run"),
        Event.CLEAR: _("set it off"),
        Event.CLEAR_PART: _("set off a part"),
        Event.MARK_PAID: _("mark it as paid"),
        Event.RECEIVE: _("say that the payment came"),
        Event.MISS_PAYMENT: _("say that no payment came"),
    },
)

OFFERABLE = (State.ACKNOWLEDGED, State.RESIDUAL_DUE)
"""What can go into a run, and what can be paid."""
SIGNED = (State.ACKNOWLEDGED, State.IN_RUN, State.RESIDUAL_DUE, State.PAID)
"""Signed by both, and something of it still owed: what a statement lists."""
OWED = (State.ACCRUED, *SIGNED)
"""What counts against a trust line."""
OWED_TO_US = (State.CONTESTED, *OWED)
"""The same where we are the creditor: saying no to a debt makes no room for the next one."""


class RunState(StrEnum):
    """Where a clearing run stands."""

    CALLED = "called"
    PROPOSED = "proposed"
    EXECUTED = "executed"
    ABORTED = "aborted"


class RunEvent(StrEnum):
    """What can happen to a run."""

    PROPOSE = "propose"
    EXECUTE = "execute"
    ABORT = "abort"


runs = Machine[RunState, RunEvent](
    "clearing-run",
    RunState.CALLED,
    {
        (RunState.CALLED, RunEvent.PROPOSE): RunState.PROPOSED,
        (RunState.CALLED, RunEvent.ABORT): RunState.ABORTED,
        (RunState.PROPOSED, RunEvent.EXECUTE): RunState.EXECUTED,
        (RunState.PROPOSED, RunEvent.ABORT): RunState.ABORTED,
        (RunState.ABORTED, RunEvent.EXECUTE): RunState.EXECUTED,
    },
    {
        RunState.CALLED: _("collecting what is owed"),
        RunState.PROPOSED: _("waiting for everybody’s yes"),
        RunState.EXECUTED: _("set off"),
        RunState.ABORTED: _("called off"),
        RunEvent.PROPOSE: _("propose what to set off"),
        RunEvent.EXECUTE: _("set it off"),
        RunEvent.ABORT: _("call it off"),
    },
)


class Reason(StrEnum):
    """What an obligation is for."""

    REFERRAL_FEE = "referralFee"
    AGREEMENT_PAYMENT = "agreementPayment"
    LEVY = "levy"
    GROUP_BUY = "groupBuy"


REASON_WORDS = {
    Reason.REFERRAL_FEE: _("Fee for a referral"),
    Reason.AGREEMENT_PAYMENT: _("Payment for an agreement"),
    Reason.LEVY: _("Levy"),
    Reason.GROUP_BUY: _("Buying together"),
}
BY_HAND = (Reason.LEVY, Reason.GROUP_BUY)
"""What a treasurer can claim; the others come from referrals and agreements."""


class Headroom(Struct, frozen=True):
    """How far a coop may still go on owing. limit, used: in one currency."""

    limit: Money
    used: Money

    @property
    def left(self) -> Money:
        """Never below zero: a line that was lowered is full, not overdrawn."""
        return Money(max(0, self.limit.amount - self.used.amount), *self._unit)

    @property
    def is_tight(self) -> bool:
        """From 80 % on people are warned."""
        return self.used.amount * 5 >= self.limit.amount * 4 and self.used.amount > 0

    @property
    def is_overdrawn(self) -> bool:
        return self.used.amount > self.limit.amount

    @property
    def percent(self) -> int:
        if not self.limit.amount:
            return 100 if self.used.amount else 0
        return min(100, self.used.amount * 100 // self.limit.amount)

    def takes(self, more: Money) -> bool:
        """Whether so much more may be owed."""
        return self.used.amount + more.amount <= self.limit.amount

    @property
    def _unit(self) -> tuple[str, int]:
        return self.limit.currency, self.limit.scale


def turn_of(ours: str, coops: Collection[str], now: datetime, day: int) -> datetime:
    """When it is our turn next to call a run, by a rule that every node can compute.

    The coops in the order of their addresses take turns, month by month, from `day` on. If the one
    whose month it is calls no run, the next in order may two days later, and so on.
    """
    month = now.replace(day=1, hour=9, minute=0, second=0, microsecond=0)
    this = _turn(ours, coops, month, day)
    if now < this:
        return this
    following = (month + timedelta(days=31)).replace(day=1)
    return _turn(ours, coops, following, day)


def _turn(ours: str, coops: Collection[str], month: datetime, day: int) -> datetime:
    order = sorted({ours, *coops})
    first = (month.year * 12 + month.month) % len(order)
    rank = (order.index(ours) - first) % len(order)
    late = min(rank * limits.CLEARING_TURN_DAYS, limits.CLEARING_TURN_DAYS_MOST)
    return month.astimezone(UTC) + timedelta(days=day - 1 + late)


def statement_day(now: datetime, day: int) -> datetime:
    """When statements are sent next: two days before clearing begins."""
    month = now.replace(day=1, hour=8, minute=0, second=0, microsecond=0)
    this = month + timedelta(days=day - 1) - limits.STATEMENT_BEFORE_CLEARING
    if now < this:
        return this
    following = (month + timedelta(days=31)).replace(day=1)
    return following + timedelta(days=day - 1) - limits.STATEMENT_BEFORE_CLEARING


def held(called: datetime, answers_by: datetime, ended: datetime) -> tuple[datetime, datetime]:
    """From when to when a run held what is owed. Once its caller was silent for so long that we may
    let go, it is ours how long it still does."""
    return called, min(ended, answers_by + limits.CLEARING_SILENCE_MOST)


def free_until(spans: Iterable[tuple[datetime, datetime]]) -> datetime | None:
    """Until when what is owed is free of the runs of one coop: for as long as those that came to
    nothing held it in a row, once that was long; None: it may call one.

    spans: from when to when each did, the first first; what they do side by side counts once.
    """
    total, over = timedelta(0), None
    for called, ended in spans:
        if over is None or called >= over + total:
            total, over = timedelta(0), called  # it was free for as long meanwhile
        total += max(ended - max(called, over), timedelta(0))
        over = max(over, ended)
    return over + total if over and total >= limits.CLEARING_HELD_MOST else None


def rows_in_an_offer(participants: int) -> int:
    """How many obligations one coop may state, so that a proposal fits into one message."""
    share = limits.CLEARING_ROWS_MOST // max(participants, 1)
    return max(1, min(limits.CLEARING_ROWS_PER_OFFER, share))
