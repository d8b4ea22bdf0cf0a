"""What search engines and messengers read: of public pages all that stands there, else nothing."""

import json
import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from node import group, listings
from node.council.rows import folds
from node.listings import Visibility
from tests.stories.council import Council
from tests.stories.market import offer
from tests.support.town import Coop, TownFounder
from tests.ui.web.visitor import signed_in, stranger
from ui.web.cards import listing_card
from ui.web.middleware import SECRET_PATHS

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
TITLE = "Clean </script><script>alert(1)</script> & more"


def facts_in(page: str) -> dict[str, Any] | None:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1]) if found else None


async def test_nothing_is_said_of_a_place_that_nobody_named(coop: Coop) -> None:
    public = await offer(coop, TITLE)
    placeless = replace(await coop.read(coop.node.profile), place=None, lat=None, lon=None)
    card = listing_card(coop.address, coop.node.weave, placeless, public)
    assert card is not None
    assert "areaServed" not in card.facts["itemOffered"]


async def test_a_public_offer_says_what_it_is_and_others_say_nothing(coop: Coop) -> None:
    price = {"price_amount": Decimal("18.50"), "currency": "GBP", "unit": "hour"}
    public = await offer(coop, TITLE, **price)
    inside = await offer(coop, "For the federation", Visibility.FEDERATION)
    paused = await offer(coop, "Not now")
    await coop.write(listings.change_state, paused.id, "pause", by=None)
    async with stranger(coop) as visitor, signed_in(coop, "rosa") as rosa:
        page = (await visitor.get(f"/listings/{public.id}")).text
        facts = facts_in(page)
        assert facts is not None
        assert (facts["@type"], facts["url"], facts["name"]) == ("Offer", public.uri, TITLE)
        assert facts["itemOffered"]["@type"] == "Service"
        assert facts["itemOffered"]["areaServed"] == "Rochdale, GB"
        assert facts["priceSpecification"] == {
            "@type": "UnitPriceSpecification",
            "price": "18.50",
            "priceCurrency": "GBP",
            "unitText": "hour",
        }
        assert f'<link rel="canonical" href="{public.uri}">' in page
        assert 'property="og:title" content="Clean &lt;/script&gt;' in page
        for path in (f"/listings/{inside.id}", f"/listings/{paused.id}", "/account", "/"):
            shown = (await rosa.get(path)).text
            assert "ld+json" not in shown, path
            assert "canonical" not in shown, path

        coop_facts = facts_in((await visitor.get("/about")).text)
        assert coop_facts is not None
        assert coop_facts["@id"] == coop.uri

        urls = [
            loc.text
            for loc in ElementTree.fromstring(
                (await visitor.get("/sitemap.xml")).text.encode()
            ).iter(f"{SITEMAP}loc")
        ]
        assert public.uri in urls
        assert f"{coop.address}/about" in urls
        assert not {inside.uri, paused.uri} & set(urls)
        robots = (await visitor.get("/robots.txt")).text
        assert f"Sitemap: {coop.address}/sitemap.xml" in robots
        assert "Disallow: /search." in robots
        # Whoever may not fetch a secret page would never read that it is not to be listed.
        assert not [path for path in SECRET_PATHS if f"Disallow: {path}" in robots]
        assert "noindex" in (await visitor.get("/left/nothing")).headers["X-Robots-Tag"]


async def test_the_sitemap_names_public_proposals_and_reads_no_log(
    found_town: TownFounder, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = await Council(await found_town(2), "lanehead").found()
    for title, is_public in (("Fees", True), ("Rooms", False)):
        await pair.announced("portici", title=title, is_public=is_public)
    await group.attend(pair.host.node.federation)
    read: list[object] = []
    monkeypatch.setattr(folds, "folded", lambda *given, **_named: read.append(given))
    async with stranger(pair.host) as passer:
        sitemap = (await passer.get("/sitemap.xml")).text
    [federation, proposal] = re.findall(r"<loc>[^<]*(/federations/[^<]+)</loc>", sitemap)
    assert federation == f"/federations/{pair.digest}"
    assert proposal.startswith(f"{federation}/proposals/")
    assert read == []
