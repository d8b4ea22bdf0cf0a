"""Finding: who finds what, in which order, page by page, and the same on both databases."""

import random
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from federation.storage import UnitOfWork
from node import listings
from node.errors import InvalidInput
from node.listings import ANYBODY, Hit, Kind, SearchQuery, Visibility, index
from node.listings.index import Entry
from node.places import distance_km
from tests.node.listings.conftest import MEMBER, PEER, Coop
from tests.support.clock import START

LEEDS = (53.8, -1.55)
HEBDEN = (53.74, -2.01)
LONDON = (51.51, -0.13)


async def test_words_are_found_without_accents_case_or_endings(coop: Coop) -> None:
    await coop.create("Pão de Centeio", body="Cozido em forno de lenha")
    for q in ("pao", "PÃO", "centeio pão", "cent", "lenha", "pao cozi"):
        assert await coop.titles(q) == ["Pão de Centeio"], q
    for q in ("pa centeio", '"lenho"', "pao trigo"):
        assert await coop.titles(q) == [], q


@pytest.mark.parametrize(
    ("title", "q"),
    [
        ("自転車の修理", "自転車"),
        ("自転車の修理", "修理"),
        ("हिन्दी की कक्षा", "हिन्दी"),
        ("إصلاح الدراجات", "الدراجات"),
        ("Αλληλεγγύη Πειραιά", "αλληλεγγυη"),
        ("Ремонт велосипедов", "ВЕЛОСИПЕД"),
        ("Łódź repair café", "lodz CAFE"),
    ],
)
async def test_words_of_many_scripts_are_found(coop: Coop, title: str, q: str) -> None:
    await coop.create(title)
    assert await coop.titles(q) == [title]


@pytest.mark.parametrize(
    "q", ['"', "' OR 1=1 --", "a* AND NOT b", "title:x", "(", ":*", "=kservice"]
)
async def test_signs_of_query_languages_mean_nothing(coop_on_each: Coop, q: str) -> None:
    await coop_on_each.create("Bread")
    assert await coop_on_each.titles(q) == []


async def test_signs_of_query_languages_mean_nothing_in_a_facet(coop_on_each: Coop) -> None:
    await coop_on_each.create("Rye", kind="goods", category="Bakery", language="en")
    for field in ("kind", "category", "coop", "lang"):
        for value in ("a-b", "a--", '"', "'x", "*", "a b", "=k", "é", "a" * 41):
            assert await coop_on_each.titles(**{field: value}) == [], (field, value)


def test_what_rows_hold_of_facets_is_plain() -> None:
    """So that rows of every release are found by the same tokens."""
    values: dict[str, tuple[str, ...]] = {
        "kind": tuple(Kind),
        "visibility": tuple(Visibility),
        "origin": ("local", "remote"),
        "language": tuple(map(index.language_of, ("en", "pt-BR", "zh-Hant", "x-klingon"))),
        "pays": ("gift", "time", "gbp", "hour"),
        "money": ("gbp", "hour"),
    }
    for name, some in values.items():
        assert all(index.facet(name, one).endswith(one) for one in some), name


async def test_a_row_that_lost_its_facets_is_found_by_nobody_whom_it_is_not_for(
    coop_on_each: Coop,
) -> None:
    lost = [replace(entry(number), title=f"Rye {number}") for number in range(2)]
    rows = [index.entry_row(one) | {"facets": ""} for one in lost]
    rows[0]["visibility"] = "member"
    await coop_on_each.write(lambda uow: index.write(uow, rows))
    assert await coop_on_each.titles("rye") == ["Rye 1"]
    assert await coop_on_each.titles("rye", viewer=MEMBER) == ["Rye 1", "Rye 0"]


