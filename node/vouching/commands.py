"""Asking to be let in again, vouching, refusing, and the link at the end."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from federation.storage import UnitOfWork
from node import accounts, audit, limits, mail, notices, timers, vault
from node.accounts import (
    DUTIES,
    AccountReopened,
    AccountView,
    Duty,
    IssuedLink,
    LinkUsed,
    Purpose,
    Secured,
    WayInChanged,
)
from node.errors import Closed, Conflict, NotAllowed
from node.events import events
from node.i18n import _
from node.notices import NoticeKind
from node.vouching.models import RecoveryRequest
from node.vouching.queries import stored
from node.vouching.rules import (
    UNDER_WAY,
    Event,
    Status,
    check_voucher,
    check_words,
    is_officer,
    next_event,
    vouching,
)

LAPSES = "vouching-lapses"
RIPENS = "vouching-ripens"
FORGOTTEN = "vouching-forgotten"
ASKING = "asking"
"""In the list of who did what: somebody who has not come in."""
_ASKING_FOR_SOMETHING = (
    NoticeKind.VOUCHING_NEEDED,
    NoticeKind.VOUCHING_OPEN,
    NoticeKind.VOUCHING_ASKED,
)
_TOLD = (*_ASKING_FOR_SOMETHING, NoticeKind.VOUCHING_REFUSED)


async def ask(uow: UnitOfWork, handle: str, words: str) -> None:
    """Ask two officers to vouch for whoever signs in as `handle`.

    The same is done for a name that nobody has, and more than a few for one name are passed over:
    no answer tells the difference. Raises InvalidInput, Closed when too many wait.
    """
    handle = handle.strip().lower()[: limits.NAME_LONGEST]
    words = check_words(words)
    await _check_room(uow)
    who = await accounts.by_handle(uow, handle)
    who = None if who is None or who.disabled else who
    theirs = RecoveryRequest.account_id == who.id if who else RecoveryRequest.handle == handle
    same = select(func.count()).where(theirs, RecoveryRequest.status.in_(UNDER_WAY))
    if (await uow.scalar(same) or 0) >= limits.VOUCHING_PER_HANDLE:
        return
    request_id = uow.new_id()
    row = RecoveryRequest(
        id=request_id,
        handle=handle,
        account_id=who.id if who else None,
        status=vouching.initial,
        words=await vault.seal(uow, request_id, {"text": words}),
        created_at=uow.now,
        ends_at=uow.now + limits.VOUCHING_LASTS,
        opens_at=None,
        first_by=None,
        second_by=None,
        link_id=None,
    )
    uow.session.add(row)
    await uow.session.flush()
    await timers.set_timer(uow, LAPSES, request_id, row.ends_at)
    await audit.record(uow, ASKING, "vouching.ask", request_id)
    for role in sorted(DUTIES[Duty.VOUCHING]):
        await notices.give(
            uow, NoticeKind.VOUCHING_NEEDED, request_id, to_role=role, name=_called(who, handle)
        )
    if who is not None:
        await notices.give(uow, NoticeKind.VOUCHING_ASKED, request_id, to_account=who.id)


async def vouch(uow: UnitOfWork, request_id: str, *, by: str) -> Status:
    """One officer's word. Raises NotAllowed for who may not, Conflict, Closed."""
    row = await stored(uow, request_id)
    asking, voucher = await _asking(uow, row), await _person(uow, by)
    first = await accounts.account(uow, row.first_by) if row.first_by else None
    check_voucher(voucher, asking, first, uow.now)
    event = next_event(asking, first)
    await _step(uow, row, event, by)
    if event is Event.VOUCH:
        row.first_by = by
    else:
        row.second_by = by
    if row.status == Status.WAITING:
        row.opens_at = uow.now + limits.VOUCHING_ADMIN_WAIT
        await timers.set_timer(uow, RIPENS, row.id, row.opens_at)
        # and then there is time for the link still
        row.ends_at = max(row.ends_at, row.opens_at + limits.VOUCHING_ADMIN_WAIT)
        await timers.set_timer(uow, LAPSES, row.id, row.ends_at)
    if row.status == Status.OPEN:
        await _open(uow, row, asking)
    await uow.session.flush()
    return Status(row.status)


