"""What coops are called today: looked up when shown, so that a new name shows everywhere."""

from collections.abc import Collection

from sqlalchemy import bindparam, select

from federation.models import RemoteActor
from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import Reader
from node import content, peers
from protocol.iri import authority_of

_LONGEST = 100
_TOLD = Prepared(
    select(RemoteActor.uri, RemoteActor.name).where(
        RemoteActor.uri.in_(bindparam("uris", expanding=True))
    )
)


async def coop_names(reader: Reader, uris: Collection[str]) -> dict[str, str]:
    """The name of each coop; one that told none is called by the name of its node."""
    told = await reader.rows(_TOLD, {"uris": list(uris)})
    names = {uri: content.name(name, _LONGEST) for uri, name in told}
    if (ours := reader.identities.coop.uri) in uris:
        names[ours] = (await peers.our_profile(reader)).name
    return {uri: names.get(uri) or authority_of(uri) for uri in uris}
