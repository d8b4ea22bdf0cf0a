"""By API as on pages: what another offer or a change comes to is seen before it is sent."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from node import accounts, listings
from node.listings import Availability, ListingDraft, Way
from tests.node.listings.availability.test_rules import every_day
from tests.support.clock import START
from tests.support.town import Coop
from tests.ui.web.test_api import API, Answer, Program, token_for
from tests.ui.web.visitor import stranger

NOON = (START + timedelta(days=7)).replace(hour=12)


def at(hours: int) -> dict[str, str]:
    """So many hours after noon, for one."""
    first = NOON + timedelta(hours=hours)
    return {"start": first.isoformat(), "end": (first + timedelta(hours=1)).isoformat()}


class Table:
    """What the provider and the customer of one agreement say."""

    def __init__(self, provider: Program, customer: Program, asked: Any) -> None:
        self.provider, self.customer, self.asked = provider, customer, asked
        self.path = f"{API}/agreements/{asked['id']}"

    async def look(self, who: Program, step: str, change: Any, **more: str) -> Answer:
        body = {"step": step, "change": change} | more
        return await who.call("POST", f"{self.path}/preview", body)

    async def send(self, who: Program, step: str, change: Any = None, **more: str) -> Answer:
        body = {"step": step, "change": change} | more
        return await who.call("POST", f"{self.path}/steps", body)

    async def seen(self) -> Any:
        return (await self.customer.call("GET", self.path)).body


@pytest.fixture
async def table(coop: Coop) -> AsyncGenerator[Table]:
    async with stranger(coop) as visitor:
        rosa = Program(visitor, await token_for(coop, "member"))
        femi = Program(visitor, await token_for(coop, "admin"))
        owner = (await coop.read(accounts.by_handle, "member")).id
        draft = ListingDraft("Care", price_amount=Decimal("18.50"), currency="GBP", unit="hour")
        listing = await coop.write(listings.create, draft, by=owner, publish=True)
        hours = Availability(Way.SLOTS, "UTC", every_day("10:00-18:00").weekly)
        await coop.write(listings.set_availability, listing.id, hours, by=owner)
        wanted = {"lines": [{"listing": listing.id}], "time_zone": "UTC", **at(0)}
        asked = await femi.call("POST", f"{API}/agreements", wanted)
        assert asked.status == 201, asked.body
        yield Table(rosa, femi, asked.body)


async def test_another_offer_is_seen_with_its_sums_and_nothing_is_said(table: Table) -> None:
    before = await table.seen()
    dearer = {"lines": [{"line": 0, "prices": [{"amount": "20.00", "currency": "GBP"}]}]}
    looked = await table.look(table.provider, "counter", dearer)
    assert looked.status == 200, looked.body
    assert looked.body["total"] == [{"amount": "20.00", "currency": "GBP"}]
    assert looked.body["terms"]["sequence"] == 2
    assert await table.seen() == before

    sent = (await table.send(table.provider, "counter", dearer)).body
    assert sent["terms"] == looked.body["terms"]
    assert sent["agreement"]["answer_by"] == looked.body["answer_by"]


async def test_what_is_refused_when_it_is_sent_is_refused_when_it_is_looked_at(
    table: Table,
) -> None:
    digest = (await table.seen())["digest"]
    no_such_line = {"lines": [{"line": 7, "quantity": "2"}]}
    for change, named, more in (
        (no_such_line, "lines", {}),
        (at(-24 * 365), "start", {}),
        ({"guests": 3}, "guests", {}),
        ({}, "terms-changed", {"digest": digest + "x"}),
    ):
        looked = await table.look(table.provider, "counter", change, **more)
        sent = await table.send(table.provider, "counter", change, **more)
        assert (looked.status, looked.body) == (sent.status, sent.body)
        assert named in (looked.body["code"], *looked.body.get("errors", {}))

    await table.send(table.provider, "accept", digest=digest)
    late = await table.look(table.customer, "counter", {"lines": []})
    assert (late.status, late.body["code"]) == (409, "agreement-state")
    change = await table.look(table.customer, "change", at(1))
    assert change.status == 200, change.body
    closed = await table.look(table.customer, "change", at(-9))
    sent = await table.send(table.customer, "change", at(-9), digest=digest)
    assert (closed.status, closed.body) == (sent.status, sent.body)
    assert (closed.status, closed.body["code"]) == (409, "not-offered")


async def test_only_who_has_a_part_in_it_looks_and_only_at_what_says_terms_anew(
    table: Table, coop: Coop
) -> None:
    unknown = await table.look(table.provider, "accept", {})
    assert (unknown.status, list(unknown.body["errors"])) == (422, ["step"])
    other = Program(table.provider.visitor, await token_for(coop, "secretary", "agreements:read"))
    assert (await table.look(other, "counter", {})).status == 404
