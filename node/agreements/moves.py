"""The moves that people, the clock and peers make, whoever makes them: propose, agree, act."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from federation.storage import Reader, UnitOfWork
from node.agreements import crossing, drafting, following, keeping, rules, steps, store, wire
from node.agreements.choices import Step
from node.agreements.life import Event, State
from node.agreements.parties import By
from node.agreements.paying import DEPOSITS, Deposit, DepositEvent, Method, Payment, PaymentEvent
from node.agreements.reasons import check_reason
from node.agreements.reckoning import Reckoning, reckon
from node.agreements.sides import Role
from node.agreements.steps import role_of, take
from node.agreements.terms import Terms
from node.agreements.views import AgreementView, Standing, VersionView
from node.agreements.wire import Said
from node.errors import Conflict, InvalidInput
from node.i18n import Text, _
from node.money import Money

_BOUND_BY_CHANGES = frozenset({PaymentEvent.RECEIVE, Event.DELIVER, Event.DELIVER_PART})
_NO_END: Mapping[str, Any] = {"outcome": None, "ended_at": None}
"""What was delivered has not ended, though somebody may have cancelled it meanwhile."""


class Message(Struct, frozen=True):
    """The message by which a peer made a move. document: the Agreement in it, as received; at:
    when it was done, as the peer says, and not later than now."""

    activity_id: str
    at: datetime
    document: dict[str, Any] | None = None
    their_uri: str | None = None


async def propose(
    uow: UnitOfWork,
    agreement: AgreementView,
    step: Event,
    by: By,
    terms: Terms,
    *,
    answer_by: datetime | None = None,
    message: Message | None = None,
) -> AgreementView:
    """Another offer (COUNTER), or a change of what is agreed (CHANGE), as a new version."""
    made = await drafted(uow, agreement, step, by, terms, from_peer=message is not None)
    if step is Event.CHANGE and message is None:  # another offer takes it at once
        await keeping.check(uow, agreement.id, made.terms)
    author = _role(agreement, step, by)
    last = agreement.sequence if step is Event.COUNTER else agreement.pending
    if last == terms.sequence:  # two changes crossed: ours never reached the other side
        await store.drop_version(uow, agreement.id, last)
    elif last is not None:
        await store.change_version(uow, agreement.id, last, standing=Standing.REPLACED.value)
    changes: dict[str, Any] = {"pending": made.terms.sequence}
    if step is Event.COUNTER:
        changes = _in_force(made.terms) | {"answer_by": answer_by or made.answer_by}
    version = await _add(uow, agreement, made, author, message)
    return await take(uow, agreement, step, by, version=version, **_told(message), **changes)


async def drafted(
    reader: Reader,
    agreement: AgreementView,
    step: Event,
    by: By,
    terms: Terms,
    *,
    from_peer: bool = False,
) -> drafting.Draft:
    """What `propose` would put forward. Raises all that refuses it, but for what others have taken
    meanwhile: see `keeping`."""
    rules.check_time(agreement, step, reader.now)
    rules.check_room(await store.count_versions(reader, agreement.id))
    if terms.start != agreement.start_at:
        rules.check_ahead(terms, reader.now)
    provider = agreement.provider_account
    made = await drafting.completed(
        reader, terms, peer=agreement.peer, provider=provider, asker=agreement.asked_by
    )
    await _check_kept(reader, agreement, made.terms)
    if step is Event.CHANGE and agreement.pending is not None:
        author = _role(agreement, step, by)
        await _check_crossing(reader, agreement, author, agreement.pending, from_peer=from_peer)
    steps.decided(reader, agreement, step, by, {})
    return made


async def agree(
    uow: UnitOfWork,
    agreement: AgreementView,
    step: Event,
    by: By,
    *,
    message: Message | None = None,
    change: int | None = None,
) -> AgreementView:
    """Sign what is on the table: an offer (ACCEPT), or a change (AGREE_CHANGE). change: which one a
    peer signed, where that need not be the one which waits for it, see `crossing.agrees`."""
    rules.check_time(agreement, step, uow.now)
    role = _role(agreement, step, by)
    sequence = agreement.sequence
    if step is Event.AGREE_CHANGE:
        sequence = change or await _pending(uow, agreement, role)
        await store.change_version(
            uow, agreement.id, agreement.sequence, standing=Standing.REPLACED.value
        )
    version = await store.version(uow, agreement.id, sequence)
    await _check_kept(uow, agreement, version.terms)
    if message is None:
        documents = wire.role_documents(
            agreement, wire.signed(uow, agreement, version.terms), frozenset({role})
        )
    else:
        documents = {f"{role.value}_document": message.document or {}}
    await store.change_version(
        uow, agreement.id, sequence, standing=Standing.AGREED.value, **documents
    )
    waits = agreement.pending if agreement.pending != sequence else None
    changes = _in_force(version.terms) | {"pending": waits}
    if step is Event.ACCEPT:
        changes["agreed_at"] = uow.now
    if step is Event.ACCEPT or not agreement.has_delivered:
        changes["delivered"] = tuple(Decimal(0) for _line in version.terms.lines)
    if agreement.state is State.DELIVERED:
        changes["delivered"] = rules.everything(version.terms)
    if message is not None and message.their_uri is not None:
        changes["their_uri"] = message.their_uri
    version = await store.version(uow, agreement.id, sequence)
    return await take(uow, agreement, step, by, version=version, **_told(message), **changes)


async def why_not(reader: Reader, agreement: AgreementView, change: VersionView) -> Text:
    """Why a change that is asked for cannot be agreed to as things are here; empty: it can."""
    try:
        await _check_kept(reader, agreement, change.terms)
        await keeping.check(reader, agreement.id, change.terms)
    except InvalidInput as error:
        return next(iter(error.fields.values()))[0]
    except Conflict as error:
        return error.public_message
    return ""


async def check_shown(reader: Reader, agreement: AgreementView, step: Event, digest: str) -> None:
    """Raises Conflict unless these are the terms that the step would sign, or start from."""
    pending = agreement.pending if step is Event.AGREE_CHANGE else None
    if digest != (await store.version(reader, agreement.id, pending or agreement.sequence)).digest:
        raise Conflict(
            _("You were shown other terms than those on the table now: look at them, then answer."),
            "terms-changed",
        )


async def act(
    uow: UnitOfWork,
    agreement: AgreementView,
    step: Step,
    by: By,
    said: Said,
    *,
    message: Message | None = None,
    free: bool = False,
) -> AgreementView:
    """Any other step. free: a withdrawal that crossed the acceptance on its way: it costs nothing.

    Raises Conflict, Closed, NotAllowed, InvalidInput.
    """
    check_reason(said.reason)
    rules.check_time(agreement, step, uow.now)
    sequence = agreement.sequence
    if step is Event.CANCEL and by.kind == "peer":
        sequence = await crossing.terms_known(uow, agreement)
    version = await store.version(uow, agreement.id, sequence)
    at = message.at if message else uow.now
    changes: dict[str, Any] = {}
    if sequence != agreement.sequence:
        changes = _in_force(version.terms)
    if step is Event.REFUSE_CHANGE:
        version = await _refused(uow, agreement, by)
        changes["pending"] = None
    elif isinstance(step, DepositEvent):
        said = rules.deposit(step, said, version.terms.deposit)
    elif isinstance(step, PaymentEvent):
        if message is None:
            rules.check_method(agreement, step, said)
        heard = message if by.kind == "peer" else None
        said, deposit = await _paid(uow, agreement, version, step, said, heard)
        if step is PaymentEvent.RECEIVE and deposit:
            changes["deposit"] = DEPOSITS.next_state(agreement.deposit, DepositEvent.TAKE_DEPOSIT)
    elif step is Event.DELIVER_PART:
        changes["delivered"] = rules.delivered(agreement, version.terms, said)
        if changes["delivered"] == rules.everything(version.terms):
            step = Event.DELIVER
    elif step is Event.OFFER_PARTIAL:
        rules.check_part(said.amounts, (await _reckoned(uow, agreement, version)).remaining)
        changes["offered_refund"] = said.amounts
    elif step is Event.AGREE_PARTIAL:
        said = await _part_taken(uow, agreement, by, said)
    if step in (Event.DELIVER, Event.DELIVER_PART):
        changes["lots"] = rules.lots(agreement, said)
    if isinstance(step, Event):
        role = role_of(agreement, step, by)
        seen_at = uow.now if by.kind == "peer" else at
        changes |= _changes(agreement, version, step, role, at, seen_at, free=free)
    if message is None and agreement.peer is not None and agreement.pending is not None:
        await _check_asked(uow, agreement, agreement.pending, step, changes)
    return await take(uow, agreement, step, by, said, version=version, **_told(message), **changes)


async def _check_asked(
    reader: Reader, agreement: AgreementView, pending: int, step: Step, changes: dict[str, Any]
) -> None:
    """A yes to a change that we asked for may be on its way, and must find things so that it can
    be. Raises Conflict."""
    asked = await store.version(reader, agreement.id, pending)
    if asked.author not in agreement.ours or step not in _BOUND_BY_CHANGES:
        return
    after = replace(agreement, **changes)
    if step is PaymentEvent.RECEIVE:
        after = replace(after, payment=Payment.RECEIVED)
    try:
        await _check_kept(reader, after, asked.terms)
    except (Conflict, InvalidInput):
        raise Conflict(
            _("This would rule out the change that you asked for. Ask for another one first."),
            "change-pending",
        ) from None


def _changes(
    agreement: AgreementView,
    version: VersionView,
    step: Event,
    role: Role | None,
    at: datetime,
    seen_at: datetime,
    *,
    free: bool,
) -> dict[str, Any]:
    """seen_at: when we got to know of it: the days to object count from here, whatever a peer
    says."""
    match step:
        case Event.CANCEL if agreement.state is State.CANCELLED:
            return {"outcome": None}
        case Event.CANCEL if agreement.has_delivered:
            return {}
        case Event.DELIVER:
            all_of_it = rules.everything(version.terms)
            return {**_NO_END, "delivered": all_of_it, "delivered_at": seen_at}
        case Event.DELIVER_PART:
            return {**_NO_END}
        case Event.CONFIRM | Event.AUTO_CONFIRM:
            return {"confirmed_at": seen_at}
        case Event.CANCEL:
            owes = role is Role.CUSTOMER and not free
            return {"outcome": step.value if owes else None, "ended_at": at}
        case Event.REPORT_NO_SHOW:
            owes = role is Role.PROVIDER
            return {"outcome": step.value if owes else None, "ended_at": at}
        case Event.DISPUTE:
            return {"outcome": None}
        case Event.UPHOLD | Event.AGREE_PARTIAL | Event.REFUND_ALL:
            return {"outcome": step.value}
        case _:
            return {}


async def _is_all(
    reader: Reader,
    agreement: AgreementView,
    version: VersionView,
    step: PaymentEvent,
    said: Said,
    at: datetime,
) -> bool:
    """Whether all came that was agreed: a peer may say so that had not heard yet that less is owed
    by now. What is set off it only says: that is no more than is owed, or our side marked."""
    came = step is PaymentEvent.RECEIVE
    if not came or rules.by_code(said.amounts) != rules.by_code(following.whole(version)):
        return False
    if said.method != Method.NETTING:
        return True
    return await crossing.is_as_marked(reader, agreement, said.amounts, at)


async def _paid(
    uow: UnitOfWork,
    agreement: AgreementView,
    version: VersionView,
    step: PaymentEvent,
    said: Said,
    heard: Message | None,
) -> tuple[Said, Money | None]:
    """What is paid, or goes back, and the deposit in it. heard: from a peer that says so."""
    reckoned = await _reckoned(uow, agreement, version)
    due = following.due(agreement, version, reckoned)
    deposit = following.deposit_due(agreement, version, reckoned)
    if heard and await _is_all(uow, agreement, version, step, said, heard.at):
        due, deposit = following.whole(version), version.terms.deposit
    paid = rules.payment(
        step,
        said,
        due=due,
        deposit=deposit,
        received=reckoned.paid,
        returned=reckoned.back,
    )
    is_owed = step is PaymentEvent.RECEIVE and paid.method == Method.NETTING
    if is_owed and agreement.peer is not None:
        rules.check_set_off(await store.marked_method(uow, agreement.id))
    return paid, deposit


async def _reckoned(reader: Reader, agreement: AgreementView, version: VersionView) -> Reckoning:
    return reckon(agreement, version, await store.history(reader, agreement.id))


async def _part_taken(reader: Reader, agreement: AgreementView, by: By, said: Said) -> Said:
    """Which part is taken: named, for another may be offered while the word is on its way."""
    if by.kind == "peer" and await crossing.may_take(reader, agreement, said.amounts):
        return said
    rules.same(said.amounts, agreement.offered_refund)
    return replace(said, amounts=agreement.offered_refund)


async def _check_crossing(
    reader: Reader, agreement: AgreementView, author: Role, pending: int, *, from_peer: bool
) -> None:
    """One change at a time. Where two cross on their way, the provider's goes first on both nodes.

    Raises Conflict.
    """
    asked = await store.version(reader, agreement.id, pending)
    crossed = from_peer and author is Role.PROVIDER
    if asked.author is not author and not crossed:
        raise Conflict(_("Answer the change that is asked for first."), "change-pending")


async def _check_kept(reader: Reader, agreement: AgreementView, terms: Terms) -> None:
    """What was paid, left as a deposit or delivered stays so. Raises Conflict, InvalidInput."""
    before = (await store.version(reader, agreement.id, agreement.sequence)).terms
    rules.check_kept(agreement, before, terms)
    if agreement.deposit is not Deposit.NONE and terms.deposit != before.deposit:
        raise InvalidInput({"deposit": [_("The deposit was left already, and stays as it is.")]})


async def _pending(uow: UnitOfWork, agreement: AgreementView, role: Role) -> int:
    sequence = agreement.pending
    asked = await store.version(uow, agreement.id, sequence) if sequence else None
    rules.check_change(agreement, asked.author if asked else None, role)
    return sequence or agreement.sequence


async def _refused(uow: UnitOfWork, agreement: AgreementView, by: By) -> VersionView:
    role = _role(agreement, Event.REFUSE_CHANGE, by)
    sequence = await _pending(uow, agreement, role)
    await store.change_version(uow, agreement.id, sequence, standing=Standing.REFUSED.value)
    return await store.version(uow, agreement.id, sequence)


async def _add(
    uow: UnitOfWork,
    agreement: AgreementView,
    made: drafting.Draft,
    author: Role,
    message: Message | None,
) -> VersionView:
    if message is None:
        document = wire.signed(uow, agreement, made.terms)
        documents = wire.role_documents(agreement, document, frozenset({author}))
    else:
        documents = {f"{author.value}_document": message.document}
    return await store.add_version(
        uow,
        agreement.id,
        made.terms,
        author=author,
        fees=made.fees,
        policies=made.policies,
        activity_id=message.activity_id if message else None,
        documents=documents,
    )


def _role(agreement: AgreementView, step: Step, by: By) -> Role:
    """The side a move is for; `take` refuses strangers, who get any side here."""
    return role_of(agreement, step, by) or agreement.asked_by


def _in_force(terms: Terms) -> dict[str, Any]:
    return {
        "sequence": terms.sequence,
        "start_at": terms.start,
        "end_at": terms.end,
        "pickup": terms.pickup,
    }


def _told(message: Message | None) -> dict[str, Any]:
    return {"activity_id": message.activity_id if message else None}


def with_next_sequence(terms: Terms, versions: list[VersionView]) -> Terms:
    """Terms as the version after all there are."""
    return replace(terms, sequence=max(one.sequence for one in versions) + 1)
