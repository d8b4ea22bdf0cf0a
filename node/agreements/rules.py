"""What a step needs beside its place in the table: times, amounts, quantities. Pure."""

import itertools
from datetime import datetime, timedelta
from decimal import Decimal

from node import limits
from node.agreements.choices import Step
from node.agreements.life import Event
from node.agreements.paying import METHOD_WORDS, PAID, DepositEvent, Method, PaymentEvent
from node.agreements.sides import Role
from node.agreements.terms import Terms
from node.agreements.views import AgreementView
from node.agreements.wire import LONGEST_LOT, MOST_LOTS, Said
from node.errors import Closed, Conflict, InvalidInput
from node.i18n import Text, _
from node.money import Money
from protocol import datetimes

Sums = tuple[Money, ...]
_ANSWERS = (Event.ACCEPT, Event.COUNTER, Event.WAIT)
_REFUNDS = (PaymentEvent.REFUND, PaymentEvent.REFUND_PART)


def check_time(agreement: AgreementView, step: Step, now: datetime) -> None:
    """Raises Closed when it is too late for a step, Conflict when it is too early."""
    deadline = agreement.answer_by if agreement.is_open else None
    if step in _ANSWERS and deadline is not None and now >= deadline:
        raise Closed(
            _("The time for an answer was over at %(when)s.", when=datetimes.format(deadline)),
            "offer-expired",
        )
    if step is Event.REPORT_NO_SHOW and agreement.start_at and now < agreement.start_at:
        raise Conflict(_("It has not begun yet."), "too-early")
    confirmed, window = agreement.confirmed_at, timedelta(days=limits.DISPUTE_DAYS)
    if step is Event.DISPUTE and confirmed is not None and now > confirmed + window:
        raise Closed(
            _("Objections are possible for %(days)s days.", days=limits.DISPUTE_DAYS),
            "dispute-too-late",
        )


def check_ahead(terms: Terms, now: datetime) -> None:
    """Raises InvalidInput (`start`) for a time that is over: nobody can come then."""
    if terms.start is not None and terms.start <= now:
        raise _bad("start", _("This time is over: choose a later one."))


def check_change(agreement: AgreementView, author: Role | None, role: Role | None) -> None:
    """Raises Conflict unless a change is asked for that this side has to answer."""
    if agreement.pending is None or author is None:
        raise Conflict(_("No change is asked for."), "no-change")
    if author is role:
        raise Conflict(_("The other side has to answer this."), "own-change")


def check_room(versions: int) -> None:
    """Raises Conflict when an agreement has had as many versions as one may have."""
    most = limits.AGREEMENT_VERSIONS_MOST
    if versions >= most:
        raise Conflict(
            _(
                "This was changed %(most)s times: agree to what is on the table, or begin anew.",
                most=most,
            ),
            "too-many-versions",
        )


def check_kept(agreement: AgreementView, before: Terms, after: Terms) -> None:
    """What was paid and delivered bounds a change of what is agreed. Raises Conflict."""
    if agreement.payment in PAID and before.total != after.total:
        raise Conflict(
            _(
                "It is paid, so the sum stays: give a part back, or agree on the rest "
                "by an agreement of its own."
            ),
            "paid-already",
        )
    if agreement.has_delivered and len(before.lines) != len(after.lines):
        raise Conflict(
            _("A part is delivered already, so its lines stay: ask for what differs separately."),
            "delivered-already",
        )
    wanted = [line.quantity for line in after.lines]
    pairs = itertools.zip_longest(agreement.delivered, wanted, fillvalue=Decimal(0))
    if any(done > quantity for done, quantity in pairs):
        raise Conflict(
            _("So much of it is delivered already: choose no less than that."), "delivered-already"
        )


def delivered(agreement: AgreementView, terms: Terms, said: Said) -> tuple[Decimal, ...]:
    """How much of each line is delivered by now. Raises InvalidInput (`delivered`)."""
    before = agreement.delivered or tuple(Decimal(0) for _line in terms.lines)
    if len(said.delivered) != len(terms.lines):
        raise _bad("delivered", _("Say for each line how much of it is delivered by now."))
    for old, new, line in zip(before, said.delivered, terms.lines, strict=True):
        if not old <= new <= line.quantity:
            raise _bad("delivered", _("That is less than before, or more than was agreed."))
    if said.delivered == before:
        raise _bad("delivered", _("That is as much as before."))
    return said.delivered


def lots(agreement: AgreementView, said: Said) -> tuple[str, ...]:
    """Those that went with it by now. Raises InvalidInput (`lots`)."""
    named = (" ".join(one.split()) for one in said.lots)
    found = tuple(dict.fromkeys((*agreement.lots, *filter(None, named))))
    if len(found) > MOST_LOTS or any(len(one) > LONGEST_LOT for one in found):
        most = {"most": MOST_LOTS, "longest": LONGEST_LOT}
        raise _bad("lots", _("At most %(most)s, of %(longest)s characters each.", **most))
    return found


def everything(terms: Terms) -> tuple[Decimal, ...]:
    """All of each line."""
    return tuple(line.quantity for line in terms.lines)


