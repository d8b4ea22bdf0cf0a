import hashlib

import pytest

from federation.inbox import memory
from federation.inbox.memory import Digests, Name, Verdict, recall, remember
from federation.storage import Database

COOP = "https://a.example/coop"


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def named(*messages: tuple[str, str], by: str = COOP) -> list[tuple[Name, Digests]]:
    return [(Name(by, uri), (digest(body),)) for uri, body in messages]


async def seen(database: Database, *messages: tuple[str, str], by: str = COOP) -> list[Verdict]:
    async with database.reading() as reader:
        return [each.verdict for each in await recall(reader, named(*messages, by=by))]


async def see(database: Database, *messages: tuple[str, str]) -> None:
    async def keep(uow) -> None:
        known = await recall(uow, named(*messages))
        await remember(uow, [each for each in known if each.verdict is Verdict.NEW])

    await database.write(keep)


async def test_what_was_seen_is_known_for_ever(database: Database) -> None:
    await see(database, ("https://a.example/1", "x"))
    assert await seen(
        database,
        ("https://a.example/1", "x"),
        ("https://a.example/1", "y"),
        ("https://a.example/2", "x"),
    ) == [Verdict.SAME, Verdict.OTHER, Verdict.NEW]


async def test_an_id_that_a_neighbour_used_first_is_still_free(database: Database) -> None:
    await see(database, ("https://a.example/1", "x"))
    neighbours = await seen(database, ("https://a.example/1", "y"), by="https://a.example/mallory")
    assert neighbours == [Verdict.NEW]


async def test_what_is_remembered_by_either_digest_is_known_again(database: Database) -> None:
    """What an earlier program remembered by its bytes, and what came in other bytes."""
    await see(database, ("https://a.example/1", "its bytes"), ("https://a.example/2", "its words"))
    named_so = [
        (Name(COOP, f"https://a.example/{number}"), (digest("its words"), digest("its bytes")))
        for number in (1, 2, 3)
    ]
    async with database.reading() as reader:
        verdicts = [each.verdict for each in await recall(reader, named_so)]
    assert verdicts == [Verdict.SAME, Verdict.SAME, Verdict.NEW]


async def test_copies_within_one_list_are_found(database: Database) -> None:
    assert await seen(
        database,
        ("https://a.example/1", "x"),
        ("https://a.example/1", "x"),
        ("https://a.example/1", "y"),
    ) == [Verdict.NEW, Verdict.SAME, Verdict.OTHER]


@pytest.mark.parametrize("number", [7, 2**63 - 1])
async def test_two_ids_with_one_hash_are_two_activities(
    number: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "key_of", lambda _: number)
    await see(database, ("https://a.example/1", "x"), ("https://a.example/2", "y"))
    await see(database, ("https://a.example/3", "z"))
    assert await seen(
        database,
        ("https://a.example/3", "z"),
        ("https://a.example/2", "y"),
        ("https://a.example/1", "x"),
        ("https://a.example/4", "x"),
    ) == [Verdict.SAME, Verdict.SAME, Verdict.SAME, Verdict.NEW]
