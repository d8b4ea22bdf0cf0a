"""Keeping copies of peers' listings: taken, replaced by newer ones, stale, gone.

All for lists: one select for what we have, one insert, one update, whatever the length.
"""

from collections.abc import Collection, Container, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from msgspec import Struct
from sqlalchemy import BindParameter, Row, bindparam, delete, func, insert, select, update

from federation.models import Relation, RelationState, Tombstone
from federation.storage.base import table_of
from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import Reader, UnitOfWork
from node.listings import index, wire
from node.listings.models import MirrorState, mirror_table
from node.listings.names import coop_names
from node.listings.pace import paced
from node.listings.terms import stale_after_days
from protocol.iri import same_origin
from protocol.vocabulary.listings import ListingOnWire

_c = mirror_table.c
_Grave = Row[str, str, datetime, bool]
_URIS: BindParameter[str] = bindparam("uris", expanding=True)
_FOLLOWED = Prepared(
    select(Relation.actor_uri).where(
        Relation.actor_uri.in_(_URIS),
        Relation.following_state == RelationState.ACCEPTED,
        Relation.suspended_at.is_(None),
    )
)
_HELD = Prepared(
    select(_c.uri, _c.id, _c.coop_uri, _c.updated_at, _c.state, _c.hidden).where(_c.uri.in_(_URIS))
)
_JUDGED = Prepared(select(_c.uri, _c.coop_uri, _c.judged_at).where(_c.uri.in_(_URIS)))
_GRAVES = Prepared(
    select(Tombstone.uri, Tombstone.owner, Tombstone.deleted_at, Tombstone.final).where(
        Tombstone.uri.in_(_URIS)
    )
)
_ADD = Prepared.inserting(mirror_table)


class Taking(Enum):
    """What became of a listing that was offered."""

    TAKEN = auto()
    SAME = auto()
    """What we hold is as new, or newer."""
    BURIED = auto()
    CONTESTED = auto()
    """We hold it as another coop's."""


class Offered(Struct, frozen=True):
    """A peer's listing, proven to be the peer's; document as received and normalised.

    confirmed: its own address says whose it is, which counts before what we hold.
    """

    columns: dict[str, Any]
    """As `wire.mirror_columns` made them."""
    document: dict[str, Any]
    confirmed: bool = False

    @property
    def uri(self) -> str:
        uri: str = self.columns["uri"]
        return uri

    @property
    def grave(self) -> tuple[str, str]:
        """Where its deletion would be noted: under its owner's name alone."""
        return self.uri, self.owner

    @property
    def owner(self) -> str:
        owner: str = self.columns["coop_uri"]
        return owner

    @property
    def updated_at(self) -> datetime:
        moment: datetime = self.columns["updated_at"]
        return moment


def belongs(listing: ListingOnWire, actor: str) -> bool:
    """Whether the one who speaks may: author, sender and address are one coop's."""
    return listing.attributed_to == actor and same_origin(listing.uri, actor)


async def followed(reader: Reader, actors: Collection[str]) -> set[str]:
    """Those of the actors whose listings we asked for, and still want."""
    return {row.actor_uri for row in await reader.rows(_FOLLOWED, {"uris": list(actors)})}


async def take(uow: UnitOfWork, offered: Sequence[Offered]) -> list[Taking]:
    """Keep what is new or newer; for each what became of it. Only what is strictly newer is."""
    uris = {each.uri for each in offered}
    graves = await _graves(uow, uris)
    rows = await uow.rows(_HELD, {"uris": list(uris)})
    known = {row.uri: row for row in rows}
    owners: dict[str, str] = {row.uri: row.coop_uri for row in rows}
    # What is gone but not buried (we had left that coop) may come back as it was.
    standing = (row for row in rows if row.state != MirrorState.GONE)
    newest: dict[str, datetime] = {row.uri: row.updated_at for row in standing}
    kept: dict[str, dict[str, Any]] = {}
    same: set[str] = set()
    taken = []
    for each in offered:
        taking = _taking(each, owners.get(each.uri), newest.get(each.uri), graves.get(each.grave))
        taken.append(taking)
        if taking is Taking.TAKEN:
            owners[each.uri], newest[each.uri] = each.owner, each.updated_at
            kept[each.uri] = each.columns | {
                "id": known[each.uri].id if each.uri in known else uow.new_id(),
                "state": MirrorState.FRESH,
                "hidden": each.uri in known and known[each.uri].hidden,
                "document": each.document,
                "confirmed_at": uow.now,
            }
        elif taking is Taking.SAME:
            same.add(each.uri)
    await _write(uow, list(kept.values()), known)
    await confirm(uow, same - set(kept))
    return taken


