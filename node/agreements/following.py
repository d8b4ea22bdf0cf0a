"""What follows from a step: books, notices, what the slices above hear."""

from collections.abc import Collection

from msgspec.structs import replace

from federation.storage import UnitOfWork
from node import listings, notices
from node.agreements import sharing, store
from node.agreements.books import Books
from node.agreements.choices import Step
from node.agreements.events import (
    AgreementCancelled,
    AgreementConfirmed,
    AgreementMade,
    AgreementOwed,
    AgreementRefunded,
)
from node.agreements.life import Event, State
from node.agreements.paying import PAID, DepositEvent, Method, PaymentEvent
from node.agreements.reckoning import Reckoning, reckon
from node.agreements.rules import less
from node.agreements.sides import Role
from node.agreements.terms import cancel_fee, summed
from node.agreements.tongues import titles
from node.agreements.views import AgreementView, VersionView
from node.agreements.wire import Said
from node.events import events
from node.money import HOUR, Money
from node.notices import NoticeKind
from protocol import datetimes

_NOTICES: dict[Step, NoticeKind] = {
    **dict.fromkeys((*PaymentEvent, *DepositEvent), NoticeKind.AGREEMENT_PAYMENT),
    Event.REQUEST: NoticeKind.AGREEMENT_REQUESTED,
    Event.COUNTER: NoticeKind.AGREEMENT_COUNTERED,
    Event.ACCEPT: NoticeKind.AGREEMENT_ACCEPTED,
    Event.DECLINE: NoticeKind.AGREEMENT_DECLINED,
    Event.WAIT: NoticeKind.AGREEMENT_WAITING,
    Event.WITHDRAW: NoticeKind.AGREEMENT_CANCELLED,
    Event.EXPIRE: NoticeKind.AGREEMENT_EXPIRED,
    Event.CHANGE: NoticeKind.AGREEMENT_CHANGE,
    Event.AGREE_CHANGE: NoticeKind.AGREEMENT_CHANGED,
    Event.REFUSE_CHANGE: NoticeKind.AGREEMENT_KEPT,
    Event.START: NoticeKind.AGREEMENT_BEGUN,
    Event.DELIVER_PART: NoticeKind.AGREEMENT_BEGUN,
    Event.DELIVER: NoticeKind.AGREEMENT_DELIVERED,
    Event.CONFIRM: NoticeKind.AGREEMENT_CONFIRMED,
    Event.AUTO_CONFIRM: NoticeKind.AGREEMENT_CONFIRMED,
    Event.CANCEL: NoticeKind.AGREEMENT_CANCELLED,
    Event.REPORT_NO_SHOW: NoticeKind.AGREEMENT_MISSED,
    Event.DISPUTE: NoticeKind.AGREEMENT_DISPUTED,
    Event.UPHOLD: NoticeKind.AGREEMENT_RESOLVED,
    Event.OFFER_PARTIAL: NoticeKind.AGREEMENT_REFUND_OFFERED,
    Event.AGREE_PARTIAL: NoticeKind.AGREEMENT_RESOLVED,
    Event.REFUND_ALL: NoticeKind.AGREEMENT_RESOLVED,
}

_ASKING = (
    NoticeKind.AGREEMENT_REQUESTED,
    NoticeKind.AGREEMENT_COUNTERED,
    NoticeKind.AGREEMENT_ANSWER_SOON,
    NoticeKind.AGREEMENT_CHANGE,
    NoticeKind.AGREEMENT_DELIVERED,
    NoticeKind.AGREEMENT_UNHEARD,
)
"""What somebody is to do; taken back by whatever happens next."""
_OF_A_DISPUTE = (NoticeKind.AGREEMENT_DISPUTED, NoticeKind.AGREEMENT_REFUND_OFFERED)
_IN_THE_BOOKS = frozenset(
    {
        Event.CONFIRM,
        Event.AUTO_CONFIRM,
        Event.CANCEL,
        Event.REPORT_NO_SHOW,
        Event.UPHOLD,
        Event.AGREE_PARTIAL,
        Event.REFUND_ALL,
    }
)
ENDED = frozenset({State.CANCELLED, State.NO_SHOW})


