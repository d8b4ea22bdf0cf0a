"""What the API says and takes of the coop itself, and of those it works with."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from node import limits
from ui.web.api.types import KindName, Place, ShortText

OpeningName = Literal["open", "waiting", "closed"]
GovernanceName = Literal[
    "worker", "user", "producer", "community", "multi_stakeholder", "federated"
]
FigureName = Literal["members", "listings", "coops", "agreements"]
Line = Annotated[str, Meta(max_length=limits.COOP_LINE_LONGEST)]
Lines = Annotated[list[Line], Meta(max_length=limits.COOP_LINES_MOST)]
Sector = Annotated[str, Meta(max_length=limits.COOP_SECTOR_LONGEST)]
Sectors = Annotated[list[Sector], Meta(max_length=limits.COOP_SECTORS_MOST)]


class CoopWords(Struct, frozen=True, forbid_unknown_fields=True):
    """What the coop says in another language than its main one; empty: not said in that."""

    name: Annotated[str, Meta(max_length=limits.NAME_LONGEST)] = ""
    summary: Annotated[str, Meta(max_length=limits.COOP_SUMMARY_LONGEST)] = ""
    story: Annotated[str, Meta(max_length=limits.COOP_STORY_LONGEST)] = ""
    principles: Lines = []
    deciding: Lines = []
    legal_form: Line = ""
    area: Line = ""
    sectors: Sectors = []
    dissolution: Line = ""


class CoopPage(Struct, frozen=True):
    """story: Markdown. founded_on: a year or a day; empty: not said. jurisdiction: a country, like
    GB, or a region of one: Scotland, GB. fiscal_year: its first day, like 04-06. associations: of
    coops, that it belongs to. asset_lock: whether what it owns is never shared out. languages,
    currency: as its settings have them. vouches_for, vouched_by: coops that are said to be coops,
    and that say it, by uri. join: where people ask to become members. figures: counted by the node,
    once a day, those that the coop shows. logo: the address of its picture. others: what it says in
    further languages, by their tags."""

    name: str
    uri: str
    url: str
    summary: str
    place: str | None
    story: str
    legal_name: str
    legal_form: str
    jurisdiction: str
    register_number: str
    register_page: str
    tax_number: str
    founded_on: str
    area: str
    governance: GovernanceName | None
    asset_lock: bool | None
    dissolution: str
    fiscal_year: str
    languages: list[str]
    currency: str
    sectors: list[str]
    principles: list[str]
    deciding: list[str]
    associations: list[str]
    contact: list[str]
    vouches_for: list[str]
    vouched_by: list[str]
    opening: OpeningName | None
    join: str | None
    figures: dict[str, int]
    logo: str | None
    others: dict[str, CoopWords]


class CoopChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not sent stays as it is, other languages too. others: by tag, any language but the
    main one; one without words goes. founded_on: a year, like 1844, or a day, like 1844-12-21.
    figures: which ones everybody may see. logo: a picture as base64, at most 4 MiB; null takes it
    away."""

    name: Annotated[str, Meta(min_length=1, max_length=limits.NAME_LONGEST)] | UnsetType = UNSET
    summary: Annotated[str, Meta(max_length=limits.COOP_SUMMARY_LONGEST)] | UnsetType = UNSET
    place: ShortText | UnsetType | None = UNSET
    story: Annotated[str, Meta(max_length=limits.COOP_STORY_LONGEST)] | UnsetType = UNSET
    legal_name: Line | UnsetType = UNSET
    legal_form: Line | UnsetType = UNSET
    jurisdiction: Line | UnsetType = UNSET
    register_number: Line | UnsetType = UNSET
    register_page: Line | UnsetType = UNSET
    tax_number: Line | UnsetType = UNSET
    founded_on: Line | UnsetType = UNSET
    area: Line | UnsetType = UNSET
    governance: GovernanceName | UnsetType | None = UNSET
    asset_lock: bool | UnsetType | None = UNSET
    dissolution: Line | UnsetType = UNSET
    fiscal_year: Line | UnsetType = UNSET
    sectors: Sectors | UnsetType = UNSET
    principles: Lines | UnsetType = UNSET
    deciding: Lines | UnsetType = UNSET
    associations: Lines | UnsetType = UNSET
    contact: Lines | UnsetType = UNSET
    opening: OpeningName | UnsetType | None = UNSET
    figures: list[FigureName] | UnsetType = UNSET
    logo: bytes | UnsetType | None = UNSET
    others: dict[str, CoopWords] | UnsetType = UNSET


class CoopSearch(Struct, frozen=True, kw_only=True):
    """q: a name, or what they offer. near: lat,lon or a town. federation: an id, for members."""

    q: Annotated[str, Meta(max_length=200)] = ""
    near: Annotated[str, Meta(max_length=100)] | None = None
    within_km: Annotated[float, Meta(gt=0, le=20_100)] | None = None
    kind: KindName | None = None
    opening: OpeningName | None = None
    federation: Annotated[str, Meta(max_length=26)] | None = None
    sector: Sector = ""
    governance: GovernanceName | None = None


class CoopFederation(Struct, frozen=True):
    """weights: how votes weigh there. rule: what an ordinary decision needs, as its charter has
    it."""

    id: str
    name: str
    weights: str
    rule: dict[str, Any]


class CoopNames(Struct, frozen=True):
    """url: what its host shows everybody of the federation."""

    name: str
    url: str


class CoopItem(Struct, frozen=True):
    """listings: how many are here; kinds: how many of each. federations: those we are in too, told
    to members alone; names: those by whose rules it says in public that it goes. What it says of
    itself is in its own words; vouched_by: the coops that say that it is one, by uri, ours too."""

    name: str
    uri: str
    address: str
    url: str
    summary: str
    place: Place | None
    distance_km: float | None
    listings: int
    kinds: dict[str, int]
    legal_form: str
    jurisdiction: str
    register_page: str
    associations: list[str]
    governance: GovernanceName | None
    asset_lock: bool | None
    dissolution: str
    fiscal_year: str
    languages: list[str]
    currency: str
    founded_on: str
    sectors: list[str]
    deciding: list[str]
    opening: OpeningName | None
    join: str | None
    figures: dict[str, int]
    federations: list[CoopFederation]
    names: list[CoopNames]
    vouched_by: list[str]


class CoopList(Struct, frozen=True):
    items: list[CoopItem]
    next: str | None = None
