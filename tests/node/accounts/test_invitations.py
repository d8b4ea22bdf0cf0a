"""Invitations that wait: who sees them, who takes them back, and when they end by themselves."""

import pytest

from node import accounts
from node.accounts import Purpose, Role
from node.errors import Closed, NotFound

ADMIN = frozenset({Role.MEMBER, Role.ADMIN})


async def test_an_invitation_ends_with_the_rights_of_who_made_it(either_database):
    database = either_database
    await database.write(accounts.first_admin)
    makers = []
    for handle in ("mo", "lu", "io"):
        made = await database.write(
            lambda uow, handle=handle: accounts.create_account(
                uow, handle=handle, name=handle.title(), roles=ADMIN
            )
        )
        link = await database.write(
            lambda uow, made=made: accounts.issue_link(
                uow, purpose=Purpose.INVITE, roles=ADMIN, name="New", by=made.id
            )
        )
        makers.append((made, link))
    (mo, by_mo), (lu, by_lu), (io, by_io) = makers
    await database.write(lambda uow: accounts.disable(uow, mo.id, by="operator"))
    await database.write(lambda uow: accounts.set_roles(uow, lu.id, {Role.MEMBER}, by="operator"))
    await database.write(lambda uow: accounts.sign_out_everywhere(uow, io.id))
    for link, why in ((by_mo, NotFound), (by_lu, Closed), (by_io, NotFound)):
        async with database.reading() as reader:
            assert await accounts.look_at_link(reader, link.code) is None
        with pytest.raises(why):
            await database.write(
                lambda uow, link=link: accounts.redeem_link(
                    uow, link.code, handle="new", password_hash="x"
                )
            )


async def test_an_invitation_is_seen_and_taken_back(either_database):
    database = either_database
    rosa = await database.write(
        lambda uow: accounts.create_account(uow, handle="rosa", name="Rosa", roles=ADMIN)
    )
    link = await database.write(
        lambda uow: accounts.issue_link(
            uow, purpose=Purpose.INVITE, roles={Role.MEMBER}, name="Sam", by=rosa.id
        )
    )
    await database.write(
        lambda uow: accounts.issue_link(uow, purpose=Purpose.INVITE, roles={Role.MEMBER})
    )
    async with database.reading() as reader:
        waiting = await accounts.open_invitations(reader)
        [hers] = await accounts.open_invitations(reader, by=rosa.id)
    assert [(one.name, one.by) for one in waiting] == [(None, None), ("Sam", "Rosa")]
    assert hers.id == link.id
    with pytest.raises(NotFound):
        await database.write(
            lambda uow: accounts.take_back(uow, link.id, by="another", only_own=True)
        )
    await database.write(lambda uow: accounts.take_back(uow, link.id, by=rosa.id, only_own=True))
    async with database.reading() as reader:
        assert await accounts.look_at_link(reader, link.code) is None
        assert len(await accounts.open_invitations(reader)) == 1


async def test_what_a_maker_may_no_longer_offer_is_not_listed_as_open(either_database):
    database = either_database
    await database.write(
        lambda uow: accounts.create_account(uow, handle="lu", name="Lu", roles=ADMIN)
    )
    mo = await database.write(
        lambda uow: accounts.create_account(uow, handle="mo", name="Mo", roles=ADMIN)
    )
    await database.write(
        lambda uow: accounts.issue_link(uow, purpose=Purpose.INVITE, roles=ADMIN, by=mo.id)
    )
    await database.write(lambda uow: accounts.set_roles(uow, mo.id, {Role.MEMBER}, by="operator"))
    async with database.reading() as reader:
        assert await accounts.open_invitations(reader) == []