async def follow(
    uow: UnitOfWork,
    after: AgreementView,
    step: Step,
    said: Said,
    *,
    version: VersionView,
    number: str,
    role: Role | None,
) -> None:
    """Do what follows from a step. role: whose it was; number: its id."""
    await _give_notices(uow, after, step, role)
    if isinstance(step, DepositEvent):
        await _deposit_moved(uow, after, step, said, version=version)
    elif isinstance(step, PaymentEvent):
        await _money_moved(uow, after, step, said, version=version, number=number)
    else:
        await _life_went_on(uow, after, step, version=version, number=number)


def due(agreement: AgreementView, version: VersionView, reckoned: Reckoning) -> tuple[Money, ...]:
    """What the customer pays, per currency, without what is taken off; hours are booked, not
    paid."""
    if agreement.state in ENDED or reckoned.is_fee:
        return less(reckoned.holds, reckoned.off)
    if agreement.outcome == Event.REFUND_ALL:
        return ()
    return less(whole(version), reckoned.off)


def deposit_due(
    agreement: AgreementView, version: VersionView, reckoned: Reckoning
) -> Money | None:
    """What is left as a deposit, with the payment; nothing once the agreement came to nothing."""
    if agreement.state in ENDED or reckoned.is_fee:
        return None
    return version.terms.deposit


def is_paid(agreement: AgreementView, version: VersionView) -> bool:
    """Whether nothing is left to pay of what was confirmed."""
    return agreement.payment in PAID or not whole(version)


async def _life_went_on(
    uow: UnitOfWork,
    after: AgreementView,
    step: Event,
    *,
    version: VersionView,
    number: str,
) -> None:
    if step is Event.ACCEPT:
        for role in after.ours:
            await sharing.announce(uow, after, role)
        await events.announce(uow, AgreementMade(after.id))
    books = Books(uow, after, version)
    if step in (Event.DELIVER, Event.DELIVER_PART) and after.state is State.DISPUTED:
        await books.cancelled_back()
    if step not in _IN_THE_BOOKS or (step is Event.CANCEL and after.state is State.DISPUTED):
        return
    steps = await store.history(uow, after.id)
    before, now = reckon(after, version, steps[:-1]), reckon(after, version, steps)
    if step in (Event.CANCEL, Event.REPORT_NO_SHOW):
        fee = ended_fee(after, version)
        if not before.is_fee:
            await books.late(fee, missed=step is Event.REPORT_NO_SHOW)
            await books.taken_off(before, now, number)
        elif step is Event.CANCEL:  # it crossed another end, which cost something else
            await books.cancelled_back()
            await books.late(fee, missed=False, again=True)
        await events.announce(uow, AgreementCancelled(after.id, fee))
        return
    if now.stands:
        await books.confirmed(now.early)
    await books.taken_off(before, now, number)
    if step is Event.REFUND_ALL:
        await books.hours_back()
    if step in (Event.CONFIRM, Event.AUTO_CONFIRM):
        await events.announce(uow, AgreementConfirmed(after.id))
    if step in (Event.AGREE_PARTIAL, Event.REFUND_ALL):
        await events.announce(uow, AgreementRefunded(after.id, less(now.off, before.off)))


