"""All looks, in the order in which one would put things right."""

import asyncio

from federation.ambient import Clock, SystemClock
from federation.errors import FederationError
from federation.guard import Guard
from node import mail
from node.config import Config
from node.doctor import inside, letters, outside
from node.doctor.figures import figures
from node.doctor.findings import Finding
from node.errors import NodeError
from node.runtime import open_node, way_to_ourselves


async def examine(
    config: Config, *, clock: Clock | None = None, guard: Guard | None = None
) -> list[Finding]:
    """Look the node of a folder over; it may run meanwhile. guard: for tests, where its own address
    is reached."""
    clock = clock or SystemClock()
    seen = await asyncio.to_thread(inside.read_folder, config)
    folder = inside.folder(config, seen, clock.now())
    try:
        async with open_node(config, clock=clock) as node:
            now = await figures(node)
            within = [
                await inside.database(node),
                inside.deliveries(config, now.waiting, now.oldest, now.now),
                await inside.clock(node),
            ]
            async with node.reading() as reader:
                waiting = await mail.waiting(reader)
            around = await outside.look(node, guard or way_to_ourselves(config))
    except (NodeError, FederationError) as error:
        return [*folder, inside.not_opened(config, error)]
    post = [*await letters.server(config), *letters.waiting(config, now.now, waiting)]
    return [*around, *within, *post, *folder]
