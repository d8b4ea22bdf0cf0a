"""Somebody asks for a key in place of one that is not lost: its node says so, and all hear it."""

from typing import Any

import pytest

from federation.storage import UnitOfWork
from node import council
from node.council import inbox
from node.council.rows import pending, store, wire
from node.council.rows.store import Federation
from node.council.steps import hosting
from node.council.words import statements
from node.council.words.statements import Kind, Statement
from tests.node.council.chamber import key, public
from tests.node.council.hall import Assembly, HallOpener

pytestmark = pytest.mark.long

OTHERS = ("camara", "lanehead", "pioneer")


async def ask_like_a_stranger(uow: UnitOfWork, federation_id: str) -> None:
    """Who has the coop's address, and not its key."""
    known = await store.federation(uow, federation_id)
    ours = uow.identities.coop.uri
    record = await store.record(uow, known)
    fields = {"old": record.members[ours].key, "key": public("stranger", "coop")}
    fields |= {"witness": public("stranger", "witness"), "reason": "We lost it."}
    document = statements.new(Kind.REPLACEMENT, ours, known.digest, uow.now, **fields)
    said = statements.signed(document, key("stranger", "coop"), created=uow.now)
    await wire.tell(uow, said, [known.host], wire.lane_of(uow, known.id))


def keep_protests_back(lie: pytest.MonkeyPatch) -> None:
    honest = inbox._log

    async def log(uow: UnitOfWork, known: Federation, said: Statement) -> bool:
        if hosting.keeps(uow, known) and said.kind is Kind.PROTEST:
            return False
        return await honest(uow, known, said)

    lie.setattr(inbox, "_log", log)


async def vouch(four: Assembly) -> None:
    for name in OTHERS:
        said = (await four.id_at(name), four.coops["portici"].uri, "We telephoned.")
        await four.coops[name].write(council.vouch, *said, by="operator")
    await four.settle()


async def seen(four: Assembly, query: Any) -> dict[str, Any]:
    return {name: await four.coops[name].read(query, await four.id_at(name)) for name in OTHERS}


async def stopped(four: Assembly) -> dict[str, str | None]:
    found = await seen(four, council.federation)
    return {name: view.stopped_because for name, view in found.items()}


async def has_new_key(four: Assembly) -> set[bool]:
    found = await seen(four, council.federation)
    keys = [{each.key for each in view.members} for view in found.values()]
    return {public("stranger", "coop") in each for each in keys}


async def hold_one_more(uow: UnitOfWork, federation_id: str) -> None:
    """The log has taken one, and takes no other."""
    known = await store.federation(uow, federation_id)
    [about] = (await store.record(uow, known)).wanted
    document = statements.new(
        Kind.PROTEST, uow.identities.coop.uri, known.digest, uow.now, replacement=about
    )
    said = statements.signed(document, key("portici", "coop"), created=uow.now)
    await pending.keep(uow, known, [said])


async def kept(four: Assembly, name: str) -> list[Kind]:
    async def waiting(reader: Any, federation_id: str) -> list[Kind]:
        known = await store.federation(reader, federation_id)
        return [each.kind for each in await pending.unlogged(reader, known)]

    found: list[Kind] = await four.coops[name].read(waiting, await four.id_at(name))
    return found


async def test_a_living_key_says_no_by_itself_and_no_host_keeps_that_back(
    assemble: HallOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others hold it, store nothing that comes of their vouching, and pass it on. In the log it
    takes their vouching back; when they vouch knowing of it, the key is replaced."""
    four = await (await assemble(4)).found()
    with monkeypatch.context() as lie:
        keep_protests_back(lie)
        await four.coops["portici"].write(ask_like_a_stranger, await four.id_at("portici"))
        await four.settle()
        await vouch(four)
        why = "log-lacks-protests"
        assert await stopped(four) == {"camara": None, "lanehead": why, "pioneer": why}
        assert await has_new_key(four) == {False}

    await four.name_delegate("pioneer")
    await four.settle()
    for asked in (await seen(four, council.keys_asked)).values():
        [one] = asked
        assert (one.is_contested, one.vouched, one.needed) == (True, (), 3)
    assert set((await stopped(four)).values()) == {None}
    assert await has_new_key(four) == {False}

    await four.wait(minutes=1)
    await four.coops["lanehead"].write(hold_one_more, await four.id_at("lanehead"))
    await vouch(four)
    assert await has_new_key(four) == {True}
    for name in OTHERS:
        assert await kept(four, name) == [], "nobody asks for it any more"
