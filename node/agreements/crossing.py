"""Steps of two coops that crossed on their way: when a peer's counts although we took another.

Where it goes to is data (`life.crossed`). A peer's word goes before ours only if it could not know
ours: our message had not reached it, or was refused because the agreement had ended there.
"""

from collections.abc import Collection

from federation import outbox
from federation.models import DeliveryState
from federation.storage import Reader
from node.agreements import store
from node.agreements.choices import Step
from node.agreements.life import Event, State, crossed
from node.agreements.paying import PAID
from node.agreements.reckoning import amounts_of
from node.agreements.rules import Sums, by_code
from node.agreements.sides import Role
from node.agreements.views import AgreementView, StepView

_ENDING = (Event.UPHOLD, Event.AGREE_PARTIAL)
_DONE = frozenset(
    {Event.START, Event.DELIVER_PART, Event.DELIVER, Event.DISPUTE, Event.REPORT_NO_SHOW}
)


async def counts(reader: Reader, agreement: AgreementView, step: Step) -> bool:
    """Whether a peer's step that is not possible any more counts, for it crossed ours."""
    if not isinstance(step, Event) or crossed(agreement.state, step) is None:
        return False
    they_provide = agreement.our_role is Role.CUSTOMER
    match step:
        case Event.CANCEL if agreement.state is State.CANCELLED:
            return they_provide and agreement.outcome == step and agreement.payment not in PAID
        case Event.CANCEL:
            done = [one for one in await _ours(reader, agreement) if one.event in _DONE]
            return not await have_heard(reader, done)
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


async def have_heard(reader: Reader, steps: Collection[StepView]) -> bool:
    """Whether a peer has got our word of any of these steps."""
    said = [one.activity_id for one in steps if one.activity_id]
    known = await outbox.sent(reader, said)
    return any(known.get(one, DeliveryState.DELIVERED) == DeliveryState.DELIVERED for one in said)


async def _ours(reader: Reader, agreement: AgreementView) -> list[StepView]:
    steps = await store.history(reader, agreement.id)
    return [one for one in steps if one.role in agreement.ours]
