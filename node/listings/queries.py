"""What you can ask about listings, ours and our copies of others'."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, func, or_, select

from federation import moderation
from federation.models import DeliveryState, Relation
from federation.outbox import DeliveryLine, delivery_reports
from federation.relations import followers
from federation.storage.unit_of_work import Reader
from node import places
from node.errors import NotFound
from node.i18n import _
from node.listings import circles
from node.listings.circles import Viewer
from node.listings.models import (
    IS_PRIVATE,
    LIFE,
    NOT_THE_OWNERS,
    MirrorState,
    State,
    Visibility,
    listing_table,
    mirror_table,
    publication_table,
)
from node.listings.names import coop_names
from node.listings.publishing import TRADES
from node.listings.views import ListingView, MirrorView, listing_view, mirror_view, uri_of
from protocol.iri import authority_of

MOST_OF_MINE = 1000
TAKEN_DOWN_SHOWN = 20
MOST_CATEGORIES = 1000
MOST_IN_A_SITEMAP = 49_000
"""Of the 50,000 that the format allows, with room for the pages that are always there."""


class SpreadLine(Struct, frozen=True):
    """How far a listing has come with one coop.

    state: as in federation's `DeliveryState`, or IN_CATALOGUE.
    """

    actor_uri: str
    name: str
    state: str
    last_error: str | None
    next_attempt_at: datetime | None


class Spread(Struct, frozen=True):
    """Who has a listing as it is now, and who does not yet."""

    lines: tuple[SpreadLine, ...] = ()

    @property
    def reached(self) -> int:
        """How many coops have it."""
        return sum(line.state == DeliveryState.DELIVERED for line in self.lines)


async def listing(reader: Reader, listing_id: str) -> ListingView | None:
    """A listing of ours by its id, or by the last part of its public address."""
    c = listing_table.c
    named = or_(c.id == listing_id, c.publication_id == listing_id)
    rows = await reader.rows(select(listing_table).where(named))
    return listing_view(rows[0], reader.identities.base) if rows else None


async def own(reader: Reader, listing_id: str) -> ListingView:
    """A listing of ours, for commands. Raises NotFound."""
    rows = await reader.rows(select(listing_table).where(listing_table.c.id == listing_id))
    if not rows:
        raise NotFound(_("There is no such listing of ours."))
    return listing_view(rows[0], reader.identities.base)


async def titles(reader: Reader, listing_ids: Collection[str]) -> dict[str, str]:
    """What listings of ours are called, also those taken down; ids of none are left out."""
    c = listing_table.c
    chosen = select(c.id, c.title).where(c.id.in_(listing_ids))
    return {row.id: row.title for row in await reader.rows(chosen)}


async def mine(
    reader: Reader,
    account_id: str | None,
    colleagues: Collection[str] = (),
    teams: Collection[str] = (),
) -> list[ListingView]:
    """What an account, its firm or a team of its offers and did not take down, last changed first;
    None: what anybody offers. A draft that nobody else has seen is whose it is alone."""
    c = listing_table.c
    chosen = select(listing_table).where(c.state != State.RETIRED)
    if account_id is not None:
        chosen = chosen.where(_theirs(account_id, colleagues, teams))
    chosen = chosen.order_by(c.updated_at.desc(), c.id.desc()).limit(MOST_OF_MINE)
    return [listing_view(row, reader.identities.base) for row in await reader.rows(chosen)]


def _theirs(
    account_id: str, colleagues: Collection[str], teams: Collection[str]
) -> ColumnElement[bool]:
    c = listing_table.c
    firms = and_(c.created_by.in_(colleagues), ~IS_PRIVATE)
    return or_(c.created_by == account_id, firms, c.team.in_(sorted(teams)))


async def taken_down(
    reader: Reader,
    account_id: str,
    colleagues: Collection[str] = (),
    teams: Collection[str] = (),
) -> list[ListingView]:
    """What an account, its firm or a team of its offered and took down, the last first."""
    c = listing_table.c
    theirs = _theirs(account_id, colleagues, teams)
    chosen = select(listing_table).where(c.state == State.RETIRED, theirs)
    chosen = chosen.order_by(c.updated_at.desc(), c.id.desc()).limit(TAKEN_DOWN_SHOWN)
    return [listing_view(row, reader.identities.base) for row in await reader.rows(chosen)]


async def has_written(reader: Reader, account_id: str) -> bool:
    """Whether an account ever wrote a listing."""
    c = listing_table.c
    return await reader.scalar(select(c.id).where(c.created_by == account_id).limit(1)) is not None


async def own_among(
    reader: Reader,
    listing_ids: Collection[str],
    account_id: str,
    colleagues: Collection[str] = (),
    teams: Collection[str] = (),
) -> set[str]:
    """Which of these listings an account offers itself, for its firm or in a team."""
    c = listing_table.c
    theirs = _theirs(account_id, colleagues, teams)
    return set(await reader.scalars(select(c.id).where(c.id.in_(listing_ids), theirs)))


async def usual_place(reader: Reader, account_id: str) -> tuple[str, float, float] | None:
    """Where somebody offers or needs things, by what they changed last: a name, and to within 1 km
    where it is."""
    c = listing_table.c
    placed = select(c.place, c.lat, c.lon).where(
        c.created_by == account_id,
        c.place.is_not(None),
        c.lat.is_not(None),
        c.state != State.RETIRED,
    )
    rows = await reader.rows(placed.order_by(c.updated_at.desc(), c.id.desc()).limit(1))
    return next(((row.place, *places.rounded(row.lat, row.lon)) for row in rows), None)


async def offered_by(
    reader: Reader, account_id: str, viewer: Viewer, limit: int
) -> list[ListingView]:
    """What somebody offers and needs now, as far as this viewer sees it; last changed first."""
    c = listing_table.c
    chosen = select(listing_table).where(
        c.created_by == account_id,
        c.state == State.PUBLISHED,
        or_(c.expires_at.is_(None), c.expires_at > reader.now),
    )
    if viewer.kind != "member":
        chosen = chosen.where(c.visibility == Visibility.PUBLIC)
    chosen = chosen.order_by(c.updated_at.desc(), c.id.desc()).limit(limit)
    return [listing_view(row, reader.identities.base) for row in await reader.rows(chosen)]


async def public_pages(reader: Reader) -> list[tuple[str, datetime]]:
    """Addresses of what we offer to everybody now, with their last change; as many as a sitemap
    holds."""
    c = listing_table.c
    chosen = select(c.publication_id, c.updated_at).where(
        c.state == State.PUBLISHED,
        c.visibility == Visibility.PUBLIC,
        c.publication_id.is_not(None),
        or_(c.expires_at.is_(None), c.expires_at > reader.now),
    )
    rows = await reader.rows(chosen.order_by(c.publication_id).limit(MOST_IN_A_SITEMAP))
    base = reader.identities.base
    return [(uri_of(base, row.publication_id), row.updated_at) for row in rows]


async def public_categories(reader: Reader) -> list[tuple[str, str, str]]:
    """Kind, category and language of what we offer to everybody now, each once."""
    c = listing_table.c
    chosen = select(c.kind, c.category, c.language).where(
        c.state == State.PUBLISHED,
        c.visibility == Visibility.PUBLIC,
        c.category.is_not(None),
        or_(c.expires_at.is_(None), c.expires_at > reader.now),
    )
    ordered = chosen.distinct().order_by(c.category, c.kind, c.language)
    return [tuple(row) for row in await reader.rows(ordered.limit(MOST_CATEGORIES))]


async def mirror(reader: Reader, name: str) -> MirrorView | None:
    """Our copy of a peer's listing, by our id for it or by its uri; None while it is on hold."""
    c = mirror_table.c
    found = await _mirrors(reader, or_(c.id == name, c.uri == name))
    return found[0] if found else None


