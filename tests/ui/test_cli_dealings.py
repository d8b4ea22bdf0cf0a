"""`rochdale agreements` and `clearing`: what a coop has agreed to, and what is owed."""

import asyncio
from datetime import date
from pathlib import Path

from sqlalchemy import update

from federation.models import RelationState
from federation.storage import UnitOfWork
from node import accounts, clearing, listings
from node.clearing.models import obligation_table
from node.config import load
from node.money import Money
from node.runtime import open_node
from tests.federation.factories import follower
from tests.ui.commands import CRUMB, folder, result, run

__all__ = ["folder"]


def test_agreements_are_listed_shown_and_answered_for_the_coop(folder: Path) -> None:
    from node import agreements
    from node.listings import ListingDraft

    async def ask() -> str:
        async with open_node(load(folder, {})) as node:

            async def work(uow):
                roles = {accounts.Role.MEMBER}
                maya = await accounts.create_account(uow, handle="maya", name="M", roles=roles)
                draft = ListingDraft("Sourdough")
                bread = await listings.create(uow, draft, by=None, publish=True)
                wanted = agreements.Wanted((agreements.WantedLine(bread.id),))
                return (await agreements.ask(uow, wanted, account=maya)).agreement.id

            return await node.write(work)

    agreement_id = asyncio.run(ask())
    [row] = result(run(folder, "agreements", "list", "--state", "requested"))
    assert (row["id"], row["title"]) == (agreement_id, "Sourdough")
    seen = result(run(folder, "agreements", "show", agreement_id))
    assert "accept" in seen["possible"]
    assert "Sourdough" in run(folder, "agreements", "show", agreement_id).stdout
    done = result(run(folder, "agreements", "do", agreement_id, "decline", "--reason", "capacity"))
    assert done["state"] == "declined"
    again = run(folder, "agreements", "do", agreement_id, "accept", code=1)
    assert "declined" in again.stderr
    run(folder, "agreements", "show", "nothing", code=1)


def test_what_is_owed_is_listed_compared_and_called_to_be_set_off(folder: Path) -> None:
    assert result(run(folder, "clearing", "owed")) == []
    assert "nobody" in run(folder, "clearing", "call", "GBP", code=1).stderr
    asyncio.run(owe_with_crumb(folder))
    [claimed, _owed] = result(run(folder, "clearing", "owed", "--coop", f"{CRUMB}/coop"))
    assert (claimed["remaining"], claimed["state"]) == ("30.00", "accrued")
    found = result(run(folder, "clearing", "reconcile"))
    assert [one["id"] for one in found["one_sided"]] == [claimed["id"]]

    assert "nothing in EUR" in run(folder, "clearing", "call", "eur", code=1).stderr
    called = result(run(folder, "clearing", "call", "gbp"))
    [listed] = result(run(folder, "clearing", "runs"))
    assert listed == called == result(run(folder, "clearing", "show", called["id"]))
    assert (called["state"], called["attempt"], len(called["coops"])) == ("called", 1, 2)
    assert "collecting" in run(folder, "clearing", "answer", called["id"], "yes", code=1).stderr
    run(folder, "clearing", "show", "nothing", code=1)


async def owe_with_crumb(folder: Path) -> None:
    """CRUMB is in touch with us and owes us 70.00 that both signed; 30.00 more we only claim."""
    async with open_node(load(folder, {})) as node:

        async def know(uow: UnitOfWork) -> None:
            follower(uow, f"{CRUMB}/coop", following_state=RelationState.ACCEPTED)

        async def owe(uow: UnitOfWork, pence: int) -> None:
            due, money = date(2099, 1, 31), Money(pence, "GBP", 2)
            await clearing.claim(uow, f"{CRUMB}/coop", money, due, clearing.Reason.LEVY, by="o")

        await node.write(know)
        await node.write(lambda uow: owe(uow, 7_000))
        signed = update(obligation_table).values(state=clearing.State.ACKNOWLEDGED.value)
        await node.write(lambda uow: uow.execute(signed))
        await node.write(lambda uow: owe(uow, 3_000))
