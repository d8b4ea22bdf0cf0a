"""What you can ask about agreements."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from federation.models import DeliveryState
from federation.storage import Reader
from node import handoffs, limits, listings
from node.agreements import (
    answers,
    contacts,
    following,
    keeping,
    moves,
    repricing,
    saying,
    store,
    telling,
)
from node.agreements import offered as offers
from node.agreements.choices import Step, possible
from node.agreements.contacts import Contact, SharedView
from node.agreements.drafting import Draft, Revision, Wanted, draft
from node.agreements.life import OPEN, Event, State
from node.agreements.models import agreement_table, version_table
from node.agreements.parties import By, forgets, is_guests_alone, of_guest, sides_of
from node.agreements.reckoning import received, reckon
from node.agreements.rules import less
from node.agreements.sides import Role
from node.agreements.steps import role_of
from node.agreements.terms import Terms, cancel_fee
from node.agreements.views import (
    AgreementView,
    StepView,
    VersionView,
    agreement_view,
    uri_of,
    version_view,
)
from node.i18n import Text
from node.listings import ANYBODY, Viewer
from node.money import Money

_a = agreement_table.c
_v = version_table.c


class Detail(Struct, frozen=True):
    """One agreement for somebody who has a part in it.

    version: the terms that hold or are on the table; change: those that somebody asks for.
    buttons: what this person may do now. roles: the sides they speak for. cancel_fee: what a
    customer who cancelled now would owe. refundable: what of the payment can still go back; a
    deposit goes by itself. remaining: what of the price could still go back, paid or not. mine,
    theirs: what people said of themselves; theirs only if they ticked that it may be seen, and it
    is agreed. shared, accesses: what became of mine at the other coop, and each time that it
    fetched it.
    """

    agreement: AgreementView
    roles: tuple[Role, ...]
    version: VersionView
    change: VersionView | None
    versions: tuple[VersionView, ...]
    history: tuple[StepView, ...]
    buttons: tuple[Step, ...]
    due: tuple[Money, ...]
    received: tuple[Money, ...]
    returned: tuple[Money, ...]
    refundable: tuple[Money, ...]
    remaining: tuple[Money, ...]
    cancel_fee: tuple[Money, ...]
    mine: Contact | None
    theirs: Contact | None
    deletes: bool
    """Whether this person may have deleted what was said."""
    shared: SharedView | None
    accesses: tuple[handoffs.AccessView, ...]
    unheard: bool
    """Whether the other coop's node has refused what we put on the table last."""
    obstacle: Text
    """Why the change that they are asked for cannot be agreed to now; empty: it can."""


async def preview(
    reader: Reader, wanted: Wanted, account_id: str | None, contact: Contact | None = None
) -> Draft:
    """Terms, sums, fees and the deadline of a request, before it is made. Raises as `ask`."""
    viewer = Viewer("member", account_id) if account_id else ANYBODY
    uri = uri_of(reader.identities.base, "preview")
    made = await draft(reader, wanted, viewer, agreement_uri=uri, account_id=account_id)
    saying.checked(contact, made)
    await keeping.check(reader, "preview", made.terms)
    return made


async def preview_revision(
    reader: Reader,
    agreement_id: str,
    step: Event,
    by: By,
    revision: Revision,
    digest: str | None = None,
) -> Draft:
    """What a counter-offer or a change would come to, where it can be sent now. digest: of the
    terms that it starts from. Raises as `do`."""
    view = await store.load(reader, agreement_id)
    if not sides_of(view, by):
        raise store.nothing()
    if digest is not None:
        await moves.check_shown(reader, view, step, digest)
    standing = await store.version(reader, agreement_id, view.sequence)
    role = role_of(view, step, by)
    terms = await repricing.revised(reader, standing.terms, revision, role)
    made = await moves.drafted(reader, view, step, by, terms)
    await keeping.check(reader, agreement_id, made.terms)
    return made


