"""The letters to be sent: written with the change itself, claimed, written down.

A letter is claimed in a transaction of its own before the server hears of it. If the program dies
in between, nobody knows whether the server has it: it is not sent again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from federation.storage import Reader, UnitOfWork
from node import accounts, limits, vault
from node.mail import rules
from node.mail.composing import compose
from node.mail.letters import Letter, LetterKind
from node.mail.models import LEASE, address_table, letter_table
from node.mail.rules import LIFE, Event, Hours, Outcome, State, Verdict
from node.mail_settings import read_address

_A_DAY = timedelta(days=1)
_l, _a = letter_table.c, address_table.c
_UNDER_WAY = (State.WAITING.value, State.SENDING.value)
NOT_WANTED: dict[str, Any] = {"wanted": None, "code_digest": None, "code_until": None}
_ENDED: dict[str, Any] = {"next_attempt_at": None, "values": {}, "box": None}


async def write(
    uow: UnitOfWork,
    kind: LetterKind,
    *,
    lasts: timedelta = limits.MAIL_TRIED_FOR,
    **said: Any,
) -> None:
    """A letter that goes once this is committed. said: further columns."""
    await uow.execute(insert(letter_table).values(_row(uow, kind, uow.now, lasts) | said))


async def write_notices(
    uow: UnitOfWork,
    people: Sequence[Any],
    about: str,
    id_for: Callable[[str], str],
    *,
    at_once: bool,
) -> None:
    """One letter each about a notice; one that waits already tells of the newer notice instead.

    people: rows of their addresses. id_for: the notice of each account. at_once: without the moment
    in which they may read it here, and whatever the hour.
    """
    if not people:
        return
    same = (_l.about == about, _l.state == State.WAITING.value)
    theirs = _l.account_id.in_([one.account_id for one in people])
    waiting = set(await uow.scalars(select(_l.account_id).where(*same, theirs)))
    if waiting:
        newer = update(letter_table).where(*same, _l.account_id == bindparam("whose"))
        each = [{"whose": one, "newer": id_for(one)} for one in waiting]
        await uow.execute(newer.values(notice_id=bindparam("newer")), each)
    rows = [
        _row(uow, LetterKind.NOTICE, uow.now if at_once else _later(uow, one))
        | {"about": about, "notice_id": id_for(one.account_id), "account_id": one.account_id}
        for one in people
        if one.account_id not in waiting
    ]
    if rows:
        await uow.execute(insert(letter_table), rows)


async def had_enough(uow: UnitOfWork, account_ids: Sequence[str]) -> set[str]:
    """Those of these accounts to whom many letters were written within a day."""
    if not account_ids:
        return set()
    written = (
        select(_l.account_id)
        .where(
            _l.account_id.in_(account_ids),
            _l.kind == LetterKind.NOTICE.value,
            _l.created_at > uow.now - _A_DAY,
        )
        .group_by(_l.account_id)
        .having(func.count() >= limits.MAIL_NOTICES_A_DAY)
    )
    return set(filter(None, await uow.scalars(written)))


async def write_digests(uow: UnitOfWork, people: Sequence[Any]) -> None:
    """Let each have a letter in the morning, if none waits for them yet."""
    if not people:
        return
    same = (
        _l.kind == LetterKind.DIGEST.value,
        _l.state == State.WAITING.value,
        _l.account_id.in_([one.account_id for one in people]),
    )
    waiting = set(await uow.scalars(select(_l.account_id).where(*same)))
    rows = [
        _row(uow, LetterKind.DIGEST, _hours(one).morning(uow.now)) | {"account_id": one.account_id}
        for one in people
        if one.account_id not in waiting
    ]
    if rows:
        await uow.execute(insert(letter_table), rows)


async def tell_applicant(
    uow: UnitOfWork,
    application_id: str,
    *,
    address: str,
    language: str | None,
    path: str = "",
    **values: str,
) -> None:
    """Write to somebody who would like to join, if what they left is an address.

    path: of their own page, where the letter may say it. values: what it says beside.
    """
    to = read_address(address)
    if to is None:
        return
    box = await vault.seal(uow, application_id, {"address": to, "path": path})
    await write(
        uow,
        LetterKind.APPLICATION,
        about=application_id,
        box=box,
        language=language,
        values=values,
    )


async def tell_member(
    uow: UnitOfWork,
    member_id: str,
    *,
    address: str,
    account_id: str | None,
    language: str | None,
    reason: str,
    **values: str,
) -> None:
    """Write to a member what was decided about them, whatever letters they chose. It is sealed with
    the key of whoever gets it: who leaves for good takes only their own."""
    box = await vault.seal(uow, account_id or member_id, {"address": address, "reason": reason})
    await write(
        uow,
        LetterKind.MEMBERSHIP,
        about=member_id,
        account_id=account_id,
        box=box,
        language=language,
        values=values,
    )


async def ask_way_in(uow: UnitOfWork, handle: str) -> None:
    """Send whoever signs in as this a link to come in by, if they have an address.

    The same is done for a name that nobody has: who it is is looked up when the letter goes. More
    than a few a day for one name are passed over. So no answer, and no time that it takes, tells
    anything.
    """
    handle = handle.strip().lower()[: limits.NAME_LONGEST]
    about = sha256(accounts.handle_key(handle).encode(errors="surrogatepass")).hexdigest()
    asked = select(func.count()).where(
        _l.about == about,
        _l.kind == LetterKind.WAY_IN.value,
        _l.created_at > uow.now - _A_DAY,
    )
    if (await uow.scalar(asked) or 0) >= limits.MAIL_WAYS_IN_A_DAY:
        return
    lasts = timedelta(hours=limits.MAIL_WAY_IN_HOURS)
    await write(uow, LetterKind.WAY_IN, lasts=lasts, about=about, values={"handle": handle})


async def drop(uow: UnitOfWork, account_id: str, *kinds: LetterKind) -> None:
    """Let the waiting letters of these kinds be: nobody needs any more what they would say."""
    waiting = update(letter_table).where(
        _l.account_id == account_id,
        _l.kind.in_([kind.value for kind in kinds]),
        _l.state == State.WAITING.value,
    )
    dropped = LIFE.next_state(State.WAITING, Event.DROP)
    await uow.execute(waiting.values(_ENDED | {"state": dropped.value, "ended_at": uow.now}))


async def due(reader: Reader) -> list[str]:
    """Letters that should go now, those of people who wait for a way in first."""
    chosen = (
        select(_l.id)
        .where(_l.state == State.WAITING.value, _l.next_attempt_at <= reader.now)
        .order_by(_l.kind != LetterKind.WAY_IN.value, _l.next_attempt_at, _l.id)
        .limit(limits.MAIL_AT_ONCE)
    )
    return await reader.scalars(chosen)


async def claim(uow: UnitOfWork, letter_id: str) -> Letter | None:
    """Take a letter to send it now; None for one that is needed no more, or was taken."""
    waiting = select(letter_table).where(_l.id == letter_id, _l.state == State.WAITING.value)
    rows = await uow.rows(waiting.with_for_update())
    if not rows:
        return None
    letter = await compose(uow, rows[0]) if rows[0].give_up_at > uow.now else None
    if letter is None:
        await _end(uow, letter_id, LIFE.next_state(State.WAITING, Event.DROP))
        return None
    taken = LIFE.next_state(State.WAITING, Event.TAKE)
    lease = {"state": taken.value, "tries": _l.tries + 1, "next_attempt_at": uow.now + LEASE}
    await uow.execute(update(letter_table).where(_l.id == letter_id).values(lease))
    return letter


async def record(uow: UnitOfWork, letter_id: str, outcome: Outcome) -> None:
    """Write down what came of a letter that was claimed; one that is gone meanwhile is let be."""
    claimed = (_l.id == letter_id, _l.state == State.SENDING.value)
    rows = await uow.rows(select(letter_table).where(*claimed).with_for_update())
    if not rows:
        return
    match outcome.verdict:
        case Verdict.TAKEN:
            await _end(uow, letter_id, LIFE.next_state(State.SENDING, Event.ACCEPT))
        case Verdict.UNSURE:
            state = LIFE.next_state(State.SENDING, Event.LOSE)
            await _end(uow, letter_id, state, outcome.said)
        case Verdict.LATER:
            await _try_later(uow, rows[0], State.SENDING, rows[0].tries, outcome.said)
        case Verdict.REFUSED:
            await fail(uow, letter_id, outcome.said)
            if outcome.is_address and rows[0].account_id is not None:
                await _note_refused(uow, rows[0], outcome.said)


async def put_off(uow: UnitOfWork, letter_ids: Sequence[str], said: str) -> None:
    """The server could not be spoken with: all that should have gone waits, longer each time."""
    waiting = (
        _l.id.in_(letter_ids),
        _l.state == State.WAITING.value,
        _l.next_attempt_at <= uow.now,
    )
    for row in await uow.rows(select(letter_table).where(*waiting)):
        await _try_later(uow, row, State.WAITING, row.tries + 1, said)


async def fail(uow: UnitOfWork, letter_id: str, said: str) -> None:
    """It never goes."""
    await _end(uow, letter_id, LIFE.next_state(State.SENDING, Event.GIVE_UP), said)


async def lose_abandoned(uow: UnitOfWork) -> None:
    """Whoever was sending these is gone: perhaps the server has them, so none goes again."""
    abandoned = update(letter_table).where(
        _l.state == State.SENDING.value, _l.next_attempt_at <= uow.now
    )
    lost = LIFE.next_state(State.SENDING, Event.LOSE)
    await uow.execute(abandoned.values(_ENDED | {"state": lost.value, "ended_at": uow.now}))


async def forget_old(uow: UnitOfWork) -> None:
    """What ended long ago is deleted, and an address that nobody confirmed in time."""
    long_ago = uow.now - limits.MAIL_KEPT
    await uow.execute(delete(letter_table).where(_l.ended_at < long_ago))
    too_late = (_a.wanted.is_not(None), _a.code_until < uow.now)
    if await uow.scalar(select(_a.account_id).where(*too_late).limit(1)) is not None:
        await uow.execute(update(address_table).where(*too_late).values(NOT_WANTED))


async def let_go(uow: UnitOfWork) -> None:
    """Delete all that waits: no server takes our mail, or a backup brought back what has gone."""
    if await uow.scalar(select(_l.id).where(_l.state.in_(_UNDER_WAY)).limit(1)) is not None:
        await uow.execute(delete(letter_table).where(_l.state.in_(_UNDER_WAY)))


def _row(
    uow: UnitOfWork, kind: LetterKind, at: datetime, lasts: timedelta = limits.MAIL_TRIED_FOR
) -> dict[str, Any]:
    return {
        "id": uow.new_id(),
        "account_id": None,
        "kind": kind.value,
        "about": None,
        "notice_id": None,
        "values": {},
        "box": None,
        "language": None,
        "state": LIFE.initial.value,
        "tries": 0,
        "next_attempt_at": at,
        "give_up_at": at + lasts,
        "failing_since": None,
        "created_at": uow.now,
        "ended_at": None,
        "error": None,
    }


def _hours(one: Any) -> Hours:
    return Hours(one.zone, one.quiet_from, one.quiet_until)


def _later(uow: UnitOfWork, one: Any) -> datetime:
    return _hours(one).after(uow.now + limits.MAIL_WAITS)


async def _try_later(uow: UnitOfWork, row: Any, before: State, tries: int, said: str) -> None:
    moment = rules.next_try(tries, now=uow.now, give_up_at=row.give_up_at, entropy=uow.entropy)
    if moment is None:
        await _end(uow, row.id, LIFE.next_state(before, Event.GIVE_UP), said)
        return
    state = LIFE.next_state(before, Event.TRY_AGAIN)
    later = {"state": state.value, "tries": tries, "next_attempt_at": moment, "error": said}
    later["failing_since"] = row.failing_since or uow.now
    await uow.execute(update(letter_table).where(_l.id == row.id).values(later))


async def _end(uow: UnitOfWork, letter_id: str, state: State, said: str | None = None) -> None:
    ended = _ENDED | {"state": state.value, "ended_at": uow.now, "error": said}
    await uow.execute(update(letter_table).where(_l.id == letter_id).values(ended))


async def _note_refused(uow: UnitOfWork, row: Any, said: str) -> None:
    """Nobody is reached there: no more letters go until another address is confirmed.

    Of an address that was given or confirmed while this letter was on its way it says nothing.
    """
    theirs = update(address_table).where(_a.account_id == row.account_id)
    if row.kind == LetterKind.MOVED:
        return
    if row.kind == LetterKind.CONFIRM:
        asked = theirs.where(_a.code_digest.is_not(None))
        await uow.execute(asked.values(NOT_WANTED | {"refused_words": said}))
        return
    claimed_at = row.next_attempt_at - LEASE
    known = theirs.where(_a.confirmed_at <= claimed_at)
    await uow.execute(known.values(refused_at=uow.now, refused_words=said))
