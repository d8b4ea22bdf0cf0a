"""Rows of groups, followers and what they were told: found, counted, written."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from federation import moderation
from federation.models import Relation, RemoteActor
from federation.storage import Reader, UnitOfWork
from node.group.models import follower_table, group_table, question_table
from protocol.iri import authority_of

_g, _f, _q = group_table.c, follower_table.c, question_table.c


async def group(reader: Reader, uri: str | None) -> Row[Any] | None:
    """The group of an address."""
    rows = await reader.rows(select(group_table).where(_g.uri == uri))
    return rows[0] if rows else None


async def group_of(reader: Reader, federation_id: str) -> Row[Any] | None:
    """A federation's group at our node."""
    rows = await reader.rows(select(group_table).where(_g.federation_id == federation_id))
    return rows[0] if rows else None


async def keep_group(uow: UnitOfWork, **columns: Any) -> Row[Any]:
    """A new group, as it stands then."""
    row = {"moved_to": None, "look_at": None, "opened_at": uow.now} | columns
    await uow.execute(insert(group_table).values(**row))
    [kept] = await uow.rows(select(group_table).where(_g.uri == columns["uri"]))
    return kept


async def change_group(uow: UnitOfWork, uri: str, **columns: Any) -> Row[Any]:
    """What a group says of itself changes; as it stands then."""
    await uow.execute(update(group_table).where(_g.uri == uri).values(**columns))
    [changed] = await uow.rows(select(group_table).where(_g.uri == uri))
    return changed


async def known_groups(reader: Reader, uris: Collection[str]) -> list[str]:
    """Those of the addresses that are groups of ours."""
    return await reader.scalars(select(_g.uri).where(_g.uri.in_(uris)))


async def known_follows(reader: Reader, uris: Collection[str]) -> list[str]:
    """Those of the addresses that are Follows of groups."""
    return await reader.scalars(select(_f.follow_id).where(_f.follow_id.in_(uris)))


async def follow(uow: UnitOfWork, group_uri: str, actor: str, follow_id: str) -> None:
    """Note a follower, or its new Follow."""
    again = update(follower_table).where(_f.group_uri == group_uri, _f.actor == actor)
    changed = await uow.execute(again.values(follow_id=follow_id).returning(_f.actor))
    if changed.first() is not None:
        return
    row = {
        "group_uri": group_uri,
        "actor": actor,
        "authority": authority_of(actor),
        "follow_id": follow_id,
        "followed_at": uow.now,
    }
    await uow.execute(insert(follower_table).values(**row))


async def unfollow(uow: UnitOfWork, actor: str, follow_id: str) -> bool:
    """Forget a follower by its own Follow; whether there was one."""
    gone = delete(follower_table).where(_f.actor == actor, _f.follow_id == follow_id)
    return (await uow.execute(gone.returning(_f.actor))).first() is not None


async def forget(uow: UnitOfWork, actor: str) -> None:
    """Forget an actor that is gone."""
    await uow.execute(delete(follower_table).where(_f.actor == actor))


async def follows(reader: Reader, group_uri: str, actor: str) -> bool:
    chosen = select(_f.actor).where(_f.group_uri == group_uri, _f.actor == actor)
    return await reader.scalar(chosen) is not None


async def count(reader: Reader, group_uri: str, authority: str | None = None) -> int:
    """How many follow a group, of all or of one host."""
    chosen = select(func.count()).where(_f.group_uri == group_uri)
    if authority is not None:
        chosen = chosen.where(_f.authority == authority)
    return await reader.scalar(chosen) or 0


async def to_tell(reader: Reader, group_uri: str) -> list[str]:
    """Followers that hear of it: not gone, not on hold, not of a blocked domain."""
    chosen = (
        select(_f.actor, _f.authority)
        .join(RemoteActor, RemoteActor.uri == _f.actor)
        .outerjoin(Relation, Relation.actor_uri == _f.actor)
        .where(
            _f.group_uri == group_uri,
            RemoteActor.gone_at.is_(None),
            Relation.suspended_at.is_(None),
        )
        .order_by(_f.actor)
    )
    found = await reader.rows(chosen)
    rules = await moderation.rules_for(reader, {row.authority for row in found})
    return [row.actor for row in found if not moderation.is_blocked(rules[row.authority])]


async def question(reader: Reader, uri: str) -> Row[Any] | None:
    """What followers were told of a proposal."""
    rows = await reader.rows(select(question_table).where(_q.uri == uri))
    return rows[0] if rows else None


async def note_question(uow: UnitOfWork, uri: str, digest: bytes, *, is_new: bool) -> None:
    """They are told of it, for the first time or anew."""
    if is_new:
        row = {"uri": uri, "digest": digest, "said_at": uow.now}
        await uow.execute(insert(question_table).values(**row, changed_at=None, deleted_at=None))
        return
    told = update(question_table).where(_q.uri == uri)
    await uow.execute(told.values(digest=digest, changed_at=uow.now))


async def note_deleted(uow: UnitOfWork, uri: str) -> None:
    await uow.execute(update(question_table).where(_q.uri == uri).values(deleted_at=uow.now))
