"""Listings as others are given them: frozen, with the words ready and the places rounded."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from node import content, places
from node.listings import conditions, pictures
from node.listings.conditions import NO_CONDITIONS, Conditions
from node.listings.models import Kind, MirrorState, State, Visibility
from node.listings.pictures import Picture, Shown, TheirPicture
from node.listings.rules import ListingDraft
from protocol.iri import authority_of, same_origin
from protocol.vocabulary.listings import parse_listing


@dataclass(frozen=True, slots=True)
class PriceView:
    """A price; with `maximum` a span that begins at `amount`. text: the price in words."""

    amount: Decimal | None = None
    maximum: Decimal | None = None
    currency: str | None = None
    unit: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ListingView:
    """A listing of ours.

    lat and lon are rounded to about 1 km; `position` is exact and for its owner alone.
    """

    id: str
    uri: str
    state: State
    visibility: Visibility
    version: int
    kind: Kind
    title: str
    summary: str
    body: str
    category: str | None
    tags: tuple[str, ...]
    language: str
    languages: tuple[str, ...]
    place_name: str | None
    position: tuple[float, float] | None
    radius_km: int | None
    price: PriceView | None
    conditions: Conditions
    pictures: tuple[Picture, ...]
    expires_on: date | None
    expires_at: datetime | None
    source_id: str | None
    source: str
    by: str | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    publication_id: str | None

    @classmethod
    def blank(
        cls, new_id: str, uri: str, visibility: Visibility, kind: Kind, title: str, now: datetime
    ) -> "ListingView":
        """A draft of which nothing is said yet but what it is called."""
        return cls(
            id=new_id,
            uri=uri,
            state=State.DRAFT,
            visibility=visibility,
            version=1,
            kind=kind,
            title=title,
            summary="",
            body="",
            category=None,
            tags=(),
            language="",
            languages=(),
            place_name=None,
            position=None,
            radius_km=None,
            price=None,
            conditions=NO_CONDITIONS,
            pictures=(),
            expires_on=None,
            expires_at=None,
            source_id=None,
            source="",
            by=None,
            created_at=now,
            updated_at=now,
            published_at=None,
            publication_id=None,
        )

    @property
    def lat(self) -> float | None:
        return self.position and places.rounded(*self.position)[0]

    @property
    def lon(self) -> float | None:
        return self.position and places.rounded(*self.position)[1]

    @property
    def body_html(self) -> str:
        """The body as safe HTML."""
        return content.markdown_html(self.body)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Its pictures, as pages show them."""
        return pictures.shown(self.id, self.pictures)


