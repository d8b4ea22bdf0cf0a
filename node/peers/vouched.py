"""Which coops say of which others that they are coops: ours by a button, others on their actors."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from federation.models import RemoteActor
from federation.storage import Reader, UnitOfWork
from node import audit, limits
from node.errors import Conflict, NotFound
from node.events import events
from node.i18n import _
from node.peers.events import CoopLeft, CoopMoved, CoopSuspended
from node.peers.models import StoredProfile
from node.peers.profile import say_anew, stored_profile
from node.peers.queries import peer
from node.peers.view import PeerView
from protocol.vocabulary.portraits import vouches_for_in


async def vouch(uow: UnitOfWork, uri: str, *, by: str = audit.OPERATOR) -> None:
    """Say to everybody that a coop we work with is one, as far as we know. Raises NotFound,
    Conflict."""
    known, told = await peer(uow, uri), await _told(uow)
    if known is None or not known.works_with_us:
        raise NotFound(_("We do not work with that coop."))
    if uri in told:
        return
    if len(told) >= limits.COOPS_VOUCHED_FOR:
        raise Conflict(
            _("At most %(n)s coops. Take back what you said of one.", n=limits.COOPS_VOUCHED_FOR),
            "vouched-for-too-many",
        )
    await _say(uow, [*told, uri])
    await audit.record(uow, by, "peers.vouch", uri)


async def take_back_vouching(uow: UnitOfWork, uri: str, *, by: str = audit.OPERATOR) -> None:
    """Say it no longer."""
    told = await _told(uow)
    if uri not in told:
        return
    await _say(uow, [one for one in told if one != uri])
    await audit.record(uow, by, "peers.take-back-vouching", uri)


async def vouched_by(reader: Reader, known: Sequence[PeerView]) -> Mapping[str, list[PeerView]]:
    """Of each coop that is vouched for, ours too, those among `known` that do it. Nobody vouches
    for itself."""
    by_uri = {one.uri: one for one in known if one.works_with_us}
    found: defaultdict[str, list[PeerView]] = defaultdict(list)
    stored = select(RemoteActor.uri, RemoteActor.document).where(RemoteActor.uri.in_(by_uri))
    rows = await reader.rows(stored)
    for row in sorted(rows, key=lambda row: by_uri[row.uri].name.casefold()):
        for uri in set(vouches_for_in(row.document)) - {row.uri}:
            found[uri].append(by_uri[row.uri])
    return found


@events.on(CoopLeft)
async def part(uow: UnitOfWork, event: CoopLeft) -> None:
    """Whom we do not work with any more we do not vouch for."""
    await take_back_vouching(uow, event.uri, by=audit.NODE)


@events.on(CoopSuspended)
async def part_for_now(uow: UnitOfWork, event: CoopSuspended) -> None:
    """Nor for whom we have on hold; who takes it back says so anew."""
    await take_back_vouching(uow, event.uri, by=audit.NODE)


@events.on(CoopMoved)
async def follow(uow: UnitOfWork, event: CoopMoved) -> None:
    """It is the same coop."""
    told = await _told(uow)
    if event.old in told:
        now = (event.new if one == event.old else one for one in told)
        await _say(uow, list(dict.fromkeys(now)))


async def _told(reader: Reader) -> list[str]:
    """Of whom we say it, if we have said anything of ourselves."""
    telling = await reader.scalar(select(StoredProfile.telling)) or {}
    return list(telling.get("vouches_for", ()))


async def _say(uow: UnitOfWork, told: list[str]) -> None:
    row = await stored_profile(uow)
    row.telling = row.telling | {"vouches_for": told}
    await say_anew(uow, row)
