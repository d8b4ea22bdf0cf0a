"""Writing down what came of a batch of attempts: rows, hosts, and the breaker."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from federation.ambient import Entropy
from federation.delivery.attempt import Attempt, Result
from federation.delivery.backoff import delay, retry_after
from federation.delivery.queue import PUT_OFF
from federation.models import Delivery, DeliveryState, HostState
from federation.outbox import forget_private
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.unit_of_work import UnitOfWork
from protocol import datetimes
from protocol.errors import MalformedDocument
from protocol.http_signatures import Profile

_ITS_OWN_ERROR = 500
_OK_EVERY = timedelta(minutes=1)
_A_DAY = timedelta(days=1).total_seconds()
_SENT = (
    update(table_of(Delivery))
    # Not if a person dropped it, or another worker took it over, while it was on its way.
    .where(Delivery.seq == bindparam("row"), Delivery.state == DeliveryState.SENDING)
    .values(
        state=bindparam("state"),
        attempts=bindparam("attempts"),
        next_attempt_at=bindparam("next_attempt_at"),
        leased_until=None,
        last_status=bindparam("status"),
        last_error=bindparam("error"),
        delivered_at=bindparam("delivered_at"),
        refused_at=bindparam("refused_at"),
    )
)
_LATER_ONES = (
    update(table_of(Delivery))
    .where(
        Delivery.authority == bindparam("host"),
        Delivery.object_uri == bindparam("object"),
        Delivery.seq > bindparam("row"),
        # Not `in_`: its expanding parameter cannot be used for a list of rows.
        or_(Delivery.state == DeliveryState.PENDING, Delivery.state == DeliveryState.HELD),
        Delivery.next_attempt_at < bindparam("until"),
    )
    .values(next_attempt_at=bindparam("until"))
)


async def record(
    uow: UnitOfWork, attempts: Sequence[Attempt], settings: FederationSettings
) -> tuple[str, ...]:
    """Store the outcomes; returns the authorities that are back after having been away."""
    rows = [_row(each, uow.now, settings, uow.entropy) for each in attempts]
    await uow.execute(_SENT, rows)
    waiting = [
        {
            "host": each.job.authority,
            "object": each.job.object_uri,
            "row": each.job.seq,
            "until": row["next_attempt_at"],
        }
        for each, row in zip(attempts, rows, strict=True)
        if row["state"] == DeliveryState.PENDING and each.result is not Result.PUT_OFF
    ]
    if waiting:
        await uow.execute(_LATER_ONES, waiting)
    back = await _record_hosts(uow, attempts, settings)
    await forget_private(uow)
    return back


def _row(
    attempt: Attempt, now: datetime, settings: FederationSettings, entropy: Entropy
) -> dict[str, Any]:
    attempts = attempt.job.attempts + 1
    state = _state(attempt, attempts, now, settings)
    next_attempt_at = None
    if state is DeliveryState.PENDING:
        asked = retry_after(attempt.retry_after, now, longest=settings.retry_after_cap)
        backoff = delay(
            attempts,
            base=settings.delivery_first_delay,
            longest=settings.delivery_longest_delay,
            entropy=entropy,
        )
        next_attempt_at = now + (asked or backoff)
    return {
        "row": attempt.job.seq,
        "state": state,
        "attempts": attempts,
        "next_attempt_at": next_attempt_at,
        "status": None if _is_no_answer(attempt) else attempt.status,
        "error": attempt.error,
        "delivered_at": now if state is DeliveryState.DELIVERED else None,
        "refused_at": now if state is DeliveryState.REFUSED else None,
    }


def _state(
    attempt: Attempt, attempts: int, now: datetime, settings: FederationSettings
) -> DeliveryState:
    match attempt.result:
        case Result.DELIVERED:
            return DeliveryState.DELIVERED
        case Result.GONE:
            return DeliveryState.REFUSED
        case Result.DECLINED if attempts >= settings.delivery_refusals and _was_declined(attempt):
            return DeliveryState.REFUSED
    give_up_at = attempt.job.give_up_at
    is_over = give_up_at is not None and now >= give_up_at
    return DeliveryState.DEAD if is_over else DeliveryState.PENDING


def _was_declined(attempt: Attempt) -> bool:
    """Whether the answer before was a no as well: who was away may say one until all is as it was.
    Of what came to no answer only the tries are counted."""
    before = attempt.job.last_status
    return attempt.status is None or (before is not None and before < 500 and before != PUT_OFF)


def _is_no_answer(attempt: Attempt) -> bool:
    """A 4xx that is no no: of a web server that knows nothing of the coop, or a hold, or a request
    to come again."""
    waits = attempt.result in {Result.BUSY, Result.FAILED}
    return waits and attempt.status is not None and attempt.status < 500


async def _record_hosts(
    uow: UnitOfWork, attempts: Sequence[Attempt], settings: FederationSettings
) -> tuple[str, ...]:
    by_host: dict[str, list[Attempt]] = {}
    for each in attempts:
        if each.result is not Result.BROKEN:
            by_host.setdefault(each.job.authority, []).append(each)
    found = await uow.scalars(select(HostState).where(HostState.authority.in_(by_host)))
    hosts = {host.authority: host for host in found}
    back: list[str] = []
    for authority, its_attempts in by_host.items():
        host = hosts.get(authority) or _new_host(uow, authority)
        if all(each.result is Result.FAILED for each in its_attempts):
            await _count_failures(uow, host, its_attempts, settings)
            continue
        if host.opened_at is not None:
            back.append(authority)
            await _release(uow, authority)
        _note_success(host, its_attempts, uow.now)
        await _give_time(uow, authority, its_attempts, settings)
    return tuple(back)


def _new_host(uow: UnitOfWork, authority: str) -> HostState:
    host = HostState(authority=authority, failures=0)
    uow.session.add(host)
    return host


async def _count_failures(
    uow: UnitOfWork, host: HostState, attempts: Sequence[Attempt], settings: FederationSettings
) -> None:
    host.updated_at = uow.now
    is_away = host.opened_at is not None
    window_over = (
        host.first_failure_at is None or uow.now - host.first_failure_at > settings.breaker_window
    )
    if window_over and not is_away:
        host.first_failure_at, host.failures = uow.now, 0
    host.failures += sum(map(_is_of_the_host, attempts))
    host.last_error = attempts[-1].error
    if is_away or host.failures >= settings.breaker_failures:
        host.opened_at = host.opened_at or uow.now
        host.probe_at = uow.now + settings.breaker_probe
        await _hold(uow, host.authority, host.probe_at)


def _is_of_the_host(attempt: Attempt) -> bool:
    """Whether a failure counts for it as a whole: a server's own error may come of this one
    message alone, and says the same each time."""
    return attempt.status != _ITS_OWN_ERROR or attempt.job.attempts == 0


def _note_success(host: HostState, attempts: Sequence[Attempt], now: datetime) -> None:
    """Nothing where the row says as much, and not long since: all processes write into it, and who
    comes second does its turn again."""
    offsets = [found for each in attempts if (found := _offset(each.date, now)) is not None]
    offset = offsets[-1] if offsets else host.clock_offset_seconds
    # Ed25519 needs no memory: the peer's own document says that it takes it.
    taken = [each.profile for each in attempts if each.profile is not None]
    shown = taken[-1] if taken and taken[-1] is not Profile.RFC9421_ED25519 else None
    if _is_known(host, offset, shown, now):
        return
    host.updated_at = host.last_ok_at = now
    host.failures = 0
    host.first_failure_at = host.opened_at = host.probe_at = host.last_error = None
    host.clock_offset_seconds = offset
    if shown is not None:
        host.profile, host.profile_at = shown, now


def _is_known(host: HostState, offset: int | None, shown: Profile | None, now: datetime) -> bool:
    """Whether a peer answers as it did less than a minute ago."""
    if host.last_ok_at is None or now - host.last_ok_at >= _OK_EVERY:
        return False
    if host.failures or host.opened_at is not None or shown not in {None, host.profile}:
        return False
    known = host.clock_offset_seconds
    # Dates on the wire have whole seconds: the same clock is told to be one ahead or behind.
    return offset == known or (offset is not None and known is not None and abs(offset - known) < 2)


def _offset(date: str | None, now: datetime) -> int | None:
    """By how many seconds a peer's clock is ahead of ours, a day at most; None if unreadable."""
    try:
        ahead = (datetimes.parse_http_date(date or "") - now).total_seconds()
    except MalformedDocument:
        return None
    return round(max(-_A_DAY, min(ahead, _A_DAY)))


