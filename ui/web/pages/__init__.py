"""One file per concept; each handler parses, asks a command or a query, and renders."""

from collections.abc import Iterator

from aiohttp.web import AbstractRouteDef

from ui.web.pages import (
    account,
    afterwards,
    agreement,
    agreements,
    amending,
    applications,
    asking,
    availability,
    book_keeping,
    books,
    charter,
    clearing_runs,
    commenting,
    consent,
    coops,
    council,
    domains,
    exchange,
    federations,
    founding,
    home,
    joining,
    listings,
    members,
    notices,
    owed,
    peers,
    policies,
    proposals,
    proposing,
    referral_files,
    referrals,
    search,
    settings,
    threads,
    webhooks,
)

CONCEPTS = (
    home,
    search,
    listings,
    availability,
    asking,
    agreements,
    agreement,
    coops,
    peers,
    domains,
    referrals,
    referral_files,
    consent,
    threads,
    founding,
    proposing,
    amending,
    commenting,
    proposals,
    charter,
    afterwards,
    council,
    federations,
    notices,
    account,
    joining,
    applications,
    members,
    settings,
    policies,
    webhooks,
    exchange,
    book_keeping,
    books,
    owed,
    clearing_runs,
)


def routes() -> Iterator[AbstractRouteDef]:
    """Every page. `/listings/new` stands before `/listings/{id}`: the first that fits is taken."""
    for concept in CONCEPTS:
        yield from concept.routes
