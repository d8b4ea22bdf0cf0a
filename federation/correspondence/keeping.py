"""Keeping copies of what coops in touch say, and forgetting them in time.

Words are never kept: no Note, private or not, and no complaint about one. Of a thing that was
changed again the older copies go, and each coop's copies have room for so many bytes. What its
author deletes is forgotten, whatever comes of the Delete here; what is erased here, too.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from federation.handlers import HandlerTable
from federation.inbox.kept import Arrival
from federation.models import HeardActivity, ReturnedActivity, ReturnState
from federation.relations import Standing
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.blanking import blank
from federation.storage.unit_of_work import Reader, UnitOfWork
from protocol.vocabulary.activities import Activity
from protocol.vocabulary.base import one_id

DELETED_HERE = "deleted-here"
"""Detail of what came back and is not taken, since its author deleted what it was about."""
_AGREEMENT = "Agreement"
_HEARD = table_of(HeardActivity)
_BACK = table_of(ReturnedActivity)


async def keep_copies(
    uow: UnitOfWork,
    handlers: HandlerTable,
    arrivals: Sequence[Arrival],
    standing: Mapping[str, Standing],
) -> None:
    """Keep what was taken in of coops in touch, if its author's own proof stands on it."""
    theirs = [each for each in arrivals if standing[each.verified.actor] is Standing.PEER]
    flagged = await flagged_types(uow, handlers, [each.activity for each in theirs])
    rows = [
        {
            "actor": each.activity.actor,
            "activity_type": each.activity.type,
            "object_uri": each.activity.object_id,
            "object_type": each.activity.object_type,
            "context_uri": one_id((each.activity.object or {}).get("context")),
            "raw": each.verified.raw,
            "size": len(each.verified.raw),
            "received_at": uow.now,
        }
        for each in theirs
        if b'"proof"' in each.verified.raw
        and is_kept(each.activity, flagged.get(each.activity.object_id or ""))
    ]
    if rows:
        await uow.execute(insert(_HEARD), rows)


def is_kept(activity: Activity, known_type: str | None = None) -> bool:
    """Whether it may be kept, and given back: it holds nobody's words. known_type: what we know
    of its object."""
    if activity.type == "Flag":
        return _AGREEMENT in (activity.object_type, known_type)
    return activity.object_type != "Note"


async def forget_deleted(uow: UnitOfWork, arrivals: Sequence[Arrival]) -> None:
    """Their author deletes these things, or takes them back: nothing of them is given back."""
    gone: dict[str, list[str]] = {}
    for each in arrivals:
        if each.activity.type in ("Delete", "Undo") and each.activity.object_id is not None:
            gone.setdefault(each.activity.actor, []).append(each.activity.object_id)
    for actor, uris in gone.items():
        await forget(uow, actor, uris)


async def forget(uow: UnitOfWork, actor: str, uris: Collection[str]) -> None:
    """Forget all that an actor said of these things, and what came back of it after a restore."""
    for uri in (HeardActivity.object_uri, HeardActivity.context_uri):  # an index for each
        await _forget(uow, HeardActivity.actor == actor, uri.in_(uris))
    c = _BACK.c
    back = (or_(c.actor == actor, c.peer == actor), c.object_uri.in_(uris))
    waiting = select(c.seq).where(*back, c.state == ReturnState.WAITING)
    seqs = await uow.scalars(waiting)
    if seqs:
        await blank(uow, ReturnedActivity.raw, ReturnedActivity.seq.in_(seqs))
        over = {"state": ReturnState.KNOWN, "detail": DELETED_HERE}
        await uow.execute(update(_BACK).where(c.seq.in_(seqs)).values(over))


async def forget_old_copies(uow: UnitOfWork, settings: FederationSettings) -> None:
    """Drop what is too old to be missed."""
    long_ago = uow.now - settings.copies_kept
    await _forget(uow, HeardActivity.received_at < long_ago)
    await uow.execute(delete(_BACK).where(_BACK.c.updated_at < long_ago))


async def heard_of(reader: Reader) -> list[str]:
    """Those coops of whom copies are kept."""
    return await reader.scalars(select(_HEARD.c.actor).distinct().order_by(_HEARD.c.actor))


async def forget_replaced(uow: UnitOfWork, actor: str) -> None:
    """Drop what a later word of a coop about the same thing replaced. Of agreements every step
    stays: one makes sense only after the other."""
    c, later = HeardActivity, aliased(HeardActivity)
    alike = (
        later.actor == c.actor,
        later.object_uri == c.object_uri,
        later.activity_type == c.activity_type,
    )
    of_things = (c.object_type.is_not(None), c.object_type != _AGREEMENT)
    is_later = exists().where(
        *alike,
        later.seq > c.seq,
        later.object_type.is_not(None),
        later.object_type != _AGREEMENT,
    )
    await _forget(uow, c.actor == actor, *of_things, is_later)


async def crowded(reader: Reader, settings: FederationSettings) -> list[str]:
    """Those coops of whom more is kept than there is room for."""
    c = _HEARD.c
    many = select(c.actor).group_by(c.actor).having(func.sum(c.size) > settings.copies_bytes)
    return await reader.scalars(many)


async def make_room(uow: UnitOfWork, actor: str, settings: FederationSettings) -> None:
    """Drop the oldest copies of a coop, until the rest has room."""
    c = _HEARD.c
    so_far = func.sum(c.size).over(order_by=c.seq.desc())
    sizes = select(c.seq, so_far.label("size")).where(c.actor == actor).subquery()
    too_much = select(sizes.c.seq).where(sizes.c.size > settings.copies_bytes)
    await _forget(uow, HeardActivity.seq.in_(too_much))


async def _forget(uow: UnitOfWork, *which: ColumnElement[bool]) -> None:
    if await uow.scalar(select(HeardActivity.seq).where(*which).limit(1)) is None:
        return
    await blank(uow, HeardActivity.raw, *which)
    await uow.execute(delete(_HEARD).where(*which))


async def flagged_types(
    reader: Reader, handlers: HandlerTable, activities: Sequence[Activity]
) -> dict[str, str]:
    """What the things are that somebody complains of, as far as we know them."""
    uris = [each.object_id for each in activities if each.type == "Flag" and each.object_id]
    return await handlers.known_types(reader, uris) if uris else {}
