"""What coops owe each other by API: claim, sign, compare, pay."""

from node import clearing
from node.clearing import (
    ContestReason,
    ObligationView,
    Reason,
    SettlementView,
    State,
    StatementView,
)
from node.ledger import Method
from node.money import Money
from ui.web.api import clearing_types as types
from ui.web.api.book_types import LedgerSum
from ui.web.api.endpoints import Call, EndpointTable

table = EndpointTable()

READ, WRITE = "ledger:read", "ledger:write"
PORTICI = "https://portici.example/coop"


@table.add(
    "GET",
    "/obligations",
    "What we owe and are owed, the newest first",
    scope=READ,
    query=types.ObligationSearch,
    answer=types.ObligationList,
)
async def obligations(call: Call) -> types.ObligationList:
    asked: types.ObligationSearch = call.query
    async with call.node.reading() as reader:
        found, cursor = await clearing.obligations(
            reader,
            partner=asked.coop,
            states=[State(asked.state)] if asked.state else (),
            cursor=asked.cursor,
            limit=asked.limit,
        )
    return types.ObligationList([obligation_of(one) for one in found], cursor)


@table.add(
    "POST",
    "/obligations",
    "Say that a coop owes us; it counts once the coop has signed it",
    scope=WRITE,
    body=types.ObligationNew,
    answer=types.Obligation,
    status=201,
    example={
        "coop": PORTICI,
        "amount": "75.00",
        "currency": "EUR",
        "due_on": "2027-02-28",
        "reason": "levy",
    },
)
async def claim(call: Call) -> types.Obligation:
    given: types.ObligationNew = call.body
    made = await call.node.write(
        lambda uow: clearing.claim(
            uow,
            given.coop,
            Money.parse(given.amount, given.currency),
            given.due_on,
            Reason(given.reason),
            basis=given.basis,
            key=given.key,
            by=call.account.id,
        )
    )
    return obligation_of(made)


@table.add(
    "GET",
    "/obligations/{id}",
    "One obligation",
    scope=READ,
    answer=types.Obligation,
)
async def one_obligation(call: Call) -> types.Obligation:
    async with call.node.reading() as reader:
        return obligation_of(await clearing.obligation(reader, call.path["id"]))


@table.add(
    "POST",
    "/obligations/{id}/answer",
    "Sign that we owe it, or contest it",
    scope=WRITE,
    body=types.ObligationAnswer,
    answer=types.Obligation,
    example={"sign": True},
)
async def answer(call: Call) -> types.Obligation:
    given: types.ObligationAnswer = call.body
    number, by = call.path["id"], call.account.id
    if given.sign:
        done = await call.node.write(lambda uow: clearing.acknowledge(uow, number, by=by))
    else:
        reason = ContestReason(given.because)
        done = await call.node.write(lambda uow: clearing.contest(uow, number, reason, by=by))
    return obligation_of(done)


@table.add(
    "GET",
    "/trust-lines",
    "How far each coop and ours may go on owing, and whether statements agree",
    scope=READ,
    answer=types.TrustLineList,
)
async def trust_lines(call: Call) -> types.TrustLineList:
    async with call.node.reading() as reader:
        views = await clearing.partners(reader)
    return types.TrustLineList(
        [
            types.TrustLine(
                coop=view.partner,
                limit=sum_of(view.owed.limit),
                owed=sum_of(view.owed.used),
                owing=sum_of(view.owing.used),
                held_since=view.held_since,
                statement=view.statement.state if view.statement else None,  # type: ignore[arg-type]
            )
            for view in views
        ]
    )


@table.add(
    "POST",
    "/trust-lines",
    "Set a coop's trust line, with where that was decided",
    scope=WRITE,
    body=types.TrustLineNew,
    status=204,
    example={
        "coop": PORTICI,
        "currency": "EUR",
        "limit": "1500.00",
        "decided_by": "Minutes of 3 January 2027",
    },
)
async def decide_line(call: Call) -> None:
    given: types.TrustLineNew = call.body
    limit = None if given.limit is None else Money.parse(given.limit, given.currency)
    await call.node.write(
        lambda uow: clearing.decide_line(
            uow,
            given.coop,
            given.currency,
            limit,
            decided_by=given.decided_by,
            by=call.account.id,
        )
    )


