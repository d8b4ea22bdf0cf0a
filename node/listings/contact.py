"""Whom one writes to about a listing."""

from collections.abc import Collection

from sqlalchemy import select

from federation.storage import Reader
from node import threads
from node.listings.models import State, Visibility, listing_table, publication_table
from node.listings.views import ListingView, MirrorView, uri_of
from node.threads import Topic
from protocol.vocabulary.companions import companion_uri

_l, _p = listing_table.c, publication_table.c


def topic_of(listing: ListingView | MirrorView) -> Topic:
    """A listing as something to write about: to who wrote it, to the team or the coop that offers
    it, or to the other coop."""
    if isinstance(listing, MirrorView):
        return Topic(listing.uri, listing.title, threads.actor(listing.coop_uri))
    return Topic(listing.uri, listing.title, _provider(listing.by, listing.team))


@threads.topics.known
async def topics_of(reader: Reader, uris: Collection[str], is_peer: bool) -> dict[str, Topic]:
    """Which of these are listings of ours, or their companions, that an actor elsewhere sees."""
    prefix = uri_of(reader.identities.base, "")
    ids = {uri: uri.removeprefix(prefix).removesuffix("/note") for uri in uris}
    audiences = [Visibility.PUBLIC, *([Visibility.FEDERATION] if is_peer else [])]
    seen = (
        select(_p.id, _l.title, _l.created_by, _l.team)
        .join(listing_table, _l.publication_id == _p.id)
        .where(_p.id.in_(ids.values()), _p.audience.in_(audiences), _p.withdrawn_at.is_(None))
        .where(_l.state != State.DRAFT)
    )
    found: dict[str, Topic] = {}
    for row in await reader.rows(seen):
        uri = uri_of(reader.identities.base, row.id)
        topic = Topic(uri, row.title, _provider(row.created_by, row.team))
        found |= {one: topic for one in (uri, companion_uri(uri)) if one in ids}
    return found


def _provider(account_id: str | None, team: str | None) -> threads.Party:
    return threads.account(account_id) if account_id else threads.desk_of(team)
