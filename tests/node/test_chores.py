"""What is done again and again: where the program fails at one thing, the others are done."""

import asyncio
import os
from typing import Any

import pytest

from federation import delivery
from federation.errors import Contended, NotFound, StorageUnavailable
from federation.storage import UnitOfWork, pauses
from federation.under_way import ENDED, MOST_ENDS, mark_of
from node import council, group, handoffs, listings, peers, policies, privacy, timers
from node.clock_steps import ClockSteps
from node.config import UNDER_WAY
from node.joining.commands import FORGOTTEN
from node.loops import one_after_the_other
from node.vault import ErasureLog
from tests.support.town import Coop, TownFounder

AWAY = "nobody.localhost:1"


class Ended(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


async def fails(*_given: Any) -> None:
    raise ZeroDivisionError("a defect of ours")


@pytest.mark.parametrize(
    ("slice_", "act"),
    [(policies, "run_due"), (listings, "expire_due"), (privacy, "keep_retention")],
)
async def test_deadlines_are_kept_and_erasures_written_down_though_something_before_them_fails(
    coop: Coop, monkeypatch: pytest.MonkeyPatch, slice_: Any, act: str
) -> None:
    monkeypatch.setattr(slice_, act, fails)
    await coop.write(timers.set_timer, FORGOTTEN, "somebody", coop.node.clock.now())
    with pytest.raises(ZeroDivisionError):
        await coop.node.run_due()
    assert await coop.read(timers.due_at, FORGOTTEN, "somebody") is None
    assert ErasureLog(coop.node.config.data).read().keys() == {"somebody"}


@pytest.mark.parametrize(
    ("slice_", "act"),
    [(council, "has_news"), (handoffs, "collect_due"), (group, "attend")],
)
async def test_coops_are_looked_for_though_something_before_it_fails(
    coop: Coop, monkeypatch: pytest.MonkeyPatch, slice_: Any, act: str
) -> None:
    monkeypatch.setattr(slice_, act, fails)
    await coop.write(peers.ask_later, AWAY)
    with pytest.raises(ZeroDivisionError):
        await coop.node.attend()
    assert [wish.attempts for wish in await coop.read(peers.wishes)] == [1]


async def test_a_coop_at_which_our_program_fails_keeps_no_other_from_being_asked(
    found_town: TownFounder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanehead, portici = (await found_town(2)).coops
    resolve = lanehead.node.federation.actors.resolve

    async def resolve_or_fail(text: str) -> str:
        if text == AWAY:
            raise ZeroDivisionError("a defect of ours")
        return await resolve(text)

    monkeypatch.setattr(lanehead.node.federation.actors, "resolve", resolve_or_fail)
    for address in (AWAY, portici.address):
        await lanehead.write(peers.ask_later, address)
    await lanehead.node.attend()
    [left] = await lanehead.read(peers.wishes)
    assert (left.address, left.last_error) == (AWAY, "our-failure: ZeroDivisionError")
    assert left.next_attempt_at is not None
    assert left.next_attempt_at > lanehead.node.clock.now()


async def test_a_coop_that_ends_our_program_is_looked_for_five_times_and_no_more(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    federation, folder = coop.node.federation, coop.node.config.data / UNDER_WAY
    mark = mark_of("wish", AWAY)
    noted: list[bool] = []

    async def resolve(_text: str) -> str:
        notes = (folder / f"{os.getpid()}.now").read_text()
        noted.append(mark.hex() in notes)
        raise Ended

    monkeypatch.setattr(federation.actors, "resolve", resolve)
    await coop.write(peers.ask_later, AWAY)
    for ends in range(1, MOST_ENDS + 1):
        with pytest.raises(Ended):
            await coop.node.attend()
        with (folder / mark.hex()).open("ab") as counted:  # as the next process finds it
            counted.write(b".")
        assert len(noted) == ends
    await coop.node.attend()
    assert noted == [True] * MOST_ENDS
    [wish] = await coop.read(peers.wishes)
    assert (wish.last_error or "").startswith(f"{ENDED}:")


async def test_while_the_database_is_away_nothing_further_is_tried() -> None:
    tried: list[str] = []

    async def is_away() -> None:
        tried.append("first")
        raise StorageUnavailable("The database is away.")

    async def follows() -> None:
        tried.append("second")

    with pytest.raises(StorageUnavailable):
        await one_after_the_other([is_away, follows])
    assert tried == ["first"]


async def test_what_others_are_always_quicker_than_holds_up_nothing_else() -> None:
    """A long change on a busy PostgreSQL loses each race, every minute anew."""
    done: list[str] = []

    async def is_late() -> None:
        raise Contended("Another change came first.")

    async def follows() -> None:
        done.append("second")

    with pytest.raises(Contended):
        await one_after_the_other([is_late, follows])
    assert done == ["second"]


async def test_who_was_looked_for_when_a_process_ended_is_looked_for_last_and_alone(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that ends our program would take the others with it each time, until none is asked."""
    federation, folder = coop.node.federation, coop.node.config.data / UNDER_WAY
    folder.mkdir(exist_ok=True)
    near, last = "near.localhost:1", "last.localhost:1"
    on_their_way, seen = set[str](), list[tuple[str, int]]()

    async def resolve(text: str) -> str:
        on_their_way.add(text)
        await asyncio.sleep(0.01)
        seen.append((text, len(on_their_way)))
        on_their_way.remove(text)
        raise NotFound("Nobody is there.")

    monkeypatch.setattr(federation.actors, "resolve", resolve)
    for address, ends in ((AWAY, b"..."), (last, b"."), (near, b"")):
        await coop.write(peers.ask_later, address)
        if ends:
            (folder / mark_of("wish", address).hex()).write_bytes(ends)
    await coop.node.attend()
    assert seen == [(near, 1), (last, 1), (AWAY, 1)]


async def test_what_was_given_up_by_a_wrong_clock_is_taken_up_though_the_database_was_busy(
    coop: Coop, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, taken = ClockSteps(coop.node.database, coop.node.clock), []

    async def is_busy(_uow: UnitOfWork) -> None:
        raise StorageUnavailable("The database is busy.")

    async def take_up_again(_uow: UnitOfWork) -> None:
        taken.append("again")

    monkeypatch.setattr(delivery, "take_up_again", take_up_again)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(pauses, "bring_back", is_busy)
        with pytest.raises(StorageUnavailable):
            await steps.put_right()
    await steps.put_right()
    await steps.put_right()
    assert taken == ["again"]
