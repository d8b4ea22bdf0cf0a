"""Who orders reads the lines in their own language, with what both coops sign below."""

import json
from decimal import Decimal

from msgspec.structs import replace

from node import agreements, listings
from node.agreements import Contact, Wanted, WantedLine
from node.listings import (
    Complaint,
    Kind,
    ListingDraft,
    ListingView,
    PriceView,
    Translation,
    extra_price,
)
from tests.support.town import Coop, Town
from tests.ui.web.test_api import token_for
from tests.ui.web.visitor import FROM_OURS, add_account, signed_in, stranger

LARGE = PriceView(Decimal(18), None, "GBP", "piece", label="large")
NORA = Contact(name="Nora", contact="0161 555 0101")
WORDS = {"small": "pequeña", "large": "grande", "six eggs": "seis huevos"}
BOX = ListingDraft(
    "Food box",
    Kind.GOODS,
    language="en",
    price_amount=Decimal(12),
    currency="GBP",
    price_label="small",
    more_prices=(LARGE, extra_price("six eggs", Decimal(2), None, "GBP")),
    details={"variants": ["Veg", "Fruit"]},
    translations=(
        Translation("es", "Caja", details={"variants": ["Verduras", "Fruta"]}, phrases=WORDS),
    ),
)
PLAIN = ListingDraft("Bread", Kind.GOODS, language="en", price_amount=Decimal(12), currency="GBP")
SPANISH = {"Accept-Language": "es"}
HERE = FROM_OURS | SPANISH
WANTED = {"option": "1", "variant": "1", "quantity": "1", "extra1": "2"}
TOLD = '<strong dir="auto" lang="es">Caja (grande, Fruta)</strong>'
AGREED = '<span class="hint" dir="auto" lang="en">Food box (large, Fruit)</span>'
EXTRA = '<strong dir="auto" lang="es">+ seis huevos</strong>'


async def box(coop: Coop) -> ListingView:
    made: ListingView = await coop.write(listings.create, BOX, by=None, publish=True)
    return made


async def test_a_customer_reads_lines_and_what_is_added_in_their_language(coop: Coop) -> None:
    path = f"/listings/{(await box(coop)).id}/ask"
    async with stranger(coop) as nora, signed_in(coop, "femi", "admin") as femi:
        who = WANTED | {"name": NORA.name, "contact": NORA.contact}
        preview = (await nora.post(path, who, HERE)).text
        for said in (TOLD, AGREED, EXTRA, 'lang="es">Caja</h2>'):
            assert said in preview
        asked = await nora.post(path, who | {"do": "send"}, HERE)
        own = asked.page
        for page in (own, f"{own}/receipt"):
            text = (await nora.get(page, **SPANISH)).text
            assert TOLD in text
            assert AGREED in text
            assert '<span lang="es">Caja (grande, Fruta)</span>' in text
        english = (await nora.get(own)).text
        assert '<strong dir="auto" lang="">Food box (large, Fruit)</strong>' in english
        assert "Caja" not in english
        theirs = (await femi.get("/agreements")).leads_to("/agreements/")
        change = {
            "step": "counter",
            "do": "look",
            "digest": (await femi.get(theirs)).holds("digest"),
        }
        looked = await femi.post(f"{theirs}/steps", change | {"lines-0-quantity": "3"}, HERE)
        assert TOLD in looked.text
        assert TOLD in (await femi.get(theirs, **SPANISH)).text


async def test_lists_notices_and_programs_call_it_as_the_reader_does(coop: Coop) -> None:
    line = WantedLine((await box(coop)).id, Decimal(1), option=1, variant=1)
    await coop.write(agreements.ask, Wanted((line,)), account=None, contact=NORA)
    pages = ("/", "/agreements", "/notices", "/agreements.csv")
    async with signed_in(coop, "femi", "admin") as femi:
        for page in pages:
            spanish = (await femi.get(page, **SPANISH)).text
            assert "Caja (grande, Fruta)" in spanish, page
            assert "Food box" not in spanish, page
            assert "Food box (large, Fruit)" in (await femi.get(page)).text, page
    async with stranger(coop) as nobody:
        program = {"Authorization": f"Bearer {await token_for(coop, 'admin')}"}
        [one] = json.loads((await nobody.get("/api/v1/agreements", **program, **SPANISH)).text)[
            "items"
        ]
        assert one["title"] == "Caja (grande, Fruta)"


async def test_what_the_listing_is_called_since_is_not_what_was_agreed(coop: Coop) -> None:
    listing = await box(coop)
    line = WantedLine(listing.id, Decimal(1), option=1)
    made = await coop.write(agreements.ask, Wanted((line,)), account=None, contact=NORA)
    path = f"/asked/{made.secret}"
    async with stranger(coop) as nora:
        assert '"es">Caja (grande)</strong>' in (await nora.get(path, **SPANISH)).text
        other = replace(BOX, title="Food box for two")
        await coop.write(listings.edit, listing.id, other, by=None, expected_version=1)
        page = (await nora.get(path, **SPANISH)).text
        assert '<strong dir="auto" lang="">Food box (large)</strong>' in page
        assert "Caja" not in page


async def test_what_was_withheld_here_is_not_told(coop: Coop) -> None:
    listing = await box(coop)
    called = (agreements.in_language, [listing.uri], "es")
    assert (await coop.read(*called))[listing.uri, "Food box (small)"].title == "Caja (pequeña)"
    case = await coop.write(listings.report, listing, Complaint("wrong"))
    femi = await add_account(coop, "femi", "admin")
    why = {"ground": "wrong", "words": "There is no box."}
    await coop.write(listings.decide, case, "withhold", by=femi, **why)
    assert await coop.read(*called) == {}


async def test_what_is_called_the_same_is_told_once(coop: Coop) -> None:
    yoga = replace(PLAIN, title="Yoga", translations=(Translation("es", "Yoga", "Una hora"),))
    listing = await coop.write(listings.create, yoga, by=None, publish=True)
    assert await coop.read(agreements.in_language, [listing.uri], "es") == {}


async def test_kinds_are_told_apart_though_a_long_name_has_no_room_for_them(coop: Coop) -> None:
    long = "P" * 190
    bread = replace(
        PLAIN,
        details={"variants": ["Rye", "Oat"]},
        translations=(Translation("es", long, details={"variants": ["Espelta roja", "Trigo"]}),),
    )
    listing = await coop.write(listings.create, bread, by=None, publish=True)
    called = await coop.read(agreements.in_language, [listing.uri], "es")
    titles = {agreed: one.title for (_uri, agreed), one in called.items()}
    assert titles == {"Bread": long, "Bread (Oat)": f"{long} (Trigo)"}


async def test_so_does_a_customer_of_another_coop_and_what_is_signed_stays(two: Town) -> None:
    grocer, home = two.coops
    await box(grocer)
    await two.settle()
    async with signed_in(home, "maya") as maya:
        mirror = (await maya.get("/search?q=food")).leads_to("/mirrors/")
        asked = await maya.post(f"{mirror}/ask", WANTED | {"do": "send"}, HERE)
        page = asked.page
        text = (await maya.get(page, **SPANISH)).text
        for said in (TOLD, AGREED, EXTRA):
            assert said in text
        await two.settle()
        [there] = await grocer.read(agreements.agreements, agreements.OPERATOR)
        seen = await grocer.read(agreements.agreement, there.id, agreements.OPERATOR)
        titles = [line["title"] for line in seen.version.terms.document["lines"]]
        assert titles == ["Food box (large, Fruit)", "Food box (six eggs)"]
