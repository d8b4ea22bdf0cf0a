"""Actors of other servers are forgotten once nothing here names them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Text, func, select, update

import node.tables  # noqa: F401 - registers the tables
from federation.models import Relation, RelationState, RemoteActor, RemoteKey
from federation.outbox import publish
from federation.relations import change
from federation.remote.actors import record_actor
from federation.storage import Base, Database
from federation.storage.base import table_of
from node import audit, council, limits, strangers
from node.council.rows.models import CouncilFederation
from node.group.models import Follower
from node.migrations import migrate
from protocol import keys
from protocol.contexts import AS2
from tests.federation.factories import GROCER, remote_actor
from tests.federation.peer import multikey
from tests.node.migrations import releases
from tests.node.migrations.test_migrations import inside
from tests.support.entropy import SeededEntropy

NODE = "https://grocer.example/node"
PINNED_BY_OTHERS = {
    "agreement_step": "its agreement names both",
    "audit_entry": "who did what is kept of who is gone, too",
    "council_entry": "statements are asked",
    "delivery": "what is on its way keeps its host",
    "group_word": "followers are asked",
    "inbox_entry": "an actor that is needed is looked up",
    "local_actor": "ours",
    "notice": "tells of relations",
    "outbox_entry": "what is on its way keeps its host",
    "relation": "asked first",
    "remote_actor": "itself",
    "remote_key": "goes along",
    "search_entry": "its mirror is asked",
    "seen_activity": "ids of what came, which need no actor",
    "tombstone": "needs no actor",
}


@pytest.fixture
async def database(either_database):
    return either_database


async def known(database) -> set[str]:
    async with database.reading() as reader:
        return set(await reader.scalars(select(RemoteActor.uri)))


async def plant(database, uri: str = GROCER, **relation) -> None:
    async def write(uow) -> None:
        remote_actor(uow, uri, node=relation.pop("node", None))
        await uow.session.flush()
        if relation:
            await change(uow, uri, **relation)

    await database.write(write)


def like(uri: str) -> dict[str, object]:
    actor = "https://loaf.example/coop"
    return {"@context": AS2, "type": "Like", "actor": actor, "to": [uri], "object": uri}


async def follow_federation(uow, uri: str) -> None:
    uow.session.add(
        Follower(
            group_uri="https://loaf.example/federations/z1",
            actor=uri,
            authority="grocer.example",
            domain="grocer.example",
            follow_id=f"{uri}/f",
            followed_at=uow.now,
        )
    )


async def test_who_only_came_by_is_forgotten_after_a_day_with_the_keys(database, clock):
    listed = [multikey(GROCER, keys.generate_ed25519())]
    document = {
        "id": GROCER,
        "type": "Organization",
        "inbox": f"{GROCER}/in",
        "assertionMethod": listed,
    }
    await database.write(lambda uow: record_actor(uow, document))
    clock.advance(limits.STRANGERS_KEPT)
    assert await strangers.forget(database) == 0
    clock.advance(timedelta(seconds=1))
    assert await strangers.forget(database) == 1
    assert await known(database) == set()
    async with database.reading() as reader:
        assert await reader.scalar(select(func.count()).select_from(RemoteKey)) == 0
        [line] = await audit.entries(reader)
        assert (line.what, line.detail) == ("peers.forget", {"number": 1})
    await database.write(lambda uow: record_actor(uow, document))
    assert await known(database) == {GROCER}


@pytest.mark.parametrize(
    "state",
    [
        {"follower_state": RelationState.ASKED},
        {"follower_state": RelationState.ACCEPTED},
        {"following_state": RelationState.ASKED},
        {"following_state": RelationState.REFUSED},
        {"consented": True},
        {"follower_state": RelationState.REFUSED, "suspended_at": "now"},
    ],
    ids=str,
)
async def test_with_whom_something_is_agreed_or_asked_stays(database, clock, state):
    given = {name: clock.now() if one == "now" else one for name, one in state.items()}
    await plant(database, node=NODE, **given)
    await plant(database, NODE)
    clock.advance(timedelta(days=400))
    assert await strangers.forget(database) == 0


@pytest.mark.parametrize(
    ("state", "lasts"),
    [
        (RelationState.NONE, limits.STRANGERS_KEPT),
        (RelationState.REFUSED, limits.COOP_ASKS_AGAIN),
    ],
)
async def test_a_relation_that_is_over_goes_along(database, clock, state, lasts):
    await plant(database, follower_state=state)
    clock.advance(lasts)
    assert await strangers.forget(database) == 0
    clock.advance(timedelta(seconds=1))
    assert await strangers.forget(database) == 1
    async with database.reading() as reader:
        assert await reader.session.get(Relation, GROCER) is None


async def test_who_follows_a_federation_stays(database, clock):
    await plant(database)
    await database.write(lambda uow: follow_federation(uow, GROCER))
    clock.advance(timedelta(days=400))
    assert await strangers.forget(database) == 0


async def test_of_one_site_the_newest_hundred_are_kept_and_whoever_is_named(database, clock):
    many = [f"https://a{number}.evil.example:{9_000 + number}/coop" for number in range(130)]
    for uri in (GROCER, *many):
        await plant(database, uri)
        clock.advance(timedelta(seconds=1))
    await database.write(lambda uow: follow_federation(uow, many[0]))
    waiting = {"to_actors": [many[1]], "object_uri": many[1]}  # who takes nothing keeps none
    await database.write(lambda uow: publish(uow, like(many[1]), **waiting))
    assert await strangers.thin_out(database, set()) == 29
    assert await known(database) == {GROCER, many[0], *many[-limits.STRANGERS_OF_A_SITE :]}
    assert await strangers.thin_out(database, set()) == 0


async def test_whom_something_names_is_not_looked_up_again_each_minute(database, monkeypatch):
    many = [f"https://{number}.evil.example/coop" for number in range(100, 230)]
    for uri in many:
        await plant(database, uri)
        await database.write(lambda uow, uri=uri: follow_federation(uow, uri))
    asked, spoken_of = [], council.spoken_of

    async def ask(reader, uris) -> set[str]:
        asked.extend(uris)
        return await spoken_of(reader, uris)

    monkeypatch.setattr(council, "spoken_of", ask)
    named = set[str]()
    assert await strangers.thin_out(database, named) == 0
    assert named == set(many[limits.STRANGERS_OF_A_SITE :])
    assert asked == [], "statements are read for whom no table names"
    monkeypatch.setattr(strangers, "_named", None)
    assert await strangers.thin_out(database, named) == 0


@pytest.mark.parametrize("asked", [None, "https://loaf.example/follows/1"])
async def test_of_a_crowd_only_whom_we_asked_ourselves_stays_for_a_day(database, clock, asked):
    for number in range(limits.STRANGERS_OF_A_SITE + 1):
        state = {"follower_state": RelationState.NONE, "our_follow_id": asked}
        await plant(database, f"https://{number}.evil.example/coop", **state)
        clock.advance(timedelta(seconds=1))
    gone = 0 if asked else 1
    assert await strangers.thin_out(database, set()) == gone
    async with database.reading() as reader:
        kept = await reader.scalar(select(func.count()).select_from(Relation))
    assert kept == limits.STRANGERS_OF_A_SITE + 1 - gone


async def test_whose_node_it_is_that_gets_in_touch_meanwhile_stays(database, monkeypatch):
    for number in range(limits.STRANGERS_OF_A_SITE + 1):
        await plant(database, f"https://grocer.example:{9_000 + number}/node")
    names = strangers._named
    last = f"https://grocer.example:{9_000 + limits.STRANGERS_OF_A_SITE}/node"

    async def name_meanwhile(reader, uris) -> set[str]:
        monkeypatch.setattr(strangers, "_named", names)
        asks = {"follower_state": RelationState.ASKED, "node": next(iter(uris))}
        await plant(database, GROCER, **asks)
        return await names(reader, uris)

    monkeypatch.setattr(strangers, "_named", name_meanwhile)
    assert await strangers.thin_out(database, set()) == 0
    assert last in await known(database)


async def test_with_whom_a_site_has_dealings_is_not_counted_among_its_strangers(database):
    for number in range(limits.STRANGERS_OF_A_SITE + 5):
        asks = {"follower_state": RelationState.ASKED} if number % 2 else {}
        await plant(database, f"https://{number}.evil.example/coop", **asks)
    assert await strangers.thin_out(database, set()) == 0


async def test_strangers_in_crowds_are_forgotten_within_an_hour(database, clock):
    async def come(uow) -> None:
        for number in range(limits.STRANGERS_MOST + 1):
            remote_actor(uow, f"https://{number}.example/coop")

    await database.write(come)
    await plant(database, follower_state=RelationState.ACCEPTED)
    clock.advance(limits.STRANGERS_CROWDED + timedelta(seconds=1))
    assert await strangers.forget(database) == limits.STRANGERS_MOST + 1
    assert await known(database) == {GROCER}


@pytest.fixture
async def grown_up(database_url: str, tmp_path: Path) -> str:
    """The URL of a database in which much was done with four coops, brought up to date."""
    file = tmp_path / "old.sqlite"
    releases.write_database(releases.NAMES[-1], file)
    url = f"sqlite:///{file}"
    if database_url.startswith("postgresql:"):
        await releases.bring_to_postgresql(file, database_url)
        url = database_url
    await migrate(url)
    return url


def naming(connection: Connection) -> set[tuple[str, str]]:
    """Every column of text in which an actor stands."""
    actors = select(table_of(RemoteActor).c.uri)
    found = set()
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Text):
                stands = select(func.count()).select_from(table).where(column.in_(actors))
                if connection.execute(stands).scalar():
                    found.add((table.name, column.name))
    return found


async def test_every_column_in_which_a_coop_stands_is_asked(grown_up):
    found = await inside(grown_up, naming)
    asked = {(table, name) for table, names in strangers.NAMED_IN.items() for name in names}
    assert len(found & asked) > 15
    assert {one for one in found - asked if one[0] not in PINNED_BY_OTHERS} == set()


def test_every_column_that_is_called_as_those_are_is_asked():
    names = {"coop", "peer", "partner", "actor", "coop_uri", "actor_uri", "caller", "host"}
    called = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name in names and table.name not in PINNED_BY_OTHERS
    }
    asked = {(table, name) for table, names in strangers.NAMED_IN.items() for name in names}
    assert called - asked == set()
    for table, name in asked:
        assert name in Base.metadata.tables[table].columns


async def test_of_a_coop_that_dealt_with_many_nobody_is_forgotten(grown_up, clock, identities):
    clock.advance(timedelta(days=4_000))
    opened = await Database.open(
        grown_up, clock=clock, entropy=SeededEntropy(), identities=identities
    )
    try:
        before = await known(opened)
        assert len(before) == 8
        assert await strangers.forget(opened) == 0
        apart = {
            "follower_state": RelationState.NONE,
            "following_state": RelationState.NONE,
            "consented": False,
        }
        await opened.write(lambda uow: uow.execute(update(Relation).values(**apart)))
        await strangers.forget(opened)
        assert {uri for uri in before if uri.endswith("/coop")} <= await known(opened)
    finally:
        await opened.close()


async def test_members_of_a_federation_stay_though_only_its_charter_names_them(database, clock):
    await plant(database)
    await plant(database, "https://grocer.example/coop2")

    async def found(uow) -> None:
        given = {
            "id": "1" * 26,
            "name": "Wool",
            "host": "https://loaf.example/coop",
            "state": "draft",
            "rules": {},
            "invitation": "2" * 26,
            "joined": True,
            "draft": f'{{"members":[{{"coop":"{GROCER}"}}]}}',
            "cosigned_root": bytes(32),
            "cosigned_size": 0,
            "frontier": [],
            "size": 0,
            "announced": 0,
            "head_size": 0,
            "epoch": 0,
            "signed_epoch": 0,
            "signed_start": 0,
            "well_at": uow.now,
            "created_at": uow.now,
        }
        uow.session.add(CouncilFederation(**given))

    await database.write(found)
    clock.advance(timedelta(days=400))
    assert await strangers.forget(database) == 1
    assert await known(database) == {GROCER}
