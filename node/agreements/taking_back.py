"""Our own steps after a restore: what we agreed, and did, since the backup.

A coop gave them back as we signed them. Each is taken by the same moves as a peer's, for our side
this time, and nobody is told. Who of ours stood behind it is forgotten; an admin assigns it anew.
"""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import or_, select

from federation.handlers import Returned
from federation.storage import UnitOfWork
from node.agreements import drafting, hearing, moves, receiving, sharing, steps, store, wire
from node.agreements.beginning import begun
from node.agreements.choices import Step
from node.agreements.hearing import Refusal
from node.agreements.inbox import handlers
from node.agreements.life import OPEN, RUNNING, Event
from node.agreements.models import agreement_table, version_table
from node.agreements.moves import Message
from node.agreements.parties import NODE, RESTORE
from node.agreements.reasons import from_english
from node.agreements.terms import Terms
from node.agreements.views import AgreementView
from node.agreements.wire import Said
from node.errors import NodeError
from protocol import strict_json
from protocol.errors import ProtocolError
from protocol.vocabulary.agreements import parse_agreement, parse_statement
from protocol.vocabulary.base import ids, moment, text

log = structlog.get_logger()

_AGREEMENT = "agreement"
_a, _v = agreement_table.c, version_table.c
_Move = Callable[[UnitOfWork, Returned], Awaitable[bool]]


async def _offered(uow: UnitOfWork, returned: Returned) -> bool:
    answers = next(iter(ids(returned.activity.document.get("inReplyTo"))), None)
    said = parse_agreement(returned.activity.object or {})
    deadline = moment(returned.activity.document, "endTime")
    if answers is not None:
        agreement = await _about(uow, returned, answers)
        terms = hearing.checked_terms(said, (await _first_terms(uow, agreement)).agreement)
        message = _message(returned, "object")
        await moves.propose(
            uow, agreement, Event.COUNTER, RESTORE, terms, answer_by=deadline, message=message
        )
        return True
    terms = hearing.checked_terms(said, said.uri or "")
    number = (said.uri or "").removeprefix(f"{uow.identities.base}/agreements/")
    if await store.find(uow, number) is not None:
        return True
    asker = hearing.role_of_peer(terms, uow.identities.coop.uri)
    made = await drafting.completed(uow, terms, peer=returned.to, provider=None, asker=asker)
    agreement = await begun(uow, number, made, {})
    await store.add(uow, agreement)
    version = await store.add_version(
        uow,
        number,
        made.terms,
        author=asker,
        fees=made.fees,
        policies=made.policies,
        activity_id=returned.activity.id,
        documents={f"{asker.value}_document": _message(returned, "object").document},
    )
    activity_id = returned.activity.id
    await steps.take(
        uow, agreement, Event.REQUEST, RESTORE, version=version, activity_id=activity_id
    )
    return True


async def _accepted(uow: UnitOfWork, returned: Returned) -> bool:
    agreement = await _about(uow, returned, returned.activity.object_id)
    step = Event.AGREE_CHANGE if agreement.pending is not None else Event.ACCEPT
    if step is Event.ACCEPT and agreement.accept_id is not None:
        return True
    await moves.agree(uow, agreement, step, RESTORE, message=_message(returned, "result"))
    return True


async def _rejected(uow: UnitOfWork, returned: Returned) -> bool:
    agreement = await _about(uow, returned, returned.activity.object_id)
    step = Event.REFUSE_CHANGE if agreement.pending is not None else Event.DECLINE
    return await _act(uow, agreement, step, returned)


async def _waiting(uow: UnitOfWork, returned: Returned) -> bool:
    agreement = await _about(uow, returned, returned.activity.object_id)
    return await _act(uow, agreement, Event.WAIT, returned)


