"""How coops are recognised on a page: name, weave and place, for ours and for every neighbour."""

from collections.abc import Iterable, Mapping, Sequence

from aiohttp import web
from msgspec import Struct

from federation.storage import Reader
from node import peers
from node.errors import NotFound
from node.i18n import _
from node.peers import PeerView
from node.runtime import Node
from ui.web.context import visitor_of

KNOWN = web.RequestKey("known", Sequence[PeerView])


class Face(Struct, frozen=True):
    """A coop at a glance. weave: hex of its key's digest, empty while its key is unknown."""

    uri: str
    name: str
    weave: str
    place: str | None
    host: str
    language: str = ""
    """In which it writes of itself, if it says so."""
    moved_to: str | None = None
    """Where our own coop lives now, if it has left this address."""


def confirmation_code(digest: bytes) -> str:
    """A key's digest short enough to read out by phone: eight groups of four signs (128 bits)."""
    code = digest[:16].hex()
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


async def our_coop(reader: Reader, node: Node, language: str = "") -> Face:
    """language: of whoever reads it."""
    identities = node.federation.identities
    profile = peers.in_tongue(await node.profile(reader), language)
    return Face(
        uri=identities.coop.uri,
        name=profile.name,
        weave=identities.coop.digest.hex(),
        place=profile.place,
        host=identities.authority,
        language=node.config.language,
        moved_to=profile.moved_to,
    )


async def known_coops(request: web.Request, reader: Reader) -> Sequence[PeerView]:
    """Every coop that we deal with, as it speaks to this visitor, read once for all that a page
    shows of them; who only asks is nobody's neighbour yet."""
    if KNOWN not in request:
        tongue = visitor_of(request).language
        request[KNOWN] = [peers.in_tongue(one, tongue) for one in await peers.peers(reader)]
    return request[KNOWN]


async def neighbour(request: web.Request, reader: Reader) -> PeerView:
    """The coop that the address names. Raises NotFound for one that this visitor does not see."""
    peer = await peers.peer_at(reader, request.match_info["authority"].lower())
    if peer is None or not (peer.works_with_us or visitor_of(request).is_admin):
        raise NotFound(_("We do not work with a coop at that address."))
    return peers.in_tongue(peer, visitor_of(request).language)


def faces_of(known: Iterable[PeerView], ours: Face) -> Mapping[str, Face]:
    """The coops whose listings or messages a page may show, by their address."""
    faces = {
        peer.uri: Face(
            peer.uri, peer.name, peer.weave_digest or "", peer.place, peer.authority, peer.language
        )
        for peer in known
    }
    return faces | {ours.uri: ours}
