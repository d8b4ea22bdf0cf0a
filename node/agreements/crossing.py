"""Steps of two coops that crossed on their way: when a peer's counts although we took another.

Where it goes to is data (`life.crossed`). A peer's word goes before ours only if it could not know
ours: our message had not reached it, or was refused because the agreement had ended there.
"""

from collections.abc import Collection
from datetime import datetime

from federation import outbox
from federation.models import DeliveryState
from federation.storage import Reader
from node.agreements import store
from node.agreements.choices import Step
from node.agreements.life import Event, State, crossed
from node.agreements.paying import PaymentEvent
from node.agreements.reckoning import amounts_of
from node.agreements.rules import Sums, by_code
from node.agreements.sides import Role
from node.agreements.views import AgreementView, Standing, StepView, VersionView

_LESSENS = frozenset({Event.CANCEL, Event.REPORT_NO_SHOW, Event.AGREE_PARTIAL, Event.REFUND_ALL})
_ENDING = (Event.UPHOLD, Event.AGREE_PARTIAL)
_DONE_BY_TERMS = frozenset({Event.START, Event.DELIVER_PART, Event.DELIVER})
_DONE = _DONE_BY_TERMS | {Event.DISPUTE, Event.REPORT_NO_SHOW}


async def counts(reader: Reader, agreement: AgreementView, step: Step) -> bool:
    """Whether a peer's step that is not possible any more counts, for it crossed ours."""
    if not isinstance(step, Event):
        return False
    if crossed(agreement.state, step, is_delivered=agreement.has_delivered) is None:
        return False
    they_provide = agreement.our_role is Role.CUSTOMER
    match step:
        case Event.CANCEL if agreement.state is State.CANCELLED:
            return they_provide and agreement.outcome == step
        case Event.CANCEL if agreement.has_delivered:
            steps = await store.history(reader, agreement.id)
            confirmed = any(one.event == Event.CONFIRM for one in steps)
            return not (they_provide or confirmed or agreement.state is State.DISPUTED)
        case Event.CANCEL:
            done = [one for one in await _ours(reader, agreement) if one.event in _DONE]
            return not await have_heard(reader, done)
        case Event.DELIVER | Event.DELIVER_PART:
            return they_provide and agreement.outcome == Event.CANCEL
        case Event.REPORT_NO_SHOW:
            steps = await store.history(reader, agreement.id)
            again = any(one.event == step and one.role not in agreement.ours for one in steps)
            return not again and agreement.delivered_at is None
        case Event.REFUND_ALL:
            return they_provide and agreement.outcome != step
        case _:
            return True


def is_moot(agreement: AgreementView, step: Step) -> bool:
    """Whether a peer takes less than we have given back already."""
    return step in _ENDING and agreement.outcome == Event.REFUND_ALL


async def agrees(
    reader: Reader, agreement: AgreementView, change: VersionView, at: datetime
) -> bool:
    """Whether a peer's yes to a change of ours counts: to the one that waits for it, or to one in
    whose place we put another that it had not got when it said yes. at: when that was."""
    if change.sequence == agreement.pending:
        done = [one for one in await _ours(reader, agreement) if one.event == Event.DELIVER]
        delivered = [one.activity_id for one in done if agreement.state is State.DELIVERED]
        return not await _taken_before(reader, delivered, at)
    if agreement.pending is None or change.sequence < agreement.sequence:
        return False
    if change.standing is not Standing.REPLACED:
        return False
    asked = await store.version(reader, agreement.id, agreement.pending)
    return asked.author is change.author and not await _taken_before(
        reader, [asked.activity_id], at
    )


async def is_of_before(
    reader: Reader, agreement: AgreementView, step: Step, digest: str | None
) -> bool:
    """Whether a peer did something by terms that were agreed before ours of now, to which we agreed
    while its word was on its way."""
    if step not in _DONE_BY_TERMS:
        return False
    return digest in {one.digest for one in await _agreed(reader, agreement)}


async def terms_known(reader: Reader, agreement: AgreementView) -> int:
    """The newest terms of which a peer that cancels can know that they hold."""
    yes = [one for one in await _ours(reader, agreement) if one.event == Event.AGREE_CHANGE]
    agreed = [one.sequence for one in await _agreed(reader, agreement)]
    while yes and len(agreed) > 1 and not await have_heard(reader, [yes.pop()]):
        agreed.pop()
    return agreed[-1]


async def may_take(reader: Reader, agreement: AgreementView, part: Sums) -> bool:
    """Whether a peer may take a part that we offered: the last one, or one before that if it heard
    of none since."""
    offers = [one for one in await _ours(reader, agreement) if one.event == Event.OFFER_PARTIAL]
    since: list[StepView] = []
    for one in reversed(offers):
        if by_code(amounts_of(one)) == by_code(part):
            return not await have_heard(reader, since)
        since.append(one)
    return False


async def is_as_marked(
    reader: Reader, agreement: AgreementView, set_off: Sums, at: datetime
) -> bool:
    """Whether a peer sets off what our customer marked so, though less is owed since: by our word
    alone, which it had not got. at: when it said so."""
    steps = await store.history(reader, agreement.id)
    marks = [one for one in steps if one.event == PaymentEvent.MARK_PAID]
    if not marks or by_code(amounts_of(marks[-1])) != by_code(set_off):
        return False
    less = [one for one in steps[steps.index(marks[-1]) :] if one.event in _LESSENS]
    if any(one.role not in agreement.ours for one in less):
        return False
    return not await _taken_before(reader, [one.activity_id for one in less], at)


async def have_heard(reader: Reader, steps: Collection[StepView]) -> bool:
    """Whether a peer has got our word of any of these steps."""
    said = [one.activity_id for one in steps if one.activity_id]
    known = await outbox.sent(reader, said)
    return any(known.get(one, DeliveryState.DELIVERED) == DeliveryState.DELIVERED for one in said)


async def _taken_before(reader: Reader, activity_ids: Collection[str | None], at: datetime) -> bool:
    taken = await outbox.taken_at(reader, [one for one in activity_ids if one])
    return any(moment < at for moment in taken.values())


async def _agreed(reader: Reader, agreement: AgreementView) -> list[VersionView]:
    """What both coops signed, the first terms first."""
    versions = await store.versions(reader, agreement.id)
    return [
        one
        for one in versions
        if one.sequence <= agreement.sequence and len(one.signed_by) == len(Role)
    ]


async def _ours(reader: Reader, agreement: AgreementView) -> list[StepView]:
    steps = await store.history(reader, agreement.id)
    return [one for one in steps if one.role in agreement.ours]