async def judged(reader: Reader, uris: Collection[str]) -> dict[tuple[str, str], datetime]:
    """By the rules of which moment those that we hold were taken, by uri and owner."""
    held = await reader.rows(_JUDGED, {"uris": list(uris)})
    return {(row.uri, row.coop_uri): row.judged_at for row in held}


async def forget(uow: UnitOfWork, uris: Collection[str]) -> None:
    """Withdrawn by their owner: no longer found; what refers to them still says what they were."""
    if not uris:
        return
    gone = update(mirror_table).where(_c.uri.in_(uris))
    await uow.execute(gone.values(state=MirrorState.GONE))
    await index.remove(uow, uris)


async def bury(uow: UnitOfWork, deleted: Mapping[str, datetime], owner: str) -> None:
    """Forget what a catalogue says was deleted, and remember when: what was sent before that and
    comes later is not taken, what its owner changed since then is."""
    if not deleted:
        return
    theirs = (Tombstone.uri.in_(deleted), Tombstone.owner == owner)
    final = set(await uow.scalars(select(Tombstone.uri).where(*theirs, Tombstone.final)))
    await uow.execute(delete(table_of(Tombstone)).where(*theirs, ~Tombstone.final))
    graves = [
        {
            "uri": uri,
            "owner": owner,
            "former_type": "Proposal",
            "deleted_at": deleted[uri],
            "final": False,
        }
        for uri in sorted(set(deleted) - final)
    ]
    if graves:
        await uow.execute(insert(table_of(Tombstone)), graves)
    await forget(uow, deleted)


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


async def withhold(uow: UnitOfWork, mirror_id: str, *, hidden: bool) -> None:
    """Nobody here is to find this listing of another coop's; or everybody again."""
    chosen = update(mirror_table).where(_c.id == mirror_id)
    await uow.execute(chosen.values(hidden=hidden))
    here = select(mirror_table).where(_c.id == mirror_id, _c.state != MirrorState.GONE)
    await _index(uow, [dict(row._mapping) for row in await uow.rows(here)])


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


async def _graves(reader: Reader, uris: Collection[str]) -> dict[tuple[str, str], _Grave]:
    """What was said of these to be deleted, by uri and who said it."""
    rows = await reader.rows(_GRAVES, {"uris": list(uris)})
    return {(row.uri, row.owner): row for row in rows}


def _taking(
    offered: Offered, owner: str | None, newest: datetime | None, grave: _Grave | None
) -> Taking:
    """owner, newest: of what we hold under its uri, if anything."""
    is_foreign = owner is not None and owner != offered.owner
    if is_foreign and not offered.confirmed:
        return Taking.CONTESTED
    if grave is not None and (grave.final or offered.updated_at <= grave.deleted_at):
        return Taking.BURIED
    is_newer = is_foreign or newest is None or offered.updated_at > newest
    return Taking.TAKEN if is_newer else Taking.SAME


async def _write(uow: UnitOfWork, rows: Sequence[dict[str, Any]], known: Collection[str]) -> None:
    fresh = [row for row in rows if row["uri"] not in known]
    changed = [row for row in rows if row["uri"] in known]
    if fresh:
        await uow.run(_ADD, fresh)
    if changed:
        names = [name for name in changed[0] if name not in {"id", "uri"}]
        statement = update(mirror_table).where(_c.id == bindparam("row_id"))
        statement = statement.values({name: bindparam(name) for name in names})
        keyed = [{"row_id": row["id"]} | {name: row[name] for name in names} for row in changed]
        await (await uow.session.connection()).execute(statement, keyed)
    await _index(uow, rows, known)


async def _index(
    uow: UnitOfWork, rows: Sequence[dict[str, Any]], known: Container[str] | None = None
) -> None:
    names = await coop_names(uow, {row["coop_uri"] for row in rows})
    shown = [row for row in rows if row["available"] and not row["hidden"]]
    await index.remove(uow, {row["uri"] for row in rows} - {row["uri"] for row in shown})
    entries = [
        wire.mirror_entry(row, names[row["coop_uri"]], uow.now) async for row in paced(shown)
    ]
    await index.put(uow, entries, known)