async def hand_out(uow: UnitOfWork, request_id: str, *, by: str) -> IssuedLink:
    """The link, for one of the two to hand over; made again, an earlier one opens nothing.

    Raises NotAllowed for anybody else, Conflict.
    """
    row = await stored(uow, request_id)
    asking = await _asking(uow, row)
    if by not in (row.first_by, row.second_by):
        raise NotAllowed(_("One of the two who vouched hands the link over."), "vouchers-only")
    if not await _both_count(uow, row):
        raise Conflict(
            _(
                "Of the two who vouched one may not do so any more. Refuse this, and let them "
                "ask anew."
            ),
            "voucher-gone",
        )
    await _step(uow, row, Event.HAND_OUT, by)
    if row.link_id is not None:
        await accounts.revoke_link(uow, row.link_id)
    hours = limits.VOUCHING_LINK_HOURS
    link = await accounts.issue_link(
        uow, purpose=Purpose.RECOVERY, account_id=asking.id, hours=hours, by=by
    )
    row.link_id, row.ends_at = link.id, link.expires_at
    await timers.set_timer(uow, LAPSES, row.id, row.ends_at)
    await uow.session.flush()
    return link


async def refuse(uow: UnitOfWork, request_id: str, *, by: str) -> None:
    """Stop it: by the account itself or an officer, at any moment before it is used.

    Raises NotAllowed for anybody else, Conflict once it is over.
    """
    row = await stored(uow, request_id)
    if by != audit.OPERATOR and by != row.account_id:
        officer = await _person(uow, by)
        if not officer.looks_after(Duty.VOUCHING):
            raise NotAllowed(_("Only the account itself and officers refuse this."), "not-yours")
    await _step(uow, row, Event.REFUSE, by)
    if row.link_id is not None:
        await accounts.revoke_link(uow, row.link_id)
    who = await accounts.account(uow, row.account_id) if row.account_id else None
    for voucher in {row.first_by, row.second_by} - {None, by}:
        await notices.give(
            uow,
            NoticeKind.VOUCHING_REFUSED,
            row.id,
            to_account=voucher,
            name=_called(who, row.handle),
        )
    await _end(uow, row)


@events.on(LinkUsed)
async def note_use(uow: UnitOfWork, event: LinkUsed) -> None:
    """They are in again: what else was asked for this account is over, too.

    Whoever needed others' word for it may have lost the account to somebody, with the address to
    which letters go that open it.
    """
    for row in await _under_way(uow, event.account_id):
        is_theirs = row.link_id == event.link_id and row.status == Status.HANDED_OUT
        if is_theirs:
            await mail.remove(uow, event.account_id)
        await _step(uow, row, Event.USE if is_theirs else Event.LAPSE, event.account_id)
        await _end(uow, row)


@events.on(WayInChanged)
async def note_code(uow: UnitOfWork, event: WayInChanged) -> None:
    """They are in again by a code on paper, and need nobody's word; no address opens the account
    any more, as above."""
    if event.what is not Secured.CODE_USED:
        return
    await mail.remove(uow, event.account_id)
    await _let_lapse_all(uow, event.account_id)


@events.on(AccountReopened)
async def note_reopened(uow: UnitOfWork, event: AccountReopened) -> None:
    """What was asked for before the account was closed lets nobody in any more."""
    await _let_lapse_all(uow, event.account_id)


async def _let_lapse_all(uow: UnitOfWork, account_id: str) -> None:
    for row in await _under_way(uow, account_id):
        await _step(uow, row, Event.LAPSE, account_id)
        await _end(uow, row)


@timers.on(RIPENS)
async def let_ripen(uow: UnitOfWork, request_ids: Sequence[str]) -> None:
    """The day is over, and nobody has refused; it waits on if one who vouched has lost their
    office."""
    for request_id in request_ids:
        row = await stored(uow, request_id)
        if row.status != Status.WAITING or not await _both_count(uow, row):
            continue
        who = await accounts.account(uow, row.account_id) if row.account_id else None
        if who is not None and not who.disabled:
            await _step(uow, row, Event.RIPEN, audit.NODE)
            await _open(uow, row, who)
            await uow.session.flush()


