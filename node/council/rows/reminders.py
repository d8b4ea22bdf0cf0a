"""People of our coop are told what waits for them: an invitation, a vote, a deadline near."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from federation.storage import UnitOfWork
from node import notices, timers
from node.accounts import Role
from node.council.rows import store
from node.council.rows.models import ballot_table
from node.council.rows.store import Federation
from node.council.state import rounds
from node.council.state.record import Member, Proposal, Record
from node.council.words.life import State
from node.council.words.statements import Statement
from node.notices import NoticeKind
from protocol import datetimes

REMIND = "council-remind"
STAND_IN = "council-stand-in"
BEFORE_THE_END = timedelta(days=2)
_ASKING = (
    NoticeKind.COUNCIL_VOTE,
    NoticeKind.COUNCIL_UNVOTED,
    NoticeKind.COUNCIL_EXCLUDES,
    NoticeKind.COUNCIL_STAND_IN,
)


async def invited(uow: UnitOfWork, federation_id: str, name: str) -> None:
    """Another coop asks us to found a federation."""
    await notices.give(uow, NoticeKind.COUNCIL_INVITED, federation_id, name=name)


async def answered(uow: UnitOfWork, federation_id: str) -> None:
    """We said yes: nobody is asked any more."""
    await notices.withdraw(uow, NoticeKind.COUNCIL_INVITED, federation_id)


async def applied(
    uow: UnitOfWork, known: Federation, record: Record, application: Statement
) -> None:
    """Another coop asks to be let in: people here say yes, or talk to the others first. They are
    not told again while it waits for us, however often it asks."""
    ours = uow.identities.coop.uri
    waiting = [each.content for each in _unanswered(uow, record) if each.coop == application.coop]
    if waiting[:1] == [application.content] and ours in record.members:
        names = {"name": application["name"], "title": known.name}
        await notices.give(uow, NoticeKind.COUNCIL_APPLIES, known.id, **names)


async def applicants_answered(uow: UnitOfWork, known: Federation, record: Record) -> None:
    """Somebody said yes to a coop, or it is in: nobody is asked any more, if none waits for us."""
    last = {each.coop: each for each in record.applications.values()}
    if not any(last[each.coop] is each for each in _unanswered(uow, record)):
        await notices.withdraw(uow, NoticeKind.COUNCIL_APPLIES, known.id)


def _unanswered(uow: UnitOfWork, record: Record) -> list[Statement]:
    """Applications that we have not said yes to, of coops that are not in."""
    ours = uow.identities.coop.uri
    return [
        each
        for each in record.applications.values()
        if each.coop not in record.members and ours not in record.approvals.get(each.content, ())
    ]


async def let_in(uow: UnitOfWork, known: Federation, name: str) -> None:
    """The coops that we asked have let us in."""
    await notices.give(uow, NoticeKind.COUNCIL_LET_IN, known.id, title=name)


async def amended(uow: UnitOfWork, row: Row[Any], name: str) -> None:
    """A rival text stands beside our proposal: our delegates may take it over."""
    if row.mover == uow.identities.coop.uri:
        kind = NoticeKind.COUNCIL_AMENDED
        await notices.give(uow, kind, row.id, to_role=Role.DELEGATE, name=name, title=row.title)


async def noticed(uow: UnitOfWork, row: Row[Any]) -> None:
    """A vote is announced: we look again shortly before it ends, in the second half of its time."""
    half = row.opens_at + (row.closes_at - row.opens_at) / 2
    await timers.set_timer(uow, REMIND, row.id, max(half, row.closes_at - BEFORE_THE_END))


async def opened(uow: UnitOfWork, row: Row[Any]) -> None:
    """Our delegates may vote now; whoever stands in for them is asked when it is time."""
    await _ask(uow, row, NoticeKind.COUNCIL_VOTE, Role.DELEGATE)
    await timers.set_timer(uow, STAND_IN, row.id, uow.now)


async def settled(uow: UnitOfWork, proposal_id: str) -> None:
    """We voted, or nobody can any more."""
    for kind in _ASKING:
        await notices.withdraw(uow, kind, proposal_id)


async def decided(uow: UnitOfWork, row: Row[Any], state: State) -> None:
    """A quorum of coops counted the same."""
    kind = NoticeKind.COUNCIL_PASSED if state is State.IN_FORCE else NoticeKind.COUNCIL_REJECTED
    for role in (Role.DELEGATE, Role.ADMIN):
        await notices.give(uow, kind, row.id, to_role=role, title=row.title)


async def asked_to_keep(uow: UnitOfWork, known: Row[Any], record: Record) -> None:
    """The host asks us to keep the log from now on."""
    await _of_host(uow, NoticeKind.COUNCIL_HOST_ASKS, known, record)


async def silent(uow: UnitOfWork, known: Row[Any], record: Record) -> None:
    """The host has not been heard of for so long that another coop may take over."""
    await _of_host(uow, NoticeKind.COUNCIL_HOST_SILENT, known, record)


async def answered_host(uow: UnitOfWork, federation_id: str) -> None:
    """We said yes to keeping the log."""
    await notices.withdraw(uow, NoticeKind.COUNCIL_HOST_ASKS, federation_id)


async def heard(uow: UnitOfWork, federation_id: str) -> None:
    """The host is there after all."""
    await notices.withdraw(uow, NoticeKind.COUNCIL_HOST_SILENT, federation_id)


async def other_host(uow: UnitOfWork, known: Row[Any], record: Record) -> None:
    """Another coop keeps the log now."""
    for kind in (NoticeKind.COUNCIL_HOST_SILENT, NoticeKind.COUNCIL_HOST_ASKS):
        await notices.withdraw(uow, kind, known.id)
    await _of_host(uow, NoticeKind.COUNCIL_HOST_NEW, known, record)


async def clock(uow: UnitOfWork, known: Row[Any], seconds: int) -> None:
    """Our clock is so many seconds off; 0: it is right."""
    await notices.withdraw(uow, NoticeKind.COUNCIL_CLOCK, known.id)
    if seconds:
        told = {"seconds": str(seconds), "title": known.name}
        await notices.give(uow, NoticeKind.COUNCIL_CLOCK, known.id, to_role=Role.ADMIN, **told)


async def _of_host(uow: UnitOfWork, kind: NoticeKind, known: Row[Any], record: Record) -> None:
    member = record.members.get(known.host)
    name = member.name if member else known.host
    await notices.give(uow, kind, known.id, to_role=Role.ADMIN, name=name, title=known.name)


async def to_be_excluded(uow: UnitOfWork, known: Federation, row: Row[Any]) -> None:
    """It is proposed that our coop belongs to them no more: it can answer, and votes on it."""
    for role in (Role.DELEGATE, Role.ADMIN):
        names = {"name": row.title, "title": known.name}
        await notices.give(uow, NoticeKind.COUNCIL_EXCLUDES, row.id, to_role=role, **names)


async def gone(uow: UnitOfWork, known: Federation) -> None:
    """Our coop belongs to the federation no more, by its own wish or by decision of the others."""
    await notices.withdraw(uow, NoticeKind.COUNCIL_APPLIES, known.id)
    await notices.give(uow, NoticeKind.COUNCIL_LEFT, known.id, to_role=Role.ADMIN, title=known.name)


async def new_key_asked(uow: UnitOfWork, known: Federation, member: Member) -> None:
    """A coop has lost its key: people here make sure that it is them, and vouch."""
    if member.coop != uow.identities.coop.uri:
        names = {"name": member.name, "title": known.name}
        await notices.give(uow, NoticeKind.COUNCIL_KEY, known.id, **names)


async def new_keys_settled(uow: UnitOfWork, known: Federation) -> None:
    """No coop waits for anybody to vouch."""
    await notices.withdraw(uow, NoticeKind.COUNCIL_KEY, known.id)


async def proven(uow: UnitOfWork, known: Federation, name: str) -> None:
    """Somebody broke the rules. Machines name it; what follows is for people."""
    names = {"name": name, "title": known.name}
    await notices.give(uow, NoticeKind.COUNCIL_EVIDENCE, known.id, **names)


async def may_come_again(
    uow: UnitOfWork, record: Record, row: Row[Any], proposal: Proposal
) -> None:
    """It lacked its quorum, or consent: if it was ours, we can bring it once more."""
    is_ours = proposal.mover == uow.identities.coop.uri
    if is_ours and rounds.next_round(record, proposal) is not None:
        for role in (Role.DELEGATE, Role.ADMIN):
            await notices.give(uow, NoticeKind.COUNCIL_AGAIN, row.id, to_role=role, title=row.title)


@timers.on(REMIND)
async def remind(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    """The end is near: those who speak for us are told, if our coop has not voted."""
    for subject in subjects:
        row = await store.proposal(uow, subject)
        cast = select(ballot_table.c.id).where(ballot_table.c.proposal_id == row.id).limit(1)
        if row.state == State.OPEN and await uow.scalar(cast) is None:
            await _ask(uow, row, NoticeKind.COUNCIL_VOTE, Role.DELEGATE)
            await _ask(uow, row, NoticeKind.COUNCIL_UNVOTED, Role.ADMIN)


async def _ask(uow: UnitOfWork, row: Row[Any], kind: NoticeKind, role: Role) -> None:
    when = datetimes.format(row.closes_at)
    await notices.give(uow, kind, row.id, to_role=role, title=row.title, when=when)
