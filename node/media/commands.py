"""Taking in the pictures that people of ours send, and letting go of those that nobody uses."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from pathlib import Path

from sqlalchemy import bindparam, delete, func, insert, select, update

from federation.storage import Database
from federation.storage.unit_of_work import Reader, UnitOfWork
from node import limits
from node.errors import NotAllowed
from node.i18n import Text, _
from node.media.files import Files
from node.media.models import picture_table, sending_table
from node.media.process import Encoded, drawn_by_us, re_encoded
from node.sizes import Size

MOST_FORGOTTEN_AT_ONCE = 500
_A_DAY = timedelta(days=1)
"""So long somebody may take over writing what a picture is for."""
_c, _s = picture_table.c, sending_table.c


Digests = Awaitable[Collection[str]]


class Pictures:
    """The pictures of our own people, and their folder."""

    def __init__(
        self, folder: Path, database: Database, of_account: Callable[[Reader, str], Digests]
    ) -> None:
        """of_account: the digests of those that an account shows somewhere, or may again."""
        self._of_account = of_account
        self._files = Files(folder)
        self._database = database
        self._keeping = asyncio.Lock()
        """Files and rows are written, or go, together."""

    async def take(self, content: bytes, *, by: str | None) -> str:
        """Keep a picture, drawn anew; its digest. Raises PictureUnreadable, NotAllowed."""
        async with self._database.reading() as reader:
            await _check_pace(reader, by)
        return await self._keep(await re_encoded(content), by)

    async def take_ours(self, content: bytes) -> str:
        """Keep a picture that this program drew; its digest."""
        return await self._keep(await drawn_by_us(content), None)

    async def _keep(self, made: Encoded, by: str | None) -> str:
        async with self._keeping:
            async with self._database.reading() as reader:
                await self._check_room(reader, made, by)
            # Before the row: files that no row names are harmless, the other way round is a gap.
            await asyncio.to_thread(self._files.write, made.digest, made.files)
            await self._database.write(lambda uow: _note(uow, made, by))
        return made.digest

    async def _check_room(self, reader: Reader, made: Encoded, by: str | None) -> None:
        """Raises NotAllowed when an account, or the coop, has no room for one more."""
        if await known(reader, [made.digest]):
            return
        size, all_of_it = _size(made), select(func.sum(_c.size))
        _check(await reader.scalar(all_of_it), size, limits.PICTURES_OF_COOP_BYTES, _coop_is_full)
        if by is None:
            return
        sent = await reader.scalars(select(_s.digest).where(_s.account_id == by))
        theirs = all_of_it.where(_c.digest.in_({*sent, *await self._of_account(reader, by)}))
        most = limits.PICTURES_OF_ACCOUNT_BYTES
        _check(await reader.scalar(theirs), size, most, _account_is_full)

    async def measure(self) -> None:
        """Note the size of some of those that were kept before sizes were."""
        async with self._database.reading() as reader:
            unmeasured = select(_c.digest).where(_c.size == 0).limit(MOST_FORGOTTEN_AT_ONCE)
            digests = await reader.scalars(unmeasured)
        # A file that is missing counts as one byte, or it would be asked for again each time.
        sizes = [
            {"of": one, "bytes": await asyncio.to_thread(self._files.whole_size, one) or 1}
            for one in digests
        ]
        this = update(picture_table).where(_c.digest == bindparam("of"))
        noted = this.values(size=bindparam("bytes"))
        if sizes:
            await self._database.write(lambda uow: uow.execute(noted, sizes))

    async def file(self, digest: str, size: int) -> Path | None:
        """The file of one size, if it is there."""
        path = self._files.path(digest, size)
        return path if await asyncio.to_thread(path.is_file) else None

    def bytes_of(self, digest: str, size: int) -> int | None:
        """How large a file is, if it is there. Blocking."""
        return self._files.size(digest, size)

    async def forget_unused(self, used: Callable[[Reader], Awaitable[Collection[str]]]) -> None:
        """Delete pictures that nothing shows, some at once. used: the digests of those shown."""

        async def forget(uow: UnitOfWork) -> list[str]:
            return await _forget_unused(uow, await used(uow))

        async with self._keeping:
            unused = await self._database.write(forget)
            await asyncio.to_thread(self._files.remove, unused)


async def known(reader: Reader, digests: Collection[str]) -> dict[str, tuple[int, int]]:
    """Width and height of those of the pictures that we have."""
    named = select(_c.digest, _c.width, _c.height).where(_c.digest.in_(digests))
    return {row.digest: (row.width, row.height) for row in await reader.rows(named)}


async def sent_by(reader: Reader, digests: Collection[str], account_id: str) -> set[str]:
    """Those of the pictures that an account sent lately."""
    theirs = select(_s.digest).where(_s.account_id == account_id, _s.digest.in_(digests))
    return set(await reader.scalars(theirs))


async def was_sent_by(reader: Reader, digest: str, account_id: str) -> bool:
    """Whether an account sent a picture lately."""
    return digest in await sent_by(reader, [digest], account_id)


async def lend(uow: UnitOfWork, digests: Collection[str], account_id: str) -> None:
    """Let an account use pictures for a day: it sent them, or we let it have ours."""
    rows = [
        {"id": uow.new_id(), "digest": each, "account_id": account_id, "sent_at": uow.now}
        for each in digests
    ]
    if rows:
        await uow.execute(insert(sending_table), rows)


async def _forget_unused(uow: UnitOfWork, used: Collection[str]) -> list[str]:
    await uow.execute(delete(sending_table).where(_s.sent_at < uow.now - _A_DAY))
    old = select(_c.digest).where(_c.sent_at < uow.now - _A_DAY)
    unused = sorted(set(await uow.scalars(old)) - set(used))[:MOST_FORGOTTEN_AT_ONCE]
    await uow.execute(delete(picture_table).where(_c.digest.in_(unused)))
    return unused


async def _check_pace(reader: Reader, by: str | None) -> None:
    sent = select(func.count()).where(_s.account_id == by, _s.sent_at > reader.now - _A_DAY)
    if by is not None and (await reader.scalar(sent) or 0) >= limits.PICTURES_A_DAY:
        raise NotAllowed(
            _("You have sent %(most)s pictures today. Go on tomorrow.", most=limits.PICTURES_A_DAY),
            "too-many-pictures",
        )


def _check(used: int | None, more: int, most: int, full: Callable[[Size, Size], Text]) -> None:
    if (used or 0) + more > most:
        raise NotAllowed(full(Size(used or 0), Size(most)), "no-room")


def _account_is_full(used: Size, most: Size) -> Text:
    return _(
        "Your pictures take %(used)s, and %(most)s is all the room you have. Take some off your "
        "listings, or retire listings: their room is free a day later.",
        used=used,
        most=most,
    )


def _coop_is_full(used: Size, most: Size) -> Text:
    return _(
        "All pictures of this coop take %(used)s, and %(most)s is all the room there is. Retire "
        "listings that are over, or take pictures off: their room is free a day later.",
        used=used,
        most=most,
    )


def _size(made: Encoded) -> int:
    return sum(map(len, made.files))


async def _note(uow: UnitOfWork, made: Encoded, by: str | None) -> None:
    if by is not None:
        await lend(uow, [made.digest], by)
    again = update(picture_table).where(_c.digest == made.digest).values(sent_at=uow.now)
    if (await uow.execute(again.returning(_c.digest))).first() is not None:
        return
    row = {
        "digest": made.digest,
        "width": made.width,
        "height": made.height,
        "size": _size(made),
        "sent_at": uow.now,
    }
    await uow.execute(insert(picture_table), [row])
