"""The books for other programs: Beancount, hledger, and a table for spreadsheets.

`book` reads a stretch of the journal; each writer turns it into text, pure and always the same for
the same books and the same language.
"""

from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct

from federation.storage import Reader
from node.errors import InvalidInput
from node.i18n import _
from node.ledger.exports.beancount import beancount
from node.ledger.exports.book import Book, read_book
from node.ledger.exports.hledger import hledger
from node.ledger.exports.table import table


class _Format(Struct, frozen=True):
    write: Callable[[Book], str]
    media_type: str
    extension: str
    encoding: str


_FORMATS: Mapping[str, _Format] = {
    "beancount": _Format(beancount, "text/plain", "beancount", "utf-8"),
    "hledger": _Format(hledger, "text/plain", "journal", "utf-8"),
    # With the mark by which spreadsheets know UTF-8.
    "csv": _Format(table, "text/csv", "csv", "utf-8-sig"),
}
FORMATS = tuple(_FORMATS)


class Exported(Struct, frozen=True):
    """A file to hand out."""

    content: bytes
    media_type: str
    file_name: str


async def export(
    reader: Reader, form: str, *, title: str, first: date | None = None, last: date | None = None
) -> Exported:
    """The books from one day to another, both included. Raises InvalidInput (`format`, `from`)."""
    if form not in _FORMATS:
        raise InvalidInput({"format": [_("Choose from: %(names)s.", names=", ".join(FORMATS))]})
    if first and last and first > last:
        raise InvalidInput({"from": [_("The first day comes after the last.")]})
    chosen = _FORMATS[form]
    written = chosen.write(await read_book(reader, title=title, first=first, last=last))
    return Exported(
        written.encode(chosen.encoding), chosen.media_type, f"ledger.{chosen.extension}"
    )


__all__ = ["FORMATS", "Exported", "export"]