@dataclass(frozen=True, slots=True)
class MirrorView:
    """A peer's listing as we hold it."""

    id: str
    uri: str
    source_url: str
    """The listing's page on its own node."""
    coop_uri: str
    coop_name: str
    state: MirrorState
    available: bool
    visibility: Visibility
    kind: str
    title: str
    summary: str
    body_html: str
    category: str | None
    tags: tuple[str, ...]
    language: str
    languages: tuple[str, ...]
    provider_name: str | None
    place_name: str | None
    lat: float | None
    lon: float | None
    radius_km: float | None
    price: PriceView | None
    expires_at: datetime | None
    published_at: datetime | None
    updated_at: datetime
    limited: bool
    """Its coop is kept at a distance: only members see it."""
    hidden: bool = False
    """Withheld here by our own people."""
    stock: int | None = None
    """Pieces left, as the peer last said."""
    conditions: Conditions = NO_CONDITIONS
    pictures: tuple[TheirPicture, ...] = ()
    free_times: str | None = None
    """Below which address of the peer's it is told when it can be had."""

    @property
    def is_open(self) -> bool:
        """Whether it can be asked for here."""
        return self.available and not self.hidden and self.state is not MirrorState.GONE

    @property
    def authority(self) -> str:
        """host[:port] of the coop's node."""
        return authority_of(self.coop_uri)

    @property
    def body(self) -> str:
        """The words of the body without markup."""
        return content.plain(self.body_html)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Its pictures, as pages of ours show them."""
        return pictures.shown_theirs(self.id, self.pictures)


def listing_view(row: Row[Any], base: str) -> ListingView:
    """A row of the listing table; base: our address."""
    return ListingView(
        id=row.id,
        uri=uri_of(base, row.publication_id or row.id),
        state=State(row.state),
        visibility=Visibility(row.visibility),
        version=row.version,
        kind=Kind(row.kind),
        title=row.title,
        summary=row.summary,
        body=row.body,
        category=row.category,
        tags=tuple(row.tags),
        language=row.language,
        languages=tuple(row.languages),
        place_name=row.place,
        position=None if row.lat is None else (row.lat, row.lon),
        radius_km=row.radius_km,
        price=_price(row),
        conditions=conditions.read(row.conditions, row.currency),
        pictures=pictures.read(row.pictures),
        expires_on=row.expires_on,
        expires_at=row.expires_at,
        source_id=row.source_id,
        source=row.source,
        by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        published_at=row.published_at,
        publication_id=row.publication_id,
    )


def columns_of(view: ListingView) -> dict[str, Any]:
    """The columns of a listing: `listing_view` the other way round."""
    same = {field.name: getattr(view, field.name) for field in fields(view)}
    for name in ("uri", "by", "place_name", "position", "price"):
        del same[name]
    lat, lon = view.position or (None, None)
    price = view.price or PriceView()
    return same | {
        "tags": list(view.tags),
        "languages": list(view.languages),
        "place": view.place_name,
        "lat": lat,
        "lon": lon,
        "price_amount": digits(price.amount),
        "price_max": digits(price.maximum),
        "currency": price.currency,
        "unit": price.unit,
        "price_text": price.text,
        "conditions": conditions.document(view.conditions, price.currency),
        "pictures": pictures.stored(view.pictures),
        "created_by": view.by,
    }


def mirror_view(row: Row[Any], coop_name: str, *, limited: bool) -> MirrorView:
    """A row of the mirror table."""
    same = {
        field.name: getattr(row, field.name)
        for field in fields(MirrorView)
        if hasattr(row, field.name)
    }
    return MirrorView(
        **same
        | {
            "source_url": row.url,
            # Cleaned when stored by the rules of then; cleaned again by the rules of now.
            "body_html": content.safe_html(row.body_html),
            "coop_name": coop_name,
            "limited": limited,
            "state": MirrorState(row.state),
            "visibility": Visibility.PUBLIC if row.public else Visibility.FEDERATION,
            "tags": tuple(row.tags),
            "languages": tuple(row.languages),
            "place_name": row.place,
            "price": read_price(row.price),
            "pictures": pictures.read_theirs(row.pictures),
            **_said_beside(row),
        }
    )


def _said_beside(row: Row[Any]) -> dict[str, Any]:
    """What the peer's document says of when it can be had, and on what conditions; it was readable
    when it was stored."""
    said, price = parse_listing(row.document), read_price(row.price)
    is_theirs = said.free_times is not None and same_origin(said.free_times, row.coop_uri)
    return {
        "stock": said.stock,
        "free_times": said.free_times if is_theirs else None,
        "conditions": conditions.read(said.conditions, price.currency if price else None),
    }


def draft_of(view: ListingView) -> ListingDraft:
    """The draft that would make this listing: for changing one field of it."""
    price = view.price or PriceView()
    lat, lon = view.position or (None, None)
    return ListingDraft(
        title=view.title,
        kind=view.kind,
        summary=view.summary,
        body=view.body,
        category=view.category,
        tags=view.tags,
        language=view.language,
        languages=view.languages,
        place=view.place_name,
        lat=lat,
        lon=lon,
        radius_km=view.radius_km,
        price_amount=price.amount,
        price_max=price.maximum,
        currency=price.currency,
        unit=price.unit,
        price_text=price.text,
        conditions=view.conditions,
        pictures=view.pictures,
        expires_on=view.expires_on,
        visibility=view.visibility,
        source_id=view.source_id,
        source=view.source,
    )


def price_of(draft: ListingDraft) -> PriceView | None:
    """What a draft says about the price; None if nothing."""
    price = PriceView(
        draft.price_amount, draft.price_max, draft.currency, draft.unit, draft.price_text
    )
    return None if price == PriceView() else price


def stored_price(price: PriceView | None) -> dict[str, str | None] | None:
    """A price as JSON."""
    if price is None:
        return None
    return {
        "amount": digits(price.amount),
        "maximum": digits(price.maximum),
        "currency": price.currency,
        "unit": price.unit,
        "text": price.text,
    }


def read_price(stored: dict[str, Any] | None) -> PriceView | None:
    """`stored_price` the other way round."""
    if not stored:
        return None
    amounts = {name: _decimal(stored[name]) for name in ("amount", "maximum")}
    return PriceView(**stored | amounts)


def uri_of(base: str, publication_id: str) -> str:
    """The public address of a listing of ours."""
    return f"{base}/listings/{publication_id}"


def digits(amount: Decimal | None) -> str | None:
    """Plain digits without an exponent."""
    return None if amount is None else f"{amount:f}"


def _price(row: Row[Any]) -> PriceView | None:
    price = PriceView(
        _decimal(row.price_amount), _decimal(row.price_max), row.currency, row.unit, row.price_text
    )
    return None if price == PriceView() else price


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
