"""What peers may tell us of agreements, and what we serve them.

Each message is decided in a savepoint of its own: what is refused has written nothing. A message
that comes before the one that it follows is parked (`parking`) and taken up in order.
"""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import or_, select

from federation.documents import Answer, DocumentTable, Protected, Requester
from federation.handlers import (
    UNKNOWN_OBJECT,
    Applied,
    HandlerTable,
    Ignored,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
    typed,
)
from federation.remote.actors import record_actor, stored_actor
from federation.storage import Reader, UnitOfWork
from node.agreements import (
    arriving,
    crossing,
    hearing,
    moves,
    parking,
    receiving,
    sharing,
    store,
    wire,
)
from node.agreements.choices import Step
from node.agreements.hearing import Refusal, terms_changed, wrong_party
from node.agreements.life import LIFE, OPEN, Event, State, crossed
from node.agreements.models import agreement_table, version_table
from node.agreements.parties import of_peer
from node.agreements.reasons import from_english
from node.agreements.views import AgreementView, uri_of
from node.agreements.wire import Said
from node.errors import Closed, Conflict, InvalidInput, NodeError, NotAllowed, NotFound
from protocol.errors import ProtocolError
from protocol.iri import same_origin
from protocol.vocabulary import handoffs
from protocol.vocabulary.agreements import Statement, parse_agreement, parse_statement
from protocol.vocabulary.base import ids, one_id, text

handlers = HandlerTable()
documents = DocumentTable()

_AGREEMENT = "agreement"
_Move = Callable[[UnitOfWork, Received], Awaitable[Outcome]]
_a = agreement_table.c
_v = version_table.c


@handlers.on("Offer", "Agreement")
async def offers_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer asks for a listing of ours, or answers our Offer with another one."""
    return await _each(uow, received, _offered)


@handlers.on("Accept", "Offer", kind=_AGREEMENT)
async def offers_accepted(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer signs what we offered, or the change that we asked for."""
    return await _each(uow, received, _accepted)


