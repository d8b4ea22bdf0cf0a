"""What a node asks the others: is our clock right, is the host there, what have we forgotten."""

import json

import pytest
from sqlalchemy import insert, select, update

from federation.handlers import RefusedBy
from federation.models import Delivery, DeliveryState, HostState, OutboxEntry
from federation.storage import Reader, UnitOfWork
from federation.storage.base import table_of
from node import council, limits
from node.council.deeds import casting
from node.council.rows import log, pending, store, wire
from node.council.rows.models import ballot_table
from node.council.state.record import Inadmissible
from node.council.words import statements
from node.errors import Conflict
from node.notices.models import Notice
from protocol import jcs
from tests.node.council.hall import Assembly, HallOpener, Seat

_h = table_of(HostState).c


@pytest.fixture
async def three(assemble: HallOpener) -> Assembly:
    return await (await assemble(3)).found()


async def told(uow: UnitOfWork, seconds: int, authorities: list[str]) -> None:
    """Other servers said by how much their clocks are ahead of ours."""
    await uow.execute(update(table_of(HostState)).values(clock_offset_seconds=seconds))
    known = set(await uow.scalars(table_of(HostState).select().with_only_columns(_h.authority)))
    rows = [
        {"authority": each, "failures": 0, "clock_offset_seconds": seconds, "updated_at": uow.now}
        for each in authorities
        if each not in known
    ]
    if rows:
        await uow.execute(insert(table_of(HostState)), rows)


async def cosigned(five: Assembly, name: str) -> int:
    known = await five.coops[name].read(store.federation, await five.id_at(name))
    return int(known.cosigned_size)


async def waiting(five: Assembly, name: str) -> set[str]:
    kinds = select(table_of(Notice).c.kind)
    return set(await five.coops[name].read(lambda reader: reader.scalars(kinds)))


async def test_a_clock_that_is_off_is_told_of_and_then_signs_nothing(three) -> None:
    others = ["lanehead.example", "portici.example"]
    pioneer = three.coops["pioneer"]
    before = await cosigned(three, "pioneer")
    await pioneer.write(told, 31, others)
    await three.wait(hours=6, minutes=1)
    await three.name_delegate("portici")
    await three.settle()
    assert "council-clock" in await waiting(three, "pioneer")
    assert await cosigned(three, "pioneer") == before + 1
    await pioneer.write(told, -121, others)
    await three.name_delegate("portici")
    await three.settle()
    assert await cosigned(three, "pioneer") == before + 1
    await pioneer.write(told, 0, others)
    await three.name_delegate("portici")
    await three.settle()
    assert await cosigned(three, "pioneer") == before + 3


async def test_people_hear_of_a_silent_host_and_only_then_may_another_take_over(three) -> None:
    pioneer, number = three.coops["pioneer"], await three.id_at("pioneer")
    await three.wait(hours=7)
    with pytest.raises(Conflict) as refused:
        await pioneer.write(council.take_over, number, by="operator")
    assert refused.value.code == "host-alive"
    three.town.part(["lanehead"], ["portici", "pioneer"])
    for _again in range(5):
        await three.wait(hours=6)
    assert "council-host-silent" in await waiting(three, "pioneer")
    kept = await pioneer.read(council.keeping, number)
    assert (kept.is_silent, kept.may_take_over, kept.candidates) == (True, True, ())
    three.town.part(["lanehead", "portici", "pioneer"])
    await three.settle()
    assert "council-host-silent" not in await waiting(three, "pioneer")
    assert not (await pioneer.read(council.keeping, number)).may_take_over


async def test_who_was_just_started_signs_for_nobody_and_the_host_adds_nothing(three) -> None:
    lanehead, portici = three.coops["lanehead"], three.coops["portici"]
    number = await three.id_at("lanehead")
    size = (await lanehead.read(store.federation, number)).size
    for seat in three.coops.values():
        await seat.write(council.wake)
    await three.name_delegate("lanehead")
    assert (await lanehead.read(store.federation, number)).size == size
    with pytest.raises(Conflict) as refused:
        await portici.write(council.take_over, await three.id_at("portici"), by="operator")
    assert refused.value.code == "catching-up"
    await three.settle()
    assert (await lanehead.read(store.federation, number)).size == size + 1
    assert await cosigned(three, "portici") == size + 1


async def test_a_host_that_was_just_started_keeps_what_members_say_and_of_strangers_nothing(
    assemble: HallOpener,
) -> None:
    """It cannot judge it yet, so anybody could fill its disk with what will never count."""
    four = await assemble(4)
    stranger = await four.found_without("pioneer")
    members = list(four.coops.values())
    camara, portici, number = four.host, four.coops["portici"], await four.id_at("camara")
    size = (await camara.read(store.federation, number)).size
    await camara.write(council.wake)
    await stranger.write(council.apply, camara.uri, four.digest, by="operator")
    four.town.coops = [camara, stranger]
    await four.settle()
    assert stranger.refused == ["starting"]
    known = await camara.read(store.federation, number)
    assert (known.size, await camara.read(pending.unlogged, known)) == (size, [])
    await four.name_delegate("portici")
    four.town.coops = [camara, portici]
    await four.settle()
    [waits] = await camara.read(pending.unlogged, known)
    assert (waits.coop, known.size) == (portici.uri, size)
    four.town.coops = members
    await four.settle()
    assert (await camara.read(store.federation, number)).size == size + 1
    assert portici.refused == []


