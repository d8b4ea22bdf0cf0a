"""Files in and out: what is taken, what is refused and why, and that nothing is lost."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from federation.models import Delivery, OutboxEntry
from node import listings
from node.errors import InvalidInput
from node.listings import (
    Cancelling,
    Conditions,
    ImportReport,
    ListingDraft,
    ListingView,
    PriceView,
    Season,
    Tax,
    Translation,
    draft_of,
)
from node.listings.exchange import read_rows
from node.listings.models import listing_table
from tests.node.listings.conftest import ACCOUNT, Coop, OpenCoop


@dataclass
class Store:
    """What an import needs of a node."""

    coop: Coop

    config = SimpleNamespace(currency="GBP")

    def reading(self) -> Any:
        return self.coop.database.reading()

    async def write(self, work: Any) -> Any:
        return await self.coop.write(work)


async def bring(coop: Coop, file: str | bytes, **options: Any) -> ImportReport:
    mapping = options.pop("mapping", None)
    data = file.encode() if isinstance(file, str) else file
    rows = read_rows(data, options.pop("name", "file.csv"), mapping)
    return await listings.import_rows(Store(coop), rows, by=ACCOUNT, **options)


async def only(coop: Coop) -> ListingView:
    [view] = await all_of(coop)
    return view


async def all_of(coop: Coop) -> list[ListingView]:
    return await coop.ask(lambda reader: listings.mine(reader, None))


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def geojson(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def refusals(report: ImportReport) -> list[tuple[int, str | None, str]]:
    return [(one.row, one.column, str(one.reason)) for one in report.refused]


async def test_a_column_of_titles_is_enough(coop: Coop) -> None:
    report = await bring(coop, "title\nRye\nSpelt\n")
    assert (report.rows, report.created, report.refused) == (2, 2, [])
    assert sorted(await coop.titles()) == ["Rye", "Spelt"]
    assert {view.kind for view in await all_of(coop)} == {"service"}


async def test_drafts_and_other_kinds_on_request(coop: Coop) -> None:
    await bring(coop, "title\nRye\n", draft=True, kind="goods")
    view = await only(coop)
    assert (view.state, view.kind) == ("draft", "goods")


@pytest.mark.parametrize(
    "data",
    [
        "Name;Beschreibung\nBäckerei;Brot, täglich\n".encode(),
        "Name;Beschreibung\nBäckerei;Brot, täglich\n".encode("utf-8-sig"),
        "Name;Beschreibung\nBäckerei;Brot, täglich\n".encode("cp1252"),
        "Name\tBeschreibung\nBäckerei\tBrot, täglich\n".encode("utf-16"),
        'Name,Beschreibung\r\nBäckerei,"Brot, täglich"\r\n'.encode(),
        "\n\nName|Beschreibung\n\nBäckerei|Brot, täglich\n".encode(),
        geojson(feature(Name="Bäckerei", Beschreibung="Brot, täglich")).encode("utf-8-sig"),
        json.dumps([feature(Name="Bäckerei", Beschreibung="Brot, täglich")]).encode(),
        json.dumps(feature(Name="Bäckerei", Beschreibung="Brot, täglich")).encode(),
    ],
)
async def test_the_format_is_told_by_the_content(coop: Coop, data: bytes) -> None:
    await bring(coop, data)
    view = await only(coop)
    assert (view.title, view.body) == ("Bäckerei", "Brot, täglich")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ('{"type": "Topology"}', "no GeoJSON"),
        ('{"features": [', "cannot be read"),
        ('{"features": NaN}', "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("a,b\n1,2\n", "title"),
    ],
)
async def test_a_file_that_is_nothing_we_know_is_refused_in_words(file: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_rows(file.encode(), "f")
    assert said in str(refusal.value.fields["file"][0])


async def test_bad_rows_are_refused_one_by_one_with_row_column_and_reason(coop: Coop) -> None:
    report = await bring(
        coop,
        "Name,id,Price,Until\n"
        "Rye,1,4.50,2027-02-30\n"
        ",2,4.50,\n"
        "Spelt,3,4.50,31.03.2027\n"
        "Oat,3,4.50,\n"
        "Corn,4,-1,\n"
        "Teff,5,1,,,surplus\n"
        "Emmer,6,1,1/2/2027\n" + "x" * 201 + ",7,,\n",
    )
    assert (report.rows, report.created) == (8, 1)
    assert refusals(report) == [
        (2, "Until", "“2027-02-30” is no day; write it as 2027-12-31."),
        (3, "Name", "Give it a name, such as “Two-hour home clean”."),
        (5, "id", "This is the same as row 4."),
        (6, "Price", "A price is 0 or more."),
        (7, None, "This row has more cells than the heading. Put texts with commas in quotes."),
        (8, "Until", "“1/2/2027” is no day; write it as 2027-12-31."),
        (9, "Name", "This is too long: at most 200 characters."),
    ]
    assert (await only(coop)).expires_on == date(2027, 3, 31)


async def test_a_night_for_each_guest_is_refused_but_of_a_stay(coop: Coop) -> None:
    row = "20,GBP,guest-night"
    report = await bring(
        coop, f"Name,Kind,Price,Currency,Unit\nAttic,stay,{row}\nBread,goods,{row}\n"
    )
    why = "A night for each guest is for stays alone: count it by something else."
    assert (report.created, refusals(report)) == (1, [(3, "Unit", why)])


async def test_a_file_brought_in_twice_changes_nothing_and_a_changed_row_its_listing(
    coop: Coop,
) -> None:
    first = "id,title,description\n1,Rye,Dark\n2,Spelt,Light\n"
    await bring(coop, first)
    again = await bring(coop, first)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    changed = await bring(coop, first.replace("Dark", "Very dark"))
    assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 1)
    assert await coop.titles("very") == ["Rye"]


async def test_rows_without_an_id_are_known_by_what_and_where_they_are(coop: Coop) -> None:
    await bring(coop, "title,city,description\nRye,Leeds,Dark\nRye,York,Dark\n")
    again = await bring(coop, "title,city,description\nRye,York,Light\nRye,Leeds,Dark\n")
    assert (again.created, again.updated, again.unchanged) == (0, 1, 1)


async def test_what_the_file_does_not_speak_of_stays_as_people_made_it(coop: Coop) -> None:
    await bring(coop, "id,title\n1,Rye\n")
    view = await only(coop)
    priced = replace(
        draft_of(view), price_amount=Decimal(4), currency="GBP", visibility="federation"
    )
    await coop.edit(view, priced)
    await bring(coop, "id,title\n1,Rye loaf\n", kind="goods")
    view = await only(coop)
    assert (view.title, view.visibility, view.kind) == ("Rye loaf", "federation", "service")
    assert view.price is not None


async def test_what_was_taken_down_does_not_come_back(coop: Coop) -> None:
    await bring(coop, "id,title\n1,Rye\n")
    await coop.change(await only(coop), "retire")
    report = await bring(coop, "id,title\n1,Rye\n")
    assert (report.created, len(report.refused)) == (0, 1)


async def test_a_dry_run_counts_and_writes_nothing(coop: Coop) -> None:
    await bring(coop, "id,title\n1,Rye\n")
    report = await bring(coop, "id,title\n1,Rye loaf\n2,Spelt\n3,\n", dry_run=True)
    assert (report.created, report.updated, len(report.refused)) == (1, 1, 1)
    assert await coop.titles() == ["Rye"]


async def test_long_files_are_written_in_batches_and_tell_how_far_they_are(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.listings.exchange.bringing.AT_ONCE", 4)
    told = []
    rows = "".join(f"Loaf {number}\n" for number in range(10))
    report = await bring(coop, "title\n" + rows, progress=lambda *step: told.append(step))
    assert told == [(4, 10), (8, 10), (10, 10)]
    assert report.created == 10


async def test_an_import_is_told_to_all_peers_once(followed: Coop) -> None:
    file = "id,title\n1,Rye\n2,Spelt\n"
    await bring(followed, file)
    await bring(followed, file)
    entries = await followed.ask(lambda reader: reader.scalar(select(func.count(OutboxEntry.seq))))
    deliveries = await followed.ask(lambda reader: reader.scalar(select(func.count(Delivery.seq))))
    assert (entries, deliveries) == (4, 6)  # two proposals to two peers, two notes to a reader


async def test_a_row_of_a_real_map_is_read_in_full(coop: Coop) -> None:
    await bring(
        coop,
        geojson(
            feature(
                point(23.335, 42.698),
                **{
                    "name": "Food Bank",
                    "addr:country": "БЪЛГАРИЯ",
                    "addr:city": "София",
                    "addr:postcode": "1000",
                    "addr:street": "бул. Васил Левски",
                    "addr:housenumber": "106",
                    "contact:website": "update6",
                    "website": "www.foodbank.example/bg, @foodbank",
                    "POI_TYPE": "food bank",
                    "type_of_initiative": "agro_empowerment;bicycle_awareness",
                    "free_keywords": "food waste",
                    "description": "<p>Food &amp; more<br>for all</p>",
                    "description:bg": "Храна",
                    "opening_hours": "-",
                    "_id": "e98fb",
                },
            )
        ),
    )
    view = await only(coop)
    assert view == replace(
        view,
        title="Food Bank",
        category="food bank",
        tags=("food waste", "agro empowerment", "bicycle awareness"),
        place_name="София, БЪЛГАРИЯ",
        position=(42.698, 23.335),
        source_id="e98fb",
        body="Food & more\nfor all\n\nХрана\n\nбул. Васил Левски 106, 1000 София"
        "\n\n<http://www.foodbank.example/bg>",
    )
    assert 'href="http://www.foodbank.example/bg"' in view.body_html


@pytest.mark.parametrize(
    ("geometry", "place", "position"),
    [
        (point(-1.55, 53.8), {}, (53.8, -1.55)),
        ({"type": "MultiPoint", "coordinates": [[0, 10], [2, 20]]}, {}, (15, 1)),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 2], [0, 2], [0, 0]]]},
            {},
            (1, 2),
        ),
        ({"type": "GeometryCollection", "geometries": [point(7, 47)]}, {}, (47, 7)),
        ({"type": "Point", "coordinates": []}, {}, None),
        ({"type": "Point", "coordinates": ["x", "y"]}, {}, None),
        (None, {"city": "Leeds", "country": "uk"}, (53.8, -1.55)),
        (None, {"city": "Nowhere at all", "country": "Atlantis"}, None),
        (point(200, 95), {"city": "Leeds", "country": "GB"}, (53.8, -1.55)),
        (point(0, 0), {}, None),
        (
            point(56.949278, 24.102756),
            {"city": "Rīga", "country": "Latvija"},
            (56.949278, 24.102756),
        ),
        (point(-78.9, 40.9), {"city": "Edinburgh", "country": "SCOTLAND"}, (55.95, -3.2)),
        (point(-78.9, 40.9), {"city": "Edinburgh"}, (40.9, -78.9)),
        (point(20.46, 44.82), {"city": "Beograd", "country": "SR"}, (44.82, 20.46)),
    ],
)
async def test_where_a_row_is(coop: Coop, geometry: Any, place: Any, position: Any) -> None:
    await bring(coop, geojson(feature(geometry, title="Here", **place)))
    assert (await only(coop)).position == position


async def test_coordinates_that_are_left_out_are_noted_and_the_row_is_taken(coop: Coop) -> None:
    report = await bring(coop, 'title,lat,lon\nRye,north,7\nOat,95,7\nEmmer,"53,8","-1,5"\n')
    assert report.created == 3
    assert [(note.row, note.column) for note in report.notes] == [(2, "lat"), (3, "lat")]
    positions = {view.title: view.position for view in await all_of(coop)}
    assert positions == {"Rye": None, "Oat": None, "Emmer": (53.8, -1.5)}


@pytest.mark.parametrize(
    ("cell", "amount", "maximum", "currency", "text"),
    [
        ("14", "14", None, "GBP", None),
        ("£14.50", "14.50", None, "GBP", None),
        ("12,50 €", "12.50", None, "EUR", None),
        ("14-22", "14", "22", "GBP", None),
        ("EUR 14 to 22", "14", "22", "EUR", None),
        ("1 200,00 kč", "1200.00", None, "CZK", None),
        ("1,200.50", "1200.50", None, "GBP", None),
        ("1 HOUR", "1", None, "HOUR", None),
        ("1.200", None, None, None, "1.200"),
        ("2 for £5", None, None, None, "2 for £5"),
        ("by donation", None, None, None, "by donation"),
        ("", None, None, None, None),
    ],
)
async def test_prices_as_people_write_them(
    coop: Coop, cell: str, amount: Any, maximum: Any, currency: Any, text: Any
) -> None:
    await bring(coop, f'title,price\nRye,"{cell}"\n')
    price = (await only(coop)).price
    found = price and (price.amount, price.maximum, price.currency, price.text)
    wanted = (amount and Decimal(amount), maximum and Decimal(maximum), currency, text)
    assert found == (wanted if any(wanted) else None)


async def test_a_map_says_which_column_is_which(coop: Coop) -> None:
    mapping = listings.read_mapping('title = "Was"\nbody = ["Lang", "Kurz"]\n')
    await bring(coop, "Was,Lang,Kurz,Name\nRye,,Dark,Ignored\n", mapping=mapping)
    view = await only(coop)
    assert (view.title, view.body) == ("Rye", "Dark")


@pytest.mark.parametrize(
    ("text", "said"),
    [("title", "="), ('colour = "x"', "colour"), ("title = 7", "title")],
)
def test_a_map_that_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        listings.read_mapping(text)
    assert said in str(refusal.value.fields["map"][0])


def test_a_map_must_name_columns_that_are_there() -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_rows(b"a,b\n1,2\n", "f", {"title": ("c",)})
    assert "“c”" in str(refusal.value.fields["map"][0])


async def test_control_characters_and_markup_are_cleaned(coop: Coop) -> None:
    await bring(coop, "title,description\n<b>R\u202eye</b>\x00,A\x07<script>x()</script> loaf\n")
    view = await only(coop)
    assert (view.title, view.body) == ("Rye", "A loaf")


async def test_an_export_guards_formulas_and_reads_back_the_same(coop: Coop) -> None:
    for title in ("=1+1", "-2 bread", "@home", "'=quoted", "'plain", "+44 shop"):
        await coop.create(title, lat=-33.5, lon=-70.25, tags=("=x", "a;b", "c, d"))
    exported = await coop.ask(listings.export_csv)
    assert exported.startswith(b"\xef\xbb\xbf")
    for row in list(csv.reader(io.StringIO(exported.decode("utf-8-sig"))))[1:]:
        for cell in row:
            assert cell.startswith(("-33", "-70")) or not cell.startswith(("=", "+", "-", "@"))
    report = await bring(coop, exported)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 6)
    assert refusals(report) == []


TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@'\",;\t\r\n[<&"), max_size=40
)
WORDS = TEXT.filter(lambda text: any(map(str.isalnum, text)) and ";" not in text)
CONDITIONS = st.builds(
    Conditions,
    taxes=st.lists(st.builds(Tax, WORDS, st.decimals("0.01", 100, places=2)), max_size=2).map(
        tuple
    ),
    deposit=st.none() | st.decimals(1, 10**6, places=3),
    cancelling=st.none()
    | st.builds(Cancelling, st.integers(0, 99), st.just(5), st.integers(5, 100)),
    project=st.none() | TEXT,
    other_projects=st.lists(WORDS, max_size=2).map(tuple),
    included=st.just(()) | st.builds(Tax, WORDS, st.just(Decimal("19.5"))).map(lambda tax: (tax,)),
    guest_tax=st.none()
    | st.builds(
        listings.GuestTax,
        WORDS,
        st.decimals("0.01", 100, places=2),
        st.none() | st.integers(1, 99),
    ),
    referral_fee=st.none()
    | st.builds(listings.ReferralFee, percent=st.decimals("0.01", 100, places=2))
    | st.builds(listings.ReferralFee, amount=st.decimals("0.01", 100, places=2)),
)
DRAFTS = st.builds(
    ListingDraft,
    title=TEXT.filter(lambda text: any(map(str.isalnum, text))),
    kind=st.sampled_from(list(listings.Kind)),
    summary=TEXT,
    body=TEXT,
    category=st.none() | TEXT,
    tags=st.lists(TEXT, max_size=3).map(tuple),
    language=st.sampled_from(["", "en", "pt-BR"]),
    languages=st.lists(st.sampled_from(["en", "sw", "zh-Hant"]), max_size=2).map(tuple),
    place=st.none() | TEXT,
    lat=st.just(-0.0) | st.floats(-90, 90),
    lon=st.floats(-180, 180),
    radius_km=st.none() | st.integers(1, 500),
    price_amount=st.decimals(0, 10**6, places=3),
    price_max=st.none() | st.decimals(10**6, 10**7, places=2),
    currency=st.just("KWD"),
    unit=st.none() | TEXT,
    price_text=st.none() | TEXT,
    price_label=st.none() | TEXT,
    price_suggested=st.none(),
    price_least=st.none() | st.just(Decimal("2.5")),
    price_step=st.none() | st.just(Decimal("0.5")),
    price_most=st.none() | st.just(Decimal(8)),
    more_prices=st.just(())
    | st.builds(
        PriceView,
        amount=st.decimals(0, 100, places=2),
        maximum=st.none() | st.decimals(200, 300, places=1),
        currency=st.sampled_from(["EUR", "HOUR"]),
        unit=st.none() | TEXT.filter(str.strip),
        label=TEXT.filter(str.strip),
        least=st.none() | st.just(Decimal(10)),
        whom=st.sampled_from([None, "members", "federation"]),
        asks=st.none() | st.just(listings.Conditions((Tax("VAT", Decimal(7)),))),
    ).map(lambda price: (price,)),
    conditions=CONDITIONS,
    expires_on=st.none() | st.dates(date(2027, 1, 5), date(2027, 6, 1)),
    visibility=st.sampled_from(list(listings.Visibility)),
)
WHOLE = DRAFTS.map(
    lambda draft: replace(
        draft,
        kind=listings.Kind.STAY,
        price_amount=Decimal("60.5"),
        price_max=None,
        price_hours=Decimal("0.25"),
        unit="night",
        price_seasons=(Season(date(2027, 7, 1), date(2027, 8, 31), Decimal(90)),),
    )
)
TRANSLATED = DRAFTS.map(
    lambda draft: replace(
        draft,
        language="en",
        kind=listings.Kind.STAY,
        details={"rules": ["No smoking", "=Quiet"]},
        translations=(
            Translation("sw", "Mkate", "", "=SUM(1)\n\n- moja", {"rules": ["=Kimya"]}),
            Translation("ar", "خبز"),
        ),
    )
)
STATES = st.sampled_from([[], ["publish"], ["publish", "pause"]])


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drafts=st.lists(st.tuples(DRAFTS | TRANSLATED | WHOLE, STATES), min_size=1, max_size=8))
@pytest.mark.parametrize("form", ["csv", "geojson"])
async def test_what_is_taken_out_goes_into_an_empty_node_and_comes_out_the_same(
    form: str, drafts: Sequence[tuple[ListingDraft, list[str]]], open_coop: Any, tmp_path: Any
) -> None:
    export = listings.export_csv if form == "csv" else listings.export_geojson
    number = len(list(tmp_path.iterdir()))
    first = await open_coop(f"sqlite:///{tmp_path / f'first{number}.sqlite'}")
    second = await open_coop(f"sqlite:///{tmp_path / f'second{number}.sqlite'}")
    for draft, events in drafts:
        view = await first.write(lambda uow, draft=draft: listings.create(uow, draft, by=None))
        for event in events:
            view = await first.change(view, event)
    exported = await first.ask(export)
    report = await bring(second, exported)
    assert refusals(report) == []
    assert report.created == len(drafts)
    assert sorted_rows(await second.ask(export), form) == sorted_rows(exported, form)
    again = await bring(first, exported)
    assert (again.updated, again.unchanged) == (0, len(drafts))


def sorted_rows(exported: bytes, form: str) -> list[str]:
    if form == "geojson":
        return sorted(map(json.dumps, json.loads(exported)["features"]))
    return sorted(map(repr, csv.reader(io.StringIO(exported.decode("utf-8-sig"), newline=""))))


async def test_an_ended_listing_survives_the_journey(
    coop: Coop, open_coop: Any, tmp_path: Any
) -> None:
    await coop.create(expires_on=date(2027, 1, 10))
    coop.clock.advance(10 * 86_400)
    await coop.write(listings.expire_due)
    other = await open_coop(f"sqlite:///{tmp_path / 'other.sqlite'}")
    exported = await coop.ask(listings.export_csv)
    await bring(other, exported)
    assert (await only(other)).state == "expired"
    assert await other.ask(listings.export_csv) == exported
    left = await other.ask(lambda reader: reader.scalar(select(func.count(OutboxEntry.seq))))
    assert left == 0
    assert (
        await other.ask(lambda reader: reader.scalar(select(func.count(listing_table.c.id)))) == 1
    )


TWO_LISTS = ("id,title\n1,Rye\n2,Oat\n", "id,title\n1,Bicycle repair\n2,Oat\n")


async def titles_of(coop: Coop) -> list[str]:
    return sorted(view.title for view in await all_of(coop))


async def test_two_files_with_the_same_ids_do_not_overwrite_each_other(coop: Coop) -> None:
    bread, repair = TWO_LISTS
    await bring(coop, bread, name="bread.csv")
    report = await bring(coop, repair, name="repair.csv")
    assert (report.created, report.updated, report.unchanged) == (1, 0, 1)
    assert await titles_of(coop) == ["Bicycle repair", "Oat", "Rye"]
    again = await bring(coop, bread, name="bread.csv")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    report = await bring(coop, repair.replace("Bicycle repair", "Repairs"), name="repair.csv")
    assert (report.created, report.updated) == (0, 1)
    assert await titles_of(coop) == ["Oat", "Repairs", "Rye"]


@pytest.mark.parametrize("name", ["/tmp/bread.csv", "C:\\lists\\bread.csv", "bread.csv"])
async def test_a_file_is_the_same_in_another_folder(coop: Coop, name: str) -> None:
    await bring(coop, TWO_LISTS[0], name="bread.csv")
    report = await bring(coop, TWO_LISTS[0].replace("Rye", "Dark rye"), name=name)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)


async def test_a_renamed_file_is_known_by_what_it_says_or_by_its_old_name(coop: Coop) -> None:
    bread, _repair = TWO_LISTS
    await bring(coop, bread, name="bread.csv")
    renamed = await bring(coop, bread, name="bread-2027.csv")
    assert (renamed.created, renamed.unchanged) == (0, 2)
    changed = bread.replace("Rye", "Dark rye")
    report = await bring(coop, changed, name="bread-2027.csv", source="bread.csv")
    assert (report.created, report.updated) == (0, 1)
    assert await titles_of(coop) == ["Dark rye", "Oat"]


async def test_two_lists_with_one_file_name_are_told_apart_by_their_source(coop: Coop) -> None:
    for source, file in zip(("north", "south"), TWO_LISTS, strict=True):
        await bring(coop, file, source=source)
    assert await titles_of(coop) == ["Bicycle repair", "Oat", "Rye"]


@pytest.mark.parametrize("export", [listings.export_csv, listings.export_geojson])
async def test_an_export_keeps_the_files_apart_wherever_it_comes_in(
    coop: Coop, open_coop: OpenCoop, tmp_path: Path, export: Any
) -> None:
    for name, file in zip(("bread.csv", "repair.csv"), TWO_LISTS, strict=True):
        await bring(coop, file, name=name)
    await coop.create("Written here")
    taken_out = await coop.ask(export)
    report = await bring(coop, taken_out, name="whatever")
    assert (report.created, report.updated, report.unchanged) == (0, 0, 4)
    other = await open_coop(f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert (await bring(other, taken_out, name="one")).created == 4
    assert (await bring(other, taken_out, name="another")).unchanged == 4
    again = await bring(coop, await other.ask(export))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 4)


async def test_what_was_withheld_elsewhere_comes_in_as_a_draft_without_a_case(coop: Coop) -> None:
    await coop.create()
    table = (await coop.ask(listings.export_csv)).decode("utf-8-sig")
    changed = table.replace(",published", ",withheld").replace("Sourdough", "Rye")
    [row] = csv.DictReader(io.StringIO(changed))
    changed = changed.replace(row["source_id"], "elsewhere")
    assert (await bring(coop, changed)).created == 1
    assert {view.title: view.state for view in await all_of(coop)} == {
        "Sourdough": "published",
        "Rye": "draft",
    }


async def test_garbled_pictures_are_a_fault_of_their_row_and_take_none_away(coop: Coop) -> None:
    await coop.create()
    [cells] = csv.DictReader(io.StringIO((await coop.ask(listings.export_csv)).decode("utf-8-sig")))
    for garbled in ('[{"url": "x"', "{}", "5", '[{"url": "x"}]', '"x"'):
        out = io.StringIO()
        writer = csv.DictWriter(out, cells)
        writer.writeheader()
        writer.writerow(cells | {"pictures": garbled, "summary": "Dark."})
        report = await bring(coop, out.getvalue())
        assert [(one.row, one.column) for one in report.refused] == [(2, "pictures")]
    assert (await only(coop)).summary == ""
