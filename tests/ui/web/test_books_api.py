"""The books by API: what a treasurer's program can read and write."""

from collections.abc import AsyncGenerator

import pytest

from node import ledger
from node.ledger import recipes
from node.money import Money
from tests.support import books as checker
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import stranger

RENT = {
    "source": "invoice 14",
    "text": "Rent",
    "date": "2027-01-04",
    "lines": [
        {"account": "expenses:rent", "side": "debit", "amount": "480.00", "currency": "GBP"},
        {"account": "assets:bank", "side": "credit", "amount": "480.00", "currency": "GBP"},
    ],
}


@pytest.fixture
async def coop(coop: Coop) -> Coop:
    await coop.write(ledger.add_account, code="expenses:rent", name="Rent")
    return coop


@pytest.fixture
async def treasurer(coop: Coop) -> AsyncGenerator[Program]:
    async with stranger(coop) as visitor:
        yield Program(visitor, await token_for(coop, "treasurer"))


async def test_an_entry_is_written_read_and_taken_back(coop: Coop, treasurer: Program) -> None:
    made = await treasurer.call("POST", f"{API}/ledger/entries", RENT)
    assert made.status == 201, made.body
    assert (made.body["number"], made.body["period"], made.body["recipe"]) == (
        1,
        "2027-01",
        "manual",
    )
    assert [(p["account"]["code"], p["side"], p["money"]) for p in made.body["postings"]] == [
        ("expenses:rent", "debit", {"amount": "480.00", "currency": "GBP"}),
        ("assets:bank", "credit", {"amount": "480.00", "currency": "GBP"}),
    ]
    again = await treasurer.call("POST", f"{API}/ledger/entries", RENT)
    assert again.body == made.body
    other = RENT | {"lines": [line | {"amount": "481.00"} for line in RENT["lines"]]}
    assert (await treasurer.call("POST", f"{API}/ledger/entries", other)).status == 409

    path = f"/ledger/entries/{made.body['id']}"
    assert (await treasurer.get(path)).body == made.body
    back = await treasurer.call("POST", f"{API}{path}/reversal", {"text": "paid twice"})
    assert back.body["reverses"] == made.body["id"]
    assert back.body["previous"] == made.body["digest"]
    assert (await treasurer.get(path)).body["reversed_by"] == back.body["id"]
    assert (await treasurer.get("/ledger/balances")).body["items"] == []
    assert (await treasurer.get("/ledger/verification")).body["holds"] is True
    assert await checker.faults(coop.node.database) == []


async def test_balances_say_both_sides_and_accounts_have_no_names_of_people(
    coop: Coop, treasurer: Program
) -> None:
    await coop.write(
        ledger.post,
        recipes.PLATFORM_FEE,
        source="a:1",
        party="01rosa",
        amounts={"fee": Money(250, "GBP", 2)},
        policy_versions={"fees.rules": "v3"},
    )
    found = (await treasurer.get("/ledger/balances?on=2027-01-05")).body
    assert found["totals"] == [{"currency": "GBP", "debit": "2.50", "credit": "2.50"}]
    assert [(one["account"]["code"], one["side"]) for one in found["items"]] == [
        ("assets:receivable:01rosa", "debit"),
        ("income:platform-fees", "credit"),
    ]
    assert (await treasurer.get("/ledger/balances?on=2027-01-04")).body["items"] == []
    [entry] = (await treasurer.get("/ledger/entries?party=01rosa&period=2027-01")).body["items"]
    assert entry["policies"] == {"fees.rules": "v3"}
    codes = [one["code"] for one in (await treasurer.get("/ledger/accounts")).body["items"]]
    assert "assets:bank" in codes
    assert codes == sorted(codes)


async def test_entries_come_page_by_page(treasurer: Program) -> None:
    for number in range(3):
        entry = RENT | {"source": f"invoice {number}"}
        await treasurer.call("POST", f"{API}/ledger/entries", entry)
    first = (await treasurer.get("/ledger/entries?limit=2")).body
    second = (await treasurer.get(f"/ledger/entries?limit=2&cursor={first['next']}")).body
    assert [one["number"] for one in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"text": ""}, 422, "text"),
        ({"lines": RENT["lines"][:1]}, 422, "lines"),
        ({"lines": [RENT["lines"][0] | {"amount": "480.01"}, RENT["lines"][1]]}, 422, "lines"),
        ({"lines": [RENT["lines"][0] | {"amount": "-480"}, RENT["lines"][1]]}, 422, None),
        ({"lines": [RENT["lines"][0] | {"amount": "1e9"}, RENT["lines"][1]]}, 422, None),
        ({"lines": [RENT["lines"][0] | {"currency": "GOLD"}, RENT["lines"][1]]}, 422, "currency"),
        ({"lines": [RENT["lines"][0] | {"account": "attic"}, RENT["lines"][1]]}, 422, "code"),
        ({"date": "2027-02-30"}, 422, "date"),
        ({"date": "2099-01-01"}, 422, "date"),
        ({"text": "a\u0001b"}, 422, "text"),
        ({"colour": "red"}, 422, None),
    ],
)
async def test_what_cannot_be_booked_says_why(
    treasurer: Program, change, status: int, field: str | None
) -> None:
    refused = await treasurer.call("POST", f"{API}/ledger/entries", RENT | change)
    assert refused.status == status, refused.body
    assert field is None or field in refused.body["errors"]
    assert (await treasurer.get("/ledger/entries")).body["items"] == []


@pytest.mark.parametrize(
    ("form", "media", "begins"),
    [
        ("csv", "text/csv", "\ufeffnumber,date"),
        ("beancount", "text/plain", 'option "title" "Lanehead"'),
        ("hledger", "text/plain", "; Lanehead"),
    ],
)
async def test_the_books_are_carried_away(
    treasurer: Program, form: str, media: str, begins: str
) -> None:
    await treasurer.call("POST", f"{API}/ledger/entries", RENT)
    answer = await treasurer.visitor.ask(
        "GET",
        f"{API}/ledger/export?format={form}&from=2027-01-01&to=2027-01-31",
        headers={"Authorization": f"Bearer {treasurer.token}"},
    )
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith(media)
    assert answer.text.startswith(begins) or answer.text.startswith(begins.lstrip("\ufeff"))
    assert "480.00" in answer.text


async def test_a_treasurer_keeps_the_books_and_nothing_else(coop: Coop, treasurer: Program) -> None:
    assert (await treasurer.get("/members")).status == 403
    assert (await treasurer.get("/peers")).status == 403
    member = treasurer.with_token(await token_for(coop, "member"))
    assert (await member.get("/ledger/entries")).status == 403
    reading = treasurer.with_token(await token_for(coop, "admin", "ledger:read"))
    assert (await reading.get("/ledger/entries")).status == 200
    assert (await reading.call("POST", f"{API}/ledger/entries", RENT)).status == 403