@timers.on(LAPSES)
async def let_lapse(uow: UnitOfWork, request_ids: Sequence[str]) -> None:
    """Nobody vouched in time, or the link was not used."""
    for request_id in request_ids:
        row = await stored(uow, request_id)
        if row.status in UNDER_WAY:
            await _step(uow, row, Event.LAPSE, audit.NODE)
            await _end(uow, row)


@timers.on(FORGOTTEN)
async def forget(uow: UnitOfWork, request_ids: Sequence[str]) -> None:
    """Nobody looks at these any more."""
    await uow.execute(delete(RecoveryRequest).where(RecoveryRequest.id.in_(request_ids)))


async def forget_account(uow: UnitOfWork, account_id: str) -> None:
    """Delete all that somebody who leaves ever asked for, and what others were told of it."""
    mine = RecoveryRequest.account_id == account_id
    asked = await uow.scalars(select(RecoveryRequest.id).where(mine))
    for request_id in asked:
        for kind in _TOLD:
            await notices.withdraw(uow, kind, request_id)
    for timer in (LAPSES, RIPENS, FORGOTTEN):
        await timers.cancel(uow, timer, asked)
    await vault.destroy(uow, *asked)
    await uow.execute(delete(RecoveryRequest).where(mine))


async def _under_way(uow: UnitOfWork, account_id: str) -> Sequence[RecoveryRequest]:
    return await uow.scalars(
        select(RecoveryRequest).where(
            RecoveryRequest.account_id == account_id, RecoveryRequest.status.in_(UNDER_WAY)
        )
    )


async def _both_count(uow: UnitOfWork, row: RecoveryRequest) -> bool:
    """Whether both who vouched may do so still."""
    named = list(filter(None, (row.first_by, row.second_by)))
    both = await accounts.several(uow, named)
    return len(both) == 2 and all(map(is_officer, both.values()))


async def _step(uow: UnitOfWork, row: RecoveryRequest, event: Event, by: str) -> None:
    row.status = vouching.next_state(Status(row.status), event)
    await audit.record(uow, by, f"vouching.{event}", row.id, {"state": row.status})


async def _open(uow: UnitOfWork, row: RecoveryRequest, asking: AccountView) -> None:
    await notices.withdraw(uow, NoticeKind.VOUCHING_NEEDED, row.id)
    for voucher in (row.first_by, row.second_by):
        await notices.give(
            uow, NoticeKind.VOUCHING_OPEN, row.id, to_account=voucher, name=asking.name
        )


async def _end(uow: UnitOfWork, row: RecoveryRequest) -> None:
    """What was written is destroyed at once; who vouched stays in the list of who did what."""
    for kind in _ASKING_FOR_SOMETHING:
        await notices.withdraw(uow, kind, row.id)
    await timers.cancel(uow, LAPSES, [row.id])
    await timers.cancel(uow, RIPENS, [row.id])
    await timers.set_timer(uow, FORGOTTEN, row.id, uow.now + limits.VOUCHING_KEPT)
    await vault.destroy(uow, row.id)
    await uow.session.flush()


async def _asking(uow: UnitOfWork, row: RecoveryRequest) -> AccountView:
    who = await accounts.account(uow, row.account_id) if row.account_id else None
    if who is None:
        raise Conflict(
            _("Nobody signs in by this name. Ask them how it is written, and refuse this."),
            "no-such-name",
        )
    if who.disabled:
        raise Closed(_("This account is closed. Ask an admin of the coop."), "account-disabled")
    return who


async def _person(uow: UnitOfWork, account_id: str) -> AccountView:
    who = await accounts.account(uow, account_id)
    if who is None:
        raise NotAllowed(
            _("Vouching is for the secretary, the treasurer and those who look after this node."),
            "officers-only",
        )
    return who


async def _check_room(uow: UnitOfWork) -> None:
    waiting = select(func.count()).where(RecoveryRequest.status.in_(UNDER_WAY))
    if (await uow.scalar(waiting) or 0) >= limits.VOUCHING_OPEN_MOST:
        raise Closed(
            _("So many ask for a new way in that no more are taken now. Ring the coop."),
            "vouching-full",
        )


def _called(who: AccountView | None, handle: str) -> str:
    return who.name if who else handle
