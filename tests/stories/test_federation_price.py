"""A price for members of coops in the same federation: who sees it, who can have it, who cannot.

Lanehead bakes bread. It is in a federation with Portici and Pioneer, and Camara is not.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from node import council, listings
from node.agreements import AgreementView, State
from node.errors import InvalidInput
from node.listings import ANYBODY, FEDERATION, ListingView, PriceView
from tests.stories.council import Council
from tests.stories.dealing import Dealer, member
from tests.stories.market import change, offer
from tests.support.town import Coop
from tests.ui.web.visitor import signed_in, stranger

CHEAP = PriceView(Decimal(8), currency="GBP", unit="piece", whom=FEDERATION)
RYE: dict[str, Any] = {
    "kind": "goods",
    "price_amount": Decimal(12),
    "currency": "GBP",
    "unit": "piece",
    "more_prices": (CHEAP,),
}

GUEST = {"name": "Ada", "contact": "ada@example.org"}


@dataclass
class Trade:
    """rosa bakes the rye, giulia of Portici and amina of Camara would have some."""

    everybody: Council
    federated: Council
    listing: ListingView
    rosa: Dealer
    giulia: Dealer
    amina: Dealer

    async def settle(self) -> None:
        await self.everybody.settle()

    async def asked(self, who: Dealer, option: int = 1) -> AgreementView:
        """Somebody orders four, and gets the answer of Lanehead's node."""
        await who.ask(self.listing.uri, timed=False, quantity=Decimal(4), option=option)
        await self.settle()
        return await who.newest()

    async def portici_leaves(self) -> None:
        await self.giulia.coop.write(
            council.leave, await self.federated.id_at("portici"), by="operator"
        )
        await self.settle()


@pytest.fixture
async def trade(found_town) -> Trade:
    town = await found_town(4)
    everybody = Council(town)
    await everybody.meet()
    federated = await Council(replace(town, coops=town.coops[:3]), host="pioneer").found()
    lanehead, portici, _pioneer, camara = town.coops
    rosa, giulia, amina = [
        await member(coop, name)
        for coop, name in ((lanehead, "rosa"), (portici, "giulia"), (camara, "amina"))
    ]
    listing = await offer(lanehead, "Rye", by=rosa.account.id, **RYE)
    await everybody.settle()
    return Trade(everybody, federated, listing, rosa, giulia, amina)


def without_scruples(monkeypatch) -> None:
    """Whoever asks no longer looks for whom a price is: what the other node hears, it decides."""

    async def nothing(*_given: object) -> None:
        return None

    monkeypatch.setattr("node.agreements.drafting._check_whom", nothing)


async def prices_at(coop: Coop, uri: str) -> list[tuple[str, str | None]]:
    mirror = await coop.read(listings.mirror, uri)
    return [(f"{one.amount:f}", one.whom) for one in mirror.prices]


async def test_a_member_of_the_federation_orders_at_its_price(trade):
    for who in (trade.giulia, trade.amina):
        told = await prices_at(who.coop, trade.listing.uri)
        assert told == [("12", None), ("8", "federation")]
    made = await trade.asked(trade.giulia)
    assert made.state is State.REQUESTED
    terms = (await trade.rosa.see()).version.terms
    assert [one.text for one in terms.total] == ["32.00"]
    await trade.rosa.do("accept")
    await trade.settle()
    assert (await trade.giulia.newest()).state is (await trade.rosa.newest()).state
    own = await member(trade.rosa.coop, "tom")
    assert (await trade.asked(own)).state is State.REQUESTED


async def test_who_is_outside_is_told_so_before_anything_is_sent(trade):
    with pytest.raises(InvalidInput, match="your coop is in none with this one"):
        await trade.asked(trade.amina)
    assert await trade.rosa.all() == []
    assert (await trade.asked(trade.amina, option=0)).state is State.REQUESTED
    guest = Dealer(trade.giulia.coop, None)
    with pytest.raises(InvalidInput, match="members of coops in the same federation"):
        await guest.ask(trade.listing.uri, timed=False, quantity=Decimal(4), option=1)


async def test_a_node_that_does_not_ask_itself_is_declined_and_told_why(trade, monkeypatch):
    without_scruples(monkeypatch)
    made = await trade.asked(trade.amina)
    assert made.state is State.DECLINED
    assert (await trade.amina.see()).history[-1].detail == {"reason": "federation"}
    assert await trade.rosa.all() == []
    as_for_all = await change(trade.rosa.coop, trade.listing, more_prices=())
    await trade.settle()
    assert await prices_at(trade.amina.coop, as_for_all.uri) == [("12", None)]


async def test_a_coop_that_left_meanwhile_has_the_price_no_longer(trade, monkeypatch):
    before = await trade.asked(trade.giulia)
    await trade.portici_leaves()
    with pytest.raises(InvalidInput, match="your coop is in none with this one"):
        await trade.asked(trade.giulia)
    without_scruples(monkeypatch)
    after = await trade.asked(trade.giulia)
    assert (after.state, after.id != before.id) == (State.DECLINED, True)
    [kept] = await trade.rosa.all()
    assert kept.state is State.REQUESTED


async def test_pages_say_for_whom_it_is_and_go_by_what_everybody_pays(trade):
    uri = trade.listing.uri
    bakery, buyer, outside = (who.coop for who in (trade.rosa, trade.giulia, trade.amina))
    mirrors = [(coop, await coop.read(listings.mirror, uri)) for coop in (buyer, outside)]
    for coop, path in (
        (bakery, f"/listings/{trade.listing.id}"),
        *((coop, f"/mirrors/{mirror.id}") for coop, mirror in mirrors),
    ):
        async with stranger(coop) as passer:
            page = (await passer.get(path)).text
            assert "£8 each, only for members of coops in the same federation" in page
            facts = re.findall(r'"price":\s*"([^"]+)"', page)
            assert facts == (["12"] if coop is bakery else []), path
            asked = {"option": "1", "quantity": "4", "do": "look"} | GUEST
            refused = await passer.post(f"{path}/ask", asked)
            assert (refused.status, "This price is for members" in refused.text) == (422, True)
        for most, found in ((900, 0), (1200, 1)):
            cheap = listings.SearchQuery(least=1, most=most, currency="GBP")
            hits = (await coop.read(listings.search, cheap, ANYBODY, coop.node.clock.now())).hits
            assert len(hits) == found, (path, most)
    for coop, is_offered in ((bakery, True), (outside, False)):
        async with signed_in(coop, "sam") as sam:
            form = (await sam.get("/listings/new")).text
            assert ('value="federation">Members of coops' in form) is is_offered
