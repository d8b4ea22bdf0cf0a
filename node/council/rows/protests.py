"""Who says that its key is not lost says so to all: a host that keeps it back takes no key."""

from federation.storage import Reader, UnitOfWork
from node.council.count.checks import may_stand
from node.council.rows import pending, store
from node.council.rows.store import Federation
from node.council.state.record import Inadmissible, Record
from node.council.words.statements import Kind, Statement


async def hold(uow: UnitOfWork, known: Federation, protest: Statement) -> bool:
    """Another coop protests: the last one of each is kept until it is in the log, also if we do not
    know yet what it is about. Raises Inadmissible."""
    record = await store.record(uow, known, with_leaves=False)
    if record.member(protest.coop).key not in record.signed_by(protest):
        raise Inadmissible("not-signed", "It is not signed by the coop that it is from.", 401)
    before = [each for each in await _held(uow, known) if each.coop == protest.coop]
    if any(each["replacement"] == protest["replacement"] for each in before):
        return False
    for each in before:
        await pending.drop(uow, known, each)
    await pending.keep(uow, known, [protest])
    return True


async def lacking(reader: Reader, known: Federation, record: Record) -> list[Statement]:
    """What we hold and the log lacks, while enough coops have vouched for a key all the same."""
    vouched = {content for content, each in record.wanted.items() if each.vouched_at is not None}
    if not vouched:
        return []
    about = [each for each in await _held(reader, known) if each["replacement"] in vouched]
    return [each for each in about if may_stand(record, each)]


async def forget(uow: UnitOfWork, known: Federation, record: Record) -> None:
    """What is about keys that nobody waits for any more will never be in the log."""
    for each in await pending.unlogged(uow, known):
        is_about_keys = each.kind in (Kind.PROTEST, Kind.REKEYING)
        if is_about_keys and each["replacement"] not in record.wanted:
            await pending.drop(uow, known, each)


async def _held(reader: Reader, known: Federation) -> list[Statement]:
    waiting = await pending.unlogged(reader, known)
    return [each for each in waiting if each.kind is Kind.PROTEST]
