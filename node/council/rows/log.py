"""The log in the database: entries are written here and nowhere else, heads are gathered here."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node.council.rows import clocks, store
from node.council.rows.keyring import Use, held
from node.council.rows.models import checkpoint_table, entry_table, proposal_table
from node.council.rows.store import Federation
from node.council.state import cosigned, heads, keepers
from node.council.state.electors import Electors
from node.council.state.heads import Head
from node.council.state.record import (
    Entry,
    Inadmissible,
    Proposal,
    Record,
    entry_text,
    read_entry,
    subject_of,
)
from node.council.words.life import GOING
from node.council.words.statements import Statement
from protocol import datetimes
from protocol.keys import multikey_of
from protocol.transparency import checkpoints, merkle, notes, witness
from protocol.transparency.checkpoints import Checkpoint
from protocol.transparency.merkle import Frontier
from protocol.transparency.notes import Note
from protocol.transparency.witness import State

_LOOKED_BACK = 500
_AT_ONCE = 20  # with 2,000 coops a checkpoint has up to 400 KB
_MOST_ROOTS = 2
_c = checkpoint_table.c


def entry_at(size: int, at: datetime, statement: Statement) -> Entry:
    """The entry of a statement that is taken in now, after so many."""
    subject = subject_of(statement)
    text = entry_text(statement.kind, subject, statement.object, datetimes.format(at))
    return read_entry(size, text)


def frontier_of(known: Federation) -> Frontier:
    return Frontier(known.size, [bytes.fromhex(each) for each in known.frontier])


async def write(
    uow: UnitOfWork,
    known: Federation,
    taken: Sequence[tuple[Entry, Statement]],
    refused: Mapping[int, Inadmissible],
) -> Federation:
    """Add entries at the end; the federation's row, which must be locked, as it is then."""
    tree = frontier_of(known)
    rows = []
    for entry, _statement in taken:
        tree.add(entry.leaf)
        why = refused.get(entry.index)
        rows.append(
            {
                "federation_id": known.id,
                "position": entry.index,
                "kind": entry.kind.value,
                "subject": entry.subject,
                "digest": entry.digest,
                "text": entry.text,
                "leaf": entry.leaf,
                "refused": why.code if why else None,
            }
        )
    await store.keep(uow, known.id, [statement for _entry, statement in taken])
    await uow.execute(insert(entry_table), rows)
    await store.change(uow, known.id, size=tree.size, frontier=[each.hex() for each in tree.hashes])
    return await store.federation(uow, known.id)


async def cut(uow: UnitOfWork, known: Federation, size: int) -> Federation:
    """Keep the first so many entries; the federation's row, which must be locked, as it is then."""
    hashes = await store.leaves(uow, known.id, size)
    tree = merkle.frontier(hashes)
    e = entry_table.c
    await uow.execute(delete(entry_table).where(e.federation_id == known.id, e.position >= size))
    witnessed: dict[str, Any] = {}
    if known.cosigned_size > size:
        witnessed = {"cosigned_size": size, "cosigned_root": tree.root}
    await store.change(
        uow,
        known.id,
        size=size,
        frontier=[each.hex() for each in tree.hashes],
        head_size=min(known.head_size, size),
        announced=min(known.announced, size),
        **witnessed,
    )
    return await store.federation(uow, known.id)


