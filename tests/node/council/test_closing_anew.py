"""A close that is replaced: until when, by whom, and who may not be blamed for it."""

from datetime import timedelta
from pathlib import Path

import pytest

from federation.storage import Database, UnitOfWork
from node.council import inbox
from node.council.rows import log, pending, revealing, store
from node.council.state import effects
from node.council.state.heads import Shown, checkpoint_of
from node.council.state.record import Inadmissible
from node.council.steps import closing, following, hosting
from node.council.words.reasons import Objection
from tests.node.council.chamber import NAMES, Chamber, nonce
from tests.node.council.host import ID, open_host


def test_an_early_close_makes_nobody_late_and_no_lot_is_drawn_for_it() -> None:
    """A host closes at once and reveals at once: neither counts before a quorum has stored the
    close, and not before the end of the vote, whatever it signs with a few others."""
    chamber = Chamber().found()
    chamber.opened()
    before = chamber.head()
    chamber.must(chamber.close([before]))
    too_few, too_soon = chamber.head(by=NAMES[:2]), chamber.head()
    for head, code in ((before, "head-too-early"), (too_few, "no-quorum")):
        assert chamber.why_not(chamber.reveal("camara", head)) == code
    assert chamber.why_not(chamber.reveal("camara", too_soon)) == "head-too-early"
    ballot = chamber.must(chamber.ballot("lanehead", "yes"))

    in_time = chamber.head()
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt")
    over_the_first = chamber.head(size=len(chamber.entries) - 1)
    close = chamber.must(chamber.close([in_time]))
    assert close["timely"] == [ballot.object]
    for head in (over_the_first, None):
        assert chamber.why_not(chamber.reveal("camara", head)) == "head-too-early"
    chamber.must(chamber.reveal("camara", chamber.head()))
    chamber.must(chamber.reveal("pioneer", None))
    assert chamber.why_not(chamber.close([in_time])) == "proposal-state"
    assert chamber.why_not(chamber.ballot("pioneer", "yes")) == "ballot-late"


def two_closes(missing: tuple[str, ...] = ()) -> Chamber:
    """A vote that was closed, and again with one ballot more; these sent no row."""
    chamber = Chamber().found()
    chamber.opened(missing)
    in_time = chamber.head()
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt") + timedelta(minutes=10)
    for name in ("lanehead", "pioneer"):
        chamber.must(chamber.close([in_time]))
        if name == "lanehead":
            chamber.must(chamber.ballot(name, "yes"))
    return chamber


@pytest.fixture
async def closed_twice(tmp_path: Path) -> tuple[Chamber, Database]:
    """A node whose copy has two closes of one vote, with heads that it has not heard of yet."""
    chamber = two_closes()
    return chamber, await open_host(tmp_path, chamber)


def size_of(chamber: Chamber, head: Shown) -> int:
    return chamber.record.opened(checkpoint_of(head))[0].size


async def objection(
    uow: UnitOfWork, chamber: Chamber, size: int, *, has_revealed: bool
) -> str | None:
    """Why our node does not cosign, once it knows a head of this size."""
    known = await store.federation(uow, ID)
    record = await store.record(uow, known)
    head = chamber.head(size=size)
    await log.note_checkpoint(uow, known, record, head, [])
    if has_revealed:
        await pending.keep(uow, known, [chamber.reveal(chamber.host, head)])
    return await closing.objection(uow, await store.federation(uow, ID))


async def test_a_head_over_the_second_close_is_none_over_the_first(closed_twice) -> None:
    chamber, database = closed_twice
    size = len(chamber.entries)
    told = {"size": size, "has_revealed": True}
    assert await database.write(lambda uow: objection(uow, chamber, **told)) is None
    await database.close()


async def test_nobody_cosigns_a_close_in_place_of_one_that_it_has_revealed_for(
    closed_twice,
) -> None:
    """The host could choose between two lots. As long as one of a quorum has kept its part, it
    cannot: so no member can stop a close anew by what it tells a few others."""
    chamber, database = closed_twice
    size = len(chamber.entries) - 1
    for has_revealed, found in ((False, None), (True, Objection.CLOSED_TWICE)):
        told = {"size": size, "has_revealed": has_revealed}
        assert await database.write(lambda uow, told=told: objection(uow, chamber, **told)) == found

    async def too_late(uow: UnitOfWork) -> str | None:
        await hosting.accept(uow, ID, chamber.reveal("lanehead", chamber.head()))
        return await closing.objection(uow, await store.federation(uow, ID))

    assert await database.write(too_late) is None, "a quorum went on: nothing can be changed"
    await database.close()


