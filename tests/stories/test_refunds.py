"""Whatever is paid, given back, cancelled and disputed, in whatever order: the books of both coops
balance, say the same, and say what the agreement says.

`Said` is a model of its own: it knows what people did, and nothing of how nodes reckon.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from federation.key_files import Generation
from node import accounts, agreements, listings, policies
from node.agreements import OPERATOR, AgreementView, By, Role, Wanted, WantedLine
from node.agreements import Said as Words
from node.errors import NodeError
from node.listings import (
    Cancelling,
    Conditions,
    GuestTax,
    Kind,
    ListingDraft,
    Visibility,
    extra_price,
)
from node.money import Money
from node.policies import FeeRule, Payer
from tests.faults.trade import prepare
from tests.support import books, simulation
from tests.support.clock import START
from tests.support.simulation import SEVEN, SimulatedCoop, World

PRICE, DEPOSIT, HALF_A_FEE, LATE = 3700, 5000, 185, 2220
"""Pence: what it costs, what is left with it, what the coop takes of each side, what a customer
owes for cancelling late or not coming. Of what is let, the price has its cleaning in it."""
CLEANING, TAX = 700, 500
"""Pence: what is part of the price of every stay, and the tax of a person for a night on top."""
FEE = FeeRule("Fee", Payer.SPLIT, "GBP", Decimal(10), destinations=(("coop", 1), ("project", 1)))
HAPPENS = (
    *("mark_paid", "receive", "refund_part", "refund", "return_deposit"),
    *("cancel", "report_no_show", *["deliver", "confirm"] * 4),
    *("dispute", "offer_partial", *["agree_partial"] * 3, "uphold", "refund_all"),
)
SOAK = pytest.mark.soak
POSTED = """
    SELECT a.code, p.amount FROM ledger_posting p
    JOIN ledger_entry e ON e.seq = p.entry_seq JOIN ledger_account a ON a.id = p.account_id
    WHERE e.source LIKE :source"""


@dataclass
class Said:
    """What was said of one agreement, in pence. holds: what the customer owes for it: nothing yet,
    the price, or the fee for cancelling. granted: what a dispute gave back."""

    whole: int
    late: int
    holds: str = "nothing"
    is_delivered: bool = False
    paid: int = 0
    back: int = 0
    early: int = 0
    offered: int = 0
    granted: int = 0
    held: int = 0

    @property
    def sum(self) -> int:
        return {"nothing": 0, "price": self.whole, "fee": self.late}[self.holds]

    @property
    def off(self) -> int:
        """What is taken off: what was granted, and what cannot be paid any more."""
        if self.holds == "nothing":
            return self.back - self.early if self.is_delivered else 0
        gone = self.sum - (self.paid - self.back) if self.paid else 0
        return max(self.granted, gone)

    @property
    def owed(self) -> int:
        """By the customer; below zero to the customer."""
        return self.sum - self.off - self.paid + self.back

    def fee(self, whole: int) -> int:
        """What the coop has of half a fee. whole: what a share of it is taken of."""
        if self.holds == "fee":
            return 0
        early = self.early if self.is_delivered and self.holds == "nothing" else 0
        off, had = (round(Fraction(HALF_A_FEE * one, whole)) for one in (self.off + early, early))
        return (HALF_A_FEE if self.holds == "price" else 0) - off + had

    def hear(self, step: str, role: Role, amount: int, deposit: int) -> None:
        match step:
            case "receive":
                self.paid = (self.late if self.holds == "fee" else self.whole) - self.granted
                self.held = 0 if self.holds == "fee" else deposit
            case "refund_part":
                self.back += amount
            case "refund":
                self.back = self.paid
            case "return_deposit":
                self.held = 0
            case "cancel" if role is Role.CUSTOMER:
                self.holds = "fee"
            case "report_no_show" if role is Role.PROVIDER:
                self.holds = "fee"
            case "deliver":
                self.is_delivered, self.early = True, self.back
            case "confirm":
                self.holds = "price"
            case "offer_partial":
                already = self.back if self.holds == "nothing" else self.off
                self.offered = already + amount
            case "uphold" | "agree_partial" if self.holds == "nothing":
                self.holds = "price"
            case "refund_all" if self.holds == "nothing" and self.is_delivered:
                self.holds = "price"
        if step == "agree_partial":
            self.granted = self.offered
        if step == "refund_all":
            self.granted = self.sum


@dataclass
class Street:
    """Lanehead sells in its own name; in Portici each member does."""

    world: World
    runner: asyncio.Runner

    @property
    def lanehead(self) -> SimulatedCoop:
        return self.world.coops[0]

    @property
    def portici(self) -> SimulatedCoop:
        return self.world.coops[1]

    def run(self, work: Awaitable[Any]) -> Any:
        async def do() -> Any:
            return await work

        return self.runner.run(do())

    async def begin(self) -> None:
        for coop, seller in ((self.lanehead, "coop"), (self.portici, "member")):
            for key, value in (
                (policies.FEE_RULES, (FEE,)),
                (policies.AGREEMENTS_SELLER, seller),
            ):
                await coop.write(policies.adopt, key, value, version="v1", decided_by="m")

    async def listed(self, coop: SimulatedCoop, kind: Kind, deposit: int, by: str | None) -> str:
        lets = kind is Kind.STAY
        cleaning = extra_price("Cleaning", Decimal(CLEANING) / 100, None, "GBP", always=True)
        tax = GuestTax("City tax", Decimal(TAX) / 100)
        view = await coop.write(
            listings.create,
            ListingDraft(
                "Home clean",
                kind=kind,
                visibility=Visibility.PUBLIC,
                price_amount=Decimal(PRICE - CLEANING if lets else PRICE) / 100,
                more_prices=(cleaning,) if lets else (),
                currency="GBP",
                unit="one",
                conditions=Conditions(
                    deposit=Decimal(deposit) / 100 if deposit else None,
                    cancelling=Cancelling(48, 0, LATE * 100 // PRICE),
                    guest_tax=tax if lets else None,
                ),
            ),
            by=by,
            publish=True,
        )
        await self.world.settle()
        uri: str = view.uri
        return uri


@dataclass
class Deal:
    """One agreement. here, there: where the provider and the customer have it."""

    street: Street
    sides: dict[Role, tuple[SimulatedCoop, By]]
    ids: dict[Role, str]
    said: Said
    deposit: int

    @property
    def is_at_home(self) -> bool:
        return self.sides[Role.PROVIDER][0] is self.sides[Role.CUSTOMER][0]

    async def do(self, step: str, role: Role, words: Words) -> None:
        coop, by = self.sides[role]
        self.street.world.advance(timedelta(minutes=1))
        await coop.write(agreements.do, self.ids[role], step, by, words)
        await self.street.world.settle()

    async def possible(self) -> list[tuple[str, Role]]:
        """What people can do now, each of them."""
        found = []
        for role, (coop, by) in self.sides.items():
            seen = await coop.read(agreements.agreement, self.ids[role], by)
            found += [(step, role) for step in HAPPENS if step in seen.buttons]
        return found

    async def seen(self, role: Role) -> AgreementView:
        coop, _by = self.sides[role]
        found = await coop.read(agreements.agreements, self.sides[role][1])
        return next(one for one in found if one.id == self.ids[role])

    async def posted(self, role: Role, *kinds: str) -> int:
        """What a side's node has booked of it on such accounts."""
        coop, _by = self.sides[role]
        async with coop.node.reading() as reader:
            source = {"source": f"agreement:{self.ids[role]}:%"}
            rows = await reader.rows(text(POSTED), source)
        return sum(row.amount for row in rows if row.code.startswith(kinds))


