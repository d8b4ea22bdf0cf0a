"""One of several processes that serve a node; see `crew`."""

import asyncio
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socket

import click

from node.config import Config
from node.runtime import open_node
from ui.cli.common import REFUSALS, drive, log_to_stderr, settings
from ui.cli.listening import listen_on, until_told_to_stop
from ui.cli.stuck import end_if_stuck


def serve(data: Path, size: int, listener: socket, line: Connection) -> None:
    """Serve the node of a folder on a socket that listens already, until told to stop or the line
    ends. That it serves is said on the line; why it cannot, on stderr. size: of the crew."""
    log_to_stderr()
    listener.setblocking(False)
    try:
        drive(_serve(settings(data), size, listener, line))
    except REFUSALS as error:
        click.echo(str(error), err=True)
        sys.exit(1)


async def _serve(config: Config, size: int, listener: socket, line: Connection) -> None:
    end_if_stuck(config.stuck_seconds)
    async with open_node(config, processes=size) as node:
        runner = await listen_on(node, listener)
        await node.start()
        line.send_bytes(b"serves")
        told = asyncio.create_task(until_told_to_stop())
        asyncio.get_running_loop().add_reader(line.fileno(), told.cancel)
        await asyncio.wait([told])
        asyncio.get_running_loop().remove_reader(line.fileno())
        await node.stop()
        await runner.cleanup()
