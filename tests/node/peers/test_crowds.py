"""Strangers who ask are many, if somebody wants: so many wait, and a no counts for a while."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from federation import moderation, relations
from federation.handlers import Applied, RefusedBy
from federation.models import Relation, RelationState, RemoteActor, RuleLevel
from federation.remote.actors import record_actor
from node import limits, notices, peers
from node.migrations import migrate
from node.peers import PeerState, inbox
from tests.federation.factories import GROCER, remote_actor
from tests.node.migrations import releases
from tests.node.peers.test_inbox import OURS, actor, hear, message, relate, relation, said


@pytest.fixture
async def database(either_database):
    """On SQLite and on PostgreSQL: what is shown of many is chosen by statements."""
    return either_database


async def ask(database, uri: str):
    follow = message("Follow", OURS, uri) | {"id": f"{uri}/follow"}
    return await hear(database, inbox.follows_arrived, follow, {uri: actor(uri)})


async def plant(database, number: int, host: str = "{}.example", **columns) -> None:
    """So many who asked, a host each."""

    async def write(uow) -> None:
        for each in range(number):
            uri = f"https://{host.format(each)}/coop"
            remote_actor(uow, uri, name=f"Stranger {each:04}")
        await uow.session.flush()
        for each in range(number):
            uri = f"https://{host.format(each)}/coop"
            given = {"follower_state": RelationState.ASKED, "their_follow_id": f"{uri}/f"}
            await relations.change(uow, uri, **(given | columns))

    await database.write(write)


async def waiting(database) -> int:
    async with database.reading() as reader:
        asks = Relation.follower_state == RelationState.ASKED
        return await reader.scalar(select(func.count()).select_from(Relation).where(asks))


@pytest.mark.parametrize("host", ["c{}.many.example", "many.example:{}", "a.c{}.many.example:{}"])
async def test_of_one_site_twenty_may_wait_whatever_their_names_and_ports(database, host):
    ports = [host.replace("{}", str(9_000 + n)) for n in range(limits.COOPS_ASKING_OF_A_SITE)]
    for one in ports:
        assert await ask(database, f"https://{one}/coop") == Applied()
    more = await ask(database, "https://one-more.many.example/coop")
    assert isinstance(more, RefusedBy)
    assert (more.status, more.code) == (429, "too-many-asking")
    assert await ask(database, GROCER) == Applied()
    assert await waiting(database) == limits.COOPS_ASKING_OF_A_SITE + 1


async def test_in_all_five_hundred_may_wait_and_a_refused_one_leaves_nothing(database):
    await plant(database, limits.COOPS_ASKING)
    assert (await ask(database, GROCER)).status == 429
    assert await relation(database) is None
    async with database.reading() as reader:
        assert await reader.session.get(RemoteActor, GROCER) is None


async def test_a_full_line_has_room_for_a_site_with_fewer_in_it(database):
    of_site = limits.COOPS_ASKING_OF_A_SITE
    for site in range(limits.COOPS_ASKING // of_site):
        await plant(database, of_site, f"c{{}}.site{site}.example")
    assert (await ask(database, "https://late.site3.example/coop")).status == 429
    assert await ask(database, GROCER) == Applied()
    assert await waiting(database) == limits.COOPS_ASKING
    async with database.reading() as reader:
        rows = await reader.scalars(
            select(Relation.actor_uri).where(Relation.follower_state == RelationState.NONE)
        )
    assert rows == ["https://c9.site0.example/coop"], "the newest of a site that has most"


async def test_who_waits_already_may_ask_again_and_who_was_said_yes_to_is_let_in(database):
    await plant(database, limits.COOPS_ASKING - 1)
    assert await ask(database, GROCER) == Applied()
    assert await ask(database, GROCER) == Applied()
    await database.write(lambda uow: peers.accept(uow, "farm.example"))
    assert await ask(database, "https://farm.example/coop") == Applied()
    assert await ask(database, "https://other.example/coop") != Applied()


async def test_after_a_no_asking_again_says_nothing_for_thirty_days(database, clock):
    await ask(database, GROCER)
    await database.write(lambda uow: peers.decline(uow, GROCER))
    for _again in range(2):
        outcome = await ask(database, GROCER)
        assert isinstance(outcome, RefusedBy)
        assert (outcome.status, outcome.code) == (403, "declined")
    clock.advance(timedelta(days=29))
    assert isinstance(await ask(database, GROCER), RefusedBy)
    assert (await relation(database)).follower_state == RelationState.REFUSED
    assert await said(database) == ["Reject"]
    async with database.reading() as reader:
        assert await notices.given_at(reader, notices.NoticeKind.PEER_ASKS, GROCER) is None
    clock.advance(timedelta(days=1))
    await ask(database, "https://first.example/coop")
    clock.advance(timedelta(seconds=1))
    assert await ask(database, GROCER) == Applied()
    async with database.reading() as reader:
        in_line = [one.uri for one in (await peers.asking(reader)).coops]
    assert in_line == ["https://first.example/coop", GROCER]


@pytest.mark.parametrize("verb", ["Undo", "Delete"])
async def test_a_no_is_not_taken_back_by_whom_it_was_said_to(database, clock, verb):
    await ask(database, GROCER)
    await database.write(lambda uow: peers.decline(uow, GROCER))
    clock.advance(timedelta(days=29))
    handler = {"Undo": inbox.follows_undone, "Delete": inbox.actors_deleted}[verb]
    about = {"Undo": f"{GROCER}/follow", "Delete": GROCER}[verb]
    await hear(database, handler, message(verb, about))
    assert (await ask(database, GROCER)).code == "declined"


async def test_who_asks_and_is_deleted_leaves_no_notice(database):
    await ask(database, GROCER)
    assert await hear(database, inbox.actors_deleted, message("Delete", GROCER)) == Applied()
    async with database.reading() as reader:
        for kind in (notices.NoticeKind.PEER_ASKS, notices.NoticeKind.PEER_LEFT):
            assert await notices.given_at(reader, kind, GROCER) is None


async def test_after_our_no_we_can_begin_any_day(database):
    await ask(database, GROCER)
    await database.write(lambda uow: peers.decline(uow, GROCER))
    await database.write(lambda uow: peers.ask_actor(uow, GROCER))
    assert await ask(database, GROCER) == Applied()
    assert (await relation(database)).follower_state == RelationState.ACCEPTED


async def test_who_only_asks_is_in_no_list_but_that_of_those_who_ask(database):
    await relate(database, follower_state="accepted", following_state="accepted")
    await plant(database, 30)
    await plant(database, 30, "no{}.example", follower_state=RelationState.REFUSED)
    async with database.reading() as reader:
        assert [one.uri for one in await peers.peers(reader)] == [GROCER]
        first, rest = await peers.asking(reader), await peers.asking(reader, skip=20)
        assert (len(first.coops), first.more) == (20, True)
        assert (len(rest.coops), rest.more) == (10, False)
        assert {one.state for one in (*first.coops, *rest.coops)} == {PeerState.ASKED_BY_THEM}
        assert await peers.count_asking(reader) == 30
        assert len(await peers.everyone(reader)) == 31


async def test_those_kept_at_a_distance_wait_behind_the_others_and_call_nobody(database):
    await plant(database, 3)
    limit = (RuleLevel.LIMIT, "loud")
    await database.write(lambda uow: moderation.set_rule(uow, "0.example", *limit))
    async with database.reading() as reader:
        coops = (await peers.asking(reader)).coops
        assert [one.authority for one in coops] == ["1.example", "2.example", "0.example"]
        assert [one.limited for one in coops] == [False, False, True]
        assert await peers.count_asking(reader) == 2


async def test_a_stranger_on_a_peers_host_does_not_stand_in_for_it(database):
    await relate(database, follower_state="accepted", following_state="accepted")

    async def pose(uow) -> None:
        uri = "https://grocer.example/a"
        await record_actor(uow, actor(uri, name="Aa"))
        await relations.change(uow, uri, follower_state=RelationState.ASKED)

    await database.write(pose)
    async with database.reading() as reader:
        assert (await peers.peer_at(reader, "grocer.example")).uri == GROCER


async def test_one_coop_is_read_by_itself_and_no_document_is_read_for_a_list(database):
    await relate(database, follower_state="accepted", following_state="accepted")
    await plant(database, 30)
    asked: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, *_rest) -> None:
        asked.append((statement, parameters))

    async with database.reading() as reader:
        engine = (await reader.session.connection()).sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            assert (await peers.peer(reader, GROCER)).uri == GROCER
            assert await peers.peer(reader, "https://1.example/coop") is not None
            assert await peers.peer(reader, "https://nobody.example/coop") is None
            await peers.peers(reader)
            await peers.asking(reader)
        finally:
            event.remove(engine, "before_cursor_execute", note)
    assert asked
    assert not [statement for statement, _given in asked if "document" in statement]
    alone = [statement for statement, given in asked[:8] if GROCER in str(given)]
    assert any("relation.actor_uri = " in statement for statement in alone)


async def test_a_no_that_was_said_before_the_update_counts_as_long_as_before(tmp_path: Path):
    file = tmp_path / "old.sqlite"
    releases.write_database(releases.NAMES[-1], file)
    with closing(sqlite3.connect(file)) as old:
        old.execute("UPDATE relation SET follower_state = 'refused' WHERE rowid % 2")
        old.commit()
    await migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as new:
        rows = new.execute("SELECT follower_state, declined_at = updated_at FROM relation")
        assert set(rows) == {("accepted", None), ("refused", 1)}