async def agreed(street: Street, kind: str, deposit: int) -> Deal:
    """sold: Lanehead to a member of Portici. bought: Portici itself, of a member of Lanehead. home:
    Lanehead to a member of its own. between: two members of Portici."""
    lanehead, portici = street.lanehead, street.portici
    street.world.advance(timedelta(days=1))
    seller, buyer = (portici if kind == "between" else lanehead), portici
    if kind == "home":
        buyer = lanehead
    member = await (lanehead if kind in ("bought", "home") else portici).read(
        accounts.by_handle, "member"
    )
    admin = await seller.read(accounts.by_handle, "admin")
    by_member = agreements.of_account(member)
    start = street.world.clock.now() + timedelta(seconds=90)
    times = {"start": start, "end": start + timedelta(hours=2)}
    taxed = None if kind == "bought" else 1
    if kind == "bought":
        uri = await street.listed(buyer, Kind.REQUEST, 0, None)
        sides = {Role.PROVIDER: (seller, by_member), Role.CUSTOMER: (buyer, OPERATOR)}
        asker = Role.PROVIDER
    else:
        offering = admin.id if kind == "between" else None
        uri = await street.listed(seller, Kind.STAY, deposit, offering)
        by = agreements.of_account(admin) if kind == "between" else OPERATOR
        sides = {Role.PROVIDER: (seller, by), Role.CUSTOMER: (buyer, by_member)}
        asker = Role.CUSTOMER
    coop, _by = sides[asker]
    wanted = Wanted((WantedLine(uri),), **times, taxed_guests=taxed)
    asked = await coop.write(agreements.ask, wanted, account=member)
    await street.world.settle()
    ids = dict.fromkeys(Role, asked.agreement.id)
    other, by = sides[asker.other]
    if other is not coop:
        ids[asker.other] = (await other.read(agreements.agreements, by))[0].id
    if kind == "bought":  # what is needed says nothing of cancelling, and of no deposit
        said, deposit = Said(PRICE, 0), 0
    else:
        said = Said(PRICE + TAX + (HALF_A_FEE if seller is buyer else 0), LATE)
    deal = Deal(street, sides, ids, said, deposit)
    await deal.do("accept", asker.other, Words())
    return deal


