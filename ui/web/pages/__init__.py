"""One file per concept; each handler parses, asks a command or a query, and renders."""

from collections.abc import Iterator

from aiohttp.web import AbstractRouteDef

from ui.web.pages import (
    account,
    availability,
    consent,
    coops,
    domains,
    exchange,
    home,
    listings,
    members,
    peers,
    referrals,
    search,
    settings,
)


def routes() -> Iterator[AbstractRouteDef]:
    """Every page. `/listings/new` stands before `/listings/{id}`: the first that fits is taken."""
    first = (home, search, listings, availability, coops, peers, domains, referrals, consent)
    for concept in (*first, account, members, settings, exchange):
        yield from concept.routes
