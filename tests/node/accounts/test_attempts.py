import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from federation.storage import Database, pauses
from node import limits
from node.accounts import Role, create_account
from node.accounts.allowances import LOST
from node.accounts.attempts import network_of, take_token, wait_for_token
from node.accounts.models import SignInTries
from node.accounts.tries import count_guest, count_try, forget_tries, let_in
from tests.support.clock import START, FixedClock

MINUTE = timedelta(minutes=1)


class Gate:
    """The door of a node, as one of its processes has it."""

    def __init__(self, database: Database, rosa: str = "") -> None:
        self.database, self.rosa = database, rosa

    async def knock(self, handle: str, address: str) -> timedelta:
        return await self.database.write(lambda uow: count_try(uow, handle, address))

    async def let_in(self, handle: str, address: str) -> None:
        await self.database.write(lambda uow: let_in(uow, self.rosa, handle, address))

    async def guess_until_refused(self, handle: str) -> int:
        for number in range(100):
            if await self.knock(handle, f"192.0.2.{number}"):
                return number
        raise AssertionError("never refused")

    async def remembered(self) -> int:
        async with self.database.reading() as reader:
            return await reader.scalar(select(func.count()).select_from(SignInTries)) or 0


@pytest.fixture
async def gate(database: Database) -> Gate:
    rosa = await database.write(
        lambda uow: create_account(uow, handle="rosa", name="Rosa", roles={Role.ADMIN})
    )
    return Gate(database, rosa.id)


def test_a_bucket_gives_its_burst_and_then_one_a_minute():
    full_at = START
    for _attempt in range(5):
        assert wait_for_token(full_at, START, 5, MINUTE) <= timedelta(0)
        full_at = take_token(full_at, START, MINUTE)
    assert wait_for_token(full_at, START, 5, MINUTE) == MINUTE
    assert wait_for_token(full_at, START + MINUTE, 5, MINUTE) <= timedelta(0)
    assert wait_for_token(full_at, START + timedelta(days=9), 5, MINUTE) <= timedelta(0)


async def test_one_account_guessed_from_many_addresses_is_slowed_down(gate):
    assert await gate.guess_until_refused("rosa") == limits.ATTEMPTS_PER_ACCOUNT


@pytest.mark.postgres
async def test_many_processes_give_no_more_guesses_than_one(
    postgres_url, open_database, clock, entropy, identities
):
    one = await open_database(postgres_url)
    other = await Database.open(postgres_url, clock=clock, entropy=entropy, identities=identities)
    gates = [Gate(one), Gate(other)]
    tries = [gates[n % 2].knock("rosa", f"192.0.2.{n}") for n in range(40)]
    refused = [wait > timedelta(0) for wait in await asyncio.gather(*tries)]
    assert refused.count(False) == limits.ATTEMPTS_PER_ACCOUNT
    await other.close()


async def test_many_accounts_guessed_from_one_address_are_slowed_down(gate):
    refused = [bool(await gate.knock(f"member{n}", "192.0.2.1")) for n in range(100)]
    assert refused.index(True) == limits.ATTEMPTS_PER_ADDRESS


async def test_a_refused_attempt_says_how_long_to_wait_and_waiting_that_long_is_enough(gate, clock):
    await gate.guess_until_refused("rosa")
    wait = await gate.knock("rosa", "198.51.100.1")
    assert wait == MINUTE
    clock.advance(wait)
    assert not await gate.knock("rosa", "198.51.100.1")
    assert await gate.knock("rosa", "198.51.100.1")


async def test_a_clock_that_was_a_year_ahead_locks_nobody_out(gate, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(gate.database, "_clock", FixedClock(START + timedelta(days=365)))
        await gate.guess_until_refused("rosa")
    assert await gate.knock("rosa", "198.51.100.1")
    await gate.database.write(pauses.bring_back)
    assert not await gate.knock("rosa", "198.51.100.1")


async def test_a_clock_that_was_some_hours_ahead_locks_nobody_out_either(gate, clock, monkeypatch):
    """So little that it may as well be a count that stands: a computer in a wrong time zone."""
    with monkeypatch.context() as patch:
        patch.setattr(gate.database, "_clock", FixedClock(START + timedelta(hours=4)))
        await gate.guess_until_refused("rosa")
    await gate.database.write(pauses.bring_back)
    assert await gate.knock("rosa", "198.51.100.1") == MINUTE
    clock.advance(MINUTE)
    await gate.database.write(pauses.bring_back)
    assert not await gate.knock("rosa", "198.51.100.1")


async def test_the_owner_is_not_locked_out_by_a_stranger(gate):
    assert not await gate.knock("rosa", "203.0.113.5")
    await gate.let_in("rosa", "203.0.113.5")
    await gate.guess_until_refused("rosa")
    assert not await gate.knock("rosa", "203.0.113.5")


async def test_the_right_password_clears_ones_own_mistakes(gate):
    for _mistake in range(limits.ATTEMPTS_PER_ACCOUNT):
        await gate.knock("rosa", "203.0.113.5")
    await gate.let_in("rosa", "203.0.113.5")
    assert not await gate.knock("rosa", "203.0.113.5")


async def test_an_account_of_ones_own_buys_no_guesses_of_others(gate):
    own, address = "mallory", "192.0.2.1"
    guessed = 0
    for number in range(60):
        guessed += not await gate.knock(f"member{number}", address)
        if not await gate.knock(own, address):
            await gate.let_in(own, address)
    assert guessed == limits.ATTEMPTS_PER_ADDRESS


async def test_an_office_full_of_people_who_know_their_passwords_waits_for_nothing(gate):
    for number in range(60):
        assert not await gate.knock(f"member{number}", "192.0.2.1")
        await gate.let_in(f"member{number}", "192.0.2.1")


async def test_what_is_remembered_stays_bounded_however_many_names_are_tried(gate, monkeypatch):
    monkeypatch.setattr(limits, "ATTEMPTS_REMEMBERED", 12)
    await gate.let_in("rosa", "203.0.113.5")
    await gate.guess_until_refused("ada")
    for number in range(20):
        await gate.knock(f"n{number}", f"10.0.0.{number}")
    await gate.database.write(forget_tries)
    assert await gate.remembered() == 12 + 12 + 1  # accounts, addresses, and whom it knows
    assert await gate.knock("ada", "198.51.100.1"), "who was guessed at most is kept"


async def test_guests_at_however_many_addresses_make_no_guess_at_an_account_forgotten(
    gate, monkeypatch
):
    monkeypatch.setattr(limits, "ATTEMPTS_REMEMBERED", 12)
    await gate.guess_until_refused("ada")
    for number in range(20):
        address = f"2001:db8:0:{number}::1"
        assert await gate.database.write(lambda uow, at=address: count_guest(uow, LOST, at))
    await gate.database.write(forget_tries)
    assert await gate.knock("ada", "198.51.100.1")


async def test_tries_are_forgotten_once_they_are_regained_and_known_addresses_in_time(gate, clock):
    await gate.let_in("rosa", "203.0.113.5")
    await gate.guess_until_refused("rosa")
    clock.advance(timedelta(hours=1))
    await gate.database.write(forget_tries)
    assert await gate.remembered() == 1
    clock.advance(limits.SESSION_ABSOLUTE)
    await gate.database.write(forget_tries)
    assert await gate.remembered() == 1, "who comes in again when a session ends is known still"
    clock.advance(limits.SESSION_IDLE)
    await gate.database.write(forget_tries)
    assert await gate.remembered() == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("unix:", "unix:"),
    ],
)
def test_neighbours_in_one_ipv6_network_count_as_one(address, network):
    assert network_of(address) == network
