"""Accounts that were here first, and the register. Part of `rochdale member`."""

from pathlib import Path

import click

from node import members
from node.i18n import _
from node.runtime import Node
from ui.cli.common import on_node, plainly, show, with_node_folder
from ui.cli.handles import account_of
from ui.cli.people import CLASSES, line_of, member, numbered


@member.command("enter")
@click.argument("handle")
@click.option(
    "--class", "membership_class", type=click.Choice(CLASSES), default="user", help="Of this class."
)
@click.option("--name", default="", help="Their name in the register, if not that of the account.")
@click.option("--reason", default="", help="Who decided it; it stands in the register for good.")
@with_node_folder
@plainly
def enter(
    handle: str, membership_class: str, name: str, reason: str, data: Path, as_json: bool
) -> None:
    """Enter whoever signs in with this name in the register, with the account they have."""

    async def work(node: Node) -> members.MemberView:
        account = await account_of(node, handle)
        return await node.write(
            lambda uow: members.enter_holder(
                uow, account.id, membership_class, name=name, reason=reason
            )
        )

    entered = on_node(data, work)
    said = _("%(name)s is member number %(number)s.", name=entered.name, number=entered.number)
    show(line_of(entered), as_json, str(said))


@member.command("link")
@click.argument("handle")
@click.argument("number", type=int)
@with_node_folder
@plainly
def link(handle: str, number: int, data: Path, as_json: bool) -> None:
    """Say which member an account is, when both are here already."""

    async def work(node: Node) -> members.MemberView:
        account = await account_of(node, handle)
        found = await numbered(node, number)
        return await node.write(lambda uow: members.give_account(uow, found.id, account.id))

    linked = on_node(data, work)
    said = _("%(name)s signs in as %(handle)s.", name=linked.name, handle=handle)
    show(line_of(linked), as_json, str(said))
