"""From what changed here to what is out there: publications, messages to peers, the index.

Who may have a listing follows from its state and visibility. What was out before stands in
`Publication`. The difference of the two is what is said: Create, Update or Delete to peers that
trade (FEP-0837), and for public listings a companion Note to other followers. A change of audience
goes to those who may have it now; who may not any longer gets a Delete.

Everything is done for a list of listings in a fixed number of statements: an import of thousands
to a dozen peers is lists of rows.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Row, Table, bindparam, func, insert, select, update

from federation import outbox, relations
from federation.identities import Identities
from federation.outbox import Outgoing
from federation.storage.unit_of_work import UnitOfWork
from node.errors import Conflict
from node.events import events
from node.i18n import _
from node.listings import circles, index, wire
from node.listings.availability.stored import NOTHING, Told, told_with
from node.listings.events import ListingChange, ListingsChanged
from node.listings.models import State, Visibility, listing_table, publication_table
from node.listings.names import coop_names
from node.listings.pace import paced
from node.listings.views import ListingView, columns_of, uri_of
from node.peers import moved_to
from protocol.addressing import PUBLIC
from protocol.vocabulary import activities
from protocol.vocabulary.companions import companion_note, companion_uri
from protocol.vocabulary.listings import ListingOnWire, listing_document

# An IN list of SQLite holds 32,766 values at most.
_FORGOTTEN_AT_ONCE = 5_000

TRADES = "https://w3id.org/fep/0837"
"""What a peer names in `implements` when it reads Proposals."""


class Change(Struct, frozen=True):
    """A listing before (None: it is new) and after what was just decided."""

    before: ListingView | None
    after: ListingView


class _Step(Struct, frozen=True):
    """What one change means outside. current: the publication so far; audience: who may have it."""

    view: ListingView
    publication_id: str
    current: Row[Any] | None
    audience: Visibility | None
    wire: ListingOnWire | None
    document: dict[str, Any] | None
    seq: int

    @property
    def was_public(self) -> bool:
        return self.current is not None and self.current.audience == Visibility.PUBLIC

    @property
    def is_public(self) -> bool:
        return self.audience is Visibility.PUBLIC


async def carry_out(uow: UnitOfWork, changes: Sequence[Change]) -> list[ListingView]:
    """Write the listings, and everything that follows for peers and for search, in one go.

    Raises Conflict for what would be offered at an address that our coop has left.
    """
    if not changes:
        return []
    await _check_here(uow, changes)
    steps = await _steps(uow, changes)
    published = {step.view.id: step.publication_id if step.audience else None for step in steps}
    views = [_with_publication(uow.identities, change.after, published) for change in changes]
    fresh = [view for view, change in zip(views, changes, strict=True) if change.before is None]
    changed = [view for view, change in zip(views, changes, strict=True) if change.before]
    if fresh:
        await uow.execute(insert(listing_table), list(map(columns_of, fresh)))
    if changed:
        await _update(uow, listing_table, list(map(columns_of, changed)))
    await _write_publications(uow, steps)
    await _tell(uow, steps)
    await _index(uow, changes, views)
    await events.announce(uow, _announced(changes, views))
    return views


async def keep(uow: UnitOfWork, views: Sequence[ListingView]) -> None:
    """Write listings of which nothing changed outside."""
    if views:
        await _update(uow, listing_table, list(map(columns_of, views)))


async def withdraw_all(uow: UnitOfWork) -> None:
    """Nothing is offered at this address any more; the listings stay as they are, for the export.

    Nobody is told one by one: peers read the new address, and whoever reads the catalogue here
    finds every end in it.
    """
    standing = select(publication_table.c.id).where(publication_table.c.withdrawn_at.is_(None))
    ids = await uow.scalars(standing.order_by(publication_table.c.catalogue_seq))
    seq = await uow.scalar(select(func.max(publication_table.c.catalogue_seq))) or 0
    rows = [
        {
            "id": one,
            "document": None,
            "catalogue_seq": number,
            "updated_at": uow.now,
            "withdrawn_at": uow.now,
        }
        for number, one in enumerate(ids, seq + 1)
    ]
    if not rows:
        return
    await _update(uow, publication_table, rows)
    await uow.execute(update(listing_table).values(publication_id=None))
    for start in range(0, len(ids), _FORGOTTEN_AT_ONCE):
        uris = [uri_of(uow.identities.base, one) for one in ids[start : start + _FORGOTTEN_AT_ONCE]]
        await outbox.forget(uow, [*uris, *map(companion_uri, uris)])
    await index.remove_coop(uow, uow.identities.coop.uri)


async def withdraw_quietly(uow: UnitOfWork, views: Sequence[ListingView]) -> None:
    """Take listings down of which peers heard the end before we forgot it: nobody is told."""
    seq = await uow.scalar(select(func.max(publication_table.c.catalogue_seq))) or 0
    rows = [
        {
            "id": view.publication_id,
            "document": None,
            "catalogue_seq": number,
            "updated_at": uow.now,
            "withdrawn_at": uow.now,
        }
        for number, view in enumerate((one for one in views if one.publication_id), seq + 1)
    ]
    if rows:
        await _update(uow, publication_table, rows)
    uris = [view.uri for view in views]
    await outbox.forget(uow, [*uris, *map(companion_uri, uris)])
    theirs = listing_table.c.id.in_([view.id for view in views])
    gone = update(listing_table).where(theirs)
    await uow.execute(gone.values(state=State.RETIRED, publication_id=None))
    await index.remove(uow, uris)


def _announced(changes: Sequence[Change], views: Sequence[ListingView]) -> ListingsChanged:
    return ListingsChanged(
        tuple(
            ListingChange(
                view.id, view.uri, change.before.state if change.before else None, view.state
            )
            for change, view in zip(changes, views, strict=True)
        )
    )


async def _check_here(uow: UnitOfWork, changes: Sequence[Change]) -> None:
    afters = [change.after for change in changes]
    if not any(circles.audience(view.state, view.visibility) for view in afters):
        return
    if left_for := await moved_to(uow):
        raise Conflict(
            _("This coop has moved to %(new)s. Write what it offers there.", new=left_for), "moved"
        )


async def _steps(uow: UnitOfWork, changes: Sequence[Change]) -> list[_Step]:
    """The changes that are felt outside, each with its place in the catalogue."""
    ids = [change.after.id for change in changes if change.before]
    rows = await uow.rows(select(publication_table).where(publication_table.c.listing_id.in_(ids)))
    standing = {row.listing_id: row for row in rows if row.withdrawn_at is None}
    used = {row.id for row in rows}
    told = await told_with(uow, ids)
    seq = await uow.scalar(select(func.max(publication_table.c.catalogue_seq))) or 0
    steps = []
    async for change in paced(changes):
        view, current = change.after, standing.get(change.after.id)
        audience = circles.audience(view.state, view.visibility)
        if current is None and (audience is None or view.state is State.EXPIRED):
            continue
        seq += 1
        # An id that was withdrawn is never born again: a listing that comes back gets another.
        fresh = uow.new_id() if view.id in used else view.id
        own_id, says = current.id if current else fresh, told.get(view.id, NOTHING)
        steps.append(_step(uow, view, says, own_id, current, audience, seq))
    return steps


def _step(
    uow: UnitOfWork,
    view: ListingView,
    told: Told,
    publication_id: str,
    current: Row[Any] | None,
    audience: Visibility | None,
    seq: int,
) -> _Step:
    if audience is None:
        return _Step(view, publication_id, current, None, None, None, seq)
    on_wire = wire.on_wire(view, publication_id, uow.identities, told)
    document = outbox.sign_object(uow, listing_document(on_wire))
    return _Step(view, publication_id, current, audience, on_wire, document, seq)


def _with_publication(
    identities: Identities, view: ListingView, published: dict[str, str | None]
) -> ListingView:
    publication_id = published.get(view.id)
    uri = uri_of(identities.base, publication_id or view.id)
    return replace(view, publication_id=publication_id, uri=uri)


async def _write_publications(uow: UnitOfWork, steps: Sequence[_Step]) -> None:
    new = [step for step in steps if step.current is None]
    old = [step for step in steps if step.current is not None]
    if new:
        rows = [_columns(uow, step) | {"published_at": uow.now} for step in new]
        await uow.execute(insert(publication_table), rows)
    if old:
        await _update(uow, publication_table, [_columns(uow, step) for step in old])


def _columns(uow: UnitOfWork, step: _Step) -> dict[str, Any]:
    last = step.current.audience if step.current is not None else Visibility.FEDERATION
    return {
        "id": step.publication_id,
        "listing_id": step.view.id,
        "audience": step.audience or last,
        "was_public": step.is_public or bool(step.current and step.current.was_public),
        "document": step.document,
        "catalogue_seq": step.seq,
        "updated_at": uow.now,
        "withdrawn_at": None if step.audience else uow.now,
    }


async def _update(uow: UnitOfWork, table: Table, rows: list[dict[str, Any]]) -> None:
    """Update rows by their id, one prepared statement for all."""
    names = [name for name in rows[0] if name != "id"]
    statement = update(table).where(table.c.id == bindparam("row_id"))
    statement = statement.values({name: bindparam(name) for name in names})
    keyed = [{"row_id": row["id"]} | {name: row[name] for name in names} for row in rows]
    connection = await uow.session.connection()
    await connection.execute(statement, keyed)


async def _tell(uow: UnitOfWork, steps: Sequence[_Step]) -> None:
    """Queue the messages. What must not be read any longer leaves the outbox first."""
    followers = await relations.followers(uow)
    trading = tuple(one.actor_uri for one in followers if TRADES in one.implements)
    reading = tuple(one.actor_uri for one in followers if TRADES not in one.implements)
    hidden = [step for step in steps if step.was_public and not step.is_public]
    hidden += [step for step in steps if step.audience is None and step not in hidden]
    uris = [uri_of(uow.identities.base, step.publication_id) for step in hidden]
    if uris:
        await outbox.forget(uow, [*uris, *map(companion_uri, uris)])
    messages = [_proposal_message(uow, step, trading) for step in steps]
    if reading:
        messages += [note for step in steps for note in _note_messages(uow, step, reading)]
    await outbox.publish_many(uow, messages)


def _proposal_message(uow: UnitOfWork, step: _Step, peers: tuple[str, ...]) -> Outgoing:
    coop, uri = uow.identities.coop.uri, uri_of(uow.identities.base, step.publication_id)
    if step.document is None or step.wire is None:
        to, cc = _audience(coop, public=step.was_public)
        said = activities.delete("", coop, uri, "Proposal", uow.now, to, cc)
    elif step.current is None:
        said = activities.create("", coop, step.document, step.wire.to, step.wire.cc)
    else:
        said = activities.update("", coop, step.document, step.wire.to, step.wire.cc)
    return Outgoing(said, to_actors=peers, object_uri=uri)


def _note_messages(uow: UnitOfWork, step: _Step, readers: tuple[str, ...]) -> list[Outgoing]:
    coop = uow.identities.coop.uri
    uri = companion_uri(uri_of(uow.identities.base, step.publication_id))
    if step.is_public and step.wire is not None:
        note = companion_note(step.wire)
        say = activities.update if step.was_public else activities.create
        said = say("", coop, note, step.wire.to, step.wire.cc)
    elif step.was_public:
        to, cc = _audience(coop, public=True)
        said = activities.delete("", coop, uri, "Note", uow.now, to, cc)
    else:
        return []
    return [Outgoing(said, to_actors=readers, object_uri=uri)]


def _audience(coop: str, *, public: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    followers = f"{coop}/followers"
    return ((PUBLIC,), (followers,)) if public else ((followers,), ())


async def _index(uow: UnitOfWork, changes: Sequence[Change], views: Sequence[ListingView]) -> None:
    shown = [view for view in views if view.state is State.PUBLISHED]
    before = {change.before.uri for change in changes if change.before}
    await index.remove(uow, before - {view.uri for view in shown})
    coop = uow.identities.coop.uri
    name = (await coop_names(uow, [coop]))[coop]
    await index.put(uow, [wire.own_entry(view, coop, name) async for view in paced(shown)])
