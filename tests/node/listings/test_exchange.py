"""Files in: what is taken, what is refused and why, and how each column is read."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from federation.models import Delivery, OutboxEntry
from node import listings
from node.errors import InvalidInput
from node.listings.exchange import read_rows
from tests.node.listings.conftest import Coop
from tests.node.listings.files import all_of, bring, feature, geojson, only, point, refusals


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
