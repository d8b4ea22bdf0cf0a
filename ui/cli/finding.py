"""Listings found from the command line, as members find them."""

from pathlib import Path

import click
from msgspec.structs import replace

from node import listings
from node.i18n import _
from node.listings import Order, SearchPage, SearchQuery, Viewer
from node.money import Money
from node.runtime import Node
from ui.cli.common import on_node, plainly, show, with_node_folder
from ui.cli.speaking import Command


@click.command(cls=Command)
@click.argument("words", nargs=-1)
@click.option(
    "--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="At most so many."
)
@click.option("--insist", is_flag=True, help="Look for the words as they are written.")
@click.option(
    "--order",
    type=click.Choice(["fit", "newest", "price"]),
    default="fit",
    show_default=True,
    help="What stands first.",
)
@click.option("--pays", help="gift, time, or a currency such as GBP.")
@click.option("--from", "price_from", help="A price of at least so much.")
@click.option("--to", "price_to", help="A price of at most so much.")
@click.option("--currency", help="Of --from, --to and --order price; ours unless given.")
@with_node_folder
@plainly
def find(
    words: tuple[str, ...],
    limit: int,
    insist: bool,
    order: Order,
    pays: str | None,
    price_from: str | None,
    price_to: str | None,
    currency: str | None,
    data: Path,
    as_json: bool,
) -> None:
    """Search our listings and those of the coops we work with."""
    query = SearchQuery(q=" ".join(words), limit=limit, insist=insist, order=order, pays=pays)

    async def work(node: Node) -> SearchPage:
        code = currency or node.config.currency
        least, most = (
            None if said is None else Money.parse(said, code).amount
            for said in (price_from, price_to)
        )
        asked = replace(query, currency=code, least=least, most=most)
        async with node.reading() as reader:
            return await listings.search(reader, asked, Viewer("member"), reader.now)

    page = on_node(data, work)
    show(_as_json(page), as_json, "\n".join(_lines(page)) or str(_("Nothing found")))


def _as_json(page: SearchPage) -> dict[str, object]:
    return {
        "items": [
            {"id": hit.id, "uri": hit.uri, "title": hit.title, "coop": hit.coop_name}
            for hit in page.hits
        ],
        "total": page.total,
        "total_is_floor": page.total_is_floor,
        "corrections": [{"typed": one.typed, "found": one.found} for one in page.corrections],
    }


def _lines(page: SearchPage) -> list[str]:
    words = ", ".join(word for one in page.corrections for word in one.found)
    told = [str(_("Showing results for “%(words)s”.", words=words))] if words else []
    return told + [f"{hit.id}  {hit.title}  {hit.coop_name}" for hit in page.hits]
