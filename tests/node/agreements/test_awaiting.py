"""What about agreements waits for somebody's word, whose, and until when."""

from datetime import timedelta

from msgspec.structs import replace

from node import agreements, policies
from node.agreements import Revision, Role, Wants
from tests.node.agreements.conftest import START, Coop
from tests.node.agreements.test_commands import POUND

LATER = Revision(start=START + timedelta(days=1), end=START + timedelta(days=1, hours=2))


async def waiting(coop: Coop, who: str) -> list[tuple[Wants, bool]]:
    """What waits for somebody, and whether it ends by itself."""
    by = agreements.of_account(getattr(coop, who))
    return [
        (one.wants, one.by is not None) for one in await coop.read(agreements.awaiting, by, "en")
    ]


async def test_each_word_that_is_missing_waits_for_the_side_whose_it_is(coop: Coop) -> None:
    asked = await coop.ask(await coop.offer())
    assert await waiting(coop, "rosa") == [(Wants.ANSWER, True)]
    assert await waiting(coop, "maya") == []

    made = await coop.do(asked, "accept", coop.rosa)
    assert (await waiting(coop, "rosa"), await waiting(coop, "maya")) == ([], [])
    changed = await coop.do(made, "change", coop.maya, revision=LATER)
    assert await waiting(coop, "rosa") == [(Wants.CHANGE, False)]
    assert await waiting(coop, "maya") == []
    await coop.do(changed, "refuse_change", coop.rosa)

    delivered = await coop.do(made, "deliver", coop.rosa)
    assert (await waiting(coop, "rosa"), await waiting(coop, "sam")) == ([], [])
    assert await waiting(coop, "maya") == [(Wants.CONFIRM, True)]
    [one] = await coop.read(agreements.awaiting, agreements.of_account(coop.maya), "en")
    days = policies.AGREEMENTS_CONFIRM_DAYS.default
    assert one.by == delivered.delivered_at + timedelta(days=days)

    await coop.do(made, "receive", coop.rosa)
    disputed = await coop.do(made, "dispute", coop.maya, reason="quality")
    assert await waiting(coop, "maya") == []
    assert await waiting(coop, "rosa") == [(Wants.RESOLVE, False)]
    await coop.do(disputed, "offer_partial", coop.rosa, amounts=(replace(POUND, amount=1000),))
    assert await waiting(coop, "maya") == [(Wants.REFUND, False)]
    assert await waiting(coop, "rosa") == []


async def test_what_the_provider_says_is_wrong_waits_for_the_customer(coop: Coop) -> None:
    asked = await coop.ask(await coop.offer())
    made = await coop.do(asked, "accept", coop.rosa)
    await coop.do(made, "dispute", coop.rosa, reason="quality")
    assert (await waiting(coop, "rosa"), await waiting(coop, "maya")) == (
        [],
        [(Wants.RESOLVE, False)],
    )
    await coop.do(made, "uphold", coop.maya)
    assert await waiting(coop, "maya") == []


async def test_money_waits_for_who_pays_and_then_for_whom_it_comes_to(coop: Coop) -> None:
    asked = await coop.ask(await coop.offer())
    made = await coop.do(asked, "accept", coop.rosa)
    await coop.do(made, "request_payment", coop.rosa)
    assert (await waiting(coop, "rosa"), await waiting(coop, "maya")) == ([], [(Wants.PAY, False)])
    await coop.do(made, "deliver", coop.rosa)
    assert await waiting(coop, "maya") == [(Wants.CONFIRM, True), (Wants.PAY, False)]
    await coop.do(made, "mark_paid", coop.maya)
    assert await waiting(coop, "maya") == [(Wants.CONFIRM, True)]
    assert await waiting(coop, "rosa") == [(Wants.RECEIVE, False)]
    await coop.do(made, "receive", coop.rosa)
    assert await waiting(coop, "rosa") == []


async def test_what_was_cancelled_in_time_waits_for_no_money(coop: Coop) -> None:
    asked = await coop.ask(await coop.offer())
    made = await coop.do(asked, "accept", coop.rosa)
    await coop.do(made, "request_payment", coop.rosa)
    await coop.do(made, "cancel", coop.maya)
    assert await waiting(coop, "maya") == []


async def test_nobody_of_the_coop_is_waited_for_in_the_name_of_a_guest(coop: Coop) -> None:
    contact = agreements.Contact(name="Nora", contact="0161 555 0101")
    asked = (await coop.asked(await coop.offer(), account=None, contact=contact)).agreement
    await coop.do(asked, "accept", coop.rosa)
    await coop.do(asked, "request_payment", coop.rosa)
    await coop.do(asked, "deliver", coop.rosa)
    assert (await coop.see(asked, coop.sam)).roles == (Role.PROVIDER, Role.CUSTOMER)
    assert await waiting(coop, "sam") == []
