"""Who can sign in, by what; ending it on every device, and letting somebody in again."""

from pathlib import Path
from typing import Any

import click

from node import accounts, limits, vouching
from node.accounts import Purpose
from node.errors import Closed
from node.i18n import _
from node.runtime import Node
from ui.cli.common import on_node, plainly, show, with_node_folder
from ui.cli.drawing import show_link, with_picture
from ui.cli.handles import account_of
from ui.cli.speaking import Group


@click.group("account", cls=Group)
def group() -> None:
    """Who can sign in here."""


@group.command("list")
@with_node_folder
@plainly
def list_accounts(data: Path, as_json: bool) -> None:
    """Everybody who can sign in, and by what; who asks to be let in again."""

    async def read(node: Node) -> list[dict[str, Any]]:
        async with node.reading() as reader:
            keys = await accounts.all_passkeys(reader)
            left = await accounts.all_recovery_codes_left(reader)
            asking = {one.account.id for one in await vouching.requests(reader) if one.account}
            return [
                {
                    "handle": one.handle,
                    "name": one.name,
                    "roles": sorted(one.roles),
                    "closed": one.disabled,
                    "password": one.has_password,
                    "passkeys": keys.get(one.id, 0),
                    "recovery_codes": left.get(one.id, 0),
                    "asks_to_be_let_in": one.id in asking,
                }
                for one in await accounts.accounts(reader)
            ]

    found = on_node(data, read)
    show(found, as_json, "\n".join(map(_line, found)))


@group.command("name")
@click.argument("handle")
@click.argument("name")
@with_node_folder
@plainly
def set_name(handle: str, name: str, data: Path, as_json: bool) -> None:
    """Change the name by which others here know somebody; the register goes on as it is."""

    async def change(node: Node) -> accounts.AccountView:
        account = await account_of(node, handle)
        return await node.write(lambda uow: accounts.set_name(uow, account.id, name))

    named = on_node(data, change)
    show({"handle": named.handle, "name": named.name}, as_json, f"{named.handle}  {named.name}")


@group.command("sign-out")
@click.argument("handle")
@with_node_folder
@plainly
def sign_out(handle: str, data: Path, as_json: bool) -> None:
    """End every session, link and token of an account, when a device of theirs was stolen."""

    async def end(node: Node) -> int:
        account = await account_of(node, handle)
        return await node.write(lambda uow: accounts.sign_out_everywhere(uow, account.id))

    ended = on_node(data, end)
    show({"ended": ended}, as_json, str(_("Ended sessions: %(number)s.", number=ended)))


@group.command("way-in")
@click.argument("handle")
@with_picture
@with_node_folder
@plainly
def way_in(handle: str, draws: bool, data: Path, as_json: bool) -> None:
    """Make a link for somebody who lost every other way in: it asks for a new password, once.

    What opened the account before opens it no more. Make sure that it is them.
    """

    async def make(node: Node) -> str:
        account = await account_of(node, handle)
        if account.disabled:
            raise Closed(_("This account is closed. Ask an admin of the coop."), "account-disabled")
        link = await node.write(
            lambda uow: accounts.issue_link(
                uow,
                purpose=Purpose.RECOVERY,
                account_id=account.id,
                hours=limits.VOUCHING_LINK_HOURS,
            )
        )
        return link.path

    show_link(make, data, as_json, draws=draws)


@group.command("reopen")
@click.argument("handle")
@with_picture
@with_node_folder
@plainly
def reopen(handle: str, draws: bool, data: Path, as_json: bool) -> None:
    """Open a closed account again, and make the link for its owner: it asks for a new password.

    Nothing of before opens it: no password, passkey, code, link or token, and no e-mail address.
    """

    async def make(node: Node) -> str:
        account = await account_of(node, handle)
        link = await node.write(lambda uow: accounts.reopen(uow, account.id))
        return link.path

    show_link(make, data, as_json, draws=draws)


def _line(one: dict[str, Any]) -> str:
    by_links = not one["password"] and not one["passkeys"]
    ways = [
        str(_("closed")) if one["closed"] else "",
        str(_("password")) if one["password"] else "",
        str(_("passkeys: %(number)s", number=one["passkeys"])) if one["passkeys"] else "",
        str(_("links alone")) if by_links else "",
        str(_("recovery codes: %(number)s", number=one["recovery_codes"])),
        str(_("asks to be let in again")) if one["asks_to_be_let_in"] else "",
    ]
    return f"{one['handle']}  {one['name']}  ({'; '.join(filter(None, ways))})"