async def _hold(uow: UnitOfWork, authority: str, probe_at: datetime) -> None:
    """The peer is away: everything for it waits for one probe; what is over is given up."""
    waiting = update(table_of(Delivery)).where(
        Delivery.authority == authority,
        Delivery.state.in_((DeliveryState.PENDING, DeliveryState.HELD)),
    )
    over = waiting.where(Delivery.give_up_at <= uow.now)
    await uow.execute(over.values(state=DeliveryState.DEAD, next_attempt_at=None))
    await uow.execute(waiting.values(state=DeliveryState.HELD, next_attempt_at=probe_at))


async def _release(uow: UnitOfWork, authority: str) -> None:
    """The peer is back: everything for it is due now."""
    waiting = update(table_of(Delivery)).where(
        Delivery.authority == authority,
        Delivery.state.in_((DeliveryState.PENDING, DeliveryState.HELD)),
    )
    await uow.execute(waiting.values(state=DeliveryState.PENDING, next_attempt_at=uow.now))


async def _give_time(
    uow: UnitOfWork, authority: str, attempts: Sequence[Attempt], settings: FederationSettings
) -> None:
    """Retry-After holds for the whole peer, not for one message (RFC 6585 §4)."""
    asked = [
        wait
        for each in attempts
        if each.result is Result.BUSY
        and (wait := retry_after(each.retry_after, uow.now, longest=settings.retry_after_cap))
    ]
    if not asked:
        return
    until = uow.now + max(asked)
    waiting = update(table_of(Delivery)).where(
        Delivery.authority == authority,
        Delivery.state == DeliveryState.PENDING,
        Delivery.next_attempt_at < until,
    )
    await uow.execute(waiting.values(next_attempt_at=until))
