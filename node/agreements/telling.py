"""What the other coop is told of a step of ours: one message each."""

from typing import Any

from federation import outbox
from federation.storage import Reader, UnitOfWork
from node import threads
from node.agreements import wire
from node.agreements.choices import Step
from node.agreements.life import Event
from node.agreements.reasons import in_english
from node.agreements.sides import Role
from node.agreements.store import latest_by
from node.agreements.views import AgreementView, VersionView
from node.agreements.wire import Said
from protocol import datetimes
from protocol.vocabulary import activities, agreements


async def tell(
    uow: UnitOfWork,
    before: AgreementView,
    after: AgreementView,
    step: Step,
    said: Said,
    *,
    number: str,
    version: VersionView,
) -> str | None:
    """Say a step to the peer; returns the activity's id, None if nothing is said.

    version: the terms that the step is about. number: the id of the step.
    """
    if after.peer is None:
        return None
    activity = await _activity(uow, before, after, step, said, number=number, version=version)
    if activity is None:
        return None
    return await outbox.publish(
        uow,
        activity,
        to_actors=[after.peer],
        object_uri=after.uri,
        listed=False,
        until_delivered=True,
    )


async def how_far(reader: Reader, version: VersionView) -> str | None:
    """How far the message has come by which we put terms on the table: a `DeliveryState`."""
    if version.activity_id is None:
        return None
    return (await outbox.sent(reader, [version.activity_id])).get(version.activity_id)


async def _activity(
    uow: UnitOfWork,
    before: AgreementView,
    after: AgreementView,
    step: Step,
    said: Said,
    *,
    number: str,
    version: VersionView,
) -> dict[str, Any] | None:
    coop, to = uow.identities.coop.uri, (str(after.peer),)
    answered = version.activity_id or after.shared_uri
    match step:
        case Event.REQUEST | Event.COUNTER:
            last = None if step is Event.REQUEST else await _their_offer(uow, before)
            deadline = after.answer_by or uow.now
            return agreements.offer(
                coop,
                _ours(after, version),
                to,
                deadline=deadline,
                answers=last,
                context=await threads.context_of(uow, after.uri, to[0]),
            )
        case Event.CHANGE:
            return activities.update("", coop, _ours(after, version), to)
        case Event.ACCEPT | Event.AGREE_CHANGE:
            accepted = activities.accept("", coop, answered, to, result=_ours(after, version))
            return accepted | {"published": datetimes.format(uow.now)}
        case Event.DECLINE | Event.REFUSE_CHANGE:
            return activities.reject("", coop, answered, to, reason=in_english(said.reason))
        case Event.WAIT:
            return activities.activity("TentativeAccept", "", coop, answered, to)
        case Event.WITHDRAW:
            return await _undo_offer(uow, after, to)
        case Event.EXPIRE:
            # Each node's clock lets it run out; whoever made the offer also takes it back.
            is_ours = version.author is after.our_role
            return await _undo_offer(uow, after, to) if is_ours else None
        case Event.AUTO_CONFIRM:
            if after.our_role is not Role.CUSTOMER:
                return None
            document = wire.statement(uow, after, Event.CONFIRM, said, number, version.digest)
            return activities.create("", coop, document, to)
        case Event.CANCEL:
            return await _undo_agreed(uow, after, to, said)
        case Event.DISPUTE:
            content = in_english(said.reason)
            uri = after.shared_uri
            return activities.activity("Flag", "", coop, uri, to, content=content)
        case _ if step in wire.KINDS:
            document = wire.statement(uow, after, step, said, number, version.digest)
            return activities.create("", coop, document, to)
        case _:
            return None


def _ours(agreement: AgreementView, version: VersionView) -> dict[str, Any]:
    return version.documents[agreement.our_role]


async def _their_offer(uow: UnitOfWork, before: AgreementView) -> str | None:
    """The Offer that a counter-offer answers."""
    theirs = await latest_by(uow, before.id, before.our_role.other)
    return theirs.activity_id if theirs else None


async def _undo_offer(
    uow: UnitOfWork, agreement: AgreementView, to: tuple[str, ...]
) -> dict[str, Any] | None:
    """Take our last Offer back; we that made none leave it to the side that did."""
    ours = await latest_by(uow, agreement.id, agreement.our_role)
    if ours is None or ours.activity_id is None:
        return None
    said_at = datetimes.format(uow.now)  # in time, or because the time for an answer was over
    coop = uow.identities.coop.uri
    return activities.activity("Undo", "", coop, ours.activity_id, to, published=said_at)


async def _undo_agreed(
    uow: UnitOfWork, agreement: AgreementView, to: tuple[str, ...], said: Said
) -> dict[str, Any]:
    """Cancel: undo our own half, the Offer or the Accept. `inReplyTo` shows that we know the
    Accept, and so that this is no withdrawal that crossed it on the way; what it costs is counted
    from when it is said, however late it comes."""
    ours = await latest_by(uow, agreement.id, agreement.our_role)
    half = ours.activity_id if ours and ours.activity_id else agreement.accept_id
    return activities.activity(
        "Undo",
        "",
        uow.identities.coop.uri,
        half or agreement.uri,
        to,
        inReplyTo=agreement.accept_id,
        content=in_english(said.reason),
        published=datetimes.format(uow.now),
    )
