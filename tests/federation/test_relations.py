from federation import moderation, relations
from federation.models import RelationState, RuleLevel
from federation.relations import Standing
from federation.storage import Database, UnitOfWork
from tests.federation.factories import GROCER, follower, remote_actor
from tests.support.asking import read
from tests.support.clock import START, FixedClock


async def standings(database: Database, *uris: str) -> list[Standing]:
    found = await read(database, relations.standings, uris)
    return [found[uri] for uri in uris]


async def follower_uris(database: Database) -> list[str]:
    async with database.reading() as reader:
        return [target.actor_uri for target in await relations.followers(reader)]


async def test_standing_follows_the_relation_and_the_rules(database: Database) -> None:
    peer, asking, suspended, blocked, unknown = (
        f"https://{name}.example/coop" for name in ("peer", "asking", "suspended", "evil", "new")
    )

    async def arrange(uow: UnitOfWork) -> None:
        follower(uow, peer)
        follower(uow, asking, follower_state=RelationState.ASKED)
        follower(uow, suspended, suspended_at=uow.now)
        follower(uow, blocked)
        await moderation.set_rule(uow, "evil.example", RuleLevel.BLOCK, "")

    await database.write(arrange)
    assert await standings(database, peer, asking, suspended, blocked, unknown) == [
        Standing.PEER,
        Standing.ASKING,
        Standing.SUSPENDED,
        Standing.BLOCKED,
        Standing.STRANGER,
    ]
    assert await follower_uris(database) == [peer]


async def test_suspending_keeps_the_relation(database: Database) -> None:
    async def arrange(uow: UnitOfWork) -> None:
        follower(uow)
        await relations.change(uow, GROCER, suspended_at=uow.now, suspended_reason="unpaid")

    await database.write(arrange)
    assert await follower_uris(database) == []
    await database.write(
        lambda uow: relations.change(uow, GROCER, suspended_at=None, suspended_reason=None)
    )
    assert await follower_uris(database) == [GROCER]


async def test_a_relation_begins_with_its_first_change(
    database: Database, clock: FixedClock
) -> None:
    await database.write(
        lambda uow: relations.change(uow, GROCER, following_state=RelationState.ASKED)
    )
    later = clock.advance(60)
    await database.write(lambda uow: relations.change(uow, GROCER, consented=True))
    async with database.reading() as reader:
        (found,) = await relations.relations(reader)
    assert found.authority == "grocer.example"
    assert (found.following_state, found.follower_state) == ("asked", "none")
    assert found.consented
    assert (found.created_at, found.updated_at) == (START, later)


async def test_a_target_says_where_to_post(database: Database) -> None:
    async def arrange(uow: UnitOfWork) -> None:
        remote_actor(uow, implements=["https://w3id.org/fep/0837"])

    await database.write(arrange)
    async with database.reading() as reader:
        (target,) = await relations.targets(reader, [GROCER, "https://unknown.example/coop"])
    assert target.shared_inbox == "https://grocer.example/inbox"
    assert target.inbox == "https://grocer.example/coop/inbox"
    assert target.implements == ("https://w3id.org/fep/0837",)
    assert target.type == "Organization"
