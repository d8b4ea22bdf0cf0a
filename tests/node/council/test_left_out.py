"""E7 is for a host that insists: not for one that was never shown what its close lacks."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from federation.models import OutboxEntry
from federation.storage import UnitOfWork
from node import timers
from node.council import inbox
from node.council.count import evidence
from node.council.rows import log, receipts, store
from node.council.rows.models import evidence_table, federation_table
from node.council.state.record import Inadmissible
from node.council.steps import closing
from node.council.words.reasons import Objection
from node.council.words.statements import Kind, Statement
from protocol import datetimes, strict_json
from tests.node.council.chamber import Chamber, uri
from tests.node.council.host import ID, open_host

SAW = ("mawimbi", "pioneer", "portici")


class Vote(Chamber):
    """A vote that was closed without a ballot that three of five coops saw in time."""

    missing: Statement
    closed: Statement
    seen: Sequence[Statement]

    def over(self) -> "Vote":
        closes = self.found().opened().moment("closesAt")
        self.missing = self.ballot("lanehead", "yes")
        about = {"proposal": "p1", "ballot": self.missing.object, "at": datetimes.format(self.now)}
        self.seen = [self.say(name, Kind.SEEN, **about) for name in SAW]
        self.now = closes + timedelta(minutes=10)
        self.closed = self.must(self.close([]))
        return self

    def accuse(self, *seen: Statement, context: Sequence[Statement] = ()) -> Statement:
        assert self.record.charter is not None
        text = {"proposal": self.record.proposals["p1"].text.text}
        return self.say(
            "lanehead",
            Kind.EVIDENCE,
            code="E7",
            culprit=uri("camara"),
            proposal="p1",
            context=[each.text for each in (self.record.charter, *context)],
            parts=[self.missing.text, self.closed.text, text, *(each.text for each in seen)],
        )


@pytest.fixture
def vote() -> Vote:
    return Vote().over()


async def hear(uow: UnitOfWork, said: Statement) -> int:
    """How much our node holds as evidence after that."""
    received: Any = SimpleNamespace(activity=SimpleNamespace(actor=said.coop))
    await inbox._hear_statement(uow, received, {"statement": said.text})
    return await held(uow)


async def held(uow: UnitOfWork) -> int:
    return len(await uow.scalars(select(evidence_table.c.id)))


async def closed(uow: UnitOfWork) -> Statement | None:
    record = await store.record(uow, await store.federation(uow, ID), ["p1"])
    return record.proposals["p1"].close


@pytest.mark.parametrize(("waited", "kept"), [(timedelta(0), 0), (timedelta(hours=12), 1)])
async def test_who_is_accused_is_shown_what_its_close_lacks_and_closes_anew(
    vote: Vote, tmp_path: Path, waited: timedelta, kept: int
) -> None:
    """Nothing is left of the evidence then; and nobody calls it that while there was no time."""
    vote.now += waited
    database = await open_host(tmp_path, vote)
    assert await database.write(lambda uow: hear(uow, vote.accuse(*vote.seen))) == kept
    while await database.write(timers.run_due):
        pass
    anew = await database.write(closed)
    assert anew is not None
    assert anew["timely"] == [vote.missing.object]
    assert await database.write(held) == 0
    with pytest.raises(Inadmissible, match="closed anew"):
        await database.write(lambda uow: hear(uow, vote.accuse(*vote.seen)))
    await database.close()


async def test_whoever_hears_of_it_shows_the_host_what_is_missing(
    vote: Vote, tmp_path: Path
) -> None:
    """Who accuses it may have told everybody but the host."""
    database = await open_host(tmp_path, vote)

    async def elsewhere(uow: UnitOfWork) -> list[list[str]]:
        await uow.execute(update(federation_table).values(host=uri("portici")))
        await hear(uow, vote.accuse(*vote.seen))
        bodies = await uow.scalars(select(OutboxEntry.body))
        told = [strict_json.loads(each)["object"] for each in bodies]
        return [each["facts"]["statements"] for each in told if each["kind"] == "councilPassedOn"]

    missing = [vote.missing.text, *(each.text for each in vote.seen)]
    assert await database.write(elsewhere) == [missing]
    await database.close()


async def test_what_is_shown_after_a_quorum_stored_the_close_blames_nobody(
    vote: Vote, tmp_path: Path
) -> None:
    """Receipts that were kept back until nobody could close anew: nor is the log held up then."""
    over = vote.head()
    database = await open_host(tmp_path, vote)

    async def note(uow: UnitOfWork) -> None:
        known = await store.federation(uow, ID)
        await log.note_checkpoint(uow, known, await store.record(uow, known), over, [])

    async def look(uow: UnitOfWork) -> str | None:
        known = await store.federation(uow, ID)
        await store.keep(uow, ID, [vote.missing])
        for each in vote.seen:
            await receipts.keep(uow, known, each, vote.missing.coop)
        return await closing.objection(uow, known)

    assert await database.write(look) == Objection.LACKS_BALLOTS
    await database.write(note)
    assert await database.write(look) is None
    with pytest.raises(Inadmissible, match="has stored the close"):
        await database.write(lambda uow: hear(uow, vote.accuse(*vote.seen)))
    assert await database.write(held) == 0
    await database.close()


async def test_more_than_half_are_counted_of_those_who_belonged_at_the_close(
    vote: Vote, tmp_path: Path
) -> None:
    vote.wait(hours=12)
    gone = [vote.must(vote.say(name, Kind.LEAVE)) for name in ("camara", "portici")]
    two = vote.accuse(*vote.seen[:2], context=gone)
    assert vote.record.charter is not None
    given = (two["context"], two["parts"], vote.record.charter.content)
    assert evidence.check("E7", *given).culprit == uri("camara"), "a stranger cannot know"
    database = await open_host(tmp_path, vote)
    with pytest.raises(Inadmissible, match="Other coops"):
        await database.write(lambda uow: hear(uow, two))
    assert await database.write(lambda uow: hear(uow, vote.accuse(*vote.seen))) == 1
    await database.close()
