"""A coop, its actor and one of its listings, on documentation domains."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from protocol.addressing import PUBLIC
from protocol.vocabulary.actors import (
    Multikey,
    PublicKeyPem,
    coop_document,
    group_document,
    node_document,
)
from protocol.vocabulary.images import MediaOnWire
from protocol.vocabulary.listings import ListingOnWire
from protocol.vocabulary.places import PlaceOnWire
from protocol.vocabulary.prices import PriceOnWire
from tests.protocol.vectors import load

COOP = "https://loaf.example/coop"
FOLLOWERS = f"{COOP}/followers"
GROCER = "https://grocer.example/coop"
NODE = "https://loaf.example/node"
IMPLEMENTS = {
    "https://datatracker.ietf.org/doc/html/rfc9421": "RFC 9421",
    "https://w3id.org/fep/0837": "FEP-0837",
}
PLACE = PlaceOnWire("Leeds", 53.8, -1.55, 5.0)

LISTING = ListingOnWire(
    uri="https://loaf.example/p/7",
    attributed_to=COOP,
    kind="service",
    purpose="offer",
    title="Bread class",
    to=(PUBLIC,),
    cc=(FOLLOWERS,),
    url="https://loaf.example/listings/7",
    summary="Learn to bake",
    body_html="<p>Bring an <em>apron</em>.</p>",
    body_markdown="Bring an *apron*.",
    category="teaching",
    tags=("bread", "slow food"),
    language="en",
    languages=("en", "pl"),
    place=PLACE,
    price=PriceOnWire(
        amount=Decimal("22.50"),
        currency="GBP",
        unit="hour",
        minimum=Decimal("14.00"),
        maximum=Decimal("30.00"),
        text="Pay what you can",
    ),
    published=datetime(2027, 1, 5, 10, tzinfo=UTC),
    updated=datetime(2027, 1, 6, 10, tzinfo=UTC),
    expires=datetime(2027, 2, 5, tzinfo=UTC),
    provider_name="Rosa Whitworth",
    available=False,
    media=(MediaOnWire("https://media.loaf.example/1.webp", "image/webp", "A loaf", 640, 480),),
    searchable_by=(PUBLIC,),
    unit_based=True,
)


def coop(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id_": COOP,
        "name": "Loaf Bakers' Coop",
        "preferred_username": "coop",
        "url": "https://loaf.example/",
        "inbox": f"{COOP}/inbox",
        "outbox": f"{COOP}/outbox",
        "followers": FOLLOWERS,
        "following": f"{COOP}/following",
        "shared_inbox": "https://loaf.example/inbox",
        "public_key": PublicKeyPem(f"{COOP}#main-key", COOP, "-----BEGIN PUBLIC KEY-----"),
        "multikeys": (Multikey(f"{COOP}#ed25519-key", COOP, "z6MkExample"),),
        "node": NODE,
        "implements": IMPLEMENTS,
        "catalogue": f"{COOP}/catalogue",
        "summary_html": "<p>Bread since 1844.</p>",
        "place": PLACE,
        "languages": ("en", "pl"),
    }
    return coop_document(**{**fields, **changes})


def node() -> dict[str, Any]:
    return node_document(
        id_=NODE,
        name="loaf.example",
        preferred_username="loaf.example",
        url="https://loaf.example/",
        inbox=f"{NODE}/inbox",
        outbox=f"{NODE}/outbox",
        shared_inbox="https://loaf.example/inbox",
        public_key=PublicKeyPem(f"{NODE}#main-key", NODE, "-----BEGIN PUBLIC KEY-----"),
        multikeys=(),
        implements=IMPLEMENTS,
    )


def federation() -> dict[str, Any]:
    group = "https://loaf.example/federations/zQmCharter"
    return group_document(
        id_=group,
        name="Toad Lane",
        preferred_username="toad_lane",
        inbox=f"{group}/inbox",
        shared_inbox="https://loaf.example/inbox",
        public_key=PublicKeyPem(f"{group}#main-key", group, "-----BEGIN PUBLIC KEY-----"),
        multikeys=(Multikey(f"{group}#ed25519-key", group, "z6MkExample"),),
        node=NODE,
        charter="zQmCharter",
        published="2027-01-05T10:00:00Z",
        summary_html="<p>A federation of 5 coops.</p>",
        also_known_as=("https://grocer.example/federations/zQmCharter",),
        moved_to="https://mill.example/federations/zQmCharter",
    )


def fedify(name: str) -> dict[str, Any]:
    """One of our documents as Fedify 2.3.6 writes it after reading it; see the folder's README."""
    document: dict[str, Any] = load(f"fedify/documents/{name}.json")
    return document
