"""What the desk can ask."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import and_, case, func, or_, select

from federation.storage import Reader
from node import listings
from node.money import Money
from node.referrals import consent, files, store
from node.referrals.consent import ConsentPage
from node.referrals.fees import fee_for
from node.referrals.files import FileView
from node.referrals.life import (
    KNOWN_TO_RECEIVER,
    UNANSWERED,
    Event,
    Party,
    Side,
    State,
    open_to,
)
from node.referrals.models import referral_table, step_table
from node.referrals.views import ReferralView, referral_view

MOST_SHOWN = 200
_r = referral_table.c
_NEWEST = (_r.created_at.desc(), _r.rank.desc(), _r.id.desc())
_OURS = {
    Side.RECEIVED: UNANSWERED | KNOWN_TO_RECEIVER - {State.COMPLETED},
    Side.SENT: frozenset({State.DRAFT, State.READY, State.COMPLETED}),
}
_OUR_TURN = or_(*(and_(_r.side == side, _r.state.in_(states)) for side, states in _OURS.items()))


class StepView(Struct, frozen=True):
    """One thing that happened. reason: a word of the program's own, never free text."""

    event: Event
    after: State
    party: Party
    at: datetime
    reason: str | None


class Detail(Struct, frozen=True):
    """One referral as the desk sees it.

    person, file: empty until they may be known, and once they are deleted.
    """

    referral: ReferralView
    coop_name: str
    person: dict[str, str]
    file: FileView | None
    steps: Sequence[StepView]
    consent: ConsentPage | None
    events: tuple[Event, ...]
    example_fee: Money | None
    """What a job worth all that the person can spend would bring."""


class Pair(Struct, frozen=True):
    """What passed between us and one coop, in numbers. median_answer: None without an answer."""

    coop: str
    name: str
    side: Side
    sent: int
    accepted: int
    completed: int
    median_answer: timedelta | None


async def referrals(
    reader: Reader, *, side: Side | None = None, by: str | None = None
) -> list[ReferralView]:
    """The newest, at most 200. by: only what this account wrote down."""
    chosen = select(referral_table).order_by(*_NEWEST).limit(MOST_SHOWN)
    if side is not None:
        chosen = chosen.where(_r.side == side)
    if by is not None:
        chosen = chosen.where(_r.by == by)
    return [referral_view(row) for row in await reader.rows(chosen)]


async def listed(
    reader: Reader, *, by: str | None = None, after: str | None = None, limit: int = MOST_SHOWN
) -> list[ReferralView]:
    """Page by page, the newest first. after: the id of the last one already seen."""
    chosen = select(referral_table).order_by(_r.id.desc()).limit(limit)
    if by is not None:
        chosen = chosen.where(_r.by == by)
    if after is not None:
        chosen = chosen.where(_r.id < after)
    return [referral_view(row) for row in await reader.rows(chosen)]


async def waiting(reader: Reader) -> list[ReferralView]:
    """What waits for us, by deadline: to answer, to go on with, to send, to confirm."""
    due = case((_r.state.in_(UNANSWERED), _r.answer_due), else_=_r.consent_until)
    chosen = select(referral_table).where(_OUR_TURN).order_by(due.nulls_last(), _r.id)
    return [referral_view(row) for row in await reader.rows(chosen.limit(MOST_SHOWN))]


def is_our_turn(view: ReferralView) -> bool:
    """Whether the next step is ours."""
    return view.state in _OURS[view.side]


async def count_waiting(reader: Reader) -> int:
    """How many wait for us, for the number beside the tab."""
    return await reader.scalar(select(func.count()).where(_OUR_TURN)) or 0


async def detail(reader: Reader, referral_id: str) -> Detail:
    """One referral with all that belongs to it. Raises NotFound."""
    view = await store.get(reader, referral_id)
    names = await listings.coop_names(reader, [view.peer] if view.peer else [])
    asked = await store.consent_of(reader, view.case_id) if view.side is Side.SENT else None
    return Detail(
        view,
        names.get(view.peer or "", ""),
        await consent.person_of(reader, view),
        await files.describe(reader, view.subject),
        await steps(reader, view.id),
        await consent.page_of(reader, asked) if asked else None,
        open_to(view.state, view.side.party),
        fee_for(view.need.fee, view.need.budget, done=True),
    )


async def steps(reader: Reader, referral_id: str) -> list[StepView]:
    """What happened, oldest first."""
    s = step_table.c
    rows = await reader.rows(
        select(s.event, s.after, s.party, s.at, s.reason)
        .where(s.referral_id == referral_id)
        .order_by(s.number)
    )
    return [
        StepView(Event(row.event), State(row.after), Party(row.party), row.at, row.reason)
        for row in rows
    ]


async def pairs(reader: Reader) -> list[Pair]:
    """Per coop and direction: how many were passed on, taken and completed, and how fast."""
    rows = await reader.rows(
        select(_r.peer, _r.side, _r.sent_at, _r.answered_at, _r.accepted_at, _r.outcome).where(
            _r.sent_at.is_not(None), _r.peer.is_not(None)
        )
    )
    groups: defaultdict[tuple[str, Side], list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.peer or "", Side(row.side)].append(row)
    names = await listings.coop_names(reader, {coop for coop, _side in groups})
    found = [_pair(coop, names[coop], side, each) for (coop, side), each in groups.items()]
    return sorted(found, key=lambda pair: (pair.name.casefold(), pair.side))


def _pair(coop: str, name: str, side: Side, rows: Sequence[Any]) -> Pair:
    times = sorted(row.answered_at - row.sent_at for row in rows if row.answered_at is not None)
    return Pair(
        coop,
        name,
        side,
        sent=len(rows),
        accepted=sum(row.accepted_at is not None for row in rows),
        completed=sum(row.outcome is not None for row in rows),
        median_answer=_median(times),
    )


def _median(times: Sequence[timedelta]) -> timedelta | None:
    if not times:
        return None
    middle = len(times) // 2
    return times[middle] if len(times) % 2 else (times[middle - 1] + times[middle]) / 2
