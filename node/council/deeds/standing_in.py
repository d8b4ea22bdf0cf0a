"""Who of ours votes: our delegates; whoever stands in for them only when it is time, by our own
rule `council.stand_in_hours`, or when no delegate of ours is there.

The vote is theirs from then on who cast it: nobody stands in for a delegate who has voted, and
where somebody stood in, they alone may change the vote, until delegates are named anew."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, select

from federation.storage import Reader, UnitOfWork
from node import accounts, members, notices, policies, timers
from node.accounts import Role, RolesChanged
from node.council.rows import reminders, store
from node.council.rows.keyring import Use, whose
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
from node.policies import ChoiceChanged
from protocol import datetimes

_b, _k, _p = (table.c for table in (ballot_table, key_table, proposal_table))


class VoteTurn(StrEnum):
    """Whether somebody we named votes now. The words for who does not are in WHY_NOT; on-device:
    whoever has a key of ours on their own device."""

    MAY = "may"
    NOT_YET = "not-yet"
    DELEGATE_VOTED = "delegate-voted"
    STOOD_IN = "stood-in"
    ON_DEVICE = "on-device"


WHY_NOT: dict[VoteTurn, Text] = {
    VoteTurn.NOT_YET: _(
        "You stand in for our delegates: you vote once it is time and none of them has."
    ),
    VoteTurn.DELEGATE_VOTED: _(
        "A delegate of ours has voted, so nobody stands in for them any more."
    ),
    VoteTurn.STOOD_IN: _(
        "Somebody stood in for our delegates and has voted, so nobody else votes now."
    ),
}


async def turn(reader: Reader, row: Row[Any], record: Record, public: str) -> VoteTurn:
    """Whether who has this key votes now for our coop, on what they may vote on at all."""
    newest = _newest(record, reader.identities.coop.uri)
    if newest is None:
        return VoteTurn.MAY
    is_alternate = public in _keys(newest, "alternates")
    last = await our_last(reader, row, record)
    if last is None:
        may = not is_alternate or await is_time(reader, row, newest)
        return VoteTurn.MAY if may else VoteTurn.NOT_YET
    if not is_alternate and (last["epoch"] < newest["epoch"] or not record.is_by_alternate(last)):
        return VoteTurn.MAY
    if await _is_same_person(reader, row, record, last["delegate"], public):
        return VoteTurn.MAY
    return VoteTurn.STOOD_IN if record.is_by_alternate(last) else VoteTurn.DELEGATE_VOTED


async def check_turn(reader: Reader, row: Row[Any], record: Record, public: str) -> None:
    """Raises Conflict."""
    now = await turn(reader, row, record, public)
    if now is not VoteTurn.MAY:
        raise Conflict(WHY_NOT[now], now.value)


async def our_last(
    reader: Reader, row: Row[Any], record: Record, epoch: int | None = None
) -> Statement | None:
    """Our last ballot, of one mandate or of all, by what we keep and by the log: a node that was
    restored from an old copy has forgotten what it sent since, and must not say something else
    under the same number."""
    chosen = select(_b.text).where(_b.proposal_id == row.id)
    if epoch is not None:
        chosen = chosen.where(_b.epoch == epoch)
    kept = await reader.scalars(chosen.order_by(_b.epoch.desc(), _b.sequence.desc()).limit(1))
    ours, found = reader.identities.coop.uri, [*map(statements.read, kept)]
    proposal: Proposal | None = record.proposals.get(row.proposal)
    if proposal is not None:
        logged = [each for _index, each in proposal.ballots if each.coop == ours]
        found += [each for each in logged if epoch in (None, each["epoch"])]
    return max(found, key=lambda each: (each["epoch"], each["sequence"]), default=None)


async def is_time(reader: Reader, row: Row[Any], newest: Statement) -> bool:
    """Whether whoever stands in votes, where nobody of ours has."""
    return bool(await where_it_is_time(reader, [row], newest))


async def where_it_is_time(
    reader: Reader, rows: Sequence[Row[Any]], newest: Statement
) -> Sequence[Row[Any]]:
    """The same for open votes of one federation: those of them."""
    hours = await policies.value(reader, policies.COUNCIL_STAND_IN_HOURS)
    moments = [(row, _stands_in_at(row, hours)) for row in rows]
    come = [row for row, moment in moments if moment is not None and moment <= reader.now]
    if len(come) == len(rows) or not await _nobody_there(reader, rows[0].federation_id, newest):
        return come
    return rows


def _stands_in_at(row: Row[Any], hours: int) -> datetime | None:
    """From when on, at the latest, in the second half of a vote; None: our rule names no time."""
    half: datetime = row.opens_at + (row.closes_at - row.opens_at) / 2
    return max(half, row.closes_at - timedelta(hours=hours)) if hours else None


def as_alternate(record: Record, coop: str, public: str) -> Statement | None:
    """The newest mandate of a coop, if it names this key to stand in."""
    newest = _newest(record, coop)
    return newest if newest is not None and public in _keys(newest, "alternates") else None


@timers.on(reminders.STAND_IN)
async def step_in(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The time has come that our rule names: whoever stands in is asked, if nobody voted."""
    for subject in subjects:
        await _ask_alternates(uow, await store.proposal(uow, subject))


