"""Rows of groups, followers and what they were told: found, counted, written."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from federation import moderation
from federation.models import HostState, Relation, RemoteActor
from federation.storage import Reader, UnitOfWork
from node import limits
from node.group import rules
from node.group.models import follower_table, group_table, question_table, word_table
from protocol.iri import authority_of

_g, _f, _q, _w = group_table.c, follower_table.c, question_table.c, word_table.c


async def group(reader: Reader, uri: str | None) -> Row[Any] | None:
    """The group of an address."""
    rows = await reader.rows(select(group_table).where(_g.uri == uri))
    return rows[0] if rows else None


async def group_of(reader: Reader, federation_id: str) -> Row[Any] | None:
    """A federation's group at our node."""
    rows = await reader.rows(select(group_table).where(_g.federation_id == federation_id))
    return rows[0] if rows else None


async def groups(reader: Reader) -> Sequence[Row[Any]]:
    """All federations that are or were actors here."""
    return await reader.rows(select(group_table).order_by(_g.uri))


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
        "domain": rules.domain_of(authority_of(actor)),
        "follow_id": follow_id,
        "followed_at": uow.now,
    }
    await uow.execute(insert(follower_table).values(**row))


async def unfollow(uow: UnitOfWork, actor: str, follow_id: str) -> bool:
    """Forget a follower by its own Follow; whether there was one."""
    gone = delete(follower_table).where(_f.actor == actor, _f.follow_id == follow_id)
    return (await uow.execute(gone.returning(_f.actor))).first() is not None


async def forget(uow: UnitOfWork, actor: str, group_uri: str | None = None) -> None:
    """Forget an actor that is gone; or as a follower of this group alone."""
    gone = delete(follower_table).where(_f.actor == actor)
    await uow.execute(gone if group_uri is None else gone.where(_f.group_uri == group_uri))


async def follows(reader: Reader, group_uri: str, actor: str) -> bool:
    chosen = select(_f.actor).where(_f.group_uri == group_uri, _f.actor == actor)
    return await reader.scalar(chosen) is not None


async def count(reader: Reader, group_uri: str, domain: str | None = None) -> int:
    """How many follow a group, of all or of one domain."""
    chosen = select(func.count()).where(_f.group_uri == group_uri)
    if domain is not None:
        chosen = chosen.where(_f.domain == domain)
    return await reader.scalar(chosen) or 0


async def longest_away(reader: Reader, group_uri: str, since: datetime) -> Row[Any] | None:
    """The follower whose node has been away for longest, and since then or earlier."""
    chosen = (
        select(follower_table)
        .join(HostState, HostState.authority == _f.authority)
        .where(_f.group_uri == group_uri, HostState.opened_at <= since)
        .order_by(HostState.opened_at, _f.actor)
    )
    rows = await reader.rows(chosen.limit(1))
    return rows[0] if rows else None


async def newest_of_many(reader: Reader, group_uri: str, more_than: int) -> Row[Any] | None:
    """The newest follower of the domain that most are from, if they are more than so many."""
    most = (
        select(_f.domain)
        .where(_f.group_uri == group_uri)
        .group_by(_f.domain)
        .having(func.count() > more_than)
        .order_by(func.count().desc(), _f.domain)
    )
    domain = await reader.scalar(most.limit(1))
    chosen = select(follower_table).where(_f.group_uri == group_uri, _f.domain == domain)
    rows = await reader.rows(chosen.order_by(_f.followed_at.desc(), _f.actor).limit(1))
    return rows[0] if rows else None


async def next_hosts(reader: Reader, group_uri: str, told: str) -> tuple[str, str] | None:
    """The first and last of the hosts after this one whose followers are told at once."""
    rest = select(_f.authority).where(_f.group_uri == group_uri, _f.authority > told)
    ordered = rest.order_by(_f.authority)
    first = await reader.scalar(ordered.limit(1))
    if first is None:
        return None
    beyond = await reader.scalar(ordered.offset(limits.GROUP_TOLD_AT_ONCE).limit(1))
    upto = rest if beyond is None else rest.where(_f.authority < beyond)
    last = await reader.scalar(upto.order_by(_f.authority.desc()).limit(1))
    return first, last or first


async def to_tell(reader: Reader, group_uri: str, first: str, last: str) -> list[str]:
    """Followers from these hosts that hear of it: not gone, on hold, or of a blocked domain."""
    chosen = (
        select(_f.actor, _f.authority)
        .join(RemoteActor, RemoteActor.uri == _f.actor)
        .outerjoin(Relation, Relation.actor_uri == _f.actor)
        .where(
            _f.group_uri == group_uri,
            _f.authority.between(first, last),
            RemoteActor.gone_at.is_(None),
            Relation.suspended_at.is_(None),
        )
        .order_by(_f.actor)
    )
    found = await reader.rows(chosen)
    said = await moderation.rules_for(reader, {row.authority for row in found})
    return [row.actor for row in found if not moderation.is_blocked(said[row.authority])]


async def keep_word(uow: UnitOfWork, **columns: Any) -> None:
    """Something to be told. An Update takes the place of earlier ones that are still to be told,
    and a Delete of all."""
    kind, earlier = columns["activity_type"], _w.object_uri == columns["object_uri"]
    if kind == "Update":
        earlier &= _w.activity_type == "Update"
    if kind in ("Update", "Delete"):
        await uow.execute(delete(word_table).where(earlier))
    await uow.execute(insert(word_table).values(told="", **columns))


async def first_word(reader: Reader) -> Row[Any] | None:
    """What is to be told first."""
    rows = await reader.rows(select(word_table).order_by(_w.seq).limit(1))
    return rows[0] if rows else None


async def note_told(uow: UnitOfWork, seq: int, host: str) -> None:
    await uow.execute(update(word_table).where(_w.seq == seq).values(told=host))


async def end_word(uow: UnitOfWork, seq: int) -> None:
    await uow.execute(delete(word_table).where(_w.seq == seq))


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
