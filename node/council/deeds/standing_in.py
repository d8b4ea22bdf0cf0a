"""Who of ours votes: our delegates; whoever stands in for them only when it is time, by our own
rule `council.stand_in_hours`, or when no delegate of ours is there.

The vote is theirs from then on who cast it: nobody stands in for a delegate who has voted, and
where somebody stood in, they alone may change the vote."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select

from federation.storage import Reader, UnitOfWork
from node import accounts, members, notices, policies, timers
from node.accounts import Role
from node.council.rows import reminders, store
from node.council.rows.keyring import Use
from node.council.rows.models import ballot_table, key_table, proposal_table
from node.council.state.record import Proposal, Record
from node.council.words import statements
from node.council.words.life import State
from node.council.words.statements import Statement
from node.errors import Conflict
from node.events import events
from node.i18n import Text, _
from node.members import FULL, MembershipChanged
from node.notices import NoticeKind
from protocol import datetimes

_b, _k, _p = (table.c for table in (ballot_table, key_table, proposal_table))


class Turn(StrEnum):
    """Whether somebody we named votes now. The words of the others are in WHY_NOT."""

    MAY = "may"
    NOT_YET = "not-yet"
    DELEGATE_VOTED = "delegate-voted"
    STOOD_IN = "stood-in"


WHY_NOT: dict[Turn, Text] = {
    Turn.NOT_YET: _(
        "You stand in for our delegates: you vote once it is time and none of them has."
    ),
    Turn.DELEGATE_VOTED: _("A delegate of ours has voted, so nobody stands in for them any more."),
    Turn.STOOD_IN: _(
        "Somebody stood in for our delegates and has voted, so nobody else votes now."
    ),
}


async def turn(reader: Reader, row: Row[Any], record: Record, public: str | None) -> Turn:
    """Whether who has this key votes now for our coop, on what they may vote on at all."""
    newest = _newest(record, reader.identities.coop.uri)
    if newest is None:
        return Turn.MAY
    alternates, last = _keys(newest, "alternates"), await _last_key(reader, row, record)
    if last == public:
        return Turn.MAY
    if last in alternates:
        return Turn.STOOD_IN
    if public not in alternates:
        return Turn.MAY
    if last is not None:
        return Turn.DELEGATE_VOTED
    return Turn.MAY if await is_time(reader, row, newest) else Turn.NOT_YET


async def check_turn(reader: Reader, row: Row[Any], record: Record, public: str) -> None:
    """Raises Conflict."""
    now = await turn(reader, row, record, public)
    if now is not Turn.MAY:
        raise Conflict(WHY_NOT[now], now.value)


async def is_time(reader: Reader, row: Row[Any], newest: Statement) -> bool:
    """Whether whoever stands in votes, where nobody of ours has."""
    moment = await stands_in_at(reader, row)
    return (moment is not None and moment <= reader.now) or await _nobody_there(reader, row, newest)


async def stands_in_at(reader: Reader, row: Row[Any]) -> datetime | None:
    """From when on, at the latest, in the second half of a vote; None: our rule names no time."""
    hours = await policies.value(reader, policies.COUNCIL_STAND_IN_HOURS)
    half: datetime = row.opens_at + (row.closes_at - row.opens_at) / 2
    return max(half, row.closes_at - timedelta(hours=hours)) if hours else None


def is_alternate(record: Record, coop: str, public: str | None) -> bool:
    newest = _newest(record, coop)
    return newest is not None and public in _keys(newest, "alternates")


@timers.on(reminders.STAND_IN)
async def step_in(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The time has come that our rule names: whoever stands in is asked, if nobody voted."""
    for subject in subjects:
        await _ask_alternates(uow, await store.proposal(uow, subject))


@events.on(MembershipChanged)
async def somebody_changed(uow: UnitOfWork, event: MembershipChanged) -> None:
    """A delegate of ours may be away, suspended or gone: whoever stands in is asked at once."""
    if event.status in FULL:
        return
    for row in await uow.rows(select(proposal_table).where(_p.state == State.OPEN.value)):
        await _ask_alternates(uow, row)


async def _ask_alternates(uow: UnitOfWork, row: Row[Any]) -> None:
    if row.state != State.OPEN:
        return
    known = await store.federation(uow, row.federation_id)
    record = await store.record(uow, known, [row.proposal])
    newest = _newest(record, uow.identities.coop.uri)
    if newest is None or await _last_key(uow, row, record) is not None:
        return
    moment = await stands_in_at(uow, row)
    if not await is_time(uow, row, newest):
        if moment is not None:
            await timers.set_timer(uow, reminders.STAND_IN, row.id, moment)
        return
    when = datetimes.format(row.closes_at)
    for account_id in (await _whose(uow, row, _keys(newest, "alternates"))).values():
        await notices.give(
            uow,
            NoticeKind.COUNCIL_STAND_IN,
            row.id,
            to_account=account_id,
            title=row.title,
            when=when,
        )


def _newest(record: Record, coop: str) -> Statement | None:
    said = record.mandates.get(coop, {})
    return said[max(said)] if said else None


def _keys(mandate: Statement, group: str) -> set[str]:
    return {each["key"] for each in mandate[group]}


async def _last_key(reader: Reader, row: Row[Any], record: Record) -> str | None:
    """Whose key is under the last ballot of ours, by what we keep and by the log."""
    kept = await reader.scalars(select(_b.text).where(_b.proposal_id == row.id))
    ours, found = reader.identities.coop.uri, [*map(statements.read, kept)]
    proposal: Proposal | None = record.proposals.get(row.proposal)
    if proposal is not None:
        found += [each for _index, each in proposal.ballots if each.coop == ours]
    last = max(found, key=lambda each: (each["epoch"], each["sequence"]), default=None)
    return str(last["delegate"]) if last else None


async def _nobody_there(reader: Reader, row: Row[Any], newest: Statement) -> bool:
    """Whether all our delegates are known here, and none of them can vote. Whose key is on a
    device is not known."""
    keys = _keys(newest, "delegates")
    whose = await _whose(reader, row, keys)
    if not keys or keys - whose.keys():
        return False
    return not any([await _is_there(reader, one) for one in whose.values()])


async def _whose(reader: Reader, row: Row[Any], keys: set[str]) -> dict[str, str]:
    chosen = select(_k.public, _k.subject).where(
        _k.federation_id == row.federation_id,
        _k.use == Use.DELEGATE.value,
        _k.public.in_(keys),
    )
    return {each.public: each.subject for each in await reader.rows(chosen)}


async def _is_there(reader: Reader, account_id: str) -> bool:
    account = await accounts.account(reader, account_id)
    if account is None or account.disabled or Role.DELEGATE not in account.roles:
        return False
    one = await members.acting_for(reader, account_id)
    return one is None or one.status in FULL
