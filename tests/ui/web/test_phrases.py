"""What stands apart from a listing's text is translated with it: labels, what is added, alts."""

import re
from decimal import Decimal

from msgspec.structs import replace

from node import listings
from node.listings import (
    Kind,
    ListingDraft,
    Picture,
    PriceView,
    Translation,
    extra_price,
    rules,
    translations,
)
from tests.support.town import Town
from tests.ui.web.visitor import signed_in

LARGE = PriceView(Decimal(18), None, "GBP", "piece", label="large")
SPANISH = {"language": "es", "title": "Caja", "summary": "", "body": "", "do": "keep"}
DIGEST = "ab" * 32


async def test_a_reader_here_and_next_door_sees_them_in_their_language(two: Town) -> None:
    loaf, grocer = two.coops
    draft = ListingDraft(
        "Food box",
        Kind.GOODS,
        language="en",
        price_amount=Decimal(12),
        currency="GBP",
        price_label="small",
        more_prices=(LARGE, extra_price("six eggs", Decimal(2), None, "GBP")),
    )
    async with signed_in(loaf, "rosa") as rosa, signed_in(grocer, "maya") as maya:
        box = await loaf.write(listings.create, draft, by=None, publish=True)
        async with signed_in(loaf, "ada", "admin") as ada:
            form = (await ada.get(f"/listings/{box.id}/languages")).text
            names = re.findall(r'for="(phrase\d)" dir="auto" lang="en">([^<]+)', form)
            assert names == [("phrase1", "small"), ("phrase2", "large"), ("phrase3", "six eggs")]
            said = SPANISH | {"phrase1": "pequeña", "phrase3": "seis huevos"}
            assert (await ada.post(f"/listings/{box.id}/languages", said)).status == 303
            assert 'value="pequeña"' in (await ada.get(f"/listings/{box.id}/languages?in=es")).text
        await two.settle()
        mirror = (await maya.get("/search?q=food")).leads_to("/mirrors/")
        for reader, path in ((rosa, f"/listings/{box.id}"), (maya, mirror)):
            page = (await reader.get(f"{path}?in=es")).text
            assert '<bdi lang="es">pequeña</bdi>: £12' in page
            assert '<bdi lang="es">seis huevos</bdi>: £2' in page
            assert "large: £18" in page
        spanish = (await maya.get(mirror, **{"Accept-Language": "es"})).text
        assert "pequeña" in spanish
        assert '<bdi lang="en">large</bdi>' in spanish
        card = (await maya.get("/search?q=food", **{"Accept-Language": "es"})).text
        assert "pequeña" in card


def test_only_the_phrases_of_the_listing_are_kept_and_none_too_long() -> None:
    picture = Picture(DIGEST, "A brown loaf", 800, 600)
    said = Translation("es", "Pan", phrases={"A brown loaf": " Un pan moreno ", "Else": "Otro"})
    draft = ListingDraft("Loaf", language="en", pictures=(picture,), translations=(said,))
    tidy, faults = rules.tidied(draft, rules.Terms())
    assert (tidy.translations[0].phrases, faults) == ({"A brown loaf": "Un pan moreno"}, {})
    long = replace(said, phrases={"A brown loaf": "x" * 301})
    _tidy, faults = rules.tidied(replace(draft, translations=(long,)), rules.Terms())
    assert list(faults) == ["translations"]


def test_what_is_on_a_picture_is_told_in_the_language_of_the_page() -> None:
    own = listings.Telling("en", "Loaf", "")
    told = translations.telling(
        own, Translation("es", "Pan", phrases={"A brown loaf": "Un pan moreno"}), ""
    )
    assert told.phrase("A brown loaf") == ("Un pan moreno", "es")
    assert told.phrase("A white loaf") == ("A white loaf", "en")
    assert own.phrase("A brown loaf") == ("A brown loaf", "en")
