"""The books on pages: read them, look at an entry before it is written, take it back."""

import re
from collections.abc import AsyncGenerator
from datetime import date

import msgspec
import pytest

from node import ledger, members, peers
from node.ledger import recipes
from node.members import Event
from node.money import Money
from tests.support import books as checker
from tests.support.town import Coop
from tests.ui.web.visitor import Visitor, signed_in


@pytest.fixture
async def nasreen(coop: Coop) -> AsyncGenerator[Visitor]:
    async with signed_in(coop, "nasreen", "treasurer") as visitor:
        yield visitor


async def a_form(nasreen: Visitor, **changed: str) -> dict[str, str]:
    page = await nasreen.get("/ledger/new")
    key = page.holds("key")
    return {
        "csrf": await nasreen.form_token(),
        "key": key,
        "day": "2027-01-04",
        "text": "Rent of <January>",
        "currency": "GBP",
        "lines-0-account": "expenses:running-costs",
        "lines-0-debit": "480.00",
        "lines-1-account": "assets:bank",
        "lines-1-credit": "480.00",
        "lines-2-account": "",
        "lines-3-account": "",
    } | changed


async def entries(coop: Coop) -> list[ledger.EntryView]:
    found, _more = await coop.read(ledger.entries)
    return found


async def test_empty_books_offer_the_first_step(nasreen: Visitor) -> None:
    for path in ("/ledger", "/ledger/entries"):
        page = await nasreen.get(path)
        assert page.status == 200
        assert "Nothing in the books yet" in page.text
        assert 'href="/ledger/new"' in page.text
    assert "The books hold" not in (await nasreen.get("/ledger/check")).text


async def test_an_entry_is_looked_at_first_and_then_written_once(
    coop: Coop, nasreen: Visitor
) -> None:
    form = await a_form(nasreen)
    look = await nasreen.post("/ledger/new", form | {"do": "look"})
    assert look.status == 200
    assert "This is what would be written" in look.text
    assert "Rent of &lt;January&gt;" in look.text
    assert await entries(coop) == []

    for _twice in range(2):
        written = await nasreen.post("/ledger/new", form | {"do": "write"})
        assert written.status == 303
    [entry] = await entries(coop)
    assert written.location == f"/ledger/entries/{entry.id}?told=booked"
    assert await checker.faults(coop.node.database) == []
    page = await nasreen.get(written.location)
    for shown in (entry.digest.hex(), "480.00", "Nasreen", "Bank", entry.source):
        assert shown in page.text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"lines-1-credit": "479.99"}, "differ by 0.01 GBP"),
        ({"lines-1-debit": "480.00"}, "debit or credit, not both"),
        ({"lines-1-account": ""}, "choose an account"),
        ({"lines-0-debit": "a lot"}, "in digits"),
        ({"currency": "GOLD"}, "currency code"),
        ({"text": ""}, "what happened"),
        ({"day": "soon"}, "Choose a day, or write it"),
        ({"day": "2099-01-01"}, "a year from now"),
        ({"lines-0-account": "assets:attic"}, "no account assets:attic"),
    ],
)
async def test_what_is_wrong_with_an_entry_is_said_and_what_was_typed_stays(
    coop: Coop, nasreen: Visitor, changed: dict[str, str], told: str
) -> None:
    form = await a_form(nasreen, **changed)
    for do in ("look", "write"):
        answer = await nasreen.post("/ledger/new", form | {"do": do})
        assert answer.status == 422
        assert told in answer.text
        assert form["lines-0-debit"] in answer.text
    assert await entries(coop) == []


async def test_an_entry_is_taken_back_and_both_pages_say_so(coop: Coop, nasreen: Visitor) -> None:
    form = await a_form(nasreen)
    await nasreen.post("/ledger/new", form | {"do": "write"})
    [entry] = await entries(coop)
    path = f"/ledger/entries/{entry.id}"
    without = await nasreen.post(f"{path}/reversal", {"csrf": form["csrf"], "text": ""})
    assert without.status == 422
    back = await nasreen.post(
        f"{path}/reversal", {"csrf": form["csrf"], "text": "paid twice", "day": "2027-01-05"}
    )
    assert back.status == 303
    assert "Taken back" in (await nasreen.get(path)).text
    assert "Takes back" in (await nasreen.get(back.location)).text


async def test_a_month_goes_on_after_what_was_written_late(nasreen: Visitor) -> None:
    for day in ("2027-01-04", "2026-12-30", "2027-01-05"):
        form = await a_form(nasreen, day=day)
        assert (await nasreen.post("/ledger/new", form | {"do": "write"})).status == 303
    page = (await nasreen.get("/ledger/entries")).text
    heads = re.findall(r'<h2 id="m\d">([^<]+)</h2>', page)
    assert heads == ["January 2027", "December 2026", "January 2027, continued"]


