"""What listings say by their kind: read strictly, found, in files, and bounded from peers."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from node import listings
from node.errors import InvalidInput
from node.listings import DETAILS, KEYS, ListingView, Shape, draft_of, tidy_details
from node.listings.details import of_peer
from node.listings.exchange import columns, read_rows
from node.listings.wire import mirror_columns
from protocol.jsonld import normalise
from protocol.vocabulary.listings import listing_document, parse_listing
from tests.node.listings.conftest import MEMBER, Coop, OpenCoop
from tests.node.listings.files import bring, sorted_rows
from tests.node.listings.test_fitting import fit
from tests.node.listings.test_inbox import FLOUR, START, hear, said
from ui.web.api.types import ListingSearch
from ui.web.listing_form import ListingForm

LOAF = {
    "mode": ["collected"],
    "condition": "new",
    "allergens": ["gluten", "sesame"],
    "pickup": ["=1+1 Toad Lane", "Fridays, 4 to 6"],
    "values": ["organic", "local"],
}
EACH_KIND: dict[str, dict[str, Any]] = {
    "service": {
        "repeat": "regular",
        "extras": ["Oven, £20"],
        "insured": True,
        "questions": ["Pets?"],
    },
    "goods": LOAF,
    "stay": {
        "registration": "CIN IT-058091",
        "rules": ["Quiet after ten"],
        "tourist_tax": "£2",
        "insured": True,
        "insurance": "On us",
    },
    "lend": {
        "insurance": "On us",
        "log": [{"on": "2026-11-20", "said": "new blade"}, {"on": "2026-01-02", "said": "sharp"}],
    },
    "request": {"wanted_by": "2027-06-30", "urgency": "urgent", "skills": ["carpentry"]},
    "opening": {
        "pay": {"from": "14", "to": "16.5", "currency": "GBP", "per": "hour"},
        "weekly_hours": "37.5",
        "deadline": "2027-06-30",
        "leads_to": "worker",
    },
}


@pytest.mark.parametrize(
    ("kind", "given", "field", "remedy"),
    [
        ("stay", {"registration": "x" * 61}, "registration", "at most 60 characters"),
        ("stay", {"registration": 7}, "registration", "Write it in words"),
        ("goods", {"condition": "shiny"}, "condition", "new, as-new, used, for-repair"),
        ("goods", {"allergens": ["gluten", "dust"]}, "allergens", "Choose from: gluten"),
        ("opening", {"weekly_hours": "169"}, "weekly_hours", "at most 168"),
        ("opening", {"weekly_hours": "many"}, "weekly_hours", "in digits"),
        ("opening", {"weekly_hours": 10**5000}, "weekly_hours", "in digits"),
        ("opening", {"start": "2027-02-30"}, "start", "no such day"),
        ("opening", {"start": "soon"}, "start", "2027-12-31"),
        ("service", {"insured": "perhaps"}, "insured", "true, or left out"),
        ("service", {"extras": [str(one) for one in range(21)]}, "extras", "At most 20 lines"),
        ("lend", {"log": [{"on": "", "said": "new"}]}, "log", "Begin each line with its day"),
        (
            "opening",
            {"pay": {"to": "9", "currency": "GBP", "per": "hour"}},
            "pay_from",
            "lower end",
        ),
        (
            "opening",
            {"pay": {"from": "9", "to": "8", "currency": "GBP", "per": "hour"}},
            "pay_to",
            "below the lower one",
        ),
        (
            "opening",
            {"pay": {"from": "9", "currency": "gold", "per": "hour"}},
            "pay_currency",
            "GBP",
        ),
        ("opening", {"pay": {"from": "9", "currency": "GBP", "per": "life"}}, "pay_per", "month"),
        ("goods", {"colour": "red"}, "details", "It has: mode, condition"),
        ("goods", ["condition"], "details", "fields with values"),
    ],
)
def test_a_refusal_names_the_field_and_the_remedy(
    kind: str, given: Any, field: str, remedy: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        tidy_details(given, kind)
    [(name, [why])] = refused.value.fields.items()
    assert (name, remedy in str(why)) == (field, True), why


def test_every_shape_is_kept_as_it_is_said_and_what_says_nothing_is_not_there() -> None:
    for kind, given in EACH_KIND.items():
        assert tidy_details(given, kind) == given
    shapes = {KEYS[key].shape for given in EACH_KIND.values() for key in given}
    assert shapes == set(Shape)
    assert tidy_details({"condition": "", "allergens": [], "variants": ["", " "]}, "goods") == {}
    assert tidy_details({"weekly_hours": "37.50", "skills": "one line"}, "opening") == {
        "weekly_hours": "37.5",
        "skills": ["one line"],
    }


def test_a_field_has_the_name_of_no_other_field_of_a_listing() -> None:
    asked = set(listings.SearchQuery.__struct_fields__) | set(ListingSearch.__struct_fields__)
    form = [field.name for field in ListingForm()]
    taken = set(listings.ListingDraft.__struct_fields__) | asked
    assert not taken & {one.key for one in DETAILS}
    assert len(form) == len(set(form))
    assert columns.guess(["name", "hours", "weekly hours"]) == {
        "title": ["name"],
        "hours": ["hours"],
        "weekly_hours": ["weekly hours"],
    }


async def test_what_belongs_to_another_kind_goes_when_the_kind_changes(coop: Coop) -> None:
    view = await coop.create("Loaf", kind="goods", details=LOAF)
    need = await coop.edit(view, replace(draft_of(view), kind=listings.Kind.REQUEST))
    assert need.details == {"mode": ["collected"], "values": ["organic", "local"]}


async def test_a_need_ends_with_the_day_by_which_it_is_wanted(coop: Coop) -> None:
    today = coop.clock.now().date()
    soon = (today + timedelta(days=3)).isoformat()
    view = await coop.create("Gate mended", kind="request", details={"wanted_by": soon})
    assert view.expires_at is not None
    assert view.expires_at.date().isoformat() == soon
    earlier = today + timedelta(days=1)
    view = await coop.edit(view, replace(draft_of(view), expires_on=earlier))
    assert view.expires_at is not None
    assert view.expires_at.date() == earlier
    coop.clock.advance(timedelta(days=5))
    await coop.write(listings.expire_due)
    assert await coop.titles() == []
    with pytest.raises(InvalidInput) as refused:
        await coop.change(view, "renew")
    assert "wanted_by" in refused.value.fields
    with pytest.raises(InvalidInput):
        await coop.create("Too late", kind="request", details={"wanted_by": soon})
    later = await coop.ask(lambda reader: listings.listing(reader, view.id))
    fresh = replace(draft_of(later), expires_on=None, details={})
    assert (await coop.change(await coop.edit(later, fresh), "renew")).expires_at is not None


async def test_search_finds_the_words_and_narrows_down_by_choices_on_both_databases(
    coop_on_each: Coop,
) -> None:
    coop = coop_on_each
    await coop.create("Loaf", kind="goods", details=LOAF)
    await coop.create(
        "Old chair", kind="goods", details={"condition": "used", "values": ["reused"]}
    )
    await coop.create("Silla", kind="goods", language="es", details={"condition": "used"})
    page = await coop.search()
    counted = {
        name: {one.value: one.count for one in page.facets[name]}
        for name in ("condition", "values")
    }
    assert counted == {
        "condition": {"used": 2, "new": 1},
        "values": {"organic": 1, "local": 1, "reused": 1},
    }
    assert await coop.titles(picks=("condition-used",)) == ["Silla", "Old chair"]
    assert await coop.titles(picks=("condition-new", "values-organic")) == ["Loaf"]
    assert await coop.titles(picks=("condition-used", "values-organic")) == []
    assert await coop.titles("toad lane") == ["Loaf"]
    assert await coop.titles("organic") == ["Loaf"]
    assert await coop.titles("usado") == ["Silla"]
    with pytest.raises(InvalidInput):
        await coop.search(picks=("condition-shiny",))


async def test_skills_and_urgency_count_when_needs_and_offers_are_matched(coop: Coop) -> None:
    await coop.create("Gate", kind="request", details={"skills": ["carpentry"]})
    await coop.create(
        *("Shelf",), kind="request", details={"skills": ["carpentry"], "urgency": "urgent"}
    )
    await coop.create("Stairs", kind="request", details={"skills": ["carpentry"]})
    offer = await coop.create("Carpentry")
    assert await fit(coop, offer) == ["Shelf", "Stairs", "Gate"]
    need = await coop.create("Fence", kind="request", details={"skills": ["carpentry"]})
    assert await fit(coop, need) == ["Carpentry"]


@pytest.mark.parametrize("export", [listings.export_csv, listings.export_geojson])
async def test_details_of_each_kind_go_out_in_a_file_and_come_in_word_for_word(
    coop: Coop, open_coop: OpenCoop, tmp_path: Any, export: Any
) -> None:
    for kind, given in EACH_KIND.items():
        await coop.create(f"A {kind}", kind=kind, details=given)
    taken_out = await coop.ask(export)
    other = await open_coop(f"sqlite:///{tmp_path / 'other.sqlite'}")
    report = await bring(other, taken_out)
    assert (report.created, report.refused, report.notes) == (6, [], [])
    form = "csv" if export is listings.export_csv else "geojson"
    assert sorted_rows(await other.ask(export), form) == sorted_rows(taken_out, form)
    found = {view.kind: view.details for view in await all_of(other)}
    assert found == EACH_KIND
    assert (await bring(coop, taken_out)).unchanged == 6


async def test_a_strangers_table_says_details_in_columns_of_their_names(coop: Coop) -> None:
    table = (
        "name;kind;Condition;allergens;pickup;insured;deadline\n"
        'Loaf;goods;As good as new;"Gluten, سمسم";"Here | Fridays";yes;\n'
        "Chair;goods;shiny;;;;\n"
    )
    report = await bring(coop, table)
    assert [(note.row, note.column) for note in report.notes] == [(3, "Condition")]
    loaf, chair = sorted(await all_of(coop), key=lambda view: view.title, reverse=True)
    assert loaf.details == {
        "condition": "as-new",
        "allergens": ["gluten", "sesame"],
        "pickup": ["Here | Fridays"],
    }
    assert chair.details == {}
    by_hand = draft_of(loaf)
    await coop.edit(loaf, replace(by_hand, details={**loaf.details, "variants": ["Small"]}))
    assert (await bring(coop, table)).unchanged == 2
    assert (await bring(coop, table.replace("As good as new", ""))).updated == 1
    [loaf] = [view for view in await all_of(coop) if view.title == "Loaf"]
    assert "condition" not in loaf.details
    assert loaf.details["variants"] == ["Small"]


async def test_garbled_details_in_our_own_file_are_refused_with_their_column(coop: Coop) -> None:
    await coop.create("Loaf", kind="goods", details=LOAF)
    table = (await coop.ask(listings.export_csv)).decode("utf-8-sig")
    bad = table.replace('{""mode""', "{mode")
    assert bad != table
    report = await bring(coop, bad)
    assert [(one.row, one.column) for one in report.refused] == [(2, "listing_details")]
    assert read_rows(table.encode(), "x.csv").ours


HOSTILE: dict[str, Any] = {
    **{f"key{number}": "x" * 50 for number in range(10_000)},
    "condition": {"new": True},
    "allergens": ["gluten", 7, None, ["nuts"], *["dust"] * 5_000],
    "variants": ["<script>alert(1)</script>", "y" * 10_000, *map(str, range(5_000))],
    "pickup": {"a": 1},
    "values": "organic",
    "mode": [{"at": "yours"}],
    "deadline": "2027-06-30",
}


async def test_ten_thousand_details_of_a_peer_are_bounded_and_harmless(followed: Coop) -> None:
    coop = followed
    message = said("Create", FLOUR, details=HOSTILE)
    await hear(coop, message)
    mirror = await coop.ask(lambda reader: listings.mirror(reader, FLOUR.uri))
    assert mirror is not None
    assert set(mirror.details) == {"allergens", "variants", "values"}
    assert mirror.details["allergens"] == ["gluten"]
    assert mirror.details["values"] == ["organic"]
    assert len(mirror.details["variants"]) == KEYS["variants"].most
    assert max(map(len, mirror.details["variants"])) == 200
    assert await coop.titles(viewer=MEMBER, picks=("values-organic",)) == [FLOUR.title]


@pytest.mark.parametrize("nonsense", [7, "words", ["a", "list"], [[]], True, None])
def test_details_that_are_no_object_say_nothing(nonsense: Any) -> None:
    document = normalise(listing_document(FLOUR) | {"details": nonsense})
    assert mirror_columns(parse_listing(document), START)["details"] is None
    for detail in DETAILS:
        kind = next(iter(detail.kinds))
        of_peer({detail.key: nonsense}, kind)  # raises nothing


def test_what_peers_say_of_a_kind_arrives_as_it_was_said() -> None:
    for kind, given in EACH_KIND.items():
        wire = replace(FLOUR, kind=kind, purpose="offer", details=given)
        columns = mirror_columns(parse_listing(normalise(listing_document(wire))), START)
        assert columns["details"] == given


def test_a_peers_deadline_ends_our_copy_too() -> None:
    wire = replace(FLOUR, kind="opening", details={"deadline": "2027-06-30"}, expires=None)
    ends = mirror_columns(parse_listing(listing_document(wire)), START)["expires_at"]
    assert ends.date() == date(2027, 6, 30)


async def all_of(coop: Coop) -> list[ListingView]:
    found: list[ListingView] = await coop.ask(lambda reader: listings.mine(reader, None))
    return found


def test_a_line_that_stands_there_in_other_letters_is_kept_once() -> None:
    found = tidy_details({"variants": ["Small", "Large", "small", "Small"]}, "goods")
    assert found["variants"] == ["Small", "Large"]
