"""Listings: a FEP-0837 `Proposal` with what a coop's listing has beyond it as own properties.

Language: a listing is written in one. `name`, `summary` and `content` are written plain, for
readers that know no language maps, and `nameMap` repeats the title under its language; that names
the language of the whole. Translations stand beside it in `nameMap`, `summaryMap` and `contentMap`;
which of a map's languages is the listing's own, the plain title says. `detailsMap` has the
translations of `details` alone, `phrasesMap` those of short words that stand apart. `languages` are
those in which the provider can be spoken to.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from protocol import datetimes
from protocol.addressing import PUBLIC, audience_of
from protocol.errors import MalformedDocument, quoted
from protocol.vocabulary.base import (
    boolean,
    ids,
    measure,
    moment,
    new_document,
    nodes,
    one_id,
    one_node,
    part,
    quantity,
    required_text,
    text,
    texts,
)
from protocol.vocabulary.images import MediaOnWire, image_part, images_in
from protocol.vocabulary.places import PlaceOnWire, parse_place, place_document
from protocol.vocabulary.prices import (
    PriceOnWire,
    alternative_documents,
    extra_documents,
    om2_unit,
    parse_alternatives,
    parse_extras,
    parse_federation_prices,
    parse_price,
    price_fields,
)
from protocol.vocabulary.variants import left_in

# ValueFlows actions; FEP-0837 asks for deliverService or transfer where one of them fits.
_ACTIONS = {
    "goods": "transfer",
    "group_buy": "transfer",
    "stay": "use",
    "lend": "use",
    "licence": "copy",
    "stream": "cite",
    "opening": "work",
}
_KIND_OF_ACTION = {"transfer": "goods", "use": "lend", "copy": "licence", "work": "opening"}
PURPOSES = ("offer", "request")


class TranslationOnWire(Struct, frozen=True):
    """The words of a listing in another language; `body_html` as sent."""

    language: str
    title: str
    summary: str = ""
    body_html: str = ""
    body_markdown: str | None = None
    details: dict[str, Any] | None = None
    """JSON, exactly as sent: those of `details` that are words."""
    phrases: dict[str, Any] | None = None
    """JSON, exactly as sent: labels and texts of prices, what can be added, what is on pictures; by
    what they are in the listing's own language."""


class ListingOnWire(Struct, frozen=True):
    """A listing between coops. `body_html` is as sent: whoever shows or stores it sanitises it."""

    uri: str
    attributed_to: str
    kind: str
    purpose: str
    title: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    url: str | None = None
    summary: str = ""
    body_html: str = ""
    body_markdown: str | None = None
    category: str | None = None
    classified_as: str | None = None
    """The address of the category in a vocabulary of the coop's (SKOS)."""
    tags: tuple[str, ...] = ()
    language: str | None = None
    languages: tuple[str, ...] = ()
    translations: tuple[TranslationOnWire, ...] = ()
    place: PlaceOnWire | None = None
    price: PriceOnWire | None = None
    alternatives: tuple[PriceOnWire, ...] = ()
    """Further prices, to choose instead."""
    federation_prices: tuple[PriceOnWire, ...] = ()
    """Such for members of coops that are in a federation with this one."""
    extras: tuple[PriceOnWire, ...] = ()
    """What can be added, `label` says what."""
    published: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    provider_name: str | None = None
    available: bool = True
    media: tuple[MediaOnWire, ...] = ()
    searchable_by: tuple[str, ...] = ()
    """FEP-268d; empty means that the coop's own `indexable` decides."""
    unit_based: bool | None = None
    """FEP-0837: False, take it as offered; True, multiples of it; None on a listing received: any
    amount, so that a person must decide. Built listings always say it: True if priced per unit."""
    stock: int | None = None
    """Pieces left; None if nothing is said."""
    by_variant: tuple[tuple[str, int], ...] = ()
    """Those of each of the `variants` of its details, where they are counted apart."""
    pickup_in_terms: bool = False
    """Whether terms may say which `pickup` of its details was chosen."""
    free_times: str | None = None
    """Below which address it is told when it can be had: see `free_times`."""
    conditions: dict[str, Any] | None = None
    """JSON, exactly as sent: taxes, deposit, what cancelling costs, a community project."""
    details: dict[str, Any] | None = None
    """JSON, exactly as sent: what its kind has beyond, by name of the field."""

    @property
    def public(self) -> bool:
        return PUBLIC in self.to or PUBLIC in self.cc


