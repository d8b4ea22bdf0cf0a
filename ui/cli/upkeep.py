"""Keeping a node safe and well: backup, restore, upgrade, move-database."""

import asyncio
import os
from pathlib import Path

import click
from msgspec.structs import asdict

from federation import correspondence
from federation.ambient import SystemClock
from federation.guard import Guard
from federation.http_client import GuardedClient
from federation.settings import FederationSettings
from node import audit, backups
from node.backups import BackupMade, LastBackup, Manifest
from node.config import Config
from node.errors import Conflict
from node.i18n import Text, _
from node.program import called
from node.runtime import Node, open_node
from node.sizes import Size, figures
from node.upgrading import upgrade as upgrade_node
from protocol import datetimes
from ui.cli.common import (
    drive,
    in_words,
    log_to_stderr,
    on_node,
    plainly,
    reading,
    settings,
    show,
    with_node_folder,
)
from ui.cli.listening import bound_port, listen
from ui.cli.running import alone
from ui.cli.speaking import Command

_LOOPBACK = "127.0.0.1"


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--rehearse", is_flag=True, help="Restore it for trial in a folder that goes again.")
@with_node_folder
@plainly
def backup(file: Path, rehearse: bool, data: Path, as_json: bool) -> None:
    """Write everything of the node to one file, beside the running node, and try that file."""
    config = settings(data)
    made = backups.back_up(config, file, SystemClock().now())
    text = _(
        "%(file)s holds all of the node: %(holds)s; %(size)s. It was unpacked and "
        "looked through.\nWhoever has it can speak for the coop and read its members' data: keep "
        "it as you keep the books, and not on this computer alone.",
        file=made.last.file,
        holds=_holds(made.manifest),
        size=Size(made.last.bytes),
    )
    result, words = _made(made), str(text)
    if not made.last.is_counted:
        words += f"\n{_uncounted(made.last)}"
    if rehearse:
        log_to_stderr(as_json=as_json)
        done = drive(backups.rehearse(config, made.last, SystemClock()))
        result |= {"rehearsed": True, "members": done.members, "entries": done.entries}
        tried = _(
            "It was restored for trial: the node opened, members: %(members)s, entries in the "
            "books: %(entries)s.",
            members=done.members,
            entries=done.entries,
        )
        words += f"\n{tried}"
    show(result, as_json, words)


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--last-folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the node was, if that is still there: for what was erased since the backup.",
)
@click.option("--database", default="", help="An empty database, for a backup of PostgreSQL.")
@with_node_folder
@plainly
def restore(file: Path, last_folder: Path | None, database: str, data: Path, as_json: bool) -> None:
    """Make the node of a backup in a fresh folder. It listens to other coops before it speaks."""
    done = backups.restore(
        file,
        data,
        SystemClock().now(),
        last_folder=last_folder,
        database_url=database,
        environ=os.environ,
    )
    text = _(
        "%(name)s is in %(data)s again, as it was on %(moment)s: %(holds)s.\n"
        "When it runs it first reads what the coops have that it works with, and signs and sends "
        "nothing until then. What was done here since the backup is not known any more.\n"
        "The node must not run anywhere else. Next: %(program)s serve --data %(data)s",
        program=called(),
        name=done.manifest.name,
        data=data,
        moment=in_words(done.manifest.made_at),
        holds=_holds(done.manifest),
    )
    result = {
        "data": str(data),
        "address": done.config.address,
        "made_at": done.manifest.made_at,
        "revision": done.manifest.revision,
        "migrated": done.migrated,
        "erasures": done.erasures,
        "silent": True,
    }
    show(result, as_json, str(text))


@click.command("go-on", cls=Command)
@with_node_folder
@plainly
def go_on(data: Path, as_json: bool) -> None:
    """Let a restored node speak although not enough coops have answered."""

    async def end(node: Node) -> bool:
        if not node.quarantine.is_on:
            return False
        await node.quarantine.end(audit.OPERATOR)
        return True

    ended = on_node(data, end)
    text = _("The node speaks again.") if ended else _("The node may speak already.")
    show({"ended": ended}, as_json, str(text))


_GIVEN_BACK: dict[str, Text] = {
    "waiting": _("waits"),
    "known": _("was in the backup"),
    "taken": _("taken in again"),
    "left": _("must be entered by hand"),
}