async def at_addresses(reader: Reader, uris: Collection[str]) -> list[ListingView | MirrorView]:
    """What stands at public addresses, in whatever state: listings of ours, and copies of others'
    that are not on hold. Nothing for an address of none."""
    base = reader.identities.base
    ours = {uri for uri in uris if uri.startswith(f"{base}/")}
    found: list[ListingView | MirrorView] = []
    if ours:
        c, names = listing_table.c, [uri.rpartition("/")[2] for uri in ours]
        named = select(listing_table).where(or_(c.id.in_(names), c.publication_id.in_(names)))
        own = (listing_view(row, base) for row in await reader.rows(named))
        found += [view for view in own if view.uri in ours]
    if theirs := set(uris) - ours:
        found += await _mirrors(reader, mirror_table.c.uri.in_(theirs))
    return found


async def _mirrors(reader: Reader, which: ColumnElement[bool]) -> list[MirrorView]:
    c = mirror_table.c
    on_hold = select(Relation.actor_uri).where(Relation.suspended_at.is_not(None))
    rows = await reader.rows(select(mirror_table).where(which, c.coop_uri.not_in(on_hold)))
    if not rows:
        return []
    coops = {row.coop_uri: authority_of(row.coop_uri) for row in rows}
    names = await coop_names(reader, coops)
    rules = await moderation.rules_for(reader, set(coops.values()))
    limited = {coop for coop, where in coops.items() if moderation.is_limited(rules[where])}
    return [mirror_view(row, names[row.coop_uri], limited=row.coop_uri in limited) for row in rows]


async def mirrors_by_coop(reader: Reader, viewer: Viewer) -> dict[str, int]:
    """How many listings of each coop can be found here; of those kept at a distance by members."""
    c = mirror_table.c
    here = await _found_here(reader, viewer)
    rows = await reader.rows(select(c.coop_uri, func.count()).where(*here).group_by(c.coop_uri))
    return {coop: count for coop, count in rows}  # noqa: C416 - rows are not pairs


async def count_published(reader: Reader) -> int:
    """How many listings of ours are published now."""
    c = listing_table.c
    published = select(func.count()).select_from(listing_table)
    return await reader.scalar(published.where(c.state == State.PUBLISHED)) or 0


