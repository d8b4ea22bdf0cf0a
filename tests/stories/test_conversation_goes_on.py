"""A conversation about a listing goes on through what it leads to, on both nodes."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from federation.models import Delivery
from node import accounts, referrals, threads
from node.agreements import AgreementView, Contact
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


async def test_the_words_of_an_order_stand_beside_it_also_when_it_overtakes_them(town):
    deal = await begin(town)
    words = Contact("Giulia", "", "The key is under the pot.")
    await deal.giulia.ask(deal.listing.uri, contact=words)
    later = update(Delivery).where(Delivery.object_uri.contains("/threads/"))
    held_up = later.values(next_attempt_at=town.clock.now() + timedelta(minutes=5))
    await deal.portici.write(lambda uow: uow.execute(held_up))
    await town.settle()
    asked = await deal.rosa.newest()
    assert await deal.lanehead.read(threads.last_said, asked.uri, deal.rosa.account) == []

    await deal.pass_time(timedelta(minutes=6))
    [said] = await deal.lanehead.read(threads.last_said, asked.uri, deal.rosa.account)
    assert said.text == "The key is under the pot."
