import pytest

from node import ledger
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import speaking
from node.ledger import ManualLine, recipes
from tests.node.ledger.conftest import ROSA, book, gbp
from tests.support.asking import read, write


async def named(database, code):
    return await read(database, ledger.account, code)


async def test_the_books_open_with_the_chart_and_opening_again_changes_nothing(database):
    await write(database, ledger.open_books)
    first = await read(database, ledger.accounts)
    await write(database, ledger.open_books)
    assert await read(database, ledger.accounts) == first
    assert {"assets:bank", "equity:reserve", "income:platform-fees"} <= {one.code for one in first}
    assert all(one.party is None for one in first)


async def test_an_account_is_named_in_the_readers_language_until_the_coop_names_it(database):
    await write(database, ledger.open_books)
    bank = await named(database, "assets:bank")
    with speaking("ar"):
        assert str(bank.name) == "المصرف"
    renamed = await write(database, ledger.rename_account, bank.id, "Unity Trust")
    assert renamed.name == "Unity Trust"
    assert str((await write(database, ledger.rename_account, bank.id, "")).name) == "Bank"


async def test_an_account_is_added_used_emptied_and_closed(database):
    await write(database, ledger.open_books)
    van = await write(
        database, ledger.add_account, code="Assets:Van", name="The van", fund="community"
    )
    assert (van.code, van.fund, van.type) == ("assets:van", "community", "assets")
    lines = [ManualLine("assets:van", gbp(100)), ManualLine("assets:bank", gbp(-100))]
    entry = await write(database, ledger.enter, lines, source="m:1", text="a van", by="femi")
    with pytest.raises(Conflict, match="GBP"):
        await write(database, ledger.close_account, van.id)
    with pytest.raises(Conflict, match="stays"):
        await write(database, ledger.remove_account, van.id)
    await write(database, ledger.reverse, entry.id, by="femi")
    assert (await write(database, ledger.close_account, van.id)).closed_at is not None
    with pytest.raises(Conflict, match="assets:van") as refused:
        await write(database, ledger.enter, lines, source="m:2", text="another", by="femi")
    assert refused.value.code == "account-closed"
    await write(database, ledger.reopen_account, van.id)
    await write(database, ledger.enter, lines, source="m:2", text="another", by="femi")


async def test_an_account_added_by_mistake_goes_while_nothing_stands_on_it(database):
    added = await write(database, ledger.add_account, code="expenses:x", name="X")
    await write(database, ledger.remove_account, added.id)
    with pytest.raises(NotFound):
        await named(database, "expenses:x")
    await write(database, ledger.open_books)
    bank = await named(database, "assets:bank")
    with pytest.raises(Conflict):
        await write(database, ledger.remove_account, bank.id)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "rent"}, "code"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"fund": "holidays"}, "fund"),
    ],
)
async def test_an_account_with_something_wrong_is_refused_by_field(database, change, field):
    given = {"code": "expenses:rent", "name": "Rent"} | change
    with pytest.raises(InvalidInput) as refused:
        await write(database, ledger.add_account, **given)
    assert list(refused.value.fields) == [field]


async def test_there_is_one_account_of_each_code(database):
    await write(database, ledger.add_account, code="expenses:rent", name="Rent")
    with pytest.raises(Conflict):
        await write(database, ledger.add_account, code="expenses:rent", name="Rent again")


async def test_an_account_added_by_hand_keeps_a_name(database):
    added = await write(database, ledger.add_account, code="expenses:rent", name="Rent")
    with pytest.raises(InvalidInput):
        await write(database, ledger.rename_account, added.id, " ")


async def test_a_partys_account_never_holds_its_name(database):
    await book(database, recipes.DUES_ISSUED, "d:1", ROSA, dues=gbp(500))
    account = await named(database, f"assets:dues:{ROSA}")
    assert (account.party, str(account.name)) == (ROSA, "Dues to come")
