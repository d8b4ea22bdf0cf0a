"""Tokens that are none of ours are counted by address, as tries to sign in are."""

from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import func, select

from node import accounts, limits
from node.accounts.models import SignInTries
from tests.support.clock import FixedClock
from tests.support.town import Coop
from tests.ui.web.test_api import Program, token_for
from tests.ui.web.test_proxies import believe
from tests.ui.web.visitor import Visitor, add_account, stranger

MOST = limits.REFUSED_TOKENS_PER_ADDRESS


@pytest.fixture
async def guesser(passer: Visitor) -> Program:
    return Program(passer, "rd_guessed")


@pytest.fixture
async def good(coop: Coop) -> AsyncGenerator[Program]:
    async with stranger(coop) as visitor:
        yield Program(visitor, await token_for(coop, "admin"))


async def guess(guesser: Program, times: int) -> list[int]:
    return [(await guesser.get("/listings")).status for _ in range(times)]


async def rows(coop: Coop) -> int:
    async with coop.node.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(SignInTries)) or 0


async def test_beyond_some_the_answer_says_how_long_to_wait_and_that_is_enough(
    guesser: Program, clock: FixedClock
) -> None:
    assert await guess(guesser, MOST + 2) == [401] * MOST + [429] * 2
    refused = await guesser.get("/listings")
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    clock.advance(limits.REFUSED_TOKEN_REGAINED_EVERY)
    assert await guess(guesser, 2) == [401, 429]


async def test_what_does_not_even_look_like_a_token_counts(guesser: Program) -> None:
    assert (await guess(guesser.with_token("guessed"), MOST + 1))[-1] == 429


async def test_a_good_token_from_the_same_address_is_let_in_and_writes_nothing(
    coop: Coop, guesser: Program, good: Program
) -> None:
    assert await guess(good, 2) == [200, 200]
    assert await rows(coop) == 0
    await guess(guesser, MOST + 1)
    before = coop.node.database.commits
    assert await guess(good, 3) == [200] * 3
    assert coop.node.database.commits == before


async def test_what_is_refused_beyond_them_writes_nothing(coop: Coop, guesser: Program) -> None:
    await guess(guesser, MOST)
    before = coop.node.database.commits
    assert await guess(guesser, 5) == [429] * 5
    assert coop.node.database.commits == before
    assert await rows(coop) == 1


async def test_they_cost_nobody_a_try_to_sign_in(coop: Coop, guesser: Program) -> None:
    await add_account(coop, "rosa")
    await guess(guesser, MOST + 1)
    assert (await guesser.visitor.sign_in("rosa")).status == 303


async def test_each_address_has_its_own(coop: Coop, guesser: Program) -> None:
    believe(coop, "127.0.0.1")
    await guess(guesser, MOST + 1)
    headers = {"Authorization": "Bearer rd_guessed", "X-Forwarded-For": "198.51.100.9"}
    assert (await guesser.visitor.get("/api/v1/listings", **headers)).status == 401


async def test_a_token_that_has_ended_counts_like_any_other(coop: Coop, good: Program) -> None:
    admin = await coop.read(accounts.first_admin)
    await coop.write(accounts.sign_out_everywhere, admin.id)
    assert await guess(good, MOST + 1) == [401] * MOST + [429]