async def _money_moved(
    uow: UnitOfWork,
    after: AgreementView,
    step: PaymentEvent,
    said: Said,
    *,
    version: VersionView,
    number: str,
) -> None:
    books = Books(uow, after, version)
    method = Method(said.method or Method.BANK)
    if step is PaymentEvent.RECEIVE:
        await books.paid(said.amounts, method)
        if method is Method.NETTING and after.peer is not None:
            await _owe(uow, after, version, said)
    if step not in (PaymentEvent.REFUND, PaymentEvent.REFUND_PART):
        return
    steps = await store.history(uow, after.id)
    before, now = reckon(after, version, steps[:-1]), reckon(after, version, steps)
    await books.taken_off(before, now, number)
    if now.is_fee and step is PaymentEvent.REFUND:
        await books.hours_back()
    await books.given_back(said.amounts, number, method, is_advance=not now.stands)
    await events.announce(uow, AgreementRefunded(after.id, said.amounts))


async def _deposit_moved(
    uow: UnitOfWork,
    after: AgreementView,
    step: DepositEvent,
    said: Said,
    *,
    version: VersionView,
) -> None:
    left = version.terms.deposit
    if left is None:
        return
    kept = said.amounts[0] if step is DepositEvent.KEEP_DEPOSIT else replace(left, amount=0)
    await Books(uow, after, version).deposit_ended(left - kept, kept, Method(said.method or "bank"))


async def _owe(uow: UnitOfWork, agreement: AgreementView, version: VersionView, said: Said) -> None:
    for money in said.amounts:
        debtor, creditor = agreement.customer_coop, agreement.provider_coop
        owed = AgreementOwed(agreement.id, debtor, creditor, money, version.digest)
        await events.announce(uow, owed)


async def _give_notices(
    uow: UnitOfWork, agreement: AgreementView, step: Step, role: Role | None
) -> None:
    """Tell the side that did not take the step; both of what the clock did."""
    over = () if agreement.state is State.DISPUTED else _OF_A_DISPUTE
    for asking in (*_ASKING, *over):
        await notices.withdraw(uow, asking, agreement.id)
    kind = _NOTICES.get(step)
    if kind is None:
        return
    if kind is NoticeKind.AGREEMENT_PAYMENT:  # what was said of it before is over
        await notices.withdraw(uow, kind, agreement.id)
    await give(uow, agreement, agreement.ours - {role}, kind)


async def give(
    uow: UnitOfWork, agreement: AgreementView, roles: Collection[Role], kind: NoticeKind
) -> None:
    """Give a notice to whoever stands on sides of ours, and to who acts for the same firm; a guest
    reads it behind the link."""
    there = agreement.ours - ({Role.CUSTOMER} if agreement.guest else set())
    told = [role for role in roles if role in there]
    if not told:
        return
    called = {f"title:{tag}": said for tag, said in (await titles(uow, agreement)).items()}
    moment = agreement.answer_by if agreement.is_open else agreement.start_at
    if agreement.pickup and kind in _WITH_PICKUP:
        called["pickup"] = agreement.pickup
    for role in told:
        await listings.tell_provider(
            uow,
            agreement.account_of(role),
            agreement.team_of(role),
            kind,
            agreement.id,
            title=agreement.title,
            **called,
            when=datetimes.format(moment) if moment else "",
        )


_WITH_PICKUP = frozenset(
    {
        NoticeKind.AGREEMENT_REQUESTED,
        NoticeKind.AGREEMENT_ACCEPTED,
        NoticeKind.AGREEMENT_CHANGED,
        NoticeKind.AGREEMENT_SOON,
    }
)


def whole(version: VersionView) -> tuple[Money, ...]:
    """Price and deposit."""
    terms = version.terms
    sums = summed([*terms.total, *([terms.deposit] if terms.deposit else [])])
    return tuple(money for money in sums if money.currency != HOUR)


def ended_fee(agreement: AgreementView, version: VersionView) -> tuple[Money, ...]:
    """What a customer owes of a cancelled or missed agreement; nothing if the provider ended it."""
    if agreement.outcome not in (Event.CANCEL.value, Event.REPORT_NO_SHOW.value):
        return ()
    missed = agreement.outcome == Event.REPORT_NO_SHOW
    return cancel_fee(version.terms, agreement.ended_at or agreement.updated_at, missed=missed)