async def test_a_restored_node_whose_key_was_replaced_since_catches_up_and_cosigns(three) -> None:
    portici, number = three.coops["portici"], await three.id_at("portici")
    before = (await portici.read(store.federation, number)).size
    await portici.write(council.replace_key, number, "A laptop was stolen.", by="operator")
    await three.settle()

    async def restored(uow: UnitOfWork) -> None:
        await log.cut(uow, await store.locked(uow, number), before)
        await council.wake(uow)

    await portici.write(restored)
    await three.settle()
    known = await portici.read(store.federation, number)
    assert (known.size, known.answered, known.cosigned_size) == (before + 1, None, before + 1)


async def test_a_host_that_forgot_the_new_key_of_the_only_other_coop_hears_of_it_again(
    assemble: HallOpener,
) -> None:
    """What that coop says by it waits, and all behind that: but for what the host lacks."""
    two = await (await assemble(2)).found()
    host, portici, number = two.host, two.coops["portici"], await two.id_at("lanehead")
    before = (await host.read(store.federation, number)).size
    theirs = await two.id_at("portici")
    await portici.write(council.replace_key, theirs, "A laptop was stolen.", by="operator")
    await two.settle()
    await two.name_delegate("portici")

    async def restored(uow: UnitOfWork) -> None:
        await log.cut(uow, await store.locked(uow, number), before)
        await council.wake(uow)

    await host.write(restored)
    while await carried(portici, host) or await carried(host, portici):
        await host.write(council.announce_due)
    known = await host.read(store.federation, number)
    assert (known.size, known.answered) == (before + 2, None)


async def carried(seat: Seat, other: Seat) -> int:
    """As deliveries are: what is to come again holds up what was said in its lane since."""
    d, entry = table_of(Delivery).c, table_of(OutboxEntry)
    said = select(d.id, d.object_uri, entry.c.body).join(
        table_of(Delivery), d.outbox_seq == entry.c.seq
    )
    waiting = said.where(d.state == DeliveryState.PENDING).order_by(d.seq)
    done, held = list[str](), set[str]()
    for number, lane, body in await seat.read(lambda reader: reader.rows(waiting)):
        if lane in held:
            continue
        outcome = await other.hear(seat.uri, body)
        if isinstance(outcome, RefusedBy) and outcome.status == 425:
            held.add(lane)
        else:
            done.append(number)
    over = update(table_of(Delivery)).where(d.id.in_(done))
    await seat.write(lambda uow: uow.execute(over.values(state=DeliveryState.DELIVERED)))
    return len(done)


async def test_who_asks_for_the_log_again_and_again_makes_nobody_store_it_each_time(
    three, monkeypatch
) -> None:
    """While so much waits for it: once it has that, it is answered as ever."""
    monkeypatch.setattr(limits, "COUNCIL_WAITING_MOST", 5)
    lanehead, portici = three.coops["lanehead"], three.coops["portici"]
    known = await portici.read(store.federation, await three.id_at("portici"))
    facts = {"federation": known.digest, "size": 0}

    async def asks(uow: UnitOfWork) -> None:
        lane = wire.lane_of(uow, known.id)
        await wire.say(uow, wire.Message.REQUEST, facts, [lanehead.uri], lane)

    three.town.cut = {frozenset((portici.name, lanehead.name))}
    for _again in range(20):
        await portici.write(asks)
    bodies = await portici.read(undelivered)
    for body in bodies:
        await lanehead.hear(portici.uri, body)
    assert len(bodies) == 20
    assert 5 <= len(await lanehead.read(undelivered)) <= 10
    three.town.cut = set()
    await three.settle()
    size = known.size
    await three.name_delegate("lanehead")
    await three.settle()
    assert (await portici.read(store.federation, known.id)).size == size + 1


async def undelivered(reader: Reader) -> list[bytes]:
    d, entry = table_of(Delivery).c, table_of(OutboxEntry)
    said = select(entry.c.body).join(table_of(Delivery), d.outbox_seq == entry.c.seq)
    return await reader.scalars(said.where(d.state == DeliveryState.PENDING).order_by(d.seq))


async def test_a_host_that_was_just_started_refuses_no_ballot_for_good(three) -> None:
    """It may be restored from before the proposal, or before a key was changed."""
    await three.opened()
    portici, host = three.coops["portici"], three.host
    number = await three.id_at(host.name)
    three.town.part(["portici"], set(three.coops) - {"portici"})
    await three.vote("portici", "yes")
    text = await portici.read(lambda reader: reader.scalar(select(ballot_table.c.text)))
    said = json.loads(text) | {"proposal": "of-after-the-backup"}
    ballot = statements.read(jcs.canonical(said).decode())

    async def refused() -> tuple[str | None, int]:
        known = await host.read(store.federation, number)
        with pytest.raises(Inadmissible) as error:
            await host.write(casting.hear_ballot, known, ballot)
        return error.value.code, error.value.status

    assert await refused() != ("starting", 425)
    await host.write(council.wake)
    assert await refused() == ("starting", 425)
