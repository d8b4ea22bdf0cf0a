"""Our own listings after a restore: what we published since the backup, as coops gave it back.

What travelled comes back: words, price, place to about a kilometre. Who of ours wrote it and when
it can be had never left the node. Nobody is told anything: they have it.
"""

from typing import Any

from msgspec.structs import replace
from sqlalchemy import func, insert, select, update

from federation.handlers import Returned
from federation.storage.unit_of_work import UnitOfWork
from node import content
from node.listings import conditions, details, extras, index, phrases, pictures, prices, wire
from node.listings.inbox import handlers
from node.listings.models import (
    Kind,
    State,
    Visibility,
    listing_table,
    publication_table,
)
from node.listings.names import coop_names
from node.listings.pictures import Picture
from node.listings.translations import Translation
from node.listings.views import ListingView, columns_of, listing_view, uri_of
from protocol import strict_json
from protocol.vocabulary.listings import ListingOnWire, TranslationOnWire, parse_listing

_l, _p = listing_table.c, publication_table.c


@handlers.on_return("Create", "Proposal")
@handlers.on_return("Update", "Proposal")
async def published_before(uow: UnitOfWork, returned: Returned) -> bool:
    """A listing is again as it was last published, if that is newer than what the backup has."""
    said = returned.activity.object
    document = strict_json.loads(returned.raw).get("object")
    if said is None or not isinstance(document, dict):
        return False
    told = parse_listing(said)
    publication = _id_of(uow, told.uri)
    if publication is None:
        return False
    known = await _known(uow, publication)
    if known is None:
        await _begin(uow, publication, told, document)
        return True
    if known.updated_at >= (told.updated or uow.now) or known.publication_id != publication:
        return True
    view = replace(_written(uow, known, told), version=known.version + 1)
    await uow.execute(update(listing_table).where(_l.id == known.id).values(columns_of(view)))
    columns = await _publication(uow, view, told, document)
    await uow.execute(update(publication_table).where(_p.id == publication).values(columns))
    await _show(uow, known, view)
    return True


@handlers.on_return("Delete", "Proposal")
async def taken_down_before(uow: UnitOfWork, returned: Returned) -> bool:
    """A listing that we had withdrawn is not offered again, and its address not used again."""
    publication = _id_of(uow, returned.activity.object_id or "")
    known = await _known(uow, publication) if publication else None
    if publication is None or known is None or known.publication_id != publication:
        return publication is not None
    view = replace(
        known,
        state=State.DRAFT if known.state is State.DRAFT else State.RETIRED,
        version=known.version + 1,
        updated_at=uow.now,
        publication_id=None,
    )
    await uow.execute(update(listing_table).where(_l.id == known.id).values(columns_of(view)))
    gone = {
        "document": None,
        "withdrawn_at": uow.now,
        "updated_at": uow.now,
        "catalogue_seq": await _next_seq(uow),
    }
    await uow.execute(update(publication_table).where(_p.id == publication).values(gone))
    await _show(uow, known, view)
    return True


async def _begin(
    uow: UnitOfWork, publication: str, told: ListingOnWire, document: dict[str, Any]
) -> None:
    since = told.published or uow.now
    blank = replace(
        ListingView.blank(
            publication, told.uri, Visibility.PUBLIC, Kind.SERVICE, told.title, uow.now
        ),
        created_at=since,
        published_at=since,
        publication_id=publication,
        team=told.provider_name,
    )
    view = _written(uow, blank, told)
    await uow.execute(insert(listing_table).values(columns_of(view)))
    row = await _publication(uow, view, told, document)
    fresh = {"id": publication, "listing_id": publication, "published_at": view.published_at}
    await uow.execute(insert(publication_table).values(row | fresh))
    await _show(uow, None, view)


def _written(uow: UnitOfWork, view: ListingView, told: ListingOnWire) -> ListingView:
    """A listing with what was said of it outside."""
    place = told.place
    has_place = place is not None and place.lat is not None and place.lon is not None
    position = view.position
    if place is not None and has_place and (view.lat, view.lon) != (place.lat, place.lon):
        position = (place.lat or 0.0, place.lon or 0.0)
    kept = wire.mirror_columns(told, uow.now)
    known = prices.read(kept["prices"])
    return replace(
        view,
        state=State.PUBLISHED if told.available else State.PAUSED,
        visibility=Visibility.PUBLIC if told.public else Visibility.FEDERATION,
        kind=Kind(told.kind) if told.kind in set(Kind) else view.kind,
        title=told.title,
        summary=told.summary,
        body=told.body_markdown or "",
        category=told.category,
        tags=tuple(told.tags),
        language=told.language or "",
        languages=tuple(told.languages),
        translations=tuple(_translation(one, kept) for one in told.translations),
        place_name=place.name if place and place.name else None,
        position=position if has_place else None,
        radius_km=int(place.radius_km) if place and place.radius_km else None,
        prices=extras.without(known),
        extras=extras.of(known),
        conditions=conditions.read(told.conditions, known[0].currency if known else None),
        details=details.said(kept["details"]),
        pictures=_still_here(view, told),
        expires_at=told.expires,
        updated_at=told.updated or uow.now,
    )


def _translation(told: TranslationOnWire, kept: dict[str, Any]) -> Translation:
    """As it was typed; the words alone where it was too long for that to travel."""
    body = told.body_markdown or content.plain(told.body_html)
    said = details.words_of_peer(told.details, details.said(kept["details"]))
    own = phrases.of(prices.read(kept["prices"]), pictures.read_theirs(kept["pictures"]))
    return Translation(
        told.language, told.title, told.summary, body, said, phrases.told(told.phrases, own)
    )


def _still_here(view: ListingView, told: ListingOnWire) -> tuple[Picture, ...]:
    """Those of its pictures that the backup has; the files of later ones are lost."""
    said = {pictures.digest_in(one.url) for one in told.media}
    return tuple(one for one in view.pictures if one.digest in said)


async def _publication(
    uow: UnitOfWork, view: ListingView, told: ListingOnWire, document: dict[str, Any]
) -> dict[str, Any]:
    return {
        "audience": view.visibility,
        "was_public": told.public,
        "document": document,
        "catalogue_seq": await _next_seq(uow),
        "updated_at": view.updated_at,
        "withdrawn_at": None,
    }


async def _show(uow: UnitOfWork, before: ListingView | None, view: ListingView) -> None:
    await index.remove(uow, [before.uri] if before else [])
    if view.state is State.PUBLISHED:
        coop = uow.identities.coop.uri
        name = (await coop_names(uow, [coop]))[coop]
        await index.put(uow, [wire.own_entry(view, coop, name)])


async def _known(uow: UnitOfWork, publication: str) -> ListingView | None:
    """Our listing behind a publication; it may have another publication by now, or none."""
    of = select(_p.listing_id).where(_p.id == publication)
    rows = await uow.rows(select(listing_table).where(_l.id.in_(of)))
    return listing_view(rows[0], uow.identities.base) if rows else None


async def _next_seq(uow: UnitOfWork) -> int:
    return (await uow.scalar(select(func.max(_p.catalogue_seq))) or 0) + 1


def _id_of(uow: UnitOfWork, uri: str) -> str | None:
    number = uri.removeprefix(uri_of(uow.identities.base, ""))
    is_ours = number != uri and "/" not in number and 0 < len(number) <= 26
    return number if is_ours else None
