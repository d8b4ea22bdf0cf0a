"""What the API sends and takes: money as text with its currency, times as RFC 3339 in UTC."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from node import limits
from ui.web.api.price_types import Extra, ExtraGiven, Price, PriceGiven, Tax

Limit = Annotated[int, Meta(ge=1, le=100)]
ShortText = Annotated[str, Meta(max_length=300)]
LongText = Annotated[str, Meta(max_length=20_000)]
KindName = Literal["service", "goods", "stay", "lend", "request", "opening"]
VisibilityName = Literal["member", "federation", "public"]


class Coop(Struct, frozen=True):
    name: str
    uri: str


class Place(Struct, frozen=True):
    name: str | None
    lat: float | None
    lon: float | None


class PlaceAround(Place, frozen=True):
    """radius_km: how far they go from there."""

    radius_km: float | None = None


class PictureItem(Struct, frozen=True):
    """url: of the largest file; small: of one 320 pixels long. alt: what is on it, in words."""

    url: str
    small: str
    alt: str
    width: int
    height: int
    digest: str | None = None
    """By which one of ours is named."""


PictureAlt = Annotated[str, Meta(min_length=1, max_length=limits.PICTURE_ALT_LONGEST)]


class PictureNew(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """content: the file, as base64, at most 4 MiB. alt: what is on it, for who cannot see it."""

    content: bytes
    alt: PictureAlt


class PictureGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture that the listing has already."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    alt: PictureAlt


_PicturesGiven = Annotated[list[PictureGiven], Meta(max_length=limits.PICTURES_PER_LISTING)]


class ListingItem(Struct, frozen=True):
    id: str
    uri: str
    title: str
    summary: str
    kind: str
    coop: Coop
    place: Place | None
    distance_km: float | None
    price: Price | None
    url: str
    origin: Literal["local", "remote"]
    language: str | None
    state: str
    updated_at: datetime
    picture: PictureItem | None = None
    prices: list[Price] = []


class Cancelling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer owes who cancels: in time, or later than `hours` before the beginning."""

    hours: Annotated[int, Meta(ge=0, le=8760)]
    early_percent: Annotated[int, Meta(ge=0, le=100)] = 0
    late_percent: Annotated[int, Meta(ge=0, le=100)] = 0


class GuestTax(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fixed sum for each person and night of a stay. from_age: who is younger does not pay it."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    amount: Decimal
    from_age: Annotated[int, Meta(ge=1, le=99)] | None = None


class ReferralFee(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a coop gets that passes somebody on to it: percent of the first job, or a fixed amount
    in the currency of the price. It is the fee that such a referral begins with."""

    percent: Decimal | None = None
    amount: Decimal | None = None


class Conditions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said beside the price. taxes: on top of it. included: those in it. deposit: in its
    currency. project: a community project that has a share of the coop's fee, unless whoever asks
    chooses one of other_projects."""

    taxes: Annotated[list[Tax], Meta(max_length=5)] = []
    included: Annotated[list[Tax], Meta(max_length=5)] = []
    deposit: Decimal | None = None
    cancelling: Cancelling | None = None
    project: Annotated[str, Meta(max_length=60)] | None = None
    other_projects: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=5)] = []
    guest_tax: GuestTax | None = None
    referral_fee: ReferralFee | None = None


DetailValue = str | int | bool | list[str | dict[str, str]] | dict[str, str]
"""By the shape of the field: see docs/guides/integrator.md."""