async def test_who_has_no_part_in_the_lot_cosigns_no_second_close(tmp_path: Path) -> None:
    """It has none to keep back."""
    chamber = two_closes(missing=("camara",))
    database = await open_host(tmp_path, chamber)
    told = {"size": len(chamber.entries) - 1, "has_revealed": False}
    found = await database.write(lambda uow: objection(uow, chamber, **told))
    await database.close()
    assert found == Objection.CLOSED_TWICE


async def test_who_revealed_for_a_close_that_was_replaced_reveals_again(closed_twice) -> None:
    """Or its part of the lot would be lost with the first; and others hold the newer one."""
    chamber, database = closed_twice
    first, both = chamber.head(size=len(chamber.entries) - 1), chamber.head()

    async def hold(uow: UnitOfWork) -> list[bool]:
        known = await store.federation(uow, ID)
        told = [chamber.reveal("lanehead", head) for head in (first, first, both, first)]
        return [await revealing.hold(uow, known, each) for each in told]

    async def again(uow: UnitOfWork) -> list[list[int]]:
        known = await store.federation(uow, ID)
        row = await store.proposal_named(uow, ID, "p1")
        assert row is not None
        await store.change_proposal(uow, row.id, nonce=bytes.fromhex(nonce(chamber.host)))
        await log.note_checkpoint(uow, known, await store.record(uow, known), both, [])
        said = []
        for head in (first, both):
            await pending.keep(uow, known, [chamber.reveal(chamber.host, head)])
            said.append(await following.head_grew(uow, known, len(chamber.entries)))
        return [[size_of(chamber, each["closingHead"]) for each in found] for found in said]

    async def hold_another(uow: UnitOfWork) -> None:
        reveal = chamber.reveal("pioneer", both, nonce=nonce("lanehead"))
        await revealing.hold(uow, await store.federation(uow, ID), reveal)

    assert await database.write(hold) == [True, False, True, False]
    with pytest.raises(Inadmissible, match="committed to"):
        await database.write(hold_another)
    assert await database.write(again) == [[len(chamber.entries)], []]
    await database.close()


async def test_the_host_reveals_first_and_who_has_waited_shows_a_head(tmp_path: Path) -> None:
    """One head in the log is enough; a host that shows none holds nobody up."""
    chamber = Chamber().found()
    chamber.opened()
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt") + timedelta(minutes=10)
    chamber.must(chamber.close([]))
    over, size, hosts = chamber.head(), len(chamber.entries), chamber.reveal("camara", None)
    chamber.heir = "lanehead"
    database = await open_host(tmp_path, chamber)

    async def asked(uow: UnitOfWork) -> list[list[int | None]]:
        known = await store.federation(uow, ID)
        row = await store.proposal_named(uow, ID, "p1")
        assert row is not None
        await store.change_proposal(uow, row.id, nonce=bytes.fromhex(nonce("lanehead")))
        row = await store.proposal(uow, row.id)
        await log.note_checkpoint(uow, known, await store.record(uow, known), over, [])
        record = await store.record(uow, known, ["p1"])
        about = (uow, known, record, row, record.proposals["p1"])
        said = [await following.reveal(*about), await following.reveal(*about, has_waited=True)]
        effects.settle(record, size, hosts)
        said.append(await following.reveal(*about))
        heads = [[each["closingHead"] for each in found] for found in said]
        return [[head and size_of(chamber, head) for head in found] for found in heads]

    assert await database.write(asked) == [[], [size], [None]]
    await database.close()


async def test_a_host_that_is_shown_a_part_of_the_lot_learns_what_is_stored(tmp_path: Path) -> None:
    """What comes too soon is refused, and the host can close anew; what comes with a head that the
    host had not heard of is taken, and the close stands."""
    chamber = Chamber().found()
    chamber.opened()
    chamber.now = chamber.record.proposals["p1"].text.moment("closesAt") + timedelta(minutes=10)
    before = chamber.head()
    chamber.must(chamber.close([]))
    over = chamber.head(by=NAMES[1:])
    database = await open_host(tmp_path, chamber)

    async def hear(uow: UnitOfWork, head: str) -> int:
        known = await store.federation(uow, ID)
        await inbox._log(uow, known, chamber.reveal("lanehead", head))
        return int((await store.federation(uow, ID)).head_size)

    with pytest.raises(Inadmissible, match="before the close"):
        await database.write(lambda uow: hear(uow, before))
    assert await database.write(lambda uow: hear(uow, over)) == len(chamber.entries)
    await database.close()
