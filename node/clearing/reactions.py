"""What follows for clearing when coops come to owe each other something, and when time is over."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from federation.storage import UnitOfWork
from node import audit, ledger, policies, timers
from node.agreements import AgreementOwed
from node.clearing import calling, claims, deadlines, lines, rules, statements, taking_part
from node.clearing.models import obligation_table, run_table
from node.clearing.papers import Claim
from node.clearing.rules import Reason, RunState
from node.errors import Conflict
from node.events import events
from node.money import Money
from node.referrals.events import ReferralFeeDue

_o = obligation_table.c
_r = run_table.c


@events.on(ReferralFeeDue)
async def referral_fee_is_due(uow: UnitOfWork, event: ReferralFeeDue) -> None:
    """Both coops signed the completion receipt: one owes the other the fee agreed for it."""
    ours = uow.identities.coop.uri
    recipes = ledger.recipes
    we_owe = event.debtor == ours
    await ledger.post(
        uow,
        recipes.REFERRAL_FEE_OUT if we_owe else recipes.REFERRAL_FEE_IN,
        source=f"referral:{event.referral_id}",
        amounts={"fee": event.fee},
        party=event.creditor if we_owe else event.debtor,
    )
    if event.for_fund and not we_owe:
        await ledger.post(
            uow,
            recipes.COMMUNITY_SHARE,
            source=f"referral:{event.referral_id}",
            amounts={"share": event.fee},
            party="community",
        )
    reason, digest = Reason.REFERRAL_FEE, event.evidence_digest
    await _note(uow, await _owed(uow, event.debtor, event.creditor, event.fee, reason, digest))


@events.on(AgreementOwed)
async def payment_is_on_account(uow: UnitOfWork, event: AgreementOwed) -> None:
    """A payment between coops goes on account: beyond the trust line it is refused beforehand.

    Also when it is we who owe: that it goes on account may be the creditor's word alone.
    """
    if event.debtor == event.creditor:
        return
    reason = Reason.AGREEMENT_PAYMENT
    owed = await _owed(uow, event.debtor, event.creditor, event.money, reason, event.digest)
    if not await claims.is_known(uow, owed):
        we_owe = event.debtor == uow.identities.coop.uri
        partner = event.creditor if we_owe else event.debtor
        await lines.check(uow, partner, event.money, we_owe=we_owe)
    await _note(uow, owed)


@timers.on(deadlines.OFFERS)
async def offers_are_due(uow: UnitOfWork, run_ids: Sequence[str]) -> None:
    """Who was to state what it owes has had time."""
    await calling.offers_are_due(uow, run_ids)


@timers.on(deadlines.ANSWERS)
async def answers_are_due(uow: UnitOfWork, run_ids: Sequence[str]) -> None:
    """Who was to answer a proposal has had time."""
    await calling.answers_are_due(uow, run_ids)


@timers.on(deadlines.WORD)
async def word_is_due(uow: UnitOfWork, run_ids: Sequence[str]) -> None:
    """The caller of a run has said nothing for too long."""
    await taking_part.word_is_due(uow, run_ids)


@timers.on(deadlines.TURN, longest=deadlines.MONTHLY)
async def turn_has_come(uow: UnitOfWork, currencies: Sequence[str]) -> None:
    """It is our turn to call a run, unless one was called this month."""
    for currency in currencies:
        if await _was_cleared(uow, currency):
            await _again(uow, currency)
            continue
        try:
            async with uow.savepoint():
                await calling.call(uow, currency, by=audit.NODE)
        except Conflict:
            pass  # nothing to set off, nobody to do it with, or a run is under way
        await _again(uow, currency)


@timers.on(deadlines.STATEMENTS, longest=deadlines.MONTHLY)
async def statements_are_due(uow: UnitOfWork, currencies: Sequence[str]) -> None:
    """Send each partner its statement; of two coops the one whose address comes first does."""
    ours = uow.identities.coop.uri
    chosen = (
        select(_o.partner, _o.currency)
        .where(_o.currency.in_(currencies), _o.state.in_(rules.SIGNED), _o.partner > ours)
        .distinct()
        .order_by(_o.partner, _o.currency)
    )
    for partner, currency in await uow.rows(chosen):
        await statements.send(uow, partner, currency)
    for currency in currencies:
        await _again(uow, currency)


async def _owed(
    uow: UnitOfWork, debtor: str, creditor: str, money: Money, reason: Reason, digest: str
) -> Claim:
    due_on = uow.now.date() + timedelta(days=await _days_to_pay(uow, reason))
    return Claim(debtor, creditor, money, due_on, reason, digest, digest)


async def _note(uow: UnitOfWork, owed: Claim) -> None:
    """Both know of it by what they signed: the creditor claims it, the debtor expects that."""
    ours = uow.identities.coop.uri
    await (claims.expect if owed.debtor == ours else claims.say)(uow, owed)


async def _days_to_pay(uow: UnitOfWork, reason: Reason) -> int:
    """A referral's fee is due no later than the coops have agreed."""
    days = await policies.value(uow, policies.CLEARING_DUE_DAYS)
    if reason is not Reason.REFERRAL_FEE:
        return days
    return min(days, await policies.value(uow, policies.REFERRALS_SETTLE_WITHIN_DAYS))


async def _was_cleared(uow: UnitOfWork, currency: str) -> bool:
    month = uow.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    runs = select(func.count()).where(
        _r.currency == currency, _r.called_at >= month, _r.state != RunState.ABORTED.value
    )
    return bool(await uow.scalar(runs))


async def _again(uow: UnitOfWork, currency: str) -> None:
    """Set the timers anew while anything is owed."""
    left = select(func.count()).where(_o.currency == currency, _o.state.in_(rules.SIGNED))
    if await uow.scalar(left):
        await deadlines.arm(uow, currency)
