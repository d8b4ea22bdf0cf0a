"""Ten codes on paper, each good once."""

import asyncio

import pytest

from node import accounts, limits, notices
from node.accounts import Purpose, Role
from node.accounts.rules import read_recovery_code, recovery_codes
from node.errors import Closed
from tests.support.asking import read, write
from tests.support.entropy import SeededEntropy


async def rosa_with_codes(database):
    rosa = await write(
        database, accounts.create_account, handle="rosa", name="Rosa", roles=[Role.ADMIN]
    )
    hashes = [f"hash {number}" for number in range(limits.RECOVERY_CODES)]
    await write(database, accounts.set_recovery_codes, rosa.id, hashes)
    return rosa


async def code(database, number, handle="rosa"):
    return await read(database, accounts.recovery_code, handle, number)


async def told(database, who):
    async with database.reading() as reader:
        return [(one.kind.value, str(one.text)) for one in await notices.notices(reader, who)]


def test_a_code_is_read_however_it_was_copied():
    codes = recovery_codes(SeededEntropy())
    assert len(set(codes)) == limits.RECOVERY_CODES
    for number, made in enumerate(codes):
        assert read_recovery_code(made) == (number, made)
        slips = made.upper().replace("-", " ").replace("0", "O").replace("1", "l")
        assert read_recovery_code(f" {slips} ") == (number, made)
    for nonsense in ("", "4-k7q2", "x" * 13, "١٢٣٤٥٦٧٨٩٠١٢٣", "-" * 500):
        assert read_recovery_code(nonsense) == (0, "")


@pytest.mark.usefixtures("sqlite_in_threads")
async def test_a_code_opens_once_even_for_two_at_the_same_moment(either_database):
    rosa = await rosa_with_codes(either_database)
    stored = await code(either_database, 4)
    results = await asyncio.gather(
        *(write(either_database, accounts.recover, stored, "new", device="phone") for _ in "ab"),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["Closed", "SignedIn"], results
    assert await code(either_database, 4) is None
    async with either_database.reading() as reader:
        assert await accounts.recovery_codes_left(reader, rosa.id) == limits.RECOVERY_CODES - 1


async def test_coming_in_by_a_code_ends_every_other_way_that_was_open(database, clock):
    rosa = await rosa_with_codes(database)
    await write(database, accounts.set_password, rosa.id, "old")
    thief = await write(database, accounts.sign_in, rosa.id, "a stolen phone")
    program = await write(database, accounts.create_token, rosa.id, "till", ["read"])
    back = await write(database, accounts.recover, await code(database, 0), "new", device="Mac")
    async with database.reading() as reader:
        assert await accounts.session_account(reader, thief.token, clock.now()) is None
        assert await accounts.session_account(reader, back.token, clock.now())
        assert await accounts.token_account(reader, program.secret, clock.now()) is None
        assert (await accounts.by_handle_with_hash(reader, "rosa"))[1] == "new"


@pytest.mark.parametrize("way", ["code", "link"])
async def test_programs_lose_their_keys_also_where_there_never_was_a_password(database, clock, way):
    rosa = await rosa_with_codes(database)
    program = await write(database, accounts.create_token, rosa.id, "till", ["read"])
    if way == "code":
        await write(database, accounts.recover, await code(database, 0), "new", device="Mac")
    else:
        link = await write(
            database, accounts.issue_link, purpose=Purpose.RECOVERY, account_id=rosa.id
        )
        await write(database, accounts.redeem_link, link.code, password_hash="new")
    async with database.reading() as reader:
        assert await accounts.token_account(reader, program.secret, clock.now()) is None


async def test_whoever_has_three_codes_left_is_told_to_make_new_ones(database):
    rosa = await rosa_with_codes(database)
    for number in range(limits.RECOVERY_CODES - limits.RECOVERY_CODES_FEW):
        assert "codes-few" not in dict(await told(database, rosa))
        await write(database, accounts.recover, await code(database, number), "new", device="")
    assert "Recovery codes left: 3." in dict(await told(database, rosa))["codes-few"]
    assert "password-changed" in dict(await told(database, rosa))
    await write(database, accounts.set_recovery_codes, rosa.id, ["another"])
    assert "codes-few" not in dict(await told(database, rosa))


async def test_an_old_sheet_and_a_closed_account_open_nothing(database):
    rosa = await rosa_with_codes(database)
    old = await code(database, 7)
    await write(database, accounts.set_recovery_codes, rosa.id, [f"new {n}" for n in range(10)])
    with pytest.raises(Closed):
        await write(database, accounts.recover, old, "new", device="")
    await write(database, accounts.create_account, handle="femi", name="Femi", roles=[Role.ADMIN])
    await write(database, accounts.disable, rosa.id, by="operator")
    assert await code(database, 7) is None
