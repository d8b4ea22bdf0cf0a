"""Who can come in: the owner's link, members, invitations."""

import sys
from pathlib import Path
from typing import Any

import click

from federation.storage import UnitOfWork
from node import accounts, class_caps, members
from node.accounts import Purpose, Role
from node.errors import NotFound
from node.i18n import _
from node.program import called
from node.runtime import Node
from ui.cli.carrying import with_file, write_contacts
from ui.cli.common import on_node, plainly, reading, show, with_node_folder
from ui.cli.drawing import show_link, with_picture
from ui.cli.speaking import Command, Group

STATES = [status.value for status in (*members.PRESENT, members.Status.ENDED)]
CLASSES = [membership_class.value for membership_class in members.MembershipClass]


@click.command("owner-link", cls=Command)
@with_picture
@with_node_folder
@plainly
def owner_link(draws: bool, data: Path, as_json: bool) -> None:
    """Make a link that signs in who looks after this node, once."""

    async def make(node: Node) -> str:
        async with node.reading() as reader:
            admin = await accounts.first_admin(reader)
        if admin is None:
            raise NotFound(
                _(
                    "This node has no admin. Make one: %(program)s invite create --admin",
                    program=called(),
                )
            )
        link = await node.write(
            lambda uow: accounts.issue_link(uow, purpose=Purpose.OWNER, account_id=admin.id)
        )
        return link.path

    show_link(make, data, as_json, draws=draws)


@click.group(cls=Group)
def member() -> None:
    """The register of members."""


@member.command("add")
@click.argument("name")
@click.option(
    "--class", "membership_class", type=click.Choice(CLASSES), default="user", help="Of this class."
)
@with_node_folder
@plainly
def add_member(name: str, membership_class: str, data: Path, as_json: bool) -> None:
    """Enter somebody in the register."""

    async def enter(node: Node) -> members.MemberView:
        return await node.write(
            lambda uow: members.add_member(
                uow, name=name, membership_class=membership_class, admit=members.Event.ADMIT
            )
        )

    entered = on_node(data, enter)
    show(
        line_of(entered),
        as_json,
        str(_("%(name)s is member number %(number)s.", name=name, number=entered.number)),
    )


@member.command("list")
@click.option("--find", default="", help="A number, or parts of a name.")
@click.option("--class", "membership_class", type=click.Choice(CLASSES), help="Of this class.")
@click.option("--status", type=click.Choice(STATES), help="In this state.")
@with_node_folder
@plainly
def list_members(
    find: str, membership_class: str | None, status: str | None, data: Path, as_json: bool
) -> None:
    """Show the register, or some of it."""
    statuses = [members.Status(status)] if status else members.PRESENT

    async def read(node: Node) -> list[members.MemberView]:
        async with node.reading() as reader:
            found: list[members.MemberView] = []
            while page := await members.members(
                reader,
                statuses,
                q=find,
                membership_class=membership_class,
                after=found[-1].id if found else None,
            ):
                found += page
            return found

    register = on_node(data, read)
    lines = [
        f"{row.number:>5}  {row.name}  "
        f"({members.CLASS_WORDS[row.membership_class]}, {members.membership.word(row.status)})"
        for row in register
    ]
    text = "\n".join(lines) or str(_("Nobody is in the register yet."))
    show([line_of(row) for row in register], as_json, text)


@member.command("export")
@with_file
@with_node_folder
@plainly
def export_members(form: str, output: Path | None, data: Path, as_json: bool) -> None:
    """The register for an address book or a spreadsheet; that it was taken is noted."""
    cards = on_node(data, lambda node: node.write(members.contacts))
    write_contacts(cards, form, output, as_json=as_json)


