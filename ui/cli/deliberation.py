"""Talking about proposals for the operator, and rival texts: commands of `rochdale council`."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click

from node import audit, council, deliberation
from node.council import Amended, AmendmentView
from node.deliberation import CommentView, Scope
from node.i18n import _
from node.runtime import Node
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.council import group, policy
from ui.cli.handles import account_of


@group.command()
@click.argument("proposal")
@click.option("--as", "handle", required=True, help="Handle of whoever reads it.")
@with_node_folder
@plainly
def comments(proposal: str, handle: str, data: Path, as_json: bool) -> None:
    """Show what is said about a proposal."""

    async def read(node: Node) -> list[CommentView]:
        account = await account_of(node, handle)
        found = await reading(node, deliberation.discussion, proposal, account)
        return list(found.comments)

    found = on_node(data, read)
    told = [_comment(each) for each in found]
    show(told, as_json, "\n".join(map(_line, found)) or str(_("Nobody has said anything yet.")))


@group.command()
@click.argument("proposal")
@click.argument("text")
@click.option("--as", "handle", required=True, help="Handle of whoever says it.")
@click.option("--answers", help="The comment that it answers.")
@with_node_folder
@plainly
def comment(
    proposal: str, text: str, handle: str, answers: str | None, data: Path, as_json: bool
) -> None:
    """Say something about a proposal to all coops of the federation; Markdown."""

    async def work(node: Node) -> str:
        by = await account_of(node, handle)
        return await node.write(
            lambda uow: deliberation.comment(uow, proposal, text, by=by, answers=answers)
        )

    made = on_node(data, work)
    show({"comment": made}, as_json, str(_("Said. The other coops hear it.")))


@group.command()
@click.argument("comment")
@click.argument("reason")
@click.option("--as", "handle", required=True, help="Handle of an admin.")
@click.option("--everywhere", is_flag=True, help="For all coops; where the log is kept.")
@with_node_folder
@plainly
def hide(
    comment: str, reason: str, handle: str, everywhere: bool, data: Path, as_json: bool
) -> None:
    """Hide a comment; whoever wrote it is told why, and can ask for another look."""
    scope = Scope.FEDERATION if everywhere else Scope.OWN

    async def work(node: Node) -> None:
        by = await account_of(node, handle)
        await node.write(lambda uow: deliberation.hide(uow, comment, reason, by=by, scope=scope))

    on_node(data, work)
    show({"hidden": comment}, as_json, str(_("Hidden. Whoever wrote it is told why.")))


@group.command()
@click.argument("proposal")
@with_node_folder
@plainly
def amendments(proposal: str, data: Path, as_json: bool) -> None:
    """Show the rival texts of a proposal."""
    _show_amendments(on_node(data, lambda node: _listed(node, proposal)), as_json)


@group.command()
@click.argument("proposal")
@click.argument("title")
@click.option("--text", required=True, help="The text as we would have it; @FILE reads a file.")
@click.option(
    "--policy", "rules", multiple=True, metavar="KEY=VALUE", help="A rule that it sets; may repeat."
)
@click.option("--language", default="en", show_default=True, help="In which language the text is.")
@with_node_folder
@plainly
def amend(
    proposal: str,
    title: str,
    text: str,
    rules: tuple[str, ...],
    language: str,
    data: Path,
    as_json: bool,
) -> None:
    """Put a rival text beside a proposal: it is taken over, or goes to the vote too."""
    words = Path(text[1:]).read_text("utf-8") if text.startswith("@") else text
    written = Amended(title, words, dict(map(policy, rules)), language)

    async def work(node: Node) -> list[AmendmentView]:
        await node.write(lambda uow: council.amend(uow, proposal, written, by=audit.OPERATOR))
        return await _listed(node, proposal)

    _show_amendments(on_node(data, work), as_json)


@group.command()
@click.argument("proposal")
@click.argument("digest")
@with_node_folder
@plainly
def take(proposal: str, digest: str, data: Path, as_json: bool) -> None:
    """Take a rival text over: our proposal says the same from now on."""
    _do(council.take, proposal, digest, data, as_json)


@group.command()
@click.argument("proposal")
@click.argument("digest")
@with_node_folder
@plainly
def retract(proposal: str, digest: str, data: Path, as_json: bool) -> None:
    """Withdraw a rival text of ours."""
    _do(council.retract, proposal, digest, data, as_json)


def _do(
    command: Callable[..., Awaitable[None]], proposal: str, digest: str, data: Path, as_json: bool
) -> None:
    async def work(node: Node) -> list[AmendmentView]:
        await node.write(lambda uow: command(uow, proposal, digest, by=audit.OPERATOR))
        return await _listed(node, proposal)

    _show_amendments(on_node(data, work), as_json)


def _show_amendments(found: list[AmendmentView], as_json: bool) -> None:
    told = [
        {
            "option": each.option,
            "digest": each.digest,
            "coop": each.coop,
            "title": each.title,
            "text": each.text,
            "policies": each.policies,
            "stands": each.stands,
        }
        for each in found
    ]
    lines = [f"{each.option}  {each.digest}  {each.title} ({each.coop})" for each in found]
    show(told, as_json, "\n".join(lines) or str(_("There is no rival text.")))


def _comment(view: CommentView) -> dict[str, Any]:
    return {
        "id": view.id,
        "coop": view.coop,
        "byline": view.byline,
        "text": view.text,
        "answers": view.parent,
        "published_at": view.published_at.isoformat(),
        "hidden": view.hidden.reason if view.hidden else None,
    }


def _line(view: CommentView) -> str:
    said = view.text if view.text is not None else str(_("taken back"))
    if view.hidden:
        said = f"[{view.hidden.reason}] {said}"
    who = view.byline or view.coop
    return f"{'  ' * view.depth}{view.id}  {who}: {said}"


async def _listed(node: Node, proposal: str) -> list[AmendmentView]:
    return await reading(node, council.amendments, proposal)
