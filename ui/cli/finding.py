"""Listings found from the command line, as members find them."""

from pathlib import Path

import click

from node import listings
from node.i18n import _
from node.listings import Order, SearchPage, SearchQuery, Viewer
from node.runtime import Node
from ui.cli.common import on_node, plainly, show, with_node_folder


@click.command()
@click.argument("words", nargs=-1)
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--insist", is_flag=True, help="Look for the words as they are written.")
@click.option("--order", type=click.Choice(["fit", "newest"]), default="fit", show_default=True)
@with_node_folder
@plainly
def find(
    words: tuple[str, ...], limit: int, insist: bool, order: Order, data: Path, as_json: bool
) -> None:
    """Search our listings and those of the coops we work with."""
    query = SearchQuery(q=" ".join(words), limit=limit, insist=insist, order=order)

    async def work(node: Node) -> SearchPage:
        async with node.reading() as reader:
            return await listings.search(reader, query, Viewer("member"), reader.now)

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
