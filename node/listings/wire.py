"""Listings as they travel: ours to FEP-0837 Proposals, a peer's Proposal to the row we keep."""

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from federation.identities import Identities
from node import content, places, policies
from node.i18n import is_language_tag
from node.listings import (
    conditions,
    details,
    extras,
    lasting,
    phrases,
    pictures,
    prices,
    translations,
    wire_prices,
)
from node.listings.availability.stored import NOTHING, Told
from node.listings.category_uris import category_uri
from node.listings.details import Details
from node.listings.index import Entry
from node.listings.models import Kind, State, Visibility
from node.listings.prices import FEDERATION, PriceView
from node.listings.rules import (
    LARGEST_RADIUS_KM,
    LONGEST_BODY,
    LONGEST_LINE,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    LONGEST_WORD,
    MOST_LANGUAGES,
    MOST_TAGS,
)
from node.listings.translations import MOST_TRANSLATIONS, Translation
from node.listings.views import ListingView, uri_of
from protocol.addressing import PUBLIC
from protocol.errors import MalformedDocument, ProtocolError
from protocol.iri import parse_iri
from protocol.vocabulary.listings import ListingOnWire, TranslationOnWire
from protocol.vocabulary.places import PlaceOnWire

_LONGEST_URL = 2000


def on_wire(
    view: ListingView, publication_id: str, identities: Identities, told: Told = NOTHING
) -> ListingOnWire:
    """What peers are told of a listing of ours. Coordinates are rounded to about 1 km.

    told: what it says about when it can be had.
    """
    coop = identities.coop.uri
    followers = f"{coop}/followers"
    public = view.visibility is Visibility.PUBLIC
    uri = uri_of(identities.base, publication_id)
    return ListingOnWire(
        uri=uri,
        url=uri,
        attributed_to=coop,
        kind=view.kind.value,  # a plain str: an enum would keep JCS from its short way
        purpose="request" if view.kind is Kind.REQUEST else "offer",
        title=view.title,
        summary=view.summary,
        body_html=view.body_html,
        body_markdown=view.body or None,
        category=view.category,
        classified_as=_category(view, identities.base) if public else None,
        tags=view.tags,
        language=view.language or None,
        languages=view.languages,
        translations=_translations(view),
        place=_place(view),
        provider_name=view.team,
        price=wire_prices.on_wire(view.price) if view.price else None,
        alternatives=wire_prices.further(view.prices, None),
        federation_prices=wire_prices.further(view.prices, FEDERATION),
        extras=tuple(map(wire_prices.on_wire, view.extras)),
        published=view.published_at,
        updated=view.updated_at,
        expires=view.expires_at,
        available=view.state is State.PUBLISHED,
        to=(PUBLIC,) if public else (followers,),
        cc=(followers,) if public else (),
        unit_based=view.price is not None and view.price.unit is not None,
        stock=told.stock,
        by_variant=told.by_variant,
        pickup_in_terms="pickup" in view.details,
        free_times=f"{uri}/free" if told.has_times else None,
        conditions=conditions.document(
            view.conditions, view.price.currency if view.price else None
        ),
        details=details.documents(view.details),
        media=pictures.on_wire(identities.base, publication_id, view.pictures),
    )


def _translations(view: ListingView) -> tuple[TranslationOnWire, ...]:
    as_typed = translations.travel_as_typed(view.body, view.translations)
    return tuple(
        TranslationOnWire(
            one.language,
            one.title,
            one.summary,
            content.markdown_html(one.body),
            (one.body or None) if as_typed else None,
            details.documents(one.details),
            dict(one.phrases) or None,
        )
        for one in view.translations
    )


def mirror_columns(wire: ListingOnWire, now: datetime) -> dict[str, Any]:
    """What we keep of a peer's listing; its words are made harmless and cut to our lengths.

    Raises MalformedDocument, naming the property, for what cannot be kept.
    """
    title = content.name(wire.title, LONGEST_TITLE)
    if not title:
        raise MalformedDocument("The name has no words in it.", code="bad-property")
    place, asked = wire.place or PlaceOnWire(), wire_prices.mirrored(wire)
    _check_conditions(wire, asked[0] if asked else None)
    kind = wire.kind if wire.kind in set(Kind) else _nearest_kind(wire)
    found = details.of_peer(wire.details, kind)
    asked += wire_prices.mirrored_extras(wire, asked)
    shown = pictures.theirs(wire.media)
    return {
        "uri": wire.uri,
        "url": _page(wire),
        "coop_uri": wire.attributed_to,
        "available": wire.available,
        "public": wire.public,
        "kind": kind,
        "title": title,
        "summary": content.name(content.plain(wire.summary), LONGEST_SUMMARY),
        "body_html": content.safe_html(wire.body_html[: 4 * LONGEST_BODY]),
        "category": _word(wire.category),
        "tags": list(dict.fromkeys(filter(None, map(_word, wire.tags[:MOST_TAGS])))),
        "language": _language(wire.language) or "",
        "languages": list(filter(None, map(_language, wire.languages[:MOST_LANGUAGES]))),
        "translations": translations.stored(_mirrored_words(wire, found, phrases.of(asked, shown))),
        "provider_name": _line(wire.provider_name),
        "place": _line(place.name),
        "lat": place.lat,
        "lon": place.lon,
        "radius_km": _radius(place),
        "prices": prices.stored(asked),
        "details": details.documents(found),
        "pictures": pictures.stored(shown),
        "published_at": wire.published,
        "judged_at": policies.judged_at(wire.published, now=now),
        "updated_at": wire.updated or wire.published or now,
        "expires_at": _ends(wire, found),
    }


