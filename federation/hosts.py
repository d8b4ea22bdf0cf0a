"""What nodes have shown of themselves on the line, noted outside of deliveries."""

from collections.abc import Collection

from sqlalchemy import insert, select, update

from federation.models import HostState
from federation.storage.base import table_of
from federation.storage.unit_of_work import UnitOfWork
from protocol.http_signatures import Profile


async def note_profiles(uow: UnitOfWork, authorities: Collection[str]) -> None:
    """These nodes sign by RFC 9421, so they will read it too (protocol paper P16)."""
    if not authorities:
        return
    shown = {"profile": Profile.RFC9421, "profile_at": uow.now, "updated_at": uow.now}
    table = table_of(HostState)
    known = set(
        await uow.scalars(select(HostState.authority).where(HostState.authority.in_(authorities)))
    )
    await uow.execute(update(table).where(HostState.authority.in_(known)).values(shown))
    new = [{"authority": each, "failures": 0, **shown} for each in authorities if each not in known]
    if new:
        await uow.execute(insert(table), new)
