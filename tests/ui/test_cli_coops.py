"""Other coops on the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from federation.models import RelationState
from federation.storage import UnitOfWork
from node import peers
from node.config import load
from node.runtime import Node, open_node
from tests.federation.factories import related, remote_actor
from tests.ui.commands import CRUMB, folder, result, run

__all__ = ["folder"]


def test_a_coop_that_we_work_with_is_vouched_for_until_it_is_taken_back(folder: Path) -> None:
    async def know(uow: UnitOfWork) -> None:
        remote_actor(uow, f"{CRUMB}/coop")
        related(uow, f"{CRUMB}/coop", following_state=RelationState.ACCEPTED)

    async def on_folder(work: Callable[[Node], Awaitable[Any]]) -> Any:
        async with open_node(load(folder, {})) as node:
            return await work(node)

    async def told(node: Node) -> tuple[str, ...]:
        async with node.reading() as reader:
            return (await peers.our_telling(reader)).vouches_for

    run(folder, "peer", "vouch", CRUMB, code=1)
    asyncio.run(on_folder(lambda node: node.write(know)))
    assert result(run(folder, "peer", "vouch", CRUMB)) == {"vouched": CRUMB}
    assert asyncio.run(on_folder(told)) == (f"{CRUMB}/coop",)
    assert result(run(folder, "peer", "vouch", CRUMB, "--take-back")) == {"taken_back": CRUMB}
    assert asyncio.run(on_folder(told)) == ()
