"""What one can ask about a federation as an actor."""

from msgspec import Struct

from federation import local_actors
from federation.storage import Reader
from node import council
from node.group import rules, store


class GroupView(Struct, frozen=True):
    """A federation as anybody may find it. handle: as people type it into another server."""

    uri: str
    federation_id: str
    name: str
    handle: str
    followers: int
    coops: int
    moved_to: str | None


async def charters(reader: Reader) -> list[tuple[str, str]]:
    """The federations that anybody finds here: the charter and our id of each; not those that went
    on elsewhere."""
    return [
        (one.charter, one.federation_id)
        for one in await store.groups(reader)
        if one.moved_to is None
    ]


async def shown(reader: Reader, charter: str) -> GroupView | None:
    """The federation of this charter, if it is an actor of ours."""
    found = await store.group(reader, rules.group_uri(reader.identities.coop.uri, charter))
    if found is None:
        return None
    federation = await council.federation(reader, found.federation_id)
    username = await local_actors.username(reader, found.uri)
    return GroupView(
        found.uri,
        found.federation_id,
        federation.name,
        f"@{username}@{reader.identities.authority}",
        await store.count(reader, found.uri),
        len(federation.members),
        found.moved_to,
    )
