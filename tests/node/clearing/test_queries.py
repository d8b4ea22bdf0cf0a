"""A list that is cut is cut after it was chosen from, and says where it goes on."""

from datetime import date

from node import clearing
from node.agreements import AgreementOwed
from node.clearing import Reason
from node.clearing.reactions import payment_is_on_account
from node.money import Money
from tests.federation.factories import GROCER
from tests.node.clearing.test_races import open_with_grocer

DUE = date(2027, 2, 1)


async def test_what_is_owed_in_one_currency_is_found_behind_that_in_another(database):
    await open_with_grocer(database)
    for cents, currency in ((100, "EUR"), (200, "EUR"), (300, "GBP"), (400, "GBP")):
        money = Money(cents, currency, 2)
        await database.write(
            lambda uow, money=money: clearing.claim(
                uow, GROCER, money, DUE, Reason.LEVY, by="operator"
            )
        )
    seen, cursor = [], None
    async with database.reading() as reader:
        for _page in range(2):
            page, cursor = await clearing.obligations(
                reader, partner=GROCER, currency="EUR", cursor=cursor, limit=1
            )
            seen += page
    assert {one.money.text for one in seen} == {"1.00", "2.00"}
    assert cursor is None


async def test_what_we_owe_is_found_behind_what_is_owed_to_us(database):
    ours = await open_with_grocer(database)
    sides = ((ours, GROCER), (GROCER, ours), (GROCER, ours))
    for number, (debtor, creditor) in enumerate(sides):
        owed = AgreementOwed(
            f"a{number}", debtor, creditor, Money(100 + number, "EUR", 2), f"zTerms{number}"
        )
        await database.write(lambda uow, owed=owed: payment_is_on_account(uow, owed))
    async with database.reading() as reader:
        to_pay, _more = await clearing.obligations(reader, we_owe=True, limit=1)
        to_get, more = await clearing.obligations(reader, we_owe=False)
    assert [one.money.text for one in to_pay] == ["1.00"]
    assert ({one.money.text for one in to_get}, more) == ({"1.01", "1.02"}, None)
