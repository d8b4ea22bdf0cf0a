"""A federation's actor is opened where its log is kept, and goes on where another coop keeps it.

Its keys take a moment to make, and another host's Group has to be asked whether it knows ours: so
both are done beside the units of work that change the council, as soon as they are due.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from federation import local_actors
from federation.errors import FederationError
from federation.local_actors import FreshKeys
from federation.runtime import Federation
from federation.storage import Reader, UnitOfWork
from node import audit, council, limits
from node.council import Kept
from node.group import rules, store, telling
from protocol.errors import ProtocolError

_TURNS = 20
"""Then others have theirs; it goes on a second later."""


async def attend(federation: Federation) -> None:
    """Open actors of federations that we keep now, close those that another coop keeps; tell
    followers what they were not told yet."""
    async with federation.database.reading() as reader:
        due = [(each, await _due(reader, each)) for each in await council.kept_where(reader)]
    for kept, act in due:
        if act is not None:
            await act(federation, kept)
    async with federation.database.reading() as reader:
        is_waiting = await store.first_word(reader) is not None
    turns = _TURNS if is_waiting else 0
    while turns and await federation.database.write(telling.tell_next):
        turns -= 1


async def open_group(federation: Federation, kept: Kept) -> None:
    """Let a federation that we keep be an actor, or be one again."""
    fresh = await asyncio.to_thread(local_actors.fresh_keys)
    await federation.database.write(lambda uow: opened(uow, kept, fresh))


async def opened(uow: UnitOfWork, kept: Kept, fresh: FreshKeys) -> None:
    """It has keys, and tells of what is being decided; another process may have been quicker."""
    uri = rules.group_uri(uow.identities.coop.uri, kept.charter)
    if await _due(uow, kept) is None:
        return
    if await local_actors.identity(uow, uri) is None:
        await local_actors.open_actor(uow, uri, "Group", rules.username_for(kept.name), fresh)
    group = await store.group(uow, uri)
    if group is None:
        columns = {"federation_id": kept.federation_id, "charter": kept.charter, "name": kept.name}
        group = await store.keep_group(uow, uri=uri, **columns)
    else:
        group = await store.change_group(uow, uri, name=kept.name, moved_to=None, look_at=None)
        await telling.tell_about_itself(uow, group)
    most = limits.ANNOUNCED_AT_ONCE
    for told in await council.told(uow, kept.federation_id, are_going=True, limit=most):
        await telling.say(uow, group, told)
    await audit.record(uow, audit.NODE, "group.open", kept.federation_id)


async def renew_keys(federation: Federation) -> None:
    """New keys for the federations that are actors here; followers are told where to read them."""
    async with federation.database.reading() as reader:
        groups = [each for each in await store.groups(reader) if each.moved_to is None]
    for group in groups:
        fresh = await asyncio.to_thread(local_actors.fresh_keys)
        await federation.database.write(partial(renewed, uri=group.uri, fresh=fresh))


async def renewed(uow: UnitOfWork, uri: str, fresh: FreshKeys) -> None:
    """An actor that speaks with these keys from now on."""
    group = await store.group(uow, uri)
    if group is None or await local_actors.identity(uow, uri) is None:
        return  # a node without the key that sealed them makes others by itself
    name = await local_actors.username(uow, uri) or rules.username_for(group.name)
    await local_actors.open_actor(uow, uri, "Group", name, fresh)
    await telling.tell_about_itself(uow, group)
    await audit.record(uow, audit.NODE, "group.keys", group.federation_id)


async def go_on_elsewhere(federation: Federation, kept: Kept) -> None:
    """Another coop keeps it: followers are told as soon as its Group there names ours, or their
    servers would not believe it."""
    old = rules.group_uri(federation.identities.coop.uri, kept.charter)
    new = rules.group_uri(kept.host, kept.charter)
    try:
        is_there = old in (await federation.actors.actor(new, refresh=True)).also_known_as
    except (FederationError, ProtocolError):
        is_there = False
    if is_there:
        await federation.database.write(lambda uow: left(uow, kept, new))
        return
    await federation.database.write(
        lambda uow: store.change_group(uow, old, look_at=uow.now + limits.GROUP_LOOKS_AGAIN)
    )


async def left(uow: UnitOfWork, kept: Kept, new: str) -> None:
    """The old actor stays as a sign-post."""
    if await _due(uow, kept) is None:
        return
    old = rules.group_uri(uow.identities.coop.uri, kept.charter)
    group = await store.change_group(uow, old, moved_to=new, look_at=None)
    await telling.tell_about_itself(uow, group)
    await telling.tell_move(uow, group, new)
    await audit.record(uow, audit.NODE, "group.move", kept.federation_id, {"to": new})


Act = Callable[[Federation, Kept], Awaitable[None]]


async def _due(reader: Reader, kept: Kept) -> Act | None:
    ours = reader.identities.coop.uri
    group = await store.group(reader, rules.group_uri(ours, kept.charter))
    if kept.host == ours:
        if group is None or group.moved_to is not None or group.name != kept.name:
            return open_group
        return None if await local_actors.identity(reader, group.uri) else open_group
    if group is None or group.moved_to == rules.group_uri(kept.host, kept.charter):
        return None
    return go_on_elsewhere if group.look_at is None or group.look_at <= reader.now else None
