"""What an agreement comes to in money, out of what was said of it. Pure.

Hours are booked, and not paid. Once a payment was received, none is received again: so what goes
back of a price that holds is taken off it, whoever had asked for that.
"""

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from node.agreements.life import Event
from node.agreements.paying import Deposit, PaymentEvent
from node.agreements.reading import read_money
from node.agreements.rules import Sums, by_code
from node.agreements.sides import Role
from node.agreements.terms import cancel_fee, summed
from node.agreements.views import AgreementView, StepView, VersionView
from node.money import HOUR


class Reckoning(Struct, frozen=True):
    """How it stands. holds: what the customer owes, whatever of it is paid: the price once it was
    delivered, or decided; the fee for cancelling or not coming. off: what is taken off that. early:
    of it, what had gone back before anything was owed. paid: without the deposit. back: what went
    back of it. remaining: what could still be taken off. stands: the price holds. is_fee: the fee
    does, or nothing, and nothing is delivered any more."""

    holds: Sums
    off: Sums
    early: Sums
    paid: Sums
    back: Sums
    remaining: Sums
    stands: bool
    is_fee: bool


class _Sum(Struct):
    """One currency, in its smallest unit. fee: for cancelling; missed: for not coming. offered:
    what would be off by the part offered back last; offers: and by each part that was offered."""

    whole: int
    fee: int
    missed: int
    deposit: int
    stands: bool = False
    is_fee: bool = False
    is_delivered: bool = False
    holds: int = 0
    off: int = 0
    early: int = 0
    paid: int = 0
    back: int = 0
    offered: int = 0
    offers: dict[int, int] = field(default_factory=dict)

    @property
    def remaining(self) -> int:
        return self.holds - self.off if self.stands or self.is_fee else self.whole - self.back

    def hear(self, step: StepView, amount: int) -> None:
        match step.event:
            case PaymentEvent.RECEIVE:
                self.paid = amount - self.deposit
            case PaymentEvent.REFUND | PaymentEvent.REFUND_PART:
                self._goes_back(amount)
            case Event.CANCEL if not self.is_delivered:
                self._cancelled(step.role)
            case Event.REPORT_NO_SHOW if not self.is_fee:
                self._ends(self.missed if step.role is Role.PROVIDER else 0)
                self.is_fee = step.role is Role.PROVIDER
            case Event.DELIVER_PART:
                self._delivered()
            case Event.DELIVER:
                self._delivered()
                self._stands()
            case Event.OFFER_PARTIAL:
                self.offered = (self.off if self.stands or self.is_fee else self.back) + amount
                self.offers[amount] = self.offered
            case Event.UPHOLD | Event.AGREE_PARTIAL:
                self._stands()
                if step.event == Event.AGREE_PARTIAL:
                    taken = self.offers if step.detail.get("amounts") else {}
                    self.off = min(self.holds, max(self.off, taken.get(amount, self.offered)))
            case Event.REFUND_ALL:
                self.off = self.holds

    def _goes_back(self, amount: int) -> None:
        """What the customer has with the provider beyond what holds goes back first."""
        beyond = max(0, self.paid - self.back - (self.holds - self.off))
        self.back += amount
        self.off = min(self.holds, self.off + max(0, amount - beyond))

    def _cancelled(self, role: Role | None) -> None:
        """Where both sides cancelled, nothing is owed; where the customer did before they heard
        that they did not come, what that costs."""
        if self.is_fee:
            owed = 0 if role is Role.PROVIDER else self.fee
            self.off = max(self.off, self.holds - owed)
            return
        self._ends(self.fee)

    def _delivered(self) -> None:
        """Any of it, though the customer had cancelled: no fee, but the price is to talk about."""
        self.is_delivered = True
        if self.is_fee:
            self.is_fee, self.holds, self.off = False, 0, 0

    def _ends(self, fee: int) -> None:
        self.stands, self.is_fee, self.holds = False, True, fee
        if self.paid:
            self.off = max(0, fee - (self.paid - self.back))

    def _stands(self) -> None:
        """The price holds from now on."""
        if self.stands or self.is_fee:
            return
        self.stands, self.holds = True, self.whole
        self.off = self.early = self.back


def amounts_of(step: StepView) -> Sums:
    """The sums that were said with a step."""
    return tuple(read_money(one) for one in step.detail.get("amounts", ()))


def received(steps: Sequence[StepView]) -> Sums:
    """All that came, the deposit too, whatever of it went back since."""
    came = [step.detail["amounts"] for step in steps if step.event == PaymentEvent.RECEIVE]
    return summed(read_money(one) for amounts in came for one in amounts)


def reckon(agreement: AgreementView, version: VersionView, steps: Sequence[StepView]) -> Reckoning:
    """How it stands after these steps, the first ones of its history."""
    terms = version.terms
    ended_at = agreement.ended_at or agreement.updated_at
    fees = by_code(cancel_fee(terms, ended_at) if agreement.outcome == Event.CANCEL else ())
    missed = by_code(cancel_fee(terms, ended_at, missed=True))
    is_left = agreement.deposit is not Deposit.NONE  # none is, where a change asked for it later
    deposit = by_code((terms.deposit,) if terms.deposit and is_left else ())
    whole = [money for money in terms.total if money.currency != HOUR]
    sums = {
        one.currency: _Sum(
            one.amount,
            fee=fees.get(one.currency, 0),
            missed=missed.get(one.currency, 0),
            deposit=deposit.get(one.currency, 0),
        )
        for one in whole
    }
    nothing = sums[""] = _Sum(0, 0, 0, 0)  # where all is in hours, it comes to this
    for step in steps:
        said = by_code(amounts_of(step))
        for code, each in sums.items():
            each.hear(step, said.get(code, 0))

    def of(name: str) -> Sums:
        return summed(replace(one, amount=getattr(sums[one.currency], name)) for one in whole)

    return Reckoning(
        holds=of("holds"),
        off=of("off"),
        early=of("early"),
        paid=of("paid"),
        back=of("back"),
        remaining=of("remaining"),
        stands=nothing.stands,
        is_fee=nothing.is_fee,
    )
