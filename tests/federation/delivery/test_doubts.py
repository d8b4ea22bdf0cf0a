"""What was on its way when processes ended: who is a suspect, and that the others do not wait."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from federation.delivery.doubts import Fate, at_peer, fate, itself
from federation.http_client import Answer
from federation.models import Delivery
from federation.outbox import publish
from federation.relations import change
from federation.storage import UnitOfWork
from federation.under_way import MOST_ENDS
from protocol.vocabulary import activities
from tests.federation import factories, shop
from tests.federation.nodes import Node

HANGING, OTHERS = 40, 250


class _Job:
    def __init__(self, seq: int, authority: str = "farm.example", *, anew: bool = False) -> None:
        self.seq, self.authority, self.is_sent_anew = seq, authority, anew


def judged(own: int, of_peer: int, *, anew: bool = False) -> Fate:
    job: Any = _Job(7, anew=anew)
    return fate(job, {itself(job): own, at_peer("farm.example"): of_peer})


def test_what_ended_no_process_is_sent_with_all_others() -> None:
    job: Any = _Job(7)
    assert fate(job, {}) is Fate.SENT
    assert fate(job, {at_peer("mill.example"): MOST_ENDS + 1, itself(_other()): 5}) is Fate.SENT


def test_one_process_that_ended_makes_no_suspect_and_a_second_one_does() -> None:
    assert judged(1, 1) is Fate.SENT
    assert judged(2, 0) is Fate.SENT_ALONE
    assert judged(0, 2) is Fate.SENT_ALONE


def test_a_delivery_that_ended_five_processes_is_left_to_people() -> None:
    assert judged(MOST_ENDS - 1, MOST_ENDS) is Fate.SENT_ALONE
    assert judged(MOST_ENDS, MOST_ENDS) is Fate.LEFT


def test_a_peer_that_ended_one_more_than_a_delivery_may_gets_only_what_people_send_anew() -> None:
    assert judged(0, MOST_ENDS) is Fate.SENT_ALONE
    assert judged(0, MOST_ENDS + 1) is Fate.LEFT
    assert judged(0, MOST_ENDS + 1, anew=True) is Fate.SENT_ALONE


def _other() -> Any:
    return _Job(8)


class Peers:
    """Hosts that answer at once, or late."""

    def __init__(self, folder: Path, hanging: set[str]) -> None:
        self.folder = folder
        self.hanging = hanging
        self.posted: list[tuple[str, int]] = []
        """To whom, and how many were on their way."""
        self.noted: list[int] = []
        """How many deliveries stood in the notes then."""
        self.together: list[str] = []
        """What began while a peer that hangs was asked."""
        self.on_its_way: list[str] = []
        self.others_have_it = asyncio.Event()
        self.answers_late: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)

    async def post(self, inbox: str, _body: bytes, _headers: Any) -> Answer:
        host = inbox.split("/")[2]
        now = (self.folder / f"{os.getpid()}.now").read_text().split()
        assert at_peer(host).hex() in now
        self.noted.append(len(now) // 2)
        self.posted.append((host, len(self.on_its_way)))
        self.together += [host for each in self.on_its_way if each in self.hanging]
        self.on_its_way.append(host)
        try:
            return await self._answer(host)
        finally:
            self.on_its_way.remove(host)

    async def _answer(self, host: str) -> Answer:
        if host in self.hanging:
            await self.answers_late()
            return Answer(202, {}, b"")
        await asyncio.sleep(0)
        answered = {host for host, _ in self.posted} - self.hanging
        if len(answered) == OTHERS:
            self.others_have_it.set()
        return Answer(202, {}, b"")


@pytest.fixture
def names() -> list[str]:
    return [f"p{number}.example" for number in range(HANGING + OTHERS)]


@pytest.fixture
async def peers(loaf: Node, names: list[str], tmp_path: Path) -> Peers:
    """One message of ours is due for each of them; the first hang."""
    folder = tmp_path / "under-way"
    folder.mkdir()
    made = Peers(folder, set(names[:HANGING]))
    loaf.federation.under_way._folder = folder
    loaf.federation.client.post = made.post  # type: ignore[method-assign, assignment]
    actors = [f"http://{name}/coop" for name in names]

    async def know(uow: UnitOfWork) -> None:
        for actor in actors:
            factories.remote_actor(uow, actor)
        await uow.session.flush()

    await loaf.write(know)
    await say(loaf, actors, "1")
    return made


async def say(node: Node, actors: list[str], number: str) -> None:
    async def tell(uow: UnitOfWork) -> None:
        uri = await shop.stock(uow, number, "Rye")
        good = shop.good(uri, node.coop, "Rye")
        document = activities.create("", node.coop, good, actors)
        await publish(uow, document, to_actors=actors, object_uri=uri)

    await node.write(tell)


def ended(peers: Peers, hosts: list[str], times: int) -> None:
    for host in hosts:
        (peers.folder / at_peer(host).hex()).write_bytes(b"." * times)


async def test_of_what_is_claimed_only_what_is_on_its_way_is_noted(
    loaf: Node, peers: Peers
) -> None:
    peers.hanging.clear()
    await loaf.federation.deliver_due()
    assert len(peers.posted) == HANGING + OTHERS
    settings = loaf.federation.settings
    assert peers.noted[0] <= settings.deliveries_in_flight < settings.delivery_batch
    assert (peers.folder / f"{os.getpid()}.now").read_text() == ""


async def test_after_a_kill_nobody_waits_for_those_that_hang(
    loaf: Node, peers: Peers, names: list[str]
) -> None:
    lines = [at_peer(host).hex() for host in names[:100]]
    (peers.folder / "killed.now").write_text("\n".join(lines))
    loaf.federation.under_way.look_back()
    assert len(loaf.federation.under_way.counts()) == 100
    peers.answers_late = peers.others_have_it.wait
    async with asyncio.timeout(20):
        await loaf.federation.deliver_due()
    assert loaf.federation.under_way.counts() == {}, "all of them have outlived it"


async def test_after_a_second_one_suspects_go_alone_and_the_others_between_two_of_them(
    loaf: Node, peers: Peers, names: list[str]
) -> None:
    ended(peers, names[:HANGING], 2)
    await loaf.federation.deliver_due()
    alone = [place for place, (host, _) in enumerate(peers.posted) if host in peers.hanging]
    assert len(alone) == HANGING
    assert [peers.posted[place][1] for place in alone] == [0] * HANGING
    assert peers.together == []
    before = {host for host, _ in peers.posted[: alone[1]]}
    assert len(before - peers.hanging) == OTHERS


async def test_once_a_peer_is_no_suspect_any_more_what_waits_for_it_goes_together(
    loaf: Node, peers: Peers, names: list[str]
) -> None:
    peers.hanging.clear()
    host = names[0]
    for number in "2345":
        await say(loaf, [f"http://{host}/coop"], number)
    ended(peers, [host], 2)
    await loaf.federation.deliver_due()
    others = [on_way for to, on_way in peers.posted if to == host]
    assert (others[0], len(others)) == (0, 5)
    assert max(others) > 0


async def test_suspects_go_once_each_though_it_takes_minutes(
    loaf: Node, peers: Peers, names: list[str], clock: Any
) -> None:
    ended(peers, names[:HANGING], 2)

    async def answer_late() -> None:
        clock.advance(loaf.federation.settings.delivery_lease / 6)

    peers.answers_late = answer_late
    await loaf.federation.deliver_due()
    to = [host for host, _ in peers.posted]
    assert len(to) == len(set(to)) == HANGING + OTHERS


async def test_what_is_said_while_hundreds_wait_to_be_sent_alone_goes_before_the_next_of_them(
    loaf: Node, peers: Peers, names: list[str]
) -> None:
    doubted, other, said = names[:HANGING], names[-1], list[str]()
    ended(peers, doubted, 2)
    for number in "2345678":
        await say(loaf, [f"http://{host}/coop" for host in doubted], number)

    async def say_more() -> None:
        if len({host for host, _ in peers.posted} & peers.hanging) == 5 and not said:
            said.append(other)
            await say(loaf, [f"http://{other}/coop"], "9")

    peers.answers_late = say_more
    await loaf.federation.deliver_due()
    to = [host for host, _ in peers.posted]
    assert len(to) == 8 * HANGING + OTHERS + 1
    alone = sorted(map(to.index, doubted))
    assert alone[4] < to.index(other, to.index(other) + 1) < alone[5]


async def test_what_waits_to_be_sent_alone_is_leased_to_nobody(
    loaf: Node, peers: Peers, names: list[str]
) -> None:
    ended(peers, names[:3], 2)
    peers.hanging = set(names[:3])
    leased = []

    async def look() -> None:
        leased.append([host for host, state in await states(loaf) if state == "sending"])

    peers.answers_late = look
    await loaf.federation.deliver_due()
    assert sorted(leased) == [[host] for host in sorted(names[:3])]


@pytest.mark.parametrize("how", ["suspended", "ended"])
async def test_what_waits_to_be_sent_alone_is_judged_again_when_its_turn_comes(
    loaf: Node, peers: Peers, names: list[str], how: str
) -> None:
    ended(peers, names[:2], 2)
    peers.hanging = set(names[:2])
    waiting: list[str] = []

    async def meanwhile() -> None:
        waiting.extend(peers.hanging - {host for host, _ in peers.posted})
        if how == "ended":
            ended(peers, waiting, MOST_ENDS + 1)
            return
        uri = f"http://{waiting[0]}/coop"
        await loaf.write(change, uri, suspended_at=loaf.federation.clock.now())

    peers.answers_late = meanwhile
    await loaf.federation.deliver_due()
    [host] = waiting
    assert host not in {host for host, _ in peers.posted}
    assert (host, "held" if how == "suspended" else "dead") in await states(loaf)


async def states(node: Node) -> list[tuple[str, str]]:
    async with node.database.reading() as reader:
        rows = await reader.rows(select(Delivery.authority, Delivery.state))
        return [(row.authority, row.state) for row in rows]