@member.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@with_node_folder
@plainly
def import_members(file: Path, dry_run: bool, data: Path, as_json: bool) -> None:
    """Enter the members of a CSV file; rows that cannot be taken are told one by one."""
    content = file.read_bytes()
    report = on_node(data, lambda node: class_caps.import_members(node, content, dry_run=dry_run))
    refused = [
        {"row": one.row, "column": one.column, "reason": str(one.reason)} for one in report.refused
    ]
    head = _("Nothing was written; this would happen:") if dry_run else _("Done.")
    counts = _(
        "Rows: %(rows)s. New: %(created)s, as before: %(unchanged)s, not taken: %(refused)s",
        rows=report.rows,
        created=report.created,
        unchanged=report.unchanged,
        refused=report.rows - report.created - report.unchanged,
    )
    lines = [_("row %(row)s, %(column)s: %(why)s", why=one["reason"], **one) for one in refused]
    counted = {"rows": report.rows, "created": report.created, "unchanged": report.unchanged}
    show(counted | {"refused": refused}, as_json, "\n".join(map(str, [head, counts, *lines])))
    if report.rows and not (report.created or report.unchanged):
        click.echo(str(_("No row could be taken.")), err=True)
        sys.exit(1)


@member.command("invite")
@click.argument("number", type=int)
@with_picture
@with_node_folder
@plainly
def invite_member(number: int, draws: bool, data: Path, as_json: bool) -> None:
    """Make a link by which a member makes their account, once."""

    async def make(node: Node) -> str:
        found = await numbered(node, number)
        link = await node.write(lambda uow: members.invite(uow, found.id))
        return link.path

    show_link(make, data, as_json, draws=draws)


async def numbered(node: Node, number: int) -> members.MemberView:
    """A member, as commands name them. Raises NotFound."""
    found = await reading(node, members.by_number, number)
    if found is None:
        raise NotFound(_("Nobody has the number %(number)s.", number=number))
    return found


def line_of(row: members.MemberView) -> dict[str, Any]:
    """A line of the register as `--json` tells it."""
    return {
        "id": row.id,
        "number": row.number,
        "name": row.name,
        "kind": row.kind,
        "class": row.membership_class,
        "status": row.status,
        "joined_on": row.joined_on,
        "until": row.status_until,
    }


@click.group(cls=Group)
def invite() -> None:
    """Links that let people in."""


@invite.command("create")
@click.option("--name", help="Who it is for.")
@click.option("--admin", is_flag=True, help="Somebody who will look after the node.")
@click.option("--delegate", is_flag=True, help="Somebody who will speak in the council.")
@click.option("--treasurer", is_flag=True, help="Somebody who will keep the books.")
@click.option("--secretary", is_flag=True, help="Somebody who will look after members.")
@click.option("--moderator", is_flag=True, help="Somebody who will look at what was reported.")
@click.option(
    "--class",
    "membership_class",
    type=click.Choice(CLASSES),
    help="A member of this class once they come in; without it, an account that is no member.",
)
@click.option(
    "--hours", type=int, default=7 * 24, show_default=True, help="How many hours the link is good."
)
@with_picture
@with_node_folder
@plainly
def create_invite(
    name: str | None,
    admin: bool,
    delegate: bool,
    treasurer: bool,
    secretary: bool,
    moderator: bool,
    membership_class: str | None,
    hours: int,
    draws: bool,
    data: Path,
    as_json: bool,
) -> None:
    """Make a link that lets one person in, once."""
    roles = (
        {Role.MEMBER}
        | ({Role.ADMIN} if admin else set())
        | ({Role.DELEGATE} if delegate else set())
        | ({Role.TREASURER} if treasurer else set())
        | ({Role.SECRETARY} if secretary else set())
        | ({Role.MODERATOR} if moderator else set())
    )

    async def issue(uow: UnitOfWork) -> accounts.IssuedLink:
        said: dict[str, Any] = {"roles": roles, "name": name, "hours": hours}
        if membership_class is not None:
            return await class_caps.invite_new(uow, membership_class, **said)
        return await accounts.issue_link(uow, purpose=Purpose.INVITE, **said)

    async def make(node: Node) -> str:
        link = await node.write(issue)
        return link.path

    show_link(make, data, as_json, draws=draws)
