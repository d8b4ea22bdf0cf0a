"""What a listing offers whoever passes somebody on to it: told to members of other coops, and the
fee that a referral to it begins with."""

from decimal import Decimal

import pytest

from node import policies, referrals
from node.listings import Conditions, ListingView, ReferralFee
from node.referrals import Draft
from tests.stories.market import change, offer
from tests.stories.referring import PERSON, settle
from tests.support.town import Town
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.test_referrals import NEED, asked, link_on
from tests.ui.web.visitor import signed_in, stranger

FIVE = Conditions(referral_fee=ReferralFee(percent=Decimal(5)))
TEN_POUNDS = Conditions(referral_fee=ReferralFee(amount=Decimal(10)))
WORK = {"currency": "GBP", "price_amount": Decimal(60), "category": "repairs"}


@pytest.fixture
async def work(two: Town) -> ListingView:
    """What Portici offers, and five percent to whoever passes somebody on to it."""
    made = await offer(two.coops[1], "Boiler mending", **WORK, conditions=FIVE)
    await two.settle()
    return made


async def test_both_coops_reckon_the_fee_that_the_listing_offers(two, work):
    lanehead, portici = two.coops
    async with (
        signed_in(lanehead, "jean", "admin") as desk,
        signed_in(portici, "giulia", "admin") as other,
        stranger(lanehead) as person,
    ):
        mirror = (await desk.get("/search?q=boiler")).text.partition('href="/mirrors/')[2][:26]
        assert "5 % of the first job" in (await desk.get(f"/mirrors/{mirror}")).text
        assert "of the first job" not in (await person.get(f"/mirrors/{mirror}")).text
        form = (await desk.get(f"/referrals/new?listing={work.uri}")).text
        assert '<option selected value="percent">' in form
        assert ('value="repairs"' in form, 'value="5"' in form) == (True, True)
        path = await asked(desk, portici, NEED | {"listing": work.uri})
        await person.post(await link_on(desk, path), {"do": "give"})
        await desk.post(f"{path}/do", {"event": "send"})
        await settle(two)
        [received] = await portici.read(referrals.referrals)
        theirs = f"/referrals/{received.id}"
        assert "The listing offers: 5 % of the first job" in (await other.get(theirs)).text
        for event in ("accept", "contact", "start"):
            await other.post(f"{theirs}/do", {"event": event})
        job = {"event": "complete", "outcome": "done", "value": "180", "currency": "GBP"}
        assert (await other.post(f"{theirs}/do", job)).status == 303
        await settle(two)
        assert "£9" in (await desk.get(path)).text
        assert "£9" in (await other.get(theirs)).text


async def test_a_program_that_says_no_fee_begins_with_that_of_the_listing(two, work):
    lanehead, _portici = two.coops
    async with signed_in(lanehead, "jean", "admin") as passer:
        program = Program(passer).with_token(await token_for(lanehead, "admin"))
        need = {"summary": "No hot water", "listing": work.uri, "currency": "GBP"}
        made = (await program.call("POST", f"{API}/referrals", need)).body
        assert (made["fee"]["kind"], made["fee"]["percent"]) == ("percent", "5")
        free = need | {"fee": {"kind": "none"}}
        made = (await program.call("POST", f"{API}/referrals", free)).body
        assert made["fee"]["kind"] == "none"


@pytest.mark.parametrize(
    ("said", "fee"),
    [
        ({}, ("flat", Decimal(10))),
        ({"budget": Decimal(9), "currency": "GBP"}, ("none", None)),
        ({"currency": "EUR"}, ("none", None)),
        ({"category": "care"}, ("none", None)),
        ({"fee_kind": "reciprocal"}, ("reciprocal", None)),
    ],
)
async def test_it_is_left_out_where_it_cannot_be(two, work, said, fee):
    lanehead, portici = two.coops
    await change(portici, work, conditions=TEN_POUNDS)
    await two.settle()
    draft = Draft(**{"summary": "No hot water", "listing_uri": work.uri, "fee_kind": ""} | said)
    made = await lanehead.write(referrals.start, draft, person=PERSON, by="desk")
    amount = made.need.fee.amount
    assert (made.need.fee.kind, amount and amount.decimal) == fee


async def test_it_is_no_more_than_the_rules_in_force_allow_and_nothing_for_our_own(two, work):
    lanehead, portici = two.coops
    ceiling = policies.REFERRALS_FEE_CEILING_PERCENT
    await lanehead.write(policies.adopt, ceiling, Decimal(2), version="v1", decided_by="m")
    offered = await lanehead.read(referrals.offered, work.uri)
    assert (offered.kind, offered.percent) == ("percent", Decimal(2))
    assert (await portici.read(referrals.begun_with, work.uri)).fee_kind == "none"
    await change(portici, work, category="care")
    await two.settle()
    assert await lanehead.read(referrals.offered, work.uri) is None
