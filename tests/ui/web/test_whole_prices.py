"""Prices of several sums, from the form to the request: money and hours, and seasons."""

import json
import re
from decimal import Decimal

from node import accounts, agreements
from node.agreements import Contact, Wanted, WantedLine
from tests.support.town import Coop
from tests.ui.web.booking import revises
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_lists import table
from tests.ui.web.test_offers import FORM
from tests.ui.web.visitor import Visitor

MIX = {"price_amount": "14", "price_hours": "1", "currency": "EUR", "unit": "visit"}
ROOM = {
    "kind": "stay",
    "fields_of": "stay",
    "price_amount": "60",
    "currency": "EUR",
    "unit": "night",
    "season1_first": "2027-07-01",
    "season1_last": "2027-08-31",
    "season1_amount": "90,50",
}
GUEST = {"name": "Ada", "contact": "ada@example.org", "do": "look"}


def facts(page: str) -> list[dict]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return [one for text in found for one in [json.loads(text)] if one.get("@type") == "Offer"]


def by_season(page: str) -> list[tuple[str, str]]:
    """What an offer's page says that one costs, by days."""
    rows = r'<dt>([^<]*)</dt><dd class="num">([€\d.]+)</dd>'
    return re.findall(rows, page.replace("\u2009", " "))


async def test_a_price_can_be_money_and_hours(coop: Coop, rosa: Visitor, passer: Visitor) -> None:
    wrong = await rosa.post("/listings/new", FORM | MIX | {"currency": "HOUR"})
    assert (wrong.status, 'id="price_hours-err"' in wrong.text) == (422, True)
    shown = (await rosa.post("/listings/new", FORM | MIX | {"then": "preview"})).text
    assert "€14 and 1 hour of yours a visit" in shown
    path = (await rosa.post("/listings/new", FORM | MIX | {"then": "publish"})).page
    page = (await passer.get(path)).text
    assert "€14 and 1 hour of yours a visit" in page
    [offer] = facts(page)
    parts = offer["priceSpecification"]["priceComponent"]
    assert [(one["price"], one["priceCurrency"]) for one in parts] == [("14", "EUR"), ("1", "HOUR")]
    assert 'name="price_hours"' in (await rosa.get(f"{path}/edit")).text
    for pays in ("time", "EUR"):
        found = (await passer.get(f"/search?pays={pays}")).text
        assert "€14 and 1 hour of yours a visit" in found
    [row] = table(await passer.get("/search.csv?q=home"))
    assert row["price_hours"] == "1"
    asked = (await passer.post(f"{path}/ask", GUEST | {"quantity": "3"})).text
    assert "€42.00 + 3 hours" in asked
    account = await coop.read(accounts.by_handle, "rosa")
    wanted = Wanted((WantedLine(path.rpartition("/")[2], Decimal(3)),))
    made = await coop.write(agreements.ask, wanted, account=None, contact=Contact("Ada", "1"))
    page = f"/agreements/{made.agreement.id}"
    assert 'name="lines-0-hours"' in (await rosa.get(f"{page}/steps/counter")).text
    less = {"step": "counter", "lines-0-quantity": "3", "lines-0-price": "12", "lines-0-hours": "2"}
    assert (await revises(rosa, page, less)).status == 303
    by = agreements.of_account(account)
    terms = (await coop.read(agreements.agreement, made.agreement.id, by)).version.terms
    assert [one.text for one in terms.total] == ["36.00", "6.00"]
    program = Program(passer).with_token(await token_for(coop, "admin"))
    read = (await program.get(f"/listings/{path.rpartition('/')[2]}")).body["price"]
    assert (read["amount"], read["hours"]) == ("14.00", "1.00")
    price = {"amount": "9", "currency": "EUR", "hours": "0.5"}
    more = price | {"label": "Hedge", "hours": "1"}
    body = {"title": "Weeding", "kind": "service", "prices": [price, more]}
    made = (await program.call("POST", f"{API}/listings", body)).body
    assert [one["hours"] for one in made["prices"]] == ["0.50", "1.00"]


