"""Many strangers ask, were declined, or only wrote: no page of anybody reads more for it."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from federation import relations
from federation.models import RelationState, RemoteActor
from federation.remote.actors import record_actor
from federation.storage import Reader, UnitOfWork
from node import limits
from tests.support.town import Coop, Town, TownFounder
from tests.ui.web.visitor import Visitor, signed_in, stranger

BOMB = "".join(f"<b id={number}>" for number in range(2_000))
PAGES = ("/", "/about", "/coops", "/coops/portici.example", "/search?q=bread", "/more", "/threads")
OF_ADMINS = ("/", "/peers", "/audit", "/write?coop=portici.example")


@dataclass
class Read:
    """What was read of the database."""

    rows: int = 0
    signs: int = 0

    def note(self, rows: list[Any]) -> list[Any]:
        self.rows += len(rows)
        self.signs += sum(len(repr(row)) for row in rows)
        return rows


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    """Count what readers hand out, meanwhile."""
    read = Read()
    with monkeypatch.context() as patch:
        for name in ("rows", "scalars"):
            whole = getattr(Reader, name)

            async def reading(self: Reader, *given: Any, whole: Any = whole) -> list[Any]:
                return read.note(await whole(self, *given))

            patch.setattr(Reader, name, reading)
        yield read


async def crowd(coop: Coop, number: int, state: RelationState, summary: str = BOMB) -> None:
    """So many strangers with long documents, recorded as any is."""

    async def come(uow: UnitOfWork) -> None:
        for each in range(number):
            uri = f"https://{state}-{each}.example/coop"
            said = {"id": uri, "type": "Organization", "inbox": f"{uri}/inbox", "summary": summary}
            await record_actor(uow, said | {"name": f"Stranger {each}"})
            await relations.change(uow, uri, follower_state=state, their_follow_id=f"{uri}/f")

    await coop.node.write(come)


@pytest.fixture
async def town(found_town: TownFounder) -> Town:
    town = await found_town(2)
    await town.introduce(*town.coops)
    return town


@pytest.fixture
async def visitors(town: Town) -> AsyncGenerator[dict[str, Visitor]]:
    [coop, _portici] = town.coops
    async with (
        stranger(coop) as passer,
        signed_in(coop, "rosa") as rosa,
        signed_in(coop, "femi", "admin") as femi,
    ):
        yield {"passer": passer, "member": rosa, "admin": femi}


async def read_by(
    visitor: Visitor, path: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, int, int]:
    with counted(monkeypatch) as read:
        status = (await visitor.get(path)).status
    return status, read.rows, read.signs


async def test_a_page_reads_as_much_however_many_were_declined_or_ask(
    town: Town, visitors: dict[str, Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    [coop, portici] = town.coops
    pages = [page.replace("portici.example", portici.node.config.authority) for page in PAGES]
    asked = [(who, page) for who in ("passer", "member") for page in pages]
    before = {each: await read_by(visitors[each[0]], each[1], monkeypatch) for each in asked}
    assert sum(rows for _status, rows, _signs in before.values()) > len(asked)
    for state in (RelationState.REFUSED, RelationState.NONE, RelationState.ASKED):
        await crowd(coop, 60, state)
    for each in asked:
        assert await read_by(visitors[each[0]], each[1], monkeypatch) == before[each], each


async def test_an_admins_pages_show_the_first_who_ask_and_count_the_others(
    town: Town, visitors: dict[str, Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    [coop, portici] = town.coops
    pages = [page.replace("portici.example", portici.node.config.authority) for page in OF_ADMINS]
    femi = visitors["admin"]
    await crowd(coop, 25, RelationState.ASKED)
    before = {page: await read_by(femi, page, monkeypatch) for page in pages}
    await crowd(coop, 60, RelationState.REFUSED)
    for page in pages:
        assert await read_by(femi, page, monkeypatch) == before[page], page
    first, rest = (await femi.get("/peers")).text, (await femi.get("/peers?skip=20")).text
    assert first.count('value="decline"') == 20
    assert rest.count('value="decline"') == 5
    assert 'href="/peers?skip=20"' in first
    assert "skip=40" not in rest


async def test_a_full_line_of_those_who_ask_is_a_few_short_rows(
    town: Town, visitors: dict[str, Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    [coop, _portici] = town.coops
    femi = visitors["admin"]
    _status, rows, signs = await read_by(femi, "/search", monkeypatch)
    await crowd(coop, limits.COOPS_ASKING, RelationState.ASKED, "short")
    status, more_rows, more_signs = await read_by(femi, "/search", monkeypatch)
    assert status == 200
    assert more_rows - rows == limits.COOPS_ASKING
    assert more_signs - signs < 200 * limits.COOPS_ASKING


async def test_strangers_whom_nobody_dealt_with_are_forgotten_and_the_journal_says_so(
    town: Town, visitors: dict[str, Visitor]
) -> None:
    [coop, portici] = town.coops
    await crowd(coop, 3, RelationState.NONE)
    await crowd(coop, 1, RelationState.ASKED)
    town.clock.advance(limits.STRANGERS_KEPT + timedelta(seconds=1))
    await coop.node.run_due()
    async with coop.node.reading() as reader:
        known = set(await reader.scalars(select(RemoteActor.uri)))
    assert "https://asked-0.example/coop" in known
    assert {portici.uri, f"{portici.node.config.address}/node"} <= known
    assert not {uri for uri in known if "none-" in uri}
    assert (
        "Servers that only came by were forgotten" in (await visitors["admin"].get("/audit")).text
    )