def listing_document(wire: ListingOnWire) -> dict[str, Any]:
    """The Proposal of a listing, with its primary and, if it has a price, reciprocal intent."""
    return new_document(
        "Proposal",
        wire.uri,
        purpose=wire.purpose,
        kind=wire.kind,
        attributedTo=wire.attributed_to,
        providerName=wire.provider_name,
        to=wire.to,
        cc=wire.cc,
        searchableBy=wire.searchable_by,
        url=wire.url,
        name=wire.title,
        nameMap=_in_languages(wire, wire.title, "title", is_alone=True),
        summary=wire.summary,
        summaryMap=_in_languages(wire, wire.summary, "summary"),
        content=wire.body_html,
        contentMap=_in_languages(wire, wire.body_html, "body_html"),
        source=_source(wire),
        category=wire.category,
        tag=[part("Hashtag", name=f"#{tag}") for tag in wire.tags],
        languages=wire.languages,
        location=place_document(wire.place),
        attachment=[image_part(medium) for medium in wire.media],
        published=_when(wire.published),
        updated=_when(wire.updated),
        endTime=_when(wire.expires),
        unitBased=_is_unit_based(wire),
        freeTimes=wire.free_times,
        pickupInTerms=wire.pickup_in_terms or None,
        variantsLeft=dict(wire.by_variant) or None,
        conditions=wire.conditions,
        details=wire.details,
        detailsMap=_told_apart(wire, "details"),
        phrasesMap=_told_apart(wire, "phrases"),
        publishes=_primary(wire),
        **price_fields(wire.price, wire.uri),
        alternatives=alternative_documents(wire.alternatives, wire.uri),
        federationPrices=alternative_documents(
            wire.federation_prices, wire.uri, len(wire.alternatives) + 2
        ),
        extras=extra_documents(wire.extras, wire.uri, action_of(wire.kind)),
    )


def parse_listing(document: dict[str, Any]) -> ListingOnWire:
    """Read a normalised Proposal, ours or any FEP-0837 server's.

    Raises MalformedDocument if it is no Proposal, or lacks id, title, author or purpose.
    """
    if document.get("type") != "Proposal":
        raise MalformedDocument("A listing must be a Proposal.", code="unsupported-type")
    author = one_id(document.get("attributedTo"))
    if author is None:
        raise MalformedDocument("The listing names no author.", code="missing-property")
    primary = one_node(document.get("publishes")) or {}
    audience = audience_of(document)
    return ListingOnWire(
        uri=required_text(document, "id"),
        attributed_to=author,
        kind=_kind(document, primary),
        purpose=_purpose(document),
        title=required_text(document, "name"),
        to=audience.to,
        cc=audience.cc,
        url=next(iter(ids(document.get("url"))), None),
        summary=_own_words(document, "summary"),
        body_html=_own_words(document, "content"),
        body_markdown=_typed(document)[0],
        category=text(document, "category"),
        classified_as=next(iter(ids(primary.get("resourceClassifiedAs"))), None),
        tags=_tags(document),
        language=_language(document),
        languages=texts(document, "languages"),
        translations=_translations(document),
        place=parse_place(document.get("location")),
        price=parse_price(document),
        alternatives=parse_alternatives(document),
        federation_prices=parse_federation_prices(document),
        extras=parse_extras(document),
        published=moment(document, "published"),
        updated=moment(document, "updated"),
        expires=moment(document, "endTime"),
        provider_name=text(document, "providerName"),
        available=_is_available(primary),
        media=tuple(images_in(nodes(document.get("attachment")))),
        searchable_by=ids(document.get("searchableBy")),
        unit_based=boolean(document, "unitBased") if "unitBased" in document else None,
        stock=_stock(primary),
        pickup_in_terms=document.get("pickupInTerms") is True,
        by_variant=left_in(document.get("variantsLeft")),
        free_times=one_id(document.get("freeTimes")),
        conditions=_conditions(document.get("conditions")),
        details=said if isinstance(said := document.get("details"), dict) else None,
    )


