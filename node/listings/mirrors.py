"""Keeping copies of peers' listings: taken, replaced by newer ones, stale, gone.

All for lists: one select for what we have, one insert, one update, whatever the length.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from federation.models import Relation, RelationState, Tombstone
from federation.storage.unit_of_work import Reader, UnitOfWork
from node.listings import index, wire
from node.listings.models import MirrorState, mirror_table
from node.listings.names import coop_names
from node.listings.pace import paced
from node.listings.terms import stale_after_days
from protocol.iri import same_origin
from protocol.vocabulary.listings import ListingOnWire

_c = mirror_table.c


@dataclass(frozen=True, slots=True)
class Offered:
    """A peer's listing, proven to be the peer's; document as received and normalised."""

    columns: dict[str, Any]
    """As `wire.mirror_columns` made them."""
    document: dict[str, Any]


def belongs(listing: ListingOnWire, actor: str) -> bool:
    """Whether the one who speaks may: author, sender and address are one coop's."""
    return listing.attributed_to == actor and same_origin(listing.uri, actor)


async def followed(reader: Reader, actors: Collection[str]) -> set[str]:
    """Those of the actors whose listings we asked for, and still want."""
    wanted = select(Relation.actor_uri).where(
        Relation.actor_uri.in_(actors),
        Relation.following_state == RelationState.ACCEPTED,
        Relation.suspended_at.is_(None),
    )
    return set(await reader.scalars(wanted))


async def take(uow: UnitOfWork, offered: Sequence[Offered]) -> list[bool]:
    """Keep what is new or newer; for each whether it was taken. Only what is strictly newer is."""
    uris = {each.columns["uri"] for each in offered}
    buried = set(await uow.scalars(select(Tombstone.uri).where(Tombstone.uri.in_(uris))))
    held = select(_c.uri, _c.id, _c.updated_at, _c.state).where(_c.uri.in_(uris))
    rows = await uow.rows(held)
    known = {row.uri: row for row in rows}
    # What is gone but not buried (we had left that coop) may come back as it was.
    standing = (row for row in rows if row.state != MirrorState.GONE)
    newest: dict[str, datetime] = {row.uri: row.updated_at for row in standing}
    kept: dict[str, dict[str, Any]] = {}
    taken = []
    for each in offered:
        uri, updated_at = each.columns["uri"], each.columns["updated_at"]
        is_newer = uri not in buried and (uri not in newest or updated_at > newest[uri])
        taken.append(is_newer)
        if is_newer:
            newest[uri] = updated_at
            kept[uri] = each.columns | {
                "id": known[uri].id if uri in known else uow.new_id(),
                "state": MirrorState.FRESH,
                "document": each.document,
                "confirmed_at": uow.now,
            }
    await _write(uow, list(kept.values()), known)
    await confirm(uow, uris - set(kept) - buried)
    return taken


async def forget(uow: UnitOfWork, uris: Collection[str]) -> None:
    """Withdrawn by their owner: no longer found; what refers to them still says what they were."""
    if not uris:
        return
    gone = update(mirror_table).where(_c.uri.in_(uris))
    await uow.execute(gone.values(state=MirrorState.GONE))
    await index.remove(uow, uris)


async def bury(uow: UnitOfWork, uris: Collection[str], owner: str) -> None:
    """Forget, and remember that they are never born again: for deletions read in a catalogue."""
    known = set(await uow.scalars(select(Tombstone.uri).where(Tombstone.uri.in_(uris))))
    graves = [
        {"uri": uri, "owner": owner, "former_type": "Proposal", "deleted_at": uow.now}
        for uri in sorted(set(uris) - known)
    ]
    if graves:
        await uow.execute(insert(Tombstone), graves)
    await forget(uow, uris)


