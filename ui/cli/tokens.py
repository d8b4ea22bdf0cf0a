"""Keys for programs: made, listed, taken back."""

from pathlib import Path
from typing import Any

import click

from node import accounts, audit
from node.accounts import AccountView, TokenView
from node.errors import NotFound
from node.i18n import _
from node.runtime import Node
from ui.cli.common import in_words, on_node, plainly, reading, show, with_node_folder
from ui.cli.handles import account_of
from ui.cli.speaking import Coded, Group


@click.group(cls=Group)
def token() -> None:
    """Keys for programs."""


@token.command("create")
@click.option("--account", "handle", required=True, help="Whose rights the program has.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    cls=Coded,
    codes=tuple(accounts.SCOPES),
    help="What it may do:",
)
@click.option("--label", help="Its name in the list of programs.")
@with_node_folder
@plainly
def create_token(
    handle: str, scopes: tuple[str, ...], label: str | None, data: Path, as_json: bool
) -> None:
    """Make a bearer token for the API; it is printed once."""

    async def make(node: Node) -> accounts.IssuedToken:
        account = await account_of(node, handle)
        return await node.write(
            lambda uow: accounts.create_token(
                uow,
                account.id,
                label=label or str(_("command line")),
                scopes=frozenset(
                    part.strip() for part in ",".join(scopes).split(",") if part.strip()
                ),
            )
        )

    issued = on_node(data, make)
    show({"token": issued.secret}, as_json, issued.secret)


@token.command("list")
@with_node_folder
@plainly
def list_tokens(data: Path, as_json: bool) -> None:
    """Every program that holds a key, and whose rights it has."""
    found = on_node(data, _all)
    lines = [_line(who, one) for who, one in found]
    result = [_token(who, one) for who, one in found]
    show(result, as_json, "\n".join(lines) or str(_("No program holds a key.")))


@token.command("end")
@click.argument("token_id", metavar="ID")
@with_node_folder
@plainly
def end_token(token_id: str, data: Path, as_json: bool) -> None:
    """Take a program's key back, whoever made it."""

    async def end(node: Node) -> None:
        held = {one.id: who for who, one in await _all(node)}
        if token_id not in held:
            raise NotFound(_("There is no such token (any more)."))
        who, by = held[token_id].id, audit.OPERATOR
        await node.write(lambda uow: accounts.revoke_token(uow, who, token_id, by=by))

    on_node(data, end)
    show({"ended": token_id}, as_json, str(_("Taken back.")))


async def _all(node: Node) -> list[tuple[AccountView, TokenView]]:
    return await reading(node, accounts.all_tokens)


def _line(who: AccountView, one: TokenView) -> str:
    said = [", ".join(sorted(one.scopes))]
    if one.expires_at:
        said.append(str(_("until %(day)s", day=in_words(one.expires_at))))
    return f"{one.id}  {who.handle}  {one.label}  ({'; '.join(said)})"


def _token(who: AccountView, one: TokenView) -> dict[str, Any]:
    return {
        "id": one.id,
        "account": who.handle,
        "label": one.label,
        "scopes": sorted(one.scopes),
        "made_at": one.created_at,
        "ends_at": one.expires_at,
    }
