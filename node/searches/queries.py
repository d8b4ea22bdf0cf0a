"""Which searches does somebody keep?"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from federation.storage import Reader
from node.accounts import AccountView
from node.searches.models import SavedSearch


class KeptSearch(Struct, frozen=True):
    """link: the query of the search page's address. fresh: what came since the person looked."""

    id: str
    name: str
    link: str
    fresh: int
    created_at: datetime


async def kept(reader: Reader, who: AccountView) -> list[KeptSearch]:
    """Those of an account, those with news first, then the newest."""
    mine = select(SavedSearch).where(SavedSearch.account_id == who.id)
    rows = await reader.scalars(mine.order_by(SavedSearch.fresh == 0, SavedSearch.id.desc()))
    return [_view(row) for row in rows]


async def kept_search(reader: Reader, who: AccountView, search_id: str) -> KeptSearch | None:
    """One of an account, None if it keeps no such search."""
    mine = (SavedSearch.id == search_id, SavedSearch.account_id == who.id)
    row = await reader.scalar(select(SavedSearch).where(*mine))
    return _view(row) if row else None


def _view(row: SavedSearch) -> KeptSearch:
    return KeptSearch(row.id, row.name, row.link, row.fresh, row.created_at)