async def test_without_words_all_are_listed_newest_first_beyond_the_cap(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.listings.finding.CAP", 5)
    for number in range(12):
        await coop.create(f"Loaf {number}")
    page = await coop.search(limit=4)
    assert (page.total, page.total_is_floor) == (5, True)
    titles = [hit.title for hit in page.hits]
    while page.next:
        page = await coop.search(limit=4, cursor=page.next)
        titles += [hit.title for hit in page.hits]
    assert titles == [f"Loaf {number}" for number in reversed(range(12))]


async def test_pages_of_a_ranked_search_hold_each_result_once(coop: Coop) -> None:
    for number in range(11):
        await coop.create(f"Rye loaf {number}" if number % 2 else "Loaf", body="with rye")
    first = await coop.search("rye", limit=4)
    coop.clock.advance(timedelta(days=3))
    await coop.create("Rye, written after the first page")
    found, cursor = [hit.id for hit in first.hits], first.next
    while cursor:
        page = await coop.search("rye", limit=4, cursor=cursor)
        found, cursor = found + [hit.id for hit in page.hits], page.next
    assert len(found) == len(set(found)) == 11


@pytest.mark.parametrize(
    "cursor", ["x", "WzEsMl0", "bnVsbA", "W05hTiwxLDEsMV0", "e30", "é", "W" * 99]
)
async def test_a_damaged_cursor_is_refused(coop: Coop, cursor: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await coop.search("rye", cursor=cursor)
    assert list(refusal.value.fields) == ["cursor"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"near": (91.0, 0.0)}, "near"),
        ({"near": (float("nan"), 0.0)}, "near"),
        ({"near": LEEDS, "within_km": -1.0}, "within_km"),
        ({"near": LEEDS, "within_km": float("inf")}, "within_km"),
    ],
)
async def test_an_impossible_query_is_refused_by_field(
    coop: Coop, query: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await coop.search(**query)
    assert list(refusal.value.fields) == [field]


async def test_a_title_that_says_it_comes_before_a_text_that_mentions_it(coop: Coop) -> None:
    await coop.create("Oven cleaning")
    await coop.create("Baker's van", body="We also fetch your oven.")
    await coop.create("Kitchen things", summary="An oven and more")
    assert await coop.titles("oven") == ["Oven cleaning", "Kitchen things", "Baker's van"]


async def test_the_nearer_comes_first_and_the_distance_is_told(coop: Coop) -> None:
    await coop.create("Joiner in London", lat=LONDON[0], lon=LONDON[1])
    await coop.create("Joiner in Leeds", lat=LEEDS[0], lon=LEEDS[1])
    await coop.create("Joiner for anywhere")
    await coop.create("Joiner in Hebden", lat=HEBDEN[0], lon=HEBDEN[1])
    page = await coop.search("joiner", near=LEEDS)
    assert [hit.title.split()[-1] for hit in page.hits] == ["Leeds", "Hebden", "London", "anywhere"]
    distances = [hit.distance_km and round(hit.distance_km) for hit in page.hits]
    assert distances == [0, 31, 272, None]
    page = await coop.search("joiner", near=LEEDS, within_km=30.9)
    assert [hit.title.split()[-1] for hit in page.hits] == ["Leeds"]
    page = await coop.search("joiner", near=LEEDS, within_km=31.1)
    assert [hit.title.split()[-1] for hit in page.hits] == ["Leeds", "Hebden"]


@pytest.mark.parametrize("within_km", [0.5, 3, 20, 150, 900, 4000, 20_000, 1e9])
async def test_a_circle_holds_exactly_what_lies_in_it(coop_on_each: Coop, within_km: float) -> None:
    randomness = random.Random(7)
    points = [(randomness.uniform(-89, 89), randomness.uniform(-180, 180)) for _ in range(60)]
    points += [(53.8 + randomness.gauss(0, 2), -1.5 + randomness.gauss(0, 2)) for _ in range(60)]
    points += [(0.01, 179.99), (0.01, -179.99), (89.9, 10.0), (-89.9, -100.0)]
    entries = [entry(number, lat=lat, lon=lon) for number, (lat, lon) in enumerate(points)]
    await fill(coop_on_each, entries)
    for centre in ((53.8, -1.5), (0.0, 180.0), (89.5, 0.0)):
        found = await all_uris(coop_on_each, near=centre, within_km=within_km)
        inside = {
            one.uri
            for one in entries
            if distance_km(*centre, one.lat or 0, one.lon or 0) <= within_km
        }
        assert set(found) == inside


async def test_facets_narrow_and_count(coop: Coop) -> None:
    await coop.create("Rye", kind="goods", category="Bakery", language="en")
    await coop.create("Spelt", kind="goods", category="BAKERY", language="de-AT")
    await coop.create("Walk", kind="service", category="Tours", languages=("it", "de"))
    page = await coop.search()
    assert {
        name: [(one.value, one.count) for one in counts] for name, counts in page.facets.items()
    } == {
        "kind": [("goods", 2), ("service", 1)],
        "category": [("BAKERY", 2), ("Tours", 1)],
        "coop": [("https://loaf.example/coop", 3)],
        "language": [("de", 1), ("en", 1)],
        "pays": [],
    }
    assert page.facets["coop"][0].label == "Loaf"
    assert await coop.titles(kind="service") == ["Walk"]
    assert await coop.titles(category="bakery") == ["Spelt", "Rye"]
    assert await coop.titles(lang="de") == ["Walk", "Spelt"]
    assert await coop.titles(lang="de", kind="goods") == ["Spelt"]
    assert await coop.titles(origin="remote") == []
    assert await coop.titles(coop="https://loaf.example/coop", origin="local", q="rye") == ["Rye"]


@pytest.mark.parametrize(
    "narrowed",
    [{}, {"q": "rye"}, {"kind": "goods"}, {"purpose": "offer"}, {"q": "rye", "purpose": "offer"}],
    ids=str,
)
async def test_each_viewer_finds_what_is_meant_for_them(
    coop_on_each: Coop, narrowed: dict[str, str]
) -> None:
    for visibility in ("member", "federation", "public"):
        for kind in ("goods", "request"):
            await coop_on_each.create(f"rye {kind}", kind=kind, visibility=visibility)
    kinds = ["goods"] if {"kind", "purpose"} & set(narrowed) else ["request", "goods"]
    for viewer, circles in ((ANYBODY, 1), (PEER, 2), (MEMBER, 3)):
        found = await coop_on_each.titles(viewer=viewer, **narrowed)
        assert found == [f"rye {kind}" for _circle in range(circles) for kind in kinds]


async def test_prices_come_with_the_result(coop: Coop) -> None:
    await coop.create(price_amount=Decimal("12.50"), price_max=Decimal(20), currency="GBP")
    [hit] = (await coop.search()).hits
    assert hit.price is not None
    assert (hit.price.amount, hit.price.maximum) == (Decimal("12.50"), Decimal(20))


async def test_what_is_near_is_found_though_newer_things_fill_the_cap(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.listings.finding.CAP", 5)
    await fill(coop, [entry(0, lat=LEEDS[0], lon=LEEDS[1])])
    await fill(coop, [entry(number, lat=LONDON[0], lon=LONDON[1]) for number in range(1, 20)])
    hits = (await coop.search(near=LEEDS)).hits
    assert hits[0].uri == entry(0).uri


async def test_what_is_ranked_goes_on_newest_first_beyond_the_cap(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.listings.finding.CAP", 5)
    near = [entry(number, lat=LEEDS[0], lon=LEEDS[1]) for number in (0, 3)]
    far = [entry(number, lat=LONDON[0], lon=LONDON[1]) for number in range(4, 17)]
    await fill(coop, [*near, *far])
    found, cursor = [], None
    while cursor or not found:
        page = await coop.search(near=LEEDS, limit=4, cursor=cursor)
        found, cursor = [*found, *(hit.uri for hit in page.hits)], page.next
    ranked = [entry(number).uri for number in (3, 0, 16, 15, 14)]
    assert sorted(found[:2]) == sorted(ranked[:2])
    assert sorted(found[:5]) == sorted(ranked)
    assert found[5:] == [entry(number).uri for number in range(13, 3, -1)]


async def test_two_letters_are_a_word_and_three_may_begin_one(coop: Coop) -> None:
    await coop.create("TV repair")
    await coop.create("Tvarog")
    assert await coop.titles("tv") == ["TV repair"]
    assert await coop.titles("tva") == ["Tvarog"]


async def test_the_index_can_be_rebuilt_and_agrees_with_its_table(coop: Coop) -> None:
    view = await coop.create("Rye")
    await coop.change(view, "retire")
    await coop.create("Spelt")

    async def verify(uow: UnitOfWork) -> None:
        connection = await uow.session.connection()
        for command in ("integrity-check", "rebuild", "integrity-check"):
            await connection.exec_driver_sql(
                f"INSERT INTO search_words(search_words, rank) VALUES ('{command}', 1)"
                if command == "integrity-check"
                else f"INSERT INTO search_words(search_words) VALUES ('{command}')"
            )

    await coop.write(verify)
    assert await coop.titles("spelt") == ["Spelt"]


@pytest.mark.postgres
@pytest.mark.parametrize("seed", range(3))
async def test_both_databases_find_the_same_in_the_same_order(
    seed: int, open_coop: Any, tmp_path: Any, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.listings.finding.CAP", 120)
    randomness = random.Random(seed)
    coops = [
        await open_coop(f"sqlite:///{tmp_path / 'one.sqlite'}"),
        await open_coop(postgres_url),
    ]
    corpus = [random_entry(randomness, number) for number in range(300)]
    rewritten = [random_entry(randomness, number) for number in randomness.sample(range(300), 60)]
    removed = [entry(number).uri for number in randomness.sample(range(300), 20)]
    for coop in coops:
        await fill(coop, corpus)
        await fill(coop, rewritten)
        await coop.write(lambda uow: index.remove(uow, removed))
    found_something = 0
    for _number in range(120):
        query, viewer = random_query(randomness), randomness.choice([ANYBODY, MEMBER, PEER])
        on_sqlite, on_postgres = [await coop.search(viewer=viewer, **query) for coop in coops]
        assert on_sqlite == on_postgres, (query, viewer)
        found_something += bool(on_sqlite.hits)
        if on_sqlite.next:
            query |= {"cursor": on_sqlite.next}
            pages = [await coop.search(viewer=viewer, **query) for coop in coops]
            assert pages[0] == pages[1], (query, viewer)
    assert found_something > 40


WORDS = [
    *("rye", "spelt", "bread", "oven", "repair", "repairs", "bicycle", "bike", "clean", "cleaner"),
    *("garden", "gardens", "pão", "café", "κήπος", "αλληλεγγύη", "ремонт", "自転車の修理"),
    *("دراجات", "हिन्दी", "Łódź", "straße", "coop", "coops", "x", "y1"),
]
KINDS = ("service", "goods", "lend")
CATEGORIES = (None, "Bakery", "bakery", "Câmara")
TONGUES = ("en", "de-AT", "pt", "")


def random_entry(randomness: random.Random, number: int) -> Entry:
    def some(most: int) -> str:
        return " ".join(randomness.choices(WORDS, k=randomness.randint(0, most)))

    is_located = randomness.random() < 0.8
    return entry(
        number,
        title=some(4) or "Untitled",
        lead=some(8),
        body=some(30),
        origin=randomness.choice(["local", "remote"]),
        visibility=randomness.choice(["public", "public", "federation", "member"]),
        coop_uri=f"https://coop{randomness.randint(1, 4)}.example/coop",
        kind=randomness.choice(KINDS),
        category=randomness.choice(CATEGORIES),
        language=randomness.choice(TONGUES),
        lat=round(53 + randomness.random() * 2, 2) if is_located else None,
        lon=round(-2 + randomness.random() * 2, 2) if is_located else None,
        age_days=randomness.randint(0, 300),
        runs_days=randomness.choice([None, None, -1, 5]),
    )


def random_query(randomness: random.Random) -> dict[str, Any]:
    words = randomness.choices(WORDS, k=randomness.choice([0, 1, 1, 1, 2, 2, 3]))
    q = " ".join(words)
    query: dict[str, Any] = {"q": q[: randomness.randint(1, len(q))] if q else "", "limit": 30}
    if randomness.random() < 0.4:
        query["near"] = (53 + randomness.random() * 2, -2 + randomness.random() * 2)
        if randomness.random() < 0.6:
            query["within_km"] = randomness.choice([5.0, 30.0, 100.0, 3000.0])
    for name, values in (
        ("kind", KINDS),
        ("category", CATEGORIES),
        ("lang", ("en", "de")),
        ("coop", ("https://coop1.example/coop",)),
        ("origin", ("local", "remote")),
    ):
        if randomness.random() < 0.15:
            query[name] = randomness.choice(values) or (None if name != "origin" else "all")
    return query


def entry(number: int, *, age_days: int = 0, runs_days: int | None = None, **fields: Any) -> Entry:
    given: dict[str, Any] = {
        "uri": f"https://loaf.example/listings/{number}",
        "ref": f"{number:026}",
        "origin": "local",
        "state": "fresh",
        "visibility": "public",
        "coop_uri": "https://loaf.example/coop",
        "coop_name": "",
        "url": f"/listings/{number:026}",
        "kind": "service",
        "title": f"Loaf {number}",
        "lead": "",
        "body": "",
        "category": None,
        "tags": (),
        "language": "en",
        "languages": (),
        "place": None,
        "lat": None,
        "lon": None,
        "prices": (),
        "updated_at": START - timedelta(days=age_days),
        "expires_at": None if runs_days is None else START + timedelta(days=runs_days),
    }
    return Entry(**given | fields)


async def fill(coop: Coop, entries: Sequence[Entry]) -> None:
    await coop.write(lambda uow: index.put(uow, entries))


async def all_uris(coop: Coop, **query: Any) -> list[str]:
    async def walk(reader: Any) -> list[str]:
        found: list[Hit] = []
        cursor = None
        while True:
            asked = SearchQuery(limit=100, cursor=cursor, **query)
            page = await listings.search(reader, asked, ANYBODY, coop.clock.now())
            found += page.hits
            cursor = page.next
            if cursor is None:
                return [hit.uri for hit in found]

    return await coop.ask(walk)
