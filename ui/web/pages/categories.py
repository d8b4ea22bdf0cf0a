"""The words by which the coop sorts what it offers, as a SKOS vocabulary for other programs."""

from collections.abc import Iterable
from typing import Any

import msgspec
from aiohttp import web

from node import listings
from node.i18n import _
from node.listings import CATEGORIES, category_uri, kind_uri
from ui.web import words
from ui.web.category_words import in_languages, labels
from ui.web.context import node_of

routes = web.RouteTableDef()

SKOS = "http://www.w3.org/2004/02/skos/core#"
_LINKS = ("inScheme", "topConceptOf", "hasTopConcept", "broader", "exactMatch")
CONTEXT = {
    "id": "@id",
    "type": "@type",
    "Concept": f"{SKOS}Concept",
    "ConceptScheme": f"{SKOS}ConceptScheme",
    "prefLabel": {"@id": f"{SKOS}prefLabel", "@container": "@language"},
    **{name: {"@id": f"{SKOS}{name}", "@type": "@id"} for name in _LINKS},
}
_SAME = {
    "service": "https://schema.org/Service",
    "goods": "https://schema.org/Product",
    "stay": "https://schema.org/Accommodation",
    "request": "https://schema.org/Demand",
    "opening": "https://schema.org/JobPosting",
}


@routes.get(CATEGORIES)
async def vocabulary(request: web.Request) -> web.StreamResponse:
    """The kinds of listings, and below them the categories of those that everybody may see."""
    node = node_of(request)
    async with node.reading() as reader:
        used = await listings.public_categories(reader)
    body = msgspec.json.encode(_document(node.config.address, used))
    return web.Response(body=body, content_type="application/ld+json")


def _document(base: str, used: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """used: kind, category and language of each."""
    scheme = base + CATEGORIES
    kinds = [_kind(base, kind) for kind in words.KINDS]
    top = {
        "id": scheme,
        "type": "ConceptScheme",
        "prefLabel": in_languages(_("Categories")),
        "hasTopConcept": [one["id"] for one in kinds],
    }
    return {"@context": CONTEXT, "@graph": [top, *kinds, *_categories(base, used)]}


def _kind(base: str, kind: str) -> dict[str, Any]:
    said = {
        "id": kind_uri(base, kind),
        "type": "Concept",
        "topConceptOf": base + CATEGORIES,
        "prefLabel": in_languages(words.KINDS[kind]),
    }
    return said | ({"exactMatch": _SAME[kind]} if kind in _SAME else {})


def _categories(base: str, used: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for kind, category, language in used:
        uri = category_uri(base, category)
        concept = found.setdefault(
            uri,
            {
                "id": uri,
                "type": "Concept",
                "inScheme": base + CATEGORIES,
                "broader": [],
                "prefLabel": dict(labels(category)),
            },
        )
        concept["prefLabel"].setdefault(language or "und", category)
        broader = kind_uri(base, kind)
        concept["broader"] += [] if broader in concept["broader"] else [broader]
    return list(found.values())
