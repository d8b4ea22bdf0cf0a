"""What the sending coop's people do: write a need down, send it, take it back, confirm the end."""

from collections.abc import Mapping, Sequence

from federation.storage import UnitOfWork
from node import threads, vault
from node.errors import Conflict
from node.events import events
from node.i18n import _
from node.notices import NoticeKind
from node.referrals import consent, files, passing, store, telling, wire
from node.referrals.events import ReferralFeeDue
from node.referrals.fees import FeeKind
from node.referrals.files import checked_file
from node.referrals.life import LIFE, Event, Party, Side, State
from node.referrals.offered import with_fee
from node.referrals.rules import Draft, checked, checked_person
from node.referrals.views import ReferralView, need_columns
from protocol.vocabulary.referrals import COMPLETION_RECEIPT


async def start(
    uow: UnitOfWork,
    draft: Draft,
    *,
    person: Mapping[str, str] | None = None,
    by: str,
    thread: str | None = None,
) -> ReferralView:
    """Write down that somebody needs what another coop could do. Raises InvalidInput.

    by: the account of the member; whoever looks after referrals is told. thread: the conversation
    in which it came up.
    """
    told = checked_person(person or {})
    if not draft.fee_kind:
        draft = await with_fee(uow, draft)
    ceilings = await store.ceilings(uow, draft.listing_uri)
    need = checked(draft, ceilings, told)
    fresh = uow.new_id()
    subject = f"referral-{fresh}"
    made = await store.add(
        uow,
        **need_columns(need),
        id=fresh,
        case_id=fresh,
        side=Side.SENT.value,
        uri=store.address(uow, fresh),
        peer=None,
        state=LIFE.initial.value,
        policy_versions=ceilings.versions,
        subject=subject,
        box=await vault.seal(uow, subject, dict(told)) if told else None,
        by=by,
    )
    if thread is not None:
        await threads.attach(uow, thread, made.uri, str(_("Referral")))
    await telling.tell(uow, made, NoticeKind.REFERRAL_WRITTEN)
    return made


async def edit(
    uow: UnitOfWork, referral_id: str, draft: Draft, *, person: Mapping[str, str] | None = None
) -> ReferralView:
    """Write it down anew, as long as nobody was asked. Raises InvalidInput, Conflict."""
    view = await _unasked(uow, referral_id)
    told = checked_person(person or {})
    ceilings = await store.ceilings(uow, draft.listing_uri)
    need = checked(draft, ceilings, told)
    box = await vault.seal(uow, view.subject, dict(told)) if told else None
    return await store.change(
        uow, view.id, **need_columns(need), policy_versions=ceilings.versions, box=box
    )


async def attach(uow: UnitOfWork, referral_id: str, name: str, content: bytes) -> None:
    """Put a small file of the person's beside the need, in place of the one before.

    Nobody gets it before a yes of theirs. Raises InvalidInput (file), Conflict.
    """
    view = await _unasked(uow, referral_id)
    await files.keep(uow, view.subject, checked_file(name, content))


async def detach(uow: UnitOfWork, referral_id: str) -> None:
    """Take the file away again. Raises Conflict."""
    await files.drop(uow, (await _unasked(uow, referral_id)).subject)


async def ask_consent(
    uow: UnitOfWork,
    referral_id: str,
    *,
    recipients: Sequence[str],
    fields: Sequence[str],
    auto_next: bool = True,
    by: str,
) -> ReferralView:
    """Ask the person who may be told what; their link is made. Raises InvalidInput, Conflict."""
    view = await own(uow, referral_id)
    return await consent.ask(
        uow, view, recipients=recipients, fields=fields, auto_next=auto_next, by=by
    )


async def send(uow: UnitOfWork, referral_id: str, *, by: str) -> ReferralView:
    """Pass it on to the first coop in line; see `passing.send`."""
    return await passing.send(uow, await own(uow, referral_id), by=by)


async def withdraw(uow: UnitOfWork, referral_id: str, *, by: str) -> ReferralView:
    """Take it back for a reason of ours; the other coop deletes what it was told."""
    view = await own(uow, referral_id)
    return await passing.take_back(uow, view, Event.WITHDRAW, Party.SENDER, wire.BY_SENDER, by=by)


async def correct(uow: UnitOfWork, referral_id: str, *, by: str) -> ReferralView:
    """It should never have been: it ends, and the person is forgotten."""
    view = await own(uow, referral_id)
    ended = await passing.take_back(uow, view, Event.CORRECT, Party.SENDER, wire.BY_MISTAKE, by=by)
    await passing.forget_person(uow, ended)
    return ended


async def confirm(uow: UnitOfWork, referral_id: str, *, by: str) -> ReferralView:
    """Sign what the other coop says came of it. Now both have, and the fee is due."""
    view = await own(uow, referral_id)
    closed = await store.take_step(uow, view, Event.CONFIRM, Party.SENDER, by=by)
    await wire.state(uow, closed, COMPLETION_RECEIPT, answers=closed.completion_digest)
    await close(uow, closed)
    return closed


async def close(uow: UnitOfWork, view: ReferralView) -> None:
    """What follows, on either side, when both have signed."""
    await passing.clear(uow, view)
    await telling.tell(uow, view, NoticeKind.REFERRAL_CLOSED)
    if view.fee_due is None:
        return
    ours, theirs = uow.identities.coop.uri, view.other
    sent = view.side is Side.SENT
    await events.announce(
        uow,
        ReferralFeeDue(
            referral_id=view.id,
            debtor=theirs if sent else ours,
            creditor=ours if sent else theirs,
            fee=view.fee_due,
            evidence_digest=view.completion_digest or "",
            for_fund=view.need.fee.kind is FeeKind.FUND,
        ),
    )


async def own(uow: UnitOfWork, referral_id: str) -> ReferralView:
    """A referral that we sent, or are about to. Raises NotFound, Conflict."""
    view = await store.get(uow, referral_id)
    if view.side is not Side.SENT:
        raise Conflict(_("The other coop passed this one on; that is for it to do."), "not-ours")
    return view


async def _unasked(uow: UnitOfWork, referral_id: str) -> ReferralView:
    view = await own(uow, referral_id)
    if view.state is not State.DRAFT:
        raise Conflict(_("The person has been asked about these words, so they stay."), "asked")
    return view
