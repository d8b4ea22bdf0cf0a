"""What a coop counts of itself for everybody, if it wants that: counted here, never typed."""

from collections.abc import Collection, Mapping

from federation.ourselves import CoopProfile
from federation.storage import Reader, UnitOfWork
from node import agreements, listings, members, peers
from node.peers import Figure, Telling


async def count(reader: Reader, wanted: Collection[Figure]) -> Mapping[str, int]:
    """These figures as they are now, by their names."""
    counters = {
        Figure.MEMBERS: _members,
        Figure.LISTINGS: _listings,
        Figure.COOPS: _coops,
        Figure.AGREEMENTS: agreements.count_done,
    }
    return {one.value: await counters[one](reader) for one in wanted}


async def change_profile(
    uow: UnitOfWork, *, name: str, summary: str, place: str | None, tells: Telling, by: str
) -> CoopProfile:
    """Change all that the coop says of itself, with its figures as they are now. Raises
    InvalidInput."""
    figures = await count(uow, tells.figures)
    return await peers.change_profile(
        uow, name=name, summary=summary, place=place, by=by, tells=tells, figures=figures
    )


async def count_anew(uow: UnitOfWork) -> None:
    """Count what is shown; other coops are told if it is something else. For once a day."""
    tells = await peers.our_telling(uow)
    await peers.show_figures(uow, await count(uow, tells.figures))


async def _members(reader: Reader) -> int:
    return sum((await members.count_by_class(reader)).values())


async def _listings(reader: Reader) -> int:
    return len(await listings.public_pages(reader))


async def _coops(reader: Reader) -> int:
    return sum(one.works_with_us for one in await peers.peers(reader))
