"""The coops we work with as contacts to take along: what they say of themselves to everybody."""

from federation.storage import Reader
from node.contacts import Card
from node.peers.queries import peers
from node.peers.view import PeerView
from protocol.iri import origin_of


async def contacts(reader: Reader) -> list[Card]:
    """Every coop that we are in touch with; none that is kept at a distance."""
    known = await peers(reader)
    return [_card(one) for one in known if one.works_with_us and not one.limited]


def _card(peer: PeerView) -> Card:
    has_place = peer.lat is not None and peer.lon is not None
    return Card(
        uid=peer.uri,
        name=peer.name,
        kind="org",
        org=peer.name,
        url=str(origin_of(peer.uri)),
        place=peer.place or "",
        geo=f"{peer.lat},{peer.lon}" if has_place else "",
        note=" ".join([peer.handle, peer.summary]).strip(),
    )
