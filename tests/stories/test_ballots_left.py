"""A delegate's key in the wrong hands, and ballots enough to leave none for anybody else."""

import pytest

from node import accounts, council
from node.accounts import Role
from node.council import Named
from node.errors import Conflict
from tests.stories.council import Council
from tests.support.town import TownFounder


async def test_who_has_a_delegates_key_leaves_ballots_for_the_next_delegate(
    found_town: TownFounder,
) -> None:
    two = await Council(await found_town(2), "lanehead").found()
    await two.opened()
    coop, row = two.coops["portici"], await two.row("portici")
    for number in range(25):
        await two.vote("portici", ("yes", "no")[number % 2])
    with pytest.raises(Conflict, match="too often"):
        await two.vote("portici", "yes")
    named = {"handle": "next", "name": "Ada", "roles": {Role.MEMBER, Role.DELEGATE}}
    after = await coop.write(accounts.create_account, **named)
    of = await two.id_at("portici")
    await coop.write(council.name_delegates, of, [Named(after.id)], by="operator")
    await two.settle()
    digest = await coop.write(council.cast, row.id, "abstain", by=after.id)
    await two.settle()
    *_before, last = (await two.detail("portici")).ours
    assert (last.digest, last.is_counted) == (digest, True)