async def test_a_night_can_cost_more_in_summer(coop: Coop, rosa: Visitor, passer: Visitor) -> None:
    form = (await rosa.post("/listings/new", FORM | ROOM | {"then": "prices"})).text
    rows = [f'name="season{row}_first"' in form for row in (1, 2, 3)]
    assert rows == [True, True, False]
    half = await rosa.post("/listings/new", FORM | ROOM | {"season1_last": "", "then": "publish"})
    assert (half.status, 'id="season1_last-err"' in half.text) == (422, True)
    backwards = {"season1_last": "2027-06-01", "then": "publish"}
    wrong = await rosa.post("/listings/new", FORM | ROOM | backwards)
    assert (wrong.status, 'id="season1_last-err"' in wrong.text) == (422, True)
    path = (await rosa.post("/listings/new", FORM | ROOM | {"then": "publish"})).page
    page = (await passer.get(path)).text
    assert "€60 to €90.50 a night, by season" in page
    assert by_season(page) == [("1 Jul – 31 Aug 2027", "€90.50"), ("On all other days", "€60")]
    [offer] = facts(page)
    said = offer["priceSpecification"]
    assert [(one["price"], one.get("validFrom")) for one in said] == [
        ("60", None),
        ("90.50", "2027-07-01"),
    ]
    edit = (await rosa.get(f"{path}/edit")).text
    assert re.search(r'name="season1_amount"[^>]*value="90.50"', edit)
    assert "by season" in (await passer.post(f"{path}/ask", GUEST)).text
    program = Program(passer).with_token(await token_for(coop, "admin"))
    wanted = {
        "lines": [{"listing": path.rpartition("/")[2]}],
        "start": "2027-06-29T14:00:00Z",
        "end": "2027-07-03T09:00:00Z",
        "time_zone": "Europe/London",
    }
    previewed = (await program.call("POST", f"{API}/agreements/preview", wanted)).body
    assert previewed["total"] == [{"amount": "301.00", "currency": "EUR"}]
    assert [one["quantity"] for one in previewed["terms"]["lines"]] == ["2", "2"]
    read = (await program.get(f"/listings/{path.rpartition('/')[2]}")).body["price"]["seasons"]
    assert read == [
        {"first": "2027-07-01", "last": "2027-08-31", "amount": "90.50", "yearly": False}
    ]
    price = {"amount": "9", "currency": "EUR", "unit": "day", "seasons": read}
    made = await program.call(
        "POST", f"{API}/listings", {"title": "Tent", "kind": "lend", "prices": [price]}
    )
    assert made.body["price"]["seasons"] == read


async def test_the_tax_in_a_price_is_said_beside_it_and_in_what_it_comes_to(
    coop: Coop, rosa: Visitor, passer: Visitor
) -> None:
    said = FORM | {"price_amount": "24", "currency": "EUR", "taxes_included": "VAT 20 %"}
    wrong = await rosa.post("/listings/new", said | {"taxes_included": "VAT", "then": "publish"})
    assert (wrong.status, 'id="taxes_included-err"' in wrong.text) == (422, True)
    assert (
        "VAT 20 % included" in (await rosa.post("/listings/new", said | {"then": "preview"})).text
    )
    path = (await rosa.post("/listings/new", said | {"then": "publish"})).page
    page = (await passer.get(path)).text
    assert "VAT 20 % included" in page
    assert facts(page)[0]["priceSpecification"]["valueAddedTaxIncluded"] is True
    asked = (await passer.post(f"{path}/ask", GUEST)).text
    assert re.search(r"of it <bdi>VAT 20 %</bdi></dt><dd[^>]*>€4.00", asked)
    program = Program(passer).with_token(await token_for(coop, "admin"))
    read = (await program.get(f"/listings/{path.rpartition('/')[2]}")).body["conditions"]
    assert read["included"] == [{"name": "VAT", "percent": "20"}]
    small = said | {"title": "Small", "taxes_included": "VAT 0 %", "then": "publish"}
    path = (await rosa.post("/listings/new", small)).page
    assert "VAT is not charged" in (await passer.get(path)).text
    assert "not charged" in (await passer.post(f"{path}/ask", GUEST)).text


async def test_each_price_has_its_seasons_and_they_come_back_each_year(
    rosa: Visitor, passer: Visitor
) -> None:
    both = ROOM | {
        "season1_yearly": "y",
        "price_label": "one bed",
        "price2_label": "two beds",
        "price2_amount": "80",
        "price2_unit": "night",
        "season1_amount2": "120",
    }
    form = (await rosa.post("/listings/new", FORM | both | {"then": "prices"})).text
    assert ('name="season1_amount2"' in form, 'name="season1_amount3"' in form) == (True, False)
    wrong = FORM | both | {"season1_amount2": "x", "then": "publish"}
    assert 'id="season1_amount2-err"' in (await rosa.post("/listings/new", wrong)).text
    path = (await rosa.post("/listings/new", FORM | both | {"then": "publish"})).page
    page = (await passer.get(path)).text
    summer, other = "1 Jul – 31 Aug, each year", "On all other days"
    assert by_season(page) == [
        (summer, "€90.50"),
        (other, "€60"),
        (summer, "€120"),
        (other, "€80"),
    ]
    edit = (await rosa.get(f"{path}/edit")).text
    assert re.search(r'<input checked[^>]*name="season1_yearly"', edit)
    assert re.search(r'name="season1_amount2"[^>]*value="120"', edit)
    asked = GUEST | {"first": "2028-06-30", "last": "2028-07-02", "option": "1"}
    seen = (await passer.post(f"{path}/ask", asked)).text
    for line in ("Home clean (two beds)", "1 × €80.00 a night", "1 × €120.00 a night", "€200.00"):
        assert line in seen
    [row] = table(await passer.get("/search.csv?q=home"))
    assert json.loads(row["price_seasons"])[0]["yearly"] is True
