"""Keeping a search, forgetting it, and looking whether something new fits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import asdict, replace
from sqlalchemy import delete, func, insert, select, update

from federation.storage import UnitOfWork
from node import limits, listings, notices, timers
from node.accounts import AccountView
from node.errors import Conflict, InvalidInput, NotFound
from node.i18n import _
from node.listings import SearchQuery, Viewer
from node.notices import NoticeKind
from node.searches.models import SavedSearch

LOOKS_AGAIN = "search-looks-again"
LONGEST_LINK = 1000
"""Signs; it stands in an index, and a page of PostgreSQL's holds some 2,700 bytes of one."""
_SPREAD_SECONDS = 600
_PLAIN = asdict(SearchQuery())
_OF_ONE_PAGE = ("cursor", "limit", "order", "after")


async def keep(uow: UnitOfWork, who: AccountView, name: str, query: SearchQuery, link: str) -> str:
    """Keep a search for an account and tell it from now on; the same one is kept once.

    name: what the person calls it. link: the query of the page's address. Returns its id. Raises
    InvalidInput for a search that cannot be made, Conflict for more than one account may keep.
    """
    listings.check(query)
    if len(link) > LONGEST_LINK:
        raise InvalidInput({"q": [_("That is too much to look for. Use fewer words.")]})
    mine = SavedSearch.account_id == who.id
    known = await uow.scalar(select(SavedSearch.id).where(mine, SavedSearch.link == link))
    if known is not None:
        return known
    if (await uow.scalar(select(func.count()).where(mine)) or 0) >= limits.SEARCHES_KEPT:
        raise Conflict(
            _("You keep %(most)s searches. Forget one of them first.", most=limits.SEARCHES_KEPT)
        )
    number, search_id = await listings.newest(uow), uow.new_id()
    row = {
        "id": search_id,
        "account_id": who.id,
        "name": " ".join(name.split())[: limits.NAME_LONGEST],
        "asked": _asked(query),
        "link": link,
        "seen": number,
        "told": number,
        "fresh": 0,
        "created_at": uow.now,
    }
    await uow.execute(insert(SavedSearch).values(row))
    await timers.set_timer(uow, LOOKS_AGAIN, search_id, uow.now + limits.SEARCH_LOOKS_EVERY)
    return search_id


async def forget(uow: UnitOfWork, who: AccountView, search_id: str) -> None:
    """Keep it no longer. Raises NotFound for what the account does not keep."""
    mine = (SavedSearch.id == search_id, SavedSearch.account_id == who.id)
    if await uow.scalar(select(SavedSearch.id).where(*mine)) is None:
        raise NotFound(_("You keep no such search."))
    await uow.execute(delete(SavedSearch).where(*mine))
    await timers.cancel(uow, LOOKS_AGAIN, [search_id])
    await notices.withdraw(uow, NoticeKind.SEARCH_FOUND, search_id)


async def forget_account(uow: UnitOfWork, account_id: str) -> None:
    """Keep none of the searches of somebody who leaves."""
    theirs = SavedSearch.account_id == account_id
    await timers.cancel(uow, LOOKS_AGAIN, await uow.scalars(select(SavedSearch.id).where(theirs)))
    await uow.execute(delete(SavedSearch).where(theirs))


async def mark_seen(uow: UnitOfWork, who: AccountView, search_id: str) -> None:
    """The person looks at its results: what is there now is news no longer."""
    number = await listings.newest(uow)
    mine = (SavedSearch.id == search_id, SavedSearch.account_id == who.id)
    looked = update(SavedSearch).where(*mine).values(seen=number, told=number, fresh=0)
    await uow.execute(looked)
    await notices.mark_seen(uow, who, NoticeKind.SEARCH_FOUND, search_id)


@timers.on(LOOKS_AGAIN, longest=limits.SEARCH_LOOKS_EVERY)
async def _look_again(uow: UnitOfWork, subjects: Sequence[str]) -> None:
    rows = await uow.scalars(select(SavedSearch).where(SavedSearch.id.in_(subjects)))
    number = await listings.newest(uow)
    for row in rows:
        if number > row.told:
            await _look(uow, row, number)
    await timers.set_timers(uow, LOOKS_AGAIN, {row.id: _next_look(uow) for row in rows})


def _next_look(uow: UnitOfWork) -> datetime:
    """At another moment each time: searches that came due together do not stay together."""
    early = int.from_bytes(uow.entropy.token(2)) % _SPREAD_SECONDS
    return uow.now + limits.SEARCH_LOOKS_EVERY - timedelta(seconds=early)


async def _look(uow: UnitOfWork, row: SavedSearch, number: int) -> None:
    """Tell of what came since the last time; the sentence counts all that came unseen."""
    news = await _count(uow, row, row.told)
    fresh = await _count(uow, row, row.seen) if news and row.seen < row.told else news
    row.told = number
    if not news:
        return
    row.fresh = fresh
    await notices.give(
        uow,
        NoticeKind.SEARCH_FOUND,
        row.id,
        to_account=row.account_id,
        name=row.name,
        number=str(row.fresh),
    )


async def _count(uow: UnitOfWork, row: SavedSearch, after: int) -> int:
    query = replace(_query(row.asked), after=after)
    return await listings.count(uow, query, Viewer("member", row.account_id), uow.now)


def _asked(query: SearchQuery) -> dict[str, Any]:
    given = asdict(query)
    return {
        name: value
        for name, value in given.items()
        if name not in _OF_ONE_PAGE and value != _PLAIN[name]
    }


def _query(asked: dict[str, Any]) -> SearchQuery:
    near, picks = asked.get("near"), tuple(asked.get("picks", ()))
    return SearchQuery(**{**asked, "near": tuple(near) if near else None, "picks": picks})
