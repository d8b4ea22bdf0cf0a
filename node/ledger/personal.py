"""What the books say of a member, and who wrote in them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from federation.storage import Reader
from federation.storage.base import table_of
from node.data_map import (
    Basis,
    Chosen,
    Kept,
    Leaving,
    Lists,
    Person,
    Row,
    Seen,
    data_map,
    of,
    stored,
)
from node.i18n import _
from node.ledger.models import LedgerAccount, LedgerEntry, LedgerPosting
from node.ledger.queries import entry_views
from node.ledger.views import EntryView
from node.money import Money

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
def books(person: Person) -> Lists:
    me = (person.member_id, person.account_id)
    accounts = or_(*(of(LedgerAccount.party, one) for one in me))
    mine = or_(*(of(_e.party, one) for one in me), of(_e.by, person.account_id))
    postings = (
        select(
            _e.id.label("entry_id"),
            LedgerPosting.line,
            LedgerAccount.code.label("account"),
            LedgerPosting.amount,
            LedgerPosting.currency,
            LedgerPosting.scale,
        )
        .join(LedgerPosting, LedgerPosting.entry_seq == _e.seq)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .order_by(_e.seq, LedgerPosting.line)
    )
    return {
        "accounts": stored(LedgerAccount, accounts),
        "entries": Chosen(select(table_of(LedgerEntry)).where(mine).order_by(_e.seq), _entries),
        "postings": Chosen(postings.where(mine), _postings),
    }


async def _entries(reader: Reader, rows: Sequence[Any]) -> list[Row]:
    return [_entry(view) for view in await entry_views(reader, rows)]


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


async def _postings(_reader: Reader, rows: Sequence[Any]) -> list[Row]:
    return [
        {
            "entry_id": row.entry_id,
            "line": row.line,
            "account": row.account,
            "amount": str(Money(row.amount, row.currency, row.scale).decimal),
            "currency": row.currency,
        }
        for row in rows
    ]
