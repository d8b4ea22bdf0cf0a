"""What our own code fails on, or what ends the whole process, where it is fetched and not sent."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from federation import sync, under_way
from federation.handlers import CatalogueBatch
from federation.inbox.deferred import kept_messages
from federation.storage import UnitOfWork
from federation.under_way import ENDED, MOST_ENDS, EndedTooOften, UnderWay
from tests.federation import shop
from tests.federation.nodes import Foreigner, Node, Wire
from tests.federation.test_catalogue import PAGE, catalogue, page, state
from tests.support.clock import FixedClock

LEASE_IS_OVER = timedelta(minutes=3)


class Ended(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


class Lives:
    """One process of a node after the other, as far as its notes go."""

    def __init__(self, node: Node, clock: FixedClock, folder: Path) -> None:
        self._node = node
        self._clock = clock
        self._folder = folder
        node.federation.under_way._folder = folder

    def end(self) -> None:
        """Leaves the notes as they are, in the name of a process that is no more."""
        notes = (self._folder / f"{os.getpid()}.now").read_bytes()
        (self._folder / "none.now").write_bytes(notes)
        raise Ended

    async def live(self) -> bool:
        """Whether it lived through all that was due."""
        self._clock.advance(LEASE_IS_OVER)
        self._node.federation.under_way.look_back()
        try:
            await self._node.federation.settle()
        except Ended:
            return False
        return True


@pytest.fixture
def lives(loaf: Node, clock: FixedClock, tmp_path: Path) -> Lives:
    return Lives(loaf, clock, tmp_path / "under-way")


def spoil(node: Node, monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> None:
    """What happens as soon as the handler gets an item called poison."""
    handle: Any = node.federation.handlers.catalogue_handler("Proposal")

    async def handle_or_not(uow: UnitOfWork, batch: CatalogueBatch) -> None:
        if any(item.document.get("name") == "poison" for item in batch.items):
            what()
        await handle(uow, batch)

    monkeypatch.setattr(node.federation.handlers, "catalogue_handler", lambda _kind: handle_or_not)


def divide() -> None:
    raise ZeroDivisionError("a defect of ours")


def two_pages(farm: Foreigner) -> None:
    own = f"{farm.base}/goods"
    catalogue(
        farm,
        shop.good(f"{own}/1", farm.coop, "Rye"),
        shop.good(f"{own}/2", farm.coop, "poison"),
        shop.good(f"{own}/3", farm.coop, "Wheat"),
        next_=f"{farm.base}{PAGE}3",
    )
    page(farm, f"{PAGE}3", shop.good(f"{own}/4", farm.coop, "Yeast"))


async def test_an_item_on_which_we_fail_holds_back_none_of_the_others(
    loaf: Node, farm: Foreigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_pages(farm)
    spoil(loaf, monkeypatch, divide)
    await loaf.follow(farm)
    await loaf.federation.settle()
    assert await loaf.goods() == ["Rye", "Wheat", "Yeast"]
    assert (await state(loaf, farm.coop)).finished_at is not None


async def test_an_item_that_ends_the_process_is_left_out_after_the_fifth_time(
    loaf: Node, farm: Foreigner, eve: Foreigner, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_pages(farm)
    catalogue(eve, shop.good(f"{eve.base}/goods/1", eve.coop, "Salt"))
    spoil(loaf, monkeypatch, lives.end)
    await loaf.follow(farm)
    await loaf.follow(eve)
    ends = 0
    while not await lives.live():
        ends += 1
        assert ends <= MOST_ENDS + 1, "once with its page, then alone"
    assert ends == MOST_ENDS + 1
    assert await loaf.goods() == ["Rye", "Salt", "Wheat", "Yeast"]
    assert (await state(loaf, farm.coop)).finished_at is not None


async def test_a_page_that_ends_the_process_is_read_no_more_and_holds_up_no_other_coop(
    loaf: Node, farm: Foreigner, eve: Foreigner, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_pages(farm)
    catalogue(eve, shop.good(f"{eve.base}/goods/1", eve.coop, "Salt"))
    documents, asked = loaf.federation.remote_documents, 0
    fetch = documents.fetch_document

    async def fetch_or_end(url: str) -> Any:
        nonlocal asked
        if url == f"{farm.base}{PAGE}":
            asked += 1
            lives.end()
        return await fetch(url)

    monkeypatch.setattr(documents, "fetch_document", fetch_or_end)
    await loaf.follow(farm)
    await loaf.follow(eve)
    for _life in range(MOST_ENDS + 2):
        await lives.live()
    assert asked == MOST_ENDS
    assert await loaf.goods() == ["Salt"]
    assert str((await state(loaf, farm.coop)).last_error).startswith(f"{ENDED}: ")


async def test_what_a_message_refers_to_may_end_five_processes_and_no_more(
    loaf: Node, farm: Foreigner, wire: Wire, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"{farm.base}/goods/7"
    await wire.deliver(loaf, farm, farm.say(name=f"see {uri}"))
    documents, asked = loaf.federation.remote_documents, 0

    async def end(_uri: str) -> Any:
        nonlocal asked
        asked += 1
        lives.end()

    monkeypatch.setattr(documents, "fetch_normalised", end)
    for _life in range(MOST_ENDS):
        assert not await lives.live()
    assert await lives.live()
    assert asked == MOST_ENDS
    [kept] = await loaf.read(kept_messages)
    assert (kept.state, kept.code) == ("failed", ENDED)


async def test_a_key_may_end_five_processes_and_no_more(
    loaf: Node, farm: Foreigner, eve: Foreigner, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, documents, asked = loaf.federation.keys, loaf.federation.remote_documents, 0
    fetch = documents.fetch_normalised

    async def fetch_or_end(url: str) -> Any:
        nonlocal asked
        if url == farm.coop:
            asked += 1
            lives.end()
        return await fetch(url)

    monkeypatch.setattr(documents, "fetch_normalised", fetch_or_end)
    for _life in range(MOST_ENDS):
        with pytest.raises(Ended):
            await keys.key(f"{farm.coop}#main-key")
        await lives.live()
    with pytest.raises(EndedTooOften):
        await keys.key(f"{farm.coop}#main-key")
    assert asked == MOST_ENDS
    assert (await keys.key(f"{eve.coop}#main-key")).owner == eve.coop
    assert loaf.federation.under_way.left() == 1, "which people are told"


def test_another_version_of_the_program_tries_again_what_ended_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = UnderWay(tmp_path)
    notes.look_back()
    (tmp_path / bytes(32).hex()).write_bytes(b"." * MOST_ENDS)
    notes.look_back()
    assert notes.left() == 1
    monkeypatch.setattr(under_way, "software_version", lambda: "9.9")
    notes.look_back()
    assert notes.left() == 0


def test_a_folder_of_notes_that_cannot_be_listed_is_a_line_and_the_node_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    with capture_logs() as lines:
        UnderWay(tmp_path).look_back()
    [line] = lines
    assert (line["event"], line["folder"]) == ("under-way-unread", str(tmp_path))
    assert line["reason"] == "Permission denied"


def test_what_is_taken_in_side_by_side_is_noted_side_by_side(tmp_path: Path) -> None:
    notes, one, other = UnderWay(tmp_path / "under-way"), bytes(32), b"x" * 32
    file = tmp_path / "under-way" / f"{os.getpid()}.now"
    with notes.applying([one]):
        with notes.applying([other, one]):
            pass
        assert file.read_text().split() == [one.hex()]
    assert file.read_text() == ""
    with notes.applying([other]):
        notes.close()
        with notes.applying([one]):  # a node that stops and starts in one process
            assert file.read_text().split() == [one.hex()]
    notes.close()


async def test_a_catalogue_whose_end_ends_the_process_is_read_no_more_after_the_fifth_time(
    loaf: Node, farm: Foreigner, eve: Foreigner, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_pages(farm)
    catalogue(eve, shop.good(f"{eve.base}/goods/1", eve.coop, "Salt"))
    finish, ended = sync.finish, 0

    async def finish_or_end(uow: UnitOfWork, peer: str, *given: Any) -> None:
        nonlocal ended
        if peer == farm.coop:
            ended += 1
            lives.end()
        await finish(uow, peer, *given)

    monkeypatch.setattr(sync, "finish", finish_or_end)
    await loaf.follow(farm)
    await loaf.follow(eve)
    for _life in range(MOST_ENDS + 2):
        await lives.live()
    assert ended == MOST_ENDS
    assert "Salt" in await loaf.goods()
    assert str((await state(loaf, farm.coop)).last_error).startswith(f"{ENDED}: ")


@pytest.mark.parametrize(
    "torn",
    [b"ab\0\0", b"\0" * 4_096, b"\xff" * 64, b"x" * 64],
    ids=["cut", "nothing", "no-text", "no-mark"],
)
def test_a_torn_note_is_taken_away_and_what_can_be_read_of_it_counts(
    tmp_path: Path, torn: bytes
) -> None:
    whole = bytes(32)
    (tmp_path / "none.now").write_bytes(whole.hex().encode() + b"\n" + torn + b"\n")
    (tmp_path / ("x" * 64)).touch()
    notes = UnderWay(tmp_path)
    notes.look_back()
    assert notes.counts() == {whole: 1}
    assert not (tmp_path / "none.now").exists()


def test_of_what_a_full_disk_takes_half_whole_lines_are_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, one, two, three = UnderWay(tmp_path), bytes(32), b"x" * 32, b"y" * 32
    pwrite = os.pwrite
    with notes.noting([one]):
        monkeypatch.setattr(os, "pwrite", lambda file, lines, at: pwrite(file, lines[:67], at))
        with notes.noting([two, three]), notes.noting([three]):
            noted = (tmp_path / f"{os.getpid()}.now").read_text()
    assert noted == f"{one.hex()}\n{two.hex()}\n{three.hex()}\n"
    notes.close()


def test_a_mark_that_cannot_be_taken_away_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / bytes(32).hex()).mkdir()
    UnderWay(tmp_path).forget(bytes(32))
