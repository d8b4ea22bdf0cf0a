"""Coops that ask wait for a person's answer: who is in line, and whether one more may join it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, select

from federation.inbox.limits import site_of
from federation.models import Relation, RelationState
from federation.relations import change
from federation.storage import Reader, UnitOfWork
from node import limits, notices
from node.notices import NoticeKind
from protocol.iri import origin_of

ASKS = and_(Relation.suspended_at.is_(None), Relation.follower_state == RelationState.ASKED)
_IN_LINE = (
    select(Relation.actor_uri, Relation.authority)
    .where(ASKS)
    .order_by(Relation.created_at, Relation.actor_uri)
    .limit(limits.COOPS_ASKING)
)


async def in_line(reader: Reader) -> Sequence[Any]:
    """actor_uri and authority of each that asks, who waits longest first."""
    return await reader.rows(_IN_LINE)


async def has_room(reader: Reader, authority: str) -> bool:
    """Whether one more coop of a host may ask. Where the line is full, the newest of the site that
    has most in it gives way to a site with fewer: so nobody can shut others out."""
    sites = await _by_site(reader)
    theirs = len(sites.get(site(authority), ()))
    if theirs >= limits.COOPS_ASKING_OF_A_SITE:
        return False
    return not _is_full(sites) or max(map(len, sites.values())) > theirs + 1


async def make_room(uow: UnitOfWork) -> None:
    """For one more that has room."""
    sites = await _by_site(uow)
    if not _is_full(sites):
        return
    gives_way = max(sites.values(), key=len)[-1]
    await change(uow, gives_way, follower_state=RelationState.NONE)
    await notices.withdraw(uow, NoticeKind.PEER_ASKS, gives_way)


async def _by_site(reader: Reader) -> Mapping[str, Sequence[str]]:
    """Who asks, by site, who waits longest first."""
    sites: dict[str, list[str]] = {}
    for row in await in_line(reader):
        sites.setdefault(site(row.authority), []).append(row.actor_uri)
    return sites


def _is_full(sites: Mapping[str, Sequence[str]]) -> bool:
    return sum(map(len, sites.values())) >= limits.COOPS_ASKING


def site(authority: str) -> str:
    """Names and ports under a domain cost nothing: all are one site, on this machine too."""
    return site_of(origin_of(f"https://{authority}").host)
