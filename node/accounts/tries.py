"""How often somebody may try to sign in, or begin something without an account.

To sign in there are three counts, so that guessing is slow and nobody is locked out of their own
account: per address; per account for addresses that never signed in to it; and per account *and*
address for those that did. A stranger can use up the second count, but not the owner's own;
one-time links need none.

They stand in the database, under digests: all processes of a node count together, and a restart
forgives nobody.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select

from federation.storage import Reader, UnitOfWork
from node import limits
from node.accounts.allowances import AT_ADDRESS, OF_ACCOUNT, OF_KNOWN, Allowance
from node.accounts.attempts import believed, network_of, take_token, wait_for_token
from node.accounts.models import SignInTries
from node.accounts.queries import digest


class _Key(NamedTuple):
    """What a row counts, and which row it is."""

    counts: str
    digest: bytes


async def wait_to_try(reader: Reader, handle: str, address: str) -> timedelta:
    """How long it is until somebody may try to come in at this address; zero: they may now."""
    return _wait(reader, *await _counts(reader, handle, network_of(address)))


async def count_try(uow: UnitOfWork, handle: str, address: str) -> timedelta:
    """Count a try, or say how long it is until one may be made, and count nothing."""
    rows, counted = await _counts(uow, handle, network_of(address))
    if wait := _wait(uow, rows, counted):
        return wait
    for key, what in counted.items():
        _count(uow, _row(uow, rows, key), what)
    return timedelta(0)


async def let_in(uow: UnitOfWork, account_id: str, handle: str, address: str) -> None:
    """The password was right: forget what counted against this pair, and know it again.

    At the address this try alone is given back: whoever has an account there guesses no more of
    others' for it.
    """
    network = network_of(address)
    rows, counted = await _counts(uow, handle, network)
    at_address, ours = counted
    if at_address.digest in rows:
        rows[at_address.digest].full_at -= AT_ADDRESS.every
    if ours.digest in rows:
        rows[ours.digest].full_at = uow.now
    known = _row(uow, rows, _known(handle, network))
    known.account_id = account_id
    # Longer than the session itself: who comes in again when it has ended is known still.
    known.known_until = uow.now + limits.SESSION_ABSOLUTE + limits.SESSION_IDLE


async def may_begin(reader: Reader, what: Allowance, address: str) -> bool:
    """Whether somebody without an account may begin one more from this address."""
    return await wait_to_begin(reader, what, address) <= timedelta(0)


async def wait_to_begin(reader: Reader, what: Allowance, address: str) -> timedelta:
    """How long it is until they may; zero or less: they may now."""
    row = await reader.session.get(SignInTries, _key(what.name, network_of(address)).digest)
    return timedelta(0) if row is None else _wait_for(row, reader, what)


async def count_guest(uow: UnitOfWork, what: Allowance, address: str) -> bool:
    """Count that they begin one more; False if they may not, and then nothing is counted."""
    key = _key(what.name, network_of(address))
    row = await uow.session.get(SignInTries, key.digest)
    row = _row(uow, {} if row is None else {key.digest: row}, key)
    if _wait_for(row, uow, what) > timedelta(0):
        return False
    _count(uow, row, what)
    return True


async def forget_tries(uow: UnitOfWork) -> None:
    """Delete what says nothing any more; and of each sort, if strangers make a great many, what is
    over first. Sort by sort: however many guests are counted, no guess at an account is forgotten.
    """
    is_full, known = SignInTries.full_at <= uow.now, SignInTries.known_until
    await uow.execute(delete(SignInTries).where(is_full, known.is_(None) | (known <= uow.now)))
    last = [func.coalesce(known, SignInTries.full_at).desc(), SignInTries.digest]
    place = func.row_number().over(partition_by=SignInTries.counts, order_by=last)
    each = select(SignInTries.digest, place.label("place")).subquery()
    surplus = select(each.c.digest).where(each.c.place > limits.ATTEMPTS_REMEMBERED)
    await uow.execute(delete(SignInTries).where(SignInTries.digest.in_(surplus)))


async def _counts(
    reader: Reader, handle: str, network: str
) -> tuple[dict[bytes, SignInTries], dict[_Key, Allowance]]:
    """The rows that there are, and what is counted where: at the address, and for the account."""
    at_address, account = _key(AT_ADDRESS.name, network), _key(OF_ACCOUNT.name, handle)
    known = _known(handle, network)
    of_these = SignInTries.digest.in_([one.digest for one in (at_address, account, known)])
    rows = {row.digest: row for row in await reader.scalars(select(SignInTries).where(of_these))}
    until = rows[known.digest].known_until if known.digest in rows else None
    is_known = until is not None and until > reader.now
    ours = {known: OF_KNOWN} if is_known else {account: OF_ACCOUNT}
    return rows, {at_address: AT_ADDRESS} | ours


def _wait(
    reader: Reader, rows: Mapping[bytes, SignInTries], counted: Mapping[_Key, Allowance]
) -> timedelta:
    waits = [
        _wait_for(rows[key.digest], reader, what)
        for key, what in counted.items()
        if key.digest in rows
    ]
    return max([*waits, timedelta(0)])


def _wait_for(row: SignInTries, reader: Reader, what: Allowance) -> timedelta:
    full_at = believed(row.full_at, reader.now, what.burst, what.every)
    return wait_for_token(full_at, reader.now, what.burst, what.every)


def _count(uow: UnitOfWork, row: SignInTries, what: Allowance) -> None:
    full_at = believed(row.full_at, uow.now, what.burst, what.every)
    row.full_at = take_token(full_at, uow.now, what.every)


def _row(uow: UnitOfWork, rows: dict[bytes, SignInTries], key: _Key) -> SignInTries:
    if key.digest not in rows:
        rows[key.digest] = SignInTries(digest=key.digest, counts=key.counts, full_at=uow.now)
        uow.session.add(rows[key.digest])
    return rows[key.digest]


def _known(handle: str, network: str) -> _Key:
    return _key(OF_KNOWN.name, handle, network)


def _key(counts: str, *whose: str) -> _Key:
    return _Key(counts, digest("\0".join((counts, *whose))))