@click.command(cls=Command)
@with_node_folder
@plainly
def returned(data: Path, as_json: bool) -> None:
    """What other coops gave back after a restore, and what of it must be entered by hand."""
    found = on_node(data, lambda node: reading(node, correspondence.returned))
    lines = [
        f"{_GIVEN_BACK[one.state]}  {one.activity_id}  {one.peer}  {one.detail or ''}".rstrip()
        for one in found
    ]
    show([asdict(one) for one in found], as_json, "\n".join(lines) or str(_("Nothing came back.")))


@click.command(cls=Command)
@with_node_folder
@plainly
def upgrade(data: Path, as_json: bool) -> None:
    """With the new program in place and the node stopped: backup, migration, trial, or back."""
    log_to_stderr(as_json=as_json)
    config = settings(data)
    with alone(config):
        done = drive(upgrade_node(config, _try_out))
    text = _(
        "The node is upgraded, from %(before)s to %(after)s, and was tried. The backup from "
        "before is %(file)s.\nNext: %(program)s serve --data %(data)s",
        program=called(),
        before=done.revision_before,
        after=done.revision,
        file=done.backup.last.file,
        data=data,
    )
    result = {
        "before": done.revision_before,
        "revision": done.revision,
        "backup": _made(done.backup),
    }
    show(result, as_json, str(text))


@click.command("move-database", cls=Command)
@click.argument("url")
@with_node_folder
@plainly
def move_database(url: str, data: Path, as_json: bool) -> None:
    """Copy the database of a stopped node to an empty one, compare both, and use the new one."""
    if os.environ.get("ROCHDALE_DATABASE_URL"):
        raise Conflict(
            _("ROCHDALE_DATABASE_URL names the database. Unset it, and try again."), "database-set"
        )
    config = settings(data)

    def tell(table: str, rows: int) -> None:
        if rows:
            click.echo(f"{table}: {figures(rows)}", err=True)

    with alone(config):
        sums = drive(backups.move_database(config, url, tell))
    rows = sum(each.rows for each in sums.values())
    text = _(
        "All is in the new database, and the settings name it: tables: %(tables)s, rows: "
        "%(rows)s. Each table was read again and holds what the old one does.\n"
        "The old database is as it was; remove it once the node has run for a while. "
        "Next: %(program)s serve --data %(data)s",
        program=called(),
        tables=len(sums),
        rows=figures(rows),
        data=data,
    )
    tables = {
        name: {"rows": held.rows, "sha256_sum": f"{held.digest:064x}"}
        for name, held in sums.items()
    }
    show({"moved": True, "rows": rows, "tables": tables}, as_json, str(text))


async def _try_out(config: Config) -> None:
    """Serve the node where nobody sees it, and read what must be there. Raises Conflict."""
    if wrong := await asyncio.to_thread(backups.integrity_of, config.database_url):
        raise Conflict(_("the database is damaged: %(why)s", why="; ".join(wrong)))
    async with open_node(config) as node:
        runner = await listen(node, _LOOPBACK, 0)
        place = (_LOOPBACK, bound_port(runner))
        base = f"{place[0]}:{place[1]}"
        client = GuardedClient(
            Guard({base: place}), clock=node.clock, settings=FederationSettings()
        )
        try:
            for path in ("/healthz", "/", "/coop", "/api/v1/listings"):
                answer = await client.get(f"http://{base}{path}", accept="*/*")
                if answer.status != 200:
                    raise Conflict(
                        _("%(path)s answers %(status)s", path=path, status=answer.status)
                    )
        finally:
            await client.close()
            await runner.cleanup()


def _made(made: BackupMade) -> dict[str, object]:
    return {
        "file": made.last.file,
        "bytes": made.last.bytes,
        "sha256": made.last.sha256,
        "made_at": datetimes.format(made.last.made_at),
        "revision": made.manifest.revision,
        "files": len(made.manifest.files),
        "rows": sum(made.manifest.counts.values()),
        "counted": made.last.is_counted,
    }


def _uncounted(last: LastBackup) -> str:
    if not last.uncounted_for:
        return str(_("Its rows were not counted: %(why)s", why=last.uncounted_why))
    uncounted = _(
        "Its rows were not counted: the account %(role)s may create no database to restore it "
        "for trial. This lets it:",
        role=last.uncounted_for,
    )
    return f"{uncounted}\n  {last.way_to_count}"


def _holds(manifest: Manifest) -> str:
    files, rows = len(manifest.files), figures(sum(manifest.counts.values()))
    if not manifest.counts:  # PostgreSQL's were not counted before 0.2
        return str(_("settings, keys, database, files in all: %(files)s", files=files))
    words = _(
        "settings, keys, database (rows: %(rows)s), files in all: %(files)s", rows=rows, files=files
    )
    return str(words)
