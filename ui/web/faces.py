"""How coops are recognised on a page: name, weave and place, for ours and for every neighbour."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from federation.storage import Reader
from node import peers
from node.errors import NotFound
from node.i18n import _
from node.peers import PeerView
from node.runtime import Node
from ui.web.context import visitor_of

KNOWN = web.RequestKey("known", Sequence[PeerView])


@dataclass(frozen=True)
class Face:
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


async def our_coop(reader: Reader, node: Node) -> Face:
    identities = node.federation.identities
    profile = await node.profile(reader)
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
    """Every coop there is something to say about, read once for all that a page shows of them."""
    if KNOWN not in request:
        request[KNOWN] = await peers.peers(reader)
    return request[KNOWN]


async def neighbour(request: web.Request, reader: Reader) -> PeerView:
    """The coop that the address names. Raises NotFound for one that this visitor does not see."""
    known = await known_coops(request, reader)
    authority = request.match_info["authority"].lower()
    peer = next((peer for peer in known if peer.authority == authority), None)
    if peer is None or not (peer.works_with_us or visitor_of(request).is_admin):
        raise NotFound(_("We do not work with a coop at that address."))
    return peer


def faces_of(known: Iterable[PeerView], ours: Face) -> Mapping[str, Face]:
    """Every coop whose listings or messages a page may show, by its address."""
    faces = {
        peer.uri: Face(
            peer.uri, peer.name, peer.weave_digest or "", peer.place, peer.authority, peer.language
        )
        for peer in known
    }
    return faces | {ours.uri: ours}


def calling(known: Iterable[PeerView]) -> list[PeerView]:
    """The coops that call for an answer; those kept at a distance wait without calling."""
    return [peer for peer in known if peer.state == "asked_by_them" and not peer.limited]
