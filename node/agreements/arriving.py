"""Offers from peers: the first one about a listing of ours, and those that answer one of ours."""

from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import func, select

from federation import correspondence, outbox
from federation.handlers import Applied, Ignored, Outcome, Received
from federation.relations import Standing as Relation
from federation.storage import UnitOfWork
from node import limits, threads
from node.agreements import drafting, hearing, moves, receiving, rules, steps, store
from node.agreements.beginning import begun
from node.agreements.drafting import Draft
from node.agreements.hearing import Refusal, terms_changed, wrong_party
from node.agreements.life import OPEN, Event
from node.agreements.models import agreement_table
from node.agreements.moves import Message
from node.agreements.parties import of_peer
from node.agreements.reasons import BY_ITSELF, in_english
from node.agreements.sides import Role
from node.agreements.views import AgreementView, uri_of
from node.errors import Conflict
from node.events import events
from node.listings import ANYBODY, Viewer
from protocol.errors import MalformedDocument
from protocol.iri import same_origin
from protocol.vocabulary import activities
from protocol.vocabulary.agreements import AgreementOnWire, parse_agreement
from protocol.vocabulary.base import moment, one_id

_a = agreement_table.c
_LATEST = timedelta(days=90)
_GONE = frozenset({"taken", "sold-out", *BY_ITSELF})


async def first(uow: UnitOfWork, received: Received) -> Outcome:
    """A first Offer. One that comes too late for the time or the pieces, or is at a price that is
    not for its coop, is declined at once. A stranger's is refused instead: a Reject would wait in
    our outbox for whoever never takes it, and anybody can ask without end."""
    activity, actor = received.activity, received.activity.actor
    wire = parse_agreement(activity.object or {})
    if wire.attributed_to not in (None, actor):
        raise wrong_party()
    if wire.uri is not None:
        known = await receiving.about(uow, received, wire.uri)
        if known is not None:
            return await _again(uow, known, wire)
    await _check_open(uow, received)
    try:
        made = await _understood(uow, received, wire)
        async with uow.savepoint():
            taken = await _take(
                uow, made, receiving.message(received, "object", wire.uri), received
            )
    except Conflict as conflict:
        if conflict.code not in _GONE or received.standing is not Relation.PEER:
            raise
        await _decline(uow, received, BY_ITSELF.get(conflict.code, "taken"))
        return Applied()
    if (context := _context(received)) is not None:
        await threads.attach_named(uow, context, actor, taken.uri, taken.title)
    return Applied()


async def _understood(uow: UnitOfWork, received: Received, wire: AgreementOnWire) -> Draft:
    """What a first Offer asks for. Raises as `hearing.first_terms`."""
    activity, actor = received.activity, received.activity.actor
    viewer = Viewer("peer") if received.standing is Relation.PEER else ANYBODY
    name = wire.uri or activity.id
    terms, found = await hearing.first_terms(uow, wire, actor, viewer, name=name)
    rules.check_ahead(terms, uow.now)
    lead = found[0]
    provider = None if lead.asker is Role.PROVIDER else lead.account
    made = await drafting.completed(
        uow, terms, peer=actor, provider=provider, asker=lead.asker, offered=found
    )
    return replace(made, answer_by=_deadline(uow, received, made))


@events.on(threads.ConversationBegun)
async def words_came(uow: UnitOfWork, begun: threads.ConversationBegun) -> None:
    """An Offer came before the first message of the conversation that it names: the two travel
    side by side."""
    named = select(_a.id, _a.title).where(_a.peer == begun.by, _a.context == begun.uri)
    newest = named.order_by(_a.id.desc()).limit(limits.LED_TO_AT_ONCE)
    led = {uri_of(uow.identities.base, row.id): row.title for row in await uow.rows(newest)}
    await threads.attach_all(uow, begun.thread_id, led)


