"""What changes about a member, and what was wrong in the register. Part of `rochdale member`."""

from datetime import datetime
from pathlib import Path

import click

from node import members
from node.i18n import _
from node.runtime import Node
from ui.cli.common import on_node, plainly, show, with_node_folder
from ui.cli.moments import DAY
from ui.cli.people import CLASSES, line_of, member, numbered

STEPS = sorted(
    {one.value for (before, one) in members.membership.table if before in members.PRESENT}
)
ENDS = [one.value for one in members.EndReason]


@member.command("class")
@click.argument("number", type=int)
@click.argument("membership_class", metavar="CLASS", type=click.Choice(CLASSES))
@click.option("--reason", default="", help="Why; it stands in the register for good.")
@with_node_folder
@plainly
def change_class(
    number: int, membership_class: str, reason: str, data: Path, as_json: bool
) -> None:
    """Let a member belong to another class, with its rights, from today on."""

    async def change(node: Node) -> members.MemberView:
        found = await numbered(node, number)
        return await node.write(
            lambda uow: members.change_class(uow, found.id, membership_class, reason=reason)
        )

    changed = on_node(data, change)
    said = f"{changed.name}: {members.CLASS_WORDS[changed.membership_class]}"
    show(line_of(changed), as_json, said)


@member.command("step")
@click.argument("number", type=int)
@click.argument("event", type=click.Choice(STEPS))
@click.option("--until", type=DAY, help="The first day on which it is over.")
@click.option(
    "--why", type=click.Choice([one.value for one in members.EndReason]), help="How it ends."
)
@click.option("--reason", default="", help="Why; it stands in the register for good.")
@with_node_folder
@plainly
def step(
    number: int,
    event: str,
    until: datetime | None,
    why: str | None,
    reason: str,
    data: Path,
    as_json: bool,
) -> None:
    """Let something happen to a membership: a pause, a notice, an end."""
    day = until.date() if until else None

    async def change(node: Node) -> members.MemberView:
        found = await numbered(node, number)
        return await node.write(
            lambda uow: members.change_status(
                uow, found.id, event, reason=reason, until=day, why=why
            )
        )

    changed = on_node(data, change)
    said = f"{changed.name}: {members.membership.word(changed.status)}"
    show(line_of(changed), as_json, said)


@member.command("correct")
@click.argument("number", type=int)
@click.option("--name", help="Their name.")
@click.option("--representative", help="Who speaks for the firm.")
@click.option("--email", help="Their e-mail; empty takes it away.")
@click.option("--phone", help="Their telephone; empty takes it away.")
@click.option("--address", help="Where post reaches them; empty takes it away.")
@click.option("--reason", default="", help="How it is known; it stands in the register for good.")
@with_node_folder
@plainly
def correct(number: int, reason: str, data: Path, as_json: bool, **said: str | None) -> None:
    """Put right what the register says of a member; what it said before stays in the history."""
    given = {field: text for field, text in said.items() if text is not None}
    if not given:
        raise click.UsageError(str(_("Say what is to be put right.")))

    async def change(node: Node) -> members.MemberView:
        found = await numbered(node, number)
        return await node.write(lambda uow: members.correct(uow, found.id, given, reason=reason))

    corrected = on_node(data, change)
    show(line_of(corrected), as_json, str(_("The register says so now.")))