async def confirm(uow: UnitOfWork, uris: Collection[str]) -> None:
    """The peer showed that these still stand as we have them."""
    if not uris:
        return
    standing = _c.uri.in_(uris) & (_c.state != MirrorState.GONE)
    again = update(mirror_table).where(standing)
    await uow.execute(again.values(state=MirrorState.FRESH, confirmed_at=uow.now))
    await index.mark(uow, uris, MirrorState.FRESH)


async def forget_unconfirmed(uow: UnitOfWork, coop_uri: str, since: datetime) -> None:
    """A peer's whole catalogue was read: what was not in it is no longer offered."""
    missing = select(_c.uri).where(
        _c.coop_uri == coop_uri, _c.state != MirrorState.GONE, _c.confirmed_at < since
    )
    await forget(uow, await uow.scalars(missing))


async def forget_all_of(uow: UnitOfWork, coop_uri: str) -> None:
    """We no longer follow this coop, or it is gone: its listings are not found here any more."""
    standing = select(_c.uri).where(_c.coop_uri == coop_uri, _c.state != MirrorState.GONE)
    await forget(uow, await uow.scalars(standing))


async def hide(uow: UnitOfWork, coop_uri: str) -> None:
    """The coop is suspended: its listings stay here, but nobody finds them."""
    await index.remove_coop(uow, coop_uri)


async def show(uow: UnitOfWork, coop_uri: str) -> None:
    """The coop is in touch again: what we have of it is found again."""
    standing = select(mirror_table).where(
        _c.coop_uri == coop_uri, _c.available, _c.state != MirrorState.GONE
    )
    await _index(uow, [dict(row._mapping) for row in await uow.rows(standing)])


async def mark_stale(uow: UnitOfWork) -> int:
    """Mark the listings of coops not heard of for longer than the policy allows; how many."""
    limit = uow.now - timedelta(days=await stale_after_days(uow))
    # What was mirrored later than the coop last spoke (through its catalogue) is fresh too.
    silent = select(Relation.actor_uri).where(
        func.coalesce(Relation.last_heard_at, Relation.created_at) < limit
    )
    old = select(_c.uri).where(
        _c.state == MirrorState.FRESH, _c.confirmed_at < limit, _c.coop_uri.in_(silent)
    )
    uris = await uow.scalars(old)
    if uris:
        stale = update(mirror_table).where(_c.uri.in_(uris))
        await uow.execute(stale.values(state=MirrorState.STALE))
        await index.mark(uow, uris, MirrorState.STALE)
    return len(uris)


async def rehome(uow: UnitOfWork, old: str, new: str) -> None:
    """A coop moved: what we hold of it counts as its new address's, until that tells us anew."""
    moved = select(mirror_table).where(_c.coop_uri == old, _c.state != MirrorState.GONE)
    rows = [dict(row._mapping) | {"coop_uri": new} for row in await uow.rows(moved)]
    await uow.execute(update(mirror_table).where(_c.coop_uri == old).values(coop_uri=new))
    await _index(uow, rows)


async def _write(uow: UnitOfWork, rows: Sequence[dict[str, Any]], known: Collection[str]) -> None:
    fresh = [row for row in rows if row["uri"] not in known]
    changed = [row for row in rows if row["uri"] in known]
    if fresh:
        await uow.execute(insert(mirror_table), fresh)
    if changed:
        names = [name for name in changed[0] if name not in {"id", "uri"}]
        statement = update(mirror_table).where(_c.id == bindparam("row_id"))
        statement = statement.values({name: bindparam(name) for name in names})
        keyed = [{"row_id": row["id"]} | {name: row[name] for name in names} for row in changed]
        await (await uow.session.connection()).execute(statement, keyed)
    await _index(uow, rows)


async def _index(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    names = await coop_names(uow, {row["coop_uri"] for row in rows})
    await index.remove(uow, [row["uri"] for row in rows if not row["available"]])
    shown = [row for row in rows if row["available"]]
    entries = [wire.mirror_entry(row, names[row["coop_uri"]]) async for row in paced(shown)]
    await index.put(uow, entries)