def _conditions(value: Any) -> dict[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise MalformedDocument("The conditions must be one JSON object.", code="bad-property")
    return value


def _primary(wire: ListingOnWire) -> dict[str, Any]:
    return part(
        "Intent",
        f"{wire.uri}#primary",
        action=action_of(wire.kind),
        resourceQuantity=measure(Decimal(1), om2_unit(wire.price)),
        availableQuantity=_available(wire),
        resourceClassifiedAs=wire.classified_as,
    )


def action_of(kind: str) -> str:
    """The ValueFlows action by which something of this kind changes hands."""
    return _ACTIONS.get(kind, "deliverService")


def _available(wire: ListingOnWire) -> dict[str, str] | None:
    if wire.available and wire.stock is None:
        return None
    amount = Decimal(wire.stock or 0) if wire.available else Decimal(0)
    return measure(amount, om2_unit(wire.price))


def _in_languages(
    wire: ListingOnWire, own: str, part_: str, *, is_alone: bool = False
) -> dict[str, str] | None:
    """A language map of one part. is_alone: also where there is no translation."""
    if wire.language is None or not (wire.translations or is_alone):
        return None
    said = {one.language.lower(): getattr(one, part_) for one in wire.translations}
    return {tag: text_ for tag, text_ in {wire.language.lower(): own, **said}.items() if text_}


def _told_apart(wire: ListingOnWire, part_: str) -> dict[str, Any] | None:
    told = {one.language.lower(): getattr(one, part_) for one in wire.translations}
    return {tag: said for tag, said in told.items() if said} or None


def _is_unit_based(wire: ListingOnWire) -> bool:
    if wire.unit_based is not None:
        return wire.unit_based
    return wire.price is not None and wire.price.unit is not None


def _source(wire: ListingOnWire) -> dict[str, Any] | None:
    """What was typed; `contentMap` has the translations alone."""
    said = {one.language.lower(): one.body_markdown for one in wire.translations}
    typed = {
        "content": wire.body_markdown,
        "contentMap": {tag: text_ for tag, text_ in said.items() if text_ is not None} or None,
    }
    found = {name: text_ for name, text_ in typed.items() if text_ is not None}
    return {**found, "mediaType": "text/markdown"} if found else None


def _when(value: datetime | None) -> str | None:
    return None if value is None else datetimes.format(value)


def _kind(document: dict[str, Any], primary: dict[str, Any]) -> str:
    kind = text(document, "kind")
    if kind:
        return kind
    if document.get("purpose") == "request":
        return "request"
    action = text(primary, "action") or ""
    return _KIND_OF_ACTION.get(action.rpartition("#")[2].rpartition(":")[2], "service")


def _purpose(document: dict[str, Any]) -> str:
    purpose = text(document, "purpose")
    if purpose not in PURPOSES:
        shown = quoted(purpose or "")
        raise MalformedDocument(
            f"The purpose is {shown}, neither offer nor request.", code="bad-property"
        )
    return str(purpose)


def _typed(document: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Markdown: the listing's own, and by language."""
    source = one_node(document.get("source")) or {}
    if text(source, "mediaType") != "text/markdown":
        return None, {}
    said = found if isinstance(found := source.get("contentMap"), dict) else {}
    own = source.get("content", said.get(_language(document)))
    return text({"content": own}, "content"), said


def _tags(document: dict[str, Any]) -> tuple[str, ...]:
    names = [
        text(tag, "name") for tag in nodes(document.get("tag")) if tag.get("type") == "Hashtag"
    ]
    return tuple(name.removeprefix("#") for name in names if name)


def _language(document: dict[str, Any]) -> str | None:
    """The one whose title is the plain one, and best the other words too; else the first."""
    titles = document.get("nameMap") or document.get("contentMap")
    if not titles:
        return None

    def said_plainly(tag: str) -> int:
        maps = ((key, document.get(f"{key}Map") or {}) for key in ("summary", "content"))
        return sum(said.get(tag) == document.get(key) for key, said in maps)

    same = [tag for tag, said in titles.items() if said == document.get("name")]
    return str(max(same, key=said_plainly, default=next(iter(titles))))


def _own_words(document: dict[str, Any], key: str) -> str:
    """What it says in its own language; a translation alone is not the listing's own words."""
    titles, said = document.get("nameMap"), document.get(f"{key}Map")
    if document.get(key) is not None or not titles or not isinstance(said, dict):
        return text(document, key) or ""
    own = _words(said.get(_language(document)))
    return own or next((_words(one) for tag, one in said.items() if tag not in titles), "")


def _translations(document: dict[str, Any]) -> tuple[TranslationOnWire, ...]:
    own, maps = (
        _language(document),
        [
            found if isinstance(found := document.get(name), dict) else {}
            for name in ("nameMap", "summaryMap", "contentMap", "detailsMap", "phrasesMap")
        ],
    )
    titles, summaries, bodies, details, phrases = maps
    _own, sources = _typed(document)
    return tuple(
        TranslationOnWire(
            tag,
            title,
            _words(summaries.get(tag)),
            _words(bodies.get(tag)),
            _words(sources.get(tag)) or None,
            said if isinstance(said := details.get(tag), dict) else None,
            told if isinstance(told := phrases.get(tag), dict) else None,
        )
        for tag, title in titles.items()
        if tag != own and isinstance(title, str)
    )


def _words(said: Any) -> str:
    return said if isinstance(said, str) else ""


def _is_available(primary: dict[str, Any]) -> bool:
    amount, _ = quantity(one_node(primary.get("availableQuantity")))
    return amount is None or amount > 0


def _stock(primary: dict[str, Any]) -> int | None:
    """Pieces left. None of them left is what a paused listing says too: it is not available."""
    amount, _ = quantity(one_node(primary.get("availableQuantity")))
    return int(amount) if amount is not None and amount >= 1 else None
