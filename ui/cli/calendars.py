"""`rochdale listings calendar`: other calendars that count, and ours for calendar programs."""

from pathlib import Path

import click
from msgspec.structs import asdict

from node import listings
from node.i18n import _
from node.listings import CalendarView, MadeFeed
from node.runtime import Node
from ui.cli.common import on_node, plainly, show, with_node_folder
from ui.cli.speaking import Group


@click.group(cls=Group)
def calendar() -> None:
    """When listings can be had: calendars in and out."""


@calendar.command("import")
@click.argument("listing")
@click.argument("source")
@click.option("--name", default="calendar", show_default=True, help="Whose calendar it is.")
@with_node_folder
@plainly
def import_calendar(listing: str, source: str, name: str, data: Path, as_json: bool) -> None:
    """Let the busy times of a file, or of an address that is read again and again, count."""

    is_address = source.startswith(("https://", "http://", "webcal://"))
    if not is_address and not Path(source).is_file():
        raise click.UsageError(str(_("There is no file %(name)s.", name=source)))
    content = b"" if is_address else Path(source).read_bytes()

    async def work(node: Node) -> CalendarView:
        if is_address:
            return await listings.add_calendar_address(
                node.database, node.federation.client, listing, name, source, by=None
            )
        return await listings.add_calendar_file(node.database, listing, name, content, by=None)

    view = on_node(data, work)
    text = _("The busy times of “%(name)s” count from now on.", name=view.name)
    show(asdict(view), as_json, str(text))


@calendar.command("feed")
@click.argument("listing", required=False)
@click.option("--end", "feed_id", help="End the feed with this id.")
@with_node_folder
@plainly
def feed(listing: str | None, feed_id: str | None, data: Path, as_json: bool) -> None:
    """Make a secret address that tells when a listing is taken; without one, for the whole coop."""

    async def end(node: Node) -> None:
        await node.write(lambda uow: listings.end_feed(uow, str(feed_id), by=None))

    async def make(node: Node) -> tuple[MadeFeed, str]:
        made = await node.write(lambda uow: listings.make_feed(uow, by=None, listing_id=listing))
        return made, node.config.address

    if feed_id is not None:
        on_node(data, end)
        show({"ended": feed_id}, as_json, str(_("The link has ended.")))
        return
    made, address = on_node(data, make)
    link = f"{address}/calendars/{made.secret}.ics"
    show({"id": made.view.id, "link": link}, as_json, link)
