"""What the coop's books say of an agreement.

Where the coop sells (`agreements.seller`), the buyer owes it the price once both confirmed; where
each member sells, only the coop's fee is booked. What the coop itself buys it owes. A payment that
is set off between coops goes through the books of both: the customer's coop then stands between
its member and the provider's coop.
"""

from collections.abc import Callable, Iterable, Mapping

from federation.storage import UnitOfWork
from node import ledger, members
from node.agreements import fees as fee_lines
from node.agreements.fees import FeeLine
from node.agreements.paying import Deposit, Method
from node.agreements.reckoning import Reckoning
from node.agreements.rules import by_code, less
from node.agreements.sides import Role
from node.agreements.terms import Terms, summed
from node.agreements.views import AgreementView, VersionView
from node.ledger import Recipe, recipes
from node.money import HOUR, Money

_MONEY_METHODS = {
    Method.BANK: ledger.Method.BANK,
    Method.CASH: ledger.Method.CASH,
    Method.MOBILE: ledger.Method.MOBILE,
    Method.PROCESSOR: ledger.Method.BANK,
}

_TAKEN = (recipes.PLATFORM_FEE, recipes.COMMUNITY_SHARE)
_RETURNED = (recipes.PLATFORM_FEE_RETURNED, recipes.COMMUNITY_SHARE_RETURNED)

_ENDS = ("cancelled", "cancelled-since")
"""What cancelling or not coming costs; and what it does in place of another end that it crossed."""
_ENTRIES = ("confirmed", *_ENDS, "paid", "between")
# Entries whose party is whoever stands on a side, where that is ours; fees name who pays them.
_NAMING: Mapping[Role, Iterable[Recipe]] = {
    Role.CUSTOMER: (
        recipes.AGREEMENT_SOLD,
        *recipes.AGREEMENT_RECEIVED.values(),
        recipes.LATE_CANCEL_FEE,
        recipes.NO_SHOW_FEE,
        recipes.TIME_SPENT,
        recipes.PLATFORM_FEE,
    ),
    Role.PROVIDER: (recipes.AGREEMENT_BOUGHT, recipes.TIME_EARNED, recipes.PLATFORM_FEE),
}


