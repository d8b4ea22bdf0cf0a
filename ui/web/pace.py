"""How many calls of the API an account has, and a connection without one: told in every answer;
and how many names one address may look for.

The headers, `RateLimit-Policy` and `RateLimit`, are those of
draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
from datetime import timedelta

from aiohttp import web
from aiohttp.typedefs import Handler

from federation import ourselves
from federation.routes import note_refusal, problem
from federation.settings import share
from node import limits
from node.accounts import network_of
from node.i18n import _
from node.listings import Asker
from protocol import webfinger
from ui.web.buckets import Buckets, Taken
from ui.web.context import VISITOR, node_of
from ui.web.proxies import visitor_address

PACE = web.AppKey("pace", Buckets)
NAMES = web.AppKey("names", Buckets)
TOLD = web.RequestKey("told", dict[str, str])
"""The headers for the answer, whatever it will be."""
_MINUTE = timedelta(minutes=1)
_FOR_PROGRAMS = ("/api/", "/search.")


def buckets(processes: int) -> Buckets:
    return _shared(limits.API_CALLS_PER_MINUTE, processes)


def names_asked(processes: int) -> Buckets:
    return _shared(limits.NAMES_PER_MINUTE, processes)


def _shared(per_minute: int, processes: int) -> Buckets:
    """One process's part of what all of them allow: to ask the others costs more than a call."""
    ours = share(per_minute, processes)
    return Buckets(ours, _MINUTE / ours)


@web.middleware
async def limit_names(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count who looks for names by WebFinger (WEB-04). Our own two cost nothing: a peer finds us
    however many others ask from its address."""
    identities = node_of(request).federation.identities
    is_free = request.path != webfinger.PATH or ourselves.is_asked_for(
        identities, request.query.get("resource", "")
    )
    if is_free:
        return await handler(request)
    address = network_of(visitor_address(request))
    taken = request.app[NAMES].take(address, node_of(request).clock.now())
    if taken.is_given:
        return await handler(request)
    wait = _seconds(taken.wait)
    detail = f"More names asked for from your address than we look up in a minute; wait {wait} s."
    note_refusal(request, 429, "too-many-requests")
    return problem(429, "too-many-requests", detail, retry_after=wait)


def asker_of(request: web.Request) -> Asker:
    """Who is counted: the account, else the network that the visitor comes from."""
    account = request[VISITOR].account
    name = account.id if account else network_of(visitor_address(request))
    return Asker(name, account is not None)


@web.middleware
async def keep_pace(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count calls of the API and what programs read of a search; pages are for people, who cannot
    hurry."""
    if not request.path.startswith(_FOR_PROGRAMS) or VISITOR not in request:
        return await handler(request)
    pace = request.app[PACE]
    taken = pace.take(asker_of(request).name, node_of(request).clock.now())
    request[TOLD] = _told(taken, pace.burst)
    if taken.is_given:
        return await handler(request)
    raise web.HTTPTooManyRequests(
        text=str(_("That is many calls in a minute. Wait a little; the answer says how long.")),
        headers={"Retry-After": str(_seconds(taken.wait))},
    )


def _told(taken: Taken, most: int) -> dict[str, str]:
    quota = f'"calls";q={most};w={_MINUTE // timedelta(seconds=1)}'
    left = f'"calls";r={taken.left}'
    if taken.wait:
        left += f";t={_seconds(taken.wait)}"
    return {"RateLimit-Policy": quota, "RateLimit": left}


def _seconds(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds()))
