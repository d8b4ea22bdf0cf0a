import asyncio
from datetime import timedelta
from functools import partial

import pytest

from federation.storage import Database, UnitOfWork
from node import accounts, limits, notices
from node.accounts import AccountView, Role
from node.accounts.models import Passkey
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.support.asking import read, write


async def make(database: Database, handle="rosa", roles=(Role.ADMIN,), **named) -> AccountView:
    return await write(
        database,
        accounts.create_account,
        handle=handle,
        name="Rosa Whitworth",
        roles=roles,
        **named,
    )


async def whose(database: Database, token: str, clock):
    found = await read(database, accounts.session_account, token, clock.now())
    return found and found[0].handle


async def test_an_account_is_found_by_its_handle_in_any_case(database):
    made = await make(database, password_hash="hash")
    async with database.reading() as reader:
        assert await accounts.by_handle_with_hash(reader, " ROSA ") == (made, "hash")
        assert await accounts.by_handle_with_hash(reader, "nobody") == (None, None)
        assert await accounts.account(reader, made.id) == made


@pytest.mark.usefixtures("sqlite_in_threads")
async def test_a_handle_is_given_once(either_database):
    make_rosa = partial(accounts.create_account, handle="Rosa", name="Rosa", roles=[Role.MEMBER])
    results = await asyncio.gather(
        *(either_database.write(make_rosa) for _ in range(3)),
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 2, results
    assert "rosa" in str(refused[0])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "R\u202eosa"}, "name"),  # a sign that would turn the text around
        ({"handle": "ro sa"}, "handle"),
        ({"language": "english"}, "language"),
    ],
)
async def test_an_account_with_something_wrong_is_refused_by_field(database, change, field):
    named = {"handle": "rosa", "name": "Rosa", "roles": [Role.MEMBER], **change}
    with pytest.raises(InvalidInput) as refused:
        await write(database, accounts.create_account, **named)
    assert list(refused.value.fields) == [field]


async def test_a_session_lives_until_it_is_signed_out(database, clock):
    made = await make(database)
    signed_in = await write(database, accounts.sign_in, made.id, "Firefox on Android")
    assert await whose(database, signed_in.token, clock) == "rosa"
    [session] = await read(database, accounts.sessions, made.id)
    assert session.device == "Firefox on Android"

    await write(database, accounts.sign_out, signed_in.token)
    await write(database, accounts.sign_out, signed_in.token)
    assert await whose(database, signed_in.token, clock) is None


async def test_a_token_that_was_never_given_opens_nothing(database, clock):
    await make(database)
    assert await whose(database, "made up", clock) is None
    assert await whose(database, "", clock) is None


async def test_signing_in_gives_a_new_session_and_ends_the_one_brought_along(database, clock):
    made = await make(database)
    first = await write(database, accounts.sign_in, made.id, "phone")
    second = await write(database, accounts.sign_in, made.id, "phone", replacing=first.token)
    assert second.token != first.token
    assert await whose(database, first.token, clock) is None
    assert await whose(database, second.token, clock) == "rosa"


async def test_a_session_ends_after_thirty_days_without_use_and_lives_on_with_use(database, clock):
    made = await make(database)
    used = await write(database, accounts.sign_in, made.id, "phone")
    unused = await write(database, accounts.sign_in, made.id, "library computer")

    clock.advance(timedelta(days=29))
    _account, session = await read(database, accounts.session_account, used.token, clock.now())
    assert session.is_stale
    await write(database, accounts.touch_session, session.id)

    clock.advance(timedelta(days=2))
    assert await whose(database, used.token, clock) == "rosa"
    assert await whose(database, unused.token, clock) is None


async def test_a_session_ends_after_ninety_days_however_much_it_is_used(database, clock):
    made = await make(database)
    signed_in = await write(database, accounts.sign_in, made.id, "phone")
    for _week in range(12):
        clock.advance(timedelta(days=7))
        _account, session = await read(
            database, accounts.session_account, signed_in.token, clock.now()
        )
        await write(database, accounts.touch_session, session.id)
    clock.advance(timedelta(days=6))
    assert await whose(database, signed_in.token, clock) is None


async def test_the_oldest_device_gives_way_when_there_are_too_many(database, clock):
    made = await make(database)
    first = await write(database, accounts.sign_in, made.id, "first")
    for number in range(limits.SESSIONS_PER_ACCOUNT):
        clock.advance(1)
        await write(database, accounts.sign_in, made.id, f"device {number}")
    async with database.reading() as reader:
        devices = [session.device for session in await accounts.sessions(reader, made.id)]
    assert len(devices) == limits.SESSIONS_PER_ACCOUNT
    assert await whose(database, first.token, clock) is None


