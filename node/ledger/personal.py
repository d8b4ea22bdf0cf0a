"""What the books say of a member, and who wrote in them."""

from sqlalchemy import or_, select

from federation.storage import Reader
from federation.storage.base import table_of
from node.data_map import Basis, Found, Kept, Leaving, Person, Row, Seen, data_map, of, stored
from node.i18n import _
from node.ledger.models import LedgerAccount, LedgerEntry
from node.ledger.queries import entry_views
from node.ledger.views import EntryView

_e = table_of(LedgerEntry).c


@data_map.about(
    "books",
    what=_("What you and the coop owed and paid each other, and what you wrote in the books"),
    why=_("A coop must keep books, and be able to show them"),
    basis=Basis.LAW,
    kept=Kept.BOOKS,
    seen=Seen.TREASURER,
    leaving=Leaving.NAMELESS,
    tables=("ledger_account", "ledger_entry", "ledger_posting"),
    rule="retention.books_years",
)
async def books(reader: Reader, person: Person) -> Found:
    me = (person.member_id, person.account_id)
    accounts = or_(*(of(LedgerAccount.party, one) for one in me))
    mine = or_(*(of(_e.party, one) for one in me), of(_e.by, person.account_id))
    rows = await reader.rows(select(table_of(LedgerEntry)).where(mine).order_by(_e.seq))
    views = await entry_views(reader, rows)
    return {
        "accounts": await stored(reader, LedgerAccount, accounts),
        "entries": [_entry(view) for view in views],
        "postings": [line for view in views for line in _postings(view)],
    }


def _entry(view: EntryView) -> Row:
    return {
        "id": view.id,
        "day": view.day,
        "recipe": view.recipe,
        "source": view.source,
        "party": view.party,
        "by": view.by,
        "at": view.at,
        "text": view.text,
        "policy_versions": dict(view.policy_versions),
    }


def _postings(view: EntryView) -> list[Row]:
    return [
        {
            "entry_id": view.id,
            "line": one.line,
            "account": one.account.code,
            "amount": str(one.money.decimal),
            "currency": one.money.currency,
        }
        for one in view.postings
    ]