async def counter(uow: UnitOfWork, received: Received, answers: str) -> Outcome:
    """An Offer that answers one of ours with other terms."""
    agreement, answered = await receiving.of_offer(uow, received, answers)
    if answered.sequence != agreement.sequence:
        raise terms_changed()
    wire = parse_agreement(received.activity.object or {})
    if wire.attributed_to not in (None, agreement.peer):
        raise wrong_party()
    if wire.terms is None:
        raise Refusal(422, "terms-missing", "A counter-offer carries its terms.")
    versions = await store.versions(uow, agreement.id)
    terms = hearing.checked_terms(wire, versions[0].terms.agreement)
    receiving.check_next(agreement, versions, terms)
    message = receiving.message(received, "object", wire.uri)
    made = await drafting.completed(
        uow, terms, peer=agreement.peer, provider=None, asker=agreement.asked_by
    )
    deadline = _deadline(uow, received, made)
    if agreement.their_uri is None:
        agreement = replace(agreement, their_uri=wire.uri)
    by = of_peer(received.activity.actor)
    await moves.propose(
        uow, agreement, Event.COUNTER, by, terms, answer_by=deadline, message=message
    )
    return Applied()


async def _again(uow: UnitOfWork, known: AgreementView, wire: AgreementOnWire) -> Outcome:
    """The same Agreement offered once more, under another activity id: there is one agreement."""
    versions = await store.versions(uow, known.id)
    if wire.terms_digest not in (None, versions[0].digest):
        raise terms_changed()
    return Ignored("already-offered")


async def _check_open(uow: UnitOfWork, received: Received) -> None:
    waiting = await uow.scalar(
        select(func.count()).where(
            _a.peer == received.activity.actor,
            _a.state.in_(OPEN),
        )
    )
    is_peer = received.standing is Relation.PEER
    most = limits.OPEN_REQUESTS_PER_PEER if is_peer else limits.OPEN_REQUESTS_PER_STRANGER
    if (waiting or 0) >= most:
        raise Refusal(
            429, "too-many-requests", f"{most} requests of yours wait for an answer already."
        )


def _deadline(uow: UnitOfWork, received: Received, made: Draft) -> datetime:
    said = moment(received.activity.document, "endTime")
    if said is None:
        return made.answer_by
    if said <= uow.now:
        raise Refusal(422, "offer-expired", "The deadline of this Offer is over.")
    return min(said, uow.now + _LATEST)


def _context(received: Received) -> str | None:
    """The conversation that it names, if that can be one of the peer's own."""
    named = one_id(received.activity.document.get("context"))
    try:
        return named if named and same_origin(named, received.activity.actor) else None
    except MalformedDocument:
        return None


async def _take(
    uow: UnitOfWork, made: Draft, message: Message, received: Received
) -> AgreementView:
    behind = {made.asker.other: made.offered[0].account}
    number = await _number_before(uow, message.activity_id) or uow.new_id()
    agreement = await begun(uow, number, made, behind, their_uri=message.their_uri)
    await store.add(uow, agreement, context=_context(received))
    version = await store.add_version(
        uow,
        agreement.id,
        made.terms,
        author=made.asker,
        fees=made.fees,
        policies=made.policies,
        activity_id=message.activity_id,
        documents={f"{made.asker.value}_document": message.document},
    )
    by = of_peer(received.activity.actor)
    return await steps.take(
        uow, agreement, Event.REQUEST, by, version=version, activity_id=message.activity_id
    )


async def _number_before(uow: UnitOfWork, offer_id: str) -> str | None:
    """The id that we gave an agreement before a restore: the other coop knows it by that."""
    base = f"{uow.identities.base}/agreements/"
    for said in await correspondence.ours_about(uow, offer_id):
        ours = said.get("result", said.get("object"))
        uri = ours.get("id") if isinstance(ours, dict) else None
        if isinstance(uri, str) and uri.startswith(base):
            return uri.removeprefix(base)[:26]
    return None


async def _decline(uow: UnitOfWork, received: Received, why: str) -> None:
    actor, offer = received.activity.actor, received.activity.id
    said = activities.reject("", uow.identities.coop.uri, offer, (actor,), reason=in_english(why))
    await outbox.publish(
        uow, said, to_actors=[actor], object_uri=offer, listed=False, until_delivered=True
    )
