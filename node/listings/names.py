"""What coops are called today: looked up when shown, so that a new name shows everywhere."""

from collections.abc import Collection

from sqlalchemy import select

from federation.models import RemoteActor
from federation.storage.unit_of_work import Reader
from node import content, peers
from protocol.iri import authority_of

_LONGEST = 100


async def coop_names(reader: Reader, uris: Collection[str]) -> dict[str, str]:
    """The name of each coop; one that told none is called by the name of its node."""
    told = select(RemoteActor.uri, RemoteActor.name).where(RemoteActor.uri.in_(uris))
    names = {uri: content.name(name, _LONGEST) for uri, name in await reader.rows(told)}
    if (ours := reader.identities.coop.uri) in uris:
        names[ours] = (await peers.our_profile(reader)).name
    return {uri: names.get(uri) or authority_of(uri) for uri in uris}
