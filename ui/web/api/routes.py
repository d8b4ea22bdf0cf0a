"""All endpoints, their description as JSON, and the page that shows it to a person."""

from collections.abc import Iterator

from aiohttp import web

from ui.web.api import (
    agreements,
    alerts,
    applications,
    audit,
    availability,
    books,
    charter,
    clearing,
    coop_page,
    coops,
    council,
    council_after,
    deliberation,
    hours,
    keeping,
    listings,
    moderation,
    obligations,
    offices,
    own_account,
    people,
    policies,
    profiles,
    referrals,
    sponsoring,
    threads,
    webhooks,
)
from ui.web.api.endpoints import PREFIX, Endpoint
from ui.web.api.openapi import describe
from ui.web.context import node_of
from ui.web.templating import render

TABLES = (
    listings.table,
    moderation.table,
    availability.table,
    coop_page.table,
    coops.table,
    people.table,
    profiles.table,
    offices.table,
    hours.table,
    own_account.table,
    applications.table,
    sponsoring.table,
    audit.table,
    alerts.table,
    policies.table,
    books.table,
    agreements.table,
    obligations.table,
    clearing.table,
    referrals.table,
    council.table,
    council_after.table,
    keeping.table,
    deliberation.table,
    charter.table,
    threads.table,
    webhooks.table,
)


def endpoints() -> list[Endpoint]:
    return [row for table in TABLES for row in table.rows]


def api_routes() -> Iterator[web.RouteDef]:
    for table in TABLES:
        yield from table.routes()
    yield web.get(f"{PREFIX}/openapi.json", openapi)
    yield web.get("/api", api_page)


async def openapi(request: web.Request) -> web.StreamResponse:
    node = node_of(request)
    document = describe(endpoints(), title=node.config.name, address=node.config.address)
    return web.json_response(document, headers={"Cache-Control": "public, max-age=300"})


async def api_page(request: web.Request) -> web.StreamResponse:
    return await render(request, "api.html", here="more", endpoints=endpoints(), prefix=PREFIX)
