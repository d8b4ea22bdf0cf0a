"""What was mistyped is found all the same, on either database, and it is said so."""

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from node.listings import Correction, draft_of, index, ranking, vocabulary
from node.listings.matching import fts5_match
from tests.node.listings.conftest import MEMBER, Coop

SCRIPTS = [
    # a title, what was typed, and the word that was meant
    ("Sourdough bakery", "bakrey", "bakery"),
    ("Sourdough bakery", "souordouhg", "sourdough"),
    ("Ремонт велосипедов", "велосипедвв", "велосипедов"),
    ("إصلاح الدراجات", "الدرجات", "الدراجات"),
    ("हिन्दी की कक्षा", "हिन्दि", "हिन्दी"),
]


async def test_a_mistyped_word_of_any_script_is_found(coop: Coop) -> None:
    for title in {title for title, _typed, _meant in SCRIPTS}:
        await coop.create(title)
    for title, typed, meant in SCRIPTS:
        page = await coop.search(typed)
        assert [hit.title for hit in page.hits] == [title]
        assert page.corrections == (Correction(typed, (meant,)),)


async def test_typos_are_forgiven_alike_on_both_databases(coop_on_each: Coop) -> None:
    coop = coop_on_each
    await coop.create("Oven mill", body="A garden too")
    await coop.create("Garden bakery", summary="Bread")
    await coop.create("Bakers wanted", visibility="member")
    for q in ("gardn bakery", "garden bakrey", "bakerry"):
        assert await coop.titles(q) == ["Garden bakery"], q
    page = await coop.search("gardne", limit=1)
    assert [hit.title for hit in page.hits] == ["Garden bakery"]
    assert page.corrections == (Correction("gardne", ("garden",)),)
    assert await coop.titles("gardne", limit=1, cursor=page.next) == ["Oven mill"]
    # Known, quoted, insisted on, a number, too short, or of a listing that is not for everybody.
    assert (await coop.search("garden")).corrections == ()
    for q in ('"gardne"', "2027", "bkry"):
        assert await coop.titles(q) == [], q
    assert await coop.titles("gardne", insist=True) == []
    assert await coop.titles("bakesr") == []
    assert await coop.titles("bakesr", viewer=MEMBER) == ["Bakers wanted"]
    # A word that is known is left as it is, also where nothing is found.
    assert await coop.titles("bread oven") == []
    assert await coop.titles("bakery mil") == []


async def test_a_word_that_is_known_is_no_typo_however_many_are_like_it(
    coop_on_each: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "_MOST_READ", 1)
    coop = coop_on_each
    await coop.create("Garden oak")
    await coop.create("Gardens")
    assert await coop.titles("gardne oak") == ["Garden oak"]
    assert await coop.titles("gardens oak") == []


async def words_of(coop: Coop) -> list[str]:
    known = select(vocabulary.search_word.c.word).order_by("word")
    return list(await coop.ask(lambda reader: reader.scalars(known)))


async def test_a_word_goes_with_the_last_listing_that_uses_it(coop_on_each: Coop) -> None:
    coop = coop_on_each
    one, other = await coop.create("Zither lessons"), await coop.create("Zither repair")
    assert {"lessons", "repair", "zither"} <= set(await words_of(coop))
    one = await coop.edit(one, replace(draft_of(one), title="Guitar lessons"))
    assert {"guitar", "lessons", "repair", "zither"} <= set(await words_of(coop))
    await coop.change(other, "retire")
    assert not {"repair", "zither"} & set(await words_of(coop))
    assert await coop.titles("guitr") == ["Guitar lessons"]


async def test_a_word_that_stands_further_down_in_a_listing_is_known_as_long_as_it_is_there(
    coop_on_each: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "_MOST_OF_ONE", 2)
    coop = coop_on_each
    view = await coop.create("Zither lessons")
    view = await coop.edit(view, replace(draft_of(view), title="Guitar and piano and zither"))
    assert "zither" in await words_of(coop)
    await coop.edit(view, replace(draft_of(view), title="Guitar and piano and drums"))
    assert "zither" not in await words_of(coop)


async def test_of_many_that_leave_together_no_word_stays(
    coop_on_each: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    coop = coop_on_each
    await coop.create("Oven and harp")
    before = await words_of(coop)
    monkeypatch.setattr(index, "_AT_ONCE", 2)
    for most in (100, 2):
        monkeypatch.setattr(index, "_MOST_WORDS", most)
        titles = ("Zither and oven", "Oven and drums", "Piano")
        uris = [(await coop.create(title)).uri for title in titles]
        await coop.write(lambda uow, uris=uris: index.remove(uow, uris))
        assert await words_of(coop) == before


async def test_words_of_a_coop_that_left_at_once_are_forgotten_by_and_by(
    coop_on_each: Coop,
) -> None:
    coop = coop_on_each
    await coop.create("Zither lessons")
    await coop.write(lambda uow: index.remove_coop(uow, uow.identities.coop.uri))
    assert "zither" in await words_of(coop)
    await coop.create("Guitar lessons")
    await coop.write(vocabulary.forget_unused_words)
    left = await words_of(coop)
    assert "zither" not in left
    assert {"guitar", "lessons"} <= set(left)


async def test_by_its_beginning_each_word_is_found_also_where_there_are_many(
    coop_on_each: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    coop = coop_on_each
    titles = ["Room 12", "Room12 to let", "Roomy van", "Roof", "Мастерская", "東京の部屋"]
    for title in titles:
        await coop.create(title)
    begun = {
        "roo": {"Room 12", "Room12 to let", "Roomy van", "Roof"},
        "room": {"Room 12", "Room12 to let", "Roomy van"},
        "room1": {"Room12 to let"},
        "to room": {"Room12 to let"},
        "room 12": {"Room 12"},
        "маст": {"Мастерская"},
        "部": {"東京の部屋"},
        "roomier": set(),
    }
    for most in (500, 2, 0):
        monkeypatch.setattr(vocabulary, "_MOST_CONTINUED", most)
        found = {q: set(await coop.titles(q, insist=True)) for q in begun}
        assert found == begun, most


async def test_a_beginning_is_asked_for_word_by_word_if_these_are_few(coop: Coop) -> None:
    for title in ("Room 12", "Room12 to let", "Roof"):
        await coop.create(title)

    async def asked_for(q: str) -> str:
        wanted = ranking.wanted(q)
        return fts5_match(await coop.ask(lambda reader: vocabulary.continued(reader, wanted)), [])

    columns = "{title_words summary_words body_words}"
    assert await asked_for("let room") == f'({columns} : ("let" AND ("room" OR "room12")))'
    assert await asked_for("ro") == f'({columns} : ("ro"))'
    assert await asked_for("12") == f'({columns} : ("12"))'
    assert await asked_for("120") == f'({columns} : ("120"*))'
