"""A key that others vouched for takes the place of a lost one: when a quorum of them has stored
that, whoever says so first brings it into the log. And who has its key protests."""

from federation.storage import Reader, UnitOfWork
from node.council.rows import log, pending, store
from node.council.rows.keyring import Use, held
from node.council.rows.store import Federation
from node.council.state import heads, replacing
from node.council.state.record import Record, Wanted
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from protocol.keys import multikey_of


async def due(uow: UnitOfWork, known: Federation) -> list[Statement]:
    """What we have to say about keys that enough coops have vouched for."""
    record = await store.record(uow, known)
    if record.handover is not None:
        return []  # the next host will
    ready = [each for each in record.wanted.values() if _is_ours_to_say(uow, known, record, each)]
    key = await held(uow, known.id, Use.COOP) if ready else None
    if key is None:
        return []
    waiting = await pending.unlogged(uow, known)
    said = {each["replacement"] for each in waiting if each.kind is Kind.REKEYING}
    found = []
    for each in ready:
        head = await _head_over(uow, known, record, each)
        if head is None or each.asked.content in said:
            continue
        document = statements.new(
            Kind.REKEYING,
            uow.identities.coop.uri,
            record.federation,
            uow.now,
            replacement=each.asked.content,
            head=heads.packed(head),
        )
        found.append(statements.signed(document, key, created=uow.now))
    return found


async def protest(
    uow: UnitOfWork, known: Federation, record: Record, asked: Statement
) -> list[Statement]:
    """Somebody asks for a key in place of ours, and we have ours, and did not ask."""
    ours, key = uow.identities.coop.uri, await held(uow, known.id, Use.COOP)
    if asked.coop != ours or key is None or multikey_of(key.public_key()) != asked["old"]:
        return []
    by_us = await held(uow, known.id, Use.NEXT_COOP)
    is_ours = by_us is not None and multikey_of(by_us.public_key()) == asked["key"]
    is_said = record.wanted[asked.content].is_contested
    if is_ours or is_said or replacing.is_by_old_key(record, asked):
        return []
    document = statements.new(
        Kind.PROTEST, ours, record.federation, uow.now, replacement=asked.content
    )
    return [statements.signed(document, key, created=uow.now)]


def _is_ours_to_say(reader: Reader, known: Federation, record: Record, wanted: Wanted) -> bool:
    """The host says it; if it is the host's own key that is lost, whoever vouched does."""
    if wanted.vouched_at is None or not replacing.is_vouched(record, wanted):
        return False
    ours = reader.identities.coop.uri
    by_host = wanted.asked.coop != known.host
    return ours in record.members and (ours == known.host if by_host else ours in wanted.vouchers)


async def _head_over(
    reader: Reader, known: Federation, record: Record, wanted: Wanted
) -> str | None:
    if wanted.vouched_at is None:
        return None
    others = replacing.others(record, wanted.asked.coop)
    return await log.first_head(reader, known, record, wanted.vouched_at + 1, electors=others)