@events.on(MembershipChanged)
async def somebody_changed(uow: UnitOfWork, event: MembershipChanged) -> None:
    """A delegate of ours may be away, suspended or gone, and whoever stands in is asked at once; or
    they may be back."""
    theirs = await members.accounts_of(uow, event.member_id)
    before = [event.account_before] if event.account_before else []
    await _look_at_theirs(uow, theirs + before)


@events.on(RolesChanged)
async def roles_changed(uow: UnitOfWork, event: RolesChanged) -> None:
    """A delegate of ours may be one no more, or again, or may not sign in any more."""
    await _look_at_theirs(uow, [event.account_id])


@events.on(ChoiceChanged)
async def rule_changed(uow: UnitOfWork, event: ChoiceChanged) -> None:
    """The moment is another one, for votes that are open, too."""
    if event.key == policies.COUNCIL_STAND_IN_HOURS.name:
        await _look_at(uow, select(proposal_table))


async def _look_at_theirs(uow: UnitOfWork, account_ids: Sequence[str]) -> None:
    """Only where one of these has been named to vote for us."""
    if not account_ids:
        return
    named = select(_k.federation_id).where(
        _k.use == Use.DELEGATE.value, _k.subject.in_(account_ids)
    )
    await _look_at(uow, select(proposal_table).where(_p.federation_id.in_(named)))


async def _look_at(uow: UnitOfWork, chosen: Select[Any]) -> None:
    for row in await uow.rows(chosen.where(_p.state == State.OPEN.value)):
        await _ask_alternates(uow, row)


async def _ask_alternates(uow: UnitOfWork, row: Row[Any]) -> None:
    """Once, where it is time; where it is not yet or no more, what was asked is taken back."""
    if row.state != State.OPEN:
        return
    known = await store.federation(uow, row.federation_id)
    record = await store.record(uow, known, [row.proposal])
    newest = _newest(record, uow.identities.coop.uri)
    if newest is None or await our_last(uow, row, record) is not None:
        return
    if not await is_time(uow, row, newest):
        await notices.withdraw(uow, NoticeKind.COUNCIL_STAND_IN, row.id)
        hours = await policies.value(uow, policies.COUNCIL_STAND_IN_HOURS)
        moment = _stands_in_at(row, hours)
        if moment is not None:
            await timers.set_timer(uow, reminders.STAND_IN, row.id, moment)
        return
    when = datetimes.format(row.closes_at)
    for account_id in (await whose(uow, row.federation_id, _keys(newest, "alternates"))).values():
        await notices.give_once(
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


async def _is_same_person(
    reader: Reader, row: Row[Any], record: Record, one: str, other: str
) -> bool:
    """Whether these are keys of one person: of one account here, or one in the other's place after
    it was lost."""
    known = await whose(reader, row.federation_id, {one, other})
    if one == other or len(known) == 2:
        return known.get(one) == known.get(other)
    said = record.mandates[reader.identities.coop.uri].values()
    named = [each for mandate in said for each in (*mandate["delegates"], *mandate["alternates"])]
    ids = [{each["id"] for each in named if each["key"] == key} for key in (one, other)]
    return not ids[0].isdisjoint(ids[1])


async def _nobody_there(reader: Reader, federation_id: str, newest: Statement) -> bool:
    """Whether all our delegates are known here, and none of them can vote."""
    keys = _keys(newest, "delegates")
    known = await whose(reader, federation_id, keys)
    if not keys or keys - known.keys():
        return False
    return not any([await _is_there(reader, one) for one in known.values()])


async def _is_there(reader: Reader, account_id: str) -> bool:
    account = await accounts.account(reader, account_id)
    if account is None or account.disabled or Role.DELEGATE not in account.roles:
        return False
    one = await members.acting_for(reader, account_id)
    return one is None or one.status in FULL
