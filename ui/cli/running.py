"""Making a node and keeping it running: init, serve, worker."""

import fcntl
import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click

from federation.storage.address import async_url, is_sqlite
from node import quarantine
from node.config import Config
from node.doctor import Rounds
from node.errors import Conflict
from node.i18n import _
from node.making import create_node
from node.migrations import migrate
from node.program import called
from node.runtime import open_node
from node.served import HELD_HERE, LOCK_FILE
from ui.cli.common import drive, log_to_stderr, plainly, settings, show, with_node_folder
from ui.cli.drawing import and_picture, with_picture
from ui.cli.listening import bound_port, listen, listening, until_told_to_stop
from ui.cli.making import (
    ask,
    ask_address,
    ask_language,
    ask_person,
    owner_link,
    usual_at,
    with_first_settings,
)
from ui.cli.speaking import Command, operators_language
from ui.cli.stuck import end_if_stuck
from ui.web.letters import typeset

# Each has a dozen connections to the database, of which PostgreSQL has a hundred unless told.
MOST_WORKERS = 8


@click.command(cls=Command)
@click.option("--name", help="The coop's name.")
@click.option("--address", help="Its web address; it cannot change later.")
@with_first_settings
@click.option("--yes", is_flag=True, help="Ask nothing; take the defaults.")
@with_picture
@with_node_folder
@plainly
def init(
    name: str | None,
    address: str | None,
    language: str | None,
    place: str,
    currency: str | None,
    admin: str,
    person: str,
    dev_peers: tuple[str, ...],
    ca_file: Path | None,
    port: int | None,
    yes: bool,
    draws: bool,
    data: Path,
    as_json: bool,
) -> None:
    """Make a node: settings, keys, database, the first account, a recovery file."""
    if not yes and not as_json:
        name = name or ask(_("Your coop's name?"))
        address = address or ask_address()
        place = place or ask(_("Where are you?"), default="", show_default=False)
        language = language or ask_language(place)
        person = person or ask_person()
    if not name or not address:
        raise click.UsageError(str(_("Give --name and --address.")))
    made = drive(
        create_node(
            data,
            name=name,
            address=address,
            language=language or operators_language(),
            place=place,
            currency=currency or usual_at(place)[1],
            admin=admin,
            person=person,
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
        "Prices are in %(currency)s, as rochdale.toml says.\n"
        "Next: %(program)s serve --data %(data)s\n"
        "And a first backup, on another disk: %(program)s backup /backup/rochdale.tar.gz "
        "--rehearse --data %(data)s",
        program=called(),
        name=made.config.name,
        data=data,
        link=link,
        recovery=made.recovery_file,
        currency=made.config.currency,
    )
    if link is None:
        told = str(_("There is a node in %(data)s already; nothing was changed.", data=data))
    else:
        told = and_picture(str(text), link, draws=draws)
    show(
        {
            "data": str(data),
            "address": made.config.address,
            "owner_link": link,
            "recovery_file": str(made.recovery_file),
            "created": link is not None,
        },
        as_json,
        told,
    )


@click.command(cls=Command)
@click.option("--host", help="Address to listen on, 127.0.0.1 unless set.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    show_default=True,
    help="How many processes; more than one needs PostgreSQL.",
)
@with_node_folder
@plainly
def serve(host: str | None, port: int | None, workers: int, data: Path, as_json: bool) -> None:
    """Run the node: pages, API, and the worker that talks to other coops."""
    log_to_stderr(as_json=as_json)
    config = settings(data)
    host, port = host or config.host, port or config.port
    with alone(config):
        if workers == 1:
            drive(_serve(config, host, port, as_json))
        else:
            _check_for_several(config)
            drive(_serve_with(workers, config, host, port, as_json))


@click.command(cls=Command)
@with_node_folder
@plainly
def worker(data: Path, as_json: bool) -> None:
    """Run only the worker: deliveries, catching up, deadlines."""
    log_to_stderr(as_json=as_json)
    config = settings(data)

    async def run() -> None:
        end_if_stuck(config.stuck_seconds)
        async with open_node(config) as node:
            node.mail.typesetter = typeset
            node.rounds = Rounds(node).make
            await node.start()
            say_ready(as_json, None, str(_("The worker is running.")))
            await until_told_to_stop()
            await node.stop()

    # On PostgreSQL it works beside whoever serves, here or on another computer.
    with alone(config) if is_sqlite(async_url(config.database_url)) else nullcontext():
        drive(run())


async def _serve(config: Config, host: str, port: int, as_json: bool) -> None:
    end_if_stuck(config.stuck_seconds)
    async with open_node(config) as node:
        runner = await listen(node, host, port)
        await node.start()
        _say_running(config, f"http://{host}:{bound_port(runner)}", as_json)
        await until_told_to_stop()
        await node.stop()
        await runner.cleanup()


async def _serve_with(workers: int, config: Config, host: str, port: int, as_json: bool) -> None:
    from ui.cli.crew import Crew

    end_if_stuck(config.stuck_seconds)
    await migrate(config.database_url)  # once, before they all open it
    with listening(host, port) as listener:
        url = f"http://{host}:{listener.getsockname()[1]}"
        crew = Crew(workers, config.data, listener)
        await crew.work(lambda: _say_running(config, url, as_json), until_told_to_stop)


def _check_for_several(config: Config) -> None:
    if is_sqlite(async_url(config.database_url)):
        raise Conflict(
            _(
                "SQLite is for one process. Leave --workers out, or move the node to PostgreSQL "
                "first: %(program)s move-database postgresql://user@host/name --data %(data)s",
                program=called(),
                data=config.data,
            ),
            "one-process",
        )


def _say_running(config: Config, url: str, as_json: bool) -> None:
    words = _(
        "%(name)s is running at %(address)s, and listens on %(url)s.",
        name=config.name,
        address=config.address,
        url=url,
    )
    notices = [development_notice(config)] if config.development else []
    if silent := quarantine.why_silent(config.data):
        notices.append(silent)
    say_ready(as_json, url, "\n".join([str(words), *notices]))


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
        HELD_HERE.add(config.data)
        try:
            yield
        finally:
            HELD_HERE.discard(config.data)


def development_notice(config: Config) -> str:
    peers = ", ".join(str(peer) for peer in config.dev_peers) or str(_("nobody"))
    return str(
        _("This is a development node: it talks to exactly these peers: %(peers)s.", peers=peers)
    )


def say_ready(as_json: bool, url: str | None, text: str) -> None:
    # Flushed at once: scripts wait for this line.
    click.echo(json.dumps({"ready": True, "url": url}) if as_json else text)
    sys.stdout.flush()
