"""What is asked for a listing, where its other words wait to be looked at."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from node import listings, policies
from node.accounts import AccountView, Role
from node.listings import (
    Conditions,
    GuestTax,
    Kind,
    ListingDraft,
    ListingView,
    PriceView,
    Season,
    Translation,
    extras,
)
from node.listings.commands import edit_many, loses_change
from node.listings.conditions import Tax
from node.listings.rules import Terms
from tests.node.listings.conftest import Coop
from tests.node.listings.test_reviewing import account

EGGS = extras.made("Eggs", Decimal(3), None, "GBP")
BOX = ListingDraft(
    "Food box",
    kind=Kind.GOODS,
    language="en",
    price_amount=Decimal(20),
    currency="GBP",
    more_prices=(EGGS,),
    conditions=Conditions(deposit=Decimal(5)),
    translations=(Translation("es", "Cesta", "", "", {}, {"Eggs": "Huevos"}),),
)


class Offer:
    """A published listing of Rosa's, in a coop that looks first."""

    def __init__(self, coop: Coop, made: ListingView, rosa: AccountView, sam: AccountView) -> None:
        self.coop, self.id, self.rosa, self.sam = coop, made.id, rosa, sam

    async def now(self) -> ListingView:
        view: ListingView = await self.coop.ask(lambda reader: listings.listing(reader, self.id))
        return view

    async def edit(self, **said: Any) -> ListingView:
        view = await self.now()
        draft = replace(listings.draft_of(view.latest), **said)
        await self.coop.write(
            lambda uow: listings.edit(
                uow, self.id, draft, by=self.rosa.id, expected_version=view.version
            )
        )
        return await self.now()

    async def step(self, event: str) -> ListingView:
        await self.coop.write(
            lambda uow: listings.change_state(uow, self.id, event, by=self.rosa.id)
        )
        return await self.now()

    async def approve(self) -> ListingView:
        seen = (await self.now()).version
        await self.coop.write(
            lambda uow: listings.review(uow, self.id, "approve", by=self.sam, expected_version=seen)
        )
        return await self.now()


async def published(coop: Coop, draft: ListingDraft) -> Offer:
    rosa, sam = await account(coop, "rosa"), await account(coop, "sam", Role.ADMIN)
    made = await coop.write(lambda uow: listings.create(uow, draft, by=rosa.id, publish=True))
    name = policies.LISTINGS_REVIEW.name
    await coop.write(lambda uow: policies.choose(uow, name, "looked-at-first", by=sam.id))
    return Offer(coop, made, rosa, sam)


async def test_what_is_asked_waits_with_the_kind_that_it_goes_by(coop: Coop) -> None:
    offer = await published(coop, BOX)
    waits = await offer.edit(kind=Kind.REQUEST, title="Who has a food box?")
    assert (waits.kind, waits.extras, waits.conditions) == (Kind.GOODS, (EGGS,), BOX.conditions)
    assert (waits.latest.extras, waits.latest.conditions) == ((), Conditions())
    dropped = await offer.step("take-back")
    assert (dropped.latest.extras, dropped.latest.conditions) == ((EGGS,), BOX.conditions)
    await offer.edit(kind=Kind.REQUEST, title="Who has a food box?")
    out = await offer.approve()
    assert (out.kind, out.extras, out.conditions) == (Kind.REQUEST, (), Conditions())


async def test_seasons_wait_for_the_kind_that_has_them(coop: Coop) -> None:
    offer = await published(coop, BOX)
    summer = Season(date(2027, 6, 1), date(2027, 8, 31), Decimal(30))
    waits = await offer.edit(
        kind=Kind.STAY, title="A room", unit="night", price_seasons=(summer,), more_prices=()
    )
    assert (waits.prices[0].seasons, waits.latest.prices[0].seasons) == ((), (summer,))
    coop.clock.advance(timedelta(days=200))
    await coop.write(listings.expire_due)
    assert (await offer.step("renew")).state == "published"
    assert (await offer.approve()).prices[0].seasons == (summer,)


