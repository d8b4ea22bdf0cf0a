"""Applying a list of authorised messages in one unit of work.

Order of thought: what was seen before, who may speak at all, the handlers, then the memory: the
permanent one, what must wait for a fetch, and the evidence of two stories under one id.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from msgspec import Struct
from sqlalchemy import bindparam, or_, update

from federation.correspondence.keeping import forget_deleted, keep_copies
from federation.errors import OUR_FAILURE
from federation.handlers import HandlerTable, Ignored, NeedsFetch, Outcome, Received, RefusedBy
from federation.hosts import note_profiles
from federation.inbox.decide import CONTENT_ERRORS, decide, refusal
from federation.inbox.kept import ID_REUSED, Arrival, Kept, keep
from federation.inbox.memory import Memory, Verdict, recall, remember
from federation.models import InboxState, Relation
from federation.relations import Standing, standings
from federation.storage.base import table_of
from federation.storage.failures import is_storage_failure
from federation.storage.prepared import Prepared
from federation.storage.unit_of_work import UnitOfWork
from federation.under_way import DETAIL, ENDED
from protocol.iri import authority_of

log = structlog.get_logger()

# People are shown days; one write per message would cost more than it tells.
HEARD_EVERY = timedelta(minutes=1)
_NOTE_HEARD = Prepared[()](
    update(table_of(Relation))
    .where(
        Relation.actor_uri.in_(bindparam("actors", expanding=True)),
        or_(Relation.last_heard_at.is_(None), Relation.last_heard_at < bindparam("before")),
    )
    .values(last_heard_at=bindparam("now"))
)


class Answer(Struct, frozen=True):
    """What the sender hears. retry_after: seconds. members: see `RefusedBy`."""

    status: int
    code: str
    detail: str
    retry_after: int | None = None
    members: tuple[tuple[str, str], ...] = ()


ACCEPTED = Answer(202, "accepted", "Accepted and applied.")
DEFERRED = Answer(202, "deferred", "Accepted; something must be read before it is applied.")
DUPLICATE = Answer(200, "duplicate-delivery", "This activity was accepted before.")
CONFLICT = Answer(
    409,
    ID_REUSED,
    "This activity id was accepted before with another body, and the first one stands; "
    "send a new activity with a new id.",
)
SUSPENDED = Answer(
    403,
    "relation-suspended",
    "This coop has suspended its relation with yours; nothing is lost on our side. "
    "Ask its people when it resumes.",
)
BLOCKED = Answer(403, "domain-blocked", "This coop takes no messages from your domain.")
STALE = Answer(202, "stale-proof", "Accepted; it has no effect here.")


async def apply(
    uow: UnitOfWork, handlers: HandlerTable, arrivals: Sequence[Arrival]
) -> list[Answer]:
    """Apply what is new and entitled; one answer for each arrival, in their order."""
    standing = await standings(uow, {each.verified.actor for each in arrivals})
    heard = [each for each in arrivals if not each.stale]
    answers = iter(await _apply(uow, handlers, heard, standing))
    return [
        _shut_out(standing[each.verified.actor]) or STALE if each.stale else next(answers)
        for each in arrivals
    ]


async def _apply(
    uow: UnitOfWork,
    handlers: HandlerTable,
    arrivals: Sequence[Arrival],
    standing: Mapping[str, Standing],
) -> list[Answer]:
    memories = await recall(uow, [(each.name, each.digests) for each in arrivals])
    answers = [
        _at_once(memory, standing[arrival.verified.actor])
        for arrival, memory in zip(arrivals, memories, strict=True)
    ]
    fresh = [position for position, answer in enumerate(answers) if answer is None]
    outcomes = await decide(uow, handlers, [_received(arrivals[at], standing) for at in fresh])
    kept: list[tuple[Arrival, Memory, Outcome]] = []
    for at, outcome in zip(fresh, outcomes, strict=True):
        answers[at] = answer_to(outcome)
        if not isinstance(outcome, RefusedBy):
            kept.append((arrivals[at], memories[at], outcome))
    await remember(uow, [memory for _, memory, _ in kept])
    effective = [each for each, _, outcome in kept if not isinstance(outcome, Ignored)]
    await forget_deleted(uow, arrivals)
    await keep_copies(uow, handlers, effective, standing)
    await keep(uow, _deferred(kept))
    if found := await keep(uow, _evidence(arrivals, answers)):
        await handlers.tell_twice(uow, {each.arrival.verified.actor for each in found})
    await note_profiles(uow, _speak_rfc9421([arrival for arrival, _, _ in kept]))
    await _note_heard(uow, {arrival.verified.actor for arrival, _, _ in kept})
    return _with_copies(memories, answers)


async def apply_each(
    uow: UnitOfWork, handlers: HandlerTable, arrivals: Sequence[Arrival]
) -> list[Answer]:
    """Apply one by one, each in a savepoint: after a batch failed on one message's account.

    A message that our own code fails on is kept and answered 202: a 5xx would make the peer send
    it for ever and hold back all that follows. `deferred` tries it again, then shows it. What a
    handler could not read in the message is the sender's fault, and a refusal.
    """
    answers: list[Answer] = []
    await forget_deleted(uow, arrivals)
    for arrival in arrivals:
        try:
            async with uow.savepoint():
                [answer] = await apply(uow, handlers, [arrival])
        except CONTENT_ERRORS as error:
            answer = answer_to(refusal(error))
        except Exception as error:
            if is_storage_failure(error):
                raise
            answer = await set_aside(uow, arrival, error)
        answers.append(answer)
    return answers


async def set_aside(uow: UnitOfWork, arrival: Arrival, error: Exception) -> Answer:
    """Keep a message that our own code failed on, to be applied again later."""
    log.error("inbox-failed", activity_id=arrival.activity.id, exc_info=error)
    await _keep_failed(uow, arrival, OUR_FAILURE, f"{type(error).__name__}: {error}"[:500])
    return DEFERRED


async def keep_for_people(uow: UnitOfWork, arrival: Arrival) -> Answer:
    """Keep a message that ended our process again and again; nothing tries it but a person."""
    if await _keep_failed(uow, arrival, ENDED, DETAIL):
        log.error("inbox-set-aside", code=ENDED, activity_id=arrival.activity.id)
    return DEFERRED


async def _keep_failed(uow: UnitOfWork, arrival: Arrival, code: str, detail: str) -> bool:
    """Whether it was new."""
    [known] = await recall(uow, [(arrival.name, arrival.digests)])
    if known.verdict is not Verdict.NEW:
        return False
    await remember(uow, [known])
    await keep(uow, [Kept(arrival, InboxState.FAILED, code, detail)])
    return True


def answer_to(outcome: Outcome) -> Answer:
    """What the sender hears of an outcome."""
    match outcome:
        case RefusedBy(status, code, detail, members):
            return Answer(status, code, detail, members=members)
        case NeedsFetch():
            return DEFERRED
        case Ignored(reason):
            return Answer(202, reason, "Accepted; it has no effect here.")
        case _:
            return ACCEPTED


def _received(arrival: Arrival, standing: Mapping[str, Standing]) -> Received:
    verified = arrival.verified
    return Received(arrival.activity, verified, standing[verified.actor])


def _speak_rfc9421(arrivals: Sequence[Arrival]) -> set[str]:
    return {authority_of(each.verified.actor) for each in arrivals if each.speaks_rfc9421}


def _shut_out(standing: Standing) -> Answer | None:
    if standing is Standing.BLOCKED:
        return BLOCKED
    return SUSPENDED if standing is Standing.SUSPENDED else None


def _at_once(memory: Memory, standing: Standing) -> Answer | None:
    if shut_out := _shut_out(standing):
        return shut_out
    if memory.verdict is Verdict.OTHER:
        return CONFLICT
    return DUPLICATE if memory.verdict is Verdict.SAME else None


def _deferred(kept: Sequence[tuple[Arrival, Memory, Outcome]]) -> list[Kept]:
    return [
        Kept(arrival, InboxState.DEFERRED, needs=outcome.uris)
        for arrival, _, outcome in kept
        if isinstance(outcome, NeedsFetch)
    ]


def _evidence(arrivals: Sequence[Arrival], answers: Sequence[Answer | None]) -> list[Kept]:
    return [
        Kept(arrival, InboxState.REFUSED, CONFLICT.code, CONFLICT.detail)
        for arrival, answer in zip(arrivals, answers, strict=True)
        if answer is CONFLICT
    ]


async def _note_heard(uow: UnitOfWork, actors: set[str]) -> None:
    if actors:
        moments = {"now": uow.now, "before": uow.now - HEARD_EVERY}
        await uow.run(_NOTE_HEARD, {"actors": sorted(actors), **moments})


def _with_copies(memories: Sequence[Memory], answers: Sequence[Answer | None]) -> list[Answer]:
    """The second copy in one batch hears what the first one heard, or that it is a duplicate."""
    complete: list[Answer] = []
    for memory, answer in zip(memories, answers, strict=True):
        first = None if memory.copy_of is None else complete[memory.copy_of]
        refused = first if first is not None and first.status >= 400 else None
        complete.append(refused or answer or DUPLICATE)
    return complete
