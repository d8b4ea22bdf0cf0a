"""Which listing a row is of, in the same file again and in another."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from node import listings
from node.listings import draft_of
from tests.node.listings.conftest import Coop, OpenCoop
from tests.node.listings.files import all_of, bring, only


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