@handlers.on("Reject", "Offer", kind=_AGREEMENT)
async def offers_rejected(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer declines, or keeps what is agreed as it was."""
    return await _each(uow, received, _rejected)


@handlers.on("TentativeAccept", "Offer", kind=_AGREEMENT)
async def offers_put_on_list(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer puts us on its waiting list."""
    return await _each(uow, received, _waiting)


@handlers.on("Undo", "Offer", kind=_AGREEMENT)
async def halves_undone(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer takes its Offer back, or cancels what was agreed."""
    return await _each(uow, received, _undone)


@handlers.on("Update", "Agreement")
async def changes_asked(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer asks for a change of what is agreed."""
    return await _each(uow, received, _changed)


@handlers.on("Flag", "Agreement")
async def agreements_disputed(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer says that something is wrong."""
    return await _each(uow, received, _disputed)


async def statements_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer says that something was done: delivered, confirmed, paid."""
    return await _each(uow, received, _stated)


# A Document without a kind is what plain FEP-0837 confirms with.
for _kind in (None, *wire.STEPS, *sharing.KINDS):
    handlers.on("Create", "Document", kind=_kind)(statements_arrived)


@handlers.types_of
async def known_agreements(reader: Reader, uris: Sequence[str]) -> dict[str, str]:
    """Which of these are agreements, and which are Offers, Accepts and changes of them."""
    base = f"{reader.identities.base}/agreements/"
    ours = {uri.removeprefix(base): uri for uri in uris if uri.startswith(base)}
    rows = await reader.rows(
        select(_a.id, _a.their_uri, _a.accept_id).where(
            or_(_a.id.in_(ours), _a.their_uri.in_(uris), _a.accept_id.in_(uris))
        )
    )
    known = {uri_of(reader.identities.base, row.id): "Agreement" for row in rows}
    known |= {row.their_uri: "Agreement" for row in rows if row.their_uri}
    said = await reader.scalars(select(_v.activity_id).where(_v.activity_id.in_(uris)))
    halves = {uri for uri in (*said, *(row.accept_id for row in rows)) if uri}
    known |= dict.fromkeys(halves, typed("Offer", _AGREEMENT))
    return {uri: type_ for uri, type_ in known.items() if uri in set(uris)}


@documents.at("/agreements/{id}")
async def agreement_document(reader: Reader, requester: Requester, id: str) -> Answer:  # noqa: A002
    """The Agreement as we signed it last, for the other coop alone."""
    rows = await reader.rows(select(agreement_table).where(_a.id == id))
    if not rows:
        return None
    view = receiving.view(reader, rows[0])
    if requester.actor is None or requester.actor != view.peer:
        return Protected()
    version = await store.version(reader, id, view.sequence)
    return version.documents.get(view.our_role)


@documents.at("/agreements/{id}/contact", counts=True)
async def contact(uow: UnitOfWork, requester: Requester, id: str) -> Answer:  # noqa: A002
    """Somebody's name and contact: see `sharing.hand_out`."""
    return await sharing.hand_out(uow, requester, id)


async def _each(uow: UnitOfWork, received: Sequence[Received], move: _Move) -> list[Outcome]:
    return [await decided(uow, each, move) for each in received]


async def decided(uow: UnitOfWork, received: Received, move: _Move) -> Outcome:
    """One message, in a savepoint: what a rule refuses leaves no trace."""
    try:
        async with uow.savepoint():
            return await move(uow, received)
    except Refusal as refusal:
        return RefusedBy(refusal.status, refusal.code, refusal.detail)
    except ProtocolError as error:
        return RefusedBy(422, error.code, str(error))
    except InvalidInput as error:
        return RefusedBy(422, error.code, hearing.complaint(error))
    except NodeError as error:
        return RefusedBy(_status(error), error.code, str(error))


def _status(error: NodeError) -> int:
    if isinstance(error, Closed):
        return 422
    statuses = {NotAllowed: 403, NotFound: 404, Conflict: 409}
    return statuses.get(type(error), 422)


async def _offered(uow: UnitOfWork, received: Received) -> Outcome:
    actor = received.activity.actor
    if await stored_actor(uow, actor) is None:
        if actor not in received.fetched:
            return NeedsFetch((actor,))
        await record_actor(uow, received.fetched[actor])
    answers = next(iter(ids(received.activity.document.get("inReplyTo"))), None)
    if answers is not None:
        return await arriving.counter(uow, received, answers)
    return await arriving.first(uow, received)


async def _accepted(uow: UnitOfWork, received: Received) -> Outcome:
    agreement, version = await receiving.answered(uow, received)
    if agreement.state is State.EXPIRED:
        raise Refusal(422, "offer-expired", "The time for an answer was over.")
    result = received.activity.document.get("result")
    if isinstance(result, str):
        if result not in received.fetched:
            return NeedsFetch((result,))
        result = received.fetched[result]
    if not isinstance(result, dict):
        raise Refusal(422, "result-missing", "Send the whole Agreement as the result.")
    said = parse_agreement(result)
    if said.attributed_to not in (None, agreement.peer):
        raise wrong_party()
    hearing.check_answer(said, version.terms)
    if agreement.accept_id is not None and version.sequence == agreement.sequence:
        return Ignored("already-accepted")
    message = receiving.message(received, "result", said.uri)
    is_change = await crossing.agrees(uow, agreement, version, message.at)
    step = Event.AGREE_CHANGE if is_change else Event.ACCEPT
    if step is Event.ACCEPT and version.sequence != agreement.sequence:
        raise terms_changed()
    by = of_peer(received.activity.actor)
    change = version.sequence if is_change else None
    after = await moves.agree(uow, agreement, step, by, message=message, change=change)
    await parking.take_up(uow, after, _MOVES)
    return Applied()


async def _rejected(uow: UnitOfWork, received: Received) -> Outcome:
    agreement, version = await receiving.answered(uow, received)
    step = Event.REFUSE_CHANGE if version.sequence == agreement.pending else Event.DECLINE
    if step is Event.DECLINE and agreement.state in (State.DECLINED, State.CANCELLED):
        return Ignored("over-already")
    if step is Event.DECLINE and version.sequence != agreement.sequence:
        raise terms_changed()
    reason = from_english(text(received.activity.document, "content"))
    return await _act(uow, agreement, step, received, Said(reason=reason))


async def _waiting(uow: UnitOfWork, received: Received) -> Outcome:
    agreement, _version = await receiving.answered(uow, received)
    return await _act(uow, agreement, Event.WAIT, received, Said())


async def _undone(uow: UnitOfWork, received: Received) -> Outcome:
    agreement = await receiving.half(uow, received)
    document = received.activity.document
    says_so = agreement.accept_id in ids(document.get("inReplyTo"))
    knew = says_so or await receiving.has_accept(uow, agreement)
    said = Said(reason=from_english(text(document, "content")))
    # An Offer that ran out is undone as well, by the clock: that is no word about it.
    late = agreement.answer_by
    in_time = late is None or receiving.message(received).at < late
    if agreement.state in OPEN or (in_time and crossed(agreement.state, Event.WITHDRAW)):
        return await _act(uow, agreement, Event.WITHDRAW, received, said)
    is_possible = (agreement.state, Event.CANCEL) in LIFE.table
    if is_possible or await crossing.counts(uow, agreement, Event.CANCEL):
        return await _act(uow, agreement, Event.CANCEL, received, said, free=not knew)
    if agreement.is_over:
        return Ignored("over-already")
    raise Refusal(409, "agreement-state", "It has begun; say what is wrong with a Flag.")


async def _changed(uow: UnitOfWork, received: Received) -> Outcome:
    document = received.activity.object
    if document is None:
        raise Refusal(422, "object-missing", "Send the whole Agreement inside the activity.")
    said = parse_agreement(document)
    agreement = await receiving.about(uow, received, said.uri or "")
    if agreement is None:
        return await parking.early(uow, received, said.uri or "")
    if said.terms is None:
        return Ignored("no-terms")
    versions = await store.versions(uow, agreement.id)
    terms = hearing.checked_terms(said, versions[0].terms.agreement)
    receiving.check_next(agreement, versions, terms)
    if agreement.state in OPEN:
        return await parking.early(uow, received, said.uri or "")
    message = receiving.message(received, "object", said.uri)
    by = of_peer(received.activity.actor)
    await moves.propose(uow, agreement, Event.CHANGE, by, terms, message=message)
    return Applied()


async def _disputed(uow: UnitOfWork, received: Received) -> Outcome:
    agreement = await receiving.about(uow, received, received.activity.object_id or "")
    if agreement is None:
        return Ignored(UNKNOWN_OBJECT)
    reason = from_english(text(received.activity.document, "content"))
    return await _act(uow, agreement, Event.DISPUTE, received, Said(reason=reason))


async def _stated(uow: UnitOfWork, received: Received) -> Outcome:
    document = received.activity.object
    if document is None:
        raise Refusal(422, "object-missing", "Send the whole Document inside the activity.")
    statement = parse_statement(document, received.activity.actor)
    if statement.context is None:
        return Ignored(UNKNOWN_OBJECT)
    agreement = await receiving.about(uow, received, statement.context)
    if agreement is None:
        return await parking.early(uow, received, statement.context)
    if statement.kind in sharing.KINDS:
        return await _contact(uow, agreement, statement, received)
    step = receiving.step_of(agreement, statement.kind, received)
    version = await store.version(uow, agreement.id, agreement.sequence)
    digest = statement.terms_digest
    is_of_other = agreement.state not in OPEN and digest not in (None, version.digest)
    if is_of_other and not await crossing.is_of_before(uow, agreement, step, digest):
        raise terms_changed()
    if await receiving.confirmed_by_clock(uow, agreement, step):
        return Ignored("already-confirmed")
    if receiving.is_early(agreement, step):
        return await parking.early(uow, received, statement.context)
    if crossing.is_moot(agreement, step):
        return Ignored("over-already")
    if isinstance(step, Event) and not await crossing.counts(uow, agreement, step):
        LIFE.next_state(agreement.state, step)  # says what is possible instead
    return await _act(uow, agreement, step, received, wire.read_said(statement))


async def _contact(
    uow: UnitOfWork, agreement: AgreementView, statement: Statement, received: Received
) -> Outcome:
    """The other coop says that we may have somebody's contact, or may not, or that it is gone."""
    if statement.kind == handoffs.WITHDRAWN:
        return await sharing.withdrawn(uow, agreement)
    if statement.kind == handoffs.DELETED:
        return await sharing.deleted(uow, agreement)
    if agreement.agreed_at is None:
        return await parking.early(uow, received, agreement.uri)
    address = one_id((received.activity.object or {}).get("handoff"))
    if address is None or not same_origin(address, received.activity.actor):
        raise Refusal(403, "not-the-owner", "The handoff must be an address of the sender's own.")
    return await sharing.shared(uow, agreement, address, statement.context or "")


async def _act(
    uow: UnitOfWork,
    agreement: AgreementView,
    step: Step,
    received: Received,
    said: Said,
    *,
    free: bool = False,
) -> Outcome:
    by, message = of_peer(received.activity.actor), receiving.message(received)
    after = await moves.act(uow, agreement, step, by, said, message=message, free=free)
    await parking.take_up(uow, after, _MOVES)
    return Applied()


_MOVES: dict[str, _Move] = {
    "Accept": _accepted,
    "Reject": _rejected,
    "Undo": _undone,
    "Update": _changed,
    "Flag": _disputed,
    "Create": _stated,
}
"""How a message that was parked is taken up, by its type."""