async def test_what_is_asked_for_each_guest_waits_with_how_many_there_are(coop: Coop) -> None:
    room = ListingDraft(
        "A room", kind=Kind.STAY, price_amount=Decimal(20), currency="GBP", unit="night"
    )
    offer = await published(coop, room)
    waits = await offer.edit(title="Two rooms", unit="guest-night", details={"guests": 4})
    assert (waits.prices[0].unit, waits.latest.prices[0].unit) == ("night", "guest-night")


async def test_what_can_be_added_no_longer_takes_its_translation_along_unseen(coop: Coop) -> None:
    offer = await published(coop, BOX)
    out = await offer.edit(more_prices=())
    assert (out.extras, out.rewritten_at) == ((), None)
    assert [one.phrases for one in out.translations] == [{}]


async def test_new_words_for_what_is_asked_wait_and_sums_alone_do_not(coop: Coop) -> None:
    offer = await published(coop, BOX)
    dearer = replace(EGGS, amount=Decimal(4))
    out = await offer.edit(more_prices=(dearer,), price_amount=Decimal(22))
    assert (out.extras, out.prices[0].amount, out.rewritten) == ((dearer,), Decimal(22), None)
    waits = await offer.edit(more_prices=(replace(dearer, label="Pills"),))
    assert (waits.extras, waits.latest.extras[0].label) == ((dearer,), "Pills")
    assert waits.rewritten_at
    labelled = await offer.edit(price_amount=Decimal(30))
    assert (labelled.prices[0].amount, labelled.latest.prices[0].amount) == (
        Decimal(22),
        Decimal(30),
    )
    brought = replace(listings.draft_of(labelled), price_amount=Decimal(25))
    assert loses_change(labelled, brought)
    assert not loses_change(labelled, replace(listings.draft_of(labelled), radius_km=9))
    [after] = await coop.write(lambda uow: edit_many(uow, [(labelled, brought)], Terms()))
    assert (after.prices[0].amount, after.rewritten) == (Decimal(25), None)


async def test_what_a_tax_is_called_waits_too(coop: Coop) -> None:
    offer = await published(coop, replace(BOX, kind=Kind.STAY))
    tax = GuestTax("Pills", Decimal(5))
    assert (await offer.edit(conditions=Conditions(guest_tax=tax))).rewritten_at


@pytest.mark.parametrize(
    "said",
    [
        {"unit": "box, ask for pills"},
        {"more_prices": (replace(EGGS, unit="pills"),)},
        {"conditions": Conditions(taxes=(Tax("Pills", Decimal(5)),))},
        {"conditions": Conditions(included=(Tax("Pills", Decimal(0)),))},
        {"conditions": Conditions(project="Pills")},
        {
            "more_prices": (
                PriceView(
                    *(Decimal(9), None, "GBP"),
                    asks=Conditions((Tax("Pills", Decimal(5)),)),
                ),
                EGGS,
            )
        },
        {"kind": Kind.LEND},
    ],
)
async def test_whatever_is_said_in_words_waits_and_so_does_another_kind(
    coop: Coop, said: dict[str, Any]
) -> None:
    offer = await published(coop, BOX)
    before = await offer.now()
    waits = await offer.edit(**said)
    shown = replace(waits, rewritten=None, rewritten_at=None)
    assert waits.rewritten_at
    assert replace(before, version=shown.version, updated_at=shown.updated_at) == shown
    out = listings.draft_of(await offer.approve())
    assert {name: getattr(out, name) for name in said} == said


async def test_another_percentage_of_a_tax_is_a_sum(coop: Coop) -> None:
    offer = await published(coop, replace(BOX, conditions=Conditions((Tax("VAT", Decimal(5)),))))
    out = await offer.edit(conditions=Conditions((Tax("VAT", Decimal(20)),)))
    assert (out.conditions.taxes, out.rewritten) == ((Tax("VAT", Decimal(20)),), None)


async def test_a_deadline_that_waits_ends_nothing_yet(coop: Coop) -> None:
    opening = ListingDraft("A baker", kind=Kind.OPENING, details={"deadline": "2027-06-30"})
    offer = await published(coop, opening)
    before = await offer.now()
    today = coop.clock.now().date().isoformat()
    waits = await offer.edit(title="Two bakers", radius_km=9, details={"deadline": today})
    assert waits.expires_at == before.expires_at
    assert str((await offer.approve()).expires_at).startswith(today)
