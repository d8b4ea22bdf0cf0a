"""Offices: who holds them, giving one for a term, ending one."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from node import audit, offices
from node.days import full_day
from node.i18n import Text, _
from node.offices import Given, Holding, Office
from node.runtime import Node
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.moments import DAY
from ui.cli.people import numbered
from ui.cli.speaking import Group

NAMES = [office.value for office in Office]


@click.group("office", cls=Group)
def group() -> None:
    """What the coop entrusts to members, for a term."""


@group.command("list")
@click.option("--over", is_flag=True, help="Those whose term is over, too.")
@with_node_folder
@plainly
def list_offices(over: bool, data: Path, as_json: bool) -> None:
    """Who holds which office, until when."""
    found = on_node(data, lambda node: reading(node, offices.holdings, over=over))
    show(
        [seat(one) for one in found],
        as_json,
        "\n".join(map(line, found)) or str(_("Nobody holds an office yet")),
    )


@group.command("give")
@click.argument("number", type=int)
@click.argument("office", type=click.Choice(NAMES))
@click.option("--until", type=DAY, required=True, help="The first day on which it is over.")
@click.option("--from", "first", type=DAY, help="Its first day; today if not given.")
@click.option("--decision", required=True, help="Who decided so, and when.")
@click.option("--name", default="", help="Which committee, or which other office.")
@with_node_folder
@plainly
def give(
    number: int,
    office: str,
    until: datetime,
    first: datetime | None,
    decision: str,
    name: str,
    data: Path,
    as_json: bool,
) -> None:
    """Give an office to the member with this number."""

    async def make(node: Node) -> Holding:
        found = await numbered(node, number)
        starts_on = (first or node.clock.now()).date()
        given = Given(Office(office), starts_on, until.date(), decision, name)
        return await node.write(lambda uow: offices.give(uow, found.id, given, by=audit.OPERATOR))

    made = on_node(data, make)
    show(seat(made), as_json, line(made))


@group.command("end")
@click.argument("office_id", metavar="ID")
@click.option("--reason", required=True, help="Why; it stands in the register for good.")
@with_node_folder
@plainly
def end(office_id: str, reason: str, data: Path, as_json: bool) -> None:
    """End a term before its time."""

    async def work(node: Node) -> Holding:
        await node.write(lambda uow: offices.end(uow, office_id, by=audit.OPERATOR, reason=reason))
        return await reading(node, offices.holding, office_id)

    done = on_node(data, work)
    show(seat(done), as_json, line(done))


def seat(one: Holding) -> dict[str, Any]:
    """A term, for a program."""
    return {
        "id": one.id,
        "office": one.office,
        "name": one.name,
        "member": one.member_name,
        "from": one.starts_on,
        "until": one.until,
        "state": one.standing,
        "decision": one.decision,
    }


def line(one: Holding) -> str:
    """A term, for a person."""
    span = f"{full_day(one.starts_on)} – {full_day(one.until)}"
    return f"{one.id}  {one.title}: {one.member_name}  ({span}, {_standing(one)}; {one.decision})"


def _standing(one: Holding) -> Text:
    if one.standing == "over":
        return _("over")
    return _("not yet") if one.standing == "coming" else _("in office")