async def cosign(uow: UnitOfWork, known: Federation, record: Record, text: str) -> str | None:
    """Cosign a checkpoint and store that we did, in this transaction; our signature line.

    The federation's row must be locked. None when we cosign nothing, or have no key there. Raises
    WitnessRefused and ProtocolError.
    """
    key = await held(uow, known.id, Use.WITNESS)
    us = record.members.get(uow.identities.coop.uri)
    shown, _note = record.opened(text)
    if key is None or us is None or not _may_cosign(known, shown):
        return None
    if multikey_of(key.public_key()) != us.witness:
        return None  # a restored node may lack the key that took its place
    if await clocks.is_wrong(uow, record):
        return None
    state = State(known.cosigned_size, known.cosigned_root)
    size, epoch = shown.size, keepers.epoch_of(shown)
    hashes = await store.leaves(uow, known.id, size)
    proof = merkle.consistency_proof(hashes, state.size) if len(hashes) == size else []
    checkpoint, note = witness.judge(
        state,
        state.size,
        proof,
        text,
        origin=record.origin,
        log_key=record.known_keepers[epoch].log_key,
    )
    await store.change(uow, known.id, cosigned_size=checkpoint.size, cosigned_root=checkpoint.root)
    line = checkpoints.cosign(note, us.cosigner, key, int(uow.now.timestamp()))
    await note_checkpoint(uow, known, record, text, [line.line.rstrip("\n")])
    return line.line.rstrip("\n")


async def sign(uow: UnitOfWork, known: Federation, record: Record, size: int) -> str:
    """The checkpoint of the first entries of a log that we keep. Raises Inadmissible."""
    key = await held(uow, known.id, Use.LOG)
    if key is None:
        raise Inadmissible("not-the-host", "This node does not keep the log.", 403)
    tree = frontier_of(known)
    if size < tree.size:
        tree = merkle.frontier(await store.leaves(uow, known.id, size))
    checkpoint = Checkpoint(record.origin, size, tree.root, (keepers.line_of(known.epoch),))
    return str(checkpoints.sign(checkpoint, key))


async def note_checkpoint(
    uow: UnitOfWork, known: Federation, record: Record, text: str, lines: Sequence[str]
) -> bool:
    """Keep a checkpoint with good cosignatures under it; whether it has just become a head.

    Raises ProtocolError for a checkpoint that the host did not sign.
    """
    checkpoint, note = record.opened(text)
    epoch = keepers.epoch_of(checkpoint)
    body = Note(note.text, note.signatures[:1])
    good = cosigned.good(record, body, [*note.signatures[1:], *map(notes.parse_line, lines)])
    where = (
        (_c.federation_id == known.id)
        & (_c.size == checkpoint.size)
        & (_c.root == checkpoint.root.hex())
        & (_c.epoch == epoch)
    )
    rows = await uow.rows(select(checkpoint_table).where(where))
    before = rows[0] if rows else None
    if before is None and not await _has_room(uow, known, record, checkpoint):
        return False
    there = before.cosignatures if before else {}
    is_crowded = cosigned.is_crowded(record, [*there, *good])
    needed = await _needed(uow, known) if is_crowded else ()
    together = cosigned.merged(record, there, good, needed)
    was_head = before is not None and before.is_head
    is_head = was_head or cosigned.count(record, together) >= record.quorum
    if before is None:
        await uow.execute(
            insert(checkpoint_table).values(
                federation_id=known.id,
                size=checkpoint.size,
                root=checkpoint.root.hex(),
                epoch=epoch,
                note=str(body),
                cosignatures=together,
                is_head=is_head,
            )
        )
    elif together != before.cosignatures:
        await uow.execute(
            update(checkpoint_table).where(where).values(cosignatures=together, is_head=is_head)
        )
    became = is_head and not was_head and _is_ours(known, record, checkpoint)
    if became and checkpoint.size > known.head_size:
        await store.change(uow, known.id, head_size=checkpoint.size)
    return became


async def _has_room(
    reader: Reader, known: Federation, record: Record, checkpoint: Checkpoint
) -> bool:
    """Of one size and host two roots prove what it is; of more we keep none but our own."""
    chosen = select(func.count()).where(
        _c.federation_id == known.id,
        _c.size == checkpoint.size,
        _c.epoch == keepers.epoch_of(checkpoint),
    )
    kept = await reader.scalar(chosen) or 0
    return kept < _MOST_ROOTS or _is_ours(known, record, checkpoint)


