"""What the followers of a federation hear: its public proposals, and how they go."""

import hashlib
from typing import Any

from sqlalchemy import Row

from federation import outbox
from federation.storage import UnitOfWork
from node import council
from node.council import ProposalMoved, Told
from node.events import events
from node.group import store, wire
from protocol import strict_json
from protocol.addressing import PUBLIC
from protocol.vocabulary import activities


@events.on(ProposalMoved)
async def proposal_moved(uow: UnitOfWork, moved: ProposalMoved) -> None:
    """Tell the followers of it, if the federation is kept here and speaks."""
    group = await store.group_of(uow, moved.federation_id)
    if group is None or group.moved_to is not None:
        return
    federation = await council.federation(uow, moved.federation_id)
    if not federation.is_hosted_here:
        return
    view = await council.place(uow, moved.proposal_id)
    for told in await council.told(uow, moved.federation_id, name=view.name):
        await say(uow, group, told)


async def say(uow: UnitOfWork, group: Row[Any], told: Told) -> None:
    """Tell followers of a proposal, if there is anything that they were not told.

    How many coops have voted so far is no news by itself: it goes with what is.
    """
    federation = await council.federation(uow, group.federation_id)
    uri = f"{group.uri}/proposals/{told.view.name}"
    known = await store.question(uow, uri)
    if known is not None and known.deleted_at is not None:
        return
    if not told.view.is_public:
        if known is not None:
            await _take_back(uow, group, uri)
        return
    document = wire.proposal(group, federation, told, None if known is None else uow.now)
    digest = _digest(document)
    if known is not None and known.digest == digest:
        return
    await store.note_question(uow, uri, digest, is_new=known is None)
    make = activities.create if known is None else activities.update
    to, cc = tuple(document["to"]), tuple(document["cc"])
    await _publish(uow, group, make("", group.uri, document, to, cc), uri)


async def tell_about_itself(uow: UnitOfWork, group: Row[Any]) -> None:
    """Other keys, another name, another place: followers read the actor anew."""
    document = await wire.actor(uow, group)
    if document is not None:
        followers = f"{group.uri}/followers"
        said = activities.update("", group.uri, document, (PUBLIC,), (followers,))
        await _publish(uow, group, said, group.uri)


async def tell_move(uow: UnitOfWork, group: Row[Any], new: str) -> None:
    """Followers are told where they hear it from now on; their servers take them there."""
    said = activities.move("", group.uri, group.uri, new, (f"{group.uri}/followers",))
    # Kept until it has arrived: who misses it would listen at an empty house for ever.
    await _publish(uow, group, said, group.uri, until_delivered=True)


async def accept(uow: UnitOfWork, group_uri: str, actor: str, follow_id: str) -> None:
    """Say yes to a Follow."""
    follow = {"id": follow_id, "type": "Follow", "actor": actor, "object": group_uri}
    said = activities.activity("Accept", "", group_uri, follow, (actor,))
    await outbox.publish(uow, said, to_actors=[actor], object_uri=actor, listed=False)


async def end_follow(uow: UnitOfWork, follower: Row[Any]) -> None:
    """There is no room for it any more: its server is told, so that nobody waits in vain."""
    await store.forget(uow, follower.actor, follower.group_uri)
    follow = {
        "id": follower.follow_id,
        "type": "Follow",
        "actor": follower.actor,
        "object": follower.group_uri,
    }
    said = activities.activity("Reject", "", follower.group_uri, follow, (follower.actor,))
    await outbox.publish(
        uow, said, to_actors=[follower.actor], object_uri=follower.actor, listed=False
    )


async def tell_next(uow: UnitOfWork) -> bool:
    """Queue the word that was said first for the followers of the next hosts; whether there was
    any. Apart from the change that it tells of: a log does not wait for its followers."""
    word = await store.first_word(uow)
    if word is None:
        return False
    hosts = await store.next_hosts(uow, word.group_uri, word.told)
    if hosts is None:
        await store.end_word(uow, word.seq)
        return True
    actors = await store.to_tell(uow, word.group_uri, *hosts)
    await outbox.deliver(uow, word.activity_id, actors, until_delivered=word.until_delivered)
    await store.note_told(uow, word.seq, hosts[1])
    return True


async def _take_back(uow: UnitOfWork, group: Row[Any], uri: str) -> None:
    """A proposal is not for everybody any more."""
    to, cc = (PUBLIC,), (f"{group.uri}/followers",)
    said = activities.delete("", group.uri, uri, "Question", uow.now, to, cc)
    await store.note_deleted(uow, uri)
    await outbox.forget(uow, [uri])
    await _publish(uow, group, said, uri)


async def _publish(
    uow: UnitOfWork,
    group: Row[Any],
    said: dict[str, Any],
    object_uri: str,
    *,
    until_delivered: bool = False,
) -> None:
    activity_id = await outbox.publish(uow, said, to_actors=(), object_uri=object_uri)
    await store.keep_word(
        uow,
        group_uri=group.uri,
        activity_id=activity_id,
        activity_type=said["type"],
        object_uri=object_uri,
        until_delivered=until_delivered,
    )


def _digest(document: dict[str, Any]) -> bytes:
    plain = {name: value for name, value in document.items() if name not in _NO_NEWS}
    return hashlib.sha256(strict_json.dumps(plain)).digest()


_NO_NEWS = frozenset({"updated", "votersCount"})
