"""The coop's keys: change them, and keep what brings the coop back if its computer is lost."""

from pathlib import Path

import click

from node.i18n import _
from node.keeping import keep_recovery, rotate_keys
from ui.cli.common import drive, plainly, settings, show, with_node_folder
from ui.cli.speaking import Group


@click.group(cls=Group)
def keys() -> None:
    """The keys by which other coops know this one."""


@keys.command("rotate")
@with_node_folder
@plainly
def rotate(data: Path, as_json: bool) -> None:
    """Make new keys and tell every coop we work with, signed with the old ones."""
    drive(rotate_keys(settings(data)))
    show(
        {"rotated": True},
        as_json,
        str(_("New keys are made; the old ones vouch for them. Print a new recovery file now.")),
    )


@keys.command("recovery")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--passphrase", envvar="ROCHDALE_PASSPHRASE", help="Locks the file.")
@with_node_folder
@plainly
def recovery(file: Path, passphrase: str | None, data: Path, as_json: bool) -> None:
    """Write the recovery file: print it and keep it where no computer can lose it."""
    drive(keep_recovery(settings(data), file, passphrase))
    show({"written": str(file)}, as_json, str(_("Written: %(file)s", file=file)))
