"""Committees: what each is for, and who sits in it. Part of `rochdale office`."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from node import audit, offices
from node.days import full_day
from node.i18n import Text, _
from node.offices import Committee
from node.runtime import Node
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.moments import DAY
from ui.cli.offices import group, line, seat


@group.command("committees")
@with_node_folder
@plainly
def list_committees(data: Path, as_json: bool) -> None:
    """Committees: what each is for, and who sits in it."""
    found = on_node(data, lambda node: reading(node, offices.committees))
    show(
        [_as_json(one) for one in found],
        as_json,
        "\n".join(map(_lines, found)) or str(_("There is no committee yet.")),
    )


@group.command("committee")
@click.argument("name")
@click.option("--purpose", required=True, help="What it decides.")
@click.option("--decision", required=True, help="Who set it up, and when.")
@click.option("--until", type=DAY, help="The first day on which it is over, if it has one.")
@with_node_folder
@plainly
def set_committee(
    name: str, purpose: str, decision: str, until: datetime | None, data: Path, as_json: bool
) -> None:
    """Say what a committee is for; of one that is known, anew."""

    async def work(node: Node) -> Committee:
        ends_on = until.date() if until else None
        committee_id = await node.write(
            lambda uow: offices.set_committee(
                uow, name, purpose=purpose, decision=decision, ends_on=ends_on
            )
        )
        return await reading(node, offices.committee, committee_id)

    made = on_node(data, work)
    show(_as_json(made), as_json, _lines(made))


@group.command("drop-committee")
@click.argument("committee_id", metavar="ID")
@with_node_folder
@plainly
def drop_committee(committee_id: str, data: Path, as_json: bool) -> None:
    """Delete what a committee is for; whoever has a seat in it keeps that."""
    on_node(
        data,
        lambda node: node.write(
            lambda uow: offices.drop_committee(uow, committee_id, by=audit.OPERATOR)
        ),
    )
    show({"dropped": committee_id}, as_json, str(_("Deleted")))


def _as_json(one: Committee) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "purpose": one.purpose,
        "decision": one.decision,
        "until": one.ends_on,
        "over": one.is_over,
        "seats": [seat(each) for each in one.seats],
    }


def _lines(one: Committee) -> str:
    """The committee, and below it its seats."""
    until: Text = _("without an end")
    if one.ends_on:
        until = _("until %(day)s", day=full_day(one.ends_on))
    head = f"{one.id or '–'}  {one.name}  ({until}; {one.decision or '–'})"
    return "\n".join([head, *(f"    {line(each)}" for each in one.seats)])
