"""Every recipe, held to the table that a treasurer would write."""

import re
from itertools import count

import pytest

from node.ledger import recipes
from node.ledger.chart import CHART
from node.ledger.recipe import Line, Method, Recipe, Side
from node.ledger.recipes import RECIPES
from node.ledger.rules import differences
from node.money import Money, scale_of

# recipe: {amount: (debited, credited)}
MONEY = {"bank": "assets:bank", "cash": "assets:cash", "mobile": "assets:mobile-money"}
TABLE = {
    "agreement-sold": {
        "price": ("assets:receivable:{party}", "income:sales"),
        "tax": ("assets:receivable:{party}", "liabilities:tax"),
    },
    "agreement-bought": {
        "price": ("expenses:purchases", "liabilities:payable:{party}"),
        "tax": ("assets:input-tax", "liabilities:payable:{party}"),
    },
    "agreement-received-bank": {"paid": ("assets:bank", "assets:receivable:{party}")},
    "agreement-received-cash": {"paid": ("assets:cash", "assets:receivable:{party}")},
    "agreement-received-mobile": {"paid": ("assets:mobile-money", "assets:receivable:{party}")},
    "agreement-received-netting": {"paid": ("assets:partner:{party}", "assets:receivable:{party}")},
    "agreement-paid-bank": {"paid": ("liabilities:payable:{party}", "assets:bank")},
    "agreement-paid-cash": {"paid": ("liabilities:payable:{party}", "assets:cash")},
    "agreement-paid-mobile": {"paid": ("liabilities:payable:{party}", "assets:mobile-money")},
    "agreement-paid-netting": {
        "paid": ("liabilities:payable:{party}", "liabilities:partner:{party}")
    },
    **{
        f"advance-returned-{method}": {"paid": ("assets:receivable:{party}", account)}
        for method, account in MONEY.items()
    },
    **{
        f"advance-back-{method}": {"paid": (account, "liabilities:payable:{party}")}
        for method, account in MONEY.items()
    },
    "federation-dues": {"dues": ("expenses:dues", "liabilities:payable:{party}")},
    "platform-fee": {"fee": ("assets:receivable:{party}", "income:platform-fees")},
    "platform-fee-returned": {"fee": ("income:platform-fees", "assets:receivable:{party}")},
    "community-share": {"share": ("expenses:community-share", "liabilities:community:{party}")},
    "community-share-returned": {
        "share": ("liabilities:community:{party}", "expenses:community-share")
    },
    "community-share-paid-bank": {"share": ("liabilities:community:{party}", "assets:bank")},
    "community-share-paid-cash": {"share": ("liabilities:community:{party}", "assets:cash")},
    "community-share-paid-mobile": {
        "share": ("liabilities:community:{party}", "assets:mobile-money")
    },
    "refund-full": {"refund": ("income:refunds", "liabilities:payable:{party}")},
    "refund-partial": {"refund": ("income:refunds", "liabilities:payable:{party}")},
    "refund-claimed": {"refund": ("assets:receivable:{party}", "expenses:purchases")},
    "refund-early": {"refund": ("income:refunds", "assets:receivable:{party}")},
    "refund-early-claimed": {"refund": ("liabilities:payable:{party}", "expenses:purchases")},
    "fee-waived": {"fee": ("income:cancellation-fees", "assets:receivable:{party}")},
    "fee-waived-to-us": {"fee": ("liabilities:payable:{party}", "expenses:cancellation-fees")},
    "late-cancel-fee": {"fee": ("assets:receivable:{party}", "income:cancellation-fees")},
    "no-show-fee": {"fee": ("assets:receivable:{party}", "income:cancellation-fees")},
    "late-cancel-owed": {"fee": ("expenses:cancellation-fees", "liabilities:payable:{party}")},
    "no-show-owed": {"fee": ("expenses:cancellation-fees", "liabilities:payable:{party}")},
    "deposit-noted": {"deposit": ("assets:deposits", "liabilities:deposits:{party}")},
    "deposit-returned": {"deposit": ("liabilities:deposits:{party}", "assets:deposits")},
    **{
        f"deposit-kept-{method}": {
            "kept": ("liabilities:deposits:{party}", "income:deposits-kept"),
            "moved": (account, "assets:deposits"),
        }
        for method, account in MONEY.items()
    },
    **{
        f"deposit-left-{method}": {"deposit": ("assets:deposits-left:{party}", account)}
        for method, account in MONEY.items()
    },
    **{
        f"deposit-back-{method}": {"deposit": (account, "assets:deposits-left:{party}")}
        for method, account in MONEY.items()
    },
    "deposit-lost": {"kept": ("expenses:deposits-lost", "assets:deposits-left:{party}")},
    "time-earned": {"hours": ("equity:time-bank", "liabilities:time-credit:{party}")},
    "time-spent": {"hours": ("liabilities:time-credit:{party}", "equity:time-bank")},
    "referral-fee-out": {"fee": ("expenses:referral-fees", "liabilities:partner:{party}")},
    "referral-fee-in": {"fee": ("assets:partner:{party}", "income:referral-fees")},
    "obligation-owed": {
        "amount": ("liabilities:partner:{party}", "liabilities:obligations:{party}")
    },
    "obligation-due-to-us": {"amount": ("assets:obligations:{party}", "assets:partner:{party}")},
    "clearing-owed": {"cleared": ("liabilities:obligations:{party}", "assets:clearing")},
    "clearing-due-to-us": {"cleared": ("assets:clearing", "assets:obligations:{party}")},
    "residual-paid-bank": {"paid": ("liabilities:obligations:{party}", "assets:bank")},
    "residual-paid-cash": {"paid": ("liabilities:obligations:{party}", "assets:cash")},
    "residual-paid-mobile": {"paid": ("liabilities:obligations:{party}", "assets:mobile-money")},
    "residual-received-bank": {"paid": ("assets:bank", "assets:obligations:{party}")},
    "residual-received-cash": {"paid": ("assets:cash", "assets:obligations:{party}")},
    "residual-received-mobile": {"paid": ("assets:mobile-money", "assets:obligations:{party}")},
    "dues-issued": {"dues": ("assets:dues:{party}", "income:dues")},
    "dues-paid-bank": {"paid": ("assets:bank", "assets:dues:{party}")},
    "dues-paid-cash": {"paid": ("assets:cash", "assets:dues:{party}")},
    "dues-paid-mobile": {"paid": ("assets:mobile-money", "assets:dues:{party}")},
}


