"""Which agreement a peer's message is about, and what of the message is kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from federation import outbox
from federation.handlers import Received
from federation.models import DeliveryState
from federation.storage import Reader, UnitOfWork
from node.agreements import store, wire
from node.agreements.choices import Step
from node.agreements.hearing import Refusal, terms_changed, unknown_offer, wrong_party
from node.agreements.life import LIFE, OPEN, Event, State, comes_later
from node.agreements.models import agreement_table, step_table, version_table
from node.agreements.moves import Message
from node.agreements.paying import Deposit, DepositEvent, PaymentEvent
from node.agreements.sides import Role
from node.agreements.terms import Line, Terms
from node.agreements.views import AgreementView, VersionView, agreement_view, version_view
from node.listings import Kind
from protocol import strict_json

_a = agreement_table.c
_v = version_table.c


def view(reader: Reader, row: Row[Any]) -> AgreementView:
    """A row as the view of it."""
    return agreement_view(row, reader.identities.base)


async def answered(uow: UnitOfWork, received: Received) -> tuple[AgreementView, VersionView]:
    """The agreement whose Offer, or change, of ours a message answers. Raises Refusal."""
    return await of_offer(uow, received, received.activity.object_id or "")


async def of_offer(
    uow: UnitOfWork, received: Received, activity_id: str
) -> tuple[AgreementView, VersionView]:
    """The agreement and the version that a message of ours carried. Raises Refusal."""
    rows = await uow.rows(select(version_table).where(_v.activity_id == activity_id))
    if not rows:
        raise unknown_offer()
    agreement = await store.load(uow, rows[0].agreement_id)
    version = version_view(rows[0])
    if agreement.peer != received.activity.actor:
        raise wrong_party()
    if agreement.coop_of(version.author) == agreement.peer:
        raise Refusal(403, "own-offer", "The other side answers an Offer.")
    return agreement, version


async def half(uow: UnitOfWork, received: Received) -> AgreementView:
    """The agreement of which a peer undoes its own half: its Offer, or its Accept."""
    undone = received.activity.object_id or ""
    rows = await uow.rows(select(_v.agreement_id).where(_v.activity_id == undone))
    if not rows:
        rows = await uow.rows(select(_a.id).where(_a.accept_id == undone))
    if not rows:
        raise unknown_offer()
    agreement = await store.load(uow, rows[0][0])
    if agreement.peer != received.activity.actor:
        raise wrong_party()
    return agreement


async def has_accept(reader: Reader, agreement: AgreementView) -> bool:
    """Whether the peer has the Accept, its own or ours: one that is still on its way may be crossed
    by a withdrawal, and one that has arrived may not."""
    accept_id = agreement.accept_id or ""
    state = (await outbox.sent(reader, [accept_id])).get(accept_id)
    return state not in (DeliveryState.PENDING, DeliveryState.HELD)


async def about(uow: UnitOfWork, received: Received, uri: str) -> AgreementView | None:
    """The agreement of an address, ours or theirs; None if there is none.

    Raises Refusal when it is between others.
    """
    base = f"{uow.identities.base}/agreements/"
    ours = uri.removeprefix(base) if uri.startswith(base) else None
    chosen = select(agreement_table).where(or_(_a.id == ours, _a.their_uri == uri))
    rows = await uow.rows(chosen)
    if not rows:
        return None
    if rows[0].peer != received.activity.actor:
        raise wrong_party()
    return view(uow, rows[0])


def message(received: Received, part: str = "", their_uri: str | None = None) -> Message:
    """What is kept of a message. part: where its Agreement stands, "object" or "result"."""
    document = strict_json.loads(received.verified.raw).get(part) if part else None
    if part and not isinstance(document, dict):
        document = received.activity.document.get(part)
    return Message(
        activity_id=received.activity.id,
        at=_when(received),
        document=document if isinstance(document, dict) else None,
        their_uri=their_uri,
    )


def check_next(agreement: AgreementView, versions: list[VersionView], terms: Terms) -> None:
    """New terms of an agreement: of the same two coops and listings, though without some of what
    was added, and not seen before.

    Raises Refusal.
    """
    standing = next(one for one in versions if one.sequence == agreement.sequence).terms
    if (terms.provider, terms.customer) != (standing.provider, standing.customer):
        raise wrong_party()
    there = {(line.listing, line.extra) for line in terms.lines}
    kept = (one for one in standing.lines if not one.extra or (one.listing, one.extra) in there)
    if _things(terms.lines) != _things(kept):
        raise Refusal(422, "terms-mismatch", "A change keeps to the listings of the agreement.")
    known = [one.sequence for one in versions if not _crosses(agreement, one)]
    if terms.sequence <= max(known):
        raise terms_changed()


def _things(lines: Iterable[Line]) -> list[tuple[str, int, str]]:
    """What they are about, as `keeping` takes it: each line of goods for itself; what costs
    differently on other days has a line for each price."""
    takings: dict[object, Line] = {}
    for at, line in enumerate(lines):
        one = at if line.kind == Kind.GOODS else (line.listing, line.extra, line.title, line.unit)
        takings.setdefault(one, line)
    return [(line.listing, line.extra, line.kind) for line in takings.values()]


def _crosses(agreement: AgreementView, version: VersionView) -> bool:
    """Whether it is a change of ours that a provider's change may take the place of."""
    is_pending = version.sequence == agreement.pending
    ours = version.author in agreement.ours
    return is_pending and ours and agreement.our_role is Role.CUSTOMER


def step_of(agreement: AgreementView, kind: str | None, received: Received) -> Step:
    """The step that a statement says was taken; without a kind, by whose it is."""
    if kind is not None:
        return wire.STEPS[kind]
    is_provider = agreement.provider_coop == received.activity.actor
    return Event.DELIVER if is_provider else Event.CONFIRM


def is_early(agreement: AgreementView, step: Step) -> bool:
    """Whether a step that is not possible yet can be later: it overtook another on its way."""
    if isinstance(step, PaymentEvent):
        return agreement.state in OPEN
    if isinstance(step, DepositEvent):
        return agreement.deposit is Deposit.NONE and not agreement.is_over
    possible = (agreement.state, step) in LIFE.table
    return not possible and comes_later(agreement.state, step)


async def confirmed_by_clock(reader: Reader, agreement: AgreementView, step: Step) -> bool:
    """Whether a confirmation comes after our clock already took it for given."""
    if step is not Event.CONFIRM or agreement.state not in (State.CONFIRMED, State.SETTLED):
        return False
    s = step_table.c
    by_clock = select(s.id).where(
        s.agreement_id == agreement.id, s.event == Event.AUTO_CONFIRM.value
    )
    return await reader.scalar(by_clock) is not None


def _when(received: Received) -> datetime:
    """When a peer says that it did it: not later than it reached us."""
    said = received.activity.published or received.verified.received_at
    return min(said, received.verified.received_at)
