"""The books as a table, one line of an entry a row (RFC 4180)."""

from node import spreadsheets
from node.ledger.exports.book import Book
from node.ledger.recipe import Side
from node.ledger.views import EntryView, PostingView

COLUMNS = (
    *("number", "date", "period", "account", "account_name", "fund", "party", "debit", "credit"),
    *("currency", "text", "about", "recipe", "source", "policies", "reverses", "entry", "digest"),
)


def table(book: Book) -> str:
    """Every line of every entry. Debit and credit have columns of their own, both above zero.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    rows = (
        [spreadsheets.guarded(cell) for cell in _cells(entry, line)]
        for entry in book.entries
        for line in entry.postings
    )
    return spreadsheets.table(COLUMNS, rows)


def _cells(entry: EntryView, line: PostingView) -> tuple[str, ...]:
    is_debit, amount = line.side is Side.DEBIT, line.absolute.text
    versions = (f"{name} {version}" for name, version in sorted(entry.policy_versions.items()))
    return (
        str(entry.seq),
        entry.day.isoformat(),
        entry.period,
        line.account.code,
        str(line.account.name),
        line.account.fund,
        line.account.party or "",
        amount if is_debit else "",
        "" if is_debit else amount,
        line.money.currency,
        entry.text or "",
        str(entry.sentence),
        entry.recipe,
        entry.source,
        "; ".join(versions),
        entry.reverses or "",
        entry.id,
        entry.digest.hex(),
    )
