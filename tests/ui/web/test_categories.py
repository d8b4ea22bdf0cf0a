"""The words by which a coop sorts what it offers, for other programs, and links to them."""

import json
import re

from pyld import jsonld

from node.listings import Visibility
from tests.stories.market import offer
from tests.support.town import Coop
from tests.ui.web.visitor import Visitor
from ui.web.pages.categories import SKOS


async def test_categories_are_a_vocabulary_that_public_listings_link_to(
    coop: Coop, passer: Visitor
) -> None:
    listing = await offer(coop, "Rye", category="Food", language="en")
    await offer(coop, "Loaves", kind="goods", category="fóod", language="en")
    await offer(coop, "Hidden", category="secret", visibility=Visibility.MEMBER)
    await offer(coop, "Odd", category="Bees & <b>honey</b>", language="")
    answer = await passer.get("/categories")
    assert answer.headers["Content-Type"].startswith("application/ld+json")
    base = coop.node.config.address
    graph = json.loads(answer.text)["@graph"]
    said = {one["id"].removeprefix(f"{base}/categories"): one for one in graph}
    food = said["#category-food"]
    assert set(food["prefLabel"]) == {"en", "es", "fr", "ar"}
    assert said["#category-bees-%26-%3Cb%3Ehoney%3C%2Fb%3E"]["prefLabel"].keys() == {"und"}
    assert {one.rpartition("#")[2] for one in food["broader"]} == {"kind-service", "kind-goods"}
    assert said["#kind-opening"]["exactMatch"] == "https://schema.org/JobPosting"
    assert "secret" not in answer.text
    [scheme] = [
        one
        for one in jsonld.expand(json.loads(answer.text))
        if one["@type"] == [f"{SKOS}ConceptScheme"]
    ]
    assert len(scheme[f"{SKOS}hasTopConcept"]) == 6
    page = (await passer.get(f"/listings/{listing.id}")).text
    facts = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert facts is not None
    assert json.loads(facts[1])["category"] == f"{base}/categories#category-food"
    signed = await passer.get(f"/listings/{listing.id}", Accept="application/activity+json")
    intent = json.loads(signed.text)["publishes"]
    assert intent["resourceClassifiedAs"] == f"{base}/categories#category-food"


async def test_a_category_that_we_have_a_word_for_is_read_in_ones_own_language(
    coop: Coop, passer: Visitor
) -> None:
    room = await offer(coop, "A room", category="Rooms", language="en")
    await offer(coop, "Honey", category="Bees", language="en")
    pages = "/search", f"/listings/{room.id}", "/search?category=Rooms"
    for page in pages:
        text = (await passer.get(page, **{"Accept-Language": "es"})).text
        assert ("habitaciones" in text, ">Rooms<" in text) == (True, False), page
    assert "Bees" in (await passer.get("/search", **{"Accept-Language": "es"})).text


async def test_two_categories_that_would_read_the_same_stand_as_they_were_written(
    coop: Coop, passer: Visitor
) -> None:
    for category in ("Rooms", "Habitaciones", "cleaning"):
        await offer(coop, category, category=category, language="en")
    found = (await passer.get("/search")).text
    assert all(f">{one}<" in found for one in ("Rooms", "Habitaciones", "cleaning"))
    in_spanish = (await passer.get("/search", **{"Accept-Language": "es"})).text
    assert all(f">{one}<" in in_spanish for one in ("Rooms", "Habitaciones", "limpieza"))
