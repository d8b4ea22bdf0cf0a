"""Listings as others are given them: frozen, with the words ready and the places rounded."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict, replace
from sqlalchemy import Row

from node import content, places
from node.listings import conditions, extras, pictures, prices, translations
from node.listings import details as detailed
from node.listings.conditions import NO_CONDITIONS, Conditions
from node.listings.details import Details
from node.listings.models import Kind, MirrorState, State, Visibility
from node.listings.pictures import Picture, Shown, TheirPicture
from node.listings.prices import PriceView
from node.listings.translations import Telling, Translation
from node.listings.variants import Left, counted, variants_in
from protocol.errors import MalformedDocument
from protocol.iri import authority_of, same_origin
from protocol.vocabulary.listings import parse_listing


class ListingView(Struct, frozen=True):
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
    prices: tuple[PriceView, ...]
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
    translations: tuple[Translation, ...] = ()
    details: Details = field(default_factory=dict)
    extras: tuple[PriceView, ...] = ()
    """What can be added to it."""
    review_note: str | None = None
    """Why it, or what was rewritten of it, was sent back by those who look at listings first."""
    team: str | None = None
    """The team of the coop that offers it, where no member does."""
    rewritten: Mapping[str, Any] | None = None
    """What its fields of `REWRITTEN`, and of `ASKED` where they wait too, are to become, once
    somebody has looked at them."""
    rewritten_at: datetime | None = None
    """Since when somebody is to look at that; None: whoever wrote it has it back."""

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
            prices=(),
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
    def latest(self) -> "ListingView":
        """As whoever wrote it left it: with what is still to be looked at."""
        return replace(self, **self.rewritten) if self.rewritten else self

    @property
    def is_private(self) -> bool:
        """Whether it is nobody's yet but whose draft it is: neither published nor sent in ever."""
        was_seen = self.published_at is not None or self.review_note is not None
        return self.state is State.DRAFT and not was_seen

    @property
    def price(self) -> PriceView | None:
        """The first of its prices."""
        return self.prices[0] if self.prices else None

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

    def telling(self, tag: str) -> Telling:
        """Its words for who reads a language."""
        other = translations.best(tag, self.language, self.translations)
        html = content.markdown_html(other.body) if other else ""
        own = Telling(self.language, self.title, self.summary, self.body_html, details=self.details)
        return translations.telling(own, other, html)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Its pictures, as pages show them."""
        return pictures.shown(self.id, self.pictures)


class MirrorView(Struct, frozen=True):
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
    prices: tuple[PriceView, ...]
    expires_at: datetime | None
    published_at: datetime | None
    updated_at: datetime
    limited: bool
    """Its coop is kept at a distance: only members see it."""
    hidden: bool = False
    """Withheld here by our own people."""
    stock: int | None = None
    by_variant: Left = ()
    """Pieces left, in all and of each kind or size, as the peer last said."""
    conditions: Conditions = NO_CONDITIONS
    pictures: tuple[TheirPicture, ...] = ()
    free_times: str | None = None
    """Below which address of the peer's it is told when it can be had."""
    translations: tuple[Translation, ...] = ()
    details: Details = field(default_factory=dict)
    extras: tuple[PriceView, ...] = ()
    pickup_in_terms: bool = False
    """Whether its node takes terms that say where it is collected."""

    @property
    def price(self) -> PriceView | None:
        """The first of its prices."""
        return self.prices[0] if self.prices else None

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

    def telling(self, tag: str) -> Telling:
        """Its words for who reads a language."""
        other = translations.best(tag, self.language, self.translations)
        html = content.safe_html(other.body) if other else ""
        own = Telling(self.language, self.title, self.summary, self.body_html, details=self.details)
        return translations.telling(own, other, html)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Its pictures, as pages of ours show them."""
        return pictures.shown_theirs(self.id, self.pictures)


REWRITTEN = (
    *("kind", "title", "summary", "body", "category", "tags"),
    *("language", "translations", "details", "pictures"),
)
"""What of a listing waits together where it is looked at first; called the same in its row."""
ASKED = ("prices", "extras", "conditions")
"""What waits beside that where its words are others, or its kind is."""


def listing_view(row: Row[Any], base: str) -> ListingView:
    """A row of the listing table; base: our address."""
    return ListingView(
        id=row.id,
        uri=uri_of(base, row.publication_id or row.id),
        state=State(row.state),
        visibility=Visibility(row.visibility),
        version=row.version,
        languages=tuple(row.languages),
        place_name=row.place,
        position=None if row.lat is None else (row.lat, row.lon),
        radius_km=row.radius_km,
        expires_on=row.expires_on,
        expires_at=row.expires_at,
        source_id=row.source_id,
        source=row.source,
        by=row.created_by,
        team=row.team,
        created_at=row.created_at,
        updated_at=row.updated_at,
        published_at=row.published_at,
        publication_id=row.publication_id,
        review_note=row.review_note,
        rewritten=_words(row.rewritten) if row.rewritten else None,
        rewritten_at=row.rewritten_at,
        **_words(dict(row._mapping)),
    )


def _words(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `REWRITTEN` and `ASKED`, of a row or of what waits in one, there perhaps
    without the latter."""
    asked = _asked(columns["prices"], columns["conditions"]) if "prices" in columns else {}
    return {
        **asked,
        **{name: columns[name] for name in REWRITTEN},
        "kind": Kind(columns["kind"]),
        "tags": tuple(columns["tags"]),
        "translations": translations.read(columns["translations"]),
        "details": detailed.said(columns["details"]),
        "pictures": pictures.read(columns["pictures"]),
    }


