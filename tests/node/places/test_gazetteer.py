import gzip
from array import array
from importlib.resources import files

import pytest

from node.places import best, find, gazetteer, nearest, within
from node.places.names import key_of


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("Leeds", "Leeds", "GB"),
        ("leeds, gb", "Leeds", "GB"),
        ("Leeds GB", "Leeds", "GB"),
        ("Leeds, United States", "Leeds", "US"),
        ("Bologna, Italy", "Bologna", "IT"),
        ("Bologna Italia", "Bologna", "IT"),
        ("40121 Bologna (BO), Italia", "Bologna", "IT"),
        ("1010 Wien, Österreich", "Vienna", "AT"),
        ("Firenze", "Florence", "IT"),
        ("София", "Sofia", "BG"),
        ("Αθήνα", "Athens", "GR"),
        ("ΘΕΣΣΑΛΟΝΙΚΗ", "Thessaloníki", "GR"),
        ("القاهرة", "Cairo", "EG"),
        ("東京", "Tokyo", "JP"),
        ("Lodz", "Łódź", "PL"),
        ("stratford upon avon", "Stratford-upon-Avon", "GB"),
        ("Todmorden, West Yorkshire", "Todmorden", "GB"),
        ("St. Pölten", "Sankt Pölten", "AT"),
        ("Mombasa", "Mombasa", "KE"),
        ("Hebden Bridge", "Hebden Bridge", "GB"),
        ("Mytholmroyd, UK", "Mytholmroyd", "GB"),
        ("London,", "London", "GB"),
    ],
)
def test_a_town_is_found_as_people_write_it(text: str, name: str, country: str) -> None:
    place = best(text)
    assert place is not None
    assert (place.name, place.country) == (name, country)


def test_the_town_itself_comes_before_bigger_ones_that_begin_like_it() -> None:
    found = find("Bath", limit=20)
    assert [place.name for place in found[:2]] == ["Bath", "Bath"]
    longer = [place for place in found if place.name != "Bath"]
    assert longer[0].name == "Bathinda"
    assert longer[0].population > found[1].population


def test_beginnings_are_found_biggest_first() -> None:
    sizes = [place.population for place in find("lon", limit=10)]
    assert len(sizes) == 10
    assert sizes == sorted(sizes, reverse=True)


def test_a_country_narrows_the_search() -> None:
    assert {place.country for place in find("san", country="mt")} == {"MT"}


def test_the_country_that_is_said_is_not_taken_for_a_town() -> None:
    assert find("Nowhere at all, DE") == []


def test_a_village_stands_for_its_town_only_when_the_country_is_said() -> None:
    place = best("Azenhas do Mar, Sintra, Portugal")
    assert place is not None
    assert place.name == "Sintra"
    assert find("Nowhere, Kent") == []


@pytest.mark.parametrize(
    "text", ["", " ", ",", "(x)", "12345", "|", "\n", "zzzzqqq", "Leeds|", "%"]
)
def test_text_without_a_town_finds_nothing_and_does_no_harm(text: str) -> None:
    assert find(text) in ([], find("Leeds"))


def test_no_more_than_the_limit() -> None:
    assert len(find("s", limit=3)) == 3
    assert find("s", limit=0) == []


def test_nearest_town() -> None:
    place = nearest(53.61, -2.16)
    assert place is not None
    assert place.name == "Rochdale"


def test_numbers_are_put_in_order_and_equal_ones_stay_as_they_stood() -> None:
    lats = array("h", [5361, -1680, 5361, 0, -1680, -9000])
    assert list(gazetteer._in_order(lats)) == [5, 1, 4, 3, 0, 2]


def test_nearest_crosses_the_antimeridian() -> None:
    place = nearest(-16.8, -179.95)
    assert place is not None
    assert place.country == "FJ"


def test_the_open_sea_has_no_nearest_town() -> None:
    assert nearest(-48.9, -123.4) is None


def test_the_biggest_towns_of_a_box() -> None:
    names = [place.name for place in within(53.3, -2.6, 53.9, -1.4, limit=3)]
    assert names == ["Manchester", "Sheffield", "Leeds"]
    assert within(0, -30, 1, -29, limit=3) == []


def test_other_names_in_the_table_are_folded_as_searches_are() -> None:
    packed = files("node.places").joinpath("data/places.gz").read_bytes()
    count, _end, content = gzip.decompress(packed).partition(b"\n")
    lines = content[8 * int(count) :].decode().splitlines()
    names = [name for line in lines for name in line.split("|")[2:-1]]
    assert len(names) > 50_000
    assert [name for name in names if key_of(name) != name] == []
