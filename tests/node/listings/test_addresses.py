"""Listings by their public addresses."""

from sqlalchemy import update

from federation.models import Relation
from node import listings
from tests.node.listings.conftest import MILL, Coop
from tests.node.listings.test_inbox import FLOUR, hear, said


async def test_ours_and_those_of_others_are_looked_up_together(followed: Coop) -> None:
    coop = followed
    rye = await coop.create("Rye")
    await coop.change(rye, "pause")
    await hear(coop, said("Create", FLOUR))
    named = [rye.uri, f"{rye.uri}x", FLOUR.uri, "https://mill.example/listings/2"]

    async def found() -> list[str]:
        views = await coop.ask(lambda reader: listings.at_addresses(reader, named))
        return [one.title for one in views]

    assert await found() == ["Rye", "Flour, 25 kg"]
    on_hold = update(Relation).where(Relation.actor_uri == MILL)
    now = coop.clock.now()
    await coop.write(lambda uow: uow.execute(on_hold.values(suspended_at=now)))
    assert await found() == ["Rye"]
    assert await coop.ask(lambda reader: listings.at_addresses(reader, [])) == []
