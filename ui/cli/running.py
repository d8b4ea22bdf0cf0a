"""Making a node and keeping it running: init, serve, worker."""

import asyncio
import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import click
from aiohttp import web

from node.config import Config
from node.errors import Conflict
from node.i18n import _
from node.runtime import Node, create_node, open_node
from ui.cli.common import drive, log_to_stderr, plainly, settings, show, with_node_folder
from ui.cli.making import owner_link, with_first_settings

# How long requests under way may take once the node is told to stop.
STOP_SECONDS = 10
LOCK_FILE = "serve.lock"
# aiohttp lets a connection wait for the head of a request as long as it may idle between two: an
# hour unless told. Longer than Caddy keeps connections (2 minutes), or it would meet closed ones.
IDLE_SECONDS = 150.0


@click.command()
@click.option("--name", help="The coop's name.")
@click.option("--address", help="Its web address; it cannot change later.")
@with_first_settings
@click.option("--yes", is_flag=True, help="Ask nothing; take the defaults.")
@with_node_folder
@plainly
def init(
    name: str | None,
    address: str | None,
    language: str,
    place: str,
    currency: str,
    admin: str,
    dev_peers: tuple[str, ...],
    ca_file: Path | None,
    port: int | None,
    yes: bool,
    data: Path,
    as_json: bool,
) -> None:
    """Make a node: settings, keys, database, the first account, a recovery file."""
    if not yes and not as_json:
        name = name or click.prompt(str(_("Your coop's name?")))
        address = address or click.prompt(
            str(_("Its web address? It cannot change later: other coops know you by it"))
        )
        place = place or click.prompt(str(_("Where are you?")), default="", show_default=False)
    if not name or not address:
        raise click.UsageError(str(_("Give --name and --address.")))
    made = drive(
        create_node(
            data,
            name=name,
            address=address,
            language=language,
            place=place,
            currency=currency,
            admin=admin,
            dev_peers=dev_peers,
            ca_file=ca_file,
            port=port,
            environ=os.environ,
        )
    )
    link = owner_link(made)
    text = _(
        "%(name)s has a node in %(data)s.\n"
        "Become its first admin (this link works once, when the node runs):\n  %(link)s\n"
        "Keep a copy of %(recovery)s where no computer can lose it.\n"
        "Next: rochdale serve --data %(data)s",
        name=made.config.name,
        data=data,
        link=link,
        recovery=made.recovery_file,
    )
    if link is None:
        text = _("There is a node in %(data)s already; nothing was changed.", data=data)
    show(
        {
            "data": str(data),
            "address": made.config.address,
            "owner_link": link,
            "recovery_file": str(made.recovery_file),
            "created": link is not None,
        },
        as_json,
        str(text),
    )


@click.command()
@click.option("--host", help="Address to listen on, 127.0.0.1 unless set.")
@click.option("--port", type=int, help="Port to listen on.")
@click.option("--workers", type=int, default=1, show_default=True)
@with_node_folder
@plainly
def serve(host: str | None, port: int | None, workers: int, data: Path, as_json: bool) -> None:
    """Run the node: pages, API, and the worker that talks to other coops."""
    if workers != 1:
        raise Conflict(_("One process serves this version; --workers comes with PostgreSQL."))
    log_to_stderr(as_json=as_json)
    config = settings(data)
    with alone(config):
        drive(_serve(config, host or config.host, port or config.port, as_json))


@click.command()
@with_node_folder
@plainly
def worker(data: Path, as_json: bool) -> None:
    """Run only the worker: deliveries, catching up, deadlines."""
    log_to_stderr(as_json=as_json)

    async def run() -> None:
        async with open_node(settings(data)) as node:
            await node.start()
            _say_ready(as_json, None, str(_("The worker is running.")))
            await until_told_to_stop()
            await node.stop()

    drive(run())


async def _serve(config: Config, host: str, port: int, as_json: bool) -> None:
    async with open_node(config) as node:
        runner = await listen(node, host, port)
        await node.federation.take_back()
        await node.start()
        url = f"http://{host}:{bound_port(runner)}"
        _say_ready(
            as_json,
            url,
            str(
                _(
                    "%(name)s is running at %(address)s, and listens on %(url)s.",
                    name=config.name,
                    address=config.address,
                    url=url,
                )
            )
            + (f"\n{development_notice(config)}" if config.development else "")
            + (f"\n{node.quarantine.words}" if node.quarantine.is_on else ""),
        )
        await until_told_to_stop()
        await node.stop()
        await runner.cleanup()


@contextmanager
def alone(config: Config) -> Generator[None]:
    """Serve a folder once at a time: two would deliver everything twice and disagree on what is
    done. Raises Conflict. The lock goes with the process, however it ends."""
    path = config.data / LOCK_FILE
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Conflict(
                _(
                    "This node is served already, by process %(process)s. Stop that one first.",
                    process=file.read().strip() or "?",
                ),
                "served-already",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


async def listen(
    node: Node, host: str, port: int, *, idle_seconds: float = IDLE_SECONDS
) -> web.AppRunner:
    """Put the node's pages and API on a socket. Raises Conflict if the port is taken.

    idle_seconds: how long a connection may take to bring the head of a request.
    """
    from ui.web.app import runner_of  # half of what a command would load, and no other needs it

    runner = runner_of(node, shutdown_timeout=STOP_SECONDS, keepalive_timeout=idle_seconds)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise Conflict(
            _(
                "Cannot listen on %(host)s:%(port)s: %(why)s. Is the node running already?",
                host=host,
                port=port,
                why=error.strerror,
            )
        ) from None
    return runner


def development_notice(config: Config) -> str:
    peers = ", ".join(str(peer) for peer in config.dev_peers) or str(_("nobody"))
    return str(
        _("This is a development node: it talks to exactly these peers: %(peers)s.", peers=peers)
    )


async def until_told_to_stop() -> None:
    """Wait for Ctrl-C or the service manager's SIGTERM."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _set(stop))
    await stop.wait()


def _set(event: asyncio.Event) -> Callable[[], None]:
    return event.set


def bound_port(runner: web.AppRunner) -> int:
    address = runner.addresses[0]
    return int(address[1])


def _say_ready(as_json: bool, url: str | None, text: str) -> None:
    # Flushed at once: scripts wait for this line.
    click.echo(json.dumps({"ready": True, "url": url}) if as_json else text)
    sys.stdout.flush()
