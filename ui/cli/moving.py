"""The coop goes on under another address."""

from pathlib import Path

import click

from federation.recovery import read_recovery
from node import peers
from node.i18n import _, ngettext
from node.runtime import Node
from ui.cli.common import on_node, plainly, show, with_node_folder
from ui.cli.speaking import Group


@click.group(cls=Group)
def move() -> None:
    """Go on under another address, and take the coops we work with along."""


@move.command("from")
@click.argument("address")
@with_node_folder
@plainly
def move_from(address: str, data: Path, as_json: bool) -> None:
    """At the new address, first: say that this coop was at ADDRESS before."""
    uri = on_node(data, lambda node: peers.come_from(node.federation, address))
    text = _("This coop says now that it was %(uri)s. Next, there: rochdale move to …", uri=uri)
    show({"came_from": uri}, as_json, str(text))


@move.command("to")
@click.argument("address")
@with_node_folder
@plainly
def move_to(address: str, data: Path, as_json: bool) -> None:
    """At the old address, second: send everybody to ADDRESS, and stay as a sign-post."""
    told = on_node(data, lambda node: peers.go_to(node.federation, address))
    text = ngettext(
        "Moved. %(num)d coop or reader is told. Keep this node running until `rochdale peer "
        "delivery` is empty, better for a year: it says where you are.",
        "Moved. %(num)d coops and readers are told. Keep this node running until `rochdale peer "
        "delivery` is empty, better for a year: it says where you are.",
        told,
    )
    show({"moved_to": address, "told": told}, as_json, str(text))


@move.command("claim")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--tell", "more_peers", multiple=True, help="A coop that is not in the file.")
@click.option("--passphrase", envvar="ROCHDALE_PASSPHRASE", help="Opens the file if it is locked.")
@with_node_folder
@plainly
def move_claim(
    file: Path, more_peers: tuple[str, ...], passphrase: str | None, data: Path, as_json: bool
) -> None:
    """At the new address, when the old one is lost: prove it with the recovery FILE."""
    kept = read_recovery(file, passphrase)
    told = list(dict.fromkeys([*kept.peers, *more_peers]))

    async def work(node: Node) -> None:
        await node.write(lambda uow: peers.claim(uow, kept.address, kept.recovery_key, told))

    on_node(data, work)
    text = _(
        "Told that you were %(old)s: %(peers)s. People there have to confirm it: call them.",
        old=kept.address,
        peers=", ".join(told),
    )
    show({"claimed": kept.address, "told": told}, as_json, str(text))
