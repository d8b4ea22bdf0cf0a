"""The coops we work with as a directory: what each offers, how it is made, where, with whom."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct

from federation.storage import Reader
from node import council, group, listings, peers, policies
from node.council import FederationView
from node.listings import Viewer
from node.peers import Governance, Opening, PeerView, Told
from node.places import distance_km
from node.policies import PolicyView
from node.text import fold

NEAR_KM = 100.0
_ACTIVE = "active"


class Wanted(Struct, frozen=True):
    """Which coops somebody looks for. q: words that they, or what they offer, are called by.

    federation: our id of one, for who may know who is in it. sector: as its coops say it.
    """

    q: str = ""
    kind: str | None = None
    near: tuple[float, float] | None = None
    within_km: float | None = NEAR_KM
    federation: str | None = None
    opening: Opening | None = None
    sector: str = ""
    governance: Governance | None = None


class Federated(Struct, frozen=True):
    """A federation and how it decides, as a rule. scheme: how votes weigh; rule: what an ordinary
    decision needs."""

    id: str
    name: str
    scheme: Mapping[str, Any]
    rule: Mapping[str, Any]
    coops: frozenset[str]


class Named(Struct, frozen=True):
    """A federation that a coop names in its own document, which anybody reads. page: what its host
    shows everybody of it."""

    name: str
    page: str


class Neighbour(Struct, frozen=True):
    """A coop of the directory. offers: how many listings of its are here; kinds: and of which.

    names: the federations by whose rules it says in public that it goes.
    """

    peer: PeerView
    told: Told
    offers: int
    kinds: tuple[tuple[str, int], ...]
    federations: tuple[Federated, ...]
    names: tuple[Named, ...]
    distance_km: float | None
    vouchers: tuple[PeerView, ...]
    """Other coops that we work with and that say of it that it is a coop."""
    is_vouched: bool
    """Whether we say so."""

    def vouched_by(self, ours: str) -> list[str]:
        """The actors that say so, ours too."""
        return [*([ours] if self.is_vouched else []), *(each.uri for each in self.vouchers)]


class Governing(Struct, frozen=True):
    """How our own coop is governed, as far as somebody may read it.

    federations: those that we name in public, with how each decides where that is shown, too.
    policies: what they decided and is in force. weights: what counts in a search, of 100.
    """

    federations: tuple[tuple[Named, Federated | None], ...]
    policies: tuple[PolicyView, ...]
    weights: Mapping[str, int]


async def our_governing(reader: Reader, viewer: Viewer) -> Governing:
    """For our own page: members know how our federations decide, others where the coop says so."""
    heads = await policies.heads(reader)
    shown_to = await policies.value(reader, policies.COUNCIL_RULES_SHOWN_TO)
    is_shown = viewer.kind == "member" or shown_to == "everybody"
    named = [one for one in await council.federations(reader) if one.digest in heads]
    ranks = (policies.RANKING_TEXT, policies.RANKING_NEARNESS, policies.RANKING_FRESHNESS)
    weights = [await policies.value(reader, key) for key in ranks]
    return Governing(
        tuple(
            [(_named(one), await _federated(reader, one) if is_shown else None) for one in named]
        ),
        tuple(one for one in await policies.passed(reader) if one.holds(reader.now)),
        dict(zip(("text", "nearness", "freshness"), weights, strict=True)),
    )


async def named_by_each(reader: Reader, coops: Collection[str]) -> dict[str, tuple[Named, ...]]:
    """Which federations coops name themselves, of those that we know by name: whom else a
    federation has, and how it decides, is for its members to tell."""
    known = {one.digest: one for one in await council.federations(reader) if one.digest}
    shown = await policies.heads_shown(reader, coops) if known else {}
    return {
        coop: tuple(_named(known[charter]) for charter in sorted(heads) if charter in known)
        for coop, heads in shown.items()
    }


def _named(one: FederationView) -> Named:
    return Named(one.name or one.host, group.group_uri(one.host, str(one.digest)))


async def federations(reader: Reader) -> list[Federated]:
    """Those that we belong to, for members: who is in them is theirs to know."""
    found = [one for one in await council.federations(reader) if one.state == _ACTIVE]
    return [await _federated(reader, one) for one in found]


async def neighbours(
    reader: Reader,
    peers_known: Sequence[PeerView],
    wanted: Wanted,
    viewer: Viewer,
    together: Sequence[Federated] = (),
    language: str = "",
) -> list[Neighbour]:
    """Of the coops we know those we work with that are wanted, by distance or by name.

    together: the federations that may be named. language: of whoever reads it.
    """
    known = shown_to(viewer, peers_known)
    uris = [one.uri for one in known]
    told = await peers.told_by_each(reader, uris, language)
    names = await named_by_each(reader, uris)
    offers = await listings.mirrors_by_coop(reader, viewer)
    kinds = await listings.kinds_by_coop(reader, viewer)
    vouched, ours = await peers.vouched_by(reader, known), await peers.our_telling(reader)
    offering = frozenset[str]()
    if wanted.q.strip():
        offering = await listings.coops_offering(reader, wanted.q, viewer, reader.now)
    found = [
        Neighbour(
            one,
            told.get(one.uri, Told()),
            offers.get(one.uri, 0),
            tuple(kinds.get(one.uri, {}).items()),
            tuple(each for each in together if one.uri in each.coops),
            names.get(one.uri, ()),
            _distance(one, wanted.near),
            tuple(vouched.get(one.uri, ())),
            one.uri in ours.vouches_for,
        )
        for one in known
    ]
    chosen = [one for one in found if _is_wanted(one, wanted, offering)]
    if wanted.near is None:
        return chosen
    return sorted(chosen, key=lambda one: one.distance_km or 0.0)


def shown_to(viewer: Viewer, known: Sequence[PeerView]) -> list[PeerView]:
    """The coops we work with, but those kept at a distance for members alone."""
    together = [one for one in known if one.works_with_us]
    return [one for one in together if not one.limited or viewer.kind == "member"]


def _is_wanted(one: Neighbour, wanted: Wanted, offering: Collection[str]) -> bool:
    sectors = one.told.sectors.lines if one.told.sectors else ()
    q, called = fold(wanted.q.strip()), (one.peer.name, *one.peer.names.values(), *sectors)
    by_name = any(q in fold(name) for name in called)
    return (
        (not wanted.q.strip() or by_name or one.peer.uri in offering)
        and (wanted.kind is None or wanted.kind in dict(one.kinds))
        and (wanted.near is None or _is_near(one, wanted.within_km))
        and (wanted.federation is None or wanted.federation in {f.id for f in one.federations})
        and (wanted.opening is None or wanted.opening is one.told.opening)
        and (wanted.governance is None or wanted.governance is one.told.governance)
        and (not wanted.sector or fold(wanted.sector) in map(fold, sectors))
    )


def _is_near(one: Neighbour, within_km: float | None) -> bool:
    return one.distance_km is not None and (within_km is None or one.distance_km <= within_km)


def _distance(one: PeerView, near: tuple[float, float] | None) -> float | None:
    if near is None or one.lat is None or one.lon is None:
        return None
    return distance_km(*near, one.lat, one.lon)


async def _federated(reader: Reader, view: FederationView) -> Federated:
    rules = await council.agreed_rules(reader, view.id)
    return Federated(
        view.id,
        view.name or view.host,
        rules.get("scheme") or {},
        (rules.get("classes") or {}).get("ordinary", {}).get("rule") or {},
        frozenset(one.coop for one in view.members),
    )
