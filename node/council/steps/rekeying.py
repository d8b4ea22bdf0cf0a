"""A key that others vouched for takes the place of a lost one: when a quorum of them has stored
that, whoever says so first brings it into the log. And who has its key protests."""

from federation.storage import Reader, UnitOfWork
from node.council.count.checks import may_stand
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
    said = await _on_their_way(uow, known, record)
    found = []
    for each in ready:
        if each.asked.content in said or each.vouched_at is None:
            continue
        others = replacing.others(record, each.asked.coop)
        head = await log.first_head(uow, known, record, each.vouched_at + 1, electors=others)
        if head is None:
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


async def _on_their_way(uow: UnitOfWork, known: Federation, record: Record) -> set[str]:
    """The keys of which we have said so. What the log can take no more, since others belong by now,
    is forgotten: we say it anew."""
    ours, found = uow.identities.coop.uri, set()
    for each in await pending.unlogged(uow, known):
        if each.kind is not Kind.REKEYING:
            continue
        if each.coop == ours and not may_stand(record, each):
            await pending.drop(uow, known, each)
        else:
            found.add(each["replacement"])
    return found


def _is_ours_to_say(reader: Reader, known: Federation, record: Record, wanted: Wanted) -> bool:
    """The host says it; if it is the host's own key that is lost, whoever vouched does."""
    ours = reader.identities.coop.uri
    if wanted.vouched_at is None or ours not in record.members:
        return False
    is_hosts = wanted.asked.coop == known.host
    return ours in wanted.vouchers if is_hosts else ours == known.host
