"""Being the coop again after its computer is lost, from the recovery file."""

import os
from pathlib import Path

import click

from federation.recovery import Recovery, read_recovery
from node.i18n import _
from node.keeping import recover_node
from node.program import called, command
from ui.cli.common import drive, plainly, show, with_node_folder
from ui.cli.drawing import and_picture, with_picture
from ui.cli.making import owner_link, usual_at, with_first_settings
from ui.cli.speaking import Command, operators_language


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--passphrase", envvar="ROCHDALE_PASSPHRASE", help="Opens the file if it is locked.")
@click.option("--peer", "more_peers", multiple=True, help="A coop that is not in the file.")
@with_first_settings
@with_picture
@with_node_folder
@plainly
def recover(
    file: Path,
    passphrase: str | None,
    more_peers: tuple[str, ...],
    language: str | None,
    place: str,
    currency: str | None,
    admin: str,
    person: str,
    dev_peers: tuple[str, ...],
    ca_file: Path | None,
    port: int | None,
    draws: bool,
    data: Path,
    as_json: bool,
) -> None:
    """Make a node that is the coop of a recovery file again, at its own address."""
    kept = read_recovery(file, passphrase)
    made = drive(
        recover_node(
            data,
            kept,
            more_peers=more_peers,
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
    asked = [*kept.peers, *more_peers]
    text = _(
        "%(name)s is itself again, with the keys of %(address)s.\n"
        "Its first admin again (this link works once, when the node runs):\n  %(link)s\n"
        "Comes back when it runs: being in touch with %(peers)s. From them: what they offer, our "
        "own listings, and our agreements with them.\n"
        "Does not come back: members, accounts, settings, and what no other coop knew. Bring in "
        "what you have in exports or in a backup.\n"
        "Next: %(program)s serve --data %(data)s",
        program=called(),
        name=made.config.name,
        address=made.config.address,
        link=link,
        peers=", ".join(asked) or _("nobody; name them with `%(line)s`", line=command("peer add")),
        data=data,
    )
    told = and_picture(str(text), link, draws=draws) if link else str(text)
    show(_result(made.config.address, link, asked, kept), as_json, told)


def _result(address: str, link: str | None, asked: list[str], kept: Recovery) -> dict[str, object]:
    return {
        "name": kept.name,
        "address": address,
        "owner_link": link,
        "asked": asked,
        "lost": ["members", "accounts", "settings"],
    }