def payment(
    step: PaymentEvent,
    said: Said,
    *,
    due: Sums,
    deposit: Money | None,
    received: Sums,
    returned: Sums,
) -> Said:
    """A payment with its sums: those that are due or left where none are named.

    due: with the deposit; received: without.
    Raises InvalidInput (`amounts`, `method`), Conflict when nothing is due, or something else is
    left than it was said `of`.
    """
    method = _method(said.method)
    left = less(received, returned)
    if deposit is not None and method == Method.NETTING:
        raise _bad("method", _("There is a deposit, which cannot be set off: pay by other means."))
    most = left if step in _REFUNDS else due
    if not most:
        raise Conflict(_("Nothing is left to pay."), "nothing-due")
    if step is PaymentEvent.REFUND_PART:
        there = by_code(most)
        if any(there.get(one.currency, 0) != one.amount for one in said.of):
            raise Conflict(
                _("Some of it was given back meanwhile. Look at what is left, and say it again."),
                "refund-changed",
            )
        check_part(said.amounts, most)
        return Said(said.amounts, method=method)
    if said.amounts and by_code(said.amounts) != by_code(most):
        sums = ", ".join(f"{money.told} {money.currency}" for money in most)
        raise _bad("amounts", _("The sum is %(sums)s.", sums=sums))
    return Said(most, method=method)


def methods(agreement: AgreementView, step: Step) -> tuple[Method, ...]:
    """How something can be paid, or go back: setting off takes another coop, which is owed then,
    and gives nothing back."""
    pays = isinstance(step, PaymentEvent) and step not in _REFUNDS
    can_be_set_off = pays and agreement.peer is not None
    return tuple(one for one in Method if one is not Method.NETTING or can_be_set_off)


def check_method(agreement: AgreementView, step: Step, said: Said) -> None:
    """Raises InvalidInput (`method`) for what we cannot pay by setting off."""
    if said.method == Method.NETTING and Method.NETTING not in methods(agreement, step):
        complaint = _("Only what another coop is paid can be set off. Choose how it was paid.")
        raise _bad("method", complaint)


def check_set_off(marked: str | None) -> None:
    """A debt between coops needs the word of who will owe it. Raises Conflict."""
    if marked != Method.NETTING:
        raise Conflict(
            _("The customer has to mark it as paid by setting off first: their coop will owe it."),
            "netting-not-marked",
        )


def deposit(step: DepositEvent, said: Said, left: Money | None) -> Said:
    """What becomes of a deposit, with its sums: all of it goes back, or the part said is kept.

    Raises InvalidInput (`amounts`, `method`, `reason`), Conflict when none was left.
    """
    if left is None:
        raise Conflict(_("No deposit was left."), "no-deposit")
    method = _method(said.method)
    if method == Method.NETTING:
        raise _bad("method", _("A deposit goes back as it came: it cannot be set off."))
    if step is not DepositEvent.KEEP_DEPOSIT:
        return Said((left,), method=method)
    if not said.reason:
        raise _bad("reason", _("Say why you keep it."))
    kept = by_code(said.amounts).get(left.currency, 0)
    if len(said.amounts) != 1 or not 0 < kept <= left.amount:
        raise _bad("amounts", _("What you keep is above 0, and no more than the deposit."))
    return Said(said.amounts, method=method, reason=said.reason)


def check_part(amounts: Sums, whole: Sums) -> None:
    """Raises InvalidInput unless it is a part of a sum: above nothing, and not all of it."""
    most = by_code(whole)
    if not amounts or any(not 0 < one.amount <= most.get(one.currency, 0) for one in amounts):
        raise _bad("amounts", _("A part is above 0, and no more than there is."))
    if len(by_code(amounts)) != len(amounts) or by_code(amounts) == most:
        raise _bad("amounts", _("That is not a part, but all of it, or a currency twice."))


def same(amounts: Sums, offered: Sums) -> None:
    """Raises Conflict unless what is taken is what was offered."""
    if not offered:
        raise Conflict(_("Nothing is offered back."), "no-offer")
    if amounts and by_code(amounts) != by_code(offered):
        raise Conflict(_("Another sum was offered."), "offer-changed")


def _method(method: str | None) -> str:
    if method is not None and method not in set(Method):
        possible = ", ".join(METHOD_WORDS)
        raise _bad("method", _("Choose one of: %(possible)s.", possible=possible))
    return method or Method.BANK.value


def less(amounts: Sums, taken: Sums) -> Sums:
    """Sums without what was taken of them; what is used up is left out."""
    gone = by_code(taken)
    left = (
        Money(one.amount - gone.get(one.currency, 0), one.currency, one.scale) for one in amounts
    )
    return tuple(one for one in left if one.amount > 0)


def by_code(amounts: Sums) -> dict[str, int]:
    """Sums by currency, in the smallest unit."""
    return {money.currency: money.amount for money in amounts}


def _bad(name: str, complaint: Text) -> InvalidInput:
    return InvalidInput({name: [complaint]})