class Books:
    """Books one agreement in one unit of work."""

    def __init__(self, uow: UnitOfWork, agreement: AgreementView, version: VersionView) -> None:
        self._uow = uow
        self._agreement = agreement
        self._version = version
        self._parties: dict[Role, str] = {}

    @property
    def _terms(self) -> Terms:
        return self._version.terms

    @property
    def _sells(self) -> bool:
        """Whether it is a sale of the coop itself."""
        one = self._agreement
        return Role.PROVIDER in one.ours and (one.seller == "coop" or not one.provider_account)

    @property
    def _buys(self) -> bool:
        """Whether it is the coop itself that buys."""
        one = self._agreement
        ours = Role.CUSTOMER in one.ours
        return ours and one.peer is not None and not one.customer_account and not one.guest

    async def confirmed(self, early: tuple[Money, ...]) -> None:
        """What was agreed is owed: both say that it was delivered, or let it stand. early: what had
        gone back before."""
        await self._owed(self._terms)
        await self._hours(self._terms.price, "confirmed")
        for position, line in enumerate(self._version.fees):
            await self._fee(line, f"fee-{position}", *_TAKEN, lambda money: money)
        off = await self._share_back((), early, "confirmed")
        if self._sells:
            party = await self._party(Role.CUSTOMER)
            await self._post(recipes.REFUND_EARLY, "confirmed", "refund", off, party)
        if self._buys:
            early_claimed = recipes.REFUND_EARLY_CLAIMED
            await self._post(early_claimed, "confirmed", "refund", off, self._terms.provider)

    async def late(self, owed: tuple[Money, ...], *, missed: bool, again: bool = False) -> None:
        """The customer owes for cancelling late, or for not coming. again: in place of what
        another end cost."""
        first, in_place = _ENDS
        name = in_place if again else first
        sold = recipes.NO_SHOW_FEE if missed else recipes.LATE_CANCEL_FEE
        bought = recipes.NO_SHOW_OWED if missed else recipes.LATE_CANCEL_OWED
        money = [one for one in owed if one.currency != HOUR]
        if self._sells:
            await self._post(sold, name, "fee", money, await self._party(Role.CUSTOMER))
        if self._buys:
            await self._post(bought, name, "fee", money, self._terms.provider)
        await self._hours(owed, name)

    async def paid(self, amounts: tuple[Money, ...], method: Method) -> None:
        """The provider says that the payment came."""
        if method is Method.NETTING:
            await self._set_off(amounts)
            return
        if method not in _MONEY_METHODS:
            return
        kind = _MONEY_METHODS[method]
        amounts = await self._less_deposit(amounts, kind)
        if self._sells:
            party = await self._party(Role.CUSTOMER)
            await self._post(recipes.AGREEMENT_RECEIVED[kind], "paid", "paid", amounts, party)
        if self._buys:
            bought = recipes.AGREEMENT_PAID[kind]
            await self._post(bought, "paid", "paid", amounts, self._terms.provider)

    async def deposit_ended(self, back: Money, kept: Money, method: Method) -> None:
        """A deposit goes back, all but what is kept of it."""
        kind = _MONEY_METHODS.get(method, ledger.Method.BANK)
        if self._sells:
            party = await self._party(Role.CUSTOMER)
            returned = recipes.DEPOSIT_RETURNED
            await self._post(returned, "deposit-back", "deposit", [back], party)
            if kept.amount:
                sums = {"kept": kept, "moved": kept}
                source = self._source("deposit-kept", kept.currency)
                await self._write(recipes.DEPOSIT_KEPT[kind], source, sums, party)
        if self._buys:
            party, came = self._terms.provider, recipes.DEPOSIT_BACK[kind]
            await self._post(came, "deposit-back", "deposit", [back], party)
            await self._post(recipes.DEPOSIT_LOST, "deposit-kept", "kept", [kept], party)

    async def taken_off(self, before: Reckoning, after: Reckoning, number: str) -> None:
        """The customer owes less of what held already; what was paid of it they get back."""
        if after.is_fee:
            off = less(after.off, before.off)
            if self._sells:
                party = await self._party(Role.CUSTOMER)
                await self._post(recipes.FEE_WAIVED, number, "fee", off, party)
            if self._buys:
                await self._post(recipes.FEE_WAIVED_TO_US, number, "fee", off, self._terms.provider)
            return
        had = before.off if before.stands else after.early
        price = await self._share_back(had, after.off, number)
        is_all = by_code(less(after.off, had)) == by_code(after.holds)
        sold = recipes.REFUND_FULL if is_all else recipes.REFUND_PARTIAL
        if self._sells:
            await self._post(sold, number, "refund", price, await self._party(Role.CUSTOMER))
        if self._buys:
            claimed = recipes.REFUND_CLAIMED
            await self._post(claimed, number, "refund", price, self._terms.provider)

    async def given_back(
        self, amounts: tuple[Money, ...], number: str, method: Method, *, is_advance: bool
    ) -> None:
        """A payment goes back, whole or in part. is_advance: nothing was delivered for it."""
        if method not in _MONEY_METHODS:
            return
        kind = _MONEY_METHODS[method]
        if self._sells:
            out = recipes.ADVANCE_RETURNED if is_advance else recipes.AGREEMENT_PAID
            await self._post(out[kind], number, "paid", amounts, await self._party(Role.CUSTOMER))
        if self._buys:
            back = recipes.ADVANCE_BACK if is_advance else recipes.AGREEMENT_RECEIVED
            await self._post(back[kind], number, "paid", amounts, self._terms.provider)

    async def hours_back(self) -> None:
        """Hours that were booked, for what was agreed or as a fee, are booked back."""
        for name in ("confirmed", *_ENDS):
            await self._back(name, HOUR)

    async def cancelled_back(self) -> None:
        """What an end cost is booked back: another goes before it, or it was delivered all the
        same."""
        for currency in sorted({money.currency for money in self._terms.total}):
            for name in _ENDS:
                await self._back(name, currency)

    async def _back(self, name: str, currency: str) -> None:
        booked, _more = await ledger.entries(self._uow, source=self._source(name, currency))
        for entry in booked:
            await ledger.reverse(self._uow, entry.id, by="node")

    async def _owed(self, terms: Terms) -> None:
        included = summed(one.money for one in terms.included)
        net = less(terms.price, included)
        prices = {money.currency: money for money in net if money.currency != HOUR}
        taxes = {money.currency: money for money in summed([*terms.tax, *included])}
        for currency in sorted(prices.keys() | taxes.keys()):
            parts = {"price": prices.get(currency), "tax": taxes.get(currency)}
            amounts = {name: money for name, money in parts.items() if money}
            source = self._source("confirmed", currency)
            if self._sells:
                party = await self._party(Role.CUSTOMER)
                await self._write(recipes.AGREEMENT_SOLD, source, amounts, party)
            if self._buys:
                await self._write(recipes.AGREEMENT_BOUGHT, source, amounts, terms.provider)

    async def _hours(self, sums: Iterable[Money], name: str) -> None:
        hours = [money for money in sums if money.currency == HOUR]
        if Role.PROVIDER in self._agreement.ours:
            party = await self._party(Role.PROVIDER)
            await self._post(recipes.TIME_EARNED, name, "hours", hours, party)
        if Role.CUSTOMER in self._agreement.ours:
            party = await self._party(Role.CUSTOMER)
            await self._post(recipes.TIME_SPENT, name, "hours", hours, party)

    async def _fee(
        self, line: FeeLine, name: str, fee: Recipe, share: Recipe, part: Callable[[Money], Money]
    ) -> None:
        """What the coop keeps and sets aside; itself it pays nothing. part: of each sum, which is
        booked."""
        is_our_own = self._sells if line.payer is Role.PROVIDER else self._buys
        if not is_our_own:
            party = await self._party(line.payer)
            await self._post(fee, name, "fee", [part(line.money)], party)
        for at, one in enumerate(line.destinations):
            if one.name == fee_lines.COOP:
                continue
            project = one.project or fee_lines.COMMUNITY
            await self._post(share, f"{name}-{at}", "share", [part(one.money)], project)

    async def _share_back(
        self, before: tuple[Money, ...], after: tuple[Money, ...], number: str
    ) -> tuple[Money, ...]:
        """Of our fees goes back the share that is taken off the total; of what they are set aside
        for, too. What of that sum is price. before: what was off already."""
        total, had, has = (by_code(sums) for sums in (self._terms.total, before, after))
        more = less(after, before)

        def part(fee: Money) -> Money:
            code = fee.currency
            ends = had.get(code, 0), has.get(code, 0)
            return fee_lines.given_back(fee, total[code], *ends)

        codes = by_code(more)
        for position, line in enumerate(self._version.fees):
            if line.money.currency in codes:
                await self._fee(line, f"{number}-fee-{position}", *_RETURNED, part)
        fees = (part(one.money) for one in self._terms.fees if one.money.currency in codes)
        return less(more, summed(fees))

    async def _set_off(self, amounts: tuple[Money, ...]) -> None:
        one, terms = self._agreement, self._terms
        if one.peer is None:
            return
        if Role.PROVIDER in one.ours:
            if not self._sells:
                await self._between(amounts)
            recipe = recipes.AGREEMENT_RECEIVED_NETTING
            await self._post(recipe, "paid", "paid", amounts, terms.customer)
            return
        if not self._buys:
            await self._between(amounts)
        recipe = recipes.AGREEMENT_PAID_NETTING
        await self._post(recipe, "paid", "paid", amounts, terms.provider)

    async def _between(self, amounts: tuple[Money, ...]) -> None:
        """The coop buys of one and sells to the other: the debt runs through it."""
        seller, buyer = [await self._party(role) for role in (Role.PROVIDER, Role.CUSTOMER)]
        await self._post(recipes.AGREEMENT_BOUGHT, "between", "price", amounts, seller)
        await self._post(recipes.AGREEMENT_SOLD, "between", "price", amounts, buyer)

    async def _less_deposit(
        self, amounts: tuple[Money, ...], kind: ledger.Method
    ) -> tuple[Money, ...]:
        """A deposit lies somewhere and goes back; it is no payment of the price."""
        if self._agreement.deposit is Deposit.NONE or self._terms.deposit is None:
            return amounts
        deposit = self._terms.deposit
        if self._sells:
            party = await self._party(Role.CUSTOMER)
            await self._post(recipes.DEPOSIT_NOTED, "deposit", "deposit", [deposit], party)
        if self._buys:
            left, party = recipes.DEPOSIT_LEFT[kind], self._terms.provider
            await self._post(left, "deposit", "deposit", [deposit], party)
        return less(amounts, (deposit,))

    async def _party(self, role: Role) -> str | None:
        """Who is on a side, as the books call them: a member, a guest, or a coop."""
        one = self._agreement
        if role not in one.ours:
            return one.peer
        account = one.account_of(role)
        if account is None:
            return (role is Role.CUSTOMER and one.guest) or one.coop_of(role)
        if role not in self._parties:
            member = await members.acting_for(self._uow, account)
            now = member.id if member else account
            self._parties[role] = await self._booked_as(role) or now
        return self._parties[role]

    async def _booked_as(self, role: Role) -> str | None:
        """Who a side is in the books already: that stays, whatever the register says by now."""
        fees = [at for at, line in enumerate(self._version.fees) if line.payer is role]
        names = [*_ENTRIES, *(f"fee-{at}" for at in fees)]
        sums = (*self._terms.total, *(line.money for line in self._version.fees))
        codes = {HOUR, *(money.currency for money in sums)}
        sources = [self._source(name, code) for name in names for code in sorted(codes)]
        return await ledger.party_of(self._uow, sources, [one.name for one in _NAMING[role]])

    async def _post(
        self,
        recipe: Recipe,
        name: str,
        amount: str,
        sums: Iterable[Money],
        party: str | None,
    ) -> None:
        for money in sums:
            if money.amount and (recipe.currency or money.currency) == money.currency:
                source = self._source(name, money.currency)
                await self._write(recipe, source, {amount: money}, party)

    async def _write(
        self, recipe: Recipe, source: str, amounts: dict[str, Money], party: str | None
    ) -> ledger.EntryView:
        return await ledger.post(
            self._uow,
            recipe,
            source=source,
            amounts=amounts,
            party=party,
            policy_versions=dict(self._version.policies) | dict(self._terms.policies),
        )

    def _source(self, name: str, currency: str) -> str:
        return f"agreement:{self._agreement.id}:{name}:{currency}"
