from datetime import timedelta

import pytest

from node import accounts, limits
from node.accounts import Role
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.support.asking import read, write


@pytest.fixture
async def rosa(database):
    return await write(
        database, accounts.create_account, handle="rosa", name="Rosa", roles=[Role.ADMIN]
    )


@pytest.fixture
async def femi(database):
    return await write(
        database, accounts.create_account, handle="femi", name="Femi", roles=[Role.MEMBER]
    )


async def scopes(database, secret, clock):
    found = await read(database, accounts.token_account, secret, clock.now())
    return found and found[1]


async def test_a_token_acts_within_its_scopes(database, rosa, clock):
    issued = await write(database, accounts.create_token, rosa.id, "Till", ["read", "peers:write"])
    assert issued.secret.startswith("rd_")
    assert await scopes(database, issued.secret, clock) == {"read", "peers:write"}
    async with database.reading() as reader:
        assert await accounts.tokens(reader, rosa.id) == [issued.view]


async def test_a_token_never_does_more_than_its_account_may_today(database, rosa, femi, clock):
    issued = await write(database, accounts.create_token, rosa.id, "Till", ["read", "admin"])
    await write(database, accounts.set_roles, femi.id, [Role.ADMIN], by=rosa.id)
    await write(database, accounts.set_roles, rosa.id, [Role.MEMBER], by=femi.id)
    assert await scopes(database, issued.secret, clock) == {"read"}


async def test_a_member_cannot_make_a_token_that_does_more_than_a_member(database, femi):
    with pytest.raises(NotAllowed, match="members:read"):
        await write(database, accounts.create_token, femi.id, "x", ["read", "members:read"])


@pytest.mark.parametrize(
    ("label", "scopes", "days", "field"),
    [
        ("", ["read"], None, "label"),
        ("x" * 61, ["read"], None, "label"),
        ("x", [], None, "scopes"),
        ("x", ["everything"], None, "scopes"),
        ("x", ["read"], 0, "days"),
    ],
)
async def test_a_token_with_something_wrong_is_refused(database, rosa, label, scopes, days, field):
    with pytest.raises(InvalidInput) as refused:
        await write(database, accounts.create_token, rosa.id, label, scopes, days=days)
    assert list(refused.value.fields) == [field]


async def test_a_token_ends_on_its_day(database, rosa, clock):
    issued = await write(database, accounts.create_token, rosa.id, "Till", ["read"], days=1)
    clock.advance(timedelta(days=1) - timedelta(seconds=1))
    assert await scopes(database, issued.secret, clock) == {"read"}
    clock.advance(1)
    assert await scopes(database, issued.secret, clock) is None


async def test_a_token_is_revoked_by_its_owner_and_by_nobody_else(database, rosa, femi, clock):
    issued = await write(database, accounts.create_token, rosa.id, "Till", ["read"])
    with pytest.raises(NotFound):
        await write(database, accounts.revoke_token, femi.id, issued.view.id)
    await write(database, accounts.revoke_token, rosa.id, issued.view.id)
    assert await scopes(database, issued.secret, clock) is None
    with pytest.raises(NotFound):
        await write(database, accounts.revoke_token, rosa.id, issued.view.id)


async def test_tokens_do_not_pile_up_without_end(database, rosa, monkeypatch):
    monkeypatch.setattr(limits, "TOKENS_PER_ACCOUNT", 2)
    for label in ("one", "two"):
        await write(database, accounts.create_token, rosa.id, label, ["read"])
    with pytest.raises(Conflict, match="Revoke one first"):
        await write(database, accounts.create_token, rosa.id, "three", ["read"])


async def test_a_session_token_is_no_access_token(database, rosa, clock):
    session = await write(database, accounts.sign_in, rosa.id, "phone")
    assert await scopes(database, session.token, clock) is None
    assert await scopes(database, f"rd_{session.token}", clock) is None