class Translation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a listing says in another language than its own. details: those that are words, as far
    as the listing says them. phrases: labels and texts of prices, what can be added and what is on
    pictures, by what they are in its own language."""

    language: Annotated[str, Meta(max_length=35)]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    summary: Annotated[str, Meta(max_length=500)] = ""
    body: LongText = ""
    details: Annotated[dict[str, DetailValue], Meta(max_length=40)] = {}
    phrases: Annotated[dict[str, LongText], Meta(max_length=40)] = {}


class ListingDetail(Struct, frozen=True):
    id: str
    uri: str
    url: str
    kind: str
    title: str
    summary: str
    body: str
    category: str | None
    tags: list[str]
    languages: list[str]
    coop: Coop
    place: PlaceAround | None
    price: Price | None
    conditions: Conditions
    expires_at: datetime | None
    visibility: str
    state: str
    version: int
    origin: Literal["local", "remote"]
    updated_at: datetime
    pictures: list[PictureItem] = []
    prices: list[Price] = []
    extras: list[Extra] = []
    language: str | None = None
    translations: list[Translation] = []
    details: dict[str, DetailValue] = {}
    review_note: str | None = None
    change: Literal["in-review", "draft"] | None = None
    """For who may change or look at it: these are its words to come; others still read it as it
    was. in-review: somebody is to look at them; draft: they were sent back."""
    provider: str | None = None
    """The team that offers it, or "coop"; null for a member."""


class FacetCount(Struct, frozen=True):
    value: str
    count: int


class Correction(Struct, frozen=True):
    """A word that no listing uses, and those on this page that it may have stood for."""

    typed: str
    found: list[str]


class ListingPage(Struct, frozen=True):
    """total: how many were found; more than that when `total_is_floor`."""

    items: list[ListingItem]
    next: str | None
    total: int
    total_is_floor: bool
    facets: dict[str, list[FacetCount]]
    corrections: list[Correction]


class ListingSearch(Struct, frozen=True, kw_only=True):
    q: Annotated[str, Meta(max_length=200)] = ""
    near: (
        Annotated[str, Meta(max_length=100, description="lat,lon or the name of a place")] | None
    ) = None
    within_km: Annotated[float, Meta(gt=0, le=20_100)] | None = None
    kind: KindName | None = None
    category: ShortText | None = None
    coop: Annotated[str, Meta(max_length=500, description="the coop's uri")] | None = None
    lang: Annotated[str, Meta(max_length=35)] | None = None
    origin: Literal["local", "remote", "all"] = "all"
    limit: Limit = 20
    cursor: Annotated[str, Meta(max_length=500)] | None = None
    insist: Annotated[bool, Meta(description="look for the words as they are written")] = False
    order: Literal["fit", "nearest", "newest", "price"] = "fit"
    pays: Annotated[str, Meta(max_length=12, description="gift, time, or a currency")] | None = None
    currency: (
        Annotated[
            str, Meta(max_length=12, description="of price_from, price_to and order; ours if none")
        ]
        | None
    ) = None
    price_from: Decimal | None = None
    price_to: Decimal | None = None
    picks: Annotated[
        str, Meta(max_length=500, description="of details, like condition-used,values-organic")
    ] = ""


class PlaceGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: ShortText | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    radius_km: Annotated[int, Meta(ge=1, le=20_000)] | UnsetType | None = UNSET


class ListingChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every field may be left out: what is not sent stays as it is. prices: all of them, the first
    of which is `price`. details: all of them. provider: the name of a team of yours, or "coop"."""

    kind: KindName | UnsetType = UNSET
    title: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    summary: LongText | UnsetType = UNSET
    body: LongText | UnsetType = UNSET
    category: ShortText | UnsetType | None = UNSET
    tags: list[ShortText] | UnsetType = UNSET
    languages: list[Annotated[str, Meta(max_length=35)]] | UnsetType = UNSET
    translations: Annotated[list[Translation], Meta(max_length=10)] | UnsetType = UNSET
    place: PlaceGiven | UnsetType | None = UNSET
    price: PriceGiven | UnsetType | None = UNSET
    prices: Annotated[list[PriceGiven], Meta(max_length=4)] | UnsetType = UNSET
    extras: Annotated[list[ExtraGiven], Meta(max_length=8)] | UnsetType = UNSET
    conditions: Conditions | UnsetType | None = UNSET
    details: Annotated[dict[str, DetailValue], Meta(max_length=40)] | UnsetType | None = UNSET
    pictures: _PicturesGiven | UnsetType = UNSET
    expires_on: date | UnsetType | None = UNSET
    visibility: VisibilityName | UnsetType = UNSET
    provider: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    source_id: ShortText | UnsetType | None = UNSET
    version: int | UnsetType = UNSET
    event: Literal["publish", "pause", "resume", "retire", "renew", "take-back"] | UnsetType = UNSET


class ListingReview(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """version: that was looked at. words: what the owner is told, needed to send it back."""

    do: Literal["approve", "send-back"]
    version: int
    words: Annotated[str, Meta(max_length=limits.REPORT_LONGEST)] = ""


class ListingList(Struct, frozen=True):
    items: list[ListingDetail]
    next: str | None = None


class ListingNew(ListingChange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    kind: KindName
    publish: bool = False


class ContactsSearch(Struct, frozen=True, kw_only=True):
    """format: vCard 4.0, or a table."""

    format: Literal["vcf", "csv"] = "vcf"


class Health(Struct, frozen=True):
    status: Literal["ok"]


class Notice(Struct, frozen=True):
    """url: the page on which one does what it asks for."""

    id: str
    kind: str
    text: str
    url: str
    created_at: datetime
    read: bool


class NoticeList(Struct, frozen=True):
    items: list[Notice]
    next: str | None = None