async def kinds_by_coop(reader: Reader, viewer: Viewer) -> dict[str, dict[str, int]]:
    """How much of each kind this viewer finds here of each coop, the most first."""
    c = mirror_table.c
    here = await _found_here(reader, viewer)
    if viewer.kind != "member":
        here.append(c.public)
    counted = select(c.coop_uri, c.kind, func.count()).where(*here).group_by(c.coop_uri, c.kind)
    found: dict[str, dict[str, int]] = {}
    for coop, kind, count in sorted(await reader.rows(counted), key=lambda row: (-row[2], row[1])):
        found.setdefault(coop, {})[kind] = count
    return found


async def _found_here(reader: Reader, viewer: Viewer) -> list[ColumnElement[bool]]:
    c = mirror_table.c
    here: list[ColumnElement[bool]] = [c.state != MirrorState.GONE, c.available, ~c.hidden]
    if viewer.kind != "member":
        here.append(c.coop_uri.not_in(await moderation.limited_actors(reader)))
    return here


async def spread(reader: Reader, listing_id: str) -> Spread:
    """Which coops have a listing, which do not yet, and why."""
    return (await spreads(reader, [listing_id]))[listing_id]


async def spreads(reader: Reader, listing_ids: Sequence[str]) -> dict[str, Spread]:
    """`spread` of each listing, in as many queries as one takes."""
    c = publication_table.c
    published = select(c.id, c.listing_id).where(c.listing_id.in_(listing_ids))
    rows = await reader.rows(published.order_by(c.catalogue_seq))
    uris = {row.listing_id: uri_of(reader.identities.base, row.id) for row in rows}
    told = await delivery_reports(reader, list(uris.values()))
    coops = [one.actor_uri for one in await followers(reader) if TRADES in one.implements]
    names = await coop_names(
        reader, {*coops, *(line.actor_uri for lines in told.values() for line in lines)}
    )
    return {one: _spread(told.get(uris.get(one, "")), coops, names) for one in listing_ids}


async def living_mirrors(reader: Reader, ids: Collection[str]) -> set[str]:
    """Those of the mirrors that are still offered, or may be again."""
    c = mirror_table.c
    return set(await reader.scalars(select(c.id).where(c.id.in_(ids), c.state != MirrorState.GONE)))


async def used_pictures(reader: Reader) -> set[str]:
    """The digests of all pictures that a listing of ours shows, or may show again."""
    return await _pictures(reader)


async def pictures_of(reader: Reader, account_id: str) -> set[str]:
    """The same of an account's listings."""
    return await _pictures(reader, listing_table.c.created_by == account_id)


async def _pictures(reader: Reader, *which: ColumnElement[bool]) -> set[str]:
    c = listing_table.c
    standing = (c.state != State.RETIRED, *which)
    shown = await reader.scalars(select(c.pictures).where(c.pictures.is_not(None), *standing))
    waiting = await reader.scalars(select(c.rewritten).where(c.rewritten.is_not(None), *standing))
    shown = [*shown, *(one["pictures"] or () for one in waiting)]
    return {one["digest"] for pictures in shown for one in pictures}


def _spread(
    told: Sequence[DeliveryLine] | None, coops: Sequence[str], names: Mapping[str, str]
) -> Spread:
    """told: how its last message to each coop fared, None for what is not published. Coops in
    touch that no message was sent to came later, and read our catalogue."""
    if told is None:
        return Spread()
    sent = {line.actor_uri for line in told}
    return Spread(
        (
            *(
                SpreadLine(
                    line.actor_uri,
                    names[line.actor_uri],
                    line.state,
                    line.last_error,
                    line.next_attempt_at,
                )
                for line in told
            ),
            *(
                SpreadLine(coop, names[coop], IN_CATALOGUE, None, None)
                for coop in coops
                if coop not in sent
            ),
        )
    )


async def was_taken_down(reader: Reader, publication_id: str) -> bool:
    """Whether peers had a listing under this id, and were told that they have it no longer."""
    c = publication_table.c
    gone = select(c.id).where(c.id == publication_id, c.withdrawn_at.is_not(None))
    return await reader.scalar(gone) is not None


def visible(view: ListingView, viewer: Viewer) -> bool:
    """Whether this viewer may open the listing."""
    return circles.visible_to(
        view.visibility, view.state, viewer, view.by, view.team, is_private=view.is_private
    )


def mirror_visible(view: MirrorView, viewer: Viewer) -> bool:
    """Whether this viewer may open our copy; peers read each other's listings at their home."""
    if view.hidden:
        return viewer.looks_after or viewer.moderates
    return viewer.kind == "member" or (
        viewer.kind == "anonymous"
        and not view.limited
        and view.visibility is Visibility.PUBLIC
        and view.state is not MirrorState.GONE
    )


def events_from(state: State | str) -> frozenset[str]:
    """What a person may do with a listing in this state."""
    return frozenset(LIFE.events_from(State(state))) - NOT_THE_OWNERS


IN_CATALOGUE = "catalogue"
"""The coop was not sent it: it came later, and reads it in our catalogue."""
