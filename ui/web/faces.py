"""How coops are recognised on a page: name, weave and place, for ours and for every neighbour."""

from collections.abc import Mapping
from dataclasses import dataclass

from federation.storage import Reader
from node import peers
from node.runtime import Node


@dataclass(frozen=True)
class Face:
    """A coop at a glance. weave: hex of its key's digest, empty while its key is unknown."""

    uri: str
    name: str
    weave: str
    place: str | None
    host: str
    moved_to: str | None = None
    """Where our own coop lives now, if it has left this address."""


def confirmation_code(digest: bytes) -> str:
    """A key's digest short enough to read out by phone: eight groups of four signs (128 bits)."""
    code = digest[:16].hex()
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


async def our_coop(reader: Reader, node: Node) -> Face:
    identities = node.federation.identities
    profile = await node.profile(reader)
    return Face(
        uri=identities.coop.uri,
        name=profile.name,
        weave=identities.coop.digest.hex(),
        place=profile.place,
        host=identities.authority,
        moved_to=profile.moved_to,
    )


async def faces_of(reader: Reader, ours: Face) -> Mapping[str, Face]:
    """Every coop whose listings or messages a page may show, by its address."""
    known = {
        peer.uri: Face(peer.uri, peer.name, peer.weave_digest or "", peer.place, peer.authority)
        for peer in await peers.peers(reader)
    }
    return known | {ours.uri: ours}


async def waiting_coops(reader: Reader) -> int:
    """How many coops wait for an answer from whoever looks after this node."""
    return sum(peer.state == "asked_by_them" for peer in await peers.peers(reader))