async def agreement(reader: Reader, agreement_id: str, by: By) -> Detail:
    """One agreement. Raises NotFound for whoever has no part in it."""
    view = await store.load(reader, agreement_id)
    sides = sides_of(view, by)
    if not sides:
        raise store.nothing()
    versions = tuple(await store.versions(reader, agreement_id))
    by_sequence = {one.sequence: one for one in versions}
    version = by_sequence[view.sequence]
    history = await store.history(reader, agreement_id)
    reckoned = reckon(view, version, history)
    roles = tuple(side.role for side in sides)
    other = roles[0].other
    change = by_sequence[view.pending] if view.pending else None
    buttons = _buttons(
        view,
        by_sequence,
        [
            step
            for step in possible(view.state, view.payment, view.deposit, sides)
            if not is_guests_alone(view, step, by, role_of(view, step, by))
        ],
        roles,
    )
    return Detail(
        agreement=view,
        roles=roles,
        version=version,
        change=change,
        versions=versions,
        history=tuple(history),
        buttons=buttons,
        due=following.due(view, version, reckoned),
        received=received(history),
        returned=reckoned.back,
        refundable=less(reckoned.paid, reckoned.back),
        remaining=reckoned.remaining,
        cancel_fee=cancel_fee(version.terms, reader.now) if Role.CUSTOMER in roles else (),
        mine=await contacts.contact_of(reader, agreement_id, roles[0]),
        theirs=await _theirs(reader, view, other),
        deletes=bool(forgets(view, by)),
        shared=await contacts.shared_of(reader, agreement_id, roles[0]),
        accesses=tuple(await handoffs.accesses(reader, [agreement_id])),
        unheard=await _is_unheard(reader, view, change or version),
        obstacle=await _obstacle(reader, view, change, buttons),
    )


async def of_link(reader: Reader, secret: str) -> tuple[str, By] | None:
    """The agreement behind a guest's link, and who the guest is."""
    found = await contacts.of_secret(reader, secret)
    return (found[0], of_guest(found[1])) if found else None


async def agreements(
    reader: Reader,
    by: By,
    *,
    states: Collection[State] = frozenset(State),
    lot: str = "",
    after: str | None = None,
    limit: int = 100,
) -> list[AgreementView]:
    """What somebody has a part in, the newest first. lot: a part of the name of one that went with
    it. after: the id of the last one seen."""
    chosen = select(agreement_table).where(theirs(reader, by), _a.state.in_(states))
    if lot:
        chosen = chosen.where(_a.lots.icontains(lot, autoescape=True))
    if after is not None:
        chosen = chosen.where(_a.id < after)
    rows = await reader.rows(chosen.order_by(_a.id.desc()).limit(limit))
    return [agreement_view(row, reader.identities.base) for row in rows]


async def to_answer(reader: Reader, by: By) -> list[AgreementView]:
    """What waits for this person's answer, the most urgent first."""
    chosen = select(agreement_table).where(theirs(reader, by), _a.state.in_(OPEN))
    rows = await reader.rows(chosen.order_by(_a.answer_by).limit(limits.AGREEMENTS_LISTED))
    views = [agreement_view(row, reader.identities.base) for row in rows]
    return [view for view in views if view.to_answer in roles_of(view, by)]


async def calendar(reader: Reader, by: By, since: datetime, until: datetime) -> list[AgreementView]:
    """What is agreed or asked for in a span of time, in order."""
    states = [State.SCHEDULED, State.IN_PROGRESS, State.DELIVERED, *OPEN]
    chosen = select(agreement_table).where(
        theirs(reader, by), _a.state.in_(states), _a.start_at < until, _a.end_at > since
    )
    rows = await reader.rows(chosen.order_by(_a.start_at).limit(limits.AGREEMENTS_LISTED))
    return [agreement_view(row, reader.identities.base) for row in rows]


async def price_of(reader: Reader, agreement_id: str) -> tuple[Money, ...]:
    """What the work or the things themselves cost, by the terms that hold; per currency."""
    view = await store.load(reader, agreement_id)
    return (await store.version(reader, agreement_id, view.sequence)).terms.price