async def _needed(reader: Reader, known: Federation) -> Collection[str]:
    """Whose lines must stay, by which keys: votes that are going on count by them."""
    p = proposal_table.c
    going_on = [each.value for each in GOING]
    chosen = select(p.proposal).where(p.federation_id == known.id, p.state.in_(going_on))
    names = await reader.scalars(chosen)
    whole = await store.record(reader, known, names, with_leaves=False)
    return cosigned.of_votes(whole.proposals.values())


async def head_told_before(uow: UnitOfWork, known: Federation, record: Record) -> bool:
    """Whether a head that came before its entries shows, now that they are here, that more is
    stored than we knew."""
    chosen = select(_c.size, _c.root).where(
        _c.federation_id == known.id,
        _c.is_head,
        _c.size > known.head_size,
        _c.size <= known.size,
    )
    for size, root in await uow.rows(chosen.order_by(_c.size.desc())):
        if record.root_at(size).hex() == root:
            await store.change(uow, known.id, head_size=size)
            return True
    return False


async def has_head(
    reader: Reader, known: Federation, record: Record, least: int, most: int
) -> bool:
    """Whether a quorum stored our history up to a size in this range, as far as we know."""
    chosen = select(_c.size, _c.root).where(
        _c.federation_id == known.id, _c.is_head, _c.size >= least, _c.size <= most
    )
    found = await reader.rows(chosen)
    return any(record.root_at(size).hex() == root for size, root in found)


async def newest_head(
    reader: Reader,
    known: Federation,
    record: Record,
    *,
    least: int = 0,
    by: datetime | None = None,
    proposal: Proposal | None = None,
) -> str | None:
    """The largest head of at least this size, dated no later than `by`; as a note.

    proposal: the vote that it is asked for.
    """
    chosen = _checkpoints(known, least, proposal.electors if proposal else None)
    chosen = chosen.order_by(_c.size.desc(), _c.epoch.desc(), _c.root)
    async for text, head in _good_heads(reader, record, chosen, proposal):
        if by is None or head.at <= by:
            return text
    return None


async def first_head(
    reader: Reader,
    known: Federation,
    record: Record,
    least: int,
    *,
    since: datetime | None = None,
    proposal: Proposal | None = None,
    electors: Electors | None = None,
) -> str | None:
    """The smallest head of at least this size, dated no earlier than `since`; as a note.

    proposal: the vote that it is asked for. electors: of whom a quorum is enough, if not of the
    members.
    """
    chosen = _checkpoints(known, least, electors or (proposal.electors if proposal else None))
    chosen = chosen.order_by(_c.size, _c.epoch, _c.root)
    async for text, head in _good_heads(reader, record, chosen, proposal, electors):
        if since is None or head.at >= since:
            return text
    return None


async def newest(reader: Reader, known: Federation, least: int, most: int) -> list[str]:
    """The largest checkpoints of our history from this size on, each with the cosignatures that we
    know."""
    chosen = _of_ours(known, least).order_by(_c.size.desc(), _c.root)
    rows = await reader.rows(chosen.limit(most))
    return [whole(row) for row in rows]


async def cosigned_since(
    reader: Reader, known: Federation, record: Record, least: int, by: datetime
) -> dict[int, str]:
    """Checkpoints of our history from this size on that we cosigned no later than `by`, by their
    sizes, each with the cosignatures that we know."""
    us = record.members.get(reader.identities.coop.uri)
    rows, until = await reader.rows(_of_ours(known, least)), by.timestamp()
    return {
        row.size: whole(row)
        for row in rows
        if us
        and any(
            cosigned.time_of(each) <= until for each in cosigned.of(row.cosignatures, us.cosigner)
        )
    }


def _of_ours(known: Federation, least: int) -> Select[Any]:
    """The checkpoints of our history from a size on."""
    return select(checkpoint_table).where(
        _c.federation_id == known.id,
        _c.size >= least,
        _c.size <= known.size,
        _c.epoch == known.epoch,
    )