class Refunds(RuleBasedStateMachine):
    """People of two coops do what comes to their mind about one agreement."""

    def __init__(self, street: Street) -> None:
        super().__init__()
        self.street = street
        self.deal: Deal

    @initialize(
        kind=st.sampled_from(["sold", "bought", "home", "between"]),
        deposit=st.sampled_from([0, DEPOSIT]),
        is_paid=st.booleans(),
    )
    def agree(self, kind: str, deposit: int, is_paid: bool) -> None:
        self.kind = kind
        self.deal = self.street.run(agreed(self.street, kind, deposit))
        if is_paid:
            self.happens("receive", Role.PROVIDER, 50)

    @rule(which=st.integers(0, 999), share=st.integers(1, 100))
    def something_happens(self, which: int, share: int) -> None:
        possible = self.street.run(self.deal.possible())
        if possible:
            self.happens(*possible[which % len(possible)], share)

    def happens(self, step: str, role: Role, share: int) -> None:
        """One step, if it is possible now. share: percent of what there is."""
        said = self.deal.said
        amount = 0
        if step == "refund_part":
            amount = (said.paid - said.back) * share // 100
        if step == "offer_partial":
            amount = (said.sum or said.whole) * share // 100
        words = Words(
            amounts=(Money(amount, "GBP", 2),) if amount else (),
            reason="quality" if step == "dispute" else None,
        )
        try:
            self.street.run(self.deal.do(step, role, words))
        except NodeError:
            return
        said.hear(step, role, amount, self.deal.deposit)

    @invariant()
    def both_say_the_same(self) -> None:
        one, other = (self.street.run(self.deal.seen(role)) for role in Role)
        assert (one.state, one.payment, one.deposit) == (other.state, other.payment, other.deposit)

    @invariant()
    def what_is_owed_is_what_the_agreement_says(self) -> None:
        said, kind = self.deal.said, self.kind
        at_home = self.deal.is_at_home
        seller, buyer = (
            self.street.run(self.deal.posted(role, "assets:receivable:", "liabilities:payable:"))
            for role in Role
        )
        if kind == "between":
            assert seller == 2 * said.fee(said.whole)
            return
        # Of a customer at home the fee is a part of what is owed.
        assert seller == said.owed, said
        if not at_home:
            assert buyer == (said.fee(said.whole) if kind == "sold" else -said.owed), said
        left = self.street.run(self.deal.posted(Role.PROVIDER, "liabilities:deposits:"))
        assert -left == said.held


@pytest.fixture
def street(
    tmp_path: Path, migrated_file: Path, town_keys: dict[str, Generation]
) -> Iterator[Street]:
    with asyncio.Runner() as runner:
        runner.run(prepare(tmp_path, migrated_file, town_keys, SEVEN[:2]))
        street = Street(runner.run(simulation.opened(tmp_path, 7, START, SEVEN[:2])), runner)
        runner.run(street.begin())
        runner.run(street.world.settle())
        yield street
        runner.run(street.world.close())


@pytest.mark.parametrize("number", [0, *(pytest.param(n, marks=SOAK) for n in range(1, 13))])
def test_books_say_what_agreements_say_whatever_is_paid_and_given_back(
    street: Street, number: int
) -> None:
    tried = settings(
        max_examples=50 if number else 12, stateful_step_count=12, phases=[Phase.generate]
    )
    run_state_machine_as_test(seed(number)(lambda: Refunds(street)), settings=tried)
    for coop in street.world.coops:
        assert street.run(books.faults(coop.node.database)) == []
