"""Both sides in one coop: asking, answering, delivering, paying, cancelling, objecting."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from node import agreements, listings, policies
from node.agreements import Addition, Cancellation, Contact, Revision, Role, State
from node.agreements.terms import plain
from node.errors import Closed, Conflict, InvalidInput, NotAllowed, NotFound
from node.ledger import balances
from node.listings import Kind, PriceView
from node.money import Money
from tests.node.agreements.conftest import START
from tests.support import books

POUND = Money(100, "GBP", 2)


async def agreed(coop, **said):
    asked = await coop.ask(await coop.offer(), **said)
    return await coop.do(asked, "accept", coop.rosa)


async def delivered(coop, **said):
    return await coop.do(await agreed(coop, **said), "deliver", coop.rosa)


async def standing(coop):
    """Balances by account, as text."""
    found = await coop.read(balances)
    return {one.account.code: one.money.text for one in found if one.money.amount}


async def test_a_request_shows_its_terms_and_waits_for_the_provider(coop):
    asked = await coop.ask(await coop.offer())
    assert (asked.state, asked.to_answer) == (State.REQUESTED, Role.PROVIDER)
    assert asked.answer_by == coop.clock.now() + timedelta(hours=72)
    seen = await coop.see(asked, coop.rosa)
    [line] = seen.version.terms.lines
    assert (line.title, line.quantity, line.unit) == ("Home clean", Decimal(2), "hour")
    assert [money.text for money in seen.version.terms.total] == ["37.00"]
    assert {"accept", "counter", "decline", "wait"} <= set(seen.buttons)
    assert (await coop.see(asked, coop.maya)).buttons == ("withdraw",)
    [waiting] = await coop.read(agreements.to_answer, agreements.of_account(coop.rosa))
    assert waiting.id == asked.id
    assert await coop.read(agreements.to_answer, agreements.of_account(coop.maya)) == []


async def test_the_preview_is_what_is_then_asked_for(coop):
    listing = await coop.offer()
    rule = policies.FeeRule("Care fund", policies.Payer.CUSTOMER, "GBP", Decimal(5))
    await coop.write(policies.adopt, policies.FEE_RULES, (rule,), version="v1", decided_by="m")
    wanted = agreements.Wanted((agreements.WantedLine(listing.id, Decimal(2)),))
    shown = await coop.read(agreements.preview, wanted, coop.maya.id)
    [fee] = shown.fees
    assert [str(line) for line in fee.explained] == ["5 % of 37.00 GBP"]
    assert [money.text for money in shown.terms.total] == ["38.85"]
    asked = await coop.ask(listing, hours=None, quantity=Decimal(2))
    version = (await coop.see(asked, coop.maya)).version
    assert (version.terms.total, version.fees) == (shown.terms.total, shown.fees)
    assert version.policies == {"fees.rules": "v1"}


async def test_it_goes_from_asking_to_settled_and_the_books_balance(coop):
    made = await delivered(coop)
    assert made.state is State.DELIVERED
    confirmed = await coop.do(made, "confirm", coop.maya)
    assert confirmed.state is State.CONFIRMED
    assert await standing(coop) == {
        f"assets:receivable:{coop.maya.id}": "37.00",
        "income:sales": "-37.00",
    }
    await coop.do(confirmed, "mark_paid", coop.maya, method="cash")
    settled = await coop.do(confirmed, "receive", coop.rosa, method="cash")
    assert (settled.state, settled.payment) == (State.SETTLED, "received")
    assert await standing(coop) == {"assets:cash": "37.00", "income:sales": "-37.00"}
    assert await books.faults(coop.database) == []
    events = [step.event for step in (await coop.see(settled, coop.maya)).history]
    assert events == [
        *("request", "accept", "schedule", "deliver", "confirm", "mark_paid", "receive", "settle")
    ]


async def test_both_sides_documents_are_signed_and_of_the_same_terms(coop):
    version = (await coop.see(await agreed(coop), coop.maya)).version
    assert set(version.signed_by) == set(Role)
    digests = {document["termsDigest"] for document in version.documents.values()}
    assert digests == {version.digest}
    assert all("proof" in document for document in version.documents.values())


async def test_another_offer_is_answered_by_whoever_asked(coop):
    asked = await coop.ask(await coop.offer())
    dearer = Revision(
        prices=((0, (Money(1500, "GBP", 2), Money(25, "HOUR", 2))),),
        taxes=(Addition("VAT", Money(100, "GBP", 2)),),
        deposit=POUND,
        cancellation=Cancellation(48, 0, 50),
    )
    countered = await coop.do(asked, "counter", coop.rosa, revision=dearer)
    assert (countered.state, countered.to_answer) == (State.COUNTERED, Role.CUSTOMER)
    with pytest.raises(NotAllowed):
        await coop.do(countered, "accept", coop.rosa)
    made = await coop.do(countered, "accept", coop.maya)
    seen = await coop.see(made, coop.maya)
    assert [(m.text, m.currency) for m in seen.version.terms.total] == [
        ("31.00", "GBP"),
        ("0.50", "HOUR"),
    ]
    assert [money.text for money in seen.due] == ["32.00"]
    assert [(one.sequence, one.standing) for one in seen.versions] == [
        (1, "replaced"),
        (2, "agreed"),
    ]


async def test_hours_are_credited_to_who_gives_and_taken_from_who_receives(coop):
    listing = await coop.offer("CV help", price_amount=Decimal(1), currency="HOUR")
    asked = await coop.ask(listing)
    made = await coop.do(asked, "accept", coop.rosa)
    made = await coop.do(made, "deliver", coop.rosa)
    settled = await coop.do(made, "confirm", coop.maya)
    assert settled.state is State.SETTLED
    assert await standing(coop) == {
        f"liabilities:time-credit:{coop.rosa.id}": "-2.00",
        f"liabilities:time-credit:{coop.maya.id}": "2.00",
    }


async def test_the_price_is_chosen_within_the_scale(coop):
    listing = await coop.offer("Care", price_amount=Decimal(14), price_max=Decimal(22))
    asked = await coop.ask(listing, price=Money(2000, "GBP", 2))
    assert [m.text for m in (await coop.see(asked, coop.maya)).version.terms.total] == ["40.00"]
    for outside in (Money(1399, "GBP", 2), Money(2201, "GBP", 2), Money(2000, "EUR", 2)):
        with pytest.raises(InvalidInput, match=r"14\.00"):
            await coop.ask(listing, price=outside, start=START + timedelta(days=1))


async def test_one_of_several_prices_is_chosen_and_stands_in_the_terms(coop):
    half_day = PriceView(Decimal(60), currency="GBP", label="Half a day")
    care = PriceView(Decimal(14), Decimal(22), "EUR", "hour", suggested=Decimal(18))
    listing = await coop.offer("Care", more_prices=(half_day, care))

    async def lines(**chosen):
        day = START + timedelta(days=chosen["option"])
        asked = await coop.ask(listing, start=day, **chosen)
        [line] = (await coop.see(asked, coop.maya)).version.terms.lines
        return line.title, line.unit, plain(line.quantity), [one.text for one in line.prices]

    assert await lines(option=0) == ("Care", "hour", "2", ["18.50"])
    assert await lines(option=1) == ("Care (Half a day)", "one", "1", ["60.00"])
    chosen = Money(2000, "EUR", 2)
    assert await lines(option=2, price=chosen) == ("Care", "hour", "2", ["20.00"])
    with pytest.raises(InvalidInput, match="option"):
        await coop.ask(listing, option=3)
    with pytest.raises(InvalidInput, match="price"):
        await coop.ask(listing, option=1, price=chosen)


async def test_a_change_holds_only_once_both_have_signed_it(coop):
    made = await agreed(coop)
    later = Revision(start=START + timedelta(days=1), end=START + timedelta(days=1, hours=2))
    changed = await coop.do(made, "change", coop.maya, revision=later)
    assert (changed.start_at, changed.pending) == (START, 2)
    with pytest.raises(Conflict):
        await coop.do(changed, "agree_change", coop.maya)
    assert "agree_change" not in (await coop.see(changed, coop.maya)).buttons
    kept = await coop.do(changed, "refuse_change", coop.rosa)
    assert (kept.start_at, kept.pending) == (START, None)
    again = await coop.do(kept, "change", coop.rosa, revision=later)
    moved = await coop.do(again, "agree_change", coop.maya)
    assert (moved.start_at, moved.sequence, moved.state) == (later.start, 3, State.SCHEDULED)


async def test_one_change_is_answered_before_the_other_side_asks_for_one(coop):
    made = await agreed(coop)
    await coop.do(made, "change", coop.maya, revision=Revision(deposit=POUND))
    with pytest.raises(Conflict, match="first"):
        await coop.do(made, "change", coop.rosa, revision=Revision(deposit=POUND))


async def test_parts_are_delivered_until_all_is(coop):
    listing = await coop.offer("Flour", kind=Kind.GOODS, unit="sack", price_amount=Decimal(9))
    asked = await coop.ask(listing, hours=None, quantity=Decimal(5))
    made = await coop.do(asked, "accept", coop.rosa)
    part = await coop.do(made, "deliver_part", coop.rosa, delivered=(Decimal(2),))
    assert (part.state, part.delivered) == (State.IN_PROGRESS, (Decimal(2),))
    for wrong in ((Decimal(1),), (Decimal(2),), (Decimal(6),), ()):
        with pytest.raises(InvalidInput):
            await coop.do(part, "deliver_part", coop.rosa, delivered=wrong)
    whole = await coop.do(part, "deliver_part", coop.rosa, delivered=(Decimal(5),))
    assert whole.state is State.DELIVERED


async def test_a_late_cancellation_costs_what_was_agreed_and_an_early_one_nothing(coop):
    for key, value in (
        (policies.AGREEMENTS_CANCEL_HOURS, 24),
        (policies.AGREEMENTS_CANCEL_LATE_PERCENT, 50),
    ):
        await coop.write(policies.adopt, key, value, version="v1", decided_by="minutes")
    listing = await coop.offer()
    early = await coop.do(await coop.ask(listing), "accept", coop.rosa)
    early = await coop.do(early, "cancel", coop.maya)
    assert (await coop.see(early, coop.maya)).due == ()
    late = await coop.do(await coop.ask(listing), "accept", coop.rosa)
    coop.clock.advance(START - timedelta(hours=23) - coop.clock.now())
    assert [m.text for m in (await coop.see(late, coop.maya)).cancel_fee] == ["18.50"]
    late = await coop.do(late, "cancel", coop.maya, reason="illness")
    assert [money.text for money in (await coop.see(late, coop.maya)).due] == ["18.50"]
    assert await standing(coop) == {
        f"assets:receivable:{coop.maya.id}": "18.50",
        "income:cancellation-fees": "-18.50",
    }
    await coop.do(late, "receive", coop.rosa)
    assert (await standing(coop))["assets:bank"] == "18.50"


async def test_nothing_is_asked_for_while_federations_differ_about_its_terms(coop):
    listing = await coop.offer()
    for federation, hours in (("zToad", 24), ("zMare", 48)):
        rule = policies.PassedPolicy(
            federation_digest=federation,
            certificate_digest="zCertificate",
            id=f"terms-of-{federation}",
            version="1",
            keys={policies.AGREEMENTS_CANCEL_HOURS.name: hours},
            text="",
            effective_from=coop.clock.now(),
        )
        await coop.write(policies.put_in_force, rule)
    with pytest.raises(Conflict, match="24 / 48"):
        await coop.ask(listing)
    await coop.write(policies.choose, policies.AGREEMENTS_CANCEL_HOURS.name, 24, by="board")
    assert (await coop.ask(listing)).state is State.REQUESTED


async def test_a_provider_who_cancels_is_owed_nothing_and_gives_back_what_was_paid(coop):
    made = await agreed(coop)
    await coop.do(made, "receive", coop.rosa, method="cash")
    cancelled = await coop.do(made, "cancel", coop.rosa)
    await coop.do(cancelled, "refund", coop.rosa, method="cash")
    assert await standing(coop) == {}
    assert await books.faults(coop.database) == []


async def test_parts_that_go_back_before_delivery_are_each_booked_once(coop):
    made = await coop.do(await agreed(coop), "receive", coop.rosa)
    pound = (replace(POUND, amount=100),)
    for left, method in (("36.00", "bank"), ("35.00", "bank")):
        await coop.do(made, "refund_part", coop.rosa, amounts=pound, method=method)
        assert sorted((await standing(coop)).values()) == [f"-{left}", left]
    await coop.do(made, "refund_part", coop.rosa, amounts=pound, method="cash")
    assert (await standing(coop))["assets:cash"] == "-1.00"
    await coop.do(made, "refund", coop.rosa, method="bank")
    assert await standing(coop) == {"assets:bank": "1.00", "assets:cash": "-1.00"}
    assert await books.faults(coop.database) == []


async def test_nobody_came(coop):
    made = await agreed(coop)
    with pytest.raises(Conflict, match="begun"):
        await coop.do(made, "report_no_show", coop.rosa)
    coop.clock.advance(START - coop.clock.now())
    missed = await coop.do(made, "report_no_show", coop.rosa)
    assert missed.state is State.NO_SHOW


async def test_a_dispute_ends_with_a_part_that_both_agree_on(coop):
    made = await delivered(coop)
    await coop.do(made, "receive", coop.rosa)
    disputed = await coop.do(made, "dispute", coop.maya, reason="quality")
    assert "agree_partial" not in (await coop.see(disputed, coop.maya)).buttons
    offered = await coop.do(
        disputed, "offer_partial", coop.rosa, amounts=(replace(POUND, amount=1000),)
    )
    with pytest.raises(Conflict):
        await coop.do(offered, "agree_partial", coop.maya, amounts=(replace(POUND, amount=2000),))
    resolved = await coop.do(offered, "agree_partial", coop.maya)
    assert (resolved.state, resolved.outcome) == (State.RESOLVED, "agree_partial")
    with pytest.raises(InvalidInput):
        await coop.do(resolved, "refund_part", coop.rosa, amounts=(replace(POUND, amount=3700),))
    back = await coop.do(resolved, "refund_part", coop.rosa, amounts=(replace(POUND, amount=1000),))
    assert back.payment == "refunded_part"
    assert await standing(coop) == {
        "assets:bank": "27.00",
        "income:refunds": "10.00",
        "income:sales": "-37.00",
    }
    assert await books.faults(coop.database) == []


async def test_what_nobody_answers_runs_out_and_gives_its_time_back(coop):
    asked = await coop.ask(await coop.offer())
    await coop.wait(timedelta(hours=72))
    seen = await coop.see(asked, coop.maya)
    assert seen.agreement.state is State.EXPIRED
    with pytest.raises(Conflict):
        await coop.do(asked, "accept", coop.rosa)


async def test_nothing_is_accepted_after_the_deadline_even_before_the_clock_comes_by(coop):
    asked = await coop.ask(await coop.offer())
    coop.clock.advance(timedelta(hours=72))
    with pytest.raises(Closed):
        await coop.do(asked, "accept", coop.rosa)


async def test_what_was_delivered_counts_as_confirmed_after_two_days(coop):
    made = await delivered(coop)
    await coop.wait(timedelta(days=2) - timedelta(seconds=1))
    assert (await coop.see(made, coop.maya)).agreement.state is State.DELIVERED
    await coop.wait(timedelta(seconds=1))
    assert (await coop.see(made, coop.maya)).agreement.state is State.CONFIRMED


async def test_a_guest_without_an_account_steers_by_a_secret_link(coop):
    contact = Contact("Bode Olatunji", "+44 1632 960001", "The key is with my neighbour.")
    made = await coop.asked(await coop.offer(), account=None, contact=contact)
    assert made.secret
    agreement_id, guest = await coop.read(agreements.of_link, made.secret)
    assert agreement_id == made.agreement.id
    assert (await coop.see(made.agreement, guest)).mine == contact
    before = await coop.see(made.agreement, coop.rosa)
    assert before.theirs == Contact(message="The key is with my neighbour.")
    await coop.do(made.agreement, "accept", coop.rosa)
    assert (await coop.see(made.agreement, coop.rosa)).theirs == contact
    cancelled = await coop.do(made.agreement, "cancel", guest)
    assert cancelled.state is State.CANCELLED
    assert await coop.read(agreements.of_link, "a" * 24) is None


async def test_nobody_binds_a_guest_but_the_guest(coop):
    asked = await coop.asked(await coop.offer(), account=None, contact=Contact("Bode", "+44 1632"))
    _id, guest = await coop.read(agreements.of_link, asked.secret)
    dearer = Revision(prices=((0, (Money(9900, "GBP", 2),)),))
    countered = await coop.do(asked.agreement, "counter", coop.sam, revision=dearer)
    assert "accept" not in (await coop.see(countered, coop.sam)).buttons
    for staff in (coop.sam, agreements.OPERATOR):
        with pytest.raises(NotAllowed, match="their own link"):
            await coop.do(countered, "accept", staff)
    made = await coop.do(countered, "accept", guest)
    asked_for = await coop.do(
        made, "change", coop.rosa, revision=Revision(quantities=((0, Decimal(3)),))
    )
    with pytest.raises(Conflict):
        await coop.do(asked_for, "agree_change", coop.sam)
    await coop.do(asked_for, "refuse_change", guest)
    await coop.do(made, "deliver", coop.rosa)
    with pytest.raises(NotAllowed, match="their own link"):
        await coop.do(made, "confirm", coop.sam)
    again = await coop.asked(
        await coop.offer(), account=None, contact=Contact("Bode", "+44 1632 960001")
    )
    assert (await coop.do(again.agreement, "withdraw", coop.sam)).state is State.CANCELLED


async def test_a_contact_is_shared_and_forgotten_by_whose_it_is(coop):
    said = Contact("Bode", "+44 1632 960001", "Ring twice.")
    asked = await coop.asked(await coop.offer(), account=None, contact=said)
    id_, (_id, guest) = asked.agreement.id, await coop.read(agreements.of_link, asked.secret)
    of = agreements.of_account
    await coop.write(agreements.set_shared, id_, of(coop.rosa), shared=True)
    await coop.write(agreements.forget_contact, id_, of(coop.rosa))
    assert (await coop.see(asked.agreement, guest)).mine == said
    with pytest.raises(NotAllowed):
        await coop.write(agreements.set_shared, id_, of(coop.sam), shared=True)
    with pytest.raises(NotFound):
        await coop.write(agreements.set_shared, id_, of(coop.maya), shared=True)
    await coop.write(agreements.set_shared, id_, guest, shared=True)
    assert (await coop.see(asked.agreement, guest)).mine == replace(said, shared=True)


async def test_who_looks_after_it_deletes_a_guests_contact_once_it_is_over(coop):
    said = Contact("Bode", "+44 1632 960001", "Ring twice.")
    asked = await coop.asked(await coop.offer(), account=None, contact=said)
    made, (_id, guest) = asked.agreement, await coop.read(agreements.of_link, asked.secret)
    admin = agreements.of_account(coop.sam)
    assert not (await coop.see(made, coop.sam)).deletes
    with pytest.raises(Conflict, match="only whose contact"):
        await coop.write(agreements.forget_contact, made.id, admin)
    assert (await coop.see(made, guest)).mine == said
    await coop.do(made, "withdraw", guest)
    assert (await coop.see(made, coop.sam)).deletes
    await coop.write(agreements.forget_contact, made.id, admin)
    assert (await coop.see(made, guest)).mine is None


async def test_a_sum_that_was_paid_is_not_changed_nor_by_a_change_asked_for_before(coop):
    made = await agreed(coop)
    dearer = Revision(prices=((0, (Money(9900, "GBP", 2),)),))
    await coop.do(made, "change", coop.rosa, revision=dearer)
    await coop.do(made, "receive", coop.rosa, method="cash")
    with pytest.raises(Conflict, match="so the sum stays"):
        await coop.do(made, "agree_change", coop.maya)
    await coop.do(made, "refuse_change", coop.maya)
    with pytest.raises(Conflict, match="so the sum stays"):
        await coop.do(made, "change", coop.rosa, revision=dearer)
    later = Revision(start=START + timedelta(days=1), end=START + timedelta(days=1, hours=2))
    await coop.do(made, "change", coop.rosa, revision=later)
    await coop.do(made, "agree_change", coop.maya)


async def test_no_less_is_agreed_on_than_is_delivered(coop):
    made = await agreed(coop)
    await coop.do(made, "deliver_part", coop.rosa, delivered=(Decimal("1.5"),))
    with pytest.raises(Conflict, match="delivered already"):
        await coop.do(made, "change", coop.rosa, revision=Revision(quantities=((0, Decimal(1)),)))
    await coop.do(made, "change", coop.rosa, revision=Revision(quantities=((0, Decimal("1.5")),)))
    await coop.do(made, "agree_change", coop.maya)


async def test_no_column_holds_what_a_guest_said_and_none_can_read_it_once_forgotten(coop):
    contact = Contact("Bode Olatunji", "+44 1632 960001", "The key is with my neighbour.")
    made = await coop.asked(await coop.offer(), account=None, contact=contact)
    _id, guest = await coop.read(agreements.of_link, made.secret)

    async def everything(reader):
        tables = await reader.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        rows = [await reader.rows(text(f"SELECT * FROM {name}")) for name in tables]
        return repr(rows)

    stored = await coop.read(everything)
    assert "Olatunji" not in stored
    assert "960001" not in stored
    assert "neighbour" not in stored
    await coop.write(agreements.forget_contact, made.agreement.id, guest)
    assert (await coop.see(made.agreement, guest)).mine is None


async def test_a_guest_says_who_it_is_for(coop):
    with pytest.raises(InvalidInput) as refused:
        await coop.asked(await coop.offer(), account=None, contact=Contact())
    assert set(refused.value.fields) == {"name", "contact"}


async def test_nobody_else_sees_or_steers_it(coop):
    from node.accounts import Role as AccountRole
    from node.accounts import create_account

    jean = await coop.write(create_account, handle="jean", name="J", roles={AccountRole.MEMBER})
    asked = await coop.ask(await coop.offer())
    with pytest.raises(NotFound):
        await coop.see(asked, jean)
    with pytest.raises(NotFound):
        await coop.do(asked, "accept", jean)
    assert await coop.read(agreements.agreements, agreements.of_account(jean)) == []


async def test_nobody_books_their_own_listing(coop):
    with pytest.raises(NotAllowed):
        await coop.ask(await coop.offer(), by=coop.rosa)


async def test_whoever_answers_a_need_is_the_provider(coop):
    need = await coop.offer("Wanted: a van", kind=Kind.REQUEST)
    asked = await coop.ask(need, hours=None)
    assert (asked.asked_by, asked.provider_account) == (Role.PROVIDER, coop.maya.id)
    made = await coop.do(asked, "accept", coop.rosa)
    await coop.do(made, "deliver", coop.maya)
    assert (await coop.do(made, "confirm", coop.rosa)).state is State.CONFIRMED


async def test_only_what_is_open_and_ahead_can_be_asked_for(coop):
    listing = await coop.offer()
    with pytest.raises(InvalidInput):
        await coop.ask(listing, start=coop.clock.now())
    await coop.write(listings.change_state, listing.id, "pause", by=None)
    with pytest.raises(Conflict):
        await coop.ask(listing)
    with pytest.raises(NotFound):
        await coop.ask(replace(listing, id="nothing"))


async def test_one_agreement_is_with_one_provider(coop):
    first, other = await coop.offer(), await coop.offer("Physio", by=coop.sam.id)
    lines = tuple(agreements.WantedLine(one.id) for one in (first, other))
    with pytest.raises(InvalidInput):
        await coop.write(agreements.ask, agreements.Wanted(lines), account=coop.maya)


async def test_several_lines_are_summed(coop):
    first, other = await coop.offer(), await coop.offer("Oven", price_amount=Decimal(30))
    lines = (agreements.WantedLine(first.id, Decimal(2)), agreements.WantedLine(other.id))
    made = await coop.write(agreements.ask, agreements.Wanted(lines), account=coop.maya)
    seen = await coop.see(made.agreement, coop.maya)
    assert [money.text for money in seen.version.terms.total] == ["67.00"]


@pytest.mark.parametrize("step", ["expire", "settle", "schedule", "auto_confirm", "fly", ""])
async def test_what_the_clock_does_or_nobody_does_is_no_step_of_peoples(coop, step):
    asked = await coop.ask(await coop.offer())
    with pytest.raises(InvalidInput):
        await coop.do(asked, step, coop.maya)


async def test_everyone_is_told_what_the_other_did(coop):
    from node import notices

    asked = await coop.ask(await coop.offer())
    [told] = await coop.read(notices.notices, coop.rosa)
    assert "Home clean" in str(told.text)
    assert "8 January 2027, 10:00 UTC" in str(told.text)
    await coop.do(asked, "accept", coop.rosa)
    assert await coop.read(notices.notices, coop.rosa) == []
    [told] = await coop.read(notices.notices, coop.maya)
    assert str(told.text) == "“Home clean” is agreed."
    await coop.wait(START - timedelta(hours=24) - coop.clock.now())
    assert len(await coop.read(notices.notices, coop.rosa)) == 1
    assert len(await coop.read(notices.notices, coop.maya)) == 2


async def test_a_form_that_is_sent_twice_asks_once(coop):
    listing, key = await coop.offer(), "k" * 22
    wanted = agreements.Wanted((agreements.WantedLine(listing.id),))
    first, again = [
        await coop.write(agreements.ask, wanted, account=coop.maya, key=key) for _ in range(2)
    ]
    assert first == again
    others = await coop.write(agreements.ask, wanted, account=coop.sam, key=key)
    assert others.agreement.id != first.agreement.id
    guest = Contact("Bode", "+44 1632 960001")
    one, same = [
        await coop.write(agreements.ask, wanted, account=None, contact=guest, key=key)
        for _ in range(2)
    ]
    assert one == same
    assert (await coop.read(agreements.of_link, same.secret))[0] == one.agreement.id
    with pytest.raises(InvalidInput):
        await coop.write(agreements.ask, wanted, account=coop.maya, key="1")


async def test_a_time_that_is_over_cannot_be_proposed(coop):
    over = Revision(start=coop.clock.now() - timedelta(hours=3), end=coop.clock.now())
    asked = await coop.ask(await coop.offer())
    with pytest.raises(InvalidInput, match="over"):
        await coop.do(asked, "counter", coop.rosa, revision=over)
    made = await coop.do(asked, "accept", coop.rosa)
    with pytest.raises(InvalidInput, match="over"):
        await coop.do(made, "change", coop.maya, revision=over)
