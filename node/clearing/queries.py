"""What do we owe and are we owed, with whom do statements differ, and what became of runs?"""

from collections.abc import Collection
from typing import Any

from msgspec import Struct
from sqlalchemy import func, select

from federation.storage import Reader
from node import limits
from node.clearing import lines, rules, runs, store
from node.clearing.circulation import Pair
from node.clearing.evidence import from_text, read_own
from node.clearing.models import (
    line_table,
    obligation_table,
    run_table,
    settlement_table,
    statement_table,
)
from node.clearing.papers import LeftOut
from node.clearing.reading import read_proposed, read_rows
from node.clearing.rules import State
from node.clearing.settlements import MARKED
from node.clearing.views import (
    ObligationView,
    PartnerView,
    RunView,
    SettlementView,
    StatementView,
    run_view,
    settlement_view,
    statement_view,
)
from node.errors import NotFound
from node.i18n import _
from node.money import Money, scale_of

_o, _s, _r, _p = obligation_table.c, statement_table.c, run_table.c, settlement_table.c
LONGEST_LIST = 200


class Picture(Struct, frozen=True):
    """What a proposal sets off between whom: sums by debtor and creditor."""

    currency: str
    before: dict[Pair, Money]
    cleared: dict[Pair, Money]
    left_out: tuple[LeftOut, ...]

    @property
    def after(self) -> dict[Pair, Money]:
        """What is left to be paid."""
        return {
            pair: money - self.cleared[pair] if pair in self.cleared else money
            for pair, money in self.before.items()
        }

    @property
    def total(self) -> Money:
        return self._sum(self.before)

    @property
    def set_off(self) -> Money:
        return self._sum(self.cleared)

    def net(self, coop: str) -> Money:
        """What a coop is owed less what it owes: the same before and after."""
        amount = sum(
            money.amount * ((creditor == coop) - (debtor == coop))
            for (debtor, creditor), money in self.before.items()
        )
        return Money(amount, self.currency, scale_of(self.currency))

    def _sum(self, sums: dict[Pair, Money]) -> Money:
        amount = sum(money.amount for money in sums.values())
        return Money(amount, self.currency, scale_of(self.currency))


class Reconciliation(Struct, frozen=True):
    """What is not in order: claims that only one side signed, and statements that differ."""

    one_sided: list[ObligationView]
    differing: list[StatementView]


async def obligations(
    reader: Reader,
    *,
    partner: str | None = None,
    currency: str | None = None,
    states: Collection[State] = (),
    we_owe: bool | None = None,
    cursor: str | None = None,
    limit: int = LONGEST_LIST,
) -> tuple[list[ObligationView], str | None]:
    """Obligations, the newest first, and where the next page begins."""
    conditions = []
    if partner is not None:
        conditions.append(_o.partner == partner)
    if currency is not None:
        conditions.append(_o.currency == currency)
    if states:
        conditions.append(_o.state.in_([state.value for state in states]))
    if we_owe is not None:
        conditions.append((_o.debtor != _o.partner) == we_owe)
    if cursor is not None:
        conditions.append(_o.id < cursor)
    chosen = select(_o.id).where(*conditions).order_by(_o.id.desc()).limit(limit + 1)
    ids = await reader.scalars(chosen)
    found = await store.where(reader, _o.id.in_(ids[:limit]))
    page = sorted(found, key=lambda each: each.id, reverse=True)
    return page, page[-1].id if len(ids) > limit else None


async def obligation(reader: Reader, obligation_id: str) -> ObligationView:
    """One obligation. Raises NotFound."""
    return await store.by_id(reader, obligation_id)


async def partners(reader: Reader) -> list[PartnerView]:
    """How we stand with each coop in each currency; five queries for all of them."""
    rooms = await lines.headrooms(reader)
    held = {(row.partner, row.currency): row for row in await reader.rows(select(line_table))}
    latest = await _latest_statements(reader)
    views = []
    for partner, currency in sorted({(each[0], each[1]) for each in rooms}):
        line = held.get((partner, currency))
        views.append(
            PartnerView(
                partner=partner,
                currency=currency,
                owed=rooms[partner, currency, False],
                owing=rooms[partner, currency, True],
                held_since=line.held_since if line else None,
                decided_by=line.decided_by if line else None,
                statement=latest.get((partner, currency)),
            )
        )
    return views


async def payments(
    reader: Reader,
    partner: str | None = None,
    currency: str | None = None,
    *,
    only_to_answer: bool = False,
) -> list[SettlementView]:
    """Payments marked, the newest first. only_to_answer: those of which we have yet to say."""
    chosen = select(settlement_table).order_by(_p.id.desc()).limit(LONGEST_LIST)
    if partner is not None:
        chosen = chosen.where(_p.partner == partner)
    if currency is not None:
        chosen = chosen.where(_p.currency == currency)
    if only_to_answer:
        chosen = chosen.where(_p.we_paid.is_(False), _p.state == MARKED)
    return [settlement_view(row) for row in await reader.rows(chosen)]


async def clearing_runs(reader: Reader, limit: int = 50) -> list[RunView]:
    """Runs, the newest first."""
    chosen = select(run_table).order_by(_r.id.desc()).limit(limit)
    return [run_view(row) for row in await reader.rows(chosen)]


async def picture(reader: Reader, run_id: str) -> Picture:
    """Who owes whom in a run and what is set off. Raises NotFound before there is a proposal."""
    row = await runs.row(reader, _r.id == run_id)
    if row.proposal is None:
        raise NotFound(_("Nothing is proposed yet in this run."))
    return _picture(row)


async def reconciliation(reader: Reader) -> Reconciliation:
    """Claims without both signatures, and the latest statements that differ."""
    one_sided = await store.where(
        reader, _o.state.in_([State.ACCRUED.value, State.CONTESTED.value])
    )
    latest = await _latest_statements(reader)
    differing = [each for each in latest.values() if each.state == "differs"]
    return Reconciliation(one_sided, differing)


async def _latest_statements(reader: Reader) -> dict[tuple[str, str], StatementView]:
    newest = select(func.max(_s.id)).group_by(_s.partner, _s.currency)
    rows = await reader.rows(select(statement_table).where(_s.id.in_(newest)))
    return {(row.partner, row.currency): statement_view(row) for row in rows}


def _picture(row: Any) -> Picture:
    proposed = read_proposed(
        read_own(row.proposal).paper.facts, len(row.coops), limits.CLEARING_ROWS_MOST
    )
    most = rules.rows_in_an_offer(len(row.coops))
    offers = [read_own(from_text(text)) for text in proposed.offers]
    stated = {
        one.obligation: one
        for offer in offers
        for one in read_rows(offer.paper.facts, most)[1]
        if one.obligation not in {each.obligation for each in proposed.left_out}
    }
    before: dict[Pair, int] = {}
    cleared: dict[Pair, int] = {}
    for uri, one in stated.items():
        pair = (one.debtor, one.creditor)
        if not set(pair) <= set(row.coops):
            continue
        before[pair] = before.get(pair, 0) + one.remaining
        if uri in proposed.cleared:
            cleared[pair] = cleared.get(pair, 0) + proposed.cleared[uri]
    return Picture(
        row.currency,
        _as_money(before, row.currency),
        _as_money(cleared, row.currency),
        proposed.left_out,
    )


def _as_money(sums: dict[Pair, int], currency: str) -> dict[Pair, Money]:
    scale = scale_of(currency)
    return {pair: Money(amount, currency, scale) for pair, amount in sorted(sums.items())}
