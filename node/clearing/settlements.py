"""Payments of what is left: the debtor marks it, the creditor says that it came."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from federation.storage import Reader, UnitOfWork
from node import audit, ledger, limits, notices
from node.clearing import store, wire
from node.clearing.evidence import Refusal, Signed, other_digest, read_own, wrong_party
from node.clearing.models import obligation_table, settlement_table
from node.clearing.papers import Kind, Payment
from node.clearing.reading import check_reference, read_payment
from node.clearing.rules import OFFERABLE, Event, State
from node.clearing.telling import tell
from node.clearing.views import ObligationView, SettlementView, settlement_view
from node.errors import Conflict, InvalidInput, NotAllowed, NotFound
from node.i18n import _
from node.ledger import Method
from node.money import Money
from node.notices import NoticeKind
from protocol.errors import MalformedDocument

_o = obligation_table.c
_s = settlement_table.c
MARKED, RECEIVED, MISSING = "marked", "received", "missing"


async def mark_paid(
    uow: UnitOfWork,
    obligation_ids: Collection[str],
    method: Method,
    *,
    paid_on: date,
    reference: str = "",
    by: str,
) -> SettlementView:
    """Say that we paid what is left of obligations to one coop, in one currency.

    Raises InvalidInput (`obligations`, `reference`), NotAllowed, Conflict.
    """
    chosen = await store.where(uow, _o.id.in_(obligation_ids))
    _check_chosen(chosen, obligation_ids)
    try:
        check_reference(reference)
    except MalformedDocument:
        raise InvalidInput(
            {"reference": [_("Use at most 35 plain letters, digits, spaces and ./+-")]}
        ) from None
    amount = sum(each.remaining.amount for each in chosen)
    total = Money(amount, chosen[0].money.currency, chosen[0].money.scale)
    rows = {str(each.uri): each.remaining.amount for each in chosen}
    payment = Payment(total, method.value, reference, paid_on, rows)
    number = uow.new_id()
    uri = wire.address(uow, "settlements", number)
    signed = wire.written(uow, Kind.SETTLEMENT, uri, payment.facts)
    await _insert(uow, number, chosen, payment, signed, we_paid=True)
    await wire.say(uow, signed, [chosen[0].partner])
    await settle_missed(uow)
    await audit.record(uow, by, "clearing.mark-paid", number)
    return await settlement(uow, number)


async def receive(uow: UnitOfWork, settlement_id: str, *, by: str) -> SettlementView:
    """Say that a payment came. Raises NotFound, NotAllowed, Conflict."""
    known = await _for_us(uow, settlement_id)
    signed = await _answer(uow, known, Kind.RECEIPT, "receipts")
    await _received(uow, known, signed)
    await audit.record(uow, by, "clearing.receive", known.id)
    return await settlement(uow, known.id)


async def miss(uow: UnitOfWork, settlement_id: str, *, by: str) -> SettlementView:
    """Say that no payment came: it is owed as before. Raises NotFound, NotAllowed, Conflict."""
    known = await _for_us(uow, settlement_id)
    signed = await _answer(uow, known, Kind.MISSING, "receipts")
    await _missed(uow, known, signed)
    await audit.record(uow, by, "clearing.miss", known.id)
    return await settlement(uow, known.id)


async def settlement(reader: Reader, settlement_id: str) -> SettlementView:
    """One payment. Raises NotFound."""
    rows = await reader.rows(select(settlement_table).where(_s.id == settlement_id))
    if not rows:
        raise NotFound(_("There is no such payment."))
    return settlement_view(rows[0])


async def missed_payments(reader: Reader) -> list[SettlementView]:
    """Payments of ours that did not come, as the other coop says, while something of what they
    were for is still to be paid; the newest first."""
    return await _still_missed(reader, OFFERABLE)


async def _still_missed(reader: Reader, unpaid: Collection[str]) -> list[SettlementView]:
    chosen = select(settlement_table).where(_s.we_paid.is_(True), _s.state == MISSING)
    rows = await reader.rows(chosen.order_by(_s.id.desc()).limit(limits.MISSED_PAYMENTS_LOOKED_AT))
    paid_for = {row.id: _paid_for(row) for row in rows}
    wanted = _o.uri.in_(frozenset[str]().union(*paid_for.values()))
    due = await store.where(reader, wanted, _o.state.in_(unpaid)) if rows else []
    left = {each.uri for each in due}
    found = []
    for row in rows:
        if left & paid_for[row.id]:
            found.append(settlement_view(row))
        left -= paid_for[row.id]
    return found


def _paid_for(row: Any) -> frozenset[str]:
    """The addresses of the obligations that a payment was for."""
    facts = read_own(row.document).paper.facts
    return frozenset(read_payment(facts, limits.SETTLEMENT_ROWS_MOST).rows)


async def settle_missed(uow: UnitOfWork) -> None:
    """What is paid again, or set off, is missed no more; what a clearing run holds may be again."""
    told = await notices.told_about(uow, NoticeKind.PAYMENT_MISSING)
    still = await _still_missed(uow, (*OFFERABLE, State.IN_RUN)) if told else []
    told -= {each.id for each in still}
    await notices.withdraw(uow, NoticeKind.PAYMENT_MISSING, *told)


async def hear_settlement(uow: UnitOfWork, signed: Signed) -> bool:
    """A coop says that it paid us. Raises Refusal, MalformedDocument."""
    payment = read_payment(signed.paper.facts, limits.SETTLEMENT_ROWS_MOST)
    if payment.method not in set(Method):
        raise Refusal(422, "bad-property", f"The method must be one of {', '.join(Method)}.")
    before = await uow.rows(select(settlement_table).where(_s.uri == signed.paper.uri))
    if before:
        if before[0].digest == signed.digest:
            return False
        raise Refusal(409, "settlement-changed", "This address stands for another payment.")
    chosen = await store.where(uow, _o.uri.in_(payment.rows))
    _check_heard(uow, chosen, payment, signed.paper.author)
    number = uow.new_id()
    await _insert(uow, number, chosen, payment, signed, we_paid=False)
    author = signed.paper.author
    await tell(uow, NoticeKind.PAYMENT_MARKED, number, coop=author, money=payment.money)
    return True


async def hear_answer(uow: UnitOfWork, signed: Signed) -> bool:
    """The creditor says that our payment came, or that it did not. Raises Refusal."""
    rows = await uow.rows(select(settlement_table).where(_s.uri == (signed.paper.answers or "")))
    if not rows:
        raise Refusal(409, "unknown-settlement", "We know of no such payment.")
    known = settlement_view(rows[0])
    if signed.paper.author != known.partner or not known.we_paid:
        raise wrong_party()
    if signed.paper.answers_digest != rows[0].digest:
        raise other_digest()
    if known.state != MARKED:
        return False
    if signed.paper.kind == Kind.RECEIPT:
        await _received(uow, known, signed)
    else:
        await _missed(uow, known, signed)
    return True


async def _received(uow: UnitOfWork, known: SettlementView, signed: Signed) -> None:
    paid = await store.where(uow, _o.settlement_id == known.id)
    await store.move(uow, paid, Event.RECEIVE, remaining=0)
    await _close(uow, known, RECEIVED, signed)
    recipes = ledger.recipes
    by_method = recipes.RESIDUAL_PAID if known.we_paid else recipes.RESIDUAL_RECEIVED
    await ledger.post(
        uow,
        by_method[Method(known.method)],
        source=f"settlement:{known.uri}",
        amounts={"paid": known.money},
        party=known.partner,
    )


async def _missed(uow: UnitOfWork, known: SettlementView, signed: Signed) -> None:
    paid = await store.where(uow, _o.settlement_id == known.id)
    await store.move(uow, paid, Event.MISS_PAYMENT, settlement_id=None)
    await _close(uow, known, MISSING, signed)
    if known.we_paid:
        kind = NoticeKind.PAYMENT_MISSING
        await tell(uow, kind, known.id, coop=known.partner, money=known.money)


async def _close(uow: UnitOfWork, known: SettlementView, state: str, signed: Signed) -> None:
    changed = update(settlement_table).where(_s.id == known.id)
    await uow.execute(changed.values(state=state, answer=signed.document))
    await notices.withdraw(uow, NoticeKind.PAYMENT_MARKED, known.id)


async def _answer(uow: UnitOfWork, known: SettlementView, kind: Kind, folder: str) -> Signed:
    [document] = await uow.scalars(select(_s.document).where(_s.id == known.id))
    uri = wire.address(uow, folder, known.id)
    signed = wire.written(uow, kind, uri, answers=read_own(document))
    await wire.say(uow, signed, [known.partner])
    return signed


async def _for_us(uow: UnitOfWork, settlement_id: str) -> SettlementView:
    known = await settlement(uow, settlement_id)
    if known.we_paid:
        raise NotAllowed(_("Whether it came is for the other coop to say."), "wrong-party")
    if known.state != MARKED:
        raise Conflict(_("That was answered already."), "settlement-answered")
    return known


async def _insert(
    uow: UnitOfWork,
    number: str,
    chosen: list[ObligationView],
    payment: Payment,
    signed: Signed,
    *,
    we_paid: bool,
) -> None:
    await uow.execute(
        insert(settlement_table).values(
            id=number,
            uri=signed.paper.uri,
            partner=chosen[0].partner,
            we_paid=we_paid,
            currency=payment.money.currency,
            scale=payment.money.scale,
            amount=payment.money.amount,
            method=payment.method,
            reference=payment.reference,
            paid_on=payment.paid_on,
            state=MARKED,
            document=signed.document,
            digest=signed.digest,
            marked_at=uow.now,
        )
    )
    await store.move(uow, chosen, Event.MARK_PAID, settlement_id=number)


def _check_chosen(chosen: list[ObligationView], wanted: Collection[str]) -> None:
    if not chosen or len(chosen) != len(set(wanted)):
        raise InvalidInput({"obligations": [_("Choose what was paid.")]})
    if len(chosen) > limits.SETTLEMENT_ROWS_MOST:
        raise InvalidInput(
            {"obligations": [_("Choose at most %(n)s.", n=limits.SETTLEMENT_ROWS_MOST)]}
        )
    if not all(each.we_owe for each in chosen):
        raise NotAllowed(_("Only the coop that owes can say that it paid."), "wrong-party")
    if len({(each.partner, each.money.currency) for each in chosen}) != 1:
        raise InvalidInput({"obligations": [_("One payment goes to one coop, in one currency.")]})


def _check_heard(
    uow: UnitOfWork, chosen: list[ObligationView], payment: Payment, author: str
) -> None:
    by_uri = {each.uri: each for each in chosen}
    if missing := sorted(payment.rows.keys() - by_uri.keys()):
        raise Refusal(409, "unknown-obligation", f"We know of no obligation {missing[0]}.")
    for each in chosen:
        if each.debtor != author or each.creditor != uow.identities.coop.uri:
            raise wrong_party()
        if each.state in (State.PAID, State.SETTLED):
            raise Refusal(409, "settled-already", f"{each.uri} was marked as paid before.")
        if each.state is State.IN_RUN:
            raise Refusal(425, "in-a-run", f"{each.uri} is in a clearing run: say it again later.")
        if each.state not in OFFERABLE:
            raise Refusal(409, "obligation-state", f"{each.uri} cannot be paid now: {each.state}.")
        if each.remaining.amount != payment.rows[str(each.uri)]:
            raise Refusal(409, "sum-differs", f"Of {each.uri} {each.remaining.text} is left.")
        if each.money.currency != payment.money.currency:
            raise Refusal(422, "bad-property", "The obligations are in another currency.")
