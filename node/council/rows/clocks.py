"""Is our clock right? By the clocks of the other members, as their servers tell with each answer.

The time of a head is the median of its cosigners' clocks: who is far off should not be one of them.
"""

from sqlalchemy import select

from federation.models import HostState
from federation.storage import Reader, UnitOfWork
from federation.storage.base import table_of
from node import limits
from node.council.rows import reminders
from node.council.rows.store import Federation
from node.council.state.record import Record
from protocol.iri import authority_of

_h = table_of(HostState).c


async def behind(reader: Reader, record: Record) -> int:
    """By how many seconds our clock is behind the middle one of the members'; 0 if none told."""
    ours = reader.identities.coop.uri
    others = [authority_of(coop) for coop in record.members if coop != ours]
    chosen = select(_h.clock_offset_seconds).where(
        _h.authority.in_(others), _h.clock_offset_seconds.is_not(None)
    )
    told = sorted([0, *await reader.scalars(chosen)])
    return int(told[len(told) // 2])


async def is_wrong(reader: Reader, record: Record) -> bool:
    """Whether our clock is too far off for our signatures to say when something was seen."""
    return bool(abs(await behind(reader, record)) > limits.COUNCIL_CLOCK_STOPS.total_seconds())


async def look(uow: UnitOfWork, known: Federation, record: Record) -> None:
    """Tell whoever looks after the node if its clock is off."""
    seconds = await behind(uow, record)
    is_off = abs(seconds) > limits.COUNCIL_CLOCK_WARNS.total_seconds()
    await reminders.clock(uow, known, abs(seconds) if is_off else 0)
