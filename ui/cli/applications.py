"""Whoever would like to join: who they are, and what is decided. Part of `rochdale member`."""

from pathlib import Path
from typing import Any

import click

from node import audit, joining, members
from node.i18n import _
from node.joining import Actor, ApplicationView, Event, Sponsor, Sponsors
from node.runtime import Node
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.drawing import show_link, with_picture
from ui.cli.people import member

STEPS = sorted(event.value for event in joining.MAY[Actor.REVIEWER])


_WITH_WHY = click.option("--why", default="", help="For the register: why, though too few vouch.")


@member.command("applications")
@click.option("--all", "everything", is_flag=True, help="Those that are decided or over, too.")
@with_node_folder
@plainly
def list_applications(everything: bool, data: Path, as_json: bool) -> None:
    """Who would like to join, the newest first."""
    statuses = list(joining.Status) if everything else joining.UNDER_WAY
    found = on_node(data, lambda node: reading(node, joining.applications, statuses))
    lines = [
        f"{one.id}  {one.given.name if one.given else '–'}  "
        f"({members.CLASS_WORDS[one.membership_class]}, {joining.applying.word(one.status)})"
        for one in found
    ]
    show([_application(one) for one in found], as_json, "\n".join(lines) or str(_("Nobody waits.")))


@member.command("admit")
@click.argument("application")
@click.option("--on-probation", is_flag=True, help="On probation first.")
@click.option("--message", default="", help="What they read.")
@_WITH_WHY
@with_node_folder
@plainly
def admit(
    application: str, on_probation: bool, message: str, why: str, data: Path, as_json: bool
) -> None:
    """Admit an applicant by the id of their application."""
    event = Event.ADMIT_ON_PROBATION if on_probation else Event.ADMIT
    _step(application, event, message, why, data, as_json=as_json)


@member.command("decide")
@click.argument("application")
@click.argument("step", type=click.Choice(STEPS))
@click.option("--message", default="", help="What they read; asking and declining need it.")
@_WITH_WHY
@with_node_folder
@plainly
def decide(application: str, step: str, message: str, why: str, data: Path, as_json: bool) -> None:
    """Take the next step with an application."""
    _step(application, Event(step), message, why, data, as_json=as_json)


@member.command("applicant-link")
@click.argument("application")
@with_picture
@with_node_folder
@plainly
def applicant_link(application: str, draws: bool, data: Path, as_json: bool) -> None:
    """Make an applicant's own link anew, when it is lost; the earlier one opens nothing then."""

    async def make(node: Node) -> str:
        return await node.write(lambda uow: joining.renew_link(uow, application, by=audit.OPERATOR))

    show_link(make, data, as_json, draws=draws)


@member.command("sponsors")
@click.argument("application")
@click.option("--ask", "name", metavar="NAME", help="First name one more, as the register does.")
@with_node_folder
@plainly
def sponsors(application: str, name: str | None, data: Path, as_json: bool) -> None:
    """Who vouches for an applicant, of how many."""

    async def work(node: Node) -> Sponsors:
        if name is not None:
            await node.write(
                lambda uow: joining.name_sponsor(uow, application, name, by=audit.OPERATOR)
            )
        async with node.reading() as reader:
            await joining.whole(reader, application)
            return await joining.sponsors(reader, application)

    found = on_node(data, work)
    count = _("%(count)s of %(needed)s", count=found.vouched, needed=found.needed)
    show(
        {"needed": found.needed, "sponsors": [_sponsor(one) for one in found.asked]},
        as_json,
        "\n".join([str(count), *(f"  {one.name}: {one.word}" for one in found.asked)]),
    )


def _step(
    application: str, event: Event, message: str, why: str, data: Path, *, as_json: bool
) -> None:
    done = on_node(
        data,
        lambda node: node.write(
            lambda uow: joining.step(
                uow,
                application,
                event,
                actor=Actor.REVIEWER,
                by=audit.OPERATOR,
                message=message,
                why=why,
            )
        ),
    )
    show(_application(done), as_json, str(joining.applying.word(done.status)))


def _sponsor(one: Sponsor) -> dict[str, Any]:
    return {
        "member": one.member_id,
        "name": one.name,
        "vouches": one.vouches,
        "counts": one.counts,
    }


def _application(one: ApplicationView) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.given.name if one.given else None,
        "kind": one.kind,
        "class": one.membership_class,
        "status": one.status,
        "member": one.member_id,
        "created_at": one.created_at,
    }
