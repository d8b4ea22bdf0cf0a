"""A conversation about a listing goes on through what it leads to, on both nodes."""

import pytest
from sqlalchemy import select

from node import accounts, referrals, threads
from node.agreements import AgreementView
from node.threads.models import thread_table
from tests.stories.dealing import Dealer, begin
from tests.stories.referring import BOILER

pytestmark = pytest.mark.long


async def led_to(dealer: Dealer, view: AgreementView) -> list[str]:
    found: list[str] = await dealer.coop.read(threads.leading_to, view.uri, dealer.account)
    return found


async def test_it_stands_beside_the_agreement_and_the_referral_that_came_of_it(town):
    deal = await begin(town)
    rosa, giulia = deal.rosa, deal.giulia
    topic = threads.Topic(deal.listing.uri, "Home clean", threads.actor(deal.lanehead.uri))
    mine = threads.account(giulia.account.id)
    seat = await deal.portici.write(
        threads.open_thread, by=mine, to=topic.provider, text="Is Tuesday free?", about=topic
    )
    other = await deal.portici.write(
        accounts.create_account, handle="ugo", name="Ugo", roles={accounts.Role.MEMBER}
    )
    await town.settle()
    asked = await deal.asked()
    theirs = await rosa.newest()

    [there] = await deal.lanehead.read(lambda r: r.rows(select(thread_table)))
    [here] = await deal.portici.read(lambda r: r.rows(select(thread_table)))
    assert there.uri == here.uri
    assert await led_to(giulia, asked) == [seat.thread_id]
    assert await led_to(rosa, theirs) == [there.id]
    assert await led_to(Dealer(deal.portici, other), asked) == []

    need = await deal.lanehead.write(referrals.start, BOILER, by=rosa.account.id, thread=there.id)
    whole = await deal.lanehead.read(threads.seat, there.id, rosa.account)
    shown = await deal.lanehead.read(threads.thread, whole)
    assert [one.uri for one in shown.matters] == [theirs.uri, need.uri]
