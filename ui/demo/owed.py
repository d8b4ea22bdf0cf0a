"""What the coops of the demo owe each other: a ring, signed by both, and a clearing run to try."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from federation.storage import UnitOfWork
from node import audit, clearing, policies
from node.clearing import Reason, State
from node.money import Money
from node.runtime import Node

CURRENCY = "GBP"
ROUND = (18_000, 26_000, 21_000, 9_000, 12_000)
"""What each coop owes the next, in pence; the smallest of them goes round."""

Settle = Callable[[], Awaitable[None]]


async def owe_each_other(nodes: Sequence[Node], settle: Settle) -> None:
    """Each coop owes the next; the first is asked before it consents to the run."""
    if len(nodes) < 2:
        return
    async with nodes[0].reading() as reader:
        if (await clearing.obligations(reader))[0]:
            return  # a kept demo
    for number, creditor in enumerate(nodes):
        debtor = nodes[number - 1].federation.identities.coop.uri
        await _claim(creditor, debtor, ROUND[number % len(ROUND)])
    await settle()
    for node in nodes:
        await _sign(node)
    await settle()
    await nodes[0].write(_ask_first)
    await nodes[1].write(lambda uow: clearing.call(uow, CURRENCY, by=audit.OPERATOR))
    await settle()


async def _claim(creditor: Node, debtor: str, pence: int) -> None:
    due_on = creditor.clock.now().date() + timedelta(days=14)
    money = Money(pence, CURRENCY, 2)
    await creditor.write(
        lambda uow: clearing.claim(uow, debtor, money, due_on, Reason.GROUP_BUY, by=audit.OPERATOR)
    )


async def _sign(node: Node) -> None:
    async with node.reading() as reader:
        claimed, _more = await clearing.obligations(reader, states=[State.ACCRUED])
    for number in [one.id for one in claimed if one.we_owe]:

        async def sign(uow: UnitOfWork, number: str = number) -> None:
            await clearing.acknowledge(uow, number, by=audit.OPERATOR)

        await node.write(sign)


async def _ask_first(uow: UnitOfWork) -> None:
    await policies.adopt(
        uow, policies.CLEARING_CONSENT, "by-hand", version="demo", decided_by="minutes"
    )
