"""The coops we deal with, as people see them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, func, or_, select

from federation import moderation
from federation.inbox.kept import told_twice
from federation.models import Delivery, HostState, Relation, RelationState, RemoteActor
from federation.outbox import UNDELIVERED
from federation.storage import Reader
from node import limits
from node.errors import Conflict, NotFound
from node.i18n import _, is_language_tag
from node.peers import theirs
from node.peers.line import ASKS, in_line
from node.peers.rules import (
    authority_in,
    exact_uri,
    names_a_host,
    peer_state,
)
from node.peers.telling import Told
from node.peers.theirs import TheirLogo
from node.peers.view import PeerView
from protocol.iri import authority_of
from protocol.vocabulary.base import texts
from protocol.vocabulary.portraits import portrait_in

ASKING_SHOWN = 20
_DEALT_WITH = or_(
    Relation.suspended_at.is_not(None),
    Relation.follower_state == RelationState.ACCEPTED,
    and_(
        Relation.follower_state != RelationState.ASKED,
        Relation.following_state != RelationState.NONE,
    ),
)
_SEEN = (
    select(
        RemoteActor.uri,
        RemoteActor.name,
        RemoteActor.preferred_username,
        RemoteActor.type,
        RemoteActor.key_digest,
        RemoteActor.key_changed_at,
        RemoteActor.summary,
        RemoteActor.place,
        RemoteActor.lat,
        RemoteActor.lon,
        RemoteActor.language,
        RemoteActor.names,
        RemoteActor.summaries,
        Relation.authority,
        Relation.follower_state,
        Relation.following_state,
        Relation.suspended_at,
        Relation.suspended_reason,
        Relation.created_at,
        Relation.last_heard_at,
        HostState.opened_at,
        HostState.clock_offset_seconds,
    )
    .join(Relation, Relation.actor_uri == RemoteActor.uri)
    .outerjoin(HostState, HostState.authority == Relation.authority)
)


class Asking(Struct, frozen=True):
    """Some of the coops that ask, and whether more do."""

    coops: list[PeerView]
    more: bool


async def peers(reader: Reader) -> list[PeerView]:
    """Every coop that we deal with, by name: that we asked, or said yes to once, or put on hold.
    Those that only ask are many, if somebody wants: see `asking`."""
    return sorted(await _views(reader, _DEALT_WITH), key=lambda view: view.name.casefold())


async def asking(reader: Reader, *, skip: int = 0, most: int = ASKING_SHOWN) -> Asking:
    """Coops that wait for an answer; the ones kept at a distance last, else who waits longest
    first."""
    calling, quiet = await _in_line(reader)
    line = [*calling, *quiet]
    shown = line[skip : skip + most]
    views = await _views(reader, Relation.actor_uri.in_(shown)) if shown else []
    views.sort(key=lambda view: shown.index(view.uri))
    return Asking(views, more=skip + most < len(line))


async def count_asking(reader: Reader) -> int:
    """How many coops call for an answer; those kept at a distance wait without calling."""
    calling, _quiet = await _in_line(reader)
    return len(calling)


async def everyone(reader: Reader) -> list[PeerView]:
    """Those that ask, then `peers`."""
    return [*(await asking(reader, most=limits.COOPS_ASKING)).coops, *await peers(reader)]


async def _in_line(reader: Reader) -> tuple[list[str], list[str]]:
    """Who asks, and who asks and is kept at a distance."""
    rows = await in_line(reader)
    limited = await moderation.limited_among(reader, {row.authority for row in rows})
    calling = [row.actor_uri for row in rows if row.authority not in limited]
    return calling, [row.actor_uri for row in rows if row.authority in limited]


async def peer(reader: Reader, uri: str) -> PeerView | None:
    """One coop by its uri."""
    views = await _views(reader, and_(Relation.actor_uri == uri, or_(_DEALT_WITH, ASKS)))
    return next(iter(views), None)


async def peer_at(reader: Reader, authority: str) -> PeerView | None:
    """The coop of a host; one that works with us goes before any other there."""
    there = Relation.authority == authority
    dealt_with = await _views(reader, and_(there, _DEALT_WITH))
    found = dealt_with or await _views(reader, and_(there, ASKS))
    return min(found, key=lambda view: (not view.works_with_us, view.uri), default=None)


async def _views(reader: Reader, chosen: ColumnElement[bool]) -> list[PeerView]:
    rows = await reader.rows(_SEEN.where(chosen))
    authorities = {row.authority for row in rows}
    waiting = await _waiting(reader, authorities)
    limited = await moderation.limited_among(reader, authorities)
    twice = await told_twice(reader, {row.uri for row in rows})
    return [
        _view(
            row,
            waiting=waiting.get(row.authority, 0),
            limited=row.authority in limited,
            told_twice_at=twice.get(row.uri),
        )
        for row in rows
    ]


async def told_by(reader: Reader, uri: str, language: str = "") -> Told:
    """What a coop tells of itself beyond its name, as its actor says: to a reader of a language."""
    return (await told_by_each(reader, [uri], language)).get(uri, Told())


async def told_by_each(
    reader: Reader, uris: Collection[str], language: str = ""
) -> dict[str, Told]:
    """`told_by` of many."""
    rows = await reader.scalars(select(RemoteActor).where(RemoteActor.uri.in_(uris)))
    return {
        row.uri: theirs.theirs(
            portrait_in(row.document),
            row.uri,
            row.authority,
            language,
            texts(row.document, "languages"),
        )
        for row in rows
    }


async def logo_of(reader: Reader, uri: str) -> TheirLogo | None:
    """Where a coop's own picture lies."""
    actor = await reader.session.get(RemoteActor, uri)
    return theirs.their_logo(portrait_in(actor.document)) if actor else None


