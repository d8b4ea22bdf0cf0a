"""Receipts for ballots, given by us and by other coops: no more of them than one vote can need."""

from sqlalchemy import func, insert, select

from federation.storage import Reader, UnitOfWork
from node.council.rows.models import seen_table, statement_table
from node.council.rows.store import Federation
from node.council.state.record import Inadmissible, number_of
from node.council.words import statements
from node.council.words.statements import MOST_SEQUENCES, Statement

_MOST = MOST_SEQUENCES + 1
"""So many ballots of a coop in one vote: what it may cast, and one more that shows what it is."""
_s = seen_table.c


async def keep(uow: UnitOfWork, known: Federation, seen: Statement, caster: str | None) -> bool:
    """Whether it is news and there is room for it. caster: whose ballot it is, if we know."""
    same = (_s.federation_id == known.id) & (_s.ballot == seen["ballot"]) & (_s.coop == seen.coop)
    given = select(func.count()).where(
        _s.federation_id == known.id,
        _s.proposal == seen["proposal"],
        _s.coop == seen.coop,
        _s.caster == caster,
    )
    if await uow.scalar(select(_s.at).where(same)) is not None:
        return False
    if (await uow.scalar(given) or 0) >= _MOST:
        return False
    await uow.execute(
        insert(seen_table).values(
            federation_id=known.id,
            ballot=seen["ballot"],
            coop=seen.coop,
            caster=caster,
            proposal=seen["proposal"],
            at=seen.moment("at"),
            text=seen.text,
        )
    )
    return True


async def check_room(reader: Reader, known: Federation, ballot: Statement) -> None:
    """Whether we say of one more ballot that we have seen it. Raises Inadmissible."""
    before = [each for each in await _ours(reader, known, ballot) if each.object != ballot.object]
    said = {each.content for each in before if number_of(each) == number_of(ballot)}
    if len(said - {ballot.content}) > 1:
        raise Inadmissible("said-twice", "Two ballots of this number are proof enough.", 409)
    if len(before) >= _MOST:
        raise Inadmissible("too-often", "This coop has changed its vote too often.", 409)


async def _ours(reader: Reader, known: Federation, ballot: Statement) -> list[Statement]:
    """Ballots of the same coop in the same vote of which we said that we saw them."""
    t = statement_table.c
    chosen = (
        select(t.text)
        .join(seen_table, (t.federation_id == _s.federation_id) & (t.digest == _s.ballot))
        .where(
            _s.federation_id == known.id,
            _s.proposal == ballot.proposal,
            _s.coop == reader.identities.coop.uri,
            _s.caster == ballot.coop,
        )
    )
    return [statements.read(text) for text in await reader.scalars(chosen)]
