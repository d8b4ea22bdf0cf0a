"""Secret addresses at which news readers read what somebody was told; ended by who made them.

They end with the tokens of the account too: whoever has lost one secret may have lost the other.
"""

from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import delete, func, insert, select

from federation.ambient import secret
from federation.storage import Reader, UnitOfWork
from node import accounts, audit, limits
from node.accounts import AccountView, TokensEnded
from node.errors import Conflict, NotFound
from node.events import events
from node.i18n import _
from node.notices.models import NoticeFeed


class Feed(Struct, frozen=True):
    """An address, without its secret."""

    id: str
    made_at: datetime


class MadeFeed(Struct, frozen=True):
    """A new one; `secret` is the last part of its address, told now and never again."""

    secret: str
    view: Feed


async def make_feed(uow: UnitOfWork, account_id: str) -> MadeFeed:
    """Make an address for what an account was told, and is. Raises Conflict for too many."""
    mine = NoticeFeed.account_id == account_id
    made = await uow.scalar(select(func.count()).select_from(NoticeFeed).where(mine))
    if (made or 0) >= limits.FEEDS_PER_ACCOUNT:
        raise Conflict(_("There are too many such links already. End one first."), "too-many")
    value, view = secret(uow.entropy, limits.SECRET_BYTES), Feed(uow.new_id(), uow.now)
    row = {"id": view.id, "account_id": account_id, "made_at": view.made_at}
    await uow.execute(insert(NoticeFeed).values(**row, secret_digest=_digest(value)))
    await audit.record(uow, account_id, "notices.make-feed", account_id)
    return MadeFeed(value, view)


async def end_feed(uow: UnitOfWork, account_id: str, feed_id: str) -> None:
    """The address answers nothing from now on. Raises NotFound for anyone else's."""
    mine = (NoticeFeed.id == feed_id, NoticeFeed.account_id == account_id)
    if await uow.scalar(delete(NoticeFeed).where(*mine).returning(NoticeFeed.id)) is None:
        raise NotFound(_("There is no such link (any more)."))
    await audit.record(uow, account_id, "notices.end-feed", account_id)


async def end_all(uow: UnitOfWork, account_id: str) -> None:
    """Every address of an account answers nothing from now on."""
    await uow.execute(delete(NoticeFeed).where(NoticeFeed.account_id == account_id))


@events.on(TokensEnded)
async def end_with_tokens(uow: UnitOfWork, event: TokensEnded) -> None:
    """Nothing of old reads along any more."""
    await end_all(uow, event.account_id)


async def feeds_of(reader: Reader, account_id: str) -> list[Feed]:
    """The addresses of an account, oldest first."""
    mine = select(NoticeFeed).where(NoticeFeed.account_id == account_id).order_by(NoticeFeed.id)
    return [_view(row) for row in await reader.scalars(mine)]


async def feed(reader: Reader, value: str) -> tuple[Feed, AccountView] | None:
    """The feed at a secret address, and who reads there; None if there is none."""
    row = await reader.scalar(select(NoticeFeed).where(NoticeFeed.secret_digest == _digest(value)))
    who = await accounts.account(reader, row.account_id) if row else None
    return (_view(row), who) if row and who and not who.disabled else None


def _view(row: NoticeFeed) -> Feed:
    return Feed(row.id, row.made_at)


def _digest(value: str) -> bytes:
    return sha256(value.encode(errors="surrogatepass")).digest()
