"""What anybody on the fediverse may tell a federation: that they follow it, or no longer.

A vote or a post in reply to one of its Questions is refused with a word why: what counts are the
signed ballots of its coops, and its discussion is theirs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from federation.errors import NotAnActor
from federation.handlers import (
    Applied,
    HandlerTable,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
    typed,
)
from federation.remote.actors import record_actor, stored_actor
from federation.storage import Reader, UnitOfWork
from node import limits, threads
from node.events import events
from node.group import rules, store, telling
from node.peers import ActorGone
from protocol.iri import authority_of
from protocol.vocabulary.base import one_id

handlers = HandlerTable()
_GROUP = "Group"
_KIND = "group"


@handlers.on("Follow", _GROUP)
async def follows_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """Somebody wants to hear what a federation decides: everybody may."""
    return [await _follow(uow, each) for each in received]


@handlers.on("Undo", "Follow", kind=_KIND)
async def follows_undone(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """They no longer want to. Each takes back only a Follow of its own."""
    outcomes: list[Outcome] = []
    for each in received:
        actor, follow_id = each.activity.actor, each.activity.object_id or ""
        is_theirs = await store.unfollow(uow, actor, follow_id)
        outcomes.append(Applied() if is_theirs else _NOT_THEIRS)
    return outcomes


@handlers.types_of
async def known_groups(reader: Reader, uris: Sequence[str]) -> dict[str, str]:
    """Which of these are federations that are actors here, and Follows of them."""
    groups = dict.fromkeys(await store.known_groups(reader, uris), _GROUP)
    follows = await store.known_follows(reader, uris)
    return groups | dict.fromkeys(follows, typed("Follow", _KIND))


@events.on(ActorGone)
async def follower_gone(uow: UnitOfWork, gone: ActorGone) -> None:
    """Nothing is sent to who is deleted."""
    await store.forget(uow, gone.uri)


@threads.topics.refused
async def no_ballot(reader: Reader, note: Mapping[str, Any]) -> RefusedBy | None:
    """A vote, or an answer, that an ordinary server sends to one of our Questions."""
    answered = one_id(note.get("inReplyTo")) or ""
    is_ours = rules.charter_in(answered, reader.identities.base) is not None
    if not is_ours or "/proposals/" not in answered:
        return None
    return _NO_BALLOT if note.get("name") and not note.get("content") else _NO_MEMBER


async def _follow(uow: UnitOfWork, received: Received) -> Outcome:
    activity, actor = received.activity, received.activity.actor
    group = await store.group(uow, activity.object_id)
    if group is None:
        return RefusedBy(404, "nobody-to-follow", "There is no such federation here.")
    if group.moved_to is not None:
        said = f"This federation goes on at {group.moved_to}; follow it there."
        return RefusedBy(404, "moved", said)
    if await stored_actor(uow, actor) is None:
        if actor not in received.fetched:
            return NeedsFetch((actor,))
        try:
            await record_actor(uow, received.fetched[actor])
        except NotAnActor as error:
            return RefusedBy(422, error.code, str(error))
    is_new = not await store.follows(uow, group.uri, actor)
    if is_new and not await _make_room(uow, group.uri, actor):
        return RefusedBy(429, "too-many-followers", "More follow from there than this node serves.")
    await store.follow(uow, group.uri, actor, activity.id)
    await telling.accept(uow, group.uri, actor, activity.id)
    return Applied()


async def _make_room(uow: UnitOfWork, group_uri: str, actor: str) -> bool:
    """Whether there is room for one more. Who has long been away gives way; then the newest from
    where most are from, to whoever is from where fewer are: so nobody can shut others out."""
    if await store.count(uow, group_uri) < limits.GROUP_FOLLOWERS:
        return True
    since = uow.now - limits.GROUP_FOLLOWER_AWAY
    theirs = await store.count(uow, group_uri, rules.domain_of(authority_of(actor)))
    gives_way = await store.longest_away(uow, group_uri, since)
    gives_way = gives_way or await store.newest_of_many(uow, group_uri, theirs + 1)
    if gives_way is None:
        return False
    await telling.end_follow(uow, gives_way)
    return True


_NOT_THEIRS = RefusedBy(403, "not-owner", "Only who follows can end it.")
_NO_BALLOT = RefusedBy(
    403,
    "not-a-ballot",
    "Thank you, but here coops vote by their delegates, with signed ballots: this one "
    "cannot be counted. Talk to a coop of the federation.",
)
_NO_MEMBER = RefusedBy(
    403, "not-a-member", "Only coops of the federation talk about it here; write to one."
)