async def test_a_device_can_be_revoked_by_its_owner_and_by_nobody_else(database, clock):
    rosa = await make(database)
    femi = await make(database, handle="femi", roles=[Role.MEMBER])
    signed_in = await write(database, accounts.sign_in, rosa.id, "phone")
    [session] = await read(database, accounts.sessions, rosa.id)

    with pytest.raises(NotFound):
        await write(database, accounts.revoke_session, femi.id, session.id)
    assert await whose(database, signed_in.token, clock) == "rosa"
    await write(database, accounts.revoke_session, rosa.id, session.id)
    assert await whose(database, signed_in.token, clock) is None


async def test_a_new_password_signs_out_every_other_device_and_ends_what_was_open(database, clock):
    rosa = await make(database, password_hash="old")
    here = await write(database, accounts.sign_in, rosa.id, "here")
    there = await write(database, accounts.sign_in, rosa.id, "there")
    link = await write(database, accounts.issue_link, purpose="sign-in", account_id=rosa.id)
    program = await write(database, accounts.create_token, rosa.id, "till", ["read"])
    _account, kept = await read(database, accounts.session_account, here.token, clock.now())

    await write(database, accounts.set_password, rosa.id, "new", keep_session=kept.id)

    assert await whose(database, here.token, clock) == "rosa"
    assert await whose(database, there.token, clock) is None
    async with database.reading() as reader:
        assert await accounts.look_at_link(reader, link.code) is None
        assert await accounts.token_account(reader, program.secret, clock.now()) is None
        assert (await accounts.by_handle_with_hash(reader, "rosa"))[1] == "new"


async def test_the_first_password_leaves_programs_working(database, clock):
    rosa = await make(database)
    program = await write(database, accounts.create_token, rosa.id, "till", ["read"])
    await write(database, accounts.set_password, rosa.id, "first")
    async with database.reading() as reader:
        assert await accounts.token_account(reader, program.secret, clock.now())


async def test_whoever_has_a_first_password_is_told_and_a_newcomer_is_not(database):
    rosa = await make(database)
    femi = await make(database, handle="femi", roles=[Role.MEMBER], password_hash="hash")
    await write(database, accounts.set_password, rosa.id, "first")
    async with database.reading() as reader:
        assert [one.kind for one in await notices.notices(reader, rosa)] == ["password-changed"]
        assert await notices.notices(reader, femi) == []


async def test_a_closed_account_stops_everywhere_at_once(database, clock):
    await make(database, handle="admin")
    femi = await make(database, handle="femi", roles=[Role.MEMBER], password_hash="hash")
    signed_in = await write(database, accounts.sign_in, femi.id, "phone")
    program = await write(database, accounts.create_token, femi.id, "till", ["read"])
    link = await write(database, accounts.issue_link, purpose="sign-in", account_id=femi.id)

    await write(database, accounts.disable, femi.id, by="admin")

    assert await whose(database, signed_in.token, clock) is None
    async with database.reading() as reader:
        assert await accounts.token_account(reader, program.secret, clock.now()) is None
        assert await accounts.by_handle_with_hash(reader, "femi") == (None, None)
        assert await accounts.look_at_link(reader, link.code) is None
    with pytest.raises(NotAllowed):
        await write(database, accounts.sign_in, femi.id, "phone")

    await write(database, accounts.enable, femi.id, by="admin")
    assert await whose(database, signed_in.token, clock) is None
    assert await write(database, accounts.sign_in, femi.id, "phone")


async def test_nothing_of_before_opens_an_account_that_is_opened_again(database, clock):
    await make(database, handle="admin")
    femi = await make(database, handle="femi", roles=[Role.MEMBER], password_hash="hash")
    await write(database, accounts.set_recovery_codes, femi.id, ["hash"])

    async def add_passkey(uow: UnitOfWork) -> None:
        key = {"id": uow.new_id(), "account_id": femi.id, "credential_id": b"1", "data": b"1"}
        uow.session.add(Passkey(**key, sign_count=0, name="phone", made_at=uow.now))

    await database.write(add_passkey)
    async with database.reading() as reader:
        assert await accounts.recovery_codes_left(reader, femi.id) == 1
        assert len(await accounts.passkeys(reader, femi.id)) == 1
    await write(database, accounts.disable, femi.id, by="admin")
    while_closed = await write(database, accounts.issue_link, purpose="sign-in", account_id=femi.id)

    new = await write(database, accounts.reopen, femi.id, by="admin")

    async with database.reading() as reader:
        account, password = await accounts.by_handle_with_hash(reader, "femi")
        assert (account.has_password, password) == (False, None)
        assert await accounts.recovery_codes_left(reader, femi.id) == 0
        assert await accounts.passkeys(reader, femi.id) == []
        assert await accounts.look_at_link(reader, while_closed.code) is None
        assert (await accounts.look_at_link(reader, new.code)).purpose == "recovery"
    with pytest.raises(InvalidInput):
        await write(database, accounts.redeem_link, new.code)
    come_in = await write(database, accounts.redeem_link, new.code, password_hash="another")
    assert await whose(database, come_in.token, clock) == "femi"


