"""What lines are called in the reader's language, as the listing says it itself. It is only shown,
beside the words that both coops sign, and for as long as the listing is called in its own language
what was agreed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from federation.storage import Reader
from node.agreements import offered as offers
from node.agreements.offered import Offered
from node.agreements.views import AgreementView
from node.listings import PriceView, Telling, at_addresses, variants_in


class Called(Struct, frozen=True):
    """A title in one language. of: that of the title which was agreed."""

    title: str
    language: str
    of: str


Tongue = Mapping[tuple[str, str], Called]
"""By the listing's address, and the title as it was agreed; only what is called otherwise, and not
where it would leave out of which price or kind it is for want of room."""


async def in_language(reader: Reader, uris: Iterable[str], tag: str) -> Tongue:
    """How the lines of these listings are called for who reads a language."""
    found: dict[tuple[str, str], Called] = {}
    for view in await at_addresses(reader, set(uris)):
        if offers.is_withheld(view):
            continue
        said = view.telling(tag)
        if said.of is None:
            continue
        own = offers.as_offered(view, reader.identities.coop.uri)
        for agreed, told in _called(own, said):
            called = Called(told, said.language, said.of)
            found.setdefault((view.uri, agreed), called)
    return found


async def titled(reader: Reader, views: Sequence[AgreementView], tag: str) -> list[AgreementView]:
    """Agreements as a list calls them for who reads a language; one query for all."""
    tongue = await in_language(reader, (view.listing_uri for view in views), tag)
    called = [tongue.get((view.listing_uri, view.title)) for view in views]
    return [
        replace(view, title=said.title) if said else view
        for view, said in zip(views, called, strict=True)
    ]


async def titles(reader: Reader, view: AgreementView) -> dict[str, str]:
    """What an agreement is called, by language: its own first, where it says which. Empty where
    there is only one."""
    found: dict[str, str] = {}
    for listing in await at_addresses(reader, {view.listing_uri}):
        if offers.is_withheld(listing):
            continue
        own = offers.as_offered(listing, reader.identities.coop.uri)
        for other in listing.translations:
            said = dict(_called(own, listing.telling(other.language))).get(view.title)
            if said is not None:
                own_name = {listing.language: view.title} if listing.language else {}
                found |= own_name | {other.language: said}
    return found


def _called(own: Offered, said: Telling) -> Iterator[tuple[str, str]]:
    """Names as they are agreed, each with what it is in another language, if that is clear."""
    in_tongue = _told(own, said)
    for agreed, told in zip(_things(own, own), _things(in_tongue, own), strict=True):
        is_clear = told.is_named_whole or not agreed.is_named_whole
        if is_clear and told.name != agreed.name:
            yield agreed.name, told.name


def _told(own: Offered, said: Telling) -> Offered:
    variants = variants_in(said.details)
    if len(variants) != len(own.variants):
        variants = own.variants
    kinds = dict(zip(own.variants, variants, strict=True))
    return replace(
        own,
        title=said.title,
        prices=tuple(_labelled(one, said, kinds) for one in own.prices),
        extras=tuple(_labelled(one, said, {}) for one in own.extras),
        variants=variants,
    )


def _labelled(price: PriceView, said: Telling, kinds: Mapping[str, str]) -> PriceView:
    """kinds: what a price is called that is one kind's or size's."""
    if not price.label:
        return price
    return replace(price, label=kinds.get(price.label) or said.phrase(price.label)[0])


def _things(one: Offered, own: Offered) -> Iterator[Offered]:
    """All that a line can be of: it at each price, of each kind or size; what is added to it. own:
    the same in its own language, whose names say which price is which kind's."""
    for option, variant in own.choices:
        yield one.chosen(option, variant)
    for extra in range(1, len(one.extras) + 1):
        for kind in (None, *range(len(one.variants))):
            yield one.chosen(0, kind).with_extra(extra)