def test_every_recipe_is_in_the_table():
    assert set(RECIPES) == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_a_recipe_books_what_the_table_says(name):
    recipe, expected = RECIPES[name], TABLE[name]
    assert recipe.name == name
    assert recipe.amounts == expected.keys()
    currency, sums = recipe.currency or "GBP", count(101, 7)
    amounts = {amount: Money(next(sums), currency, scale_of(currency)) for amount in expected}
    lines = recipe.lines_for(amounts)
    assert [(line.chart.code, line.money) for line in lines] == [
        pair
        for amount, (debited, credited) in expected.items()
        for pair in ((debited, amounts[amount]), (credited, -amounts[amount]))
    ]
    assert differences(line.money for line in lines) == {}


def test_the_documentation_lists_every_recipe_with_its_amounts():
    told = {}
    for names, amounts in re.findall(
        r"^\| ([a-zA-Z, -]+) \| ([a-zA-Z, ()]+) \|$", recipes.__doc__, re.MULTILINE
    ):
        for name in names.split(", "):
            methods = [*Method] if "METHOD" in name else [""]
            told |= {name.replace("METHOD", method): amounts for method in methods}
    told.pop("recipe", None)
    netting = {name for name in RECIPES if name.endswith("-netting")}
    assert told.keys() == RECIPES.keys() - netting
    for name, amounts in told.items():
        assert set(re.sub(r" \(.*", "", amounts).split(", ")) == RECIPES[name].amounts, name


def test_what_is_zero_or_not_given_is_left_out():
    recipe = RECIPES["agreement-sold"]
    with_zero = recipe.lines_for({"price": Money(100, "GBP", 2), "tax": Money(0, "GBP", 2)})
    assert with_zero == recipe.lines_for({"price": Money(100, "GBP", 2)})
    assert len(with_zero) == 2


@pytest.mark.parametrize(
    "amounts",
    [
        {},
        {"hours": Money(0, "HOUR", 2)},
        {"hours": Money(-1, "HOUR", 2)},
        {"hours": Money(1, "GBP", 2)},
        {"days": Money(1, "HOUR", 2)},
    ],
)
def test_amounts_that_a_recipe_has_no_use_for_are_a_fault_of_the_caller(amounts):
    with pytest.raises(ValueError, match="time-earned"):
        RECIPES["time-earned"].lines_for(amounts)


def test_a_recipe_that_cannot_balance_or_knows_no_such_account_is_none():
    debit = Line(Side.DEBIT, "assets:bank", "paid")
    with pytest.raises(ValueError, match="as often"):
        Recipe("lopsided", "", (debit,))
    with pytest.raises(ValueError, match="no assets:moon"):
        Recipe("far", "", (debit, Line(Side.CREDIT, "assets:moon", "paid")))


def test_every_account_of_the_chart_that_is_somebodys_is_used():
    used = {line.account for recipe in RECIPES.values() for line in recipe.lines}
    assert {code for code, line in CHART.items() if line.is_per_party} <= used