async def _undone(uow: UnitOfWork, returned: Returned) -> bool:
    agreement = await _about(uow, returned, returned.activity.object_id)
    if agreement.state in RUNNING:
        return await _act(uow, agreement, Event.CANCEL, returned)
    if agreement.state not in OPEN:
        return agreement.is_over
    if agreement.answer_by is not None and agreement.answer_by <= uow.now:
        await moves.act(uow, agreement, Event.EXPIRE, NODE, Said(), message=_message(returned))
        return True
    return await _act(uow, agreement, Event.WITHDRAW, returned)


async def _changed(uow: UnitOfWork, returned: Returned) -> bool:
    said = parse_agreement(returned.activity.object or {})
    agreement = await _about(uow, returned, said.uri)
    terms = hearing.checked_terms(said, (await _first_terms(uow, agreement)).agreement)
    message = _message(returned, "object")
    await moves.propose(uow, agreement, Event.CHANGE, RESTORE, terms, message=message)
    return True


async def _disputed(uow: UnitOfWork, returned: Returned) -> bool:
    agreement = await _about(uow, returned, returned.activity.object_id)
    return await _act(uow, agreement, Event.DISPUTE, returned)


async def _stated(uow: UnitOfWork, returned: Returned) -> bool:
    statement = parse_statement(returned.activity.object or {}, returned.activity.actor)
    if statement.kind not in wire.STEPS or statement.kind in sharing.KINDS:
        return False
    agreement = await _about(uow, returned, statement.context)
    step = wire.STEPS[statement.kind]
    message = _message(returned)
    await moves.act(uow, agreement, step, RESTORE, wire.read_said(statement), message=message)
    return True


def _taken(move: _Move) -> _Move:
    """What does not fit to what we have, for whatever reason, is left to people."""

    async def taken(uow: UnitOfWork, returned: Returned) -> bool:
        try:
            async with uow.savepoint():
                return await move(uow, returned)
        except (Refusal, ProtocolError, NodeError) as error:
            log.warning("step-not-taken-back", activity_id=returned.activity.id, why=repr(error))
            return False

    return taken


for _type, _of, _move in (
    ("Accept", "Offer", _accepted),
    ("Reject", "Offer", _rejected),
    ("TentativeAccept", "Offer", _waiting),
    ("Undo", "Offer", _undone),
):
    handlers.on_return(_type, _of, kind=_AGREEMENT)(_taken(_move))
handlers.on_return("Offer", "Agreement")(_taken(_offered))
handlers.on_return("Update", "Agreement")(_taken(_changed))
handlers.on_return("Flag", "Agreement")(_taken(_disputed))
for _kind in wire.STEPS:
    handlers.on_return("Create", "Document", kind=_kind)(_taken(_stated))


async def _act(uow: UnitOfWork, agreement: AgreementView, step: Step, returned: Returned) -> bool:
    said = Said(reason=from_english(text(returned.activity.document, "content")))
    await moves.act(uow, agreement, step, RESTORE, said, message=_message(returned))
    return True


async def _about(uow: UnitOfWork, returned: Returned, uri: str | None) -> AgreementView:
    """The agreement of an address, ours or theirs, or of an Offer or Accept. Raises Refusal."""
    base = f"{uow.identities.base}/agreements/"
    ours = uri.removeprefix(base) if uri and uri.startswith(base) else None
    carried = select(_v.agreement_id).where(_v.activity_id == uri)
    chosen = select(agreement_table).where(
        _a.peer == returned.to,
        or_(_a.id == ours, _a.their_uri == uri, _a.accept_id == uri, _a.id.in_(carried)),
    )
    rows = await uow.rows(chosen)
    if not rows:
        raise Refusal(404, "agreement-unknown", "There is no such agreement here.")
    return receiving.view(uow, rows[0])


async def _first_terms(uow: UnitOfWork, agreement: AgreementView) -> Terms:
    return (await store.versions(uow, agreement.id))[0].terms


def _message(returned: Returned, part: str = "") -> Message:
    document = strict_json.loads(returned.raw).get(part) if part else None
    return Message(
        activity_id=returned.activity.id,
        at=returned.said_at,
        document=document if isinstance(document, dict) else None,
    )
