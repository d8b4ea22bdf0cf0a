import asyncio
from datetime import timedelta

import pytest

from node import accounts, limits
from node.accounts import Purpose, Role
from node.errors import Closed, Conflict, InvalidInput, NotFound
from tests.support.asking import read, write


async def an_admin(database):
    return await write(
        database, accounts.create_account, handle="admin", name="Sam", roles=[Role.ADMIN]
    )


async def an_invitation(database, **named):
    return await write(
        database, accounts.issue_link, purpose=Purpose.INVITE, roles=[Role.MEMBER], **named
    )


async def test_an_owner_link_signs_in_the_admin_it_was_made_for(database, clock):
    admin = await an_admin(database)
    link = await write(database, accounts.issue_link, purpose="owner", account_id=admin.id)
    assert link.path == f"/in/{link.code}"
    signed_in = await write(database, accounts.redeem_link, link.code, device="Firefox on Mac")
    assert signed_in.account.handle == "admin"
    async with database.reading() as reader:
        assert await accounts.session_account(reader, signed_in.token, clock.now())


async def test_an_invitation_makes_the_account_it_offers(database):
    link = await an_invitation(database, name="Agnieszka Kowal")
    signed_in = await write(
        database, accounts.redeem_link, link.code, handle="agnieszka", password_hash="hash"
    )
    assert signed_in.account.name == "Agnieszka Kowal"
    assert signed_in.account.roles == {Role.MEMBER}
    async with database.reading() as reader:
        assert (await accounts.by_handle_with_hash(reader, "agnieszka"))[1] == "hash"


async def test_looking_at_a_link_uses_nothing_up(database):
    link = await an_invitation(database, name="Maya")
    for _preview in range(3):
        seen = await read(database, accounts.look_at_link, link.code)
    assert (seen.purpose, seen.name, seen.account) == (Purpose.INVITE, "Maya", None)
    assert await write(database, accounts.redeem_link, link.code, handle="maya")


@pytest.mark.usefixtures("sqlite_in_threads")
async def test_a_link_is_used_once_even_by_two_at_the_same_moment(either_database):
    admin = await an_admin(either_database)
    link = await write(either_database, accounts.issue_link, purpose="owner", account_id=admin.id)
    results = await asyncio.gather(
        *(write(either_database, accounts.redeem_link, link.code) for _ in range(4)),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(Closed) == 3, results
    async with either_database.reading() as reader:
        assert len(await accounts.sessions(reader, admin.id)) == 1
        assert await accounts.look_at_link(reader, link.code) is None


async def test_a_link_that_could_not_be_used_is_as_good_as_before(database):
    await an_admin(database)
    link = await an_invitation(database, name="Maya")
    with pytest.raises(Conflict):
        await write(database, accounts.redeem_link, link.code, handle="admin")
    with pytest.raises(InvalidInput):
        await write(database, accounts.redeem_link, link.code)
    assert await write(database, accounts.redeem_link, link.code, handle="maya")


async def test_a_link_that_is_too_old_says_so(database, clock):
    link = await an_invitation(database, hours=1)
    clock.advance(timedelta(hours=1))
    async with database.reading() as reader:
        assert await accounts.look_at_link(reader, link.code) is None
    with pytest.raises(Closed, match="too old"):
        await write(database, accounts.redeem_link, link.code, handle="maya")


async def test_a_made_up_link_is_not_known(database):
    with pytest.raises(NotFound, match="Ask for a new one"):
        await write(database, accounts.redeem_link, "made-up")


@pytest.mark.parametrize("hours", [0, limits.LINK_HOURS_MOST + 1])
async def test_a_link_without_a_sensible_end_is_refused(database, hours):
    with pytest.raises(InvalidInput):
        await an_invitation(database, hours=hours)


async def test_a_link_for_nobody_is_refused(database):
    with pytest.raises(InvalidInput):
        await write(database, accounts.issue_link, purpose="invite")
    with pytest.raises(NotFound):
        await write(database, accounts.issue_link, purpose="sign-in", account_id="nobody")


async def test_the_secrets_themselves_are_nowhere_in_the_file(database, tmp_path):
    admin = await an_admin(database)
    link = await write(database, accounts.issue_link, purpose="owner", account_id=admin.id)
    session = await write(database, accounts.sign_in, admin.id, "phone")
    program = await write(database, accounts.create_token, admin.id, "till", ["admin"])
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("slice.sqlite*"))
    assert admin.handle.encode() in kept
    for secret in (link.code, session.token, program.secret, program.secret.removeprefix("rd_")):
        assert secret.encode() not in kept
