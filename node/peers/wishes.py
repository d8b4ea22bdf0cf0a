"""Asking a coop that has first to be found, now or as soon as it can be reached."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct
from sqlalchemy import bindparam, delete, select

from federation.errors import OUR_FAILURE, FederationError, StorageUnavailable
from federation.runtime import Federation
from federation.side_by_side import side_by_side
from federation.storage import Reader, UnitOfWork
from federation.under_way import mark_of
from node import audit, obstacles
from node.errors import InvalidInput, NodeError
from node.i18n import _
from node.peers import wire
from node.peers.commands import accept, ask_actor
from node.peers.models import LONGEST_WAIT, Wish
from node.peers.rules import NO_ADDRESS, authority_in, is_address
from protocol.errors import ProtocolError

log = structlog.get_logger()

_AT_ONCE = 5
_FIRST_DELAY = timedelta(seconds=5)
_GIVE_UP_AFTER = timedelta(days=30)
_DUE = select(Wish.address).where(Wish.next_attempt_at <= bindparam("now"))


class WishView(Struct, frozen=True):
    """A coop that is still looked for. next_attempt_at None: given up."""

    address: str
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None


async def ask(federation: Federation, text: str, *, by: str = audit.OPERATOR) -> str:
    """Find a coop over the network and ask it; returns its uri.

    Raises InvalidInput, Conflict, or what `Actors.resolve` raises, with a sentence for people.
    """
    address = _checked(text, federation.identities.authority)
    uri = await federation.actors.resolve(address)

    async def write(uow: UnitOfWork) -> None:
        await wire.send_successions(uow, uri)
        await ask_actor(uow, uri, by=by)
        await uow.execute(delete(Wish).where(Wish.address == address))

    await federation.database.write(write)
    return uri


async def ask_later(uow: UnitOfWork, text: str) -> None:
    """Queue a coop to be found and asked by the running node, however long it takes."""
    address = _checked(text, uow.identities.authority)
    wish = await uow.session.get(Wish, address)
    if wish is None:
        wish = Wish(address=address, attempts=0, created_at=uow.now)
        uow.session.add(wish)
    wish.attempts, wish.next_attempt_at, wish.last_error = 0, uow.now, None
    await uow.session.flush()
    uow.wake_workers()


async def look_for(uow: UnitOfWork, addresses: Sequence[str]) -> None:
    """Ask coops that knew us before: our yes stands already, and they are found in time."""
    for address in dict.fromkeys(addresses):
        await accept(uow, _checked(address, uow.identities.authority))
        await ask_later(uow, address)


async def look_for_once(uow: UnitOfWork, address: str) -> None:
    """`ask_later`, unless that coop is looked for already."""
    if await uow.session.get(Wish, address) is None:
        await ask_later(uow, address)


async def fulfil_due(federation: Federation) -> int:
    """Try every wish that is due once, some at a time: a coop that is slow holds up no other;
    returns how many."""
    async with federation.database.reading() as reader:
        addresses = await reader.scalars(_DUE, {"now": reader.now})
    places = asyncio.Semaphore(_AT_ONCE)

    async def fulfil(address: str) -> None:
        async with places:
            await _fulfil(federation, address)

    others, suspects = federation.under_way.apart(addresses, _mark)
    await side_by_side(map(fulfil, others))
    for address in suspects:
        await fulfil(address)
    return len(addresses)


def _mark(address: str) -> bytes:
    return mark_of("wish", address)


async def _fulfil(federation: Federation, address: str) -> None:
    try:
        with federation.under_way.outliving(_mark(address)):
            await ask(federation, address)
    except StorageUnavailable:
        raise
    except (FederationError, ProtocolError, NodeError) as error:
        is_hopeless = isinstance(error, NodeError)
        await _postpone(federation, address, obstacles.noted(error), is_hopeless=is_hopeless)
    except Exception as error:  # a defect with one must not end the others
        log.exception("wish-failed", address=address)
        said = f"{OUR_FAILURE}: {type(error).__name__}"
        await _postpone(federation, address, said, is_hopeless=False)


async def wishes(reader: Reader) -> list[WishView]:
    """Coops that are looked for, the oldest first."""
    rows = await reader.scalars(select(Wish).order_by(Wish.created_at, Wish.address))
    return [
        WishView(row.address, row.attempts, row.next_attempt_at, row.last_error) for row in rows
    ]


async def _postpone(federation: Federation, address: str, said: str, *, is_hopeless: bool) -> None:
    async def write(uow: UnitOfWork) -> None:
        wish = await uow.session.get(Wish, address)
        if wish is None:
            return
        wish.attempts += 1
        wish.last_error = said
        delay = min(_FIRST_DELAY * 2 ** min(wish.attempts - 1, 20), LONGEST_WAIT)
        is_over = is_hopeless or uow.now - wish.created_at > _GIVE_UP_AFTER
        wish.next_attempt_at = None if is_over else uow.now + delay

    await federation.database.write(write)


def _checked(text: str, our_authority: str) -> str:
    address = text.strip()
    if not is_address(address):
        raise InvalidInput({"address": [NO_ADDRESS]})
    if authority_in(address) == our_authority:
        raise InvalidInput({"address": [_("That is our own address. Write the other coop's.")]})
    return address