def own_entry(view: ListingView, coop_uri: str, coop_name: str) -> Entry:
    """A listing of ours as it can be found."""
    words = content.plain(view.body_html)
    return Entry(
        uri=view.uri,
        ref=view.id,
        origin="local",
        state="fresh",
        visibility=view.visibility,
        coop_uri=coop_uri,
        coop_name=coop_name,
        url=f"/listings/{view.id}",
        kind=view.kind,
        title=view.title,
        lead=content.lead(view.summary, words),
        body=words,
        category=view.category,
        tags=view.tags,
        language=view.language,
        languages=view.languages,
        translations=tuple(
            _found_words(one, content.markdown_html(one.body)) for one in view.translations
        ),
        place=view.place_name,
        lat=view.lat,
        lon=view.lon,
        prices=view.prices,
        details=view.details,
        picture=pictures.first(view.shown),
        updated_at=view.updated_at,
        expires_at=view.expires_at,
    )


def mirror_entry(columns: dict[str, Any], coop_name: str, now: datetime) -> Entry:
    """A mirrored listing as it can be found, no fresher than now, whatever its date says. columns:
    of the mirror table."""
    words = content.plain(columns["body_html"])
    lat, lon = columns["lat"], columns["lon"]
    if lat is not None and lon is not None:
        lat, lon = places.rounded(lat, lon)
    return Entry(
        uri=columns["uri"],
        ref=columns["id"],
        origin="remote",
        state=columns["state"],
        visibility=Visibility.PUBLIC if columns["public"] else Visibility.FEDERATION,
        coop_uri=columns["coop_uri"],
        coop_name=coop_name,
        url=f"/mirrors/{columns['id']}",
        kind=columns["kind"],
        title=columns["title"],
        lead=content.lead(columns["summary"], words),
        body=words,
        category=columns["category"],
        tags=tuple(columns["tags"]),
        language=columns["language"],
        languages=tuple(columns["languages"]),
        translations=tuple(
            _found_words(one, one.body) for one in translations.read(columns["translations"])
        ),
        place=columns["place"],
        lat=lat,
        lon=lon,
        prices=extras.without(prices.read(columns["prices"])),
        details=details.said(columns["details"]),
        picture=_first_of(columns),
        updated_at=min(columns["updated_at"], now),
        expires_at=columns["expires_at"],
    )


def _ends(wire: ListingOnWire, found: Details) -> datetime | None:
    """As its peer says, or with the day that its details name, whichever comes first."""
    last = details.ends_on(found)
    named = datetime.combine(last, lasting.END_OF_DAY, UTC) if last else None
    return min(filter(None, (wire.expires, named)), default=None)


def _mirrored_words(wire: ListingOnWire, own: Details, known: tuple[str, ...]) -> list[Translation]:
    """What a peer says in other languages, as far as it can be shown here. own: its details;
    known: its phrases."""
    found = (
        Translation(
            one.language,
            content.name(one.title, LONGEST_TITLE),
            content.name(content.plain(one.summary), LONGEST_SUMMARY),
            content.safe_html(one.body_html[: 4 * LONGEST_BODY]),
            details.words_of_peer(one.details, own),
            phrases.told(one.phrases, known),
        )
        for one in wire.translations[:MOST_TRANSLATIONS]
        if _language(one.language)
    )
    return [one for one in found if one.title]


def _found_words(said: Translation, html: str) -> Translation:
    """As it can be found: a lead, and words without markup."""
    words = content.plain(html)
    lead = content.lead(said.summary, words)
    return replace(said, summary=lead, body=words)


def _first_of(columns: dict[str, Any]) -> dict[str, Any] | None:
    theirs = pictures.read_theirs(columns["pictures"][:1]) if columns["pictures"] else ()
    return pictures.first(pictures.shown_theirs(columns["id"], theirs))


def _category(view: ListingView, base: str) -> str | None:
    return category_uri(base, view.category) if view.category else None


def _place(view: ListingView) -> PlaceOnWire | None:
    place = PlaceOnWire(view.place_name or "", view.lat, view.lon, view.radius_km)
    return None if place == PlaceOnWire() else place


def _radius(place: PlaceOnWire) -> float | None:
    """Of a peer: what goes round the globe says nothing."""
    is_sayable = place.radius_km is not None and 0 < place.radius_km <= LARGEST_RADIUS_KM
    return place.radius_km if is_sayable else None


def _check_conditions(wire: ListingOnWire, price: PriceView | None) -> None:
    """Whoever asks for the listing signs them: what we do not understand is not guessed at."""
    try:
        conditions.read(wire.conditions, price.currency if price else None)
    except conditions.Unreadable as error:
        detail = f"The conditions cannot be read: {error}."
        raise MalformedDocument(detail, code="bad-property") from None


def _page(wire: ListingOnWire) -> str:
    """Where people can read it; nothing but an https address is ever made a link."""
    if wire.url and len(wire.url) <= _LONGEST_URL:
        try:
            return parse_iri(wire.url).text
        except ProtocolError:
            return wire.uri
    return wire.uri


def _nearest_kind(wire: ListingOnWire) -> Kind:
    """A kind that we do not know yet is shown as what it is nearest to."""
    return Kind.REQUEST if wire.purpose == "request" else Kind.SERVICE


def _language(tag: str | None) -> str | None:
    return tag if tag and is_language_tag(tag) else None


def _word(text: str | None) -> str | None:
    return content.name(text, LONGEST_WORD) or None if text else None


def _line(text: str | None) -> str | None:
    return content.name(text, LONGEST_LINE) or None if text else None