async def with_logos(reader: Reader) -> set[str]:
    """The folders that the logos of coops we know are kept in."""
    return {theirs.folder_of(uri) for uri in await reader.scalars(select(Relation.actor_uri))}


async def uri_behind(reader: Reader, text: str) -> str | None:
    """The uri of a coop we have a relation with, from its address, handle or uri.

    An actor's address means that actor and no other of its host. Raises Conflict for a host or
    handle that several go by.
    """
    uri = exact_uri(text)
    if uri is not None:
        return await reader.scalar(select(Relation.actor_uri).where(Relation.actor_uri == uri))
    there = await reader.rows(
        select(Relation.actor_uri, RemoteActor.preferred_username)
        .outerjoin(RemoteActor, RemoteActor.uri == Relation.actor_uri)
        .where(Relation.authority == authority_in(text))
        .order_by(Relation.created_at, Relation.actor_uri)
    )
    found = [row.actor_uri for row in there if _is_meant(text, row.actor_uri, row[1])]
    if len(found) > 1:
        raise Conflict(
            _(
                "Several coops go by %(address)s. Name the one you mean: %(uris)s.",
                address=text.strip(),
                uris=", ".join(found),
            ),
            "several-there",
        )
    return found[0] if found else None


def _is_meant(text: str, uri: str, username: str | None) -> bool:
    if names_a_host(text):
        return True
    typed = text.strip().lower().removeprefix("acct:").lstrip("@")
    handle = f"{(username or '').lower()}@{authority_of(uri)}"
    return typed.rstrip("/") in (handle, uri.partition("://")[2].lower())


async def known_uri(reader: Reader, text: str) -> str:
    """As `uri_behind`. Raises NotFound, Conflict."""
    uri = await uri_behind(reader, text)
    if uri is None:
        raise NotFound(_("We do not know a coop at %(address)s.", address=text.strip()))
    return uri


async def _waiting(reader: Reader, authorities: Collection[str]) -> dict[str, int]:
    rows = await reader.rows(
        select(Delivery.authority, func.count())
        .where(Delivery.state.in_(UNDELIVERED), Delivery.authority.in_(authorities))
        .group_by(Delivery.authority)
    )
    return {authority: count for authority, count in rows}  # noqa: C416 - rows are not pairs


def _view(row: Any, *, waiting: int, limited: bool, told_twice_at: datetime | None) -> PeerView:
    ahead = row.clock_offset_seconds
    return PeerView(
        uri=row.uri,
        name=row.name or row.authority,
        handle=f"@{row.preferred_username}@{row.authority}",
        authority=row.authority,
        type=row.type,
        weave_digest=row.key_digest.hex() if row.key_digest else None,
        place=row.place,
        lat=row.lat,
        lon=row.lon,
        summary=row.summary,
        language=row.language if is_language_tag(row.language) else "",
        names=_said(row.names),
        summaries=_said(row.summaries),
        state=peer_state(
            row.follower_state,
            row.following_state,
            suspended=row.suspended_at is not None,
            away_since=row.opened_at,
        ),
        reason=row.suspended_reason,
        since=row.created_at,
        last_heard_at=row.last_heard_at,
        away_since=row.opened_at,
        pending_deliveries=waiting,
        key_changed_at=row.key_changed_at,
        told_twice_at=told_twice_at,
        clock_ahead=None if ahead is None else timedelta(seconds=ahead),
        limited=limited,
    )


def _said(words: dict[str, str]) -> dict[str, str]:
    return {tag: text for tag, text in words.items() if is_language_tag(tag)}