async def checkpoints_of(reader: Reader, federation_id: str, size: int) -> list[str]:
    """Every checkpoint that we saw of a size, with the cosignatures that we know."""
    chosen = select(checkpoint_table).where(_c.federation_id == federation_id, _c.size == size)
    return [whole(row) for row in await reader.rows(chosen.order_by(_c.epoch, _c.root))]


async def cosigned_by(
    reader: Reader, federation_id: str, cosigner: str | None = None
) -> Any | None:
    """The row of the largest checkpoint under which this witness's line lies; of any if None."""
    chosen = select(checkpoint_table).where(_c.federation_id == federation_id)
    newest = chosen.order_by(_c.epoch.desc(), _c.size.desc()).limit(_LOOKED_BACK)
    for row in await reader.rows(newest):
        if cosigner is None or cosigned.of(row.cosignatures, cosigner):
            return row
    return None


async def copies(
    reader: Reader, known: Federation, record: Record, start: int
) -> list[tuple[int, str]]:
    """Checkpoints of our copy beyond a size, by which others can take it over; sizes and notes."""
    chosen = select(checkpoint_table).where(
        _c.federation_id == known.id, _c.size > start, _c.size <= known.size
    )
    rows = await reader.rows(chosen.order_by(_c.size, _c.epoch.desc()))
    found = {row.size: row for row in reversed(rows) if record.root_at(row.size).hex() == row.root}
    return [(size, whole(found[size])) for size in sorted(found)]


async def ours_before(
    reader: Reader, known: Federation, record: Record, shown: Checkpoint
) -> list[tuple[int, str]]:
    """Its host's checkpoints over our history that are smaller, the largest first."""
    chosen = select(checkpoint_table).where(
        _c.federation_id == known.id,
        _c.epoch == keepers.epoch_of(shown),
        _c.size < shown.size,
        _c.size <= known.size,
    )
    rows = await reader.rows(chosen.order_by(_c.size.desc()))
    return [(row.size, whole(row)) for row in rows if record.root_at(row.size).hex() == row.root]


def whole(row: Any) -> str:
    """A checkpoint as a note with its cosignatures."""
    lines = [notes.parse_line(line) for line in row.cosignatures.values()]
    return str(checkpoints.with_signatures(notes.parse(row.note), lines))


def _checkpoints(known: Federation, least: int, electors: Electors | None) -> Select[Any]:
    """Those of our history that may be heads: by the members of now, or by these."""
    chosen = select(checkpoint_table).where(
        _c.federation_id == known.id, _c.size >= least, _c.size <= known.size
    )
    return chosen if electors else chosen.where(_c.is_head)


async def _good_heads(
    reader: Reader,
    record: Record,
    chosen: Select[Any],
    proposal: Proposal | None,
    electors: Electors | None = None,
) -> AsyncIterator[tuple[str, Head]]:
    place, rows = 0, await reader.rows(chosen.limit(_AT_ONCE))
    while rows:
        for row in rows:
            text = whole(row)
            try:
                head = heads.read_head(record, text, electors, proposal=proposal)
            except Inadmissible:
                continue  # members or keys have changed since, or it is of another history
            yield heads.shortest(text, head), head
        place += len(rows)
        rows = await reader.rows(chosen.limit(_AT_ONCE).offset(place))


def _may_cosign(known: Federation, checkpoint: Checkpoint) -> bool:
    epoch = keepers.epoch_of(checkpoint)
    is_bound = known.signed_epoch > epoch and checkpoint.size > known.signed_start
    is_free = known.stopped_because is None and known.answered is None
    return bool(is_free and epoch == known.epoch and not is_bound)


def _is_ours(known: Federation, record: Record, checkpoint: Checkpoint) -> bool:
    size = checkpoint.size
    return bool(size <= known.size and record.root_at(size) == checkpoint.root)
