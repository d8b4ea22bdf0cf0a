"""The companion of a listing: a Note for servers that show posts and know no Proposals (FEP-0837).

It holds no words of ours, only the listing's own, because it is read in the listing's language.
"""

from html import escape
from typing import Any

from protocol import datetimes
from protocol.media_types import LD_JSON_AS2
from protocol.vocabulary.base import new_document, part
from protocol.vocabulary.listings import ListingOnWire
from protocol.vocabulary.prices import PriceOnWire, in_words

_PROPOSAL_LINK = ("payment", "https://w3id.org/valueflows/ont/vf#Proposal")


def companion_uri(listing_uri: str) -> str:
    """The companion's id, and the address at which the node serves it."""
    return f"{listing_uri}/note"


def companion_note(wire: ListingOnWire) -> dict[str, Any]:
    """Title, text, price, place and link of a listing as a Note that any server shows."""
    content = _content(wire)
    return new_document(
        "Note",
        companion_uri(wire.uri),
        attributedTo=wire.attributed_to,
        to=wire.to,
        cc=wire.cc,
        url=wire.url,
        content=content,
        contentMap=None if wire.language is None else {wire.language.lower(): content},
        published=None if wire.published is None else datetimes.format(wire.published),
        updated=None if wire.updated is None else datetimes.format(wire.updated),
        tag=[part("Hashtag", name=f"#{tag}") for tag in wire.tags],
        attachment=[
            *(
                part("Document", url=one.url, mediaType=one.media_type, name=one.description)
                for one in wire.media
            ),
            part("Link", href=wire.uri, rel=_PROPOSAL_LINK, mediaType=LD_JSON_AS2, name=wire.title),
        ],
    )


def _content(wire: ListingOnWire) -> str:
    prices = ", ".join(filter(None, map(_price, (wire.price, *wire.alternatives))))
    facts = [prices, wire.place.name if wire.place else "", wire.provider_name or ""]
    line = " · ".join(escape(fact) for fact in facts if fact)
    link = wire.url or wire.uri
    parts = [
        f"<p><strong>{escape(wire.title)}</strong></p>",
        wire.body_html or (f"<p>{escape(wire.summary)}</p>" if wire.summary else ""),
        f"<p>{line}</p>" if line else "",
        f'<p><a href="{escape(link)}">{escape(link)}</a></p>',
    ]
    return "".join(parts)


def _price(price: PriceOnWire | None) -> str:
    if price is None:
        return ""
    return price.text if price.text and not price.is_whole else in_words(price)
