"""Evidence, made and received: kept, shown to all members, and what follows from it at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select

from federation.storage import Reader, UnitOfWork
from node import audit
from node.council import evidence, log, statements, store, wire
from node.council.evidence import Finding, ProvesNothing
from node.council.keyring import Use, held
from node.council.models import entry_table, evidence_table, seen_table, statement_table
from node.council.record import Inadmissible, Record
from node.council.statements import Kind, Statement
from node.council.store import Federation

STOPS = ("E2a", "E2b", "E6")
"""What ends our cosigning for a host until coops have chosen another one."""
_MOST_SENT = 150_000  # so that it fits into one delivery; longer evidence every node finds itself
_e = entry_table.c
_s = statement_table.c


async def put_forward(
    uow: UnitOfWork, known: Federation, record: Record, code: str, parts: Sequence[Any]
) -> None:
    """Keep evidence that we found, and tell all members. One of a kind against one is enough."""
    context = await _context(uow, known)
    try:
        found = evidence.check(code, context, parts, record.federation)
    except ProvesNothing:
        return
    key = await held(uow, known.id, Use.COOP)
    us = uow.identities.coop.uri
    if key is None or us not in record.members or await _is_known(uow, known, found):
        return
    document = statements.new(
        Kind.EVIDENCE,
        us,
        record.federation,
        uow.now,
        code=code,
        culprit=found.culprit,
        proposal=found.proposal,
        context=context,
        parts=list(parts),
    )
    statement = statements.signed(document, key, created=uow.now)
    await _keep(uow, known, found, statement)
    if len(statement.text) <= _MOST_SENT:
        await wire.tell(uow, statement, record.members, wire.lane_of(uow, known.id))


async def hear(uow: UnitOfWork, known: Federation, record: Record, statement: Statement) -> bool:
    """Evidence of another coop: it counts if it proves what it says. Raises Inadmissible."""
    try:
        found = evidence.check(
            statement["code"], statement["context"], statement["parts"], record.federation
        )
    except ProvesNothing as error:
        raise Inadmissible("proves-nothing", str(error)) from None
    if await _is_known(uow, known, found):
        return False
    await _keep(uow, known, found, statement)
    return True


async def two_histories(uow: UnitOfWork, known: Federation, record: Record, size: int) -> None:
    """Look whether the host signed two roots for a size, or a witness cosigned two."""
    pair = evidence.two_histories(await log.checkpoints_of(uow, known.id, size))
    if pair is not None:
        await put_forward(uow, known, record, "E2a", pair)
        await put_forward(uow, known, record, "E4", pair)


async def two_ballots(uow: UnitOfWork, known: Federation, record: Record, new: Statement) -> None:
    """Look whether a coop said two things under one number, in the log or to us."""
    said = [each for _index, each in record.proposal(new["proposal"]).ballots]
    shown = select(_s.text).join(
        seen_table,
        (seen_table.c.ballot == _s.digest) & (seen_table.c.federation_id == _s.federation_id),
    )
    texts = await uow.scalars(
        shown.where(_s.federation_id == known.id, seen_table.c.proposal == new["proposal"])
    )
    others = {each.object: each for each in (*said, *map(statements.read, texts), new)}
    theirs = [each for each in others.values() if each.coop == new.coop]
    for pair in evidence.equivocations(theirs):
        await put_forward(uow, known, record, "E1", [each.text for each in pair])


async def _keep(uow: UnitOfWork, known: Federation, found: Finding, statement: Statement) -> None:
    await uow.execute(
        insert(evidence_table).values(
            id=uow.new_id(),
            federation_id=known.id,
            code=found.code,
            culprit=found.culprit,
            about=found.proposal or "",
            found_by=statement.coop,
            text=statement.text,
            at=uow.now,
        )
    )
    await audit.record(uow, audit.NODE, f"council.{found.code}", known.id, {"coop": found.culprit})
    if found.code in STOPS:
        await stop(uow, known, found.code)


async def stop(uow: UnitOfWork, known: Federation, why: str) -> None:
    """Cosign nothing more of this host."""
    if known.stopped_because not in STOPS:
        await store.change(uow, known.id, stopped_because=why)


async def _is_known(reader: Reader, known: Federation, found: Finding) -> bool:
    e = evidence_table.c
    same = select(e.id).where(
        e.federation_id == known.id,
        e.code == found.code,
        e.culprit == found.culprit,
        e.about == (found.proposal or ""),
    )
    return await reader.scalar(same) is not None


async def _context(reader: Reader, known: Federation) -> list[str]:
    """Who belongs, in as few statements as say it."""
    kinds = [each.value for each in evidence.CONTEXT]
    chosen = (
        select(_s.text)
        .join(entry_table, (_s.federation_id == _e.federation_id) & (_s.digest == _e.digest))
        .where(_e.federation_id == known.id, _e.kind.in_(kinds), _e.refused.is_(None))
        .order_by(_e.position)
    )
    return await reader.scalars(chosen)
