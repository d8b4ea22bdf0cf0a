"""Which form of HTTP signature a host has shown that it understands."""

from collections.abc import Collection

from sqlalchemy import delete, insert, or_, select, update

from federation.models import HostState, Relation
from federation.settings import FederationSettings
from federation.storage.base import table_of
from federation.storage.unit_of_work import Reader, UnitOfWork
from protocol.http_signatures import Profile


async def shown_profile(
    reader: Reader, authority: str, settings: FederationSettings
) -> Profile | None:
    """What the host has shown or taken lately; None: unknown, so knock with cavage first.

    Some software answers 202 before it verifies, so a first knock in RFC 9421 can be lost unseen.
    """
    host = await reader.session.get(HostState, authority)
    if host is None or host.profile is None or host.profile_at is None:
        return None
    if reader.now - host.profile_at > settings.profile_age:
        return None
    return Profile(host.profile)


async def forget_old(uow: UnitOfWork, settings: FederationSettings) -> None:
    """Drop what was noted of hosts that nobody heard of for long (DOS-09: strangers are many)."""
    long_ago = uow.now - settings.host_state_age
    is_strange = HostState.authority.not_in(select(Relation.authority))
    # That a peer is away is known for as long as it lasts; of strangers nothing is sent again.
    silent = HostState.updated_at < long_ago, or_(HostState.opened_at.is_(None), is_strange)
    await uow.execute(delete(table_of(HostState)).where(*silent))


async def note_profiles(
    uow: UnitOfWork, authorities: Collection[str], profile: Profile = Profile.RFC9421
) -> None:
    """These hosts sign in this form, or have just taken it (protocol paper P16)."""
    if not authorities:
        return
    shown = {"profile": profile, "profile_at": uow.now, "updated_at": uow.now}
    table = table_of(HostState)
    known = set(
        await uow.scalars(select(HostState.authority).where(HostState.authority.in_(authorities)))
    )
    await uow.execute(update(table).where(HostState.authority.in_(known)).values(shown))
    new = [{"authority": each, "failures": 0, **shown} for each in authorities if each not in known]
    if new:
        await uow.execute(insert(table), new)