@table.add(
    "POST",
    "/statements",
    "Compare with a coop what both have signed and not settled",
    scope=WRITE,
    body=types.StatementNew,
    answer=types.StatementResult,
    status=201,
    example={"coop": PORTICI, "currency": "EUR"},
)
async def compare(call: Call) -> types.StatementResult:
    given: types.StatementNew = call.body
    made = await call.node.write(
        lambda uow: clearing.send_statement(uow, given.coop, given.currency, by=call.account.id)
    )
    return _statement(made)


@table.add(
    "GET",
    "/reconciliation",
    "Claims that only one side signed, and statements that differ",
    scope=READ,
    answer=types.ReconciliationResult,
)
async def reconciliation(call: Call) -> types.ReconciliationResult:
    async with call.node.reading() as reader:
        found = await clearing.reconciliation(reader)
    return types.ReconciliationResult(
        [obligation_of(one) for one in found.one_sided],
        [_statement(one) for one in found.differing],
    )


@table.add(
    "GET",
    "/settlements",
    "Payments between coops, the newest first",
    scope=READ,
    answer=types.SettlementList,
)
async def settlements(call: Call) -> types.SettlementList:
    async with call.node.reading() as reader:
        return types.SettlementList([_settlement(one) for one in await clearing.payments(reader)])


@table.add(
    "POST",
    "/settlements",
    "Say that we paid what is left of obligations to one coop",
    scope=WRITE,
    body=types.SettlementNew,
    answer=types.SettlementResult,
    status=201,
    example={
        "obligations": ["01jh8c7d9wq3n5xk2v4m6p8r0t"],
        "method": "bank",
        "paid_on": "2027-01-20",
        "reference": "2027-01 levy",
    },
)
async def pay(call: Call) -> types.SettlementResult:
    given: types.SettlementNew = call.body
    made = await call.node.write(
        lambda uow: clearing.mark_paid(
            uow,
            given.obligations,
            Method(given.method),
            paid_on=given.paid_on,
            reference=given.reference,
            by=call.account.id,
        )
    )
    return _settlement(made)


@table.add(
    "POST",
    "/settlements/{id}/answer",
    "Say whether a coop's payment came",
    scope=WRITE,
    body=types.SettlementAnswer,
    answer=types.SettlementResult,
    example={"came": True},
)
async def payment_came(call: Call) -> types.SettlementResult:
    given: types.SettlementAnswer = call.body
    command = clearing.receive if given.came else clearing.miss
    done = await call.node.write(lambda uow: command(uow, call.path["id"], by=call.account.id))
    return _settlement(done)


def obligation_of(view: ObligationView) -> types.Obligation:
    """An obligation as the API shows it."""
    return types.Obligation(
        id=view.id,
        uri=view.uri,
        debtor=view.debtor,
        creditor=view.creditor,
        amount=sum_of(view.money),
        remaining=sum_of(view.remaining),
        due_on=view.due_on,
        reason=view.reason.value,
        basis=view.basis,
        state=view.state.value,
        contested_because=view.contested_because,
        digest=view.digest,
    )


def _statement(view: StatementView) -> types.StatementResult:
    return types.StatementResult(
        id=view.id,
        coop=view.partner,
        currency=view.currency,
        period=view.period,
        state=view.state,  # type: ignore[arg-type]
        differences=[types.Difference(**one) for one in view.differences],
    )


def _settlement(view: SettlementView) -> types.SettlementResult:
    return types.SettlementResult(
        id=view.id,
        coop=view.partner,
        we_paid=view.we_paid,
        amount=sum_of(view.money),
        method=view.method,
        reference=view.reference,
        paid_on=view.paid_on,
        state=view.state,  # type: ignore[arg-type]
    )


def sum_of(money: Money) -> LedgerSum:
    """A sum of money as the API shows it."""
    return LedgerSum(money.text, money.currency)
