"""What peers may tell us about what is owed and set off, and which papers they may read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy import select

from federation.documents import Answer, DocumentTable, Protected, Requester
from federation.handlers import (
    Applied,
    HandlerTable,
    Ignored,
    NeedsFetch,
    Outcome,
    Received,
    RefusedBy,
    typed,
)
from federation.relations import Standing
from federation.remote.actors import record_actor
from federation.storage import Reader, UnitOfWork
from node.clearing import calling, claims, evidence, settlements, statements, taking_part
from node.clearing.evidence import Refusal, Signed, Unknown
from node.clearing.models import obligation_table
from node.clearing.papers import Kind
from node.errors import Conflict, InvalidInput, NodeError, NotAllowed, NotFound
from protocol.errors import ProtocolError

handlers = HandlerTable()
documents = DocumentTable()

_o = obligation_table.c
Move = Callable[[UnitOfWork, Signed], Awaitable[bool]]
_FETCHED_AT_ONCE = 10
_STATUSES = {NotAllowed: 403, NotFound: 409, Conflict: 409}

_TOLD: Mapping[Kind, Move] = {
    Kind.OBLIGATION: claims.hear_claim,
    Kind.STATEMENT: statements.hear_statement,
    Kind.STATEMENT_AGREED: statements.hear_answer,
    Kind.STATEMENT_DIFFERS: statements.hear_answer,
    Kind.SETTLEMENT: settlements.hear_settlement,
    Kind.RECEIPT: settlements.hear_answer,
    Kind.MISSING: settlements.hear_answer,
    Kind.CALL: taking_part.hear_call,
    Kind.OFFER: calling.hear_offer,
    Kind.PROPOSAL: taking_part.hear_proposal,
    Kind.CONSENT: calling.hear_answer,
    Kind.REFUSAL: calling.hear_answer,
    Kind.EXECUTION: taking_part.hear_execution,
    Kind.ABORT: taking_part.hear_abort,
}

_AFTER_LEAVING = frozenset(
    {
        Kind.ACKNOWLEDGEMENT,
        Kind.CONTEST,
        Kind.SETTLEMENT,
        Kind.RECEIPT,
        Kind.MISSING,
        Kind.EXECUTION,
        Kind.ABORT,
    }
)


async def papers_arrived(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A peer says something signed about what is owed, or about a run."""
    return [await _decided(uow, each, "object", _TOLD) for each in received]


for _kind in _TOLD:
    handlers.on("Create", "Document", kind=_kind.value)(papers_arrived)


@handlers.on("Accept", "Document", kind=Kind.OBLIGATION.value)
async def obligations_signed(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A debtor signs what we claimed."""
    moves = {Kind.ACKNOWLEDGEMENT: claims.hear_acknowledgement}
    return [await _decided(uow, each, "result", moves) for each in received]


@handlers.on("Reject", "Document", kind=Kind.OBLIGATION.value)
async def obligations_contested(uow: UnitOfWork, received: Sequence[Received]) -> Sequence[Outcome]:
    """A debtor contests what we claimed."""
    moves = {Kind.CONTEST: claims.hear_contest}
    return [await _decided(uow, each, "result", moves) for each in received]


@handlers.types_of
async def known_obligations(reader: Reader, uris: Sequence[str]) -> dict[str, str]:
    """Which of these are obligations, which Accept and Reject name by their address alone."""
    known = await reader.scalars(select(_o.uri).where(_o.uri.in_(uris)))
    return {uri: typed("Document", Kind.OBLIGATION.value) for uri in known if uri}


@documents.at("/obligations/{id}")
async def obligation_document(reader: Reader, requester: Requester, id: str) -> Answer:  # noqa: A002
    """What we claimed, as signed, for the debtor alone."""
    rows = await reader.rows(select(_o.debtor, _o.document, _o.uri).where(_o.id == id))
    ours = f"{reader.identities.base}/obligations/{id}"
    if not rows or rows[0].uri != ours:
        return None
    return rows[0].document if requester.actor == rows[0].debtor else Protected()


async def _decided(
    uow: UnitOfWork, received: Received, part: str, moves: Mapping[Kind, Move]
) -> Outcome:
    """One message, in a savepoint: what a rule refuses leaves no trace."""
    try:
        async with uow.savepoint():
            for uri in received.fetched:
                await record_actor(uow, received.fetched[uri])
            await _check_in_touch(uow, received)
            signed = await evidence.heard(uow, received, part)
            _check_may_say(received, signed)
            is_news = await _move(signed, moves)(uow, signed)
            return Applied() if is_news else Ignored("known-already")
    except Unknown as unknown:
        return _fetch(unknown, received)
    except Refusal as refusal:
        return RefusedBy(refusal.status, refusal.code, refusal.detail)
    except ProtocolError as error:
        return RefusedBy(422, error.code, str(error))
    except InvalidInput as error:
        return RefusedBy(422, error.code, str(error))
    except NodeError as error:
        return RefusedBy(_STATUSES.get(type(error), 422), error.code, str(error))


def _move(signed: Signed, moves: Mapping[Kind, Move]) -> Move:
    kind = signed.paper.kind
    if kind not in moves:
        raise Refusal(422, "other-kind", f"A {kind} cannot be said this way.")
    return moves[Kind(kind)]


def _fetch(unknown: Unknown, received: Received) -> Outcome:
    still = [uri for uri in unknown.coops if uri not in received.fetched]
    if not still:
        return RefusedBy(422, "keys-unknown", f"{unknown.coops[0]} lists no key that signed this.")
    return NeedsFetch(tuple(still[:_FETCHED_AT_ONCE]))


async def _check_in_touch(uow: UnitOfWork, received: Received) -> None:
    """Strangers say nothing here."""
    if received.standing is Standing.PEER:
        return
    partner = received.activity.actor
    owed = await uow.scalar(select(_o.id).where(_o.partner == partner).limit(1))
    if owed is None:
        raise Refusal(403, "not-in-touch", "Only coops that we are in touch with can say this.")


def _check_may_say(received: Received, signed: Signed) -> None:
    """A coop that left can still sign and pay what is owed, and end a run; it begins nothing."""
    if received.standing is not Standing.PEER and signed.paper.kind not in _AFTER_LEAVING:
        raise Refusal(403, "not-in-touch", "Only coops that we are in touch with can say this.")
