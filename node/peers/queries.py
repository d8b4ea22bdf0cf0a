"""The coops we deal with, as people see them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from federation import moderation
from federation.inbox.kept import told_twice
from federation.models import Delivery, HostState, Relation, RemoteActor
from federation.outbox import UNDELIVERED
from federation.storage import Reader
from node import content
from node.errors import Conflict, NotFound
from node.i18n import _, is_language_tag
from node.peers import telling
from node.peers.rules import (
    PeerState,
    authority_in,
    exact_uri,
    names_a_host,
    peer_state,
    works_with_us,
)
from node.peers.telling import TheirLogo, Told
from protocol.iri import authority_of
from protocol.vocabulary.actors import parse_actor
from protocol.vocabulary.portraits import portrait_in

_LONGEST_NAME = 100
_LONGEST_SUMMARY = 500


@dataclass(frozen=True)
class PeerView:
    """One coop. weave_digest: hex, of the key that its weave is drawn from."""

    uri: str
    name: str
    handle: str
    authority: str
    type: str
    weave_digest: str | None
    place: str | None
    lat: float | None
    lon: float | None
    summary: str
    language: str
    """In which it writes of itself; empty if it does not say."""
    state: PeerState
    reason: str | None
    since: datetime
    last_heard_at: datetime | None
    away_since: datetime | None
    pending_deliveries: int
    key_changed_at: datetime | None
    told_twice_at: datetime | None
    """When a second message came under an id that it had used."""
    clock_ahead: timedelta | None
    """By how much its clock was ahead of ours when it last answered; a day at most."""
    limited: bool
    """Its domain is kept at a distance: it is shown only to members who look for it."""

    @property
    def works_with_us(self) -> bool:
        """In touch, at home or away."""
        return works_with_us(self.state)


async def peers(reader: Reader) -> list[PeerView]:
    """Every coop there is something to say about: those that ask, then by name; of those that
    ask the ones kept at a distance last."""
    rows = await reader.rows(
        select(Relation, RemoteActor, HostState.opened_at, HostState.clock_offset_seconds)
        .join(RemoteActor, RemoteActor.uri == Relation.actor_uri)
        .outerjoin(HostState, HostState.authority == Relation.authority)
    )
    waiting = await _waiting(reader)
    limited = await moderation.limited_actors(reader)
    twice = await told_twice(reader)
    views = [
        _view(
            relation,
            actor,
            opened_at,
            clock_ahead=None if offset is None else timedelta(seconds=offset),
            waiting=waiting.get(relation.authority, 0),
            limited=actor.uri in limited,
            told_twice_at=twice.get(actor.uri),
        )
        for relation, actor, opened_at, offset in rows
    ]
    shown = [view for view in views if view.state is not PeerState.NONE]
    return sorted(shown, key=_order)


def _order(view: PeerView) -> tuple[bool, bool, str]:
    asks = view.state is PeerState.ASKED_BY_THEM
    return not asks, asks and view.limited, view.name.casefold()


async def peer(reader: Reader, uri: str) -> PeerView | None:
    """One coop by its uri."""
    return next((view for view in await peers(reader) if view.uri == uri), None)


async def told_by(reader: Reader, uri: str) -> Told:
    """What a coop tells of itself beyond its name, as its actor says."""
    actor = await reader.session.get(RemoteActor, uri)
    if actor is None:
        return Told()
    return telling.theirs(portrait_in(actor.document), uri, actor.authority)


async def told_by_each(reader: Reader, uris: Collection[str]) -> dict[str, Told]:
    """`told_by` of many."""
    rows = await reader.scalars(select(RemoteActor).where(RemoteActor.uri.in_(uris)))
    return {
        row.uri: telling.theirs(portrait_in(row.document), row.uri, row.authority) for row in rows
    }


async def logo_of(reader: Reader, uri: str) -> TheirLogo | None:
    """Where a coop's own picture lies."""
    actor = await reader.session.get(RemoteActor, uri)
    return telling.their_logo(portrait_in(actor.document)) if actor else None


async def with_logos(reader: Reader) -> set[str]:
    """The folders that the logos of coops we know are kept in."""
    return {telling.folder_of(uri) for uri in await reader.scalars(select(Relation.actor_uri))}


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


async def _waiting(reader: Reader) -> dict[str, int]:
    rows = await reader.rows(
        select(Delivery.authority, func.count())
        .where(Delivery.state.in_(UNDELIVERED))
        .group_by(Delivery.authority)
    )
    return {authority: count for authority, count in rows}  # noqa: C416 - rows are not pairs


def _view(
    relation: Relation,
    actor: RemoteActor,
    away_since: datetime | None,
    *,
    clock_ahead: timedelta | None,
    waiting: int,
    limited: bool,
    told_twice_at: datetime | None,
) -> PeerView:
    profile = parse_actor(actor.document)
    place = profile.place
    return PeerView(
        uri=actor.uri,
        name=content.name(actor.name, _LONGEST_NAME) or relation.authority,
        handle=f"@{actor.preferred_username}@{relation.authority}",
        authority=relation.authority,
        type=actor.type,
        weave_digest=actor.key_digest.hex() if actor.key_digest else None,
        place=(content.name(place.name, _LONGEST_NAME) or None) if place else None,
        lat=place.lat if place else None,
        lon=place.lon if place else None,
        summary=content.plain(profile.summary_html)[:_LONGEST_SUMMARY],
        language=next(filter(is_language_tag, profile.languages), ""),
        state=peer_state(
            relation.follower_state,
            relation.following_state,
            suspended=relation.suspended_at is not None,
            away_since=away_since,
        ),
        reason=relation.suspended_reason,
        since=relation.created_at,
        last_heard_at=relation.last_heard_at,
        away_since=away_since,
        pending_deliveries=waiting,
        key_changed_at=actor.key_changed_at,
        told_twice_at=told_twice_at,
        clock_ahead=clock_ahead,
        limited=limited,
    )
