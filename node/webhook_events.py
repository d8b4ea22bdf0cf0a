"""What happens in the slices, told to webhooks.

It stands above the slices, because webhooks stand below most of them: a slice announces its event
as to any other, and here it becomes a message of ids and addresses. To tell of one more thing: a
kind in `node.webhooks.kinds`, and a reaction here.
"""

from collections.abc import Iterable

from federation.storage import Reader, UnitOfWork
from node import agreements, webhooks
from node.agreements import AgreementChanged
from node.alerts import AlertChanged
from node.events import events
from node.listings import ListingChange, ListingsChanged, State
from node.members import MemberAdmitted
from node.peers import (
    CoopAgreed,
    CoopAsks,
    CoopDeclined,
    CoopJoined,
    CoopLeft,
    CoopMoved,
    CoopResumed,
    CoopSuspended,
)
from node.referrals import ReferralChanged
from node.webhooks import About, Kind


@events.on(ListingsChanged)
async def listings_changed(uow: UnitOfWork, event: ListingsChanged) -> None:
    """Drafts are nobody's business."""
    by_kind: dict[Kind, list[ListingChange]] = {}
    for change in event.changes:
        if kind := listing_kind(change.before, change.after):
            by_kind.setdefault(kind, []).append(change)
    for kind, changes in by_kind.items():
        await webhooks.tell(uow, kind, _listings(uow, changes))


@events.on(AgreementChanged)
async def agreement_changed(uow: UnitOfWork, event: AgreementChanged) -> None:
    """Asked for, or one step further."""
    is_new = event.step is agreements.Event.REQUEST
    about = About(
        url=_api(uow, "agreements", event.agreement_id),
        id=event.agreement_id,
        uri=event.uri,
        state=event.state.value,
        payment=event.payment.value,
        step=event.step.value,
    )
    await webhooks.tell(
        uow, Kind.AGREEMENT_REQUESTED if is_new else Kind.AGREEMENT_CHANGED, [about]
    )


@events.on(ReferralChanged)
async def referral_changed(uow: UnitOfWork, event: ReferralChanged) -> None:
    """Passed on to us, or one step further."""
    about = About(
        url=_api(uow, "referrals", event.referral_id),
        id=event.referral_id,
        uri=event.uri,
        state=event.state.value,
        step=event.step.value if event.step else None,
    )
    kind = Kind.REFERRAL_CHANGED if event.step else Kind.REFERRAL_RECEIVED
    await webhooks.tell(uow, kind, [about])


@events.on(MemberAdmitted)
async def member_admitted(uow: UnitOfWork, event: MemberAdmitted) -> None:
    """By their id; who that is, only the register says."""
    about = About(url=_api(uow, "members", event.member_id), id=event.member_id)
    await webhooks.tell(uow, Kind.MEMBER_ADMITTED, [about])


@events.on(CoopAsks)
async def coop_asks(uow: UnitOfWork, event: CoopAsks) -> None:
    await _peer_changed(uow, event.uri, "asks")


@events.on(CoopAgreed)
async def coop_agreed(uow: UnitOfWork, event: CoopAgreed) -> None:
    await _peer_changed(uow, event.uri, "agreed")


@events.on(CoopDeclined)
async def coop_declined(uow: UnitOfWork, event: CoopDeclined) -> None:
    await _peer_changed(uow, event.uri, "declined")


@events.on(CoopJoined)
async def coop_joined(uow: UnitOfWork, event: CoopJoined) -> None:
    await _peer_changed(uow, event.uri, "joined")


@events.on(CoopLeft)
async def coop_left(uow: UnitOfWork, event: CoopLeft) -> None:
    await _peer_changed(uow, event.uri, "left")


@events.on(CoopSuspended)
async def coop_suspended(uow: UnitOfWork, event: CoopSuspended) -> None:
    await _peer_changed(uow, event.uri, "suspended")


@events.on(CoopResumed)
async def coop_resumed(uow: UnitOfWork, event: CoopResumed) -> None:
    await _peer_changed(uow, event.uri, "resumed")


@events.on(CoopMoved)
async def coop_moved(uow: UnitOfWork, event: CoopMoved) -> None:
    await _peer_changed(uow, event.new, "moved")


@events.on(AlertChanged)
async def alert_changed(uow: UnitOfWork, event: AlertChanged) -> None:
    """By the alert's name and the coop that it is about, if it is about one."""
    about = About(
        url=f"{uow.identities.base}/upkeep",
        uri=event.subject or None,
        state="over" if event.is_over else "begun",
        step=event.alert.value,
    )
    await webhooks.tell(uow, Kind.NODE_ALERT, [about])


def listing_kind(before: State | None, after: State) -> Kind | None:
    """What is told of a listing that went from one state to another; None: nothing. Pure."""
    was_out = before not in (None, State.DRAFT, State.IN_REVIEW)
    if after is State.PUBLISHED and before is not State.PUBLISHED:
        return Kind.LISTING_PUBLISHED
    if not was_out:
        return None
    return Kind.LISTING_RETIRED if after is State.RETIRED else Kind.LISTING_UPDATED


def _listings(reader: Reader, changes: Iterable[ListingChange]) -> Iterable[About]:
    for one in changes:
        url = _api(reader, "listings", one.listing_id)
        yield About(url=url, id=one.listing_id, uri=one.uri, state=one.after.value)


async def _peer_changed(uow: UnitOfWork, uri: str, step: str) -> None:
    await webhooks.tell(uow, Kind.PEER_CHANGED, [About(url=_api(uow, "peers"), uri=uri, step=step)])


def _api(reader: Reader, *path: str) -> str:
    return "/".join([reader.identities.base, "api/v1", *path])