async def test_what_is_open_or_was_erased_is_not_opened_again(database):
    await make(database, handle="admin")
    femi = await make(database, handle="femi", roles=[Role.MEMBER])
    with pytest.raises(Conflict, match="open already"):
        await write(database, accounts.reopen, femi.id)
    await write(database, accounts.erase, femi.id, by="admin")
    with pytest.raises(NotFound):
        await write(database, accounts.reopen, femi.id)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.MEMBER])
@pytest.mark.parametrize("change", [accounts.set_roles, accounts.set_office_roles])
async def test_a_link_that_was_made_before_a_rise_in_rights_ends_with_it(database, role, change):
    await make(database, handle="admin")
    femi = await make(database, handle="femi", roles=[Role.MEMBER])
    links = [
        await write(database, accounts.issue_link, purpose=purpose, account_id=femi.id)
        for purpose in ("sign-in", "recovery")
    ]
    await write(database, change, femi.id, [Role.MEMBER, role], by="admin")
    later = await write(database, accounts.issue_link, purpose="sign-in", account_id=femi.id)
    async with database.reading() as reader:
        assert [await accounts.look_at_link(reader, one.code) for one in links] == [None, None]
        assert await accounts.look_at_link(reader, later.code)
        assert [one.kind for one in await notices.notices(reader, femi)] == ["links-ended"]


async def test_a_link_stays_where_nobody_may_do_more(database):
    await make(database, handle="admin")
    femi = await make(database, handle="femi", roles=[Role.MEMBER, Role.TREASURER])
    link = await write(database, accounts.issue_link, purpose="sign-in", account_id=femi.id)
    for roles in ([Role.MEMBER, Role.TREASURER], [Role.TREASURER], [], [Role.MEMBER]):
        await write(database, accounts.set_roles, femi.id, roles, by="admin")
    async with database.reading() as reader:
        assert await accounts.look_at_link(reader, link.code)
        assert await notices.notices(reader, femi) == []


async def test_the_last_admin_cannot_be_closed_or_made_a_mere_member(database):
    rosa = await make(database)
    with pytest.raises(Conflict, match="needs an admin"):
        await write(database, accounts.disable, rosa.id, by=rosa.id)
    with pytest.raises(Conflict, match="needs an admin"):
        await write(database, accounts.set_roles, rosa.id, [Role.MEMBER], by=rosa.id)
    femi = await make(database, handle="femi")
    await write(database, accounts.set_roles, rosa.id, [Role.MEMBER], by=femi.id)
    async with database.reading() as reader:
        assert (await accounts.first_admin(reader)).handle == "femi"


async def test_what_is_over_is_forgotten_and_what_is_not_stays(database, clock):
    rosa = await make(database)
    await write(database, accounts.sign_in, rosa.id, "old")
    await write(database, accounts.issue_link, purpose="sign-in", account_id=rosa.id)
    await write(database, accounts.create_token, rosa.id, "old", ["read"], days=1)
    forever = await write(database, accounts.create_token, rosa.id, "till", ["read"])
    clock.advance(timedelta(days=31))
    fresh = await write(database, accounts.sign_in, rosa.id, "new")

    await write(database, accounts.forget_expired)

    async def counts(uow: UnitOfWork) -> list[int]:
        from sqlalchemy import func, select

        from node.accounts.models import AccessToken, AccountSession, OneTimeLink

        tables = (AccountSession, OneTimeLink, AccessToken)
        return [await uow.scalar(select(func.count()).select_from(each)) for each in tables]

    assert await database.write(counts) == [1, 0, 1]
    assert await whose(database, fresh.token, clock) == "rosa"
    async with database.reading() as reader:
        assert await accounts.token_account(reader, forever.secret, clock.now())