def _asked(priced: Any, agreed: Any) -> dict[str, Any]:
    """The fields of `ASKED`."""
    every = prices.read(priced)
    return {
        "prices": extras.without(every),
        "extras": extras.of(every),
        "conditions": conditions.read(agreed, every[0].currency if every else None),
    }


def columns_of(view: ListingView) -> dict[str, Any]:
    """The columns of a listing: `listing_view` the other way round."""
    same = asdict(view)
    for name in ("uri", "by", "place_name", "position", "extras"):
        del same[name]
    lat, lon = view.position or (None, None)
    waiting = columns_of(replace(view.latest, rewritten=None)) if view.rewritten else {}
    return same | {
        "rewritten": {name: waiting[name] for name in view.rewritten or () if name in waiting}
        or None,
        "tags": list(view.tags),
        "languages": list(view.languages),
        "translations": translations.stored(view.translations),
        "place": view.place_name,
        "lat": lat,
        "lon": lon,
        "prices": prices.stored((*view.prices, *view.extras)),
        "conditions": conditions.document(
            view.conditions, view.price.currency if view.price else None
        ),
        "details": detailed.documents(view.details),
        "pictures": pictures.stored(view.pictures),
        "created_by": view.by,
    }


def mirror_view(row: Row[Any], coop_name: str, *, limited: bool) -> MirrorView:
    """A row of the mirror table."""
    same = {name: getattr(row, name) for name in MirrorView.__struct_fields__ if hasattr(row, name)}
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
            "pictures": pictures.read_theirs(row.pictures),
            "translations": translations.read(row.translations),
            "details": detailed.said(row.details),
            **_said_beside(row),
        }
    )


def _said_beside(row: Row[Any]) -> dict[str, Any]:
    """What is asked, and what the peer's document says of when it can be had and on what
    conditions; it was readable when it was stored."""
    said = parse_listing(row.document)
    return {
        "stock": said.stock,
        "by_variant": counted(said.by_variant, variants_in(row.details or {})),
        "free_times": _of_their_own(said.free_times, row.coop_uri),
        "pickup_in_terms": said.pickup_in_terms,
        **_asked(row.prices, said.conditions),
    }


def _of_their_own(address: str | None, coop_uri: str) -> str | None:
    """An address on the coop's own host; None for any other, and for what is no address."""
    try:
        return address if address is not None and same_origin(address, coop_uri) else None
    except MalformedDocument:
        return None


def uri_of(base: str, publication_id: str) -> str:
    """The public address of a listing of ours."""
    return f"{base}/listings/{publication_id}"