async def test_words_that_name_somebody_are_taken_away(coop: Coop, nasreen: Visitor) -> None:
    form = await a_form(nasreen, text="Rent paid to Rosa Whitworth")
    written = await nasreen.post("/ledger/new", form | {"do": "write"})
    path = written.page
    gone = await nasreen.post(f"{path}/words", {"csrf": form["csrf"]})
    page = await nasreen.get(gone.location)
    assert "Rosa" not in page.text
    assert "the figures stay" in page.text
    assert (await nasreen.post(f"{path}/words", {"csrf": form["csrf"]})).status == 404
    assert await checker.faults(coop.node.database) == []


async def test_figures_open_down_to_the_entry_that_made_them(coop: Coop, nasreen: Visitor) -> None:
    rosa = await coop.write(
        members.add_member, name="Rosa Whitworth", membership_class="worker", admit=Event.ADMIT
    )
    await coop.write(
        ledger.post,
        recipes.PLATFORM_FEE,
        source="agreement:7",
        party=rosa.id,
        amounts={"fee": Money(123456, "GBP", 2)},
        policy_versions={"fees.rules": "v3"},
    )
    home = await nasreen.get("/ledger?period=2027-01")
    assert "1,234.56" in home.text
    assert "Rosa Whitworth" in home.text
    assert "January 2027" in home.text
    account = re.search(r'href="(/ledger/accounts/\w{26}\?period=2027-01)"', home.text)
    assert account is not None
    statement = await nasreen.get(account[1])
    entry = re.search(r'href="(/ledger/entries/\w{26})"', statement.text)
    assert entry is not None
    page = await nasreen.get(entry[1])
    for shown in ("agreement:7", "platform-fee", "fees.rules", "version v3", "1,234.56"):
        assert shown in page.text
    journal = await nasreen.get(f"/ledger/entries?party={rosa.id}")
    assert "With Rosa Whitworth" in journal.text
    [way] = re.findall(r'<p class="kicker">(<span><bdi>.*?)</p>', journal.text)
    assert "Platform fees" in way.partition("arrow-right")[0]


async def test_the_years_offered_are_the_coops_own(coop: Coop, nasreen: Visitor) -> None:
    for source, day, pence in (("old", date(2026, 4, 5), 700), ("new", date(2026, 4, 6), 1100)):
        await coop.write(
            ledger.post,
            recipes.PLATFORM_FEE,
            source=source,
            party="01rosa",
            amounts={"fee": Money(pence, "GBP", 2)},
            on=day,
        )
    assert "18.00" in surplus_in((await nasreen.get("/ledger?period=2026")).text)
    tells = msgspec.structs.replace(await coop.read(peers.our_telling), fiscal_year="04-06")
    await coop.write(
        peers.change_profile, name="Lanehead", summary="", place=None, by="admin", tells=tells
    )
    year = (await nasreen.get("/ledger?period=2026")).text
    assert "11.00" in surplus_in(year)
    assert re.findall(r'<option value="(\d{4})"( selected)?>([^<]+)<', year) == [
        ("2026", " selected", "2026/27"),
        ("2025", "", "2025/26"),
    ]
    assert "7.00" in surplus_in((await nasreen.get("/ledger?period=2025")).text)
    lines = (await nasreen.get("/ledger/entries.csv?period=2025")).text
    assert ("2026-04-05" in lines, "2026-04-06" in lines) == (True, False)
    for odd in ("9999", "0000", "year"):
        assert (await nasreen.get(f"/ledger?period={odd}")).status == 422


def surplus_in(page: str) -> str:
    return re.findall(r"Surplus: (.*?)</p>", page)[0]


async def test_a_month_is_closed_by_its_buttons(nasreen: Visitor) -> None:
    form = await a_form(nasreen, day="2026-12-30")
    await nasreen.post("/ledger/new", form | {"do": "write"})
    for event in ("soft-close", "close"):
        answer = await nasreen.post(
            "/ledger/months", {"csrf": form["csrf"], "key": "2026-12", "do": event}
        )
        assert answer.status == 303
    assert "closed for good" in (await nasreen.get("/ledger")).text
    late = await a_form(nasreen, day="2026-12-30")
    refused = await nasreen.post("/ledger/new", late | {"do": "look"})
    assert refused.status == 422
    assert "closed for good" in refused.text


async def test_accounts_are_added_renamed_and_closed(coop: Coop, nasreen: Visitor) -> None:
    csrf = await nasreen.form_token()
    new = {"csrf": csrf, "code": "expenses:van", "name": "The van", "fund": "general"}
    assert (await nasreen.post("/ledger/accounts", new)).status == 303
    assert (await nasreen.post("/ledger/accounts", new)).status == 422
    assert (await nasreen.post("/ledger/accounts", new | {"code": "van"})).status == 422
    van = await coop.read(ledger.account, "expenses:van")
    path = f"/ledger/accounts/{van.id}"
    await nasreen.post(path, {"csrf": csrf, "do": "rename", "name": "Both vans"})
    await nasreen.post(path, {"csrf": csrf, "do": "close"})
    for page in (await nasreen.get("/ledger/accounts"), await nasreen.get(path)):
        assert "Both vans" in page.text
        assert "losed" in page.text
    assert (await nasreen.post(path, {"csrf": csrf, "do": "burn"})).status == 400
