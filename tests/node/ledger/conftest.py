"""Books with something in them."""

from datetime import date

import pytest

from federation.storage import Database
from node import ledger
from node.ledger import EntryView, recipes
from node.money import Money
from tests.support.asking import write
from tests.support.clock import START

TODAY = START.date()
PIONEER = "https://pioneer.example/coop"
ROSA = "01k0rosa00000000000000000a"


def gbp(pence: int) -> Money:
    return Money(pence, "GBP", 2)


def hours(hundredths: int) -> Money:
    return Money(hundredths, "HOUR", 2)


async def book(database, recipe, source, party=None, on=None, **amounts: Money) -> EntryView:
    return await write(
        database, ledger.post, recipe, source=source, party=party, amounts=amounts, on=on
    )


@pytest.fixture
async def books(database: Database) -> Database:
    """A month at a coop: a sale paid by bank, a fee with its share, hours, a referral fee."""
    day = date(2027, 1, 2)
    await book(database, recipes.AGREEMENT_SOLD, "a:1", ROSA, day, price=gbp(4500), tax=gbp(900))
    await book(database, recipes.AGREEMENT_RECEIVED["bank"], "a:1", ROSA, day, paid=gbp(5400))
    await book(database, recipes.PLATFORM_FEE, "a:2", ROSA, fee=gbp(250))
    await book(database, recipes.COMMUNITY_SHARE, "a:2", "garden", share=gbp(125))
    await book(database, recipes.TIME_EARNED, "w:1", ROSA, hours=hours(150))
    await book(database, recipes.REFERRAL_FEE_OUT, "r:1", PIONEER, fee=Money(700, "EUR", 2))
    return database
