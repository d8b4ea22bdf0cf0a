"""What was reported, decided from the node's computer where nobody else can. Part of
`rochdale listings`."""

from pathlib import Path
from typing import Any

import click

from node import listings as listing_slice
from node.errors import NotFound
from node.i18n import _
from node.listings import CASE_LIFE, REASONS, CaseView
from node.runtime import Node
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.exchange import listings

STEPS = ("leave", "withhold", "uphold", "restore")


@listings.command("reported")
@with_node_folder
@plainly
def reported(data: Path, as_json: bool) -> None:
    """What was reported, what waits first."""
    found = on_node(data, _cases)
    lines = [f"{one.id}  {one.title}  ({CASE_LIFE.word(one.state)})" for one in found]
    text = "\n".join(lines) or str(_("Nothing was reported"))
    show([_case(one) for one in found], as_json, text)


@listings.command("decide")
@click.argument("case")
@click.argument("step", type=click.Choice(STEPS))
@click.option(
    "--ground",
    type=click.Choice([each.value for each in REASONS]),
    default=None,
    help="On which ground; withholding needs it.",
)
@click.option("--message", default="", help="What its owner reads; withholding needs it.")
@with_node_folder
@plainly
def decide(
    case: str, step: str, ground: str | None, message: str, data: Path, as_json: bool
) -> None:
    """Decide about a reported offer, where nobody else can: the only moderator's own."""

    async def work(node: Node) -> CaseView:
        await node.write(
            lambda uow: listing_slice.decide(
                uow, case, step, by=None, words=message, ground=ground or ""
            )
        )
        found = next((one for one in await _cases(node) if one.id == case), None)
        if found is None:
            raise NotFound(_("There is no such case."))
        return found

    decided = on_node(data, work)
    show(_case(decided), as_json, str(CASE_LIFE.word(decided.state)))


async def _cases(node: Node) -> list[CaseView]:
    return await reading(node, listing_slice.cases, None)


def _case(one: CaseView) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "state": one.state,
        "reports": [{"reason": each.reason, "words": each.words} for each in one.reports],
        "appeal": one.appeal,
        "opened_at": one.opened_at,
    }