async def totals(reader: Reader, views: Collection[AgreementView]) -> dict[str, tuple[Money, ...]]:
    """What each comes to, by the terms that hold or are on the table; one query for all."""
    now = {(view.id, view.sequence) for view in views}
    chosen = select(version_table).where(tuple_(_v.agreement_id, _v.sequence).in_(now))
    rows = await reader.rows(chosen) if now else []
    return {row.agreement_id: version_view(row).terms.total for row in rows}


async def pickups(reader: Reader, terms: Terms) -> tuple[str, ...]:
    """Where what an agreement is about is collected, as its listing says now."""
    known = await offers.known(reader, {line.listing for line in terms.lines})
    return next((one.pickups for one in known if one.pickups), ())


async def lots_there(reader: Reader, terms: Terms) -> tuple[str, ...]:
    """Those that the listings of an agreement name now."""
    known = await listings.at_addresses(reader, {line.listing for line in terms.lines})
    named = (lot for one in known for lot in one.details.get("lots", ()))
    return tuple(dict.fromkeys(named))


async def count_done(reader: Reader) -> int:
    """How many were carried out, and said to be so by both sides."""
    done = _a.state.in_((State.CONFIRMED, State.SETTLED))
    return await reader.scalar(select(func.count()).select_from(agreement_table).where(done)) or 0


def theirs(reader: Reader, by: By) -> ColumnElement[bool]:
    """Which agreements somebody has a part in."""
    if by.kind == "guest":
        return _a.guest == by.name
    mine = or_(
        _a.provider_account.in_(by.acts_as),
        _a.customer_account.in_(by.acts_as),
        _a.team.in_(sorted(by.teams)),
    )
    if not by.staff:
        return mine
    ours = reader.identities.coop.uri
    bought = and_(_a.customer_coop == ours, _a.customer_account.is_(None))
    return or_(mine, _a.provider_coop == ours, bought)


def roles_of(view: AgreementView, by: By) -> set[Role]:
    """The sides that somebody speaks for."""
    return {side.role for side in sides_of(view, by) or ()}


def _buttons(
    view: AgreementView,
    versions: dict[int, VersionView],
    steps: Sequence[Step],
    roles: Sequence[Role],
) -> tuple[Step, ...]:
    """Without those that nothing is there for: no change to agree to, no part offered."""
    author = versions[view.pending].author if view.pending else None
    answers = author is not None and set(roles) != {author}
    hidden: set[Step] = set()
    if not answers:
        hidden |= {Event.AGREE_CHANGE, Event.REFUSE_CHANGE}
    if not view.offered_refund:
        hidden.add(Event.AGREE_PARTIAL)
    return tuple(step for step in steps if step not in hidden)


async def _is_unheard(reader: Reader, view: AgreementView, put: VersionView) -> bool:
    """Whether the terms that we put on the table are none for the other coop's node: it refused the
    message, as one of an older release does where a change leaves something out."""
    waits = view.is_open or view.pending is not None
    return waits and await telling.how_far(reader, put) == DeliveryState.REFUSED


async def _theirs(reader: Reader, view: AgreementView, role: Role) -> Contact | None:
    """What the other side said of itself; what it answered came with its words where it is another
    coop's."""
    said = await _visible_contact(reader, view, role)
    given = await answers.from_elsewhere(reader, view)
    return replace(said or Contact(), answers=given) if given else said


async def _obstacle(
    reader: Reader, view: AgreementView, change: VersionView | None, buttons: Collection[Step]
) -> Text:
    if change is None or Event.AGREE_CHANGE not in buttons:
        return ""
    return await moves.why_not(reader, view, change)


async def _visible_contact(reader: Reader, view: AgreementView, role: Role) -> Contact | None:
    said = await contacts.contact_of(reader, view.id, role)
    if said is None:
        return None
    agreed = view.agreed_at is not None
    # Who asks writes a message to be read before it is answered; name and number come later, and
    # to another coop's people only with their tick.
    may_have = agreed and (view.peer is None or said.shared)
    return said if may_have else Contact(message=said.message, answers=said.answers)
